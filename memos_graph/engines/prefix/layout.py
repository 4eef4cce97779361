"""A prefix as bytes: the template, a line of JSON for each memory, and padding up to a whole block. Pure.

Equal memories in equal order give equal bytes on any machine; nothing stands behind the memories but the padding, so
that a new one changes only the tail. Declines to know which memories go in (`choose`), and what a token is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memos_graph.engines.chatting.turns import memory_line
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Node

_PLACE = "{memories}"
#: What fills a block: each is a token or two, and ends in no space: chat templates cut that off.
_FILLERS = (" .", " -", " a", " 0", "\n.", ".")
_STEPS = 12  #: tries with one filler


@dataclass(frozen=True, slots=True, kw_only=True)
class Padded:
    """A text that was filled up, and how."""

    text: str
    padding: str  #: what was put behind it; "": it fits already, or nothing fits
    tokens: int  #: all that comes before the user's own words


def lay_out(template: str, memories: Sequence[Node]) -> str:
    """`template` with a line for each of `memories`, numbered from 1, in its place, which is at its end."""
    head, place, after = template.partition(_PLACE)
    if not place or after.strip():
        raise Invalid("template", template[-80:], f"it must end with {_PLACE}: what stands behind would move")
    lines = (memory_line(number, node) for number, node in enumerate(memories, 1))
    return "\n".join((head.rstrip("\n"), *lines))


def digest_of(node: Node) -> str:
    """SHA-256, hex, of what a line says of `node`, its number apart."""
    return hashlib.sha256(memory_line(0, node).encode()).hexdigest()


def up_to(template: str, memories: Sequence[Node]) -> str:
    """The text that two prefixes share which both begin with `memories` and go on differently."""
    return lay_out(template, memories) + "\n{"


def padded(text: str, block: int, before_user: Callable[[str], int]) -> Padded:
    """`text` filled up so that all that comes before the user's own words is a whole number of blocks.

    before_user: how many tokens that is for a system message. Where no filler makes it come out, `text` as it is: the
    rest of its last block is read again with each question. Two to four counts, seldom more, 145 at most.
    """
    bare = before_user(text)
    if block <= 1 or bare % block == 0:
        return Padded(text=text, padding="", tokens=bare)
    whole = bare + -bare % block
    for goal in (whole, whole + block):  # what is short of a block by a token has no room for a line of its own
        for filler in _FILLERS:
            found = _filled(text, filler, goal, bare, before_user)
            if found is not None:
                return found
    return Padded(text=text, padding="", tokens=bare)


def _filled(text: str, filler: str, goal: int, bare: int, before_user: Callable[[str], int]) -> Padded | None:
    """`text` with as many of `filler` behind it as make `goal` tokens; None when no number that was tried does."""
    count, tried = max(1, goal - bare), set[int]()
    while count not in tried and len(tried) < _STEPS:
        tried.add(count)
        padding = "\n" + (filler * count).lstrip()
        found = before_user(text + padding)
        if found == goal:
            return Padded(text=text + padding, padding=padding, tokens=goal)
        count = max(1, count + goal - found)
    return None
