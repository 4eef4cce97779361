"""What a chat needs besides memories and a model: citations, messages, and what to leave out for room. Pure."""
