"""The life of one memory: its versions, and every Change that touched it with what it changed.

What a Change made of a memory is not stored: it is what the next Change found, or what is there now. Reads only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memos_graph.model.codec import node_to_json
from memos_graph.model.delta import Change
from memos_graph.model.errors import NotFound
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.lifecycle.audit import audit_id, expired_note
from memos_graph.services.prefix.kept import shown
from memos_graph.services.snapshots import snapshots

_PAGE = 500  #: Changes read at once: each holds what it found
_TOLD = (
    "text", "key", "confidence", "tags", "usage", "sources", "valid_from", "valid_to", "content_hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """A field that a Change changed; values as JSON."""

    field: str  #: `info.NAME` for one of the caller's own
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return {"field": self.field, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What one Change did to a memory."""

    seq: int
    at: datetime
    actor: str
    reason: str
    delta: str
    made: bool  #: it was not there before (or what was there has been erased)
    states: tuple[str, str] | None  #: the state before and after, when it changed
    fields: tuple[FieldChange, ...]

    def to_json(self) -> dict[str, Any]:
        """Its fields; the time as ISO 8601."""
        return {
            "seq": self.seq, "at": self.at.isoformat(), "actor": self.actor, "reason": self.reason,
            "delta": self.delta, "made": self.made, "states": None if self.states is None else list(self.states),
            "fields": [change.to_json() for change in self.fields],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A memory's life."""

    id: str
    head: Node | None  #: as it is now, retired or not; None: erased or expired
    note: str  #: what became of one that is no more; "" else
    versions: tuple[Node, ...]  #: newest first
    touches: tuple[Touch, ...]  #: oldest first

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "id": self.id, "head": None if self.head is None else node_to_json(shown(self.head)), "note": self.note,
            "versions": [node_to_json(version) for version in self.versions],
            "changes": [touch.to_json() for touch in self.touches],
        }  # fmt: skip


def history_of(context: Context, cube: str, identity: str) -> History:
    """The life of `identity`, deleted, expired and erased ones too. `NotFound` for an id that no Change names.

    Reads all Changes of the cube, a page at a time: a store has no way from an id to its Changes.
    """
    store = context.store
    find_cube(store, cube)
    audit = audit_id(identity)
    met = touching(store, cube, {identity})[identity]
    found = {node.id: node for node in store.get(everything(cube), [identity, audit])}
    head = found.get(identity)
    if head is None and not met:
        raise NotFound("memory", identity, f"in cube {cube!r}; `list` shows what there is")
    note = "" if head is not None else expired_note(found.get(audit)) or "it was erased"
    return History(
        id=identity, head=head, note=note, versions=snapshots(store, cube, [identity])[identity],
        touches=touches_of(met, head),
    )  # fmt: skip


def touching(
    store: GraphStore, cube: str, ids: Collection[str]
) -> Mapping[str, list[tuple[Change, Mapping[str, Any] | None]]]:
    """By each of `ids`, the Changes that wrote it, oldest first, with what each found. Reads all Changes."""
    met: dict[str, list[tuple[Change, Mapping[str, Any] | None]]] = {identity: [] for identity in ids}
    for change in all_changes(store, cube):
        for image in change.images:
            if image.of == "node" and image.id in met:
                met[image.id].append((change, image.before))
    return met


def all_changes(store: GraphStore, cube: str) -> Iterator[Change]:
    """Every Change of the cube in order."""
    after = 0
    while page := store.changes(cube, after=after, limit=_PAGE):
        yield from page
        after = page[-1].seq


def touches_of(met: list[tuple[Change, Mapping[str, Any] | None]], head: Node | None) -> tuple[Touch, ...]:
    """What each Change did, by what it and the next one found."""
    now = None if head is None else node_to_json(head)
    following = [before for _, before in met[1:]] + [now]
    return tuple(
        _touch(change, before, after) for (change, before), after in zip(met, following, strict=True)
    )  # fmt: skip


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """What differs between two nodes as JSON, times of knowing, version and state apart."""
    made = [
        FieldChange(field=name, before=before.get(name), after=after.get(name))
        for name in _TOLD
        if before.get(name) != after.get(name)
    ]
    old, new = before.get("info") or {}, after.get("info") or {}
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            made.append(FieldChange(field=f"info.{name}", before=old.get(name), after=new.get(name)))
    return tuple(made)


def state_in(values: Mapping[str, Any]) -> str:
    """The state of a node as JSON: its status, and deleted when it was retired."""
    return "deleted" if values.get("retired_at") else str(values.get("status", ""))


def _touch(change: Change, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Touch:
    known = before is not None and after is not None
    states = (state_in(before), state_in(after)) if before is not None and after is not None else None
    return Touch(
        seq=change.seq, at=change.at, actor=change.actor, reason=change.reason, delta=change.delta,
        made=before is None, states=states if states is not None and states[0] != states[1] else None,
        fields=field_changes(before or {}, after or {}) if known else (),
    )  # fmt: skip
