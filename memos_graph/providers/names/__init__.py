"""Models that find names in texts, behind the port: a spaCy pipeline of the user's own."""
