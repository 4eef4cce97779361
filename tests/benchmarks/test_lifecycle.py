"""The made-up world, its truth, and the reader: what decides who is right must itself be right."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks import lifecycle, lifecycle_peers, world
from benchmarks.lifecycle_peers import WAYS, task_of
from benchmarks.lifecycle_reader import Answer, Found, Read, read, right
from benchmarks.world.facts import CLASSES, Deletion, Question, Statement, World
from benchmarks.world.generate import make
from benchmarks.world.phrases import SETS
from benchmarks.world.pools import FIRST, LAST, PROJECTS, VALUES
from benchmarks.world.truth import Truth

NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def whole() -> World:
    return make(3)


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


def said(identity: str, value: str, at: int, **fields: object) -> Statement:
    given = {
        "id": identity, "at": day(at), "speaker": "Ann", "what": "state", "subject": "Ann", "attribute": "lives in",
        "value": value, "since": day(at), "fact": f"Ann lives in {value}", "chat": f"I live in {value}.", **fields,
    }  # fmt: skip
    return Statement(**given)  # type: ignore[arg-type]


def asked(**fields: object) -> Question:
    given = {
        "id": "q", "of": "current", "text": "Where does Ann live?", "subject": "Ann", "attribute": "lives in",
        "values": ("Rome", "Oslo"), "answer": "Oslo", **fields,
    }  # fmt: skip
    return Question(**given)  # type: ignore[arg-type]


def hits(*texts: str, **fields: bool) -> Found:
    """Hits in this order, the last one the newest."""
    return Found(hits=tuple(Read(text=text, time=day(at)) for at, text in enumerate(texts)), **fields)


# --- the world


def test_the_generator_imports_nothing_of_the_engine() -> None:
    files = list(Path(world.__file__).parent.glob("*.py"))
    assert len(files) > 5
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name.startswith(("memos_", "benchmarks.l"))], file


def test_a_seed_and_a_phrasing_always_tell_the_same_story_and_no_other_does() -> None:
    assert make(5, people=6, questions=20) == make(5, people=6, questions=20)
    assert make(5, people=6, questions=20).said != make(6, people=6, questions=20).said


def test_the_whole_world_holds_what_the_issue_asks_for(whole: World) -> None:
    first_told = [one for one in whole.statements if not one.again]
    assert len(first_told) >= 2000
    assert len(whole.questions) >= 500
    assert {question.of for question in whole.questions} == set(CLASSES)
    assert {one.what for one in whole.statements} == {"state", "end", "event", "habit", "conclusion"}
    assert any(isinstance(one, Deletion) and one.erase for one in whole.said)


def test_the_two_phrasings_share_neither_names_nor_questions_nor_most_sentences() -> None:
    dev, final = SETS["dev"], SETS["final"]
    for pool in (FIRST, LAST, PROJECTS):
        assert not set(pool["dev"]) & set(pool["final"])
    for ways in ("asked", "asked_then", "asked_before"):
        one, other = getattr(dev, ways), getattr(final, ways)
        assert not {text for texts in one.values() for text in texts} & {t for texts in other.values() for t in texts}
    one, other = (
        {text for told in each.told.values() for text in (*told.first, *told.changed, *told.ended, *told.back)}
        for each in (dev, final)
    )
    assert len(one & other) < len(other) / 10


def test_both_phrasings_can_tell_and_ask_everything() -> None:
    for phrasing in SETS.values():
        assert phrasing.told.keys() == phrasing.asked_then.keys() == phrasing.asked_before.keys()
        assert phrasing.asked.keys() == phrasing.told.keys() | phrasing.concluded.keys()
        assert phrasing.asked.keys() <= VALUES.keys()


def test_the_story_is_told_in_order_and_nothing_rests_on_what_comes_later(whole: World) -> None:
    assert [one.at for one in whole.said] == sorted(one.at for one in whole.said)
    place = {one.id: at for at, one in enumerate(whole.said) if isinstance(one, Statement)}
    for at, one in enumerate(whole.said):
        if isinstance(one, Statement):
            assert all(place[premise] < at for premise in one.premises)
        elif isinstance(one, Deletion):
            assert place[one.statement] < at
            rest_on_it = [place[s.id] for s in whole.statements if one.statement in s.premises]
            assert all(place_of < at for place_of in rest_on_it)


def test_no_value_of_a_question_is_part_of_another_one() -> None:
    for values in VALUES.values():
        assert len(set(values)) == len(values)
        for value in values:
            question = asked(values=values, answer=value)
            assert read(question, hits(f"Ann has {value} now")).value == value


def test_a_month_that_is_asked_about_lies_wholly_in_the_answer(whole: World) -> None:
    truth = Truth(whole.said)
    then = [question for question in whole.questions if question.as_of is not None]
    assert len(then) > 50
    for question in then:
        assert question.as_of is not None
        for moment in (question.as_of.replace(day=1), question.as_of.replace(day=28)):
            held = truth.at(question.subject, question.attribute, moment)
            assert held is not None
            assert held.value == question.answer


def test_half_of_the_conclusions_asked_for_have_fallen_and_half_stand(whole: World) -> None:
    asked_for = [bool(question.answer) for question in whole.questions if question.of == "cascade"]
    assert 0.35 < sum(asked_for) / len(asked_for) < 0.65


def test_too_many_people_or_an_unknown_phrasing_are_refused() -> None:
    with pytest.raises(ValueError, match="people 5000"):
        make(1, people=5000)
    with pytest.raises(ValueError, match="phrasing 'other'"):
        make(1, phrasing="other")
    with pytest.raises(ValueError, match="kept for --final"):
        lifecycle.run(Path(), seed=lifecycle.FINAL_SEED)


# --- its truth


def test_the_last_value_holds_and_each_held_in_its_time() -> None:
    truth = Truth([said("a", "Rome", 0), said("b", "Oslo", 100)])
    assert [held.value for at in (50, 150) if (held := truth.at("Ann", "lives in", day(at)))] == ["Rome", "Oslo"]
    assert truth.before("Ann", "lives in") == "Rome"
    assert truth.at("Ann", "lives in", day(-1)) is None


def test_after_an_end_nothing_holds_and_what_is_told_late_takes_its_place_in_the_past() -> None:
    ended = said("b", "Rome", 100, what="end")
    assert Truth([said("a", "Rome", 0), ended]).at("Ann", "lives in", day(150)) is None
    late = said("c", "Oslo", 200, since=day(-500), until=day(-300))
    truth = Truth([said("a", "Rome", 0), late])
    held = truth.at("Ann", "lives in", day(300))
    assert held is not None
    assert held.value == "Rome"
    assert truth.before("Ann", "lives in") == "Oslo"


def test_a_conclusion_falls_with_any_premise_however_deep_and_a_repetition_changes_nothing() -> None:
    first = said("c", "tram line 21", 10, what="conclusion", attribute="commutes by", premises=("a", "b"))
    second = said("d", "5:05", 11, what="conclusion", attribute="gets up at", premises=("c",))
    story = [said("a", "Rome", 0), said("b", "Nordbank", 0, attribute="works at"), first, second]
    assert Truth([*story, said("e", "Rome", 20, again="a")]).holds("d", day(30))
    assert not Truth([*story, said("e", "Oslo", 20)]).holds("d", day(30))
    assert not Truth([*story, Deletion(at=day(20), statement="b", erase=True)]).holds("c", day(30))


# --- the reader


def test_the_first_hit_that_names_the_subject_and_a_possible_value_is_the_answer() -> None:
    found = hits("Bob lives in Rome", "Ann likes tea", "Ann lives in Oslo", "Ann lives in Rome")
    assert read(asked(), found) == Answer(value="Oslo")
    assert read(asked(), found, newest=True) == Answer(value="Rome")


def test_of_a_move_from_one_to_another_the_other_is_the_value() -> None:
    assert read(asked(), hits("Ann moved from Rome to Oslo")).value == "Oslo"


def test_no_fitting_hit_a_denial_a_doubt_and_a_system_that_does_not_know_are_all_no_answer() -> None:
    assert read(asked(), hits("Anna lives in Oslo", "Ann lives in Oslovia")) == Answer()
    assert read(asked(), hits("Ann no longer lives in Oslo")) == Answer()
    assert read(asked(), hits("Ann lives in Oslo", unknown=True)) == Answer()
    doubted = Found(hits=(Read(text="Ann lives in Oslo", time=NOW, doubted=True),))
    assert read(asked(), doubted) == Answer()
    assert right(asked(answer=""), read(asked(), doubted))


def test_the_value_before_is_the_last_other_one_by_time() -> None:
    found = hits("Ann lives in Rome", "Ann lives in Oslo", "Ann lives in Oslo, they say")
    assert read(asked(of="previous"), found).value == "Rome"
    assert read(asked(of="previous"), hits("Ann lives in Oslo")).value == ""


def test_events_are_read_by_the_day_in_the_text_else_by_their_time_and_habits_are_none() -> None:
    question = asked(of="events", values=("Prado",), days=(date(2024, 5, 3), date(2024, 6, 1)), answer="")
    found = hits("Ann visited the Prado", "Ann visited the Prado on 3 May 2024", "Ann visits the Prado every Monday")
    assert right(question, read(question, found))
    again = hits("Ann visited Prado on 2024-05-03.", "Bob visited the Prado on 4 May 2024")
    assert read(question, again).days == (date(2024, 5, 3),)


# --- peers


def test_a_peer_is_told_what_ended_only_where_the_story_says_so_unless_the_caller_does_that_work() -> None:
    base = make(2, people=2, questions=4)
    ended = said("c", "Oslo", 200, what="end")
    story = (said("a", "Rome", 0), said("r", "Rome", 9, again="a"), said("b", "Oslo", 100), ended)
    told = replace(base, said=story, questions=())
    by_name = {way.name: way for way in WAYS}
    plain = {one["id"]: one["closes"] for one in task_of(told, by_name["Graphiti, facts"])["said"]}
    assert plain == {"a": [], "r": [], "b": [], "c": ["b"]}
    closing = {
        one["id"]: one["closes"] for one in task_of(told, by_name["Graphiti, facts, ends by the caller"])["said"]
    }
    assert closing == {"a": [], "r": [], "b": ["a", "r"], "c": ["b"]}
    chat = task_of(told, by_name["mem0, chat"])["said"]
    assert [one["text"] for one in chat[:2]] == ["Ann: I live in Rome.", "Ann: I live in Rome."]
    assert not any(one["closes"] for one in chat)


def test_questions_about_all_that_ever_was_are_asked_without_a_time_filter() -> None:
    made = make(2, people=8, questions=40)
    asked_of_peers = {one["id"]: one for one in task_of(made, WAYS[0])["questions"]}
    for question in made.questions:
        one = asked_of_peers[question.id]
        assert one["past"] == (question.of in lifecycle_peers.PAST)
        assert bool(one["as_of"]) == (question.of == "as-of")
