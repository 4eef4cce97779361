"""`memos-graph demo`: what it does (steps), what it draws (neighbourhood) and how it is shown."""
