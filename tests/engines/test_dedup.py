"""What says the same again is left out, and only that."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from memos_graph.engines.dedup import NEAR, Said, distinct, diverse, same
from memos_graph.engines.rows import Floats

QUICK = settings(max_examples=80, deadline=None)
WORDS = st.sampled_from(["the", "pump", "valve", "12", "13", "not", "Ann", "leaks", "again", "today"])
TEXTS = st.lists(WORDS, max_size=6).map(" ".join)


def _unit(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 1e-6), np.float32)


@st.composite
def said(draw: st.DrawFn) -> tuple[list[Said], Floats]:
    n = draw(st.integers(1, 10))
    texts = draw(st.lists(TEXTS, min_size=n, max_size=n))
    voices = draw(st.lists(st.sampled_from(["", "ann", "ben"]), min_size=n, max_size=n))
    rows = draw(hnp.arrays(np.float32, (n, 3), elements=st.sampled_from([0.0, 0.5, 1.0])))
    return [Said(text, voice) for text, voice in zip(texts, voices, strict=True)], _unit(rows)


@QUICK
@given(said(), st.integers(1, 12))
def test_the_best_of_a_group_stays_and_all_that_goes_has_a_better_one_that_says_it(
    given_: tuple[list[Said], Floats], most: int
) -> None:
    texts, vectors = given_
    kept = distinct(texts, vectors, most)
    assert kept[0] == 0 and kept == sorted(set(kept)) and len(kept) <= most
    for left_out in set(range(kept[-1])) - set(kept):
        assert any(
            same(texts[left_out], texts[better])
            and (vectors[left_out] @ vectors[better] >= NEAR - 1e-6 or texts[left_out].words == texts[better].words)
            for better in kept
            if better < left_out
        )


@QUICK
@given(said(), st.integers(1, 12), st.floats(0, 1))
def test_diversity_starts_with_the_most_relevant_and_names_nothing_twice(
    given_: tuple[list[Said], Floats], most: int, weight: float
) -> None:
    _, vectors = given_
    relevance = np.linspace(1, 0, len(vectors), dtype=np.float32)
    chosen = diverse(relevance, vectors, most, relevant=weight)
    assert len(chosen) == len(set(chosen)) == min(most, len(vectors))
    if weight > 0:
        assert chosen[0] == 0
    if weight == 1:
        assert chosen == list(range(len(chosen)))


@pytest.mark.parametrize(
    ("one", "other", "duplicates"),
    [
        ("The pump leaks again today.", "the pump leaks again, today", True),
        ("I like green tea in the morning", "I like green tea in the mornings", True),
        ("Valve 12 was checked on Monday", "Valve 13 was checked on Monday", False),
        ("I like apples a lot", "I don't like apples a lot", False),
        ("I like apples a lot", "I no longer like apples a lot", False),
        ("we went with Ann to the harbour", "we went with Ben to the harbour", False),
        ("the pump", "a completely other thing", False),
        ("我喜欢苹果", "我不喜欢苹果", False),
        ("", "", True),
    ],
)
def test_texts_that_differ_in_what_matters_are_no_duplicates(one: str, other: str, duplicates: bool) -> None:
    assert same(Said(one), Said(other)) is same(Said(other), Said(one)) is duplicates
    assert not same(Said(one, "ann"), Said(other, "ben"))
