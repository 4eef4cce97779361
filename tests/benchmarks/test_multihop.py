"""Paragraphs and questions, read and fed; a small made-up corpus stands in for MuSiQue's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import multihop
from benchmarks.locomo_scores import OURS
from benchmarks.report import to_markdown

CORPUS = [
    {"title": "Lake Orvin", "text": "Lake Orvin lies in the county of Hald. Its ferry was built by Mara Quist."},
    {"title": "Mara Quist", "text": "Mara Quist was a shipwright. She was born in Ostervik in 1871."},
    {"title": "Ostervik", "text": "Ostervik is a fishing town with a wooden church."},
    {"title": "Hald", "text": "Hald is known for its apple orchards."},
]


def asked(question: str, *supporting: int) -> dict[str, Any]:
    paragraphs = [
        {"title": one["title"], "paragraph_text": one["text"], "is_supporting": at in supporting}
        for at, one in enumerate(CORPUS)
    ]
    return {"question": question, "paragraphs": paragraphs}


def test_a_question_rests_on_the_paragraphs_marked_as_supporting() -> None:
    data = multihop.data_from(CORPUS, [asked("Where was the builder of Lake Orvin's ferry born?", 0, 1)])
    assert data.questions == (("Where was the builder of Lake Orvin's ferry born?", frozenset({0, 1})),)


def test_a_question_on_a_paragraph_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"Where\?.*Mara Quist"):
        multihop.data_from(CORPUS[:1], [asked("Where?", 0, 1)])


def test_the_whole_run_reports_every_ranker_on_every_paragraph(tmp_path: Path) -> None:
    (tmp_path / multihop.CORPUS).write_text(json.dumps(CORPUS))
    question = asked("Where was the builder of Lake Orvin's ferry born?", 0, 1)
    (tmp_path / multihop.QUESTIONS).write_text(json.dumps([question]))
    report = multihop.run(tmp_path, tmp_path)
    recall = report.results["recall"]
    assert recall[OURS]["R@10"]["mean"] == 1.0  # four paragraphs: ten hold them all
    assert {"dense", "dense, titled", "BM25", "RRF", "without MENTIONS", "without any edge"} <= recall.keys()
    assert report.results["paragraphs"] == 4
    run = {"command": "c", "commit": "c", "dirty": False, "date": "d", "versions": {}, "machine": dict.fromkeys(
        ("cpu", "cores", "memory_gb", "system", "file_system", "load_before"), "x")}  # fmt: skip
    assert "| without MENTIONS |" in to_markdown(report, run)
