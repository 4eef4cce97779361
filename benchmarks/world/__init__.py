"""A made-up world whose truth is known: people and projects whose lives change, told as facts and as chat.

Imports nothing of the engine: what is right must not be decided by what is measured. The same seed and phrasing always
give the same world. `facts` holds its data, `pools` and `phrases` its names and words, `generate` tells the story,
`truth` says what holds when, `asking` makes the questions with their answers.
"""
