"""Memories removed for good, and the proof."""
