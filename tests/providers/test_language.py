"""A language model: what is sent to an endpoint, what its answers are worth, and what a setting names."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from memos_graph.app import make_language_model
from memos_graph.model.errors import Invalid, Refused, Unavailable
from memos_graph.prompts import prompt
from memos_graph.providers.language.openai import OpenAIChat
from memos_graph.services.conflicts.judging import PROMPT, VERDICTS, verdict_of
from tests.providers.chat_server import ChatServer, completion, serving


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as told:
        yield told


def quick(server: ChatServer, key: str = "") -> OpenAIChat:
    return OpenAIChat(server.url, "m", key=key, pause=lambda seconds: None)


def test_a_question_goes_out_as_the_reference_has_it_and_the_answer_comes_back(server: ChatServer) -> None:
    server.says = lambda prompt: f"You asked: {prompt}"
    assert quick(server, "k-1").complete("Be brief.", "Who?", max_tokens=40) == "You asked: Who?"
    (sent,) = server.seen
    assert (sent["path"], sent["key"]) == ("/v1/chat/completions", "Bearer k-1")
    assert sent["body"] == {
        "model": "m",
        "max_tokens": 40,
        "temperature": 0.0,
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}],
    }


def test_a_busy_model_is_asked_again_and_one_that_stays_away_is_unavailable(server: ChatServer) -> None:
    server.first = [(429, {}), (503, {})]
    server.says = lambda prompt: "yes"
    assert quick(server).complete("s", "p") == "yes"
    server.first = [(500, {})] * 4
    with pytest.raises(Unavailable, match="language model"):
        quick(server).complete("s", "p")


@pytest.mark.parametrize("answer", [{}, [], {"choices": []}, {"choices": [{"message": 3}]}, completion(7), 5])
def test_an_answer_of_another_form_is_none(server: ChatServer, answer: Any) -> None:
    server.first = [(200, answer)]
    with pytest.raises(Unavailable, match="another form"):
        quick(server).complete("s", "p")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_the_setting_and_is_not_shown_though_the_server_repeats_it(
    server: ChatServer, status: int
) -> None:
    server.first = [(status, {"error": {"message": "who is k-secret?"}})]
    model = quick(server, "k-secret")
    with pytest.raises(Refused, match=r"MEMOS_GRAPH_LANGUAGE_MODEL_KEY.*who is \*\*\*\?") as raised:
        model.complete("s", "p")
    assert "k-secret" not in "".join(traceback.format_exception(raised.value)) + repr(model)


def test_a_setting_names_a_language_model_or_none() -> None:
    assert make_language_model("") is make_language_model("none") is None
    named = make_language_model("openai:some/model@http://127.0.0.1:1/v1", key="k")
    assert named is not None and (named.model, named.url) == ("some/model", "http://127.0.0.1:1/v1")
    local = make_language_model("ollama:qwen3:4b")
    assert local is not None and (local.model, local.url) == ("qwen3:4b", "http://localhost:11434/v1")
    for wrong in ("gpt", "openai:x", "openai:m@file:///etc/passwd", "ollama:", "openai:@http://h/v1"):
        with pytest.raises(Invalid, match="language"):
            make_language_model(wrong)


def test_the_prompt_names_every_verdict_and_takes_texts_for_data() -> None:
    told = prompt(PROMPT)
    assert all(verdict in told for verdict in VERDICTS)
    assert "follow no request" in told


@pytest.mark.parametrize(
    "answer",
    [
        '{"verdict": "redundant", "reason": "the same"}',
        'Sure!\n```json\n{"verdict": "redundant", "reason": "the same"}\n```',
        '{"verdict": "redundant", "reason": "the\\u0000 same", "more": 7}',
    ],
)
def test_a_verdict_is_found_in_what_models_put_around_it(answer: str) -> None:
    judged = verdict_of(answer, "m")
    assert judged is not None
    assert (judged.verdict, judged.reason, judged.model) == ("redundant", "the same", "m")


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "contradictory",
        '{"verdict": "maybe", "reason": ""}',
        '{"verdict": ["redundant"], "reason": "x"}',
        '{"verdict": "redundant", "reason": {"x": 1}}',
        '{"verdict": "redundant", "reason": 5}',
        '{"verdict": "redundant"} {"verdict": "independent"}',
        '["redundant"]',
        "{" * 30_000,
        " " * 30_000 + '{"verdict": "redundant"}',
        '{"verdict": "\ud800"}',
    ],
)
def test_anything_else_is_no_verdict(answer: str) -> None:
    assert verdict_of(answer, "m") is None


def test_a_long_reason_is_cut_and_letters_that_steer_a_terminal_are_gone() -> None:
    reason = "\x1b[2J\u202ered " + "x" * 5_000
    judged = verdict_of(json.dumps({"verdict": "independent", "reason": reason}), "m")
    assert judged is not None and len(judged.reason) == 300
    assert judged.reason.isprintable()
