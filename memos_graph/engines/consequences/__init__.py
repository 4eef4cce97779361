"""Doubts, ends and returns that follow from a change."""
