"""The memory types as thin faces over services."""
