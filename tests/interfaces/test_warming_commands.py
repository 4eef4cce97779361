"""prefix warm and prefix stats, over a server that answers as vLLM does; and that no salt is shown anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import memos_graph.app as app
from memos_graph.model.errors import Invalid
from memos_graph.services.prefix.kept import KEY_ID, read_state
from memos_graph.settings import Settings, load_settings
from tests.servers.fake_vllm import FakeVLLM, fake_vllm

from .conftest import Cli

pytestmark = pytest.mark.long


@pytest.fixture
def fake(clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVLLM]:
    with fake_vllm() as server:
        monkeypatch.setenv("MEMOS_GRAPH_LANGUAGE_MODEL", f"openai:{server.model}@{server.url}")
        yield server


@pytest.fixture
def fed(cli: Cli, fake: FakeVLLM) -> Cli:
    for place in ("hall", "yard", "tower"):
        cli("add", "--text", f"The pump in the {place} leaks.")
    return cli


def test_warm_proves_that_the_next_question_finds_the_prefix_and_stats_count_it(fed: Cli) -> None:
    warmed = fed("prefix", "warm", "--json")
    assert warmed.code == 0
    assert warmed.json["hit"]
    assert warmed.json["proved"] == warmed.json["tokens"] > 0
    assert fed("chat", "Where?", "--json").code == 0
    told = fed("prefix", "stats", "--json").json
    assert (told["answers"], told["told"], told["warmed"], told["missed"]) == (1, 1, 1, 0)
    assert told["hit_rate"] == 1.0
    assert told["saved"] >= told["cached"] == told["prefix"] == warmed.json["tokens"]
    assert told["server"]["hit"] >= told["saved"]


def test_in_a_pipe_both_print_plain_lines(fed: Cli) -> None:
    first, second = fed("prefix", "warm").out.splitlines()
    assert first.startswith("sent in ")
    assert "cached, by the answer's usage" in second
    rows = dict(line.split("\t") for line in fed("prefix", "stats").out.splitlines())
    assert rows["warm-ups"] == "1"
    assert rows["hit rate of prefixes"] == "no answer told yet"
    assert "server: tokens found" in rows


def test_a_warm_up_that_misses_ends_with_1_and_says_why_then_and_later(fed: Cli, fake: FakeVLLM) -> None:
    fake.caching = False
    missed = fed("prefix", "warm")
    assert missed.code == 1
    assert "prefix caching is off" in missed.err
    told = fed("prefix", "stats", "--json").json
    assert (told["warmed"], told["missed"]) == (1, 1)
    assert "prefix caching is off" in told["last_miss"]


def test_without_a_model_warm_says_how_to_set_one_and_stats_still_answer(
    fed: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEMOS_GRAPH_LANGUAGE_MODEL")
    refused = fed("prefix", "warm", "--json")
    assert refused.code == 3
    assert "MEMOS_GRAPH_LANGUAGE_MODEL" in refused.error["message"]
    assert fed("prefix", "stats", "--json").json["server"] is None


def test_with_the_server_down_stats_do_without_its_counters(fed: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    fed("prefix", "warm")
    monkeypatch.setenv("MEMOS_GRAPH_LANGUAGE_MODEL", "openai:fake@http://127.0.0.1:1/v1")
    told = fed("prefix", "stats", "--json")
    assert told.code == 0
    assert told.json["server"] is None
    assert told.json["warmed"] == 1
    assert "without the server's counters" in told.err


def test_several_cubes_are_warmed_as_one_prefix_and_an_unknown_one_is_not_made(fed: Cli, fake: FakeVLLM) -> None:
    fed("add", "--text", "The valve in the mill is new.", "--cube", "mill")
    assert fed("prefix", "warm", "--in", "default", "--in", "mill", "--json").json["hit"]
    assert "The valve in the mill" in fake.asked[-1]["messages"][0]["content"]
    assert fed("prefix", "warm", "--in", "nowhere").code == 4
    assert fed("prefix", "stats", "--in", "nowhere").code == 4


def test_no_command_shows_a_salt_or_the_key_it_is_made_of(fed: Cli, fake: FakeVLLM) -> None:
    fed("prefix", "warm")
    salt = fake.asked[-1]["cache_salt"]
    key = read_state(app._STORES["memory"]("", Settings()), "default").salt_key
    assert len(salt) == 44
    assert len(key) == 64
    commands = (
        ("prefix", "show"), ("prefix", "show", "--json"), ("prefix", "build", "--fresh", "--json"),
        ("prefix", "warm", "--json"), ("prefix", "stats", "--json"), ("chat", "Where?", "--json"),
        ("search", "pump", "--json"), ("explain", "pump", "--json"), ("export",), ("show", KEY_ID, "--json"),
        ("history", KEY_ID, "--json"), ("history", KEY_ID), ("why", KEY_ID, "--json"), ("timeline", KEY_ID, "--json"),
    )  # fmt: skip
    for command in commands:
        ran = fed(*command)
        assert ran.code == 0 or KEY_ID in command, (command, ran.err)
        assert salt not in ran.out + ran.err, command
        assert key not in ran.out + ran.err, command


def test_prefix_server_none_sends_no_salt_and_asks_the_server_nothing_but_chats(
    fed: Cli, fake: FakeVLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMOS_GRAPH_PREFIX_SERVER", "none")
    fake.paths.clear()
    assert fed("prefix", "warm").code == 0
    assert "cache_salt" not in fake.asked[-1]
    assert set(fake.paths) == {"POST /v1/chat/completions"}


def test_the_salt_s_key_is_kept_out_of_files_and_out_of_sight(
    clean_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "memos-graph.toml").write_text('prefix_salt_key = "secret"\n')
    with pytest.raises(Invalid, match="MEMOS_GRAPH_PREFIX_SALT_KEY"):
        load_settings()
    (tmp_path / "memos-graph.toml").unlink()
    monkeypatch.setenv("MEMOS_GRAPH_PREFIX_SALT_KEY", "a-secret")
    settings = load_settings()
    assert "a-secret" not in repr(settings)
    with app.open("memory:", settings=settings) as graph:
        assert graph.context.prefix_secret == "a-secret"
        assert "a-secret" not in repr(graph.context)


def test_answers_counted_in_memory_are_written_when_the_graph_closes(fed: Cli, fake: FakeVLLM) -> None:
    with app.open("memory:") as graph:
        kb = graph.cube("default")
        kb.chat("Where does it leak?")
        assert read_state(graph.context.store, "default").stats.answers == 0
        store = graph.context.store
        shut, closed = store.close, []
        store.close = lambda: closed.append(read_state(store, "default").stats.answers)  # type: ignore[method-assign]
    assert closed == [1]
    shut()
