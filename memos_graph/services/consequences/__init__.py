"""What falls with a premise, and what holds again when it does."""
