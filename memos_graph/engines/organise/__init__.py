"""Near pairs, clusters and central sentences."""
