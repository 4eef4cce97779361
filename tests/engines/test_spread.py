"""Score carried over edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.engines.rows import Edges
from memos_graph.engines.spread import LinkRule, beside, highest_below, lender, over_entities, roots, seeds, together

UNHURRIED = settings(deadline=None, max_examples=60)  # a busy machine is no failure

LINKS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([0.25, 0.5, 1.0])), max_size=20)
SCORES = st.lists(st.floats(0, 1, width=32), min_size=8, max_size=8)


def edges(links: list[tuple[int, int, float]]) -> Edges:
    return Edges.of(8, [a for a, _, _ in links], [b for _, b, _ in links], [w for _, _, w in links])


@UNHURRIED
@given(LINKS, SCORES)
def test_a_row_gains_the_best_that_one_neighbour_gives(links: list[tuple[int, int, float]], lent: list[float]) -> None:
    given_ = np.array(lent, np.float32)
    for side, pairs in ((edges(links).out, links), (edges(links).into, [(b, a, w) for a, b, w in links])):
        gain = beside(given_, side)
        for row in range(8):
            offers = [np.float32(w) * given_[there] for here, there, w in pairs if here == row]
            assert gain[row] == max(offers, default=0)
            if offers:
                there = lender(given_, side, row)
                assert max(np.float32(w) * given_[t] for h, t, w in pairs if (h, t) == (row, there)) == gain[row]


@UNHURRIED
@given(LINKS, SCORES, st.lists(st.booleans(), min_size=8, max_size=8))
def test_nothing_rises_to_a_parent_that_may_not_be_passed(
    links: list[tuple[int, int, float]], lent: list[float], passable: list[bool]
) -> None:
    up = highest_below(np.array(lent, np.float32), edges(links), np.array(passable))
    for parent in range(8):
        below = [np.float32(w) * np.float32(lent[child]) for child, over, w in links if over == parent]
        assert up[parent] == (max(below, default=0) if passable[parent] else 0)


@UNHURRIED
@given(SCORES, st.integers(0, 10))
def test_seeds_are_the_best_rows_above_nothing(scores: list[float], k: int) -> None:
    best = sorted((i for i in range(8) if scores[i] > 0), key=lambda i: (-scores[i], i))[:k]
    assert seeds(np.array(scores, np.float32), k).tolist() == best


RULE = LinkRule(names=0.25, named=0.75, rare=0.5, common=3)


@UNHURRIED
@given(LINKS, st.lists(st.integers(0, 7), max_size=4, unique=True), st.lists(st.booleans(), min_size=8, max_size=8))
def test_links_join_a_seed_and_another_row_over_an_entity_of_both_all_inside_the_mask(
    mentions: list[tuple[int, int, float]], start: list[int], passable: list[bool]
) -> None:
    found = over_entities(np.array(start, np.int32), edges(mentions), np.array(passable), RULE)
    pairs = {(a, b) for a, b, _ in mentions}
    for seed, entity, row, strength in zip(found.seed, found.entity, found.row, found.strength, strict=True):
        assert (start[seed], entity) in pairs and (row, entity) in pairs and row != start[seed]
        assert passable[entity] and passable[row] and 0 < strength <= 1
    both = together(found, 8)
    assert (both <= 1).all() and (both >= np.minimum(found.strength, 0.999) - 1e-6).all()


@UNHURRIED
@given(LINKS, st.lists(st.booleans(), min_size=8, max_size=8))
def test_the_root_of_a_row_is_reached_over_passable_parents_and_circles_end(
    links: list[tuple[int, int, float]], passable: list[bool]
) -> None:
    top = roots(np.arange(8, dtype=np.int32), edges(links), np.array(passable))
    for row in range(8):
        assert top[row] == row or passable[top[row]]
        if not any(a == row and passable[b] for a, b, _ in links):
            assert top[row] == row


@UNHURRIED
@given(LINKS, st.lists(st.integers(0, 7), max_size=5))
def test_the_edges_of_many_rows_are_those_of_each(links: list[tuple[int, int, float]], rows: list[int]) -> None:
    side = edges(links).out
    at, owner = side.of(np.array(rows, np.int32))
    each = [(i, int(there)) for i, row in enumerate(rows) for there in side.there[side.at(row)]]
    assert list(zip(owner.tolist(), side.there[at].tolist(), strict=True)) == each


@pytest.mark.parametrize(
    ("heads", "tails", "weights", "told"),
    [
        ([0], [8], None, "outside 0..7"),
        ([-1], [0], None, "outside 0..7"),
        ([0, 1], [1], None, "have 2, 1 and 2 values"),
        ([0], [1], [float("nan")], "finite"),
        ([0], [1], [0.0], "above 0"),
    ],
)
def test_edges_that_cannot_be_are_refused(
    heads: list[int], tails: list[int], weights: list[float] | None, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        Edges.of(8, heads, tails, weights)


def test_an_edge_never_gives_more_than_it_got() -> None:
    assert beside(np.array([0, 0.5], np.float32), Edges.of(2, [0], [1], [7.0]).out).tolist() == [0.5, 0]
