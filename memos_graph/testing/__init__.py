"""The contract suite that every store inherits, third parties' too."""
