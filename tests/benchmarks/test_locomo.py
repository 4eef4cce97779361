"""Which file is measured, and how answers become scores."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import locomo
from benchmarks.baselines import to_turns
from benchmarks.locomo_scores import Answer, estimate, sessions
from memos_graph.ports import Scored


def test_another_file_than_the_pinned_one_is_refused_by_name_and_hash(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("[]", encoding="utf-8")
    with pytest.raises(ValueError, match=f"other.json has sha256 .* expected {locomo.SHA256}.*--any-file"):
        locomo.run(other, tmp_path)


def test_a_picture_counts_for_the_message_it_was_sent_with_and_only_once() -> None:
    found = [Scored(cube="c", id=id, score=1.0) for id in ("img_1", "msg_2", "msg_1", "ent_1")]
    assert to_turns(found, {"img_1": "D1:1", "msg_1": "D1:1", "msg_2": "D1:2"}) == ["D1:1", "D1:2"]


def test_a_session_stands_where_its_first_turn_stands() -> None:
    assert sessions(["D2:5", "D10:1", "D2:1", "D1:3"]) == ["D2", "D10", "D1"]


def test_an_estimate_averages_over_questions_of_all_conversations() -> None:
    answers = [
        Answer(conversation=chat, category=1, evidence=("D1:1",), milliseconds=1.0, rankings={"one": ranking})
        for chat, ranking in (("a", ["D1:1"]), ("a", ["D1:2"]), ("b", ["D1:1"]), ("b", ["D1:1"]))
    ]
    found = estimate(answers, "one", lambda answer, ranker: float(answer.rankings[ranker] == ["D1:1"]))
    assert (found.mean, found.low, found.high) == (0.75, 0.5, 1.0)
