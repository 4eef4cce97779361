"""Undoing: one Delta takes back another, and the past stays as it was known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.delta import Receipt
from memos_graph.model.errors import Invalid, NotFound, Overtaken, Refused
from tests.services.conftest import Clock


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


def live(cube: CubeHandle) -> tuple[Any, Any]:
    """All that is now known, without ids of edges and times of knowing."""
    scope = cube.scope(states=None)
    store = cube._context.store
    nodes = {
        (n.id, n.kind, n.text, n.key, n.status, n.confidence, n.tags, n.usage, n.sources, str(n.info), n.valid_from,
         n.valid_to, n.content_hash, tuple(sorted((s, v.tobytes()) for s, v in n.vectors.items())))
        for n in store.scan(scope, vectors=True).nodes if "@" not in n.id
    }  # fmt: skip
    edges = sorted(
        (e.kind, e.from_id, e.to_id, e.weight, e.evidence, str(e.info), str(e.valid_from), str(e.valid_to))
        for e in store.scan_edges(scope).edges if e.kind != "SUPERSEDES" and "@" not in e.from_id + e.to_id
    )  # fmt: skip
    return nodes, edges


def test_an_undone_update_is_readable_by_what_was_known_in_between(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    before, first = live(cube), clock.skip(days=1)
    clock.skip(days=1)
    receipt = cube.update(identity, "Ana lives in Lisbon.")
    between = clock.skip(days=1)
    clock.skip(days=1)
    cube.undo(receipt)
    after = clock.skip(days=1)
    assert live(cube) == before
    for known, as_of, said in (
        (None, None, "Porto"), (None, first, "Porto"), (None, after, "Porto"), (between, first, "Porto"),
        (between, after, "Lisbon"), (between, between, "Lisbon"), (first, after, "Porto"),
    ):  # fmt: skip
        (hit,) = cube.search("where does Ana live?", known_at=known, as_of=as_of)
        assert said in hit.text, (known, as_of)


def _update(cube: CubeHandle, clock: Clock) -> Receipt:
    return cube.update("ana", "Ana lives in Lisbon.", since=datetime(2024, 5, 1, tzinfo=UTC), tags=("moved",))


def _correct(cube: CubeHandle, clock: Clock) -> Receipt:
    return cube.update("ana", "Ana lives in Faro.", correction=True)


def _delete(cube: CubeHandle, clock: Clock) -> Receipt:
    return cube.delete("ana", "bea")


def _patch(cube: CubeHandle, clock: Clock) -> Receipt:
    return cube.update("ana", tags=("x",), info={"a": [1]}, confidence=3.0)


def _link(cube: CubeHandle, clock: Clock) -> Receipt:
    cube.link("ana", "bea", "KNOWS")
    return cube._context.store.changes("people")[-1].receipt(repeated=False)


def _unlink(cube: CubeHandle, clock: Clock) -> Receipt:
    (edge,) = cube.edges("ana", kinds=["LIKES"])
    return cube.unlink(edge.id)


def _feed(cube: CubeHandle, clock: Clock) -> str:
    return cube.add_text("# Crane\n\nThe crane of Calder Works was sold in May.", name="crane.md").fed[0].receipt


STEPS = [_update, _correct, _delete, _patch, _link, _unlink, _feed]


@pytest.mark.parametrize("step", STEPS)
def test_every_step_can_be_undone_and_done_again_and_undone(
    cube: CubeHandle, clock: Clock, step: Callable[[CubeHandle, Clock], Receipt | str]
) -> None:
    given = cube._memory("ana", "Ana of Calder Works lives in Porto.", "LongTermMemory", (), None)
    cube.put([given, cube._memory("bea", "Bea sells cranes to Ana.", "LongTermMemory", (), None)])
    cube.link("ana", "bea", "LIKES", weight=0.4, info={"n": 1})
    question = "who lives in Porto and sells the crane?"
    before, hits = live(cube), {h.id for h in cube.search(question)}
    receipt = step(cube, clock)
    done, found = live(cube), {h.id for h in cube.search(question)}
    assert done != before
    clock.skip(days=1)
    undone = cube.undo(receipt)
    assert live(cube) == before and {h.id for h in cube.search(question)} == hits
    redone = cube.undo(undone)
    assert live(cube) == done and {h.id for h in cube.search(question)} == found
    assert undone.wrote and redone.wrote
    cube.undo(redone)
    assert live(cube) == before
    with pytest.raises(Refused):
        cube.undo(receipt)


def test_a_later_change_of_the_same_memory_is_named_and_nothing_is_undone(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    first = cube.update(identity, "Ana lives in Lisbon.")
    second = cube.update(identity, "Ana lives in Faro.", reason="moved again")
    with pytest.raises(Overtaken, match="moved again") as refused:
        cube.undo(first)
    assert refused.value.later == ((second.delta, second.seq, "moved again"),)
    assert cube.get(identity).text == "Ana lives in Faro."
    cube.undo(second)
    cube.undo(first)
    assert cube.get(identity).text == "Ana lives in Porto."


def test_use_keeps_nothing_from_being_undone_and_is_kept(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    receipt = cube.update(identity, "Ana lives in Lisbon.")
    cube.update(identity, usage=("2025-01-01T00:00:00Z search",))
    cube.undo(receipt)
    assert cube.get(identity).text == "Ana lives in Porto."
    assert cube.get(identity).usage == ("2025-01-01T00:00:00Z search",)


def test_an_entity_that_others_name_meanwhile_stays(cube: CubeHandle) -> None:
    first = cube.add("Calder Works sold the crane.")
    (second,) = cube.add("Calder Works is in Leeds.").ids
    cube.undo(first)
    assert not cube.search("who sold the crane?", filter={"text": {"contains": "sold"}})
    assert "Calder Works" in {r.node.text for r in cube.around(second, kinds=["MENTIONS"])}


def test_a_link_made_later_to_what_would_go_is_in_the_way(cube: CubeHandle) -> None:
    first = cube.add("Ana lives in Porto.")
    (other,) = cube.add("Bea lives in Faro.").ids
    cube.link(first.ids[0], other, "KNOWS")
    with pytest.raises(Overtaken, match="link KNOWS"):
        cube.undo(first)
    assert cube.get(first.ids[0])


def test_a_link_does_not_come_back_to_what_was_deleted_since(cube: CubeHandle) -> None:
    (ana,), (bea,) = cube.add("Ana lives in Porto.").ids, cube.add("Bea lives in Faro.").ids
    cube.link(ana, bea, "KNOWS")
    first, second = cube.delete(ana), cube.delete(bea)
    with pytest.raises(Overtaken) as refused:
        cube.undo(first)
    assert [delta for delta, _, _ in refused.value.later] == [second.delta]
    cube.undo_all([first, second])
    assert [e.to_id for e in cube.edges(ana, kinds=["KNOWS"])] == [bea]


def test_what_was_erased_can_not_come_back(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    updated = cube.update(identity, "Ana lives in Lisbon.")
    erased = cube.delete(identity, erase=True)
    for receipt in (updated, erased):
        with pytest.raises(Refused, match="erased"):
            cube.undo(receipt)


@pytest.mark.parametrize("receipt", ["nothing", "99", "0", 7, "９", "1" * 40])
def test_a_receipt_that_there_is_not_is_refused(cube: CubeHandle, receipt: str | int) -> None:
    cube.add("Ana lives in Porto.")
    before = cube.history()
    with pytest.raises(NotFound, match="receipt"):
        cube.undo(receipt)
    assert cube.history() == before


def test_a_step_can_be_named_by_the_number_of_its_change(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    receipt = cube.update(identity, "Ana lives in Lisbon.")
    undone = cube.undo(receipt.seq, reason="it was a joke")
    assert cube.get(identity).text == "Ana lives in Porto."
    assert cube.history(after=undone.seq - 1)[0].reason == "it was a joke"


def test_what_wrote_nothing_has_nothing_to_undo(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    with pytest.raises(Invalid, match="0 steps"):
        cube.undo(cube.update(identity, "Ana lives in Porto."))


def test_a_clock_before_the_step_undoes_nothing(cube: CubeHandle, clock: Clock) -> None:
    report = cube.add("Ana lives in Porto.")
    clock.skip(days=-3)
    with pytest.raises(Invalid, match="clock"):
        cube.undo(report)
    assert cube.get(report.ids[0])


def test_all_that_fed_a_folder_is_undone_newest_first(cube: CubeHandle, tmp_path: Path) -> None:
    before = live(cube)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.md").write_text(f"# Part {name}\n\nCalder Works wrote part {name}; see [a](a.md).")
    report = cube.add(tmp_path)
    assert len(cube.undo_all(report)) == len([fed for fed in report.fed if fed.receipt])
    assert live(cube) == before
    assert cube.add(tmp_path).count("new") + cube.add(tmp_path).count("unchanged")


def test_of_several_steps_none_is_undone_when_one_can_not_be(cube: CubeHandle) -> None:
    (ana,), (bea,) = cube.add("Ana lives in Porto.").ids, cube.add("Bea lives in Faro.").ids
    first = cube.update(ana, "Ana lives in Lisbon.")
    other = cube.update(bea, "Bea lives in Lagos.")
    cube.update(ana, "Ana lives in Braga.")
    with pytest.raises(Overtaken):
        cube.undo_all([other, first])
    assert cube.get(bea).text == "Bea lives in Lagos."


def test_a_file_fed_anew_is_as_before_after_undoing_and_can_be_fed_again(cube: CubeHandle, tmp_path: Path) -> None:
    file = tmp_path / "crane.md"
    file.write_text("# Crane\n\nThe crane was sold in May.\n\nIt is red.")
    cube.add(file)
    before = live(cube)
    file.write_text("# Crane\n\nThe crane was sold in June to Calder Works.\n\nIt is red.")
    report = cube.add(file)
    done = live(cube)
    cube.undo(report)
    assert live(cube) == before
    assert cube.add(file).count("changed") == 1
    assert {row[2] for row in live(cube)[0]} == {row[2] for row in done[0]}


def test_what_was_undone_or_deleted_can_be_added_again(cube: CubeHandle, clock: Clock) -> None:
    cube.undo(cube.add("Ana Costa lives in Porto."))
    away = clock.skip(days=1)
    clock.skip(days=1)
    report = cube.add("Ana Costa lives in Porto.")
    assert report.count("new") == 1 and [hit.id for hit in cube.search("where does Ana live?")] == list(report.ids)
    assert "Ana Costa" in {r.node.text for r in cube.around(report.ids[0], kinds=["MENTIONS"])}
    assert cube.search("where does Ana live?", known_at=away) == ()
    cube.delete(report.ids[0])
    cube.add("Ana Costa lives in Porto.")
    assert len(cube.search("where does Ana live?")) == 1


@pytest.mark.parametrize("back", ["undo", "delete"])
def test_a_file_that_came_back_mentions_each_name_once_however_often_it_changes(cube: CubeHandle, back: str) -> None:
    filler = " ".join(f"The long winter number {number} was cold." for number in range(60))
    said = f"# Crane\n\nIt is red. {filler}\n\n## Two\n\nBea Lund of Calder Works painted it. {filler}"
    report = cube.add_text(said, name="crane.md")
    if back == "undo":
        cube.undo(cube.undo(report))
    else:
        cube.delete(report.ids[0])
    for colour in ("blue", "green", "pink"):
        cube.add_text(said.replace("red", colour), name="crane.md")
        mentions = [(e.from_id, e.to_id) for e in cube.edges() if e.kind == "MENTIONS"]
        assert mentions and len(mentions) == len(set(mentions))


def test_freezing_archiving_and_tidying_are_undone_like_all_else(cube: CubeHandle, clock: Clock) -> None:
    (one,), (two,) = cube.add("Ana lives in Porto.").ids, cube.add("Bea lives in Faro.").ids
    before = live(cube)
    cube.freeze(one)
    frozen = live(cube)
    with pytest.raises(Refused):
        cube.undo(1)
    cube.undo_all(cube.history()[-1].receipt(repeated=False))
    assert live(cube) == before
    cube.archive(two)
    archived = cube.history()[-1].seq
    clock.skip(days=1)
    cube.undo(archived)
    assert live(cube) == before and frozen != before


def test_an_undone_step_takes_back_the_doubts_that_came_with_it(cube: CubeHandle) -> None:
    (premise,), (end,) = cube.add("The pump is broken.").ids, cube.add("Nobody works on Monday.").ids
    cube.link(end, premise, "DEPENDS_ON")
    before = live(cube)
    receipt = cube.delete(premise)
    assert "doubt" in cube.get(end).info
    cube.undo(receipt)
    assert live(cube) == before


def test_an_undone_merge_is_as_it_was_and_an_import_too(cube: CubeHandle) -> None:
    ids = [*cube.add("Ana Costa lives in Porto.").ids, *cube.add("Ana Costa lives in Porto by the sea.").ids]
    before = live(cube)
    merged = cube.merge(*ids)
    cube.undo(merged)
    assert live(cube) == before
    assert live(cube) != (cube.undo(cube.history()[-1].delta), live(cube))[1]
