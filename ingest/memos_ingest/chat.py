"""Messages in, a Conversation out.

Takes OpenAI-style messages strictly: what cannot be placed is an error that names the message and the field, never a
guess. Declines to know who the speakers are beyond what the messages say, and never fetches a picture.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from memos_ingest.chat_parts import check_json, open_part
from memos_ingest.elements import ROLES, Conversation, ImageRef, Message, Role, Session
from memos_ingest.errors import NotAChat, TooLarge
from memos_ingest.limits import DEFAULT_LIMITS, Limits
from memos_ingest.times import read_time

SESSION_GAP = timedelta(hours=6)  #: silence this long ends a sitting, even before midnight
_SAME_SITTING = timedelta(hours=2)  # across midnight a talk goes on while nobody was silent for this long
_OLD_ROLES: Mapping[str, Role] = {"developer": "system", "function": "tool"}  # OpenAI's other names for these


class _Timed(NamedTuple):
    message: Message
    own_time: bool  # the message carried a chat_time


def read_messages(
    messages: Sequence[Mapping[str, Any]],
    *,
    chat_time: str | datetime | None = None,
    conversation_id: str | None = None,
    title: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Conversation:
    """The conversation that OpenAI-style messages hold, in their order.

    A message: `role`, `content` (text, or parts {"type": "text" | "image_url" | "file"}), and optionally `name`,
    `chat_time`, `id`, `tool_calls`, `tool_call_id`. Of a file the text tells the name; what parts and calls hold is in
    `extras_of`. A message without a time has the latest one before it, else `chat_time`. A new session starts where a
    message is SESSION_GAP later than the one before, or is of another date (UTC) and two hours later, or is earlier.
    Ids that are not given are positions: "1", "2", ... `conversation_id` defaults to the hash of what was said.
    NotAChat names the index and the field; TooLarge the limit.
    """
    read = _read_all(messages, "messages", chat_time, limits)
    groups = _sittings(read)
    sessions = tuple(
        Session(id=str(number), time=group[0].time, messages=tuple(group)) for number, group in enumerate(groups, 1)
    )
    return _conversation(conversation_id, title, sessions)


def is_chat(value: object) -> bool:
    """Whether a parsed JSON value means to be a chat: a list of messages, {"sessions": [...]} or {"messages": [...]}.

    True says only that `read_chat` is the one to read it, or to say what is wrong with it.
    """
    if isinstance(value, Mapping):
        return isinstance(value.get("sessions"), list) or isinstance(value.get("messages"), list)
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value) and "role" in value[0]


def read_chat(
    value: object, *, name: str, chat_time: str | datetime | None = None, limits: Limits = DEFAULT_LIMITS
) -> Conversation:
    """The conversation of a parsed JSON file; its sessions are kept as the file has them.

    Forms: a list of messages; {"messages": [...]}; {"conversation_id", "title", "sessions": [{"id", "chat_time",
    "messages"}]}. `chat_time` stands in for a time that the file lacks. The id defaults to `name`. Errors name `name`.
    """
    if not is_chat(value):
        raise NotAChat(name, "is no chat; expected a list of messages {role, content}, or {sessions: [{messages}]}")
    whole: Mapping[str, Any] = value if isinstance(value, Mapping) else {"messages": value}
    identity = _optional_text(whole.get("conversation_id"), name, "conversation_id") or name
    title = _optional_text(whole.get("title"), name, "title")
    start = whole.get("chat_time", chat_time)
    try:
        if not isinstance(whole.get("sessions"), list):
            return read_messages(
                whole["messages"], chat_time=start, conversation_id=identity, title=title or name, limits=limits
            )
        return _conversation(identity, title or name, tuple(_sessions(whole["sessions"], start, limits)))
    except NotAChat as problem:
        raise NotAChat(name, f"{problem.name}: {problem.reason}") from problem


def _sessions(sessions: Sequence[object], start: object, limits: Limits) -> Iterator[Session]:
    seen_sessions: set[str] = set()
    total = 0
    seen: set[str] = set()
    for at, session in enumerate(sessions):
        where = f"sessions[{at}]"
        if not isinstance(session, Mapping) or not isinstance(session.get("messages"), list):
            raise NotAChat(where, 'has no list "messages"; a session is {chat_time, messages: [...]}')
        identity = _optional_text(session.get("id"), where, "id") or str(at + 1)
        if identity in seen_sessions:
            raise NotAChat(where, f"id {identity!r} is that of an earlier session; make it unique")
        seen_sessions.add(identity)
        time = session.get("chat_time", start)
        read = _read_all(session["messages"], f"{where}.messages", time, limits, first=total, seen=seen)
        total += len(read)
        first = read[0].message.time
        yield Session(id=identity, time=first, messages=tuple(timed.message for timed in read))


def _read_all(
    messages: Sequence[object],
    where: str,
    chat_time: object,
    limits: Limits,
    *,
    first: int = 0,
    seen: set[str] | None = None,
) -> list[_Timed]:
    if isinstance(messages, (str, bytes)) or not isinstance(messages, Sequence):
        raise NotAChat(where, f"is {type(messages).__name__}; expected a list of messages {{role, content}}")
    if not messages:
        raise NotAChat(where, "is empty; give at least one message")
    if first + len(messages) > limits.messages:
        raise TooLarge(where, "messages", limits.messages, first + len(messages), "messages")
    seen = set() if seen is None else seen
    time = _time(chat_time, where, "chat_time") if chat_time is not None else None
    out: list[_Timed] = []
    for at, message in enumerate(messages):
        place = f"{where}[{at}]"
        if not isinstance(message, Mapping):
            raise NotAChat(place, f"is {type(message).__name__}; expected {{role, content}}")
        own = message.get("chat_time")
        time = _time(own, place, "chat_time") if own is not None else time
        read = _message(message, place, str(first + at + 1), time, limits)
        if read.id in seen:
            raise NotAChat(place, f"id {read.id!r} is that of an earlier message; make it unique")
        seen.add(read.id)
        out.append(_Timed(read, own is not None))
    return out


def _message(message: Mapping[str, Any], where: str, position: str, time: datetime | None, limits: Limits) -> Message:
    role = _role(message.get("role"), where)
    text, images = _content(message, where, limits)
    return Message(
        id=_optional_text(message.get("id"), where, "id") or position,
        role=role,
        speaker=_optional_text(message.get("name"), where, "name") or role,
        text=text,
        time=time,
        images=images,
    )


def _role(role: object, where: str) -> Role:
    known = _OLD_ROLES.get(role, role) if isinstance(role, str) else None
    if known not in ROLES:
        problem = "is missing" if role is None else f"is {role!r}"
        raise NotAChat(where, f"role {problem}; use one of {', '.join(sorted(ROLES))}")
    return known  # type: ignore[return-value]


def _content(message: Mapping[str, Any], where: str, limits: Limits) -> tuple[str, tuple[ImageRef, ...]]:
    content = message.get("content")
    if not content and message.get("tool_calls"):
        # such a message says what it calls, and OpenAI gives it no other content, or an empty one
        calls = check_json(message["tool_calls"], f"{where}.tool_calls")
        return json.dumps(calls, ensure_ascii=False, sort_keys=True), ()
    if content is None:
        raise NotAChat(where, 'content is missing; give text, or a list of parts {"type": "text", "text": ...}')
    texts: list[str] = []
    images: list[ImageRef] = []
    if isinstance(content, str):
        texts.append(_sound(content, where, "content"))
    elif isinstance(content, list):
        for at, part in enumerate(content):
            _part(part, f"{where}.content[{at}]", texts, images, limits)
    else:
        raise NotAChat(where, f"content is {type(content).__name__}; give text or a list of parts")
    text = "\n".join(texts).strip()
    if not text and not images:
        raise NotAChat(where, "content is empty or white space; leave the message out, or give it text")
    return text, tuple(images)


def _part(part: object, where: str, texts: list[str], images: list[ImageRef], limits: Limits) -> None:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if isinstance(part, Mapping) and kind == "text" and isinstance(part.get("text"), str):
        texts.append(_sound(part["text"], where, "text"))
    elif isinstance(part, Mapping) and kind == "image_url":
        href = open_part(part, where, limits).href
        image = part.get("image_url")
        caption = image.get("caption") if isinstance(image, Mapping) else None
        url = _sound(href, where, "url") if href is not None else None
        images.append(ImageRef(caption=_optional_text(caption, where, "caption") or "", url=url))
    elif isinstance(part, Mapping) and kind == "file":
        texts.append(f"[file: {_sound(open_part(part, where, limits).name, where, 'filename')}]")
    else:
        raise NotAChat(where, f"type is {kind!r}; parts may be text (with a string `text`), image_url and file")


def _sittings(read: Iterable[_Timed]) -> list[list[Message]]:
    groups: list[list[Message]] = []
    for message, own_time in read:
        if not groups or (own_time and _starts_session(groups[-1][-1].time, message.time)):
            groups.append([])
        groups[-1].append(message)
    return groups


def _starts_session(before: datetime | None, now: datetime | None) -> bool:
    if before is None or now is None:
        return before is not now
    silence = now - before
    if silence < timedelta(0) or silence >= SESSION_GAP:
        return True
    return now.date() != before.date() and silence >= _SAME_SITTING


def _conversation(identity: str | None, title: str | None, sessions: tuple[Session, ...]) -> Conversation:
    if not sessions:
        raise NotAChat("sessions", "is empty; give at least one session")
    content_hash = hash_of(sessions)
    identity = identity or content_hash
    return Conversation(id=identity, title=title or identity, sessions=sessions, content_hash=content_hash)


def hash_of(sessions: Iterable[Session]) -> str:
    """sha256, hex, over every field of every message; the same for the same sessions on any machine."""
    digest = hashlib.sha256()
    for session in sessions:
        digest.update(_line("session", session.id, _iso(session.time)))
        for m in session.messages:
            images = [part for image in m.images for part in (image.caption, image.url)]
            digest.update(_line(m.id, m.role, m.speaker, m.text, _iso(m.time), *images))
    return digest.hexdigest()


def _line(*fields: str | None) -> bytes:
    return json.dumps(fields, ensure_ascii=True).encode() + b"\n"


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time is not None else None


def _time(value: object, where: str, field: str) -> datetime:
    try:
        return read_time(value)
    except ValueError as problem:
        raise NotAChat(where, f"{field} {problem}") from problem


def _optional_text(value: object, where: str, field: str) -> str | None:
    """A string or number as text; None for what is absent or blank."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise NotAChat(where, f"{field} is {type(value).__name__}; give text")
    return (_sound(value, where, field).strip() or None) if value is not None else None


def _sound(text: str, where: str, field: str) -> str:
    """`text`, when it can be stored: JSON may hold halves of surrogate pairs, and NUL, that no encoder takes."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise NotAChat(where, f"{field} holds a NUL or half of a surrogate pair; write the character whole")
    return text
