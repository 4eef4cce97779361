"""The queries for people that tell of memories over time, on the embedded store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.delta import Delta, PatchNode
from memos_graph.model.times import to_micros
from memos_graph.ports import Embedder, GraphStore
from memos_graph.queries import load
from memos_graph.services.context import Context
from memos_graph.services.lifecycle.expiry import expire
from tests.services.conftest import Clock


class Told:
    """A cube with one memory of each sort."""

    def __init__(self, graph: Graph, clock: Clock) -> None:
        self.graph, self.cube = graph, graph.cube("living")
        self.began = to_micros(clock())
        (self.home,) = self.cube.add("Ana lives in Porto.").ids
        (self.plan,) = self.cube.add("The visit to her is planned for spring.").ids
        (self.offer,) = self.cube.add("The offer ends soon.").ids
        self.cube.link(self.plan, self.home, "DEPENDS_ON")
        self.known = to_micros(clock.skip(days=1))
        self.cube.update(self.home, "Ana lives in Lisbon.")
        expire(graph.context, "living", [self.offer], at=clock(), reason="ttl")

    def ask(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        table = self.graph.cypher(load(f"explore/{query}").fill(), {"cube": "living", **parameters})
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


@pytest.fixture
def told(arcade: GraphStore, embedder: Embedder, clock: Clock) -> Iterator[Told]:
    yield Told(Graph(Context(store=arcade, embedder=embedder, clock=clock)), clock)
    arcade.drop_cube("living")


def test_the_timeline_tells_each_version_of_what_names_an_entity(told: Told) -> None:
    rows = told.ask("timeline", name="ANA")
    assert [row["text"] for row in rows] == ["Ana lives in Porto.", "Ana lives in Lisbon."]
    assert rows[0]["until"] == rows[1]["since"] is not None


def test_the_history_tells_what_was_true_and_what_was_held(told: Told) -> None:
    rows = {row["id"]: row for row in told.ask("history", id=told.home)}
    assert rows.keys() == {told.home, f"{told.home}@1", f"{told.home}@1~"}
    assert rows[f"{told.home}@1~"]["held_until"] == rows[told.home]["held_from"]


def test_the_changes_that_wrote_a_memory_are_those_of_its_own_id(told: Told) -> None:
    first, second = (row["reason"] for row in told.ask("touched", id=told.home))
    assert first == "add" and second.startswith("update")
    assert told.ask("touched", id=told.home[:-1]) == []


def test_what_a_memory_rests_on_and_what_rests_on_it_are_two_ways_of_one_edge(told: Told) -> None:
    assert [row["chain"] for row in told.ask("why", id=told.plan)] == [[told.plan, told.home]]
    assert [row["chain"] for row in told.ask("rests_on", id=told.home)] == [[told.home, told.plan]]


def test_differences_are_what_changed_between_the_two_times(told: Told) -> None:
    texts = [row["text"] for row in told.ask("differences", since=told.known, until=told.known + 10**9)]
    assert "Ana lives in Lisbon." in texts and "The visit to her is planned for spring." not in texts
    assert told.ask("differences", since=told.began - 2, until=told.began - 1) == []


def test_an_expired_memory_shows_as_its_record_and_no_more(told: Told) -> None:
    (row,) = told.ask("expired")
    assert told.offer in row["info"] and "offer ends" not in row["info"]


def test_frozen_and_merged_memories_are_listed(told: Told, clock: Clock) -> None:
    assert told.ask("frozen") == [] and told.ask("merges") == []
    _freeze(told.graph.context, told.cube, told.home, clock)
    told.cube.link(told.plan, told.home, "MERGED_INTO")
    assert [row["id"] for row in told.ask("frozen")] == [told.home]
    assert [(row["whole"], row["part"]) for row in told.ask("merges")] == [(told.home, told.plan)]


def test_the_latest_change_comes_first_among_those_to_undo(told: Told) -> None:
    rows = told.ask("undoable")
    assert [row["seq"] for row in rows] == sorted((row["seq"] for row in rows), reverse=True)
    assert rows[0]["reason"] == "ttl" and rows[0]["delta"] == told.cube.history()[-1].delta


def _freeze(context: Context, cube: CubeHandle, identity: str, clock: Clock) -> None:
    patch = PatchNode(id=identity, expects=cube.get(identity).version, set={"status": "frozen"})
    context.store.apply(Delta(id="freeze", cube=cube.name, at=clock(), operations=(patch,)))
