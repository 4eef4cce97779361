"""Bitemporal versions: what a reader sees after each kind of change, at each pair of times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.versions import correct, end, reopen, succeed
from memos_graph.model.delta import Delta, Operation, PutNode
from memos_graph.model.graph import LIVE, Cube, Node, Status
from memos_graph.model.scope import Scope, everything

T0 = datetime(2025, 1, 1, tzinfo=UTC)
STATES: frozenset[Status] = frozenset({*LIVE, "archived"})


def day(n: int) -> datetime:
    return T0 + timedelta(days=n)


class World:
    """One fact in a real store, and what is said of it at two times."""

    def __init__(self) -> None:
        self.store = InMemoryStore()
        self.store.create_cube(Cube(id="c", created_at=T0))
        self.count = 0
        self.write(
            T0, [PutNode(node=Node(id="f", cube="c", kind="LongTermMemory", text="v0", created_at=T0, updated_at=T0))]
        )

    def write(self, at: datetime, operations: tuple[Operation, ...] | list[Operation]) -> None:
        self.count += 1
        self.store.apply(Delta(id=str(self.count), cube="c", at=at, operations=tuple(operations)))

    def head(self) -> Node:
        return self.store.get(everything("c"), ["f"], vectors=True)[0]

    def said(self, *, true: datetime | None = None, known: datetime | None = None) -> set[str]:
        scope = Scope(cubes=("c",), as_of=true, known_at=known, states=STATES)
        return {node.text for node in self.store.scan(scope).nodes}


def test_a_succession_leaves_the_past_true_and_the_belief_known() -> None:
    world = World()
    world.write(day(10), succeed(world.head(), day(10), day(5), text="v1"))
    assert world.said(true=day(4)) == {"v0"} and world.said(true=day(5)) == {"v1"}
    assert world.said(true=day(7), known=day(9)) == {"v0"}
    assert world.said(true=day(7), known=day(10)) == {"v1"}
    assert world.head().id == "f" and world.head().version == 2


def test_a_correction_makes_the_old_text_never_true_but_once_believed() -> None:
    world = World()
    world.write(day(10), correct(world.head(), day(10), text="v1"))
    assert world.said(true=day(4)) == {"v1"}
    assert world.said(true=day(4), known=day(9)) == {"v0"}


def test_an_ended_fact_was_true_until_its_end() -> None:
    world = World()
    world.write(day(10), end(world.head(), day(10)))
    assert world.said(true=day(9)) == {"v0"} and world.said(true=day(10)) == set()
    assert world.said(true=day(12), known=day(9)) == {"v0"}
    assert end(world.head(), day(11)) == ()


def test_a_reopened_fact_keeps_the_gap() -> None:
    world = World()
    world.write(day(10), end(world.head(), day(10)))
    world.write(day(20), reopen(world.head(), day(20)))
    assert [bool(world.said(true=day(n))) for n in (9, 15, 25)] == [True, False, True]
    assert world.said(true=day(15), known=day(9)) == {"v0"}


CHANGES: dict[str, Callable[[Node, datetime, int], tuple[Operation, ...]]] = {
    "correct": lambda head, at, n: correct(head, at, text=f"v{n}"),
    "succeed": lambda head, at, n: succeed(head, at, at, text=f"v{n}"),
    "end": lambda head, at, n: end(head, at),
    "reopen": lambda head, at, n: reopen(head, at, text=f"v{n}"),
}


@given(st.lists(st.sampled_from(sorted(CHANGES)), max_size=8))
def test_at_most_one_version_is_true_at_any_pair_of_times_and_beliefs_never_change(names: list[str]) -> None:
    world = World()
    believed: dict[int, set[str]] = {}
    for n, name in enumerate(names, start=1):
        at = day(10 * n)
        open_now = world.head().valid_to is None
        if (name == "reopen") == open_now:
            continue
        believed[10 * n - 1] = world.said(true=day(10 * n - 1))
        world.write(at, CHANGES[name](world.head(), at, n))
    for true in range(-1, 10 * len(names) + 10, 5):
        for known in range(0, 10 * len(names) + 10, 5):
            assert len(world.said(true=day(true), known=day(known))) <= 1
    for time, said in believed.items():
        assert world.said(true=day(time), known=day(time)) == said


def test_a_change_of_text_drops_the_vectors_of_the_old_one() -> None:
    world = World()
    with pytest.raises(StopIteration):
        next(
            v for op in correct(world.head(), day(1), text="v1")
            if isinstance(op, PutNode) and op.replaces for v in op.node.vectors
        )  # fmt: skip
