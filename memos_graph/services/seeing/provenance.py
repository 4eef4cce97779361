"""Why a memory is held: where it is from, what it rests on, what it became of, who wrote it and what speaks against it.

Each reason is told with the edges that lead to it. Reads only; walks are bounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from memos_graph.engines.consequences.doubts import Reason as Doubt
from memos_graph.engines.consequences.doubts import doubt_of
from memos_graph.engines.snapshots import is_snapshot_of
from memos_graph.model.codec import source_to_json
from memos_graph.model.errors import NotFound
from memos_graph.model.graph import Edge, Node, Source
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import Direction, GraphStore
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.lifecycle.audit import audit_id, expired_note
from memos_graph.services.seeing.history import touching

DEPTH = 6  #: edges that a walk goes
MOST = 200  #: reasons of one sort
_CAUSAL = ("CAUSES", "CONDITION_OF")

How = Literal[
    "within", "rests on", "caused by", "merged from", "merged into", "supersedes", "superseded by", "conflicts with",
]  # fmt: skip
#: By sort of reason: the edges that lead to it, the way they are walked, and how far.
_WALKS: Mapping[How, tuple[tuple[str, ...], Direction, int]] = {
    "within": (("PARENT",), "out", DEPTH),
    "rests on": (("DEPENDS_ON",), "out", DEPTH),
    "merged from": (("MERGED_INTO",), "in", DEPTH),
    "merged into": (("MERGED_INTO",), "out", DEPTH),
    "supersedes": (("SUPERSEDES",), "out", DEPTH),
    "superseded by": (("SUPERSEDES",), "in", DEPTH),
    "conflicts with": (("CONFLICTS_WITH",), "both", 1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Another memory that this one has to do with, and the edges from this one to it."""

    how: How
    node: Node
    path: tuple[Edge, ...]

    def to_json(self) -> dict[str, Any]:
        """Its fields; the path as edges."""
        return {
            "how": self.how, "id": self.node.id, "kind": self.node.kind, "text": self.node.text or self.node.key,
            "status": self.node.status,
            "path": [
                {"id": e.id, "from": e.from_id, "kind": e.kind, "to": e.to_id, "evidence": e.evidence}
                for e in self.path
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who wrote a memory in one Change."""

    seq: int
    at: datetime
    actor: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return {"seq": self.seq, "at": self.at.isoformat(), "actor": self.actor, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All that speaks for a memory, and against it."""

    node: Node
    sources: tuple[Source, ...]
    reasons: tuple[Reason, ...]  #: by sort, the nearest first
    doubts: tuple[Doubt, ...]  #: what it rests on and has fallen, the shortest path first
    written: tuple[Writer, ...]  #: the Change that made it, and the last one that changed it

    def of(self, how: How) -> tuple[Reason, ...]:
        """The reasons of one sort."""
        return tuple(reason for reason in self.reasons if reason.how == how)

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "id": self.node.id, "kind": self.node.kind, "text": self.node.text, "status": self.node.status,
            "sources": [source_to_json(source) for source in self.sources],
            "reasons": [reason.to_json() for reason in self.reasons],
            "doubts": [{"path": list(each.path), "why": each.why, "since": each.since} for each in self.doubts],
            "written": [writer.to_json() for writer in self.written],
        }  # fmt: skip


def why(context: Context, cube: str, identity: str) -> Why:
    """Why `identity` is held. `NotFound` for one that is not there; a deleted one is told by what it had.

    A walk for each sort of reason, and all Changes of the cube for who wrote it.
    """
    store = context.store
    find_cube(store, cube)
    found = {node.id: node for node in store.get(everything(cube), [identity, audit_id(identity)])}
    if identity not in found:
        note = expired_note(found.get(audit_id(identity)))
        raise NotFound("memory", identity, note or f"in cube {cube!r}; `list` shows what there is")
    node = found[identity]
    # the edges of a deleted memory are retired with it
    scope = everything(cube) if node.retired_at is not None else replace(everything(cube), retired=False)
    reasons: list[Reason] = []
    for how, (kinds, direction, depth) in _WALKS.items():
        reached = store.around(scope, [identity], kinds=kinds, direction=direction, depth=depth, limit=MOST)
        reasons += [
            Reason(how=how, node=r.node, path=r.path)
            for r in reached
            if not is_snapshot_of(r.node.id, identity) and not is_snapshot_of(identity, r.node.id)
        ]
    reasons += _causes(store, scope, identity)
    return Why(
        node=node, sources=node.sources, reasons=tuple(reasons),
        doubts=doubt_of(node.info), written=_writers(store, cube, identity),
    )  # fmt: skip


def _causes(store: GraphStore, scope: Scope, identity: str) -> list[Reason]:
    """What caused it, or what the effects that were read from it: those spans lie below the text."""
    below = store.around(scope, [identity], kinds=["PARENT"], direction="in", depth=1, limit=MOST)
    starts: dict[str, tuple[Edge, ...]] = {
        identity: (),
        **{r.node.id: r.path for r in below if r.node.kind == "Entity"},
    }
    first = store.edges(scope, touching=list(starts), kinds=_CAUSAL, direction="in", limit=MOST)
    paths: dict[str, tuple[Edge, ...]] = {}
    for edge in first:
        paths.setdefault(edge.from_id, (*starts[edge.to_id], edge))
    near = {node.id: node for node in store.get(scope, list(paths))} if paths else {}
    found = [Reason(how="caused by", node=near[i], path=path) for i, path in paths.items() if i in near]
    if not near:
        return []
    farther = store.around(scope, list(near), kinds=_CAUSAL, direction="in", depth=DEPTH - 1, limit=MOST)
    found += [Reason(how="caused by", node=r.node, path=(*paths[r.path[0].to_id], *r.path)) for r in farther]
    return [reason for reason in found if reason.node.id != identity]


def _writers(store: GraphStore, cube: str, identity: str) -> tuple[Writer, ...]:
    met = [change for change, _ in touching(store, cube, {identity})[identity]]
    ends = [met[0], met[-1]] if len(met) > 1 else met
    return tuple(Writer(seq=c.seq, at=c.at, actor=c.actor, reason=c.reason) for c in ends)
