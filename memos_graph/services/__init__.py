"""One use case each: read through ports, ask an engine, apply one Delta."""
