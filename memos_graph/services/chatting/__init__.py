"""Answers from memory: find, lay out, ask the model, read its citations, remember the turn."""
