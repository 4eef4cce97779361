"""Read the LoCoMo file: chats between two friends, by session, with captions of the pictures that they sent.

`read_locomo` never looks at the questions; `read_questions` is for measuring alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memos_ingest.chat import hash_of
from memos_ingest.elements import Conversation, ImageRef, Message, Session
from memos_ingest.errors import NotAChat
from memos_ingest.times import read_time

_SESSION = re.compile(r"session_(\d+)")
_EVIDENCE = re.compile(r"D:?(\d+):(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One benchmark question; for measuring, never for ingestion."""

    conversation_id: str
    question: str
    answer: str  #: of an adversarial one, the answer that it tries to elicit
    evidence: tuple[str, ...]  #: ids of messages, split and repaired where that is possible; may name none that exists
    category: int  #: 1 multi-hop, 2 temporal, 3 open-domain, 4 single-hop, 5 adversarial


def is_locomo(value: object) -> bool:
    """Whether a parsed JSON value has the shape of the LoCoMo file."""
    if not isinstance(value, list) or not value or not isinstance(value[0], Mapping):
        return False
    conversation = value[0].get("conversation")
    return isinstance(conversation, Mapping) and any(_SESSION.fullmatch(str(key)) for key in conversation)


def read_locomo(value: object, *, name: str = "LoCoMo file") -> tuple[Conversation, ...]:
    """The conversations of the parsed file, in its order; a message's id is its dia_id, the chat's the sample_id.

    Times without a zone are taken for UTC. Sessions that have a date but no messages are left out.
    """
    return tuple(_conversation(sample, where) for sample, where in _samples(value, name))


def read_questions(value: object, *, name: str = "LoCoMo file") -> tuple[Question, ...]:
    """The questions of the parsed file, in its order."""
    return tuple(
        _question(question, identity, f"{where}.qa[{at}]")
        for sample, where in _samples(value, name)
        for identity in [_text(sample, "sample_id", where)]
        for at, question in enumerate(_list(sample, "qa", where))
    )


def clean_evidence(ids: Sequence[object]) -> tuple[str, ...]:
    """Message ids as the messages have them: "D8:6; D9:17" parted, "D:11:26" and "D30:05" repaired, "D" left out."""
    found = (match.groups() for text in ids for match in _EVIDENCE.finditer(str(text)))
    return tuple(dict.fromkeys(f"D{int(session)}:{int(turn)}" for session, turn in found))


def _samples(value: object, name: str) -> list[tuple[Mapping[str, Any], str]]:
    if not is_locomo(value) or not isinstance(value, list):
        raise NotAChat(name, "is not the LoCoMo file; expected a list of {sample_id, conversation: {session_1: [...]}}")
    for at, sample in enumerate(value):
        if not isinstance(sample, Mapping) or not isinstance(sample.get("conversation"), Mapping):
            raise NotAChat(f"{name}[{at}]", "has no conversation; expected {sample_id, conversation}")
    return [(sample, f"{name}[{at}]") for at, sample in enumerate(value)]


def _conversation(sample: Mapping[str, Any], where: str) -> Conversation:
    conversation: Mapping[str, Any] = sample["conversation"]
    identity = _text(sample, "sample_id", where)
    numbers = sorted(int(match.group(1)) for key in conversation if (match := _SESSION.fullmatch(str(key))))
    first = conversation.get("speaker_a")
    sessions = []
    for number in numbers:
        key = f"session_{number}"
        place = f"{where}.{key}"
        turns = _list(conversation, key, where)
        time = _time(_text(conversation, f"{key}_date_time", where), place)
        messages = tuple(_message(turn, f"{place}[{at}]", time, first) for at, turn in enumerate(turns))
        if messages:
            sessions.append(Session(id=key, time=time, messages=messages))
    if not sessions:
        raise NotAChat(where, "has no messages")
    speakers = " and ".join(str(conversation[key]) for key in ("speaker_a", "speaker_b") if conversation.get(key))
    return Conversation(
        id=identity, title=speakers or identity, sessions=tuple(sessions), content_hash=hash_of(sessions)
    )


def _message(turn: object, where: str, time: datetime, first_speaker: object) -> Message:
    if not isinstance(turn, Mapping):
        raise NotAChat(where, f"is {type(turn).__name__}; expected {{speaker, dia_id, text}}")
    speaker = _text(turn, "speaker", where)
    caption = str(turn.get("blip_caption") or "").strip()
    urls = turn.get("img_url") or []
    urls = [urls] if isinstance(urls, str) else urls
    # a caption is of the first picture; one without a link is still something that was shown
    images = [ImageRef(caption=caption if at == 0 else "", url=str(url)) for at, url in enumerate(urls)]
    if caption and not images:
        images.append(ImageRef(caption=caption))
    return Message(
        id=_text(turn, "dia_id", where),
        role="user" if speaker == first_speaker else "assistant",
        speaker=speaker,
        text=_text(turn, "text", where),
        time=time,
        images=tuple(images),
    )


def _question(question: object, identity: str, where: str) -> Question:
    if not isinstance(question, Mapping) or not isinstance(question.get("category"), int):
        raise NotAChat(where, "is no question; expected {question, answer, evidence, category}")
    answer = question.get("answer", question.get("adversarial_answer"))
    return Question(
        conversation_id=identity,
        question=_text(question, "question", where),
        answer="" if answer is None else str(answer),
        evidence=clean_evidence(question.get("evidence") or ()),
        category=question["category"],
    )


def _text(record: Mapping[str, Any], field: str, where: str) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not value.strip():
        raise NotAChat(where, f"{field} is {value!r}; expected text")
    return value.strip()


def _list(record: Mapping[str, Any], field: str, where: str) -> Sequence[Any]:
    value = record.get(field)
    if not isinstance(value, list):
        raise NotAChat(where, f"{field} is {type(value).__name__}; expected a list")
    return value


def _time(text: str, where: str) -> datetime:
    try:
        return read_time(text)
    except ValueError as problem:
        raise NotAChat(where, f"its date_time {problem}") from problem
