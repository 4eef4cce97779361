"""Driver of one peer of `python -m benchmarks ingest`; see `benchmarks.ingest_kit`."""
