"""Memories over time: what was true when, what changed, why, and what is no longer known."""
