"""A picture that several documents hold: one node with a source for each place, and whose each of them is.

`info.held` has a row for each source, in the same order: the id of the Document that it belongs to, and the key and
the words that the picture has there. The node's own key is that of the first place; its words are those of all places
without repeats, or, where none has any, what a model said of it (`info.caption`).

Pure. Declines to know what makes two pictures one, how they are stored, and what other nodes mean.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from memos_graph.engines.versions import correct, reopen, succeed
from memos_graph.model.delta import Operation, PutNode
from memos_graph.model.graph import Edge, Json, Node, Source

_HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a picture stands."""

    owner: str  #: id of the Document that it is in
    key: str
    text: str  #: the words it has there; "" for none
    source: Source


def places_of(node: Node) -> tuple[Place, ...]:
    """Where the picture stands, by document in order of their coming; () for a node that no documents share."""
    rows = node.info.get(_HELD)
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        return ()
    held = [row for row in rows if isinstance(row, Sequence) and not isinstance(row, str) and len(row) == 3]
    return tuple(
        Place(owner=str(row[0]), key=str(row[1]), text=str(row[2]), source=source)
        for row, source in zip(held, node.sources, strict=False)
    )


def holders(node: Node) -> tuple[str, ...]:
    """Ids of the Documents that hold the picture, each once."""
    return tuple(dict.fromkeys(place.owner for place in places_of(node)))


def standing(node: Node, places: Iterable[Place]) -> Node:
    """The picture as it is when it stands at `places` and nowhere else; there is one at least."""
    each = tuple(dict.fromkeys(places))
    words = dict.fromkeys(place.text for place in each if place.text)
    said = node.info.get("caption")
    rows: list[Json] = [[place.owner, place.key, place.text] for place in each]
    return replace(
        node, sources=tuple(place.source for place in each), info={**node.info, _HELD: rows}, key=each[0].key,
        text="\n".join(words) or (said if isinstance(said, str) else ""),
    )  # fmt: skip


def joined(head: Node, wanted: Node) -> Node:
    """`head`, standing where `wanted`'s document has it, and where it stands in others; its facts stay the first's."""
    mine, there = places_of(wanted), places_of(head)
    owner = mine[0].owner
    others = [place for place in there if place.owner != owner]
    if not others:
        return standing(replace(head, info={**head.info, **wanted.info}), mine)
    before = next((at for at, place in enumerate(there) if place.owner == owner), len(others))
    after = standing(replace(head, info={**wanted.info, **head.info}), (*others[:before], *mine, *others[before:]))
    return _as_edited(head, after)


def without(head: Node, owners: Collection[str]) -> Node | None:
    """`head` as it is in the documents that are none of `owners`; None when no other holds it."""
    rest = [place for place in places_of(head) if place.owner not in owners]
    return _as_edited(head, standing(head, rest)) if rest else None


def _as_edited(head: Node, after: Node) -> Node:
    """`after` with the words that someone gave the picture by hand, where they did."""
    return after if standing(head, places_of(head)).text == head.text else replace(after, text=head.text)


def renamed(head: Node, owner: str, name: str, rekey: Callable[[str], str]) -> Node:
    """`head` with the sources of `owner` under a new name, and its keys there as `rekey` makes them."""
    moved = [
        replace(place, key=rekey(place.key), source=replace(place.source, uri=name)) if place.owner == owner else place
        for place in places_of(head)
    ]
    return replace(standing(head, moved), text=head.text)


def take_in(wanted: Node, head: Node, at: datetime, *, began: bool) -> tuple[Operation, ...]:
    """What makes the stored `head` the picture of `wanted`'s document too; nothing when it is so already.

    began: the document holds it only from `at` on. Words that a document brings along were the picture's all the time:
    they correct what we knew. Words that change or go are another matter: what was stays readable.
    """
    if head.retired_at is not None or head.valid_to is not None:
        fresh = standing(replace(head, info={**head.info, **wanted.info}), places_of(wanted))
        return reopen(head, at, **_content(fresh))
    after = joined(head, wanted)
    joins = not set(holders(wanted)) <= set(holders(head))
    always = joins and not began and head.valid_from is not None
    if joins and (always or after.text != head.text):
        return correct(head, at, **_content(after), **({"valid_from": None} if always else {}))
    return changed(head, after, at)


def changed(head: Node, after: Node, at: datetime) -> tuple[Operation, ...]:
    """What makes `head` the node `after`: a version where its words differ, in place where only its places do."""
    if after.text != head.text:
        return succeed(head, at, at, **_content(after))
    return (PutNode(node=after, replaces=head.version),) if after != head else ()


def rewritten(operations: Iterable[Operation], stored: Mapping[str, Node]) -> dict[str, tuple[str, str]]:
    """By id, the words of stored pictures before and after `operations`, where they differ."""
    return {
        op.node.id: (stored[op.node.id].text, op.node.text)
        for op in operations
        if isinstance(op, PutNode) and op.node.id in stored and holders(op.node)
        if op.node.text != stored[op.node.id].text
    }


def unsaid(texts: Mapping[str, tuple[str, str]], edges: Iterable[Edge]) -> list[Edge]:
    """The live MENTIONS among `edges` of names that pictures no longer hold; `texts`: their words, before and after."""
    gone = []
    for edge in edges:
        old, new = (text.casefold() for text in texts.get(edge.from_id, ("", "")))
        name = edge.evidence.casefold()
        live = edge.retired_at is None and edge.valid_to is None
        if live and edge.kind == "MENTIONS" and edge.created_by.startswith("rule") and name in old and name not in new:
            gone.append(edge)
    return gone


def _content(node: Node) -> dict[str, Any]:
    return {"text": node.text, "key": node.key, "sources": node.sources, "info": node.info}
