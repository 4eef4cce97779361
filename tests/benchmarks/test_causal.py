"""The benchmark of the causal rules: what it reads from the corpus's files, and what it calls a right direction."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import causal
from memos_ingest.causal import Span, causes

SENTENCES = """index,text,label
train_1_7,"Rain fell , so the match ended .",1
train_1_8,A match was played .,0
train_2_9,The bolt broke because it had rusted .,1
"""
SPANS = """corpus,doc_id,sent_id,causal_text_w_pairs
cnc,train_1,7,"['<ARG0>Rain fell</ARG0> , <SIG0>so</SIG0> <ARG1>the match ended</ARG1> .']"
cnc,train_1,8,[]
cnc,train_2,9,"['<ARG1>The bolt broke</ARG1> because <ARG0>it had rusted</ARG0> .']"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / causal.SENTENCES).write_text(SENTENCES, encoding="utf-8-sig")
    (tmp_path / causal.SPANS).write_text(SPANS, encoding="utf-8-sig")
    return tmp_path


def test_marked_spans_are_the_words_between_the_marks(folder: Path) -> None:
    sentences = causal.read(folder)
    assert [one.causal for one in sentences] == [True, False, True]
    pairs = [(cause.of(one.text), effect.of(one.text)) for one in sentences for cause, effect in one.pairs]
    assert pairs == [("Rain fell", "the match ended"), ("it had rusted", "The bolt broke")]


def test_documents_fall_into_both_halves() -> None:
    halves = {causal.is_held_out(f"train_{n}") for n in range(50)}
    assert halves == {False, True}


def test_a_statement_turned_round_is_called_wrong(folder: Path) -> None:
    sentence = causal.read(folder)[2]
    (found,) = causes(sentence.text)
    ((cause, effect),) = sentence.pairs
    assert causal.direction(found, [(cause, effect)]) is True
    assert causal.direction(found, [(effect, cause)]) is False
    assert causal.direction(found, [(Span(0, 0), Span(0, 0))]) is None


def test_another_corpus_is_refused_by_what_it_lacks(folder: Path) -> None:
    (folder / causal.SENTENCES).write_text("id,sentence\n1,a\n", encoding="utf-8")
    with pytest.raises(ValueError, match="index, label, text"):
        causal.read(folder)


def test_the_report_says_both_halves_and_every_marker(folder: Path) -> None:
    report = causal.run(folder)
    assert [target.what.split(",")[0] for target in report.targets] == [
        "sentence precision", "sentence recall", "direction",
    ]  # fmt: skip
    assert {str(row[0]) for row in report.tables[1].rows} == {"so", "because"}


def test_a_clock_too_coarse_for_the_corpus_costs_the_speed_not_the_report(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(causal, "perf_counter", lambda: 0.0)
    assert "0.00 MB of text a second" in causal.run(folder).tables[0].note
