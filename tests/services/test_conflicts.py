"""Conflicts: what is found, what is left alone, and what settling one does to the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.conflicts import Slot, Statement, contradiction, rivals
from memos_graph.model.errors import Frozen, Invalid, NotFound, Refused
from memos_graph.model.graph import LIVE, Node, Source
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import Embedder
from memos_graph.services.claims.statements import statement
from memos_graph.services.conflicts.candidates import NEAREST, Candidates, last_seq, pairs
from memos_graph.services.context import Context
from memos_graph.services.evolve import put_memories
from tests.services.conftest import Clock

JAN, JUN, SEP = (datetime(2024, month, 1, tzinfo=UTC) for month in (1, 6, 9))


class Memories:
    """Puts memories with ids, times and claims of the test's choice."""

    def __init__(self, graph: Graph) -> None:
        self.kb: CubeHandle = graph.cube("notes")
        self.context = graph.context

    def put(self, **texts: str) -> None:
        for identity, text in texts.items():
            self.one(identity, text)

    def one(self, identity: str, text: str, **fields: Any) -> None:
        at = self.context.clock()
        node = Node(id=identity, cube="notes", text=text, created_at=at, updated_at=at,
                    **({"kind": "LongTermMemory"} | fields))  # fmt: skip
        put_memories(self.context, "notes", [node])

    def fact(self, identity: str, value: str, start: datetime | None = None, **more: Any) -> None:
        claim = {"subject": "ann", "attribute": "lives in", "value": value, "single": True}
        self.one(identity, f"Ann lives in {value}.", valid_from=start, info={"claim": claim}, **more)

    def found(self, **options: Any) -> list[tuple[str, str, str]]:
        done = self.kb.find_conflicts(**options)
        return sorted((min(c.one.id, c.other.id), max(c.one.id, c.other.id), c.rule) for c in done.found)

    def at(self, moment: datetime) -> set[str]:
        """Texts that were true then, as we know it now."""
        scope = Scope(cubes=("notes",), as_of=moment, states=LIVE | {"archived"})
        nodes = self.context.store.scan(scope).nodes
        return {node.text for node in nodes if node.kind != "Entity"}

    def seq(self) -> int:
        return last_seq(self.context.store, "notes")


@pytest.fixture
def memory(graph: Graph) -> Memories:
    return Memories(graph)


def test_two_values_of_one_slot_conflict_and_other_facts_do_not(memory: Memories) -> None:
    memory.put(
        a="Ann lives in Berlin.", b="Ann lives in Munich.", c="Bob lives in Munich.", d="Ann likes tea.",
        e="Ann likes coffee.", f="Ann visited Rome on 3 May 2023.", g="Ann visited Oslo on 5 May 2023.",
    )  # fmt: skip
    assert memory.found() == [("a", "b", "value")]
    (one,) = memory.kb.conflicts()
    assert {one.one.text, one.other.text} == {"Ann lives in Berlin.", "Ann lives in Munich."}
    assert set(one.edge.info["values"]) == {"Berlin", "Munich"}  # type: ignore[arg-type]
    assert "lives in" in one.reason


def test_what_holds_on_different_days_or_may_be_had_several_times_is_no_conflict(memory: Memories) -> None:
    memory.put(
        a="On Monday the pool is closed.", b="On Friday the pool is open.",
        c="Ann's sister is Bea.", d="Ann's sister is Eve.", e="Ann owns a boat.", f="Ann owns a car.",
    )  # fmt: skip
    assert memory.found() == []


def test_numbers_dates_names_and_denials_in_the_same_words_conflict(memory: Memories) -> None:
    memory.put(
        a="Valve 12 is at 40 bar.", b="Valve 12 is at 50 bar.", c="Valve 13 is at 60 bar.",
        d="The deadline of the tender is 3 May 2024.", e="The deadline of the tender is 5 May 2024.",
        f="The gate of the harbour is locked.", g="The gate of the harbour is not locked.",
        h="The captain of the Aurora is Mara Lind.", i="The captain of the Aurora is Otto Berg.",
    )  # fmt: skip
    rules = {(a, b): rule for a, b, rule in memory.found()}
    assert set(rules) == {("a", "b"), ("d", "e"), ("f", "g"), ("h", "i")}
    assert rules["a", "b"] == "number"


