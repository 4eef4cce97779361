"""Have a server read a prefix before anybody waits for it, and prove that it is found again.

What is sent is what a chat sends: the same system message, through the same chat template, with the same salt, and
other words after it. A warm-up that is not found is an error in the log and in the stats, with the reason where one can
be told. Declines to know how a prefix is made.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from memos_graph.model.chat import CacheCounters, ChatMessage, ChatReply
from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.model.prefix import Prefix, PrefixStats, WarmUp
from memos_graph.ports_language import NO_LANGUAGE_MODEL, ChatModel
from memos_graph.services.context import Context
from memos_graph.services.prefix.misses import reason_of
from memos_graph.services.prefix.stats import flush

_log = logging.getLogger("memos_graph.prefix")
_WORDS = ("Hello", "Why")  #: two users' words, which have no first token in common
_TRIES = 3  #: of proofs by counters, which anyone else who asks spoils
_LATE_S = 0.05  #: seconds that counters may lag behind an answer
_LOOKS = 10


def warm(context: Context, prefix: Prefix, *, pause: Callable[[float], None] = time.sleep) -> WarmUp:
    """What sending `prefix` did, and what a second request found of it. Two requests of one token's answer.

    Proved by the usage of the second answer; where it says nothing, by the server's counters, if nobody else asked
    meanwhile. Counted in the stats of the first cube by name. `NotSupported` without a chat model, `Invalid` for a
    prefix without memories; the model's errors.
    """
    model = context.language
    if not isinstance(model, ChatModel):
        raise NotSupported("chat", NO_LANGUAGE_MODEL)
    if not prefix.entries:
        raise Invalid("prefix", ", ".join(prefix.cubes), "no memories are in it: `memos-graph prefix show` says why")
    began = time.perf_counter()
    first = _send(model, prefix, _WORDS[0])
    took = time.perf_counter() - began
    proof = _prove(context, model, prefix, pause)
    length = prefix.tokens if proof.prompt is None else min(prefix.tokens, proof.prompt)
    done = WarmUp(
        digest=prefix.digest, tokens=length, read=None if first.usage.cached is None else first.usage.prefilled,
        proved=proof.cached, told_by=proof.told_by, seconds=took,
        reason=reason_of(context, prefix, length=length, cached=proof.cached),
    )  # fmt: skip
    _tell(context, prefix, done)
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """What a second request found."""

    cached: int | None
    prompt: int | None
    told_by: Literal["usage", "metrics", ""]


def _send(model: ChatModel, prefix: Prefix, words: str) -> ChatReply:
    messages = (ChatMessage("system", prefix.text), ChatMessage("user", words))
    return model.chat(messages, max_tokens=1, salt=prefix.salt)


def _prove(context: Context, model: ChatModel, prefix: Prefix, pause: Callable[[float], None]) -> _Proof:
    """What other words after the same prefix find cached."""
    server = context.prefix_server
    prompt: int | None = None
    for _ in range(_TRIES):
        before = None if server is None else server.counters()
        usage = _send(model, prefix, _WORDS[1]).usage
        prompt = usage.prompt
        if usage.cached is not None:
            return _Proof(cached=usage.cached, prompt=prompt, told_by="usage")
        if before is None or prompt is None:
            break
        cached = _by_counters(context, before, prompt, pause)
        if cached is not None:
            return _Proof(cached=cached, prompt=prompt, told_by="metrics")
    return _Proof(cached=None, prompt=prompt, told_by="")


def _by_counters(context: Context, before: CacheCounters, prompt: int, pause: Callable[[float], None]) -> int | None:
    """Tokens found since `before` by one request of `prompt` tokens; None when others asked too, or it is not told."""
    for look in range(_LOOKS):
        after = None if context.prefix_server is None else context.prefix_server.counters()
        if after is None:
            return None
        asked = after.queried - before.queried
        if asked == prompt:
            return after.hit - before.hit
        if asked > prompt or asked < 0:  # others asked, or the server was started anew
            return None
        if look + 1 < _LOOKS:
            pause(_LATE_S)
    return None


def _tell(context: Context, prefix: Prefix, done: WarmUp) -> None:
    """The log and the stats have what became of it."""
    if done.proved is None:
        _log.warning("the prefix of %s was sent, and nobody tells whether it is cached: %s", prefix.cubes, done.reason)
    elif not done.hit:
        _log.error("the prefix of %s was warmed and is not found: %d of %d tokens cached; %s", prefix.cubes,
                   done.proved, done.tokens, done.reason)  # fmt: skip
    missed = done.proved is not None and not done.hit
    miss = f"{context.clock().isoformat()}: {done.proved} of {done.tokens} tokens; {done.reason}" if missed else ""
    sums = PrefixStats(warmed=1, missed=int(missed), last_miss=miss)
    if prefix.cubes:
        context.prefix_counts.add(min(prefix.cubes), sums)
        flush(context, (min(prefix.cubes),))
