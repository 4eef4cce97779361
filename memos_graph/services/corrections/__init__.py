"""Corrections, each one step that can be undone."""
