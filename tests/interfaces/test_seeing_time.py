"""timeline, history, why, diff, erase, and what search says of what was once known."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from memos_graph.interfaces import cli as command_line
from memos_graph.interfaces.bars import bar

from .conftest import Cli

KEY = "The spare key of the cabin hangs behind the blue door."
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))
LOW, HIGH = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize("command", ["timeline", "history", "why", "diff", "erase"])
def test_each_command_explains_itself_and_its_json(command: str) -> None:
    ran = CliRunner().invoke(command_line.app, [command, "--help"])
    assert ran.exit_code == 0 and "--json" in ran.output
    manual = Path(__file__).parents[2] / "docs" / "cli.md"
    assert not manual.is_file() or f"| `{command}` |" in manual.read_text(encoding="utf-8")


def test_the_timeline_of_a_name_shows_both_versions(cli: Cli, spoken: str) -> None:
    cli("update", spoken, "--text", "Anna signed off the pump on Monday.", "--since", "2026-01-01")
    told = cli("timeline", "anna", "--json").json
    assert [entry["memory"] for entry in told["entries"]] == [spoken, spoken]
    first, second = cli("timeline", "Anna").out.splitlines()
    assert first.split("\t")[:2] == ["always", "2026-01-01"] and second.split("\t")[:2] == ["2026-01-01", "now"]
    assert cli("timeline", "Anna", "--until", "2025-01-01").out.count("\n") == 1
    assert cli("timeline", "Nobody").code == 4
    assert cli("timeline", "Anna", "--since", "soon").code == 3


def test_the_history_shows_what_each_change_changed(cli: Cli, spoken: str) -> None:
    cli("update", spoken, "--text", "Ruth signed off the valve on Monday.")
    cli("delete", spoken)
    told = cli("history", spoken, "--json").json
    assert [change["states"] for change in told["changes"]] == [None, None, ["activated", "deleted"]]
    lines = cli("history", spoken).out.splitlines()
    assert any("Anna signed off" in line and "-> Ruth" in line for line in lines)
    assert "activated -> deleted" in lines[-1]
    assert cli("history", "nobody").code == 4


def test_why_shows_what_a_memory_rests_on_with_the_path(cli: Cli, spoken: str) -> None:
    other = cli("add", "The harbour is safe.", "--json").json["sources"][0]["root"]
    cli("link", other, spoken, "DEPENDS_ON")
    rows = [line.split("\t") for line in cli("why", other).out.splitlines()]
    assert ["rests on", spoken] == next(row[:2] for row in rows if row[0] == "rests on")
    assert f"{other} -DEPENDS_ON-> {spoken}" in cli("why", other).out
    assert cli("why", other, "--json").json["reasons"][0]["path"][0]["kind"] == "DEPENDS_ON"


def test_diff_shows_what_is_new_since_a_time(cli: Cli, spoken: str) -> None:
    told = cli("diff", "--from", "2020-01-01", "--json").json
    assert spoken in {each["id"] for each in told["memories"]}
    assert f"added\t{spoken}" in cli("diff", "--from", "2020-01-01").out
    assert cli("diff", "--from", "2020-01-01", "--to", "2020-01-02").err.strip() == "nothing differs"
    assert cli("diff", "--from", "2020-01-02", "--to", "2020-01-01").code == 3
    assert cli("diff", "--from", "2020-01-01", "--of", "felt").code == 3
    assert cli("diff").code == 2


def test_erase_lists_every_place_it_looked_at(cli: Cli, spoken: str) -> None:
    ran = cli("erase", spoken, "--yes", "--reason", "asked", "--json")
    assert ran.code == 0 and ran.json["ok"]
    assert {place["place"] for place in ran.json["places"]} >= {"graph", "vectors", "full text", "history", "files"}
    assert cli("erase", spoken, "--yes").code == 4
    assert "erased" in cli("history", spoken).err


def test_erase_ends_with_1_and_names_what_is_left(cli: Cli, spoken: str) -> None:
    other = cli("add", "Once more: Anna signed off the valve on Monday.", "--json").json["sources"][0]["root"]
    ran = cli("erase", spoken, "--yes", "--json")
    assert ran.code == 1
    assert not ran.json["ok"] and ran.error["error"] == "StillThere" and ran.error["data"]["left"]["graph"] == [other]


def test_search_says_what_was_once_known_beside_its_hits(cli: Cli) -> None:
    cli("add", "--text", "The winch was painted red.")
    key = cli("add", "--text", KEY, "--json").json["sources"][0]["root"]
    asked = ("search", "where is the spare key of the cabin?")
    assert cli(*asked).err == ""
    cli("delete", key)
    ran = cli(*asked, "--json")
    assert "nothing took its place" in ran.error["note"] and KEY in ran.error["note"]
    assert key not in {row["id"] for row in ran.rows}
    assert "once known" in cli(*asked, "--all-cubes").err


@given(st.none() | TIMES, st.none() | TIMES, TIMES, st.integers(1, 60), st.booleans())
def test_a_bar_has_its_width_whatever_is_drawn(
    start: datetime | None, end: datetime | None, low: datetime, width: int, event: bool
) -> None:
    high = datetime(2051, 1, 1, tzinfo=UTC)
    if start is not None and end is not None and end < start:
        start, end = end, start
    assert len(bar(start, end, low, high, event=event, width=width)) == width


def test_bars_show_what_is_open_what_is_short_and_what_happened_once() -> None:
    def drawn(start: int | None, end: int | None, *, event: bool = False) -> str:
        times = [None if day is None else datetime(2025, 1, day, tzinfo=UTC) for day in (start, end)]
        return bar(times[0], times[1], LOW, HIGH, event=event, width=10)

    assert drawn(None, None) == "◄━━━━━━━━►"
    assert drawn(1, 6) == "━━━━━·····"
    assert drawn(6, None) == "·····━━━━►"
    assert drawn(3, 3) == "··━·······"
    assert drawn(4, None, event=True) == "···◆······"
