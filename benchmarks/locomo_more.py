"""What a LoCoMo run measures besides the default recall: presets, edges switched off, chats without names, peers.

Each takes what was measured and gives it back with rankings added to `more`: the answerable questions, read to `TOP_K`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import memos_graph
from benchmarks import baselines, masking, variants
from benchmarks.corrections import Corrections
from benchmarks.locomo_scores import OURS, Answer, Cost, Measured
from benchmarks.machine import disk_mb, process_mb
from benchmarks.metrics import fuse
from benchmarks.peers import running, vectors, venvs
from benchmarks.watching import watched
from memos_graph.app import CubeHandle, Graph
from memos_graph.model.scope import everything
from memos_graph.services.embed import embed_whole
from memos_ingest import Conversation, Message

TOP_K = 20  #: of a search that is timed and scored


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One conversation, fed, with what the measuring needs to know of it."""

    conversation: Conversation
    cube: str
    turns: Mapping[str, str]  #: node id -> message id
    tokens: Mapping[str, int]  #: message id -> tokens of "speaker: text"
    dated: baselines.DatedTurns


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """Which peers run beside us, and what they may use."""

    home: Path  #: the folder of their virtual environments
    names: tuple[str, ...] = venvs.PEERS
    server: Mapping[str, str]  #: url, user and password of a Neo4j; empty without one
    process: tuple[int, Path] | None = None  #: of that server, and the folder of its data: for memory and disk
    timeout_s: float = 3600
    kept: Path | None = None  #: folder of outcomes of earlier runs


def chance(handle: CubeHandle, question: str) -> float | None:
    """How likely recall judges it that the cube holds an answer; None where it does not judge."""
    judge = getattr(handle, "answerability", None)
    return float(judge(question).probability) if judge else None


def by_presets(run: Measured, graph: Graph, chats: Mapping[str, Chat]) -> Measured:
    """With every preset of recall but the default, which is measured already."""
    named = {f"{OURS}, {name}": value for name, value in variants.presets().items() if name != "default"}
    for name, value in named.items():
        run = _added(run, name, partial(_search, graph, chats, profile=value))
    return replace(run, presets=tuple(named))


def by_ladder(run: Measured, graph: Graph, chats: Mapping[str, Chat]) -> Measured:
    """With the stages of recall added one by one; the last step is the default, which is measured already."""
    steps = variants.ladder()
    for name, value in list(steps.items())[:-1]:
        run = _added(run, name, partial(_search, graph, chats, profile=value))
    return replace(run, ladder=tuple(steps)[:-1])


def by_ablation(run: Measured, graph: Graph, chats: Mapping[str, Chat]) -> Measured:
    """With one kind of edge switched off after the other, and without any."""
    blind = variants.ablations(graph, tuple(chat.cube for chat in chats.values()))
    for name, seen in blind.items():
        run = _added(run, name, partial(_search, seen, chats))
    return replace(run, ablations=tuple(blind))


def without_names(run: Measured, taken: Sequence[Conversation], path: Path) -> Measured:
    """On chats and questions without speakers' names, in a store of their own at `path`; RRF beside it."""
    ours, plain = f"{OURS}, names masked", "RRF, names masked"
    with memos_graph.open(path) as graph:
        names = {chat.id: masking.speakers(chat) for chat in taken}
        turns: dict[str, dict[str, str]] = {}
        for chat in watched(taken, "feeding without names"):
            graph.cube(_masked_cube(chat.id)).add_conversation(masking.masked(chat))
            turns[chat.id] = turns_of(graph, _masked_cube(chat.id))

        def both(answer: Answer) -> dict[str, Sequence[str]]:
            question = masking.hide(answer.question, names[answer.conversation])
            cube, known = _masked_cube(answer.conversation), turns[answer.conversation]
            hits = graph.cube(cube, create=False).search(question, top_k=TOP_K)
            (query,) = embed_whole(graph.context.embedder, [question])
            near = baselines.dense(graph, cube, known, query, 5 * TOP_K)
            words = baselines.bm25(graph, cube, known, question, 5 * TOP_K)
            found = list(dict.fromkeys(known[hit.id] for hit in hits if hit.id in known))
            return {ours: found, plain: fuse([near, words])[:TOP_K]}

        more = [replace(a, rankings={**a.rankings, **both(a)}) for a in watched(run.more, "asking without names")]
    return replace(run, more=tuple(more), masked=(ours, plain))


