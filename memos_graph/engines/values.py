"""What a text names that is no name: dates, amounts, addresses. And the key of whatever a few words may name.

Knows which of two that overlap is meant: the one that begins first, then the longer. Declines to know names
(`mentions`).
"""

from __future__ import annotations

import re

from memos_graph.engines.addresses import addresses
from memos_graph.engines.dates import dates
from memos_graph.engines.naming import Mention, canonical, merged
from memos_graph.engines.quantities import quantities

_NUMBER = re.compile(r"\d|[一二][〇零一二三四五六七八九]{3}年")
_LONGEST = 600  #: characters of a surface that may be a value
_ADDRESS = re.compile(r"@|://|www\.", re.IGNORECASE)

#: The kinds of mentions that are values: they say what, when or how much, not who.
VALUES = frozenset({"date", "quantity", "money", "url", "mail"})


def values(text: str) -> list[Mention]:
    """All of them in reading order, none overlapping. O(len(text))."""
    numbers = [*dates(text), *quantities(text)] if _NUMBER.search(text) is not None else []
    others = addresses(text) if _ADDRESS.search(text) is not None else ()
    return merged(others, numbers) if numbers or others else []


def key_of(surface: str) -> str:
    """The key of what `surface` names, and nothing beside it: of a date or an amount its value, else its name's."""
    if len(surface) < _LONGEST and (_NUMBER.search(surface) is not None or _ADDRESS.search(surface) is not None):
        for found in values(surface):
            if found.start == 0 and found.end == len(surface):
                return found.key
    return canonical(surface)
