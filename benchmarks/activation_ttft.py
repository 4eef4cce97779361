"""Time to the first token over HTTP: memories of several sizes before questions of several lengths.

Every prompt is the product's: the prefix that `build_prefix` makes, the messages that a chat sends, the salt that goes
with them. Questions differ from their first word on, so that nothing but the prefix can be found cached.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from benchmarks.activation_server import Server, opened
from benchmarks.watching import watched
from benchmarks.world.facts import Remark, Statement
from benchmarks.world.generate import make
from memos_graph.app import CubeHandle
from memos_graph.engines.chatting.turns import messages_of
from memos_graph.model.chat import ChatMessage, ChatReply
from memos_graph.model.prefix import Prefix, WarmUp

Arm = Literal["cold", "warm", "unaligned", "shuffled"]
ARMS: tuple[Arm, ...] = ("cold", "warm", "unaligned", "shuffled")
SIZES = (500, 1000, 2000)  #: tokens of memory
ASKED = (30, 300)  #: tokens of a question
_ANSWER = 2  #: tokens: the first is what is waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One request."""

    size: int  #: of `SIZES`
    asked: int  #: of `ASKED`
    arm: Arm
    number: int  #: of the round
    seconds: float  #: from the request to the first piece of text
    prefix: int  #: tokens before the user's own words
    prompt: int | None  #: tokens of all of it; None: the server does not say
    cached: int | None  #: likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """All requests, and what was sent."""

    samples: tuple[Sample, ...]
    warmed: tuple[tuple[int, WarmUp], ...]  #: by size
    memories: tuple[tuple[int, int], ...]  #: by size, how many stand in the prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class _Memory:
    size: int
    prefix: Prefix
    unaligned: Prefix  #: the same memories without padding


def measure(server: Server, folder: Path, *, rounds: int, sizes: Sequence[int] = SIZES, asked: Sequence[int] = ASKED,
            seed: int = 1) -> Timed:  # fmt: skip
    """`rounds` requests of each arm, size and question, in an order drawn anew for each round."""
    draw = random.Random(seed)
    with opened(server, folder / "ttft.graph", tokens=max(sizes)) as graph:
        memories, warmed = [], []
        for size in sizes:
            kb = graph.cube(f"memory-{size}")
            kb.add(list(_texts(size)))
            prefix = _of_size(kb, size, server.block)
            warmed.append((size, kb.warm_prefix()))
            memories.append(_Memory(size=size, prefix=prefix, unaligned=_unpadded(server, prefix)))
            _first(server, _messages(server, memories[-1].unaligned, 30, draw), prefix.salt)
    cases = [(memory, length, arm) for memory in memories for length in asked for arm in ARMS]
    samples: list[Sample] = []
    for number in watched(range(rounds), "times to the first token"):
        draw.shuffle(cases)
        samples += (_sample(server, memory, length, arm, number, draw) for memory, length, arm in cases)
    return Timed(samples=tuple(samples), warmed=tuple(warmed),
                 memories=tuple((each.size, len(each.prefix.entries)) for each in memories))  # fmt: skip


def _sample(server: Server, memory: _Memory, length: int, arm: Arm, number: int, draw: random.Random) -> Sample:
    prefix = memory.unaligned if arm == "unaligned" else memory.prefix
    text = _shuffled(prefix.text, draw) if arm == "shuffled" else prefix.text
    salt = f"{draw.getrandbits(128):032x}" if arm == "cold" else prefix.salt
    seconds, reply = _first(server, _messages(server, prefix, length, draw, text), salt)
    return Sample(size=memory.size, asked=length, arm=arm, number=number, seconds=seconds, prefix=prefix.tokens,
                  prompt=reply.usage.prompt, cached=reply.usage.cached)  # fmt: skip


