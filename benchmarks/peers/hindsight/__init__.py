"""Driver of one peer; see `benchmarks.peers`."""
