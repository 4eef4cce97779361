"""Measured blocks of text, and how they are put together into passages.

Declines to know sections, pictures and formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from memos_ingest.cutting import Cut, cut
from memos_ingest.elements import Element, ElementKind, Link, Provenance

_NUMBERED = re.compile(r"\(?(?:\d{1,9}|[A-Za-z]|[ivxlcdm]{1,6})[.)、]\s|[-*+•–]\s")
_TABLE_HEAD = re.compile(r"(\|[^\n]*\|\n\|(?: --- \|)+)\n")


@dataclass(frozen=True, slots=True)
class Joints:
    """How long texts are and may be."""

    count: Callable[[str], int]  #: tokens of a text, without the markers that are added once per passage
    limit: int  #: tokens of a passage
    joint: int  #: tokens that putting a blank line between two blocks may cost

    @classmethod
    def of(cls, count: Callable[[str], int], limit: int) -> Joints:
        """Joints with the cost of a blank line measured."""
        return cls(count, limit, count("\n\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A text that goes into one passage whole."""

    kind: ElementKind
    text: str
    tokens: int
    provenance: Provenance
    glue: str | None = None  #: what stood between it and the block before, when both were cut from one element
    again: bool = False  #: the end of the passage before, which has it too
    links: tuple[Link, ...] = ()


def blocks_of(element: Element, joints: Joints) -> list[Block]:
    """The element as blocks of at most the limit, each with its own links; none when it holds no text."""
    blocks = list(_blocks_of(element, joints))
    return _shared_out(blocks, element.links) if blocks and element.links else blocks


def _shared_out(blocks: list[Block], links: Sequence[Link]) -> list[Block]:
    """Each link given to the first block, from that of the link before on, whose text holds its words."""
    given: list[list[Link]] = [[] for _ in blocks]
    texts = [" ".join(block.text.split()) for block in blocks]
    at = 0
    for one in links:
        at = next((later for later in range(at, len(texts)) if one.text in texts[later]), at)
        given[at].append(one)
    return [replace(block, links=tuple(own)) for block, own in zip(blocks, given, strict=True)]


def _blocks_of(element: Element, joints: Joints) -> Iterator[Block]:
    text = _as_written(element)
    if not text.strip():
        return
    tokens = joints.count(text)
    if tokens <= joints.limit:
        yield Block(kind=element.kind, text=text, tokens=tokens, provenance=element.provenance)
    elif element.kind == "table":
        yield from _table_blocks(element, text, tokens, joints)
    else:
        yield from _cut_blocks(element.kind, text, tokens, element.provenance, joints)


def pack(blocks: Iterable[Block], joints: Joints, overlap: int = 0) -> list[list[Block]]:
    """Neighbouring blocks in groups that fit the limit, filled from the front; a table is a group of its own.

    overlap: a group that goes on where the one before was full begins with that one's last `overlap` tokens or fewer;
    no block may be longer than the limit without them.
    """
    groups: list[list[Block]] = []
    used = 0
    for block in blocks:
        cost = block.tokens + joints.joint
        fits = bool(groups) and used + cost <= joints.limit
        if fits and "table" not in (block.kind, groups[-1][-1].kind):
            groups[-1].append(block)
            used += cost
        else:
            goes_on = groups and not fits and "table" not in (block.kind, groups[-1][-1].kind)
            tail = _tail(groups[-1], overlap, joints) if overlap and goes_on else []
            groups.append([*tail, block])
            used = block.tokens + sum(each.tokens + joints.joint for each in tail)
    return [fitting for group in groups for fitting in _fitting(group, joints)]


def _tail(group: Sequence[Block], tokens: int, joints: Joints) -> list[Block]:
    """The last blocks of the group that fit into `tokens`; of a longer last one its last sentences."""
    tail: list[Block] = []
    for block in reversed(group):
        if block.again or (cost := block.tokens + joints.joint) > tokens:
            break
        tail.insert(0, replace(block, again=True))
        tokens -= cost
    if tail or not group:
        return tail
    last, room = group[-1], tokens - joints.joint
    pieces = cut(last.text, tokens=last.tokens, limit=room, count=joints.count) if room > 0 else []
    if len(pieces) < 2 or pieces[-1].tokens > room:
        return []
    return [replace(last, text=last.text[pieces[-1].start :], tokens=pieces[-1].tokens, glue=None, again=True)]


