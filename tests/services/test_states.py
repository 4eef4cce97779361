"""Leading memories from state to state, and what frozen ones keep out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.engines.usage import uses
from memos_graph.model.delta import Delta, Receipt
from memos_graph.model.errors import Conflict, Frozen, IllegalTransition, Invalid, NotFound
from memos_graph.model.graph import LIVE, Node
from memos_graph.model.lifecycle import state_of
from memos_graph.services.remember.feed import FeedOptions
from tests.services.conftest import Clock


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


@pytest.fixture
def porto(cube: CubeHandle) -> str:
    return cube.add("Ana lives in Porto.").ids[0]


def texts(cube: CubeHandle, query: str = "where does Ana live?", **options: Any) -> list[str]:
    return [hit.text for hit in cube.search(query, **options)]


def test_each_transition_is_a_change_with_actor_reason_and_time(cube: CubeHandle, porto: str) -> None:
    cube.freeze(porto, reason="audit 2025")
    cube.thaw(porto)
    cube.archive(porto, reason="moved  out")
    cube.restore(porto)
    cube.use([porto], by="search")
    told = [change for change in cube.history() if porto in change.ids("node")]
    assert [change.reason for change in told[1:]] == [
        "freeze: audit 2025", "thaw", "archive: moved out", "restore", "use",
    ]  # fmt: skip
    assert {change.actor for change in told} == {"user"} and told == sorted(told, key=lambda change: change.at)


def test_an_archived_memory_is_out_of_search_until_it_is_restored(cube: CubeHandle, porto: str) -> None:
    cube.archive(porto)
    assert texts(cube) == []
    assert texts(cube, include_archived=True) == ["Ana lives in Porto."]
    cube.restore(porto)
    assert texts(cube) == ["Ana lives in Porto."]


def test_thawing_gives_back_the_state_and_the_fields_from_before(cube: CubeHandle, porto: str) -> None:
    cube.update(porto, info={"team": "north"})
    cube.archive(porto)
    cube.freeze(porto)
    cube.thaw(porto)
    node = cube.get(porto)
    assert (node.status, dict(node.info)) == ("archived", {"team": "north"})


def test_an_illegal_transition_names_the_legal_ones_and_writes_nothing(cube: CubeHandle, porto: str) -> None:
    before = cube.history()
    with pytest.raises(IllegalTransition) as told:
        cube.thaw(porto)
    assert told.value.legal and "thawed" not in told.value.legal
    assert all(event in str(told.value) for event in told.value.legal)
    with pytest.raises(IllegalTransition):
        cube.update(porto, status="merged")
    assert cube.history() == before


def test_one_unknown_id_among_several_changes_none(cube: CubeHandle, porto: str) -> None:
    for verb in (cube.freeze, cube.thaw, cube.archive, cube.restore, cube.use, cube.activate):
        with pytest.raises(NotFound, match="nobody"):
            verb([porto, "nobody"])
    with pytest.raises(Invalid):
        cube.freeze([])
    assert cube.get(porto).status == "activated"


def test_a_transition_before_the_memory_s_last_change_is_refused(cube: CubeHandle, porto: str, clock: Clock) -> None:
    cube.update(porto, "Ana lives in Lisbon.")
    clock.skip(days=-1)
    with pytest.raises(Invalid, match="2025-01-01"):
        cube.freeze(porto)
    assert cube.get(porto).status == "activated"


def test_the_count_of_uses_is_exact_however_many_there_were(cube: CubeHandle, porto: str) -> None:
    for _ in range(45):
        cube.use(porto, by="search")
    usage = cube.get(porto).usage
    assert uses(usage) == 45 and len(usage) < 45
    assert usage[-1].endswith("Z search")


@pytest.mark.parametrize("by", ["", "  ", "a\x00b", "\ud800"])
def test_a_use_by_nobody_that_can_be_named_is_refused(cube: CubeHandle, porto: str, by: str) -> None:
    with pytest.raises(Invalid, match="by"):
        cube.use(porto, by=by)


def test_a_use_makes_an_archived_memory_active_unless_it_stopped_being_true(
    cube: CubeHandle, porto: str, clock: Clock
) -> None:
    cube.archive(porto)
    cube.use(porto)
    assert cube.get(porto).status == "activated"
    cube.update(porto, "Ana lives in Lisbon.")
    (was,) = [node for node in cube.get_many([f"{porto}@{n}" for n in range(1, 9)]) if node.retired_at is None]
    assert was.status == "archived"
    with pytest.raises(Invalid, match="stopped being true"):
        cube.use(was.id)


@pytest.mark.parametrize("change", ["text", "tags", "status", "delete", "erase", "correct"])
def test_a_frozen_memory_refuses_every_change_that_is_not_forced(cube: CubeHandle, porto: str, change: str) -> None:
    cube.freeze(porto, reason="audit")
    before, changes = cube.get(porto), cube.history()
    with pytest.raises(Frozen, match=porto):
        _change(cube, porto, change)
    with pytest.raises(Invalid, match="reason"):
        _change(cube, porto, change, force=True)
    assert (cube.get(porto), cube.history()) == (before, changes)
    _change(cube, porto, change, force=True, reason="the court says so")
    assert cube.history()[-1].reason == "the court says so"


def _change(cube: CubeHandle, identity: str, change: str, **options: Any) -> None:
    match change:
        case "text":
            cube.update(identity, "Ana lives in Lisbon.", **options)
        case "correct":
            cube.update(identity, "Ana lived in Lisbon.", correction=True, **options)
        case "tags":
            cube.update(identity, tags=("home",), **options)
        case "status":
            cube.update(identity, status="activated", **options)
        case "delete":
            cube.delete(identity, **options)
        case _:
            cube.delete(identity, erase=True, **options)


def test_a_forced_update_of_a_frozen_memory_leaves_it_frozen_with_its_past(cube: CubeHandle, porto: str) -> None:
    cube.freeze(porto)
    cube.update(porto, "Ana lives in Lisbon.", force=True, reason="typo")
    assert (cube.get(porto).status, cube.get(porto).text) == ("frozen", "Ana lives in Lisbon.")
    assert cube.get(f"{porto}@2").text == "Ana lives in Porto."
    with pytest.raises(Frozen):
        cube.delete(porto)


def test_a_frozen_memory_is_still_found_used_and_linked(cube: CubeHandle, porto: str) -> None:
    (harbour,) = cube.add("The harbour is safe.").ids
    cube.freeze(porto)
    cube.use(porto, by="search")
    cube.link(harbour, porto, "NEAR_TO")
    node = cube.get(porto)
    assert (node.status, uses(node.usage)) == ("frozen", 1)
    assert texts(cube)[:1] == ["Ana lives in Porto."]


def test_a_status_that_is_given_goes_by_the_table_too(cube: CubeHandle, porto: str) -> None:
    cube.update(porto, status="archived")
    cube.update(porto, status="frozen", tags=("kept",))
    assert (cube.get(porto).status, cube.get(porto).tags) == ("frozen", ("kept",))
    cube.thaw(porto)
    assert cube.get(porto).status == "archived"


def test_a_writer_who_always_comes_second_meets_a_conflict_with_both_versions(
    cube: CubeHandle, porto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, apply = cube._context.store, cube._context.store.apply

    def apply_late(delta: Delta) -> Receipt:
        if delta.reason == "freeze":
            cube.update(porto, tags=(delta.id,))
        return apply(delta)

    monkeypatch.setattr(store, "apply", apply_late)
    with pytest.raises(Conflict) as told:
        cube.freeze(porto)
    assert told.value.expected[porto] + 1 == told.value.found[porto]
    assert cube.get(porto).status == "activated"


def test_a_deleted_memory_comes_back_with_its_times_edges_and_place_in_search(
    cube: CubeHandle, porto: str, clock: Clock
) -> None:
    (harbour,) = cube.add("The harbour is safe.").ids
    cube.link(harbour, porto, "NEAR_TO", weight=0.5, evidence="the map")
    mentioned = {reached.node.id for reached in cube.around(porto)}
    then = clock.skip(days=1)
    cube.delete(porto)
    gone = clock.skip(days=1)
    cube.restore(porto, reason="deleted by mistake")
    assert texts(cube)[:1] == ["Ana lives in Porto."]
    assert {reached.node.id for reached in cube.around(porto)} == mentioned
    (edge,) = cube.edges(porto, kinds=["NEAR_TO"])
    assert (edge.weight, edge.evidence, edge.from_id) == (0.5, "the map", harbour)
    assert texts(cube, as_of=then)[:1] == ["Ana lives in Porto."]
    assert texts(cube, known_at=then)[:1] == ["Ana lives in Porto."]
    assert "Ana lives in Porto." not in texts(cube, known_at=gone)
    cube.delete(porto, erase=True)
    with pytest.raises(NotFound):
        cube.restore(porto)


def test_a_deleted_document_comes_back_whole_and_a_part_can_come_back_alone(cube: CubeHandle) -> None:
    text = b"# Pumps\n\nThe pump stands in the hall.\n\n# Boilers\n\nThe boiler burns oil.\n"
    (document,) = cube.add_bytes(text, "plant.md").ids
    before, edges = _live(cube), _edges(cube)
    (boiler,) = [node for node in before.values() if node.text == "The boiler burns oil."]
    cube.delete(boiler.id)
    cube.delete(document)
    assert not [node for node in _live(cube).values() if node.kind != "Entity"]
    cube.restore(document)
    assert boiler.id not in _live(cube)
    cube.restore(boiler.id)
    assert _live(cube).keys() == before.keys()
    assert _edges(cube) == edges
    assert texts(cube, "where does the pump stand?")[:1] == ["The pump stands in the hall."]


def _edges(cube: CubeHandle) -> Counter[str]:
    return Counter(edge.kind for edge in cube.edges() if edge.kind != "SUPERSEDES")


def _live(cube: CubeHandle) -> dict[str, Node]:
    return {node.id: node for node in cube._context.store.scan(cube.scope()).nodes}


def test_a_frozen_document_is_left_as_it_is_by_a_changed_file(cube: CubeHandle, tmp_path: Path) -> None:
    file = tmp_path / "plant.md"
    file.write_text("# Pumps\n\nThe pump stands in the hall.\n")
    (document,) = cube.add(file).ids
    cube.freeze(document)
    before = _live(cube)
    assert {node.status for node in before.values() if node.kind != "Entity"} == {"frozen"}
    file.write_text("# Pumps\n\nThe pump was moved to the yard.\n")
    report = cube.add(file)
    assert (report.count("unchanged"), report.failed) == (1, ())
    assert document in report.fed[0].problem and "frozen" in report.fed[0].problem
    assert _live(cube) == before
    cube.thaw(document)
    assert cube.add(file).count("changed") == 1
    assert texts(cube, "where is the pump?")[:1] == ["The pump was moved to the yard."]


def test_a_frozen_passage_outlives_its_words_in_the_file_and_ends_once_it_is_thawed(
    cube: CubeHandle, tmp_path: Path
) -> None:
    file = tmp_path / "plant.md"
    file.write_text("# Pumps\n\nThe pump stands in the hall.\n\n# Boilers\n\nThe boiler burns oil.\n")
    cube.add(file)
    (pump,) = [node for node in _live(cube).values() if node.text == "The pump stands in the hall."]
    cube.freeze(pump.id)
    frozen = cube.get(pump.id)
    file.write_text("# Pumps\n\nThe pump was moved to the yard.\n\n# Boilers\n\nThe boiler burns gas.\n")
    report = cube.add(file)
    assert (report.count("changed"), report.failed) == (1, ())
    assert pump.id in report.fed[0].problem
    assert cube.get(pump.id) == frozen
    living = {node.text for node in _live(cube).values()}
    assert {"The pump was moved to the yard.", "The pump stands in the hall.", "The boiler burns gas."} <= living
    assert "The boiler burns oil." not in living
    cube.thaw(pump.id)
    file.write_text("# Pumps\n\nThe pump was moved to the yard.\n\n# Boilers\n\nThe boiler burns wood.\n")
    assert cube.add(file).fed[0].problem == ""
    assert cube.get(pump.id).status == "archived"


def test_pruning_a_folder_keeps_a_document_with_something_frozen_in_it(cube: CubeHandle, tmp_path: Path) -> None:
    for name in ("kept", "gone"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\nThe {name} pump stands in the hall.\n")
    cube.add(tmp_path)
    (kept,) = [node for node in _live(cube).values() if node.text.startswith("The kept pump")]
    cube.freeze(kept.id)
    for name in ("kept", "gone"):
        (tmp_path / f"{name}.md").unlink()
    report = cube.add(tmp_path, options=FeedOptions(prune=True))
    assert {fed.name: fed.outcome for fed in report.fed} == {"kept.md": "unchanged", "gone.md": "retired"}
    assert kept.id in next(fed.problem for fed in report.fed if fed.name == "kept.md")
    assert kept.id in _live(cube)


def test_a_moved_file_renames_what_is_not_frozen(cube: CubeHandle, tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text("# Pumps\n\nThe pump stands in the hall.\n\nThe boiler burns oil.\n")
    cube.add(tmp_path)
    (pump,) = [node for node in _live(cube).values() if node.kind == "Passage"]
    cube.freeze(pump.id)
    (tmp_path / "old.md").rename(tmp_path / "new.md")
    report = cube.add(tmp_path)
    assert [fed.outcome for fed in report.fed if fed.name == "new.md"] == ["moved"]
    assert cube.get(pump.id).sources[0].uri == "old.md"
    assert {n.key for n in _live(cube).values() if n.kind == "Document"} == {"new.md"}


_VERBS = ("use", "activate", "freeze", "thaw", "archive", "restore", "delete", "update")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(_VERBS), max_size=12))
def test_whatever_is_tried_search_finds_a_memory_exactly_when_its_state_is_a_live_one(
    graph: Graph, steps: list[str]
) -> None:
    if graph.context.store.can.name != "inmemory":
        steps = steps[:4]
    for known in graph.context.store.cubes():
        graph.context.store.drop_cube(known.id)
    cube = graph.cube("walked")
    (identity,) = cube.add("Ana lives in Porto.").ids
    for number, verb in enumerate(steps):
        before = cube._context.store.get(cube.scope(), [identity])
        try:
            if verb == "update":
                cube.update(identity, tags=(str(number),))
            else:
                getattr(cube, verb)(identity)
        except (IllegalTransition, Frozen, NotFound):
            assert cube._context.store.get(cube.scope(), [identity]) == before
        nodes = cube.get_many([identity])
        live = bool(nodes) and state_of(nodes[0]) in LIVE
        assert texts(cube) == (["Ana lives in Porto."] if live else [])


def test_an_edge_whose_ends_were_deleted_one_after_the_other_is_back_once_both_are(cube: CubeHandle) -> None:
    (harbour, pier) = (cube.add(text).ids[0] for text in ("The harbour is safe.", "The pier is long."))
    cube.link(pier, harbour, "NEAR_TO", weight=0.5)
    for first, second in ((harbour, pier), (pier, harbour)):
        cube.delete(first)
        cube.delete(second)
        cube.restore(harbour)
        assert cube.edges(harbour, kinds=["NEAR_TO"]) == ()
        cube.restore(pier)
        (edge,) = cube.edges(pier, kinds=["NEAR_TO"])
        assert (edge.from_id, edge.to_id, edge.weight) == (pier, harbour, 0.5)
    cube.unlink(edge.id)
    cube.delete(pier)
    cube.restore(pier)
    assert cube.edges(pier, kinds=["NEAR_TO"]) == ()
