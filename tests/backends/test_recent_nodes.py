"""The nodes kept in memory beside the graph: never older than the last acknowledged write, never someone else's."""

from __future__ import annotations

from datetime import UTC, datetime

from memos_graph.backends.arcade import recent
from memos_graph.backends.arcade.recent import RecentNodes
from memos_graph.model.graph import Json, Node

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def node(id: str, cube: str = "c", text: str = "x", info: dict[str, Json] | None = None) -> Node:
    return Node(id=id, cube=cube, kind="Passage", text=text, info=info or {}, created_at=NOW, updated_at=NOW)


def test_what_was_read_before_a_write_is_not_kept_after_it() -> None:
    kept = RecentNodes()
    stamp = kept.stamp()
    kept.forget("c", ["a"])
    kept.keep("c", [node("a", text="old")], stamp)
    assert kept.find("c", ["a"]) == {}


def test_a_write_forgets_only_what_it_wrote() -> None:
    kept = RecentNodes()
    kept.keep("c", [node("a"), node("b")], kept.stamp())
    kept.forget("c", ["a"])
    assert set(kept.find("c", ["a", "b"])) == {"b"}
    kept.clear()
    assert kept.find("c", ["b"]) == {}


def test_cubes_with_the_same_ids_are_kept_apart() -> None:
    kept = RecentNodes()
    kept.keep("c", [node("a", "c", "mine")], kept.stamp())
    assert kept.find("d", ["a"]) == {}


def test_changing_what_was_found_changes_nothing_kept() -> None:
    kept = RecentNodes()
    mine = node("a", info={"n": 1})
    kept.keep("c", [mine], kept.stamp())
    mine.info["n"] = 2  # type: ignore[index]
    kept.find("c", ["a"])["a"].info["n"] = 3  # type: ignore[index]
    assert kept.find("c", ["a"])["a"].info == {"n": 1}


def test_long_texts_and_nested_info_are_not_kept_and_the_oldest_goes_first() -> None:
    kept = RecentNodes()
    kept.keep("c", [node("long", text="x" * (recent.LONGEST + 1)), node("deep", info={"l": [1]})], kept.stamp())
    assert kept.find("c", ["long", "deep"]) == {}
    kept.keep("c", [node("first"), node("second")], kept.stamp())
    kept.find("c", ["first"])
    kept.keep("c", [node(str(n)) for n in range(recent.MOST - 1)], kept.stamp())
    assert set(kept.find("c", ["first", "second"])) == {"first"}
