"""mem-cube and adapter on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memos_graph.interfaces.cli import run
from tests.memories.adapters import write_adapter
from tests.servers.fake_vllm import fake_vllm


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEMOS_GRAPH_STORE", str(tmp_path / "kb.graph"))


def test_a_cube_goes_into_a_directory_and_comes_back_under_another_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["add", "The ferry leaves at ten.", "--cube", "one"]) == 0
    assert run(["mem-cube", "dump", "out", "--cube", "one", "--adapter", str(write_adapter(tmp_path / "lora"))]) == 0
    assert run(["mem-cube", "check", "out"]) == 0
    capsys.readouterr()
    assert run(["mem-cube", "load", "out", "--cube", "two", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["cube_id"] == "one" and said["para_mem"]["name"] == "lora" and "textual_memory.json" in said["files"]
    assert run(["search", "When does the ferry leave?", "--cube", "two"]) == 0
    assert "The ferry leaves at ten." in capsys.readouterr().out


def test_a_directory_that_was_touched_ends_with_the_file_s_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["add", "The ferry leaves at ten."]) == 0
    assert run(["mem-cube", "dump", "out"]) == 0
    (tmp_path / "out" / "textual_memory.json").write_text("{}")
    assert run(["mem-cube", "check", "out"]) != 0
    assert "textual_memory.json" in capsys.readouterr().err


def test_adapters_need_a_vllm_and_are_listed_by_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["adapter", "list"]) != 0
    assert "MEMOS_GRAPH_LANGUAGE_MODEL" in capsys.readouterr().err
    with fake_vllm() as fake:
        monkeypatch.setenv("MEMOS_GRAPH_LANGUAGE_MODEL", f"openai:{fake.model}@{fake.url}")
        assert run(["adapter", "list", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == [fake.model]


def test_an_adapter_of_another_model_is_added_with_a_word_of_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with fake_vllm() as fake:
        monkeypatch.setenv("MEMOS_GRAPH_LANGUAGE_MODEL", f"openai:{fake.model}@{fake.url}")
        assert run(["adapter", "add", "own", str(write_adapter(tmp_path / "own", base=f"x/{fake.model}"))]) == 0
        assert "was trained on" not in capsys.readouterr().err
        assert run(["adapter", "add", "odd", str(write_adapter(tmp_path / "odd", base="x/large")), "--json"]) == 0
        told = capsys.readouterr()
        assert json.loads(told.out)["base_model"] == "x/large"
        assert f"odd was trained on x/large, the server has {fake.model} at /models/{fake.model}" in told.err
