"""The life of one memory, and why it is held."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import NotFound
from memos_graph.model.graph import Json
from tests.services.conftest import Clock


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


def test_each_change_tells_what_it_changed_from_what_to_what(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    cube.update(identity, tags=("home",), info={"team": "north"})
    cube.update(identity, "Ana lives in Lisbon.")
    cube.update(identity, status="archived")
    cube.delete(identity)
    made, tagged, moved, archived, deleted = cube.history_of(identity).touches
    assert made.made and not tagged.made
    assert {f.field: (f.before, f.after) for f in tagged.fields} == {
        "tags": ([], ["home"]), "info.team": (None, "north")
    }  # fmt: skip
    assert {f.field for f in moved.fields} == {"text", "valid_from"}
    assert (archived.states, deleted.states) == (("activated", "archived"), ("archived", "deleted"))
    assert [t.seq for t in cube.history_of(identity).touches] == [1, 2, 3, 4, 5]


def test_versions_come_newest_first_and_are_its_own(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    (other,) = cube.add("Ana owns a boat.").ids
    cube.link(identity, other, "SUPERSEDES")
    for town in ("Lisbon", "Faro"):
        cube.update(identity, f"Ana lives in {town}.")
    told = cube.history_of(identity)
    assert [v.id for v in told.versions] == [f"{identity}@{n}" for n in ("2", "2~", "1", "1~")]


def test_an_erased_memory_has_a_history_without_a_word_of_it(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    cube.update(identity, "Ana lives in Lisbon.")
    cube.erase(identity, reason="she asked")
    told = cube.history_of(identity)
    assert told.head is None and "erased" in told.note
    assert told.touches[-1].reason == "she asked"
    assert "Porto" not in str(told.to_json()) and "Lisbon" not in str(told.to_json())


def test_an_id_that_nothing_ever_wrote_has_no_history(cube: CubeHandle) -> None:
    with pytest.raises(NotFound, match="nobody"):
        cube.history_of("nobody")


def test_why_tells_source_premises_causes_and_who_wrote_it(cube: CubeHandle, tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("# Pump\n\nThe flood was caused by the broken pump.\n")
    cube.add(tmp_path / "report.md")
    (passage,) = cube.list(filter={"kind": "Passage"})
    (plan,) = cube.add("The pump must be replaced.").ids
    (order,) = cube.add("A new pump is ordered.").ids
    cube.link(plan, passage.id, "DEPENDS_ON")
    cube.link(order, plan, "DEPENDS_ON")
    told = cube.why(order)
    assert [(r.node.id, len(r.path)) for r in told.of("rests on")] == [(plan, 1), (passage.id, 2)]
    assert [w.reason for w in told.written] == ["add"]
    read = cube.why(passage.id)
    assert [source.uri for source in read.sources] == ["report.md"]
    assert [r.node.kind for r in read.of("within")][-1] == "Document"
    causes = read.of("caused by")
    assert causes and causes[0].path[0].kind == "PARENT" and causes[0].path[-1].kind == "CAUSES"


def test_why_tells_both_sides_of_a_merge_and_of_a_conflict(cube: CubeHandle) -> None:
    a, b, whole = (cube.add(text).ids[0] for text in ("Ana sings.", "Ana sings alto.", "Ana sings well."))
    for part in (a, b):
        cube.link(part, whole, "MERGED_INTO")
    cube.link(a, b, "CONFLICTS_WITH", evidence="alto")
    assert {r.node.id for r in cube.why(whole).of("merged from")} == {a, b}
    assert [r.node.id for r in cube.why(a).of("merged into")] == [whole]
    for one, other in ((a, b), (b, a)):
        (against,) = cube.why(one).of("conflicts with")
        assert against.node.id == other and against.path[0].evidence == "alto"


def test_own_versions_are_no_reasons(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    cube.update(identity, "Ana lives in Lisbon.")
    assert cube.why(identity).of("supersedes") == ()


def test_a_circle_of_premises_ends(cube: CubeHandle, clock: Clock) -> None:
    a, b = (cube.add(text).ids[0] for text in ("Ana sings.", "Ana sings alto."))
    cube.link(a, b, "RESTS")
    cube.link(b, a, "DEPENDS_ON")
    cube.link(a, b, "MERGED_INTO")
    cube.link(b, a, "MERGED_INTO")
    assert [r.node.id for r in cube.why(a).of("merged into")] == [b]


@pytest.mark.parametrize("doubt", [3, "x", ["a"], {"because": 4}, {}])
def test_a_doubt_field_of_a_caller_s_own_is_no_doubt(cube: CubeHandle, doubt: Json) -> None:
    (identity,) = cube.add("Ana lives in Porto.", info={"doubt": doubt}).ids
    assert cube.why(identity).doubts == ()


def test_why_tells_what_it_rests_on_and_has_fallen(cube: CubeHandle) -> None:
    (home,) = cube.add("Ana lives in Porto.").ids
    (plan,) = cube.add("She will be visited.").ids
    cube.link(plan, home, "DEPENDS_ON")
    assert cube.why(plan).doubts == ()
    cube.delete(home)
    (doubt,) = cube.why(plan).to_json()["doubts"]
    assert doubt["path"] == [home] and doubt["why"] == "retired"


def test_a_deleted_memory_is_told_by_what_it_had(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    (plan,) = cube.add("She will be visited.").ids
    cube.link(plan, identity, "DEPENDS_ON")
    cube.delete(plan)
    assert [r.node.id for r in cube.why(plan).of("rests on")] == [identity]
    with pytest.raises(NotFound):
        cube.why("nobody")
