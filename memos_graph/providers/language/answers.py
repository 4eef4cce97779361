"""What a chat completions endpoint answered, read with care: every field may be missing or of another type.

OpenAI API reference, "The chat completion object" and "The chat completion chunk object"; events as the HTML standard,
"Server-sent events", has them. Declines to know connections.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from memos_graph.model.chat import ChatReply, Finish, TokenUsage

_FINISHES: Mapping[str, Finish] = {"stop": "stop", "length": "length", "content_filter": "filter"}
_NAME = 200  #: characters of a model's name that are kept


class OtherForm(Exception):
    """An answer that is no chat completion."""


def reply_of(data: bytes, model: str) -> ChatReply:
    """The reply that a whole answer is; model: where the server names none. `OtherForm` else.

    A refusal has the text "" and the finish "filter".
    """
    told = _object(data)
    choices = told.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise OtherForm("it has no choices")
    message = choices[0].get("message")
    if not isinstance(message, dict):
        raise OtherForm("it has no message")
    refused = message.get("content") is None and isinstance(message.get("refusal"), str)
    return ChatReply(
        text=_text(message.get("content")), model=_name(told, model), usage=usage_of(told.get("usage")),
        finish="filter" if refused else _finish(choices[0]) or "other",
    )  # fmt: skip


def pieces(events: Iterable[str], model: str) -> Iterator[str | ChatReply]:
    """The texts in a stream's `events` as they come, then the reply they make. `OtherForm` for another form.

    Without a reply at the end, the stream was cut: it said neither why it finished nor [DONE].
    """
    texts: list[str] = []
    finish: Finish | None = None
    usage = TokenUsage()
    for event in events:
        if event.strip() == "[DONE]":
            finish = finish or "other"
            break
        told = _object(event)
        if told.get("error"):
            raise OtherForm(f"it broke off: {_error(told['error'])}")
        model = _name(told, model)
        usage = usage_of(told["usage"]) if told.get("usage") else usage
        choices = told.get("choices")
        if not isinstance(choices, list):
            raise OtherForm("it has no choices")
        for choice in choices[:1]:
            delta = choice.get("delta") if isinstance(choice, dict) else None
            if not isinstance(delta, dict):
                raise OtherForm("it has no delta")
            if text := _text(delta.get("content")):
                texts.append(text)
                yield text
            finish = _finish(choice) or finish
    if finish is not None:
        yield ChatReply(text="".join(texts), model=model, finish=finish, usage=usage)


def events_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """The data of each server-sent event in `chunks`, however they were cut."""
    waiting, data = bytearray(), list[str]()
    for chunk in chunks:
        start = len(waiting)
        waiting += chunk
        while (end := waiting.find(b"\n", start)) >= 0:
            line = bytes(waiting[:end]).rstrip(b"\r")
            del waiting[: end + 1]
            start = 0
            if line.startswith(b"data:"):
                data.append(line[5:].decode(errors="replace").removeprefix(" "))
            elif not line and data:
                yield "\n".join(data)
                data.clear()
    if data:  # the last event lacks its empty line with some servers
        yield "\n".join(data)


def models_of(data: bytes) -> list[dict[str, Any]]:
    """What an answer of /models says of each model; none where it lists none. `OtherForm` for no JSON object."""
    rows = _object(data).get("data")
    return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []


def usage_of(told: Any) -> TokenUsage:
    """The tokens that `told` counts; None for each that is no count."""
    if not isinstance(told, dict):
        return TokenUsage()
    details = told.get("prompt_tokens_details")
    prompt, completion = _count(told.get("prompt_tokens")), _count(told.get("completion_tokens"))
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    if prompt is None or (cached is not None and cached > prompt):
        cached = None  # no part of it
    return TokenUsage(prompt=prompt, cached=cached, completion=completion)


def both(one: TokenUsage, other: TokenUsage) -> TokenUsage:
    """The tokens of two requests together."""
    return TokenUsage(
        prompt=_sum(one.prompt, other.prompt), cached=_sum(one.cached, other.cached),
        completion=_sum(one.completion, other.completion),
    )  # fmt: skip


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _object(data: str | bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise OtherForm("it is no JSON") from error
    if not isinstance(told, dict):
        raise OtherForm("it is no JSON object")
    return told


def _text(content: Any) -> str:
    if content is None:
        return ""
    if not isinstance(content, str):
        raise OtherForm(f"its content is {type(content).__name__}, not text")
    return content.encode("utf-8", "replace").decode()  # lone surrogates can be written nowhere


def _finish(choice: Mapping[str, Any]) -> Finish | None:
    told = choice.get("finish_reason")
    return _FINISHES.get(told, "other") if isinstance(told, str) else None


def _name(told: Mapping[str, Any], model: str) -> str:
    name = told.get("model")
    return _text(name)[:_NAME] if isinstance(name, str) and name else model


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _error(told: Any) -> str:
    return str(told.get("message", told) if isinstance(told, dict) else told)
