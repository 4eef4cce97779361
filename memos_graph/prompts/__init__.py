"""What language models are told, a file each, versioned by name: a changed text is a new file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def prompt(name: str) -> str:
    """The text of the prompt called `name`."""
    return files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