def by_peers(run: Measured, graph: Graph, chats: Mapping[str, Chat], peers: Peers, folder: Path) -> Measured:
    """By other systems over the same turns, one after the other; those that can't run are kept with the reason."""
    folder.mkdir()
    asked = {identity: [a for a in run.more if a.conversation == identity] for identity in chats}
    embedder = graph.context.embedder
    task: dict[str, Any] = {
        "chats": [_chat_task(graph, chat, asked[identity]) for identity, chat in chats.items()], "top_k": TOP_K,
        "model": embedder.model, "dimension": embedder.dimension, "server": dict(peers.server),
    }  # fmt: skip
    found: dict[str, Cost | str] = {}
    for peer in watched(peers.names, "peers"):
        with vectors.serving(embedder) as url:  # a new one each: no peer profits from what another asked
            done = running.run(peer, peers.home, {**task, "vectors_url": url}, folder, timeout_s=peers.timeout_s,
                               kept=peers.kept)  # fmt: skip
        name = done.version.replace("==", " ")
        if done.why_not:
            found[name] = done.why_not
            continue
        rankings = {a.place: r for key, of in asked.items() for a, r in zip(of, done.rankings[key], strict=True)}
        run = _added(run, name, partial(_of_place, rankings))
        found[name] = _cost(done, sum(run.turns.values()), peers.process if peer == "neo4j_graphrag" else None)
    return replace(run, peers=found)


def corrected(run: Measured, audit: Corrections) -> tuple[Answer, ...]:
    """The answers of `more` with an audit's keys; those that it takes out, or whose turns are not there, left out."""
    fixed = []
    for answer in run.more:
        known = run.tokens[answer.conversation]
        evidence = tuple(turn for turn in audit.of(answer.place, answer.evidence) if turn in known)
        if evidence:
            fixed.append(replace(answer, evidence=evidence))
    return tuple(fixed)


def turns_of(graph: Graph, cube: str) -> dict[str, str]:
    """Node id -> message id, for every node of `cube` that is a turn or a picture sent with one."""
    pieces = graph.context.store.match(everything(cube), filter=baselines.TURNS, limit=1_000_000)
    return {node.id: node.sources[0].message or "" for node in pieces}


def _added(run: Measured, ranker: str, rank: Callable[[Answer], Sequence[str]]) -> Measured:
    more = [replace(a, rankings={**a.rankings, ranker: rank(a)}) for a in watched(run.more, ranker)]
    return replace(run, more=tuple(more))


def _of_place(rankings: Mapping[int, Sequence[str]], answer: Answer) -> Sequence[str]:
    return rankings[answer.place]


def _search(graph: Graph, chats: Mapping[str, Chat], answer: Answer, **options: Any) -> list[str]:
    chat = chats[answer.conversation]
    hits = graph.cube(chat.cube, create=False).search(answer.question, top_k=TOP_K, **options)
    return list(dict.fromkeys(chat.turns[hit.id] for hit in hits if hit.id in chat.turns))


def _masked_cube(identity: str) -> str:
    return f"masked-{identity}"


def _chat_task(graph: Graph, chat: Chat, asked: Sequence[Answer]) -> dict[str, Any]:
    """The chat as `kit.Task` has it: turns in order, with the names that our own feeding found in them."""
    cube = graph.cube(chat.cube, create=False)
    named: dict[str, list[str]] = {}
    edges = cube.edges(kinds={"MENTIONS"})
    entities = {node.id: node.key or node.text for node in cube.get_many(sorted({edge.to_id for edge in edges}))}
    for edge in edges:
        turn, name = chat.turns.get(edge.from_id), entities.get(edge.to_id)
        if turn and name and name not in named.setdefault(turn, []):
            named[turn].append(name)
    turns = [
        {"id": m.id, "speaker": m.speaker, "text": _told(m), "time": m.time.isoformat() if m.time else "",
         "names": sorted(named.get(m.id, []))}
        for s in chat.conversation.sessions
        for m in s.messages
    ]  # fmt: skip
    return {"id": chat.conversation.id, "turns": turns, "questions": [a.question for a in asked]}


def _told(message: Message) -> str:
    captions = " ".join(f"[{image.caption}]" for image in message.images if image.caption)
    return f"{message.speaker}: {message.text} {captions}".strip()


def _cost(done: running.Outcome, turns: int, server: tuple[int, Path] | None) -> Cost:
    memory, disk = done.memory_mb, done.disk_mb
    if server:
        memory, disk = memory + process_mb(server[0])["peak"], disk + disk_mb(server[1])
    return Cost(milliseconds=done.milliseconds, turns_per_second=turns / done.seconds, memory_mb=memory, disk_mb=disk)
