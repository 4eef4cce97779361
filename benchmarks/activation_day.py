"""A day of chat, replayed: what each answer makes the model read, ours beside rank order and the whole history.

Ours is `CubeHandle.chat`, as anyone calls it. Rank order is the same chat without a prefix, with as many hits as bring
it the same recall of evidence. The whole history is every message told so far, the oldest left out where they don't
fit. Tokens are counted by the server's own tokenizer and a cache as the server keeps one; what is sent proves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Literal

from benchmarks.activation_cache import BlockCache
from benchmarks.activation_plan import Turn, Where
from benchmarks.activation_server import Counting, Read, Server, opened
from benchmarks.locomo_more import turns_of
from benchmarks.watching import watched
from memos_graph.app import CubeHandle, Graph
from memos_graph.app.chatting import chat_request
from memos_graph.engines.chatting.fitting import Kept
from memos_graph.engines.chatting.turns import memory_line, messages_of
from memos_graph.model.chat import ChatMessage
from memos_graph.model.graph import Node
from memos_graph.model.prefix import PrefixStats
from memos_graph.prompts import prompt
from memos_graph.services.chatting.laying import TEMPLATE, Laid, lay
from memos_graph.services.prefix.building import bare
from memos_ingest import Conversation

ArmName = Literal["ours", "rank order", "full history"]
DEEP = 1000  #: how far rankings are read: no chat here has as many messages
_CUBE = "day"
_SORRY = "Sorry, I got that wrong; this is how it was: "  #: what a correction puts before the words


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What is replayed, and how."""

    chat: Conversation
    turns: tuple[Turn, ...]
    where: Where  #: what is corrected
    context: int  #: tokens that a prompt and its answer may have together
    prefix: int  #: tokens of the prefix, at most
    sends: Mapping[ArmName, int]  #: by arm, how many of the first prompts go to the server


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question, as ours answered it and as others would."""

    turn: Turn
    read: Read
    recall: float  #: share of the evidence that our prompt held
    prefix: int  #: tokens of our prefix
    ranked: tuple[str, ...]  #: ids of messages in rank order, each of one line of `laid`
    laid: Laid  #: rank order's prompt, whole
    told: tuple[Node, ...]  #: every message so far, in the order of the talk


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """One day by our own chat."""

    day: Day
    asked: tuple[Asked, ...]
    stats: PrefixStats


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """The same day by another way to lay prompts out."""

    reads: tuple[Read, ...]
    recalls: tuple[float, ...]
    trimmed: int  #: prompts that were cut to fit


def ours(server: Server, store: Path, day: Day) -> Ours:
    """`day` replayed into a new graph at `store`."""
    cache = BlockCache(server.block, server.capacity)
    model = Counting(server=server, cache=cache, context=day.context, sends=_first(day, "ours"))
    asked: list[Asked] = []
    with opened(server, store, tokens=day.prefix, language=model) as graph:
        kb, told, ids = graph.cube(_CUBE), 0, dict[str, str]()
        for turn in watched(day.turns, f"{day.chat.id}, corrected {day.where}, {day.context} tokens"):
            if turn.told > told:
                _tell(kb, day.chat, told, turn.told)
                told, ids = turn.told, {message: node for node, message in turns_of(graph, _CUBE).items()
                                        if node.startswith("msg")}  # fmt: skip
            _correct(kb, turn, ids)
            asked.append(_ask(graph, kb, model, turn, _so_far(kb, day.chat, told, ids)))
        stats = kb.prefix_stats()
    return Ours(day=day, asked=tuple(asked), stats=stats)


def recall_in_rank(asked: Sequence[Asked], k: int) -> float:
    """Mean recall of the evidence among the first `k` hits."""
    return sum(_recall(each.turn, each.ranked[:k]) for each in asked) / len(asked)


def equal_recall(asked: Sequence[Asked], recall: float) -> int | None:
    """The fewest hits by which rank order reaches `recall` on average; None when all of them do not."""
    return next((k for k in range(1, DEEP + 1) if recall_in_rank(asked, k) >= recall - 1e-9), None)


def rank_order(server: Server, mine: Ours, k: int) -> Other:
    """The same questions with the first `k` hits before each, and no prefix."""

    def prompts(asked: Asked) -> tuple[tuple[ChatMessage, ...], tuple[str, ...], bool]:
        many = _most(len(asked.laid.lines[:k]), lambda n: asked.laid.messages(_hits(n)), server, mine.day.context)
        return asked.laid.messages(_hits(many)), asked.ranked[:many], many < min(k, len(asked.laid.lines))

    return _other(server, mine, "rank order", prompts)


def full_history(server: Server, mine: Ours) -> Other:
    """The same questions with all that was said before each, the newest where it does not fit."""

    def prompts(asked: Asked) -> tuple[tuple[ChatMessage, ...], tuple[str, ...], bool]:
        lines = [memory_line(number, node) for number, node in enumerate(asked.told, 1)]
        said = [node.sources[0].message or "" for node in asked.told]

        def laid(newest: int) -> tuple[ChatMessage, ...]:
            return messages_of(asked.laid.prefix.text, (), asked.turn.question, template=prompt(TEMPLATE),
                               lines=lines[len(lines) - newest :])  # fmt: skip

        many = _most(len(lines), laid, server, mine.day.context)
        return laid(many), tuple(said[len(said) - many :]), many < len(lines)

    return _other(server, mine, "full history", prompts)


def _other(server: Server, mine: Ours, arm: ArmName,
           prompts: Callable[[Asked], tuple[tuple[ChatMessage, ...], tuple[str, ...], bool]]) -> Other:  # fmt: skip
    """What `prompts` (messages, ids of the messages in them, whether they were cut) cost."""
    cache, day = BlockCache(server.block, server.capacity), mine.day
    model = Counting(server=server, cache=cache, context=day.context, sends=_first(day, arm))
    salt = token_hex(16)  # nobody has sent anything with it
    recalls, trimmed = [], 0
    for asked in watched(mine.asked, f"{day.chat.id}, {arm}"):
        messages, held, cut = prompts(asked)
        model.chat(messages, max_tokens=1, salt=salt)
        recalls.append(_recall(asked.turn, held))
        trimmed += cut
    return Other(reads=tuple(model.reads), recalls=tuple(recalls), trimmed=trimmed)


def _ask(graph: Graph, kb: CubeHandle, model: Counting, turn: Turn, told: tuple[Node, ...]) -> Asked:
    request = chat_request(turn.question, (_CUBE,), {"top_k": DEEP, "prefix": False}, None)
    laid = lay(graph.context, request, bare(graph.context, request.cubes))
    before = len(model.reads)
    answer = kb.chat(turn.question, max_tokens=1)
    held = [node.sources[0].message or "" for node in kb.get_many([i for _, i in answer.numbers.values()])]
    return Asked(
        turn=turn, read=model.reads[before], recall=_recall(turn, held), prefix=answer.prefix_tokens, laid=laid,
        ranked=tuple(hit.node.sources[0].message or "" for _, hit in laid.found), told=told,
    )  # fmt: skip


def _tell(kb: CubeHandle, chat: Conversation, first: int, last: int) -> None:
    """The sessions from `first` to before `last` are said."""
    for session in chat.sessions[first:last]:
        said = sha256(f"{chat.content_hash} {session.id}".encode()).hexdigest()
        kb.add_conversation(replace(chat, sessions=(session,), content_hash=said))


def _correct(kb: CubeHandle, turn: Turn, ids: Mapping[str, str]) -> None:
    for message in turn.corrected:
        node = kb.get(ids[message])
        kb.update(node.id, _SORRY + node.text, correction=True, reason="it was said wrongly")


def _so_far(kb: CubeHandle, chat: Conversation, told: int, ids: Mapping[str, str]) -> tuple[Node, ...]:
    said = [ids[message.id] for session in chat.sessions[:told] for message in session.messages]
    return kb.get_many(said)


def _recall(turn: Turn, held: Sequence[str]) -> float:
    return len(set(turn.evidence).intersection(held)) / len(set(turn.evidence))


def _hits(many: int) -> Kept:
    return Kept(history=0, hits=many, prefix=0)


def _first(day: Day, arm: ArmName) -> Callable[[int], bool]:
    many = day.sends.get(arm, 0)
    return lambda number: number < many


def _most(many: int, laid: Callable[[int], tuple[ChatMessage, ...]], server: Server, context: int) -> int:
    """The most of `many` lines with which a prompt fits `context` with an answer of one token."""
    if len(server.ids(laid(many))) < context:
        return many
    low, high = 0, many  # low fits, high does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if len(server.ids(laid(middle))) < context else (low, middle)
    return low
