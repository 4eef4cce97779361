"""On random graphs: impact says what a deletion then changes, and one that is taken back leaves no doubt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.consequences.doubts import doubt_of, reasons_of
from memos_graph.engines.consequences.fallout import holds
from memos_graph.model.delta import Delta, PutEdge
from memos_graph.model.graph import make_edge
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.writing import apply_delta
from tests.memories.letters import LetterEmbedder
from tests.services.conftest import Clock

FACTS = 7
Links = list[tuple[int, int, str, str]]
NUMBERS = st.integers(0, FACTS - 1)
EDGES = st.lists(
    st.tuples(NUMBERS, NUMBERS, st.sampled_from(["doubt", "retire", "keep", ""]), st.sampled_from(["", "", "g"])),
    max_size=14, unique_by=lambda edge: edge[:2],
)  # fmt: skip


@contextmanager
def world(edges: Links) -> Iterator[tuple[CubeHandle, list[str]]]:
    graph = Graph(Context(store=InMemoryStore(), embedder=LetterEmbedder(), clock=Clock()))
    cube = graph.cube("w")
    ids = [cube.add(f"fact {'abcdefg'[number]}").ids[0] for number in range(FACTS)]
    context = cube._context
    puts = []
    for start, end, on_fall, any_of in edges:
        if start != end:
            info: dict[str, Any] = {"on_fall": on_fall} | ({"any_of": any_of} if any_of else {})
            puts.append(PutEdge(edge=make_edge("w", "DEPENDS_ON", ids[start], ids[end], created_at=context.clock(),
                                               info=info)))  # fmt: skip
    apply_delta(context, Delta(id="edges", cube="w", at=context.clock(), operations=tuple(puts)))
    yield cube, ids


def state(cube: CubeHandle) -> dict[str, Any]:
    nodes = cube._context.store.scan(everything("w")).nodes
    live = [node for node in nodes if "@" not in node.id and node.retired_at is None]
    return {n.id: (n.text, n.status, n.valid_to, [r.path for r in reasons_of(n)]) for n in live}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edges=EDGES, order=st.lists(NUMBERS, min_size=1, max_size=4, unique=True))
def test_what_impact_says_is_what_the_deletion_changes(edges: Links, order: list[int]) -> None:
    with world(edges) as (cube, ids):
        for number in order:
            before = state(cube)
            if ids[number] not in before:
                continue
            falls = {fall.id: fall for fall in cube.impact(ids[number])}
            assert state(cube) == before
            cube.delete(ids[number])
            after = state(cube)
            changed = {i for i in after if after[i] != before[i]}
            assert {i for i in changed if len(after[i][3]) >= len(before[i][3])} <= set(falls) <= changed
            for identity, fall in falls.items():
                node = cube.get(identity)
                assert fall.because in [reason.path for reason in reasons_of(node)]
                assert (fall.what == "doubt") == bool(doubt_of(node.info))
                assert fall.what != "retire" or not holds(node, cube._context.clock())


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    edges=EDGES.map(lambda edges: [(a, b, "doubt", g) for a, b, _, g in edges]),
    order=st.lists(NUMBERS, min_size=1, max_size=4, unique=True), seed=st.randoms(use_true_random=False),
)  # fmt: skip
def test_premises_that_all_come_back_leave_no_doubt(edges: Links, order: list[int], seed: Any) -> None:
    with world(edges) as (cube, ids):
        before = {i: (row[0], row[1], row[3]) for i, row in state(cube).items()}
        for number in order:
            cube.delete(ids[number])
        back = list(order)
        seed.shuffle(back)
        for number in back:
            cube.restore(ids[number])
        assert {i: (row[0], row[1], row[3]) for i, row in state(cube).items()} == before


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    edges=EDGES.map(lambda edges: [(a, b, "doubt", "") for a, b, _, _ in edges]), fallen=st.sets(NUMBERS, max_size=3)
)
def test_exactly_what_reaches_a_fallen_premise_is_doubted_whatever_the_order(edges: Links, fallen: set[int]) -> None:
    with world(edges) as (cube, ids):
        for number in sorted(fallen):
            cube.update(ids[number], "another thing")
        reached: set[int] = set()
        layer = set(fallen)
        while layer:
            layer = {a for a, b, _, _ in edges if b in layer and a != b} - reached
            reached |= layer
        doubted = {number for number in range(FACTS) if doubt_of(cube.get(ids[number]).info)}
        # one that was said anew after it had been doubted is settled: it speaks for itself
        assert doubted - fallen == reached - fallen
