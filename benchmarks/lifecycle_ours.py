"""The story told to memos_graph and the questions asked of it, through the public API alone, as a user would.

Facts: `claim` for each statement (a denial for an end), `link(conclusion, premise, "DEPENDS_ON")`, `delete` and
`delete(erase=True)`. Chat: each message as it comes, by `add` with facts="rules"; text has no way to say that one thing
rests on another, or that something be forgotten, so conclusions are added as memories and linked to the facts that were
read (to their messages where none was), and messages are deleted with what was read from them. The clock is the
story's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import memos_graph
from benchmarks.lifecycle_peers import PAST
from benchmarks.lifecycle_reader import TOP_K, Found, Read
from benchmarks.machine import disk_mb
from benchmarks.watching import timed, watched
from benchmarks.world.facts import Deletion, Question, Remark, Statement, World
from memos_graph.app import CubeHandle
from memos_graph.model.scope import everything
from memos_graph.services.hits import Hit
from memos_graph.services.remember.taking import FeedOptions

_CUBE = "world"
_KINDS = ("LongTermMemory", "UserMemory")  #: what facts and conclusions are; a chat's messages are what they come from


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of telling and asking."""

    name: str
    found: Mapping[str, Found]  #: by question
    extra: Mapping[str, Any]  #: for the report's JSON
    seconds: float
    milliseconds: tuple[float, ...]


class StoryClock:
    """The time that the story has reached, a millisecond later at each look."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def to(self, now: datetime) -> None:
        """Go on to `now`."""
        self._now = max(self._now, now)

    def __call__(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now


def tell(world: World, folder: Path, *, facts: bool, organise: bool = False) -> Told:
    """`world` told as facts or as chat to a new embedded store in `folder`, and its questions asked."""
    name = "memos_graph, facts" if facts else "memos_graph, chat"
    path = folder / ("facts.graph" if facts else "chat.graph")
    clock = StoryClock(world.said[0].at)
    with memos_graph.open(path, clock=clock) as graph:
        cube = graph.cube(_CUBE)
        graph.context.embedder.embed(["warm"])  # loading the model is not taking in
        teller = _Facts(cube) if facts else _Chat(cube)
        with timed() as took:
            for one in watched(world.said, "telling facts" if facts else "telling chat"):
                clock.to(one.at)
                teller.take(one)
        clock.to(world.end)
        if organise:
            cube.organise()
        found, times = {}, []
        asked_facts, once = {}, {}
        for question in watched(world.questions, "asking"):
            with timed() as each:
                found[question.id] = _ask(cube, question)
            times.append(each.seconds * 1000)
            if question.of not in ("events", "cascade"):
                asked_facts[question.id] = _by_facts(cube, question)
            if question.of == "absence":
                gone = cube.absence(question.text, kinds=_KINDS).once
                once[question.id] = gone[0].node.text if gone else ""
        nodes = graph.context.store.count(everything(_CUBE))
    extra = _besides(world, asked_facts, once) | {"nodes": nodes, "disk_mb": disk_mb(path)}
    return Told(name=name, found=found, seconds=took.seconds, milliseconds=tuple(times), extra=extra)


def _besides(world: World, asked: Mapping[str, str], once: Mapping[str, str]) -> dict[str, Any]:
    """What else was right: the same questions asked by subject and attribute, and what was once known of absences."""
    by_id = {question.id: question for question in world.questions}
    good = [by_id[identity].answer == value for identity, value in asked.items()]
    named = [by_id[identity].once in text for identity, text in once.items()]
    return {
        "asked_by_subject_and_attribute": sum(good) / len(good) if good else None,
        "absences_that_say_what_was_known": sum(named) / len(named) if named else None,
    }


# --- telling


class _Facts:
    """Statements as structure."""

    def __init__(self, cube: CubeHandle) -> None:
        self._cube = cube
        self._ids: dict[str, str] = {}

    def take(self, one: Statement | Deletion | Remark) -> None:
        if isinstance(one, Deletion):
            self._cube.delete(self._ids[one.statement], erase=one.erase)
        elif isinstance(one, Statement):
            self._ids[one.id] = self._claim(one)
            for premise in one.premises:
                self._cube.link(self._ids[one.id], self._ids[premise], "DEPENDS_ON")

    def _claim(self, one: Statement) -> str:
        return self._cube.claim(
            one.subject, one.attribute, one.value, since=one.since, until=one.until, said_at=one.at, source=one.speaker,
            polarity=one.what != "end", event=one.what == "event",
        ).id  # fmt: skip


class _Chat:
    """Statements as messages."""

    def __init__(self, cube: CubeHandle) -> None:
        self._cube = cube
        self._messages: dict[str, str] = {}
        self._conclusions: dict[str, str] = {}
        self._by_id: dict[str, Statement] = {}

    def take(self, one: Statement | Deletion | Remark) -> None:
        if isinstance(one, Deletion):
            home = self._messages[one.statement]
            self._cube.delete(home, *self._read_from(home), erase=one.erase)
            return
        message = {"role": "user", "name": one.speaker, "content": one.chat, "chat_time": one.at.isoformat()}
        report = self._cube.add([message], conversation=f"chat of {one.speaker}", options=FeedOptions(facts="rules"))
        if isinstance(one, Statement):
            self._by_id[one.id] = one
            self._messages[one.id] = self._message_in(report.nodes)
            if one.what == "conclusion":
                self._conclude(one)

    def _conclude(self, one: Statement) -> None:
        identity = self._cube.add_text(f"{one.fact}.").ids[0]
        self._conclusions[one.id] = identity
        for premise in one.premises:
            rests = [self._conclusions[premise]] if premise in self._conclusions else self._facts_of(premise)
            for each in rests:
                self._cube.link(identity, each, "DEPENDS_ON")

    def _facts_of(self, statement: str) -> list[str]:
        one = self._by_id[statement]
        known = [fact.node.id for fact in self._cube.claims(one.subject, one.attribute)]
        return known or [self._messages[statement]]

    def _read_from(self, message: str) -> list[str]:
        return [edge.from_id for edge in self._cube.edges(message, kinds=["DEPENDS_ON"]) if edge.to_id == message]

    def _message_in(self, ids: tuple[str, ...]) -> str:
        return next(node.id for node in self._cube.get_many(ids) if node.kind == "Message")


# --- asking


def _ask(cube: CubeHandle, question: Question) -> Found:
    """What `search` finds, and whether `absence` says that nobody knows any more."""
    hits = cube.search(
        question.text, top_k=TOP_K, kinds=_KINDS, as_of=question.as_of, include_archived=question.of in PAST
    )
    asks_now = question.as_of is None and question.of not in PAST
    unknown = asks_now and cube.absence(question.text, kinds=_KINDS).absent
    return Found(hits=tuple(_read(hit) for hit in hits), unknown=unknown)


def _read(hit: Hit) -> Read:
    return Read(text=hit.text, time=hit.node.valid_from or hit.node.created_at, doubted=hit.doubt is not None)


def _by_facts(cube: CubeHandle, question: Question) -> str:
    """The value by subject and attribute, for who asks in that way: the last that holds, or held before."""
    before = question.of == "previous"
    known = cube.claims(question.subject, question.attribute, as_of=question.as_of, ended=before)
    said = sorted((one for one in known if one.claim.polarity), key=lambda one: _when(one.claim.since))
    values = list(dict.fromkeys(one.claim.value for one in reversed(said)))
    return next(iter(values[1:] if before else values), "")


def _when(moment: datetime | None) -> float:
    return moment.timestamp() if moment else float("-inf")
