"""Random nodes, scopes, filters and Deltas from small pools, so that they meet each other often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from memos_graph.model.delta import (
    Delta,
    EraseEdge,
    EraseNode,
    Operation,
    PatchEdge,
    PatchNode,
    PutEdge,
    PutNode,
    RetireEdge,
    RetireNode,
)
from memos_graph.model.filter import And, Filter, Or, where
from memos_graph.model.graph import STATUSES, Cube, Edge, Node, Vector, VectorSpace, make_edge
from memos_graph.model.scope import ANY_STATE, Scope
from memos_graph.ports import Direction, Order
from memos_graph.testing.bench import OTHER, SPACE, day, vector

CUBES = ("one", "two", "Two")
IDS = ("a", "B", "c d", "n@1", "é", "阀", "z'\"`", "0")
KINDS = ("Entity", "Message", "Passage")
EDGE_KINDS = ("SAID_BY", "RELATED_TO", "MY_KIND")
TEXTS = (
    "",
    "valve",
    "Valve harbour",
    "the valves of the harbour harbour",
    "阀门由李雷签字",
    "who?",
    "a*b [c]",
    "50%\n_x",
)
KEYS = ("", "ann", "Bob", "harbour")
DAYS = tuple(day(number) for number in (0, 1, 2, 3, 4))
INFO: tuple[Mapping[str, Any], ...] = (
    {}, {"x": 1}, {"x": "1"}, {"x": True}, {"x": 2.5, "user_id": "ann"}, {"x": ["valve", 1]}, {"x": None},
    {"a b": {"c": []}},
)  # fmt: skip
#: Few directions at few lengths: ties, and cosines far enough apart to compare in float32.
ROWS = {
    "main": tuple(vector(*row) for row in ((1, 0, 0, 0), (2, 0, 0, 0), (1, 1, 0, 0), (0, 1, 0, 3), (-1, 0.5, 0, 0))),
    "other": (vector(1, 0), vector(0, -2), vector(1, 1)),
    "third": (vector(1, 0, 0), vector(0, 1, 1)),
}
THIRD = VectorSpace(name="third", model="test-3", dimension=3)
SPACES = ((SPACE, OTHER), (SPACE,), (SPACE, OTHER, THIRD))
_DIRECTIONS: tuple[Direction, ...] = ("out", "in", "both", "both")
_ORDERS = (None, Order(field="text"), Order(field="valid_from", descending=True), Order(field="info.user_id"))
_STALE = (0, 0, 0, 0, 0, 0, 0, 0, 1)  # one version in nine is not the one stored
QUERIES = ("valve", "harbour valves", "李", "bob ann", "who", "", "AND (", "nowhere")


@cache
def instants() -> st.SearchStrategy[datetime]:
    """One of a few days."""
    return st.sampled_from(DAYS)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """None as often as not."""
    return st.none() | strategy


@st.composite
def spans(draw: st.DrawFn) -> dict[str, Any]:
    """valid_from and valid_to in order, or open."""
    start, end = draw(maybe(instants())), draw(maybe(instants()))
    if start is not None and end is not None and end < start:
        start, end = end, start
    return {"valid_from": start, "valid_to": end}


@st.composite
def nodes(draw: st.DrawFn, cube: Cube, id: str) -> Node:
    """A node of `cube` called `id`, sometimes with vectors, seldom one that is retired from the start."""
    spaces = [space.name for space in cube.spaces if draw(st.booleans())]
    return Node(
        id=id, cube=cube.id, kind=draw(st.sampled_from(KINDS)), text=draw(st.sampled_from(TEXTS)),
        key=draw(st.sampled_from(KEYS)), status=draw(st.sampled_from(("activated", "activated", *STATUSES))),
        confidence=draw(st.sampled_from((0.0, 33.3, 100.0))), tags=draw(st.sampled_from(((), ("t",), ("t", "u v")))),
        info=draw(st.sampled_from(INFO)), created_at=draw(instants()), updated_at=draw(instants()),
        retired_at=draw(st.sampled_from((None, None, None, day(3)))), version=draw(st.sampled_from((1, 1, 1, 5))),
        vectors={space: draw(st.sampled_from(ROWS[space])) for space in spaces}, **draw(spans()),
    )  # fmt: skip


@st.composite
def edges(draw: st.DrawFn, cube: Cube) -> Edge:
    """An edge between two of the few ids, which may not be there."""
    return make_edge(
        cube.id, draw(st.sampled_from(EDGE_KINDS)), draw(st.sampled_from(IDS)), draw(st.sampled_from(IDS)),
        discriminator=draw(st.sampled_from(("", "", "2"))), created_at=draw(instants()),
        weight=draw(st.sampled_from((1.0, 0.25))), evidence=draw(st.sampled_from(("", "seen"))), **draw(spans()),
    )  # fmt: skip


@st.composite
def deltas(draw: st.DrawFn, cube: Cube, id: str, held: Mapping[str, Node], tied: Mapping[str, Edge]) -> Delta:
    """A Delta for `cube`, which holds nodes `held` and edges `tied`: mostly one that fits, sometimes a stale one."""
    named = draw(st.lists(st.sampled_from(IDS), min_size=2, max_size=6, unique=True))
    operations: list[Operation] = [draw(_on_node(cube, name, held.get(name))) for name in named]
    gone = {o.id for o in operations if isinstance(o, RetireNode | EraseNode)}
    made = draw(st.lists(edges(cube), min_size=1, max_size=6, unique_by=lambda edge: edge.id))
    there = set(held) | {o.node.id for o in operations if isinstance(o, PutNode)}
    whole = draw(st.integers(0, 9))  # one Delta in ten may hold an edge without its ends
    for edge in made:
        if {edge.from_id, edge.to_id} & gone or (whole and not {edge.from_id, edge.to_id} <= there):
            continue
        operations.append(PutEdge(edge=edge))
    taken = {edge.id for edge in made}
    free = sorted(e.id for e in tied.values() if e.id not in taken and not {e.from_id, e.to_id} & gone)
    for name in draw(st.lists(st.sampled_from(free), max_size=3, unique=True)) if free else ():
        operations.append(draw(_on_edge(name, tied[name])))
    return Delta(
        id=id, cube=cube.id, actor=draw(st.sampled_from(("user", "rule"))), reason="test", at=draw(instants()),
        operations=tuple(draw(st.permutations(operations))),
    )  # fmt: skip


@st.composite
def _on_node(draw: st.DrawFn, cube: Cube, id: str, stored: Node | None) -> Operation:
    node = draw(nodes(cube, id))
    if stored is None:
        fresh: tuple[Operation, ...] = (*[PutNode(node=node)] * 5, EraseNode(id=id))
        return draw(st.sampled_from(fresh))
    version = stored.version + draw(st.sampled_from(_STALE))
    changes: tuple[dict[str, Any], ...] = (
        {"status": node.status}, {"tags": node.tags, "confidence": node.confidence}, {"info": node.info},
        {"usage": ("s1",)}, {"vectors": node.vectors},
    )  # fmt: skip
    patch = PatchNode(id=id, expects=version, set=draw(st.sampled_from(changes)))
    put = PutNode(node=node, replaces=version)
    choices: tuple[Operation, ...] = (
        PutNode(node=stored),
        put,
        put,
        patch,
        patch,
        patch,
        RetireNode(id=id),
        EraseNode(id=id),
    )
    return draw(st.sampled_from(choices))


@st.composite
def _on_edge(draw: st.DrawFn, id: str, stored: Edge) -> Operation:
    changes: tuple[dict[str, Any], ...] = (
        {"weight": 2.0}, {"evidence": "new", "info": {"x": [1]}}, {"valid_to": day(2)}, {"valid_to": None},
    )  # fmt: skip
    version = stored.version + draw(st.sampled_from(_STALE))
    patch = PatchEdge(id=id, expects=version, set=draw(st.sampled_from(changes)))
    choices: tuple[Operation, ...] = (patch, patch, RetireEdge(id=id), EraseEdge(id=id))
    return draw(st.sampled_from(choices))


@st.composite
def scopes(draw: st.DrawFn, cubes: tuple[str, ...]) -> Scope:
    """Half of them see nearly all of `cubes`; the others some cubes, at some time, in some states."""
    if draw(st.booleans()):
        return Scope(cubes=cubes, states=ANY_STATE, retired=draw(st.booleans()))
    return Scope(
        cubes=tuple(draw(st.lists(st.sampled_from(cubes), min_size=1, unique=True))), as_of=draw(maybe(instants())),
        current_at=draw(maybe(instants())), known_at=draw(maybe(instants())),
        states=draw(st.just(ANY_STATE) | st.frozensets(st.sampled_from(STATUSES))), retired=draw(st.booleans()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Arguments for every read."""

    scope: Scope
    filter: Filter | None
    order: Order | None
    limit: int
    k: int
    row: Vector = field(repr=False)
    words: str
    starts: list[str]
    kinds: list[str] | None
    direction: Direction
    depth: int


