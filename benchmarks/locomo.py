"""Retrieval over LoCoMo: ten long chats, 1,536 answerable questions, no language model.

Every conversation becomes a cube through the public API; every ranking is measured in the same run over the same cubes.
The file is given by its path and never shipped (CC BY-NC 4.0).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import memos_graph
from benchmarks import baselines, corrections
from benchmarks import locomo_more as more
from benchmarks.locomo_more import TOP_K, Chat, Peers
from benchmarks.locomo_report import make_report
from benchmarks.locomo_scores import ANSWERABLE, OURS, Answer, Ingested, Measured
from benchmarks.machine import disk_mb, memory_mb
from benchmarks.metrics import fuse
from benchmarks.report import Report
from benchmarks.watching import timed, watched
from memos_graph.app import Graph
from memos_graph.services.embed import embed_whole
from memos_ingest import Conversation, Question, read_locomo, read_questions

SHA256 = "216f944bb8681c582b7492e4cbba699f12df4e16269ee8c1e101fb34b047af0c"
DEEP = 250  #: how far rankings are read for sessions and token budgets: 4,000 tokens are 100 to 160 turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a run is to measure besides our default and the plain rankings."""

    plain: bool = False  #: no presets, no ladder, no edge switched off, no masked chats
    corrections: Path | None = None  #: an audit's keys
    peers: Peers | None = None


def run(data: Path, folder: Path, *, any_file: bool = False, conversations: int | None = None,
        wanted: Wanted = Wanted()) -> Report:  # fmt: skip
    """The report over the LoCoMo file `data`, with the store in `folder`.

    ValueError for a file with another sha256 than the pinned one, unless `any_file`: figures over another file do not
    compare. ValueError too for corrections that fit no question.
    """
    found, taken, every = read_data(data, any_file=any_file, conversations=conversations)
    corrected = corrections.read(wanted.corrections, every) if wanted.corrections else None
    questions = of_chats(every, taken)
    path = folder / "locomo.graph"
    with memos_graph.open(path) as graph:
        graph.context.embedder.embed(["warm"])  # loading the model is not taking in
        ingested = _ingest(graph, taken)
        chats = {chat.id: _chat(graph, chat) for chat in watched(taken, "embedding for the dated baseline")}
        asked = _asked(questions, chats)
        answers = [_answer(graph, chats[q.conversation_id], place, q) for place, q in watched(asked, "asking")]
        measured = Measured(
            sha256=found, ingested=ingested, answers=tuple(answers), memory=memory_mb(), disk_mb=disk_mb(path),
            left_out=len(questions) - len(answers), embedder=graph.context.embedder.model, deep=DEEP,
            turns={chat.id: sum(len(s.messages) for s in chat.sessions) for chat in taken},
            tokens={identity: chat.tokens for identity, chat in chats.items()},
            more=tuple(answer for answer in answers if answer.category in ANSWERABLE),
        )  # fmt: skip
        if not wanted.plain:
            measured = more.by_presets(measured, graph, chats)
            measured = more.by_ladder(measured, graph, chats)
            measured = more.by_ablation(measured, graph, chats)
            measured = more.without_names(measured, taken, folder / "masked.graph")
        if wanted.peers:
            measured = more.by_peers(measured, graph, chats, wanted.peers, folder / "peers")
    return make_report(replace(measured, corrected=more.corrected(measured, corrected)) if corrected else measured)


def read_data(data: Path, *, any_file: bool, conversations: int | None
              ) -> tuple[str, Sequence[Conversation], tuple[Question, ...]]:  # fmt: skip
    """The file's sha256, its first `conversations` (None: all), and all its questions. ValueError as for `run`."""
    content = data.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256 and not any_file:
        raise ValueError(f"{data} has sha256 {found}, expected {SHA256}; --any-file measures it all the same")
    value = json.loads(content)
    return found, read_locomo(value, name=data.name)[:conversations], read_questions(value, name=data.name)


def of_chats(every: Sequence[Question], taken: Sequence[Conversation]) -> list[tuple[int, Question]]:
    """The questions about `taken`, each with its place in the data."""
    known = {chat.id for chat in taken}
    return [(place, question) for place, question in enumerate(every) if question.conversation_id in known]


def _ingest(graph: Graph, chats: Sequence[Conversation]) -> Ingested:
    """Every conversation in a cube of its own, and how long that took, embedding and disk included."""
    nodes = edges = 0
    with timed() as took:
        for chat in watched(chats, "feeding"):
            report = graph.cube(_cube(chat)).add_conversation(chat)
            nodes, edges = nodes + len(report.nodes), edges + len(report.edges)
    turns = sum(len(session.messages) for chat in chats for session in chat.sessions)
    return Ingested(turns=turns, nodes=nodes, edges=edges, seconds=took.seconds, memory=memory_mb())


def _cube(chat: Conversation) -> str:
    return f"chat-{chat.id}"


def _chat(graph: Graph, chat: Conversation) -> Chat:
    cube = _cube(chat)
    messages = [message for session in chat.sessions for message in session.messages]
    count = graph.context.embedder.count_tokens
    return Chat(
        conversation=chat, cube=cube,
        turns=more.turns_of(graph, cube),
        tokens={message.id: count(f"{message.speaker}: {message.text}") for message in messages},
        dated=baselines.embed_dated(graph.context.embedder, chat),
    )  # fmt: skip


def _asked(questions: Sequence[tuple[int, Question]], chats: Mapping[str, Chat]) -> list[tuple[int, Question]]:
    """Those that name at least one turn that there is, each with its place in the data."""
    return [(at, q) for at, q in questions if any(e in chats[q.conversation_id].tokens for e in q.evidence)]


def _answer(graph: Graph, chat: Chat, place: int, question: Question) -> Answer:
    """One question by every ranker. Only the first search is timed, and it alone says the first `TOP_K` of our ranking.

    The deeper one, for token budgets, looks at more BM25 candidates and might order them otherwise.
    """
    handle = graph.cube(chat.cube, create=False)
    with timed() as took:
        first = handle.search(question.question, top_k=TOP_K)
    deep = handle.search(question.question, top_k=DEEP)
    (query,) = embed_whole(graph.context.embedder, [question.question])
    words = baselines.bm25(graph, chat.cube, chat.turns, question.question, DEEP)
    near = baselines.dense(graph, chat.cube, chat.turns, query, DEEP)
    dated = baselines.dense_dated(chat.dated, query, DEEP)
    found = dict.fromkeys(chat.turns[hit.id] for hit in (*first, *deep) if hit.id in chat.turns)
    return Answer(
        conversation=chat.conversation.id, category=question.category,
        evidence=tuple(e for e in question.evidence if e in chat.tokens), milliseconds=took.seconds * 1000,
        rankings={
            OURS: list(found), "dense": near, "dense, dated": dated, "BM25": words, "RRF": fuse([near, words]),
            "RRF, dated": fuse([dated, words]),
        },
        question=question.question, place=place, chance=more.chance(handle, question.question),
    )  # fmt: skip
