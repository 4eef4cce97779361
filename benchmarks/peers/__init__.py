"""Other memories and retrievers over the same turns, each in a virtual environment of its own, by its public API.

A peer is a folder: requirements.txt with pinned versions, and driver.py, which this package starts as a program and
talks to through two files. No language model anywhere; all vectors come from one endpoint (`vectors`).
"""
