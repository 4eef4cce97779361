"""States by the table: by hand, by policy, and what guards the frozen."""
