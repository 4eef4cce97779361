"""explain and why-not on the command line: plain in a pipe, JSON when asked, drawn on a terminal, and as a picture."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

import memos_graph.interfaces.screen as screens
from memos_graph.interfaces.drawing.ways import MOST

from .conftest import Cli


@pytest.fixture
def told(cli: Cli) -> Cli:
    cli("add", "--text", "Anna Berg signed off the valve on Monday.", "Carl Dahl asked Anna Berg about the pump.")
    cli("add", "--text", "The shed is red.")
    return cli


def test_explain_as_json_has_every_part_and_arms_that_sum_to_the_score(told: Cli) -> None:
    ran = told("explain", "Who signed off the valve?", "--json")
    assert ran.code == 0
    assert set(ran.json) == {"query", "meanings", "stages", "hits", "lost", "answerability", "graph"}
    for hit in ran.json["hits"]:
        assert sum(hit["arms"].values()) == pytest.approx(hit["score"], abs=1e-4)
    assert 0 < ran.json["answerability"]["probability"] < 1


def test_explain_in_a_pipe_is_lines_with_tabs_and_no_colour(told: Cli) -> None:
    ran = told("explain", "What did Anna Berg sign?")
    assert ran.code == 0
    heads = {line.split("\t")[0] for line in ran.out.splitlines()}
    assert {"read as", "stages", "answerable", "1"} <= heads
    assert "\x1b" not in ran.out


def test_explain_on_a_terminal_draws_bars_for_the_arms(told: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screens, "_is_terminal", lambda stream: True)
    out = told("explain", "What did Anna Berg sign?").out
    assert "█" in out
    assert "answerable" in out


def test_the_picture_is_one_svg_with_the_query_and_its_hits(told: Cli, tmp_path: Path) -> None:
    ran = told("explain", "What did Anna Berg sign <b>off</b>?", "--picture", "ways.svg", "--json")
    assert ran.code == 0
    root = ElementTree.fromstring((tmp_path / "ways.svg").read_text(encoding="utf-8"))
    titles = [element.text for element in root.iter() if element.tag.endswith("}title")]
    assert "What did Anna Berg sign <b>off</b>?" in titles
    assert 1 < len(titles) <= MOST
    assert not [element for element in root.iter() if "href" in str(element.attrib)]


def test_explaining_where_nothing_is_found_still_says_how_the_query_was_read(cli: Cli) -> None:
    cli("cubes", "create", "default")
    ran = cli("explain", "anything?")
    assert ran.code == 0
    assert "read as" in ran.out
    assert "nothing found" in ran.err


def test_why_not_names_the_stage_in_words_and_as_json(told: Cli) -> None:
    hits = told("search", "Who signed off the valve?", "--json").rows
    first, second = hits[0]["id"], hits[1]["id"]
    assert told("why-not", "Who signed off the valve?", first, "--json").json["stage"] == "hit"
    ran = told("why-not", "Who signed off the valve?", second, "--top-k", "1")
    assert ran.code == 0
    assert ran.out.startswith("lost at: score\t")
    assert "what that has more" in ran.out
    kept = told("why-not", "Who signed off the valve?", first, "--kind", "Passage", "--json").json
    assert (kept["stage"], kept["reasons"][0]["field"]) == ("kind", "kind")
    assert told("why-not", "valve", "mem_nowhere").out.startswith("lost at: missing\t")


def test_a_bad_option_is_the_same_error_as_in_search(told: Cli) -> None:
    for arguments in (("--top-k", "0"), ("--filter", '{"nonsense": 1}'), ("--relativity", "2")):
        asked = [
            told(*command, *arguments).code for command in (("search", "x"), ("explain", "x"), ("why-not", "x", "n"))
        ]
        assert len(set(asked)) == 1
        assert asked[0] != 0
