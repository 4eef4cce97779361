"""`memos-graph demo`: what it does (steps), what it draws (picture) and how it is shown."""
