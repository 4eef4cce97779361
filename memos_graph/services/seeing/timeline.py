"""What was true when: the facts about an entity, or about one memory, as spans and points of time.

Tells what we hold now of every time: what was believed and taken back is no part of it (`history` has that). Reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from memos_graph.engines.values import key_of
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.graph import Node
from memos_graph.model.scope import ANY_STATE, Scope, everything
from memos_graph.ports import GraphStore
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.snapshots import snapshots

MOST = 1_000  #: rows of one timeline
_SILENT = frozenset({"Document", "Section", "Session", "Entity", "AuditRecord"})  #: they hold facts, they are none
_ALWAYS = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A fact over the time it was true, or an event."""

    node: Node  #: the row that says it: a memory, or an earlier version of one
    head: str  #: id of the memory
    event: bool  #: it happened at `start`; else it was so from `start` until `end`
    attribute: str  #: what of its subject it tells; "" when nobody read that from it
    replaced_by: str = ""  #: id of the memory that says what holds instead

    @property
    def start(self) -> datetime | None:
        """From when; None: always was."""
        return self.node.valid_from

    @property
    def end(self) -> datetime | None:
        """Until when, exclusive; None: still is."""
        return None if self.event else self.node.valid_to

    def to_json(self) -> dict[str, Any]:
        """Its fields; times as ISO 8601."""
        return {
            "id": self.node.id, "memory": self.head, "kind": self.node.kind, "text": self.node.text,
            "event": self.event, "from": _iso(self.start), "until": _iso(self.end), "attribute": self.attribute,
            "replaced_by": self.replaced_by, "status": self.node.status,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The entries about something: by attribute, then by time."""

    about: str  #: as it was asked for
    ids: tuple[str, ...]  #: the entities or the memory that it means
    now: datetime
    entries: tuple[Entry, ...]
    left_out: int = 0  #: the earliest of more than `MOST`

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "about": self.about, "ids": list(self.ids), "now": self.now.isoformat(), "left_out": self.left_out,
            "entries": [entry.to_json() for entry in self.entries],
        }  # fmt: skip


def timeline(context: Context, cube: str, about: str, *, since: datetime | None = None,
             until: datetime | None = None) -> Timeline:  # fmt: skip
    """What is known of `about` (an entity's name, or an id) in the time from `since` until `until`, exclusive.

    `NotFound` when nothing is called so; `Invalid` for a time without zone, or an `until` before `since`. A handful of
    queries, whatever the cube holds.
    """
    if not isinstance(about, str) or not about.strip():
        raise Invalid("about", about, "name an entity or a memory")
    _check_span(since, until)
    store, now = context.store, context.clock()
    find_cube(store, cube)
    named = store.get(_held(cube), [about.strip()])
    if named and named[0].kind != "Entity":
        ids: tuple[str, ...] = (named[0].id,)
        heads = _chain(store, cube, named[0])
        evidence: Mapping[str, _Ways] = {}
    else:
        ids = (named[0].id,) if named else _entities(store, cube, about)
        ids = _aliases(store, cube, ids)
        heads, evidence = _mentioning(store, cube, ids)
    found = [e for e in _entries(store, cube, heads, evidence) if _within(e, since, until)]
    found.sort(key=lambda e: e.start or _ALWAYS)
    kept = found[-MOST:]
    kept.sort(key=lambda e: (e.attribute == "", e.attribute, e.start or _ALWAYS, e.end or _NEVER, e.node.id))
    return Timeline(about=about, ids=ids, now=now, entries=tuple(kept), left_out=len(found) - len(kept))


def _held(cube: str) -> Scope:
    return replace(everything(cube), retired=False)


def _check_span(since: datetime | None, until: datetime | None) -> None:
    for name, moment in (("since", since), ("until", until)):
        if moment is not None and moment.tzinfo is None:
            raise Invalid(name, moment.isoformat(), "give it a time zone (UTC: add +00:00)")
    if since is not None and until is not None and until <= since:
        raise Invalid("until", until.isoformat(), f"it must lie after since, {since.isoformat()}")


def _entities(store: GraphStore, cube: str, name: str) -> tuple[str, ...]:
    names = store.lexicon(Scope(cubes=(cube,), states=ANY_STATE))[cube].entities
    found = names.get(key_of(name.strip()), ())
    if not found:
        raise NotFound("entity or memory", name.strip(), f"in cube {cube!r}; `list --kind Entity` shows the names")
    return tuple(found)


def _aliases(store: GraphStore, cube: str, ids: tuple[str, ...]) -> tuple[str, ...]:
    """`ids` with their other names: the whole for a short name that stands for one only, and the short ones for it."""
    out = store.edges(_held(cube), touching=ids, kinds=["ALIAS_OF"], direction="out")
    wholes = [e.to_id for e in out if sum(other.from_id == e.from_id for other in out) == 1]
    everyone = list(dict.fromkeys([*ids, *wholes]))
    into = store.edges(_held(cube), touching=everyone, kinds=["ALIAS_OF"], direction="in")
    shorts = list(dict.fromkeys(e.from_id for e in into))
    meant = store.edges(_held(cube), touching=shorts, kinds=["ALIAS_OF"], direction="out") if shorts else ()
    alone = [short for short in shorts if len({e.to_id for e in meant if e.from_id == short}) == 1]
    return tuple(dict.fromkeys([*everyone, *alone]))


def _mentioning(
    store: GraphStore, cube: str, ids: Sequence[str]
) -> tuple[list[Node], dict[str, _Ways]]:  # fmt: skip
    """The memories that name or said something as one of `ids`, now or in an earlier version, and how they name it."""
    edges = store.edges(everything(cube), touching=ids, kinds=["MENTIONS", "SAID_BY"], direction="in")
    heads = store.get(_held(cube), list(dict.fromkeys(e.from_id for e in edges)))
    ways: dict[str, _Ways] = {}
    for edge in edges:
        way = ways.setdefault(edge.from_id, _Ways())
        way.words.append(" ".join(edge.evidence.casefold().split()))
        way.now = way.now or edge.retired_at is None
    return [head for head in heads if head.kind not in _SILENT and head.status != "merged"], ways


@dataclass(slots=True)
class _Ways:
    """How a memory names what is asked for."""

    now: bool = False  #: its present words do
    words: list[str] = field(default_factory=list)  #: by which it does, or did; "" for one that is not in the text


def _chain(store: GraphStore, cube: str, node: Node) -> list[Node]:
    """`node` and the memories that it superseded or that superseded it, in any number of steps."""
    found, layer = {node.id: node}, [node.id]
    while layer:
        edges = store.edges(_held(cube), touching=layer, kinds=["SUPERSEDES"])
        ends = {end for e in edges for end in (e.from_id, e.to_id)} - found.keys()
        nodes = {n.id: n for n in store.get(_held(cube), sorted(ends))} if ends else {}
        found.update(nodes)
        layer = list(nodes)
    older = {v.id for each in snapshots(store, cube, list(found)).values() for v in each}
    return [n for identity, n in found.items() if identity not in older]


def _entries(
    store: GraphStore, cube: str, heads: Sequence[Node], evidence: Mapping[str, _Ways]
) -> list[Entry]:  # fmt: skip
    ids = [head.id for head in heads]
    older = snapshots(store, cube, ids) if ids else {}
    newer = store.edges(_held(cube), touching=ids, kinds=["SUPERSEDES"], direction="in") if ids else ()
    rivals = {edge.to_id: edge.from_id for edge in newer}
    made: list[Entry] = []
    for head in heads:
        rows = [v for v in older[head.id] if v.retired_at is None]
        ways = evidence.get(head.id)
        if ways is None or ways.now:
            made.append(_entry(head, head.id, rivals.get(head.id, "")))
        if ways is not None:
            rows = [row for row in rows if _says(row, ways.words)]
        made += [_entry(row, head.id, "" if row.text == head.text else head.id) for row in rows]
    return made


def _says(row: Node, words: Sequence[str]) -> bool:
    said = " ".join(f"{row.key} {row.text}".casefold().split())
    return any(word in said for word in words)


def _entry(node: Node, head: str, replaced_by: str) -> Entry:
    claim = node.info.get("claim")
    told: Mapping[str, Any] = claim if isinstance(claim, Mapping) else {}
    attribute = told.get("attribute")
    event = node.valid_from is not None and (node.kind == "Message" or told.get("kind") == "event")
    return Entry(
        node=node, head=head, event=event, attribute=attribute if isinstance(attribute, str) else "",
        replaced_by=replaced_by,
    )  # fmt: skip


def _within(entry: Entry, since: datetime | None, until: datetime | None) -> bool:
    if entry.event:
        at = entry.start or _ALWAYS
        return (since is None or at >= since) and (until is None or at < until)
    return (until is None or (entry.start or _ALWAYS) < until) and (since is None or (entry.end or _NEVER) > since)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
