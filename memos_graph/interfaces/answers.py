"""An answer from memory, shown: as it comes, with what it cites, and why. Asks no model."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from memos_graph.interfaces.screen import Screen, clean, one_line
from memos_graph.interfaces.views import hit_json
from memos_graph.services.chatting.asking import ChatAnswer

_TEXT = 160  #: characters of a memory's text in a line


def shown(screen: Screen, pieces: Iterator[str | ChatAnswer]) -> ChatAnswer:
    """The answer, once all of it was shown: on a terminal piece by piece, with tokens and seconds; else in lines."""
    began, first, said = time.perf_counter(), 0.0, False
    for piece in pieces:
        if isinstance(piece, ChatAnswer):
            break
        first = first or time.perf_counter() - began
        if screen.terminal:
            sys.stdout.write(clean(piece))
            sys.stdout.flush()
            said = True
    else:
        raise AssertionError("the last piece is the answer")
    if screen.json:
        screen.value(answer_json(piece, first))
        return piece
    screen.line("" if said else clean(piece.text))
    _below(screen, piece, first)
    return piece


def answer_json(answer: ChatAnswer, first_token_s: float) -> dict[str, Any]:
    """All of an answer as JSON."""
    prefixed = {"digest": answer.prefix_digest, "tokens": answer.prefix_tokens}
    usage = {"prompt": answer.usage.prompt, "cached": answer.usage.cached, "completion": answer.usage.completion}
    return {
        "text": answer.text, "citations": [_citation(each) for each in answer.citations],
        "unknown": list(answer.unknown), "hits": [hit_json(hit, explain=False) for hit in answer.hits],
        "prefix": prefixed, "usage": usage, "finish": answer.finish, "model": answer.model,
        "trimmed": list(answer.trimmed), "remembered": answer.remembered, "not_remembered": answer.not_remembered,
        "first_token_s": round(first_token_s, 3),
    }  # fmt: skip


def why(screen: Screen, answer: ChatAnswer) -> None:
    """What an answer was made from: memories cited and found, each with its number and path."""
    for each in answer.citations:
        screen.line(f"cited [{each.number}] {each.id}  {one_line(each.text, _TEXT)}")
        screen.line(f"      path  {one_line(each.path)}")
    numbers = {at: number for number, at in answer.numbers.items()}
    for hit in answer.hits:
        number = numbers.get((hit.cube, hit.id))
        where = f"[{number}]" if number is not None else "left out"
        screen.line(f"found {where} {hit.id}  {one_line(hit.text, _TEXT)}")
        screen.line(f"      path  {one_line(hit.path)}")
    stood = len(answer.numbers) - sum(1 for hit in answer.hits if (hit.cube, hit.id) in numbers)
    screen.line(
        f"beside these {stood} memories in the prefix, {answer.prefix_tokens} tokens, {answer.prefix_digest[:12]}"
    )


def _below(screen: Screen, answer: ChatAnswer, first: float) -> None:
    for each in answer.citations:
        line = f"[{each.number}] {each.id} {one_line(each.text, _TEXT)}"
        screen.line(line if screen.terminal else f"[{each.number}]\t{each.id}\t{one_line(each.text)}")
    for note in notes(answer):
        screen.note(note)
    if screen.terminal:
        from rich.text import Text

        screen.show(Text(_costs(answer, first), style="dim"))


def notes(answer: ChatAnswer) -> list[str]:
    """What to know of an answer beside its words."""
    told = [f"left out for room: {line}" for line in answer.trimmed]
    if answer.unknown:
        told.append(f"cites what there is not: {', '.join(f'[{n}]' for n in answer.unknown)}")
    if answer.finish == "length":
        told.append("cut at --max-tokens")
    if answer.finish == "filter":
        told.append("the endpoint kept an answer back")
    if answer.not_remembered:
        told.append(f"not remembered: {answer.not_remembered}")
    return told


def _costs(answer: ChatAnswer, first: float) -> str:
    usage = answer.usage
    prompt = "tokens not told" if usage.prompt is None else f"{usage.prompt} tokens read"
    cached = "" if usage.cached is None else f", {usage.cached} of them cached"
    written = "" if usage.completion is None else f", {usage.completion} written"
    return f"{prompt}{cached}{written}; first after {first:.2f} s; {one_line(answer.model, 60)}"


def _citation(each: Any) -> dict[str, Any]:
    return {"number": each.number, "id": each.id, "cube": each.cube, "text": each.text, "path": each.path}