def test_values_of_different_times_do_not_conflict(memory: Memories) -> None:
    memory.fact("a", "Berlin", JAN)
    memory.kb.update("a", valid_to=JUN, correction=True)
    memory.fact("b", "Munich", JUN)
    assert memory.found() == []


def test_a_second_search_over_unchanged_memory_writes_nothing(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", b="Ann lives in Munich.", c="Ann lives in Rome.")
    assert len(memory.found()) == 3
    before = memory.seq()
    again = memory.kb.find_conflicts()
    assert (again.found, again.over, again.receipts, memory.seq()) == ((), 0, (), before)


def test_a_dry_run_says_what_it_would_find_and_writes_nothing(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", b="Ann lives in Munich.")
    before = memory.seq()
    assert memory.found(dry_run=True) == [("a", "b", "value")]
    assert memory.seq() == before
    assert memory.kb.conflicts() == ()


def test_a_search_since_the_last_one_looks_at_what_is_new_against_all(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", **{f"x{n}": f"Shelf {n} holds paint of the colour {n}." for n in range(30)})
    seq = memory.kb.find_conflicts().seq
    assert seq == memory.seq()
    memory.put(b="Ann lives in Munich.")
    done = memory.kb.find_conflicts(since=seq)
    assert [(c.one.id, c.other.id) for c in done.found] == [("a", "b")]
    assert done.looked < 31
    assert memory.kb.find_conflicts(since=done.seq).looked == 0
    assert memory.found() == []


def test_memories_that_come_to_agree_conflict_no_more(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", b="Ann lives in Munich.")
    seq = memory.kb.find_conflicts().seq
    memory.kb.update("b", "Ann lives in Berlin.", correction=True)
    done = memory.kb.find_conflicts(since=seq)
    assert (done.over, done.found, memory.kb.conflicts()) == (1, (), ())
    memory.kb.update("b", "Ann lives in Rome.", correction=True)
    assert memory.found() == [("a", "b", "value")]


def test_a_conflict_ends_with_one_of_its_two(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", b="Ann lives in Munich.")
    memory.found()
    memory.kb.delete("b")
    assert memory.kb.conflicts() == ()
    with pytest.raises(NotFound, match="conflict"):
        memory.kb.resolve(("a", "b"), keep="a")


def test_the_newer_one_wins_from_its_beginning_on(memory: Memories) -> None:
    memory.fact("a", "Berlin", JAN)
    memory.fact("b", "Munich", JUN)
    memory.found()
    before = memory.context.clock()
    done = memory.kb.resolve(("b", "a"), rule="newer", reason="she told us")
    assert (done.kept, done.ended) == (("b",), ("a",))
    assert memory.at(JAN) == {"Ann lives in Berlin."}
    assert memory.at(SEP) == {"Ann lives in Munich."}
    assert memory.kb.conflicts() == ()
    known = replace(everything("notes"), as_of=SEP, known_at=before, retired=False)
    assert {n.text for n in memory.context.store.scan(known).nodes if n.kind != "Entity"} == {
        "Ann lives in Berlin.", "Ann lives in Munich.",
    }  # fmt: skip
    edges = memory.context.store.edges(everything("notes"), touching=["b"], kinds=["SUPERSEDES"], direction="out")
    assert [edge.to_id for edge in edges] == ["a"]
    assert memory.found() == []


def test_what_loses_although_it_began_later_never_was_so(memory: Memories) -> None:
    memory.fact("a", "Berlin", JAN)
    memory.fact("b", "Munich", JUN)
    memory.found()
    (conflict,) = memory.kb.conflicts()
    memory.kb.resolve(conflict, keep="a")
    assert memory.at(JAN) == memory.at(SEP) == {"Ann lives in Berlin."}
    assert memory.kb.get("b").status == "archived"


def test_of_three_values_each_ends_where_the_next_begins(memory: Memories) -> None:
    memory.fact("c", "Rome", SEP)
    memory.fact("a", "Berlin", JAN)
    memory.fact("b", "Munich", JUN)
    assert len(memory.found()) == 3
    done = memory.kb.resolve_all(rule="newer")
    assert ([each.ended for each in done.resolved], done.left) == ([("a",), ("b",)], ())
    assert memory.at(JAN) == {"Ann lives in Berlin."}
    assert memory.at(JUN + timedelta(days=1)) == {"Ann lives in Munich."}
    assert memory.at(SEP) == {"Ann lives in Rome."}
    assert memory.kb.conflicts() == ()


def test_the_source_that_is_trusted_more_wins_and_then_confidence(memory: Memories) -> None:
    memory.fact("a", "Berlin", JAN, sources=(Source(uri="hr/people.csv"),))
    memory.fact("b", "Munich", JUN, sources=(Source(uri="chat-7"),))
    memory.found()
    with pytest.raises(Refused, match="name the one to keep"):
        memory.kb.resolve(("a", "b"), rule="trusted")
    assert memory.kb.resolve(("a", "b"), rule="trusted", trust=["hr/*", "chat*"]).kept == ("a",)
    memory.one("d", "Bob lives in Rome.", confidence=40.0)
    memory.one("e", "Bob lives in Oslo.", confidence=90.0)
    memory.found()
    assert memory.kb.resolve(("d", "e"), rule="trusted").kept == ("e",)


def test_a_frozen_memory_wins_over_any_rule_and_between_two_nothing_is_decided(memory: Memories) -> None:
    memory.fact("a", "Berlin", JAN, status="frozen")
    memory.fact("b", "Munich", JUN)
    memory.found()
    with pytest.raises(Frozen):
        memory.kb.resolve(("a", "b"), keep="b")
    assert memory.kb.resolve(("a", "b"), rule="newer").kept == ("a",)
    memory.fact("c", "Rome", SEP, status="frozen")
    memory.found()
    before = memory.seq()
    with pytest.raises(Frozen):
        memory.kb.resolve(("a", "c"), rule="newer")
    done = memory.kb.resolve_all(rule="newer")
    assert done.resolved == ()
    assert [(c.one.id, c.other.id) for c, why in done.left if "frozen" in why] == [("a", "c")]
    assert memory.seq() == before


def test_both_may_stand_and_are_not_brought_up_again_until_one_changes(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", b="Ann lives in Munich.")
    memory.found()
    memory.kb.resolve(("a", "b"), rule="both")
    assert memory.kb.conflicts() == ()
    assert memory.found() == []
    assert memory.kb.get("a").status == memory.kb.get("b").status == "activated"
    memory.kb.update("b", "Ann lives in Oslo.", correction=True)
    assert memory.found() == [("a", "b", "value")]


def test_two_that_say_the_same_can_be_merged(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", b="Ann lives in Munich.")
    memory.found()
    done = memory.kb.resolve(("a", "b"), rule="merge")
    assert memory.kb.get(done.kept[0]).status in ("generated", "activated")
    assert memory.kb.get("a").status == memory.kb.get("b").status == "merged"
    assert memory.kb.conflicts() == ()


def test_undoing_a_settlement_gives_the_conflict_back(memory: Memories) -> None:
    memory.fact("a", "Berlin", JAN)
    memory.fact("b", "Munich", JUN)
    memory.found()
    done = memory.kb.resolve(("a", "b"), rule="newer")
    memory.kb.undo(done.receipt)
    assert memory.at(SEP) == {"Ann lives in Berlin.", "Ann lives in Munich."}
    assert memory.kb.get("a").status == "activated"
    (again,) = memory.kb.conflicts()
    assert {again.one.id, again.other.id} == {"a", "b"}
    assert memory.kb.find_conflicts().receipts == ()
    assert memory.kb.resolve(again, rule="newer").ended == ("a",)


def test_undoing_that_both_stand_brings_the_conflict_up_again(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", b="Ann lives in Munich.")
    memory.found()
    memory.kb.undo(memory.kb.resolve(("a", "b"), rule="both").receipt)
    assert len(memory.kb.conflicts()) == 1
    assert memory.kb.find_conflicts().receipts == ()


def test_texts_that_share_one_vector_cost_no_square() -> None:
    vector = np.ones(4, np.float32)
    nodes = [
        Node(id=f"m{nth}", cube="c", kind="LongTermMemory", text=f"\ua9c1 {nth}", vectors={"v": vector}, created_at=JAN,
             updated_at=JAN)
        for nth in range(400)
    ]  # fmt: skip
    crowd = Candidates(
        nodes=tuple(nodes), statements=tuple(map(statement, nodes)), fresh=frozenset(range(400)), whole=True
    )
    assert len(pairs(crowd, "v")) == NEAREST * (NEAREST - 1) // 2


def test_a_memory_that_changes_while_its_conflict_is_settled_is_read_again(memory: Memories, clock: Clock) -> None:
    memory.fact("a", "Berlin", JAN)
    memory.fact("b", "Munich", JUN)
    memory.found()
    looks = iter(["", "a"])

    def meddling() -> datetime:
        if changed := next(looks, ""):
            memory.kb.update(changed, tags=("seen",))
        return clock()

    kb = Graph(replace(memory.context, clock=meddling)).cube("notes")
    assert kb.resolve(("a", "b"), rule="newer").ended == ("a",)
    assert (memory.kb.get("a").status, memory.kb.get("a").tags) == ("archived", ("seen",))


def test_what_depends_on_the_loser_is_told_in_the_same_change(memory: Memories) -> None:
    memory.fact("a", "Berlin", JAN)
    memory.fact("b", "Munich", JUN)
    memory.one("z", "Ann can come to the fair on foot.")
    memory.kb.link("z", "a", "DEPENDS_ON")
    memory.found()
    done = memory.kb.resolve(("a", "b"), rule="newer")
    assert "z" in done.receipt.nodes
    assert memory.kb.get("z").info["doubt"]


def test_a_link_that_a_person_made_is_listed_and_never_ended_by_a_search(memory: Memories) -> None:
    memory.put(a="The tank is full of water.", b="Nobody has seen the sea.")
    edge = memory.kb.link("a", "b", "CONFLICTS_WITH", evidence="says Ruth")
    memory.found()
    (one,) = memory.kb.conflicts()
    assert (one.id, one.rule, one.reason) == (edge.id, "", "says Ruth")
    assert memory.kb.resolve(edge.id, keep="a").ended == ("b",)


def test_passages_are_compared_when_asked_for(memory: Memories) -> None:
    memory.one("a", "Valve 12 is at 40 bar.", kind="Passage")
    memory.one("b", "Valve 12 is at 50 bar.")
    assert memory.found() == []
    assert memory.found(kinds=["Passage", "LongTermMemory"]) == [("a", "b", "number")]


def test_info_may_hold_anything_under_claim(memory: Memories) -> None:
    odd: list[Any] = [
        5, [], {"subject": 1}, {"subject": "x", "attribute": "y", "value": ["z"]},
        {"subject": "", "attribute": "", "value": ""},
        {"subject": "ann", "attribute": "lives in", "value": "x", "single": "no"}, {"subject": "ann", "kind": []},
    ]  # fmt: skip
    for nth, claim in enumerate(odd):
        memory.one(f"m{nth}", f"Remark {nth} on the shed in the yard.", info={"claim": claim, "user_id": claim})
    assert memory.found() == []


@pytest.mark.parametrize(
    "wrong",
    [{"since": -1}, {"since": True}, {"questions": -1}, {"kinds": []}, {"kinds": "Passage"}, {"kinds": ["no kind"]}],
)
def test_a_search_that_can_t_be_meant_is_refused(memory: Memories, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        memory.kb.find_conflicts(**wrong)


def test_a_settlement_that_can_t_be_meant_is_refused_and_writes_nothing(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", b="Ann lives in Munich.")
    memory.found()
    before = memory.seq()
    wrong: list[dict[str, Any]] = [
        {}, {"keep": "a", "rule": "newer"}, {"rule": "best"}, {"keep": "c"}, {"rule": "trusted", "trust": "hr*"},
        {"rule": "trusted", "trust": [3]},
    ]  # fmt: skip
    for options in wrong:
        with pytest.raises(Invalid):
            memory.kb.resolve(("a", "b"), **options)
    for which in ("e_none", ("a", "x"), ("x", "y")):
        with pytest.raises(NotFound):
            memory.kb.resolve(which, rule="newer")
    with pytest.raises(Refused):
        memory.kb.resolve(("a", "b"), rule="frozen")
    with pytest.raises(Invalid):
        memory.kb.resolve_all(rule="both")
    with pytest.raises(Invalid):
        memory.kb.conflicts(limit=0)
    assert memory.seq() == before


def test_the_edge_s_record_goes_with_a_memory_that_is_erased(memory: Memories) -> None:
    memory.put(a="Ann lives in Berlin.", b="Ann lives in Munich.")
    memory.found()
    memory.kb.delete("b", erase=True)
    assert memory.context.store.edges(everything("notes"), kinds=["CONFLICTS_WITH"]) == ()


def test_the_last_change_s_number_is_found_among_many(embedder: Embedder, clock: Clock) -> None:
    memory = Memories(Graph(Context(store=InMemoryStore(), embedder=embedder, clock=clock)))
    assert memory.seq() == 0
    for nth in range(1, 18):
        memory.one(f"m{nth}", f"Remark {nth}.")
        assert memory.seq() == nth == len(memory.kb.history())


_SPANS = st.tuples(st.integers(0, 6), st.integers(0, 6)).map(lambda pair: (min(pair), max(pair) + 1))


@given(_SPANS, _SPANS, st.sampled_from(["Berlin", "Munich"]), st.sampled_from(["Berlin", "Munich"]), st.booleans())
@settings(max_examples=60)
def test_statements_contradict_exactly_when_they_overlap_and_their_single_values_differ(
    one: tuple[int, int], other: tuple[int, int], here: str, there: str, single: bool
) -> None:
    made = [_said(nth, span, value, single=single) for nth, (span, value) in enumerate(((one, here), (other, there)))]
    wanted = single and here != there and one[0] < other[1] and other[0] < one[1]
    assert (contradiction(made[0], made[1]) is not None) == wanted == (contradiction(made[1], made[0]) is not None)


def _said(nth: int, span: tuple[int, int], value: str, *, single: bool = True) -> Statement:
    start, end = (JAN + timedelta(days=day) for day in span)
    slot = Slot(subject="ann", attribute="lives in", value=value, single=single)
    return Statement(id=str(nth), text="", slots=(slot,), start=start, end=end, told=JAN)


def test_a_slot_that_thousands_claim_costs_no_square() -> None:
    crowd = [_said(nth, (0, 1), f"Town {nth}") for nth in range(5_000)]
    assert len(list(rivals(crowd, range(5_000)))) == 4_999


def test_text_is_read_only_where_no_claim_is_kept() -> None:
    node = Node(id="a", cube="c", kind="UserMemory", text="I live in Berlin.", created_at=JAN, updated_at=JAN)
    (slot,) = statement(node).slots
    assert (slot.subject, slot.attribute, slot.value) == ("user", "lives in", "Berlin")
    claim = {"subject": "bob", "attribute": "lives in", "value": "Rome"}
    (slot,) = statement(replace(node, info={"claim": claim})).slots
    assert (slot.subject, slot.value) == ("bob", "Rome")
