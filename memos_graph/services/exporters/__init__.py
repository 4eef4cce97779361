"""Write a cube for other tools: a file a format. To carry a cube to another store, use `copy` or `export`."""
