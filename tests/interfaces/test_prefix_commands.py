"""`memos-graph prefix`: what it shows, builds and drops, and what it never shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import memos_graph.app as app
from memos_graph.services.context import Context
from memos_graph.services.prefix.kept import IDS, KEY_ID
from memos_graph.services.prefix.state import ensure_key
from memos_graph.settings import Settings
from tests.interfaces.conftest import Cli
from tests.services.organise_kit import Bag


@pytest.fixture
def fed(cli: Cli) -> Cli:
    for text in ("Ann likes tea.", "Bob lives in Ghent.", "Cleo paints\nboats."):
        assert cli("add", text).code == 0
    assert cli("add", "A passage of a file, which nobody used so far.", "--name", "a.txt").code == 0
    return cli


def test_show_lists_each_memory_with_its_size_and_reason_and_writes_nothing(fed: Cli) -> None:
    ran = fed("prefix", "show")
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    assert [row[5] for row in rows] == ["Ann likes tea.", "Bob lives in Ghent.", "Cleo paints boats."]
    assert all(int(row[1]) > 5 and row[2] == "stable" and row[4].startswith("unchanged since") for row in rows)
    assert "tokens before the user's own words (estimated" in ran.err
    assert "pfx_" not in fed("list", "--json").out


def test_show_as_json_tells_what_was_left_out_and_why_and_never_a_salt(fed: Cli) -> None:
    assert fed("prefix", "build").code == 0
    ran = fed("prefix", "show", "--json")
    shown = ran.json
    assert [entry["text"] for entry in shown["entries"]][:2] == ["Ann likes tea.", "Bob lives in Ghent."]
    assert any("Passage: never used" in left["reason"] for left in shown["left_out"])
    assert shown["kept"] > 0
    assert "salt" not in ran.out


def test_show_text_gives_the_very_bytes(fed: Cli) -> None:
    shown = fed("prefix", "show", "--text").out
    assert shown.endswith('{"n":3,"text":"Cleo paints\\nboats."}\n')
    assert shown.startswith("You answer questions")


def test_a_dry_run_tells_the_cost_and_keeps_nothing(fed: Cli) -> None:
    ran = fed("prefix", "build", "--fresh", "--dry-run", "--tokens", "260")
    assert "0 tokens stand as they were sent last" in ran.err
    assert "pfx_" not in fed("list", "--json").out


def test_a_budget_is_kept_for_later(fed: Cli) -> None:
    small = fed("prefix", "build", "--tokens", "240", "--json").json
    assert small["tokens"] <= 240
    assert fed("prefix", "show", "--json").json["tokens"] == small["tokens"]


def test_a_dropped_prefix_is_gone_and_dropping_again_says_so(fed: Cli) -> None:
    fed("prefix", "build")
    assert fed("prefix", "drop", "--json").json == {"cube": "default", "dropped": True}
    assert fed("prefix", "drop").out == "there was none\n"


def test_no_command_shows_the_key_of_the_salts(fed: Cli) -> None:
    fed("prefix", "build")
    store = app._STORES["memory"]("", Settings())
    key = ensure_key(Context(store=store, embedder=Bag(), clock=lambda: datetime.now(UTC)), "default")
    shown = [fed("list", "--json").out, fed("list").out, fed("export").out, fed("prefix", "show", "--json").out]
    for identity in sorted(IDS):
        shown += [
            fed("history", identity, "--json").out,
            fed("show", identity, "--json").out,
            fed("show", identity).out,
        ]
    assert KEY_ID in "".join(shown)
    assert not any(key in each for each in shown)


@pytest.mark.parametrize("wrong", [["--tokens", "0"], ["--tokens", "many"]])
def test_a_budget_that_is_none_is_a_usage_error(fed: Cli, wrong: list[str]) -> None:
    assert fed("prefix", "build", *wrong).code == 2
