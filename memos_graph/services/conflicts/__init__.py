"""What contradicts what, and who is right."""
