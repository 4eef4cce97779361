"""What organising decides, on arrays and words alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.organise.central import REDUNDANT, centrality, chosen
from memos_graph.engines.organise.chains import SpanOf, candidates, confirmed, equal
from memos_graph.engines.organise.clusters import Sizes, join, place_of, themes
from memos_graph.engines.organise.duplicates import duplicates, same_words, words_of
from memos_graph.engines.organise.near_pairs import BLOCK, Pairs, near_pairs
from memos_graph.engines.organise.related import to_link
from memos_graph.engines.organise.window import activation, at_hand
from memos_graph.engines.rows import Floats, Ints

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def unit(n: int, d: int = 16, seed: int = 0) -> Floats:
    rows = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@given(st.integers(0, 40), st.integers(0, 9), st.floats(-0.9, 0.9))
def test_near_pairs_are_those_that_looking_at_every_pair_finds(n: int, seed: int, least: float) -> None:
    vectors = unit(n, 4, seed)
    found = near_pairs(vectors, least=least, most=max(n, 1))
    wanted = {(a, b) for a in range(n) for b in range(a + 1, n) if float(vectors[a] @ vectors[b]) >= least}
    close = {(a, b) for a in range(n) for b in range(a + 1, n) if abs(float(vectors[a] @ vectors[b]) - least) < 1e-5}
    assert set(zip(found.first.tolist(), found.second.tolist(), strict=True)) ^ wanted <= close
    assert (np.diff(found.cosine) <= 0).all()


def test_near_pairs_do_not_depend_on_where_a_block_ends() -> None:
    vectors = unit(BLOCK + 70, 8)
    found = near_pairs(vectors, least=0.5, most=5)
    for one, other in list(zip(found.first.tolist(), found.second.tolist(), strict=True))[::97]:
        rank = min(
            int((vectors[a] @ vectors.T > vectors[a] @ vectors[b]).sum()) for a, b in ((one, other), (other, one))
        )
        assert rank <= 5
    assert {BLOCK - 1, BLOCK, BLOCK + 1} <= {*found.first.tolist(), *found.second.tolist()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann lives in Berlin.", "ann lives in Berlin"),
        ("The pump doesn't run.", "The pump does not run!"),
        ("Yesterday Ann rang the bell.", "Ann rang the bell yesterday."),
        ("Well, Ann is a really good cook.", "Ann is a good cook."),
        ("水泵坏了。", "水泵坏了"),
    ],
)
def test_texts_that_differ_in_no_word_that_counts_are_the_same(one: str, other: str) -> None:
    assert same_words(words_of(one), words_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann lives in Berlin.", "Bob lives in Berlin."),
        ("Ann likes Bob.", "Bob likes Ann."),
        ("The valve is open.", "The valve is closed."),
        ("Valve 12 leaks.", "Valve 13 leaks."),
        ("It costs 1.50 a litre.", "It costs 150 a litre."),
        ("It is -4 degrees outside.", "It is 4 degrees outside."),
        ("Ann eats meat.", "Ann never eats meat."),
        ("Ann went to the gym.", "Ann goes to the gym."),
        ("Ann went to the gym.", "Ann usually went to the gym."),
        ("The rate is 5%.", "The rate is 5."),
        ("Yes.", "Yes!"),
        ("", ""),
    ],
)
def test_texts_that_differ_in_one_word_are_never_the_same(one: str, other: str) -> None:
    assert not same_words(words_of(one), words_of(other))


def test_duplicates_need_both_the_vector_and_the_words_and_one_voice() -> None:
    texts = ["Ann lives in Berlin.", "Ann lives in Berlin!", "Ann lives in Rome.", "ann lives in berlin"]
    words = [words_of(text) for text in texts]
    pairs = Pairs(np.array([0, 0, 0]), np.array([1, 2, 3]), np.array([1.0, 0.97, 1.0], np.float32))
    assert duplicates(words, ["a", "a", "a", "a"], pairs) == ((0, 1, 3),)
    assert duplicates(words, ["a", "b", "a", "a"], pairs) == ((0, 3),)
    assert duplicates(words, ["a", "a", "a", "a"], pairs.above(2.0)) == ()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0, 1))), st.integers(1, 4))
def test_linking_again_what_was_linked_adds_nothing(raw: list[tuple[int, int, float]], most: int) -> None:
    found = sorted({(min(a, b), max(a, b)): c for a, b, c in raw if a != b}.items(), key=lambda each: -each[1])
    pairs = Pairs(
        np.array([a for (a, _), _ in found], np.int32), np.array([b for (_, b), _ in found], np.int32),
        np.array([c for _, c in found], np.float32),
    )  # fmt: skip
    made = to_link(pairs, (), most=most)
    ends = [row for one, other, _ in made for row in (one, other)]
    assert all(ends.count(row) <= most for row in ends)
    assert to_link(pairs, [(other, one) for one, other, _ in made], most=most) == ()


def test_the_text_that_is_like_most_others_is_the_most_central() -> None:
    middle = np.ones(8, np.float32) / np.sqrt(np.float32(8))
    spread = middle + 0.4 * unit(20, 8)
    rows = np.vstack([spread, middle[None]]).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rank = centrality(rows)
    assert int(rank.argmax()) == 20
    assert float(rank.sum()) == pytest.approx(1, abs=1e-4)
    assert centrality(np.zeros((3, 8), np.float32)).tolist() == pytest.approx([1 / 3] * 3)


def test_chosen_texts_fit_the_budget_and_say_nothing_twice() -> None:
    vectors = np.eye(4, 8, dtype=np.float32)
    vectors[1] = vectors[0]
    central = np.array([0.4, 0.3, 0.2, 0.1], np.float32)
    assert chosen(central, vectors, [5, 1, 6, 5], 10) == [0, 3]
    assert chosen(central, vectors, [50, 1, 1, 1], 10) == [0]
    assert REDUNDANT < 1


def by_sign(vectors: Floats, count: int) -> Ints:
    return np.asarray(vectors.argmax(axis=1) % count, np.int32)


def test_themes_hold_twenty_rows_or_are_none_and_what_lies_far_off_is_left_over() -> None:
    around = np.repeat(np.eye(3, 6, dtype=np.float32), [30, 25, 8], axis=0)
    sizes = Sizes(least=20, theme=21, topic=500)
    found = themes(around, by_sign, sizes)
    assert [theme.rows for theme in found] == [tuple(range(30)), tuple(range(30, 55))]
    assert themes(around[:19], by_sign, sizes) == ()
    assert all(theme.topics == () for theme in found)


def test_topics_part_their_theme_and_never_overlap() -> None:
    vectors = np.repeat(np.eye(3, 6, dtype=np.float32), 20, axis=0) + np.float32(0.5)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    (theme,) = themes(vectors, by_sign, Sizes(least=20, theme=100, topic=20))
    assert theme.rows == tuple(range(60))
    assert [len(topic) for topic in theme.topics] == [20, 20, 20]
    assert sorted(row for topic in theme.topics for row in topic) == list(range(60))


def test_a_row_joins_the_place_it_lies_in_and_no_other() -> None:
    rng = np.random.default_rng(3)
    founders = np.eye(2, 8, dtype=np.float32).repeat(10, axis=0) + rng.normal(0, 0.05, (20, 8)).astype(np.float32)
    founders /= np.linalg.norm(founders, axis=1, keepdims=True)
    places = [place_of(founders[:10], 0.3), place_of(founders[10:], 0.3)]
    assert join(np.eye(4, 8, dtype=np.float32), places).tolist() == [0, 1, -1, -1]
    assert join(np.zeros((0, 8), np.float32), places).tolist() == []
    assert join(np.eye(1, 8, dtype=np.float32), []).tolist() == [-1]


def span(identity: str, text: str, *, causes: bool = False, caused: bool = False) -> SpanOf:
    return SpanOf(id=identity, text=text, document=identity.split("/")[0], causes=causes, caused=caused)


def test_an_effect_meets_the_same_event_as_a_cause_in_another_document() -> None:
    spans = [
        span("a/1", "the bearing had seized", caused=True), span("b/1", "The bearing seizes", causes=True),
        span("a/2", "The bearing seized", causes=True), span("c/1", "the strike", causes=True),
        span("d/1", "the strike", caused=True), span("e/1", "the bearing of P-2 seized", causes=True),
    ]  # fmt: skip
    assert candidates(spans) == ((0, 1),)
    assert equal(spans[0], spans[1])


def test_spans_of_nearly_the_same_words_wait_for_their_vectors_and_never_differ_in_a_name() -> None:
    spans = [
        span("a/1", "the cooling water pump failed", caused=True),
        span("b/1", "the water pump failed suddenly", causes=True),
        span("c/1", "the cooling water pump of unit 7 failed", causes=True),
    ]  # fmt: skip
    assert candidates(spans) == ((0, 1),)
    assert not equal(spans[0], spans[1])
    one, other = unit(2)
    assert confirmed(one, one)
    assert not confirmed(one, other)


def test_a_span_that_many_documents_say_is_a_phrase_and_joins_nothing() -> None:
    spans = [span(f"{n}/1", "demand was high", causes=True, caused=True) for n in range(6)]
    assert candidates(spans) == ()
    assert len(candidates(spans[:3])) == 6


def test_what_was_used_often_or_lately_is_more_at_hand() -> None:
    def ago(*days: float) -> list[datetime]:
        return [NOW - timedelta(days=day) for day in days]

    assert activation(ago(1), NOW) > activation(ago(9), NOW)
    assert activation(ago(9, 1), NOW) > activation(ago(9), NOW)
    assert activation(ago(9, 8), NOW, more=30) > activation(ago(9, 8), NOW)
    assert activation([NOW + timedelta(days=3)], NOW) == activation([NOW], NOW)
    assert activation([], NOW) == -np.inf
    assert at_hand({"a": 1.0, "b": 2.0, "c": 1.0}, 2) == ("b", "a")
