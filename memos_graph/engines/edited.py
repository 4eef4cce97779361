"""Pieces of a source whose words someone changed by hand: they keep them while the source says what it said then.

`info.edited` holds digests of the source's text and key that the edit stands for. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from memos_graph.model.graph import Json, Node

EDITED = "edited"
_PIECES = frozenset({"Document", "Section", "Passage", "Table"})


def with_mark(head: Node, info: Mapping[str, Json]) -> Mapping[str, Json]:
    """`info` for `head` with words given by hand: with the mark of what the source says, where it is a source's piece.

    A second edit stands for the same words as the first.
    """
    if head.kind not in _PIECES:
        return info
    return {**info, EDITED: _marks(head) or [_digest(head.text), _digest(head.key)]}


def as_edited(wanted: Node, head: Node) -> Node:
    """`wanted`, what the source says, with the words of `head` where these were given by hand for the same ones."""
    marks = _marks(head)
    if not marks or head.kind not in _PIECES:
        return wanted
    text = head.text if marks[0] == _digest(wanted.text) else wanted.text
    return replace(wanted, text=text, key=head.key if marks[1] == _digest(wanted.key) else wanted.key)


def without_stale_mark(head: Node, wanted: Node) -> Mapping[str, Json]:
    """The info of `head`, without a mark for words that the source, which says `wanted`, has no more."""
    marks = _marks(head)
    if not marks or marks[0] == _digest(wanted.text):
        return head.info
    return {name: value for name, value in head.info.items() if name != EDITED}


def _marks(head: Node) -> list[str]:
    """The digests of text and key; nothing where there is no mark of ours (info may hold anything)."""
    found = head.info.get(EDITED)
    if isinstance(found, str) or not isinstance(found, Sequence) or len(found) != 2:
        return []
    return [mark for mark in found if isinstance(mark, str)] if all(isinstance(m, str) for m in found) else []


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:24]