@st.composite
def questions(draw: st.DrawFn, cubes: tuple[str, ...]) -> Question:
    """Anything that can be asked of `cubes`."""
    return Question(
        scope=draw(scopes(cubes)), filter=draw(st.none() | filters()), order=draw(st.sampled_from(_ORDERS)),
        limit=draw(st.sampled_from((2, 1000, 1000))), k=draw(st.sampled_from((1, 3, 50))),
        row=draw(st.sampled_from(ROWS["main"])), words=draw(st.sampled_from(QUERIES)),
        starts=draw(st.lists(st.sampled_from(IDS), max_size=4)),
        kinds=draw(maybe(st.lists(st.sampled_from(EDGE_KINDS), unique=True))),
        direction=draw(st.sampled_from(_DIRECTIONS)), depth=draw(st.integers(1, 4)),
    )  # fmt: skip


@cache  # building the tree of strategies anew costs more than drawing from it
def filters() -> st.SearchStrategy[Filter | None]:
    """None, or conditions that some of the nodes above meet."""
    leaf = st.one_of(
        st.builds(
            where, st.just("text"), st.sampled_from(("eq", "contains", "like", "gt", "lte")), st.sampled_from(TEXTS)
        ),
        st.builds(where, st.just("text"), st.just("like"), st.sampled_from(("*VALVE*", "?alve", "*", "*[c]", "*\n*"))),
        st.builds(where, st.sampled_from(("kind", "key")), st.just("in"), st.just(["Entity", "ann", "harbour"])),
        st.builds(
            where, st.sampled_from(("status", "id")), st.sampled_from(("gte", "lt")), st.sampled_from(("b", "é", "m"))
        ),
        st.builds(
            where,
            st.sampled_from(("created_at", "updated_at", "valid_from", "valid_to", "retired_at")),
            st.sampled_from(("eq", "gt", "gte", "lt", "lte")),
            instants(),
        ),
        st.builds(where, st.just("confidence"), st.sampled_from(("eq", "gt", "lt")), st.sampled_from((0, 33.3, 100))),
        st.builds(where, st.just("version"), st.sampled_from(("eq", "gt", "lte")), st.sampled_from((1, 2, 5))),
        st.builds(where, st.sampled_from(("tags", "usage")), st.just("contains"), st.sampled_from(("t", "s1", "u"))),
        st.builds(
            where,
            st.sampled_from(("info.x", "info.a b", "user_id")),
            st.sampled_from(("eq", "gt", "lte", "contains")),
            st.sampled_from((1, "1", True, 2.5, "valve", "ann")),
        ),
    )
    tree: st.SearchStrategy[Filter] = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(parts))),
        ),
        max_leaves=4,
    )
    return st.none() | tree