def _fitting(group: list[Block], joints: Joints) -> Iterator[list[Block]]:
    """The group, halved where its whole is longer than its parts were together: rounding, tokens across a joint."""
    if len(group) == 1 or joints.count(joined(group)) <= joints.limit:
        yield group
    else:
        yield from _fitting(group[: len(group) // 2], joints)
        yield from _fitting(group[len(group) // 2 :], joints)


def joined(group: Sequence[Block]) -> str:
    """The group's text: list items on lines of their own, other blocks with a blank line between."""
    parts = [group[0].text]
    for before, block in pairwise(group):
        both_items = before.kind == block.kind == "list_item"
        parts += [block.glue if block.glue is not None else "\n" if both_items else "\n\n", block.text]
    return "".join(parts)


def _as_written(element: Element) -> str:
    if element.kind == "list_item" and element.text.strip() and _NUMBERED.match(element.text) is None:
        return "- " + element.text
    if element.kind == "table" and element.caption:
        return f"{element.caption}\n\n{element.text}"
    return element.text


def _cut_blocks(kind: ElementKind, text: str, tokens: int, provenance: Provenance, joints: Joints) -> Iterator[Block]:
    end: int | None = None
    for piece in cut(text, tokens=tokens, limit=joints.limit, count=joints.count):
        yield Block(
            kind=kind,
            text=text[piece.start : piece.end],
            tokens=piece.tokens,
            provenance=_part(provenance, text, piece),
            glue=text[end : piece.start] if end is not None else None,
        )
        end = piece.end


def _part(whole: Provenance, text: str, piece: Cut) -> Provenance:
    """Where the piece lies, when the text stands in the file letter by letter; else where the whole lies."""
    if whole.start is None or whole.end is None or whole.end - whole.start != len(text):
        return whole
    return replace(whole, start=whole.start + piece.start, end=whole.start + piece.end)


def _table_blocks(element: Element, text: str, tokens: int, joints: Joints) -> Iterator[Block]:
    """The table's rows in as few blocks as fit, each under the table's head; a row that is too long is cut as text."""
    head_match = _TABLE_HEAD.match(element.text)
    if head_match is None:
        yield from _cut_blocks("table", text, tokens, element.provenance, joints)
        return
    caption = f"{element.caption}\n\n" if element.caption else ""
    head = head_match.group(1) + "\n"
    head_tokens = joints.count(caption + head)
    if head_tokens > joints.limit // 2:
        # a head this long leaves no room for rows: it goes first, once
        yield from _cut_blocks("table", caption + head, head_tokens, element.provenance, joints)
        caption, head, head_tokens = "", "", 0
    rows: list[str] = []
    used = head_tokens
    headless = caption + head  # what no block has shown yet
    for row in element.text[head_match.end() :].split("\n"):
        row_tokens = joints.count(row + "\n")
        if rows and used + row_tokens > joints.limit:
            yield from _table_part(caption + head, rows, element.provenance, joints)
            caption, headless, rows, used = "", "", [], head_tokens
        if head_tokens + row_tokens > joints.limit:
            text = headless + row
            yield from _cut_blocks("table", text, joints.count(text), element.provenance, joints)
            caption = headless = ""
            continue
        rows.append(row)
        used += row_tokens
    if rows:
        yield from _table_part(caption + head, rows, element.provenance, joints)


def _table_part(head: str, rows: Sequence[str], provenance: Provenance, joints: Joints) -> Iterator[Block]:
    text = head + "\n".join(rows)
    tokens = joints.count(text)
    if tokens <= joints.limit:
        yield Block(kind="table", text=text, tokens=tokens, provenance=provenance)
    else:
        yield from _cut_blocks("table", text, tokens, provenance, joints)
