"""Lists of words, written as people write them."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


def phrases(text: str) -> frozenset[str]:
    """What stands between the bars in `text`."""
    return frozenset(" ".join(part.split()) for part in text.split("|"))
