"""What the benchmark of KV caches reports is measured, and can be written down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import activation_kv
from benchmarks.activation_kv import measure
from benchmarks.activation_report_kv import problems, tables
from memos_graph.model.errors import NotSupported
from tests.activation import tiny

pytestmark = pytest.mark.extra("torch")


def test_every_figure_of_a_small_run_is_there_and_float32_is_exact(tmp_path: Path) -> None:
    model = tiny.saved(tmp_path / "mini", max_position_embeddings=8192)
    figures = measure(model, tmp_path, prompts=3, rounds=2, memory=80, merges=1, boundaries=(0, 1000))
    said = json.loads(json.dumps(figures.to_json()))
    assert said["equal"]["float32"] == 1
    assert problems(figures) == ()
    for each in figures.first:
        assert each.memory >= 80
        assert each.full["p50"] > 0
    for kept in figures.disk:
        assert (
            kept.bytes > kept.tokens * 2 * 2 * 2 * 8
        )  # layers, keys and values, heads, numbers of a head; a byte each
    rough, whole = (each for each in figures.drift if each.dtype == "float32")
    assert rough.read == 0
    assert rough.most > whole.most
    assert whole.same_answer == 1
    assert all(len(row) == len(table.columns) for table in tables(figures) for row in table.rows)


def test_a_model_whose_caches_merge_exactly_only_is_told_of_beside_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(model: object) -> None:
        raise NotSupported("an approximate merge", "its keys move otherwise")

    monkeypatch.setattr(activation_kv, "check", refuses)
    model = tiny.saved(tmp_path / "mini", max_position_embeddings=8192)
    figures = measure(model, tmp_path, dtypes=("float32",), prompts=1, rounds=1, memory=80, merges=1)
    assert (len(figures.first), figures.drift) == (1, ())
    assert "float32" in problems(figures)[0] and "its keys move otherwise" in problems(figures)[0]
    assert all(len(row) == len(table.columns) for table in tables(figures) for row in table.rows)
