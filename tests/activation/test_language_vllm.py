"""Our language model against a real vLLM: what it answers, streams, counts and refuses."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from memos_graph.model.chat import ChatMessage, ChatReply
from memos_graph.model.errors import ContextOverflow, Invalid
from memos_graph.providers.language.openai import OpenAIChat
from tests.servers.vllm import VLLM

ASK = [ChatMessage("system", "Answer in one word."), ChatMessage("user", "What is the capital of France?")]
LONG = [ChatMessage("system", "The harbour opens at six. " * 120), ChatMessage("user", "When?")]


@pytest.fixture
def model(vllm_server: VLLM) -> OpenAIChat:
    return OpenAIChat(vllm_server.url, vllm_server.model, timeout=120.0, pause=lambda seconds: None)


def test_a_stream_says_what_a_whole_answer_says_and_counts_the_same_tokens(model: OpenAIChat) -> None:
    whole = model.chat(ASK, max_tokens=8)
    *texts, reply = model.stream(ASK, max_tokens=8)
    assert isinstance(reply, ChatReply) and "".join(map(str, texts)) == reply.text
    assert whole.usage.prompt == reply.usage.prompt and whole.usage.prompt
    assert whole.text and reply.text  # the very words may differ: bfloat16 has ties (facts: models)


def test_an_answer_keeps_its_schema(model: OpenAIChat) -> None:
    form = {"type": "object", "properties": {"verdict": {"enum": ["CORRECT", "WRONG"]}}, "required": ["verdict"],
            "additionalProperties": False}  # fmt: skip
    judge = [ChatMessage("system", 'Say {"verdict": "CORRECT"} or {"verdict": "WRONG"}.'), *ASK[1:]]
    told = json.loads(model.chat(judge, max_tokens=32, schema=form).text)
    assert told["verdict"] in ("CORRECT", "WRONG")


def test_a_prompt_is_cached_for_its_salt_and_for_no_other(model: OpenAIChat) -> None:
    mine, other = f"t-{uuid4().hex}", f"t-{uuid4().hex}"
    asked = [model.chat(LONG, max_tokens=1, salt=salt).usage for salt in (mine, mine, other)]
    assert [usage.cached for usage in asked][::2] == [0, 0]
    assert asked[1].cached is not None and asked[1].cached >= 512
    *_, streamed = model.stream(LONG, max_tokens=1, salt=mine)
    assert isinstance(streamed, ChatReply) and streamed.usage.cached == asked[1].cached


def test_a_prompt_beyond_the_context_is_an_overflow_with_its_limit(model: OpenAIChat) -> None:
    most = model.context_tokens()
    assert most == 8192
    with pytest.raises(ContextOverflow) as raised:
        model.chat([ChatMessage("user", "word " * (most + 1))], max_tokens=1)
    assert raised.value.most == most and raised.value.found > most


def test_a_wrong_model_is_told_with_the_right_one(vllm_server: VLLM) -> None:
    with pytest.raises(Invalid, match=f"has .*{vllm_server.model}"):
        next(OpenAIChat(vllm_server.url, "no-such-model").stream(ASK))