def _first(server: Server, messages: Sequence[ChatMessage], salt: str) -> tuple[float, ChatReply]:
    """Seconds to the first piece of text (to the end, when the model has nothing to say), and the whole reply."""
    came = 0.0
    began = time.perf_counter()
    for piece in server.chat.stream(messages, max_tokens=_ANSWER, salt=salt):
        came = came or time.perf_counter() - began
        if isinstance(piece, ChatReply):
            return came, piece
    raise AssertionError("a stream ends with its reply")


def _messages(server: Server, prefix: Prefix, length: int, draw: random.Random,
              text: str = "") -> tuple[ChatMessage, ...]:  # fmt: skip
    """What a chat sends, with a question of `length` tokens; text: in place of the prefix's own."""
    question = question_of(length, draw, lambda words: _tokens(server, prefix, words))
    return messages_of(text or prefix.text, (), question, template="")


def _tokens(server: Server, prefix: Prefix, words: str) -> int:
    """Tokens of `words` as the user's message, about: what the template puts behind it is taken off."""
    head = messages_of("Answer.", (), "", template="")
    if server.tells.tokens(head) is None:
        return len(words) * 2 // 9  # English is four and a half characters a token, about
    return len(server.ids(messages_of("Answer.", (), words, template=""))) - len(server.ids(head))


def question_of(length: int, draw: random.Random, count: Callable[[str], int]) -> str:
    """A question of at most `length` tokens, as near as whole words come, that no other drawn one begins like."""
    words = [f"{draw.choice(_CALLS)}{draw.randrange(10**6)}:", *_ASK]
    while count(" ".join(words) + "?") < length:
        missing = length - count(" ".join(words) + "?")
        words += (draw.choice(_ASK) for _ in range(max(1, missing // 2)))
    while len(words) > 1 and count(" ".join(words) + "?") > length:
        words.pop()
    return " ".join(words) + "?"


def _shuffled(text: str, draw: random.Random) -> str:
    """`text` with the lines of its memories in another order."""
    lines = text.split("\n")
    at = [number for number, line in enumerate(lines) if line.startswith('{"n"')]
    for number, line in zip(at, draw.sample([lines[each] for each in at], len(at)), strict=True):
        lines[number] = line
    return "\n".join(lines)


def _of_size(kb: CubeHandle, size: int, block: int) -> Prefix:
    """The shortest prefix of `kb` that has `size` tokens; a build leaves part of what it may fill for later."""
    budget = size
    while (prefix := kb.build_prefix(tokens=budget, fresh=True)).tokens < size:
        if budget > 3 * size:
            raise ValueError(f"a prefix of {budget} tokens holds {prefix.tokens}: the memories do not fill it")
        budget += max(block, size - prefix.tokens)
    return prefix


def _unpadded(server: Server, prefix: Prefix) -> Prefix:
    """`prefix` without what fills its last block."""
    lines = prefix.text.split("\n")
    last = max(number for number, line in enumerate(lines) if line.startswith('{"n"'))
    text = "\n".join(lines[: last + 1])
    if server.tells.tokens((ChatMessage("user", "?"),)) is None:
        return replace(prefix, text=text)
    one, other = (server.ids(messages_of(text, (), word, template="")) for word in ("Why", "3?"))
    alike = next(at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return replace(prefix, text=text, tokens=alike)


def _texts(size: int) -> Iterator[str]:
    """What people said in a made-up world, two sentences at a time, some four characters a token."""
    said = [f"{one.speaker}: {one.chat}" for one in make(1).said if isinstance(one, Statement | Remark)]
    long = 0
    for first, second in zip(said[::2], said[1::2], strict=False):
        yield f"{first} {second}"
        long += len(first) + len(second)
        if long > 5 * size:
            return


_CALLS = ("Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ida", "Jo", "Kim", "Lea", "Max", "Ned", "Oda", "Pia")
_ASK = ("given", "all", "that", "you", "remember", "of", "these", "people", "and", "what", "they", "told", "you",
        "over", "years", "which", "would", "you", "ask", "first", "about", "it", "and", "why")  # fmt: skip
