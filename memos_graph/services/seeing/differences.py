"""What differs between two times: in what we knew, or in what was true.

A memory is told once, by its id, whichever of its versions a time sees. What changes in place (states, tags, fields of
the caller's own) is kept in no version; which state it had is read from the Changes. Reads only.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from memos_graph.engines.snapshots import head_of, number_of
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Node
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import GraphStore
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.seeing.history import all_changes, state_in

Of = Literal["known", "true"]
What = Literal["added", "ended", "resumed", "gone", "changed"]
_FIELDS = ("text", "key", "valid_from", "valid_to", "sources", "kind", "content_hash")
_PAGE = 1000
_NEWEST = 1 << 62
_PIECE = re.compile(r"\w+|\s+|.", re.DOTALL)
_LONGEST = 4_000  #: pieces of a text that are compared word by word; longer ones are told whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A memory that is not the same at the two times."""

    id: str
    what: What
    before: Node | None
    after: Node | None
    fields: tuple[str, ...] = ()  #: what changed

    @property
    def node(self) -> Node:
        """The later of the two rows."""
        found = self.after or self.before
        assert found is not None  # one of the times saw it
        return found

    def to_json(self) -> dict[str, Any]:
        """Its fields; of both rows the words and times."""
        return {
            "id": self.id, "what": self.what, "kind": self.node.kind, "fields": list(self.fields),
            "before": _row(self.before), "after": _row(self.after),
            "text_diff": None if "text" not in self.fields else text_diff(_text(self.before), _text(self.after)),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A memory whose state is not the same at the two times."""

    id: str
    before: str
    after: str

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return {"id": self.id, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What differs between `from_` and `to`."""

    of: Of
    from_: datetime
    to: datetime
    memories: tuple[Differing, ...]  #: by kind, then what, then id
    states: tuple[Moved, ...]  #: by id

    def counts(self) -> dict[str, dict[str, int]]:
        """How many, by kind and what."""
        found: dict[str, dict[str, int]] = {}
        for each in self.memories:
            kind = found.setdefault(each.node.kind, {})
            kind[each.what] = kind.get(each.what, 0) + 1
        return found

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "of": self.of, "from": self.from_.isoformat(), "to": self.to.isoformat(), "counts": self.counts(),
            "memories": [each.to_json() for each in self.memories],
            "states": [each.to_json() for each in self.states],
        }  # fmt: skip


def diff(context: Context, cube: str, from_: datetime, to: datetime, *, of: Of = "known") -> Differences:
    """What we knew at `to` and not at `from_`, and the other way round; of="true": what was so, by what we know now.

    `Invalid` for a time without zone, a `to` that is not after `from_`, or another `of`. Reads every node of the cube
    once, and every Change.
    """
    for name, moment in (("from", from_), ("to", to)):
        if moment.tzinfo is None:
            raise Invalid(name, moment.isoformat(), "give it a time zone (UTC: add +00:00)")
    if to <= from_:
        raise Invalid("to", to.isoformat(), f"it must lie after from, {from_.isoformat()}")
    if of not in ("known", "true"):
        raise Invalid("of", of, "use known (what we knew) or true (what was so)")
    store = context.store
    find_cube(store, cube)
    scopes = [_scope(cube, moment, of) for moment in (from_, to)]
    earlier, later = _views(store, cube, scopes)
    told = [_differing(i, earlier.get(i), later.get(i), from_, to) for i in sorted(earlier.keys() | later.keys())]
    memories = sorted((each for each in told if each), key=lambda each: (each.node.kind, each.what, each.id))
    return Differences(
        of=of, from_=from_, to=to, memories=tuple(memories), states=tuple(_moved(store, cube, from_, to))
    )


