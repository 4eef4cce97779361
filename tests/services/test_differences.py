"""What differs between two times, against a plain comparison of what two scans see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.versions import correct, end, reopen, succeed
from memos_graph.model.delta import Delta, Operation, PatchNode, PutNode, RetireNode
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Cube, Node
from memos_graph.model.scope import everything
from memos_graph.ports import Embedder
from memos_graph.services.context import Context
from memos_graph.services.seeing.differences import diff, text_diff
from tests.services.conftest import Clock

T0 = datetime(2025, 1, 1, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["succeed", "correct", "end", "reopen", "retire", "archive"])),
    max_size=12,
)


def day(number: float) -> datetime:
    return T0 + timedelta(days=number)


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


def told(store: InMemoryStore, of: Literal["known", "true"], at: datetime) -> dict[str, tuple[object, ...]]:
    """By memory, what a scan sees of it then; of several rows the one written last."""
    now = replace(everything("c"), retired=False)
    scope = replace(now, known_at=at) if of == "known" else replace(now, as_of=at)
    seen: dict[str, tuple[object, ...]] = {}
    for node in sorted(store.scan(scope, limit=10_000).nodes, key=_number):
        seen[node.id.split("@")[0]] = (node.text, node.valid_from, node.valid_to)
    return seen


def _number(node: Node) -> float:
    return float(node.id.split("@")[1].rstrip("~")) if "@" in node.id else float("inf")


def lived(steps: list[tuple[str, str]]) -> InMemoryStore:
    """A store in which each step was taken a day after the one before."""
    store = InMemoryStore()
    store.create_cube(Cube(id="c", created_at=T0))
    for number, (identity, step) in enumerate(steps, start=1):
        at = day(number)
        found = store.get(everything("c"), [identity])
        operations: tuple[Operation, ...]
        if not found:
            made = Node(id=identity, cube="c", kind="Fact", text=f"{number}", created_at=at, updated_at=at)
            operations = (PutNode(node=made),)
        elif step == "retire":
            operations = (RetireNode(id=identity),)
        elif step == "archive" and found[0].retired_at is None:
            operations = (PatchNode(id=identity, expects=found[0].version, set={"status": "archived"}),)
        elif found[0].retired_at is not None or step == "reopen":
            operations = reopen(found[0], at)
        elif step == "succeed":
            operations = succeed(found[0], at, at, text=f"{number}")
        else:
            operations = correct(found[0], at, text=f"{number}") if step == "correct" else end(found[0], at)
        store.apply(Delta(id=str(number), cube="c", at=at, operations=operations))
    return store


@hypothesis_settings(max_examples=150)
@given(STEPS, st.floats(0, 13), st.floats(0.1, 13), st.sampled_from(["known", "true"]))
def test_it_tells_exactly_what_two_scans_do_not_share(
    steps: list[tuple[str, str]], start: float, length: float, of: Literal["known", "true"]
) -> None:
    store = lived(steps)
    first, last = day(start), day(start + length)
    before, after = told(store, of, first), told(store, of, last)
    embedder: Embedder = None  # type: ignore[assignment]  # nothing is embedded
    found = diff(Context(store=store, embedder=embedder, clock=lambda: day(99)), "c", first, last, of=of).memories
    assert {each.id for each in found if each.what == "added"} == after.keys() - before.keys()
    assert {each.id for each in found if each.what == "gone"} == before.keys() - after.keys()
    rest = {each.id for each in found if each.what in ("ended", "resumed", "changed")}
    assert rest == {i for i in before.keys() & after.keys() if before[i] != after[i]}
    for each in found:
        rows = [(n.text, n.valid_from, n.valid_to) if n else None for n in (each.before, each.after)]
        assert rows == [before.get(each.id), after.get(each.id)]


def test_what_was_learned_changed_ended_and_deleted_is_told_by_kind(cube: CubeHandle, clock: Clock) -> None:
    changed, gone, same = (cube.add(text, info={"n": n}).ids[0] for n, text in enumerate(
        ("ana lives in the old town.", "bob owns a boat.", "the sea is cold.")
    ))  # fmt: skip
    then = clock.skip(days=1)
    cube.update(changed, "ana lives in the new town.")
    cube.delete(gone)
    (added,) = cube.add("it rains.").ids
    cube.update(same, status="frozen")
    told = cube.diff(then)
    assert {each.id: each.what for each in told.memories} == {changed: "changed", gone: "gone", added: "added"}
    assert told.counts() == {"LongTermMemory": {"added": 1, "changed": 1, "gone": 1}}
    (text,) = (each.to_json()["text_diff"] for each in told.memories if each.id == changed)
    assert text == "ana lives in the [-old-]{+new+} town."
    states = {moved.id: (moved.before, moved.after) for moved in told.states}
    assert states == {gone: ("activated", "deleted"), same: ("activated", "frozen")}


def test_a_time_in_which_nothing_happened_tells_nothing(cube: CubeHandle, clock: Clock) -> None:
    cube.add("ana lives in the old town.")
    then = clock.skip(days=1)
    told = cube.diff(then, clock.skip(days=1))
    assert told.memories == () and told.states == ()


def test_an_id_of_the_caller_s_own_that_looks_like_a_version_is_a_memory(cube: CubeHandle, clock: Clock) -> None:
    then = clock.skip(days=1)
    at = clock()
    cube.put([Node(id="ana@1", cube="people", kind="Note", text="a note", created_at=at, updated_at=at)])
    assert [each.id for each in cube.diff(then).memories] == ["ana@1"]


def test_times_that_can_t_be_compared_are_refused(cube: CubeHandle) -> None:
    for start, last in ((day(1), day(0)), (day(1), day(1)), (datetime(2025, 1, 1), day(1))):
        with pytest.raises(Invalid):
            cube.diff(start, last)
    with pytest.raises(Invalid, match="from"):
        cube.diff("soon")
    with pytest.raises(Invalid, match="known"):
        cube.diff(day(0), day(1), of="felt")  # type: ignore[arg-type]


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_text_s_difference_holds_both_texts(before: str, after: str) -> None:
    marked = text_diff(before, after)
    assert len(marked) <= len(before) + len(after) + 4 * (len(before) + len(after)) + 8
    if before == after:
        assert marked == before
