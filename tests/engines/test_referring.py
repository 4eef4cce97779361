"""Score that goes over a reference to what stands below a document."""

from __future__ import annotations

import numpy as np
import pytest

from memos_graph.engines.own import Heard
from memos_graph.engines.profile import DEFAULT
from memos_graph.engines.recall import recall
from memos_graph.engines.referring import over_references, way_down
from memos_graph.engines.rows import NO_TIME, Edges, Rows

# 0 asks for 2's handbook; 1: its document; 2: handbook; 3: section of it; 4, 5: passages of it; 6: a passage elsewhere
IDS = ("p-source", "d-source", "d-target", "s-target", "p-answer", "p-other", "p-far")
KINDS = ("Passage", "Document", "Section")
KIND = (0, 1, 1, 2, 0, 0, 0)
PARENT = Edges.of(7, [0, 3, 4, 5], [1, 2, 3, 2])
ALL = np.ones(7, np.bool_)


def rows() -> Rows:
    return Rows(
        ids=IDS, kinds=KINDS, kind=np.array(KIND, np.int32), valid_from=np.full(7, NO_TIME, np.int64),
        length=np.full(7, 100, np.int32), question=np.zeros(7, np.bool_), tells_when=np.zeros(7, np.bool_),
    )  # fmt: skip


def heard(**dense: float) -> Heard:
    given = np.array([dense.get(i.replace("-", "_"), 0.0) for i in IDS], np.float32)
    return Heard(dense=given, lexical_rows=np.zeros(0, np.int32), lexical_scores=np.zeros(0, np.float32))


def start(*at: int) -> np.ndarray:
    return np.array(at, np.int32)


def test_a_reference_leads_to_all_that_stands_below_a_document() -> None:
    links = over_references(start(0), Edges.of(7, [0], [2]), PARENT, ALL, 0.75)
    assert sorted(links.row.tolist()) == [3, 4, 5]
    assert set(links.entity.tolist()) == {2} and np.allclose(links.strength, 1)


def test_a_list_of_links_leads_to_each_less_than_a_single_one() -> None:
    links = over_references(start(0), Edges.of(7, [0] * 4, [2, 3, 1, 6]), PARENT, ALL, 0.75)
    assert float(links.strength.max()) == pytest.approx((2 / 4) ** 0.75)


def test_nothing_goes_through_what_may_not_be_seen() -> None:
    hidden = ALL.copy()
    hidden[3] = False
    links = over_references(start(0), Edges.of(7, [0], [2]), PARENT, hidden, 0.75)
    assert links.row.tolist() == [5]
    hidden[2] = False
    assert not len(over_references(start(0), Edges.of(7, [0], [2]), PARENT, hidden, 0.75).row)


def test_the_way_is_told_step_by_step_and_ends_at_the_row() -> None:
    assert way_down(0, 2, 4, PARENT, ALL) == (
        (0, "REFERS_TO", 2, True), (2, "PARENT", 3, False), (3, "PARENT", 4, False)
    )  # fmt: skip
    assert way_down(0, 1, 4, PARENT, ALL) == ()


def test_parents_in_a_circle_end() -> None:
    circle = Edges.of(7, [3, 2], [2, 3])
    assert set(over_references(start(0), Edges.of(7, [0], [2]), circle, ALL, 0.75).row.tolist()) <= {2, 3}
    assert way_down(0, 5, 2, circle, ALL) == ()


def test_the_passage_that_answers_best_below_what_a_hit_refers_to_gains_most_and_says_how() -> None:
    edges = {"PARENT": PARENT, "REFERS_TO": Edges.of(7, [0], [2])}
    found = recall(rows(), edges, heard(p_source=0.9, p_answer=0.3, p_other=0.1, p_far=0.3), allowed=ALL, top_k=4)
    arms = {hit.id: hit.arms for hit in found}
    assert arms["p-answer"]["refer"] > arms["p-other"]["refer"] > 0 and "refer" not in arms["p-far"]
    (hit,) = [hit for hit in found if hit.id == "p-answer"]
    assert [(step.kind, step.end) for step in hit.path] == [
        ("REFERS_TO", "d-target"), ("PARENT", "s-target"), ("PARENT", "p-answer")
    ]  # fmt: skip
    without = recall(rows(), {"PARENT": PARENT}, heard(p_source=0.9, p_answer=0.3, p_far=0.3), allowed=ALL, top_k=4)
    assert "refer" not in {arm for hit in without for arm in hit.arms}


def test_what_a_hit_refers_to_gets_a_place_where_its_own_words_would_give_it_none() -> None:
    n = 40
    ids = ("source", "document", "answer", *(f"like{i:02}" for i in range(n - 3)))
    table = Rows(
        ids=ids, kinds=KINDS, kind=np.array([0, 1] + [0] * (n - 2), np.int32), length=np.full(n, 100, np.int32),
        question=np.zeros(n, np.bool_), tells_when=np.zeros(n, np.bool_), valid_from=np.full(n, NO_TIME, np.int64),
    )  # fmt: skip
    dense = np.array([0.9, 0.0, 0.0, *(0.85 - 0.001 * i for i in range(n - 3))], np.float32)
    asked = Heard(dense=dense, lexical_rows=np.zeros(0, np.int32), lexical_scores=np.zeros(0, np.float32))
    edges = {"PARENT": Edges.of(n, [2], [1]), "REFERS_TO": Edges.of(n, [0], [1])}
    allowed = np.ones(n, np.bool_)
    found = [hit.id for hit in recall(table, edges, asked, allowed=allowed, top_k=5)]
    assert found.index("answer") == DEFAULT.lead_first - 1
    (hit,) = [hit for hit in recall(table, edges, asked, allowed=allowed, top_k=5) if hit.id == "answer"]
    assert [step.kind for step in hit.routes[-1].steps] == ["REFERS_TO", "PARENT"]
    assert "answer" not in [hit.id for hit in recall(table, {}, asked, allowed=allowed, top_k=5)]