def text_diff(before: str, after: str) -> str:
    """`after` with what it lacks of `before` as [-so-] and what it adds as {+so+}; O(words²) at worst, up to 4,000."""
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    if len(old) > _LONGEST or len(new) > _LONGEST:
        return f"[-{before}-]{{+{after}+}}"
    parts = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i:j]), "".join(new[k:m])
        if tag == "equal":
            parts.append(gone)
            continue
        parts.append((f"[-{gone}-]" if gone else "") + (f"{{+{come}+}}" if come else ""))
    return "".join(parts)


def _scope(cube: str, moment: datetime, of: Of) -> Scope:
    if of == "true":
        return replace(everything(cube), retired=False, as_of=moment)
    return replace(everything(cube), retired=False, known_at=moment)


def _views(store: GraphStore, cube: str, scopes: list[Scope]) -> list[dict[str, Node]]:
    """For each scope, by a memory's id the newest of its rows that the scope sees. One pass over all nodes."""
    seen: list[list[Node]] = [[] for _ in scopes]
    ids: set[str] = set()
    for node in _all_nodes(store, cube):
        ids.add(node.id)
        for rows, scope in zip(seen, scopes, strict=True):
            if scope.sees(node):
                rows.append(node)
    return [_newest((_memory(node.id, ids), node) for node in rows) for rows in seen]


def _memory(identity: str, ids: Collection[str]) -> str:
    """The memory that a row is of; a row that looks like a version of something that is not there is its own."""
    head = head_of(identity)
    return head if head in ids else identity


def _newest(rows: Iterable[tuple[str, Node]]) -> dict[str, Node]:
    newest: dict[str, Node] = {}
    for identity, node in rows:
        known = newest.get(identity)
        if known is None or _age(identity, node) > _age(identity, known):
            newest[identity] = node
    return newest


def _age(identity: str, node: Node) -> tuple[int, str]:
    number = None if node.id == identity else number_of(node.id)
    return (_NEWEST if number is None else number), node.id


def _all_nodes(store: GraphStore, cube: str) -> Iterable[Node]:
    cursor: str | None = None
    while True:
        page = store.scan(everything(cube), cursor=cursor, limit=_PAGE)
        yield from page.nodes
        cursor = page.cursor
        if cursor is None:
            return


def _differing(identity: str, before: Node | None, after: Node | None, from_: datetime,
               to: datetime) -> Differing | None:  # fmt: skip
    if before is None or after is None:
        what: What = "added" if before is None else "gone"
        return Differing(id=identity, what=what, before=before, after=after)
    fields = tuple(name for name in _FIELDS if getattr(before, name) != getattr(after, name))
    if not fields:
        return None
    ended = (_ended(before, from_), _ended(after, to))
    what = "changed" if ended[0] == ended[1] else "ended" if ended[1] else "resumed"
    return Differing(id=identity, what=what, before=before, after=after, fields=fields)


def _ended(node: Node, at: datetime) -> bool:
    return node.valid_to is not None and node.valid_to <= at


def _moved(store: GraphStore, cube: str, from_: datetime, to: datetime) -> list[Moved]:
    """Whose state changed in place, by what the Changes between and after the two times found."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for change in all_changes(store, cube):
        if change.at <= from_:
            continue
        for image in change.images:
            if image.of != "node" or image.before is None:
                continue
            if change.at <= to:
                before.setdefault(image.id, state_in(image.before))
            elif image.id in before:
                after.setdefault(image.id, state_in(image.before))
    left = [identity for identity in before if identity not in after]
    for at in range(0, len(left), _PAGE):
        for node in store.get(everything(cube), left[at : at + _PAGE]):
            after[node.id] = "deleted" if node.retired_at is not None else node.status
    return [
        Moved(id=identity, before=before[identity], after=after[identity])
        for identity in sorted(before)
        if after.get(identity, before[identity]) != before[identity]
    ]


def _row(node: Node | None) -> Mapping[str, Any] | None:
    if node is None:
        return None
    return {
        "row": node.id,
        "text": node.text,
        "key": node.key,
        "from": _iso(node.valid_from),
        "until": _iso(node.valid_to),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _text(node: Node | None) -> str:
    return "" if node is None else node.text
