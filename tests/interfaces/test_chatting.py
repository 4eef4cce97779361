"""`memos-graph chat`: one question, a talk, and what it says when there is no model or it goes wrong."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from memos_graph.interfaces import answers
from memos_graph.interfaces import cli as command_line
from memos_graph.interfaces import screen as screens
from tests.servers.fake_vllm import FakeVLLM, fake_vllm

from .conftest import Cli


@pytest.fixture
def server(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVLLM]:
    with fake_vllm(answer=lambda _: "Anna did [1], I think [9].") as fake:
        monkeypatch.setenv("MEMOS_GRAPH_LANGUAGE_MODEL", f"openai:{fake.model}@{fake.url}")
        yield fake


def test_one_question_in_a_pipe_gives_the_answer_and_what_it_cites(cli: Cli, spoken: str, server: FakeVLLM) -> None:
    ran = cli("chat", "Who signed off the valve?")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "Anna did [1], I think [9].", f"[1]\t{spoken}\tAnna signed off the valve on Monday.",
    ]  # fmt: skip
    assert "cites what there is not: [9]" in ran.err


def test_a_question_may_come_from_a_pipe(cli: Cli, spoken: str, server: FakeVLLM) -> None:
    ran = cli("chat", stdin=b"Who signed off the valve?\n")
    assert ran.out.startswith("Anna did [1]")
    assert server.asked[-1]["messages"][-1]["content"].endswith("Who signed off the valve?")
    assert cli("chat", stdin=b" \n").code == 2


def test_json_holds_all_of_an_answer(cli: Cli, spoken: str, server: FakeVLLM) -> None:
    told = cli("chat", "Who signed off the valve?", "--json", "--no-prefix").json
    assert told["text"] == "Anna did [1], I think [9]."
    assert [(each["number"], each["id"]) for each in told["citations"]] == [(1, spoken)]
    assert told["unknown"] == [9]
    assert told["hits"][0]["id"] == spoken
    assert told["usage"]["prompt"] > 0
    assert told["finish"] == "stop"
    assert told["remembered"] == ""


def test_a_turn_is_kept_when_asked(cli: Cli, spoken: str, server: FakeVLLM) -> None:
    told = cli("chat", "Who signed off the valve?", "--remember", "--conversation", "valves", "--json").json
    assert told["remembered"]
    kept = [row["text"] for row in cli("list", "--kind", "Message", "--json").rows]
    assert sorted(kept) == ["Anna did, I think.", "Who signed off the valve?"]


def test_without_a_model_it_says_how_to_set_one_and_shows_what_was_found(cli: Cli, spoken: str) -> None:
    ran = cli("chat", "Who signed off the valve?")
    assert ran.code == 3
    assert "MEMOS_GRAPH_LANGUAGE_MODEL" in ran.err
    assert spoken in ran.out
    as_json = cli("chat", "Who signed off the valve?", "--json")
    assert as_json.json["text"] is None
    assert as_json.json["hits"][0]["id"] == spoken
    assert as_json.error["exit"] == 3


@pytest.mark.parametrize(
    ("set_to", "code", "said"),
    [
        ({"trouble": "garbage"}, 5, "language model at http"),
        ({"trouble": "cut"}, 5, "broke off"),
        ({"context": 400}, 3, "max_tokens"),
        ({"model": "other"}, 3, "other"),
    ],
)
def test_a_model_in_trouble_ends_with_a_code_and_a_sentence(
    cli: Cli, spoken: str, server: FakeVLLM, set_to: dict[str, Any], code: int, said: str
) -> None:
    for name, value in set_to.items():
        setattr(server, name, value)
    ran = cli("chat", "Who signed off the valve?", "--remember")
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert cli("list", "--kind", "Message", "--json").rows == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("chat", " "), 2), (("chat", "x", "--in", "absent"), 4), (("chat", "x", "--in", "a", "--all-cubes"), 3),
        (("chat", "x", "--temperature", "9"), 3), (("chat", "x", "--top-k", "0"), 3),
        (("chat", "x", "--turns", "-1"), 2),
    ],
)  # fmt: skip
def test_what_can_not_be_asked_is_said(
    cli: Cli, spoken: str, server: FakeVLLM, arguments: tuple[str, ...], code: int
) -> None:
    assert cli(*arguments).code == code
    assert server.asked == []


def test_several_cubes_are_asked(cli: Cli, spoken: str, server: FakeVLLM) -> None:
    cli("add", "Bo closed the valve.", "--cube", "south")
    for which in (("--all-cubes",), ("--in", "south", "--in", "default")):
        hits = cli("chat", "Who closed the valve?", "--json", *which).json["hits"]
        assert {hit["cube"] for hit in hits} == {"default", "south"}


Talking = Callable[[Sequence[str | type[BaseException]]], tuple[int, str, str]]


@pytest.fixture
def talk(cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Talking:
    """What a person types, an error for what their keys raise."""

    def run(lines: Sequence[str | type[BaseException]], *arguments: str) -> tuple[int, str, str]:
        typed = iter([*lines, EOFError])

        def read(_prompt: str = "") -> str:
            line = next(typed)
            if isinstance(line, str):
                return line
            raise line

        class Terminal:
            def isatty(self) -> bool:
                return True

        monkeypatch.setattr(builtins, "input", read)
        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr(screens, "_is_terminal", lambda _stream: True)
        capsys.readouterr()
        code = command_line.run(("chat", *arguments))
        monkeypatch.setattr(screens, "_is_terminal", lambda _stream: False)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def said_before(server: FakeVLLM) -> list[str]:
    return [message["content"] for message in server.asked[-1]["messages"][1:-1]]


def test_a_talk_carries_what_was_said_until_it_is_forgotten(spoken: str, server: FakeVLLM, talk: Talking) -> None:
    code, out, _ = talk(["Who signed it?", "", "And when?"])
    assert code == 0
    assert "Anna did [1], I think [9]." in out
    assert said_before(server) == ["Who signed it?", "Anna did, I think."]
    talk(["Who signed it?", "/forget", "And when?"])
    assert said_before(server) == []


def test_only_so_many_turns_go_along(spoken: str, server: FakeVLLM, talk: Any) -> None:
    talk(["One?", "Two?", "Three?"], "--turns", "1")
    assert said_before(server) == ["Two?", "Anna did, I think."]
    talk(["One?", "Two?"], "--turns", "0")
    assert said_before(server) == []


def test_why_shows_what_an_answer_was_made_from(spoken: str, server: FakeVLLM, talk: Talking) -> None:
    _, out, err = talk(["/why", "Who signed off the valve?", "/why", "/quit", "never asked"])
    assert "nothing was answered yet" in err
    assert f"cited [1] {spoken}" in out
    assert f"found [1] {spoken}" in out
    assert out.count("path") == 2
    assert len(server.asked) == 1


def test_a_terminal_is_told_tokens_and_seconds(spoken: str, server: FakeVLLM, talk: Talking) -> None:
    _, out, _ = talk(["Who signed off the valve?"])
    assert "tokens read" in out
    assert "cached" in out
    assert "first after" in out


def test_an_answer_that_is_stopped_is_dropped_and_the_talk_goes_on(
    cli: Cli, spoken: str, server: FakeVLLM, talk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = iter(["Anna ", ""])

    def shows(text: str) -> str:
        piece = next(pieces, text)
        if not piece:
            raise KeyboardInterrupt
        return piece

    monkeypatch.setattr(answers, "clean", shows)
    code, out, err = talk(["Who signed it?", "And when?"], "--remember")
    assert code == 0
    assert "stopped" in err
    assert out.startswith("Anna \n")
    assert said_before(server) == []
    assert len(cli("list", "--kind", "Message", "--json").rows) == 2


def test_one_question_that_is_interrupted_ends_so_and_nothing_is_kept(
    cli: Cli, spoken: str, server: FakeVLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_text: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(answers, "clean", stop)
    assert cli("chat", "Who signed it?").code == 130
    monkeypatch.setattr(screens, "_is_terminal", lambda _stream: True)
    assert cli("chat", "Who signed it?", "--remember").code == 130
    monkeypatch.setattr(screens, "_is_terminal", lambda _stream: False)
    assert cli("list", "--kind", "Message", "--json").rows == []


def test_a_failed_turn_is_told_and_the_talk_goes_on(spoken: str, server: FakeVLLM, talk: Talking) -> None:
    server.trouble = "cut"
    code, _, err = talk(["Who signed it?", "/why"])
    assert code == 0
    assert "broke off" in err
    assert "nothing was answered yet" in err


def test_a_talk_without_a_model_does_not_begin(spoken: str, talk: Talking) -> None:
    code, _, err = talk(["Who signed it?"])
    assert code == 3
    assert "MEMOS_GRAPH_LANGUAGE_MODEL" in err


def test_control_letters_of_an_answer_never_reach_a_terminal(spoken: str, server: FakeVLLM, talk: Talking) -> None:
    server.answer = lambda _: "Anna \x1b[2J did \u202e it"
    _, out, _ = talk(["Who signed it?"])
    assert "\x1b[2J" not in out
    assert "\u202e" not in out
