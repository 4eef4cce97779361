"""Facts as memories: what is claimed, written into the slot of its subject and attribute."""
