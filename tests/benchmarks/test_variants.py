"""Edges switched off, names masked: what is hidden is hidden from recall, and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import masking, variants
from memos_graph.app import Graph, now
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.profile import DEFAULT, RecallProfile
from memos_graph.services.context import Context
from memos_ingest import Conversation, ImageRef, Message, Session

AT = datetime(2026, 3, 1, tzinfo=UTC)
TALK = (
    ("Ann", "Did you find the blue kayak?"),
    ("Bo", "Yes, Ann. It lay behind the boathouse in Tromsø."),
    ("Ann", "Thank you, BO! Ann's paddle too?"),
)


class Letters:
    """A vector counts letters."""

    model, dimension, limit = "letters", 26, 0

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = np.array([[1 + text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], np.float32)
        unit: npt.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def talk() -> Conversation:
    messages = tuple(
        Message(id=f"D1:{at}", role="user", speaker=speaker, text=text, time=AT,
                images=(ImageRef(caption="Bo with a kayak"),) if at == 1 else ())
        for at, (speaker, text) in enumerate(TALK)
    )  # fmt: skip
    session = Session(id="session_1", time=AT, messages=messages)
    return Conversation(id="talk", title="Ann and Bo", sessions=(session,), content_hash="h")


@pytest.fixture
def graph() -> Iterator[Graph]:
    with Graph(Context(store=InMemoryStore(), embedder=Letters(), clock=now)) as made:
        made.cube("talk").add_conversation(talk())
        yield made


def test_no_hit_comes_over_an_edge_that_was_switched_off(graph: Graph) -> None:
    whole = graph.cube("talk").search("blue kayak")
    kinds = {step.kind for hit in whole for route in hit.routes for step in route.steps}
    assert "FOLLOWS" in kinds  # else nothing is shown by its absence
    blind = variants.without(graph, frozenset({"FOLLOWS"})).cube("talk", create=False).search("blue kayak")
    assert {step.kind for hit in blind for route in hit.routes for step in route.steps} == kinds - {"FOLLOWS"}


def test_without_any_edge_the_same_texts_can_be_found(graph: Graph) -> None:
    blind = variants.ablations(graph, ("talk",))[f"without {variants.ALL}"]
    hits = blind.cube("talk", create=False).search("blue kayak")
    assert all(not hit.routes for hit in hits)
    assert "kayak" in hits[0].text
    assert variants.ablations(graph, ("talk",)).keys() >= {"without FOLLOWS", "without SAID_BY", "without PARENT"}


def test_the_graph_itself_keeps_its_edges(graph: Graph) -> None:
    before = graph.cube("talk").search("blue kayak")
    variants.without(graph, frozenset({"FOLLOWS", "PARENT"})).cube("talk", create=False).search("blue kayak")
    assert graph.cube("talk").search("blue kayak") == before


def test_a_masked_chat_names_nobody_and_keeps_ids_and_times() -> None:
    hidden = masking.masked(talk())
    messages = [message for session in hidden.sessions for message in session.messages]
    words = " ".join(
        [hidden.title, *(m.text + m.speaker + m.images[0].caption if m.images else m.text for m in messages)]
    )
    assert not {"ann", "bo"} & set(words.casefold().replace("'s", " ").replace(",", " ").replace("!", " ").split())
    assert {message.speaker for message in messages} == {masking.SPEAKER}
    assert [(m.id, m.time) for m in messages] == [(f"D1:{at}", AT) for at in range(3)]


def test_a_name_within_another_word_stays() -> None:
    assert masking.hide("Annual boats of Ann's", ["Ann", "Bo"]) == "Annual boats of someone's"


@given(st.text(max_size=80), st.lists(st.sampled_from(["Ann", "Bo Li", "C++", "Zoë"]), max_size=3))
def test_hiding_twice_hides_no_more(text: str, names: list[str]) -> None:
    once = masking.hide(text, names)
    assert masking.hide(once, names) == once


def test_the_ladder_ends_at_the_default_and_begins_with_vectors_alone() -> None:
    steps = list(variants.ladder().values())
    assert steps[-1] == DEFAULT
    off = {f.name for f in fields(RecallProfile) if getattr(steps[0], f.name) != getattr(DEFAULT, f.name)}
    assert {"lexical", "said_by", "siblings", "flows", "hop", "leads"} <= off
    assert not steps[0].flow("FOLLOWS").along


def test_each_step_of_the_ladder_differs_from_the_one_before() -> None:
    steps = list(variants.ladder().values())
    assert all(before != after for before, after in itertools.pairwise(steps))
