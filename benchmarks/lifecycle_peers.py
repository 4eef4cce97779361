"""The same story and the same questions for mem0 and Graphiti, each in its own environment, read by the same reader."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.lifecycle_reader import TOP_K, Found, Read
from benchmarks.peers import vectors
from benchmarks.peers.running import result_of
from benchmarks.peers.venvs import version
from benchmarks.world.facts import Deletion, Question, Statement, World
from benchmarks.world.truth import Truth
from memos_graph.ports import Embedder

PAST = ("previous", "events")  #: classes of questions about all that ever was


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to give the story to one peer."""

    peer: str
    name: str
    facts: bool  #: as facts; else as chat
    closing: bool = False  #: the caller also says what each new value ends


WAYS: tuple[Way, ...] = (
    Way(peer="mem0", name="mem0, facts", facts=True),
    Way(peer="graphiti", name="Graphiti, facts", facts=True),
    Way(peer="graphiti", name="Graphiti, facts, ends by the caller", facts=True, closing=True),
    Way(peer="mem0", name="mem0, chat", facts=False),
    Way(peer="graphiti", name="Graphiti, chat", facts=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of one way."""

    way: Way
    version: str
    why_not: str = ""
    found: dict[str, Found] = field(default_factory=dict)  #: by question
    seconds: float = 0.0
    milliseconds: tuple[float, ...] = ()


def ask_all(world: World, venvs: Path, folder: Path, embedder: Embedder, *, only: Sequence[str] = (),
            timeout_s: float = 3600) -> Iterator[Asked]:  # fmt: skip
    """Every way in turn; one that fails says why."""
    with vectors.serving(embedder) as url:
        for at, way in enumerate(way for way in WAYS if not only or way.peer in only):
            task = task_of(world, way) | {"vectors_url": url, "model": embedder.model, "dimension": embedder.dimension}
            done, why_not = result_of(
                "lifecycle", way.peer, venvs, task, folder / f"{way.peer}-{at}", timeout_s=timeout_s
            )
            if why_not:
                yield Asked(way=way, version=version(way.peer), why_not=why_not)
                continue
            yield Asked(
                way=way, version=version(way.peer), seconds=done["seconds"], milliseconds=tuple(done["milliseconds"]),
                found={name: _found(rows) for name, rows in done["found"].items()},
            )  # fmt: skip


def task_of(world: World, way: Way) -> dict[str, Any]:
    """The task as JSON values; see `peers.lifecycle_kit`."""
    closes = _closed(world, stated_only=not way.closing) if way.facts else {}
    said = []
    for one in world.said:
        if isinstance(one, Statement):
            about = (one.subject, one.value) if way.facts or one.subject != one.speaker else (one.speaker, one.value)
            since = one.since if way.facts else one.at
            text = one.fact if way.facts else f"{one.speaker}: {one.chat}"
            said.append(
                _said(one.id, text, one.at, since, one.speaker, about, one.what, closes.get(one.id, ()))
                | {"subject": one.subject, "attribute": one.attribute, "value": one.value}
            )
        elif not isinstance(one, Deletion) and not way.facts:
            text = f"{one.speaker}: {one.chat}"
            said.append(_said(f"r{len(said)}", text, one.at, one.at, one.speaker, (one.speaker,), "remark", ()))
    return {
        "said": said, "forgotten": [one.statement for one in world.said if isinstance(one, Deletion)],
        "questions": [_question(one) for one in world.questions], "top_k": TOP_K, "end": world.end.isoformat(),
    }  # fmt: skip


def _said(identity: str, text: str, at: datetime, since: datetime, speaker: str, names: tuple[str, ...], what: str,
          closes: tuple[str, ...]) -> dict[str, Any]:  # fmt: skip
    return {
        "id": identity, "text": text, "at": at.isoformat(), "since": since.isoformat(), "what": what,
        "speaker": speaker, "subject": "", "attribute": "", "value": "", "names": list(names), "closes": list(closes),
    }  # fmt: skip


def _question(one: Question) -> dict[str, Any]:
    as_of = one.as_of.isoformat() if one.as_of else ""
    return {"id": one.id, "text": one.text, "as_of": as_of, "past": one.of in PAST}


def _closed(world: World, *, stated_only: bool) -> dict[str, tuple[str, ...]]:
    """By statement, the ids of those that it ends: told outright, or (not `stated_only`) by another value too."""
    truth = Truth(world.said)
    again: dict[str, list[str]] = {}
    for one in world.statements:
        if one.again:
            again.setdefault(one.again, []).append(one.id)
    closes: dict[str, tuple[str, ...]] = {}
    for subject, attribute in dict.fromkeys((one.subject, one.attribute) for one in world.statements):
        spans = [one for _, one in truth.spans(subject, attribute)]
        for old, new in itertools.pairwise(spans):
            if new.what == "end" or not stated_only:
                closes[new.id] = (old.id, *again.get(old.id, ()))
    return closes


def _found(rows: Sequence[Sequence[str]]) -> Found:
    return Found(
        hits=tuple(Read(text=text, time=datetime.fromisoformat(time) if time else None) for text, time in rows)
    )
