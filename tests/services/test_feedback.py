"""Correcting by words: one memory, many places at once, or one more; each one step that can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Frozen, Invalid, NotFound, Refused, Unclear
from memos_graph.model.graph import Json, Node
from tests.services.conftest import Clock
from tests.services.test_undoing import live


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


def texts(cube: CubeHandle) -> set[str]:
    return {node.text for node in cube.list(limit=1000) if node.kind != "Entity"}


# --- replacing words


def test_a_preview_lists_each_place_and_writes_nothing(cube: CubeHandle) -> None:
    (one,), (two,) = cube.add("Zhang San met Zhang San.").ids, cube.add("Zhang Sanfeng fights.").ids
    (three,) = cube.add("The boat is of Zhang San.").ids
    before = cube.history()
    found = cube.replace_keyword("Zhang San", "Li Si")
    assert {(p.id, p.after, p.times) for p in found.places} == {
        (one, "Li Si met Li Si.", 2), (three, "The boat is of Li Si.", 1)
    }  # fmt: skip
    assert (found.memories, found.times, found.receipt) == (2, 3, None) and two not in {p.id for p in found.places}
    assert cube.history() == before


def test_a_replacement_is_one_step_that_search_and_the_past_know(cube: CubeHandle, clock: Clock) -> None:
    (one,), _ = cube.add("Zhang San met Bea Lund in Porto.").ids, cube.add("Zhang San sails.")
    before, then = live(cube), clock.skip(days=1)
    changes = len(cube.history())
    done = cube.replace_keyword("Zhang San", "Li Si", preview=False)
    assert done.receipt is not None and len(cube.history()) == changes + 1
    assert texts(cube) == {"Li Si met Bea Lund in Porto.", "Li Si sails."}
    assert {r.node.text for r in cube.around(one, kinds=["MENTIONS"])} >= {"Li Si", "Bea Lund"}
    assert "Zhang San" not in {r.node.text for r in cube.around(one, kinds=["MENTIONS"])}
    assert "Zhang" in cube.search("who sails?", known_at=then)[0].text
    assert "Li Si" in cube.search("who sails?", as_of=then)[0].text
    cube.undo(done.receipt)
    assert live(cube) == before


def test_more_than_the_limit_is_refused_by_its_count(cube: CubeHandle) -> None:
    cube.add([f"Boat number {n} is red." for n in range(5)])
    before = cube.history()
    with pytest.raises(Refused, match="5 memories, more than limit 3"):
        cube.replace_keyword("red", "blue", preview=False, limit=3)
    seen = cube.replace_keyword("red", "blue", limit=3)
    assert seen.memories == 5 and len(seen.places) == 3
    assert cube.history() == before


def test_where_nothing_holds_the_words_nothing_is_written(cube: CubeHandle) -> None:
    cube.add("Ana lives in Porto.")
    before = cube.history()
    done = cube.replace_keyword("Zhang San", "Li Si", preview=False)
    assert done.receipt is not None and done.receipt.wrote == 0 and cube.history() == before


def test_a_second_run_changes_nothing_though_the_new_words_hold_the_old(cube: CubeHandle) -> None:
    cube.add("Li sails.")
    for _ in range(2):
        cube.replace_keyword("Li", "Li Si", preview=False)
    assert texts(cube) == {"Li Si sails."}


def test_a_scope_is_a_filter_or_a_document(cube: CubeHandle) -> None:
    cube.add_text("# One\n\nThe crane is red.", name="one.md")
    cube.add_text("# Two\n\nThe crane is red.", name="two.md")
    cube.add("The crane is red.", tags=["mine"])
    assert cube.replace_keyword("crane", "winch", scope="one.md").memories == 1
    assert cube.replace_keyword("crane", "winch", scope={"tags": {"contains": "mine"}}).memories == 1
    assert cube.replace_keyword("crane", "winch").memories == 3
    with pytest.raises(NotFound, match=r"three\.md"):
        cube.replace_keyword("crane", "winch", scope="three.md")


def test_other_normal_forms_and_chinese_are_found_in_the_store(cube: CubeHandle) -> None:
    cube.add(["Jose\u0301 sails.", "Jos\u00e9 swims.", "张三去了北京。"])
    assert cube.replace_keyword("Jos\u00e9", "Ana", preview=False).memories == 2
    assert cube.replace_keyword("张三", "李四", preview=False).memories == 1
    assert texts(cube) == {"Ana sails.", "Ana swims.", "李四去了北京。"}


def test_a_file_fed_again_does_not_bring_the_old_word_back_unless_it_says_something_new(
    cube: CubeHandle, tmp_path: Path
) -> None:
    file = tmp_path / "boat.md"
    file.write_text("# Boat of Zhang San\n\nZhang San sails it.\n\n## Price\n\nIt costs 5.")
    cube.add(file)
    cube.replace_keyword("Zhang San", "Li Si", preview=False)
    done = live(cube)
    assert cube.add(file).count("unchanged") == 1 and live(cube) == done
    file.write_text("# Boat of Zhang San\n\nZhang San sails it.\n\n## Price\n\nIt costs 6.")
    assert cube.add(file).count("changed") == 1
    assert "Li Si sails it." in texts(cube) and "It costs 6." in texts(cube)
    assert not any("Zhang" in text for text in texts(cube))
    file.write_text("# Boat of Zhang San\n\nZhang San sold it.\n\n## Price\n\nIt costs 6.")
    cube.add(file)
    assert "Zhang San sold it." in texts(cube)


def test_search_by_the_old_name_finds_what_it_named_when_entities_are_renamed_too(cube: CubeHandle) -> None:
    cube.add("Robert Miller sails.")
    before = live(cube)
    done = cube.replace_keyword("Robert Miller", "Lotte Hansen", preview=False, entities=True)
    (hit,) = cube.search("What does Robert Miller do?")
    assert hit.text == "Lotte Hansen sails." and hit.arms.get("MENTIONS", 0) > 0
    assert done.receipt is not None
    cube.undo(done.receipt)
    assert live(cube) == before


def test_frozen_memories_stop_all_of_it_unless_forced_with_a_reason(cube: CubeHandle) -> None:
    (one,), _ = cube.add("Zhang San sails.").ids, cube.add("Zhang San swims.")
    cube.freeze(one)
    with pytest.raises(Frozen, match=one):
        cube.replace_keyword("Zhang San", "Li Si", preview=False)
    assert texts(cube) == {"Zhang San sails.", "Zhang San swims."}
    with pytest.raises(Invalid, match="reason"):
        cube.replace_keyword("Zhang San", "Li Si", preview=False, force=True)
    cube.replace_keyword("Zhang San", "Li Si", preview=False, force=True, reason="a court said so")
    assert texts(cube) == {"Li Si sails.", "Li Si swims."}


@pytest.mark.parametrize("limit", [0, -1, 1.5])
def test_a_limit_that_is_none_is_refused(cube: CubeHandle, limit: int) -> None:
    with pytest.raises(Invalid, match="limit"):
        cube.replace_keyword("a", "b", limit=limit)


# --- correcting one memory


def test_a_memory_is_corrected_by_id_or_by_what_it_says(cube: CubeHandle, clock: Clock) -> None:
    (one,) = cube.add("Ana was born in 1980.").ids
    then = clock.skip(days=1)
    cube.correct(one, "Ana was born in 1981.")
    cube.correct("ana was born in 1981", "Ana was born in 1982.")
    assert cube.get(one).text == "Ana was born in 1982."
    assert "1982" in cube.search("when was Ana born?", as_of=then)[0].text
    assert "1980" in cube.search("when was Ana born?", known_at=then)[0].text


def test_near_words_mean_a_memory_only_when_no_other_is_as_near(cube: CubeHandle) -> None:
    (one,) = cube.add("The purchase limit for office software is 800 CNY.").ids
    cube.add("Lotte repaired the roof of the barn.")
    cube.correct("The office software purchase limit is 800 CNY", "The purchase limit is 600 CNY.")
    assert cube.get(one).text == "The purchase limit is 600 CNY."
    (two,) = cube.add("The purchase limit is 700 CNY.").ids
    before = cube.history()
    with pytest.raises(Unclear) as refused:
        cube.correct("The purchase limit", "The purchase limit is 500 CNY.")
    assert {one, two} <= {identity for identity, _ in refused.value.candidates}
    with pytest.raises(Unclear):
        cube.correct("Whales sleep in the sea at night", "They do not.")
    assert cube.history() == before
    cube.correct("The purchase limit is 700 CNY", "The purchase limit is 500 CNY.", ids=[two])
    assert "500" in cube.get(two).text


def test_working_memory_keeps_its_place(cube: CubeHandle) -> None:
    at = cube._context.clock()
    cube.put([Node(id="w", cube="people", kind="WorkingMemory", text="We meet at five.", created_at=at, updated_at=at)])
    receipt = cube.correct("We meet at five.", "We meet at six.")
    node = cube.get("w")
    assert (node.kind, node.text, node.status) == ("WorkingMemory", "We meet at six.", "activated")
    cube.undo(receipt)
    assert cube.get("w").text == "We meet at five."


def test_a_kept_claim_follows_the_words(cube: CubeHandle) -> None:
    at = cube._context.clock()
    claim: dict[str, Json] = {
        "subject": "ana", "name": "Ana", "attribute": "lives in", "value": "Porto", "polarity": True, "kind": "state",
        "single": True,
    }  # fmt: skip
    info: dict[str, Json] = {"claim": claim, "subject": "ana", "attribute": "lives in"}
    made = Node(id="c", cube="people", kind="LongTermMemory", text="Ana lives in Porto.", info=info, created_at=at,
                updated_at=at)  # fmt: skip
    cube.put([made])
    cube.correct("c", "Ana lives in Lisbon.")
    assert cube.get("c").info["claim"] == claim | {"value": "Lisbon"}
    cube.correct("c", "Ana sings.")
    assert "claim" not in cube.get("c").info


@pytest.mark.parametrize(("what", "new"), [("", "x"), ("c", " ")])
def test_a_correction_without_words_is_refused(cube: CubeHandle, what: str, new: str) -> None:
    cube.add("Ana lives in Porto.")
    with pytest.raises(Invalid):
        cube.correct(what, new)


# --- remarks


def test_a_remark_that_says_both_values_corrects_the_one_memory_that_has_the_wrong_one(cube: CubeHandle) -> None:
    (one,) = cube.add("Ana's birthday is on 4 May.").ids
    cube.add("Ana's boat is red.")
    seen = cube.feedback("My birthday is on 5 May, not on 4 May.", preview=True)
    assert seen.taken_for == "correction" and seen.receipt is None and "4 May" in cube.get(one).text
    done = cube.feedback("My birthday is on 5 May, not on 4 May.")
    assert cube.get(one).text == "Ana's birthday is on 5 May." and done.receipt is not None
    cube.undo(done.receipt)
    assert cube.get(one).text == "Ana's birthday is on 4 May."


def test_a_remark_without_the_wrong_value_needs_what_was_shown(cube: CubeHandle) -> None:
    (one,) = cube.add("The meeting costs 40 EUR in all.").ids
    with pytest.raises(Unclear, match="ids"):
        cube.feedback("No, it's 50 EUR.")
    cube.feedback("No, it's 50 EUR.", ids=[one])
    assert cube.get(one).text == "The meeting costs 50 EUR in all."
    (two,) = cube.add("You like apples and dislike bananas.").ids
    cube.feedback("Wrong, actually I like mangosteens.", ids=[two])
    assert cube.get(two).text == "I like mangosteens"


def test_a_remark_that_two_memories_fit_is_asked_back(cube: CubeHandle) -> None:
    ids = {*cube.add("The red boat costs 40 EUR.").ids, *cube.add("The red boat cost 40 EUR.").ids}
    with pytest.raises(Unclear) as refused:
        cube.feedback("No, it is 50 EUR, not 40 EUR.")
    assert {identity for identity, _ in refused.value.candidates} == ids


def test_a_request_to_replace_and_an_addition_are_done_and_told_apart(cube: CubeHandle) -> None:
    cube.add("Zhang San sails.")
    done = cube.feedback("Change 'Zhang San' to 'Li Si' in all documents.")
    assert done.taken_for == "replacement" and texts(cube) == {"Li Si sails."}
    more = cube.feedback("Remember that Ana sings.")
    assert more.taken_for == "addition" and texts(cube) == {"Li Si sails.", "Ana sings"}
    again = cube.feedback("Remember that Ana sings.")
    assert again.receipt is not None and again.receipt.wrote == 0
    assert more.receipt is not None
    cube.undo(more.receipt)
    assert texts(cube) == {"Li Si sails."}


@pytest.mark.parametrize("said", ["change the code to X", "what?", "no", "it is 9, not 8", "Replace Foo with Bar"])
def test_what_is_open_writes_nothing_and_says_how_to_say_it(cube: CubeHandle, said: str) -> None:
    cube.add("Ana lives in Porto.")
    before = cube.history()
    with pytest.raises(Unclear, match="replace OLD NEW"):
        cube.feedback(said)
    assert cube.history() == before


@pytest.mark.parametrize("said", ["", "  ", "x" * 5000])
def test_a_remark_that_is_none_is_refused(cube: CubeHandle, said: str) -> None:
    with pytest.raises(Invalid, match="feedback"):
        cube.feedback(said)


def test_ids_that_there_are_not_are_named(cube: CubeHandle) -> None:
    cube.add("Ana lives in Porto.")
    with pytest.raises(NotFound, match="nobody"):
        cube.feedback("It is Lisbon, not Porto.", ids=["nobody"])
