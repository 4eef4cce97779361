"""Deltas that a crash test writes: the same seed and round always give the same ones, whoever asks.

So the process that is killed and the one that judges it need to agree on nothing but numbers. Every Delta carries a
marker node that later ones leave alone, and besides adds, links, updates, patches, retires and erases.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from memos_graph.model.codec import edge_to_json, node_to_json
from memos_graph.model.delta import (
    Delta,
    EraseNode,
    Operation,
    PatchNode,
    PutEdge,
    PutNode,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.graph import Cube, Edge, Node, Vector, VectorSpace, make_edge
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore

CUBE = "chaos"
SPACE = VectorSpace(name="main", model="made-up", dimension=64)
_START = datetime(2025, 1, 1, tzinfo=UTC)
_BULK = 150  #: nodes of a large Delta: its transaction takes long enough to be cut in the middle


def cube() -> Cube:
    """The cube that is written to."""
    return Cube(id=CUBE, spaces=(SPACE,), text_space=SPACE.name, created_at=_START)


def single_adds() -> Iterator[Delta]:
    """Deltas of one node each, without end."""
    step = 0
    while True:
        yield _delta(-1, step, (PutNode(node=marker(0, -1, step)),))
        step += 1


def deltas(seed: int, round: int) -> Iterator[Delta]:
    """The Deltas of one round, without end; each stands on the ones before it in the round, and on no other round."""
    stream = _Stream(seed, round)
    while True:
        yield stream.next()


def marker(seed: int, round: int, step: int) -> Node:
    """The node that shows that a Delta is there: it has a word and a direction of its own."""
    vector = np.random.default_rng([seed, round + 1, step, 1]).standard_normal(SPACE.dimension)
    return _node(round, step, "marker", f"{marker_word(round, step)} marks this change", vector.astype(np.float32))


def marker_word(round: int, step: int) -> str:
    """A word that no other node holds."""
    return f"marker{round + 1}x{step}"


@dataclass(slots=True)
class _Stream:
    """What of this round is there, so that the next Delta can stand on it."""

    seed: int
    round: int
    step: int = 0
    versions: dict[str, int] = field(default_factory=dict)  #: live nodes besides markers
    edges: dict[str, Edge] = field(default_factory=dict)  #: live
    _generator: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._generator = np.random.default_rng([self.seed, self.round + 1])

    def next(self) -> Delta:
        draw, step = self._generator, self.step
        mark = marker(self.seed, self.round, step)
        count = _BULK if draw.random() < 0.1 else int(draw.integers(1, 5))
        vectors = draw.standard_normal((count, SPACE.dimension)).astype(np.float32)
        added = [_node(self.round, step, str(at), f"memory {at} of {step}", vectors[at]) for at in range(count)]
        operations: list[Operation] = [PutNode(node=mark), *(PutNode(node=node) for node in added)]
        changed = self._chosen(int(draw.integers(0, 4)))
        dropped: list[str] = []
        for identity in changed:
            operations.append(self._change(identity, dropped))
        links = [make_edge(CUBE, "RELATED_TO", node.id, mark.id, created_at=self._at) for node in added]
        staying = [identity for identity in self.versions if identity not in dropped]
        if staying:
            links.append(make_edge(CUBE, "FOLLOWS", mark.id, staying[-1], created_at=self._at))
        gone = {e for e, edge in self.edges.items() if edge.from_id in dropped or edge.to_id in dropped}
        for identity in [e for e in self.edges if e not in gone][:1] if draw.random() < 0.3 else []:
            operations.append(RetireEdge(id=identity))
            gone.add(identity)
        operations.extend(PutEdge(edge=edge) for edge in links)
        self.edges = {e: edge for e, edge in self.edges.items() if e not in gone} | {edge.id: edge for edge in links}
        self.versions = {i: v for i, v in self.versions.items() if i not in dropped} | {node.id: 1 for node in added}
        self.step += 1
        return _delta(self.round, step, tuple(operations))

    @property
    def _at(self) -> datetime:
        return _moment(self.round, self.step)

    def _chosen(self, count: int) -> list[str]:
        known = list(self.versions)
        drawn = self._generator.permutation(len(known))[:count]
        return [known[at] for at in drawn]

    def _change(self, identity: str, dropped: list[str]) -> Operation:
        draw, version = self._generator, self.versions[identity]
        kind = draw.choice(["update", "patch", "retire", "erase"], p=[0.4, 0.3, 0.25, 0.05])
        if kind == "retire":
            dropped.append(identity)
            return RetireNode(id=identity)
        if kind == "erase":
            dropped.append(identity)
            return EraseNode(id=identity)
        self.versions[identity] = version + 1
        if kind == "patch":
            return PatchNode(id=identity, expects=version, set={"tags": (f"step-{self.step}",), "confidence": 50.0})
        vector = draw.standard_normal(SPACE.dimension).astype(np.float32)
        return PutNode(node=_named(identity, f"rewritten at {self.step}", vector, self._at), replaces=version)


def digest(store: GraphStore) -> dict[str, str]:
    """A hash for the nodes with their vectors, one for the edges, one for the Changes: equal when all of them are."""
    nodes, edges, scope = [], [], everything(CUBE)
    cursor: str | None = None
    while True:
        page = store.scan(scope, cursor=cursor, vectors=True)
        nodes += [node_to_json(node, vectors=True) for node in page.nodes]
        if (cursor := page.cursor) is None:
            break
    while True:
        linked = store.scan_edges(scope, cursor=cursor)
        edges += [edge_to_json(edge) for edge in linked.edges]
        if (cursor := linked.cursor) is None:
            break
    changes = [
        [c.seq, c.delta, c.actor, c.reason, c.at.isoformat(), list(c.present_nodes), list(c.present_edges),
         [[image.id, image.of, image.before and dict(image.before)] for image in c.images]]
        for c in store.changes(CUBE, limit=1_000_000)
    ]  # fmt: skip
    return {"nodes": _hash(sorted(map(_text, nodes))), "edges": _hash(sorted(map(_text, edges))),
            "changes": _hash([_text(change) for change in changes])}  # fmt: skip


def _delta(round: int, step: int, operations: tuple[Operation, ...]) -> Delta:
    return Delta(id=f"round-{round}-step-{step}", cube=CUBE, actor="chaos", reason=f"step {step}",
                 at=_moment(round, step), operations=operations)  # fmt: skip


def _node(round: int, step: int, name: str, text: str, vector: Vector) -> Node:
    return _named(f"r{round}-s{step}-{name}", text, vector, _moment(round, step))


def _named(identity: str, text: str, vector: Vector, at: datetime) -> Node:
    return Node(id=identity, cube=CUBE, kind="Passage", text=text, created_at=at, updated_at=at,
                vectors={SPACE.name: vector})  # fmt: skip


def _moment(round: int, step: int) -> datetime:
    return _START + timedelta(hours=round + 1, milliseconds=step)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=list)


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
