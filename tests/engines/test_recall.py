"""Ranking over rows and edges, and what it says of how a row was found."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.engines.own import Heard, own
from memos_graph.engines.profile import DEFAULT, Flow, RecallProfile
from memos_graph.engines.recall import Ranked, recall, score, total_of
from memos_graph.engines.rows import NO_TIME, Edges, Mask, Rows
from memos_graph.engines.timewords import TimeRange
from memos_graph.model.times import to_micros

UNHURRIED = settings(deadline=None, max_examples=60)  # a busy machine is no failure

KINDS = ("Message", "Passage", "Entity", "Session", "Image")
EDGE_KINDS = ("FOLLOWS", "PARENT", "SAID_BY", "MENTIONS", "ILLUSTRATES", "CAUSES", "KNOWS")
MAY = TimeRange(start=datetime(2023, 5, 1, tzinfo=UTC), end=datetime(2023, 6, 1, tzinfo=UTC))

Links = dict[str, list[tuple[int, int, float]]]


def rows_of(
    ids: list[str], kinds: list[str] | None = None, question: list[bool] | None = None, times: list[int] | None = None
) -> Rows:
    n = len(ids)
    kinds = kinds or ["Message"] * n
    return Rows(
        ids=ids,
        kinds=KINDS,
        kind=np.array([KINDS.index(k) for k in kinds], np.int32),
        valid_from=np.array(times if times is not None else [NO_TIME] * n, np.int64),
        length=np.full(n, 100, np.int32),
        question=np.array(question or [False] * n, np.bool_),
        tells_when=np.zeros(n, np.bool_),
    )


def edges_of(n: int, links: Links) -> dict[str, Edges]:
    return {k: Edges.of(n, [a for a, _, _ in e], [b for _, b, _ in e], [w for _, _, w in e]) for k, e in links.items()}


def heard_of(dense: list[float], hits: dict[int, float] | None = None, **more: Any) -> Heard:
    hits = hits or {}
    return Heard(
        dense=np.array(dense, np.float32),
        lexical_rows=np.array(list(hits), np.int32),
        lexical_scores=np.array(list(hits.values()), np.float32),
        **more,
    )


def everything(n: int) -> Mask:
    return np.ones(n, np.bool_)


# -- what a reader would expect


def test_an_answer_without_the_querys_words_is_found_by_the_question_before_it() -> None:
    rows = rows_of(["question", "answer", "weather", "sports"], question=[True, False, False, False])
    edges = edges_of(4, {"FOLLOWS": [(1, 0, 1.0)]})
    found = recall(rows, edges, heard_of([0.9, 0.05, 0.3, 0.3]), allowed=everything(4), top_k=2)
    assert [hit.id for hit in found] == ["question", "answer"]
    assert [(s.start, s.kind, s.end, s.along) for s in found[1].path] == [("question", "FOLLOWS", "answer", False)]


def test_what_the_named_speaker_said_comes_before_what_sounds_alike() -> None:
    rows = rows_of(["ann", "hers", "his"], kinds=["Entity", "Message", "Message"])
    edges = edges_of(3, {"SAID_BY": [(1, 0, 1.0)]})
    found = recall(rows, edges, heard_of([0, 0.4, 0.6], speakers=frozenset({0})), allowed=everything(3), top_k=5)
    assert [hit.id for hit in found] == ["hers", "his"]
    assert found[0].arms["SAID_BY"] == pytest.approx(DEFAULT.said_by)
    assert not found[1].routes


def test_each_line_is_compared_with_the_query_in_its_own_speakers_voice() -> None:
    rows = rows_of(["ann", "bob", "hers", "his"], kinds=["Entity", "Entity", "Message", "Message"])
    edges = edges_of(4, {"SAID_BY": [(2, 0, 1.0), (3, 1, 1.0)]})
    ann = np.array([0, 0, 0.8, 0.1], np.float32)
    bob = np.array([0, 0, 0.1, 0.7], np.float32)
    heard = heard_of([0, 0, 0.2, 0.2], speakers=frozenset({0, 1}), voiced=((0, ann), (1, bob)))
    found = recall(rows, edges, heard, allowed=everything(4), top_k=2)
    assert {hit.id: pytest.approx(hit.arms["dense"]) for hit in found} == {"hers": 0.8, "his": 0.7}


def test_the_rest_of_a_two_step_answer_comes_over_the_entity_both_mention() -> None:
    rows = rows_of(["first", "second", "other", "acme"], kinds=["Passage", "Passage", "Passage", "Entity"])
    edges = edges_of(4, {"MENTIONS": [(0, 3, 0.5), (1, 3, 1.0)]})
    found = recall(rows, edges, heard_of([0.8, 0.2, 0.35, 0]), allowed=everything(4), top_k=2)
    assert [hit.id for hit in found] == ["first", "second"]
    assert [(s.start, s.end) for s in found[1].path] == [("first", "acme"), ("acme", "second")]


def test_of_two_named_entities_the_one_that_matters_more_to_the_row_counts() -> None:
    rows = rows_of(["p", "pump", "acme", "q"], kinds=["Passage", "Entity", "Entity", "Passage"])
    for order in ([(0, 1, 0.5), (0, 2, 1.0)], [(0, 1, 1.0), (0, 2, 0.5)]):
        found = recall(
            rows,
            edges_of(4, {"MENTIONS": order}),
            heard_of([0.1, 0, 0, 0.1], entities=frozenset({1, 2})),
            allowed=everything(4),
            top_k=1,
        )[0]
        heavier = next(rows.ids[b] for _, b, w in order if w == 1.0)
        assert found.arms["MENTIONS"] == pytest.approx(DEFAULT.mentions)
        assert [(s.start, s.kind, s.end, s.along) for s in found.path] == [(heavier, "MENTIONS", "p", False)]


def test_an_entity_that_everything_mentions_leads_only_to_what_it_names() -> None:
    n = DEFAULT.hop_common + 5
    rows = rows_of([f"p{i:02}" for i in range(n)] + ["world"], kinds=["Passage"] * n + ["Entity"])
    edges = edges_of(n + 1, {"MENTIONS": [(i, n, 1.0 if i == 7 else 0.5) for i in range(n)]})
    found = recall(rows, edges, heard_of([0.9] + [0.1] * (n - 1) + [0]), allowed=everything(n + 1), top_k=n)
    assert [hit.id for hit in found if "hop" in hit.arms] == ["p07"]


def test_what_lies_outside_the_mask_makes_no_entity_common() -> None:
    rows = rows_of(["a", "b", "acme", *"xyz"], kinds=["Passage", "Passage", "Entity"] + ["Passage"] * 3)
    edges = edges_of(6, {"MENTIONS": [(i, 2, 0.5) for i in (0, 1, 3, 4, 5)]})
    profile = dataclasses.replace(DEFAULT, hop_common=2)
    heard, allowed = heard_of([0.8, 0.1, 0, 0.1, 0.1, 0.1]), np.array([1, 1, 1, 0, 0, 0], np.bool_)
    found = recall(rows, edges, heard, allowed=allowed, top_k=6, profile=profile)
    assert "hop" in found[1].arms
    found = recall(rows, edges, heard, allowed=everything(6), top_k=6, profile=profile)
    assert not any("hop" in hit.arms for hit in found)


def test_a_text_is_found_by_the_picture_that_illustrates_it_and_stands_for_it() -> None:
    rows = rows_of(["look", "other", "picture"], kinds=["Message", "Message", "Image"])
    edges = edges_of(3, {"ILLUSTRATES": [(2, 0, 1.0)]})
    heard = heard_of([0.1, 0.2, 0.9])
    found = recall(rows, edges, heard, allowed=everything(3), top_k=3)
    assert [hit.id for hit in found] == ["look", "other"]
    pictures = rows.of_kinds(frozenset({"Image"}))
    assert [h.id for h in recall(rows, edges, heard, allowed=everything(3), top_k=3, returnable=pictures)] == [
        "picture"
    ]


def test_a_picture_that_stands_with_a_passage_is_a_hit_when_it_has_words() -> None:
    rows = rows_of(["text", "stair", "mute"], kinds=["Passage", "Image", "Image"])
    rows = dataclasses.replace(rows, length=np.array([100, 100, 0], np.int32))
    edges = edges_of(3, {"ILLUSTRATES": [(1, 0, 1.0), (2, 0, 1.0)]})
    found = recall(rows, edges, heard_of([0.1, 0.6, 0.9]), allowed=everything(3), top_k=3)
    assert [hit.id for hit in found] == ["stair", "text"]


def test_the_reply_to_the_question_asked_stands_close_behind_it_and_no_other_reply_does() -> None:
    rows = rows_of(["asked", "answer", "else", "other", "noise"], question=[True, False, True, False, False])
    edges = edges_of(5, {"FOLLOWS": [(1, 0, 1.0), (3, 2, 1.0)]})
    heard = heard_of([0.8, 0.0, 0.8, 0.0, 0.6], {0: 9.0, 2: 1.0})
    found = recall(rows, edges, heard, allowed=everything(5), top_k=5)
    assert [hit.id for hit in found] == ["asked", "answer", "else", "noise", "other"]
    assert found[1].score == pytest.approx(DEFAULT.reply * found[0].score)
    assert ("asked", "answer") in [(s.start, s.end) for r in found[1].routes if r.arm == "reply" for s in r.steps]


def test_a_sibling_gives_what_it_says_and_nothing_for_being_long_or_telling_when() -> None:
    rows = rows_of(["long", "plain", "s"], kinds=["Message", "Message", "Session"])
    rows = dataclasses.replace(
        rows, length=np.array([9000, 0, 0], np.int32), tells_when=np.array([True, False, False], np.bool_)
    )
    edges = edges_of(3, {"PARENT": [(0, 2, 1.0), (1, 2, 1.0)]})
    found = recall(rows, edges, heard_of([0.5, 0.1, 0], asks_when=True), allowed=everything(3), top_k=2)
    assert found[0].arms["tells_when"] == pytest.approx(DEFAULT.tells_when)
    assert found[1].arms["PARENT"] == pytest.approx(DEFAULT.siblings * 0.5)


def test_an_entity_that_two_rows_name_leads_further_than_one_that_many_name() -> None:
    names = ["seed", "by part", "by town", *"uvwx"]
    rows = rows_of([*names, "part", "town"], kinds=["Passage"] * 7 + ["Entity"] * 2)
    mentions = [(0, 7, 0.5), (1, 7, 0.5), (0, 8, 0.5), (2, 8, 0.5), *((i, 8, 0.5) for i in range(3, 7))]
    profile = dataclasses.replace(DEFAULT, hop_seeds=1, leads=0)
    heard = heard_of([0.9, 0.1, 0.1, 0.3, 0.3, 0.3, 0.3, 0, 0])
    found = {
        hit.id: hit
        for hit in recall(rows, edges_of(9, {"MENTIONS": mentions}), heard, allowed=everything(9), top_k=9,
                          profile=profile)
    }  # fmt: skip
    assert found["by part"].arms["hop"] == pytest.approx(found["by town"].arms["hop"] * (6 / 2) ** profile.hop_rare)


# -- leads: places for what another source adds


def two_sources() -> tuple[Rows, Links]:
    """Six passages of one handbook, the best of which names a part; a ledger and a letter that name it too."""
    ids = ["h0", "h1", "h2", "h3", "h4", "h5", "ledger", "letter", "part", "H", "L1", "L2"]
    kinds = ["Passage"] * 8 + ["Entity", "Session", "Session", "Session"]
    links = {
        "PARENT": [*((i, 9, 1.0) for i in range(6)), (6, 10, 1.0), (7, 11, 1.0)],
        "MENTIONS": [(i, 8, 0.5) for i in (0, 6, 7)],
    }
    return rows_of(ids, kinds), links


SOUNDS_LIKE = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.1, 0.0, 0, 0, 0, 0]


def test_rows_of_other_sources_that_a_hit_names_take_the_third_and_the_fifth_place() -> None:
    rows, links = two_sources()
    heard = heard_of(SOUNDS_LIKE)
    found = recall(rows, edges_of(12, links), heard, allowed=everything(12), top_k=8)
    assert [hit.id for hit in found] == ["h0", "h1", "ledger", "h2", "letter", "h3", "h4", "h5"]
    assert [(s.start, s.kind, s.end) for s in found[2].path] == [
        ("h0", "MENTIONS", "part"), ("part", "MENTIONS", "ledger")
    ]  # fmt: skip
    assert "lead" not in found[-1].arms
    none = dataclasses.replace(DEFAULT, leads=0)
    found = recall(rows, edges_of(12, links), heard, allowed=everything(12), top_k=8, profile=none)
    assert [hit.id for hit in found[-2:]] == ["ledger", "letter"]


def test_one_source_gets_one_place_and_what_the_query_names_itself_leads_nowhere() -> None:
    rows, links = two_sources()
    links["PARENT"][-1] = (7, 10, 1.0)
    found = recall(rows, edges_of(12, links), heard_of(SOUNDS_LIKE), allowed=everything(12), top_k=8)
    assert [hit.id for hit in found if "lead" in hit.arms] == ["ledger"]
    named = heard_of(SOUNDS_LIKE, entities=frozenset({8}))
    found = recall(rows, edges_of(12, links), named, allowed=everything(12), top_k=8)
    assert not any("lead" in hit.arms for hit in found)


def test_the_best_hit_is_never_displaced_by_a_lead() -> None:
    with pytest.raises(ValueError, match="lead_first"):
        RecallProfile(lead_first=1)
    rows, links = two_sources()
    first = dataclasses.replace(DEFAULT, lead_first=2)
    found = recall(rows, edges_of(12, links), heard_of(SOUNDS_LIKE), allowed=everything(12), top_k=2, profile=first)
    assert [hit.id for hit in found] == ["h0", "ledger"]


def test_a_row_of_the_time_asked_for_comes_first_and_a_row_without_a_time_gains_nothing() -> None:
    day = 86_400_000_000
    inside, after = to_micros(MAY.start) + day, to_micros(MAY.end) + 5 * day
    rows = rows_of(["in may", "soon after", "long ago", "no time"], times=[inside, after, inside - 900 * day, NO_TIME])
    found = recall(rows, {}, heard_of([0.5] * 4, times=(MAY,)), allowed=everything(4), top_k=4)
    assert [hit.id for hit in found] == ["in may", "soon after", "long ago", "no time"]
    assert found[0].arms["date"] == pytest.approx(DEFAULT.date)
    assert "date" not in found[3].arms


def test_lines_of_the_session_where_the_best_line_stands_come_before_equals_elsewhere() -> None:
    rows = rows_of(["best", "same", "else", "s1", "s2"], kinds=["Message"] * 3 + ["Session"] * 2)
    edges = edges_of(5, {"PARENT": [(0, 3, 1.0), (1, 3, 1.0), (2, 4, 1.0)]})
    found = recall(rows, edges, heard_of([0.9, 0.3, 0.3, 0, 0]), allowed=everything(5), top_k=3)
    assert [hit.id for hit in found] == ["best", "same", "else"]
    assert [(s.start, s.end) for s in found[1].path] == [("best", "s1"), ("s1", "same")]
    assert found[0].path == ()


def test_equal_rows_come_in_the_order_of_their_ids() -> None:
    rows = rows_of(["c", "a", "b"])
    found = recall(rows, {}, heard_of([0.5] * 3), allowed=everything(3), top_k=2)
    assert [hit.id for hit in found] == ["a", "b"]


def test_bm25_of_several_cubes_is_measured_by_the_best_of_all() -> None:
    rows = rows_of(["a", "b"])
    alone = recall(rows, {}, heard_of([0, 0], {0: 2.0}), allowed=everything(2), top_k=1)[0]
    among = recall(rows, {}, heard_of([0, 0], {0: 2.0}, lexical_best=8.0), allowed=everything(2), top_k=1)[0]
    assert alone.arms["lexical"] == pytest.approx(DEFAULT.lexical)
    assert among.arms["lexical"] == pytest.approx(DEFAULT.lexical * 0.25**DEFAULT.lexical_power)


@pytest.mark.parametrize("top_k", [0, 1, 1_000_000])
def test_no_rows_give_no_hits(top_k: int) -> None:
    assert recall(rows_of([]), edges_of(0, {"FOLLOWS": []}), heard_of([]), allowed=everything(0), top_k=top_k) == []


@pytest.mark.parametrize(
    "wrong", [{"dense": -1.0}, {"hop": math.nan}, {"date_fade": 0.0}, {"full_length": 0}, {"said_by": math.inf}]
)
def test_a_weight_that_cannot_be_one_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RecallProfile(**wrong)
    with pytest.raises(ValueError, match="along"):
        Flow(along=1.5)


# -- what holds for every cube and query


@st.composite
def cubes(draw: st.DrawFn) -> tuple[Rows, Links, Heard, Mask]:
    n = draw(st.integers(1, 9))
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=n, max_size=n))
    row = st.integers(0, n - 1)
    weight = st.sampled_from([0.25, 0.5, 1.0])
    links = draw(
        st.dictionaries(st.sampled_from(EDGE_KINDS), st.lists(st.tuples(row, row, weight), max_size=12, unique=True))
    )
    start = to_micros(MAY.start)
    rows = rows_of(
        [f"n{i}" for i in range(n)],
        kinds,
        draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        draw(st.lists(st.sampled_from([NO_TIME, start, start + 10**12, start - 10**14]), min_size=n, max_size=n)),
    )
    # Sixty-fourths add up without rounding, so that equal sums are equal.
    cosine = st.integers(-64, 64).map(lambda i: i / 64)
    dense = st.lists(cosine, min_size=n, max_size=n)
    heard = heard_of(
        draw(dense),
        draw(st.dictionaries(row, st.floats(0.5, 20))),
        voiced=tuple(draw(st.lists(st.tuples(row, dense.map(lambda d: np.array(d, np.float32))), max_size=2))),
        speakers=draw(st.frozensets(row, max_size=2)),
        entities=draw(st.frozensets(row, max_size=3)),
        times=draw(st.sampled_from([(), (MAY,)])),
        asks_when=draw(st.booleans()),
    )
    return rows, links, heard, np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)), np.bool_)


#: Small cubes: an entity in more than two rows is common there.
SMALL = dataclasses.replace(DEFAULT, hop_common=2)


def ranked(cube: tuple[Rows, Links, Heard, Mask], top_k: int = 5) -> list[Ranked]:
    rows, links, heard, allowed = cube
    return recall(rows, edges_of(len(rows), links), heard, allowed=allowed, top_k=top_k, profile=SMALL)


@UNHURRIED
@given(cubes(), st.integers(1, 12))
def test_hits_are_sorted_finite_distinct_and_the_same_each_time(cube: tuple[Rows, Links, Heard, Mask], k: int) -> None:
    found = ranked(cube, k)
    assert found == ranked(cube, k) and len(found) <= k
    assert all(math.isfinite(hit.score) for hit in found)
    assert [hit.id for hit in found] == [hit.id for hit in sorted(found, key=lambda h: (-h.score, h.id))]
    assert len({hit.id for hit in found}) == len(found)
    assert found == ranked(cube, 12)[: len(found)]


@UNHURRIED
@given(cubes())
def test_no_hit_is_outside_the_mask_nor_a_bare_container(cube: tuple[Rows, Links, Heard, Mask]) -> None:
    rows, _, _, allowed = cube
    for hit in ranked(cube, 12):
        assert allowed[hit.row] and rows.ids[hit.row] == hit.id
        assert rows.kinds[rows.kind[hit.row]] not in DEFAULT.hidden_kinds


@UNHURRIED
@given(cubes())
def test_the_arms_of_a_hit_add_up_to_its_score(cube: tuple[Rows, Links, Heard, Mask]) -> None:
    for hit in ranked(cube, 12):
        assert sum(hit.arms.values()) == pytest.approx(hit.score, abs=1e-5)
        assert all(0 < route.gain <= hit.arms[route.arm] + 1e-6 for route in hit.routes)


@UNHURRIED
@given(cubes())
def test_every_step_of_every_route_is_a_real_edge_inside_the_mask(cube: tuple[Rows, Links, Heard, Mask]) -> None:
    rows, links, _, allowed = cube
    real = {(rows.ids[a], kind, rows.ids[b]) for kind, edges in links.items() for a, b, _ in edges}
    inside = {rows.ids[i] for i in np.flatnonzero(allowed).tolist()}
    for hit in ranked(cube, 12):
        for route in hit.routes:
            assert route.steps[-1].end == hit.id
            for before, after in zip(route.steps, route.steps[1:], strict=False):
                assert before.end == after.start
            for s in route.steps:
                assert ((s.start, s.kind, s.end) if s.along else (s.end, s.kind, s.start)) in real
                assert {s.start, s.end} <= inside


@UNHURRIED
@given(cubes())
def test_rows_outside_the_mask_change_nothing(cube: tuple[Rows, Links, Heard, Mask]) -> None:
    rows, links, heard, allowed = cube
    kept = np.flatnonzero(allowed).tolist()
    new = {old: i for i, old in enumerate(kept)}
    fewer = Rows(
        ids=[rows.ids[i] for i in kept],
        kinds=rows.kinds,
        kind=rows.kind[kept],
        valid_from=rows.valid_from[kept],
        length=rows.length[kept],
        question=rows.question[kept],
        tells_when=rows.tells_when[kept],
    )
    inside = allowed[heard.lexical_rows] if len(heard.lexical_rows) else np.zeros(0, np.bool_)
    named = len(heard.speakers)
    less = dataclasses.replace(
        heard,
        dense=heard.dense[kept],
        voiced=tuple((new[s], d[kept]) for s, d in heard.voiced if s in new),
        lexical_rows=np.array([new[int(r)] for r in heard.lexical_rows[inside]], np.int32),
        lexical_scores=heard.lexical_scores[inside],
        speakers=frozenset(new[s] for s in heard.speakers if s in new),
        entities=frozenset(new[e] for e in heard.entities if e in new),
    )
    # How many speakers a query names is a fact of the query, known before any mask.
    profile = SMALL if named == 1 else dataclasses.replace(SMALL, said_by=SMALL.said_by_one_of)
    part = {kind: [(new[a], new[b], w) for a, b, w in edges if a in new and b in new] for kind, edges in links.items()}
    whole = [(h.id, h.score, h.arms, h.routes) for h in ranked(cube, 12)]
    alone = recall(fewer, edges_of(len(kept), part), less, allowed=everything(len(kept)), top_k=12, profile=profile)
    assert whole == [(h.id, h.score, h.arms, h.routes) for h in alone]


@UNHURRIED
@given(cubes(), st.data())
def test_more_of_any_evidence_never_lowers_a_score(cube: tuple[Rows, Links, Heard, Mask], data: st.DataObject) -> None:
    rows, links, heard, allowed = cube
    edges = edges_of(len(rows), links)
    more = heard.dense.copy()
    more[data.draw(st.integers(0, len(rows) - 1))] += data.draw(st.floats(0, 1, width=32))
    better = dataclasses.replace(heard, dense=more)
    # Hops are left out: a better seed takes the place of a worse one.
    profile = dataclasses.replace(DEFAULT, hop=0.0)

    def total(h: Heard) -> Any:
        return total_of(score(rows, edges, h, allowed=allowed, profile=profile), len(rows))

    assert (total(better) >= total(heard) - 1e-6).all()


@UNHURRIED
@given(cubes())
def test_without_edges_a_score_is_what_the_row_says_itself(cube: tuple[Rows, Links, Heard, Mask]) -> None:
    rows, _, heard, allowed = cube
    bare = dataclasses.replace(heard, times=())
    itself = total_of(own(rows, {}, bare, allowed, DEFAULT), len(rows))
    for hit in recall(rows, {}, bare, allowed=allowed, top_k=12):
        assert hit.score == pytest.approx(float(itself[hit.row])) and hit.routes == ()
