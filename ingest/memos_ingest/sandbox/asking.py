"""What parent and worker say to each other: a file to read goes there, its documents come back in small frames.

Pure: values to frames and frames to values. The worker's side is `answer_frames`; the parent's is `Answer`, which
believes nothing and holds no more than it allows. Declines to know pipes and processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from memos_ingest import errors
from memos_ingest.elements import Box, Conversation, Document, Element, Message, Session
from memos_ingest.errors import IngestError, TooLarge
from memos_ingest.limits import DEFAULT_LIMITS, Limits
from memos_ingest.parsers.choosing import chosen
from memos_ingest.sandbox.codec import Malformed, dumps, from_json, loads, to_json
from memos_ingest.sandbox.limits import SandboxLimits

INSIDE = "!/"  #: between a file's name and the name of what lies in it
_BATCH = 256 * 1024  # bytes of elements in a frame, one element more or less
_REASON = 4_000  # characters of an error's reason
_REFUSALS: dict[str, type[IngestError]] = {
    kind.__name__: kind
    for kind in (
        IngestError, errors.UnreadableFile, errors.UnsupportedFormat, errors.NothingRead, errors.NotAChat,
        errors.NoSuchParser,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file to read, and how; the arguments of `memos_ingest.read`."""

    data: bytes
    name: str
    media_type: str | None = None
    chat_time: str | datetime | None = None
    encoding: str | None = None
    limits: Limits = DEFAULT_LIMITS
    parsers: str | Mapping[str, str] | None = None  #: as `parsers.choosing.chosen` takes it; None: the sandbox's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A place in a file that is to be drawn; the arguments of `memos_ingest.showing.look_at`."""

    inner: str  #: the document in the file, "mail.eml!/report.pdf"; the file's own name when it is the file
    media_type: str  #: of that document
    page: int | None = None
    box: Box | None = None
    longest: int = 2_000  #: pixels of a side


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """A picture as it comes back: no format that a hostile process could misuse."""

    width: int
    height: int
    rgb: bytes  #: [height, width, 3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A Job without its bytes, as it is sent."""

    name: str
    media_type: str | None = None
    chat_time: str | None = None
    chat_time_at: datetime | None = None
    encoding: str | None = None
    limits: Limits = DEFAULT_LIMITS
    parsers: Mapping[str, str] = field(default_factory=dict)
    look: Look | None = None  #: draw this instead of reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a worker is told before its first file."""

    parent: int  #: its process id
    limits: SandboxLimits


def ask_of(job: Job, look: Look | None = None) -> Ask:
    """The job's question, without its bytes."""
    given = job.chat_time
    return Ask(
        name=job.name,
        media_type=job.media_type,
        chat_time=None if isinstance(given, datetime) else given,
        chat_time_at=given if isinstance(given, datetime) else None,
        encoding=job.encoding,
        limits=job.limits,
        parsers=chosen(job.parsers or {}),
        look=look,
    )


# the worker's side


def pixel_frames(pixels: Pixels) -> Iterator[bytes]:
    """The frames of what was drawn."""
    yield dumps({"pixels": to_json(pixels)})
    yield dumps({"end": 1})


def answer_frames(read: Iterable[Document | Conversation], *, name: str, limits: SandboxLimits) -> Iterator[bytes]:
    """The frames of what was read, each about 256 KB or one element. TooLarge when they are more than may go back."""
    size = items = 0
    for kind, parts in _parts(read):
        batch: list[bytes] = []
        held = 0
        for part in parts:
            piece = dumps(part)
            items += 1
            size += len(piece)
            _check(name, size, items, limits)
            batch.append(piece)
            held += len(piece)
            if held >= _BATCH:
                yield _batch(kind, batch)
                batch, held = [], 0
        if batch:
            yield _batch(kind, batch)
    yield dumps({"end": items})


def refusal_frame(problem: IngestError) -> bytes:
    """The frame of an error; one of a class that the other side does not know goes as the nearest one it does."""
    if isinstance(problem, TooLarge):
        fields = [problem.name, problem.limit, problem.allowed, problem.found, problem.unit, problem.holder]
        return dumps({"refused": ["TooLarge", *fields]})
    kind = next(kind.__name__ for kind in type(problem).__mro__ if kind.__name__ in _REFUSALS)
    return dumps({"refused": [kind, problem.name, problem.reason[:_REASON]]})


def _parts(read: Iterable[Document | Conversation]) -> Iterator[tuple[str, Iterator[object]]]:
    for one in read:
        if isinstance(one, Document):
            yield "document", iter((to_json(replace(one, elements=())),))
            yield "elements", map(to_json, one.elements)
            continue
        yield "conversation", iter((to_json(replace(one, sessions=())),))
        for session in one.sessions:
            yield "session", iter((to_json(replace(session, messages=())),))
            yield "messages", map(to_json, session.messages)


def _batch(kind: str, pieces: list[bytes]) -> bytes:
    return b'{"' + kind.encode("ascii") + b'":[' + b",".join(pieces) + b"]}"


def _check(name: str, size: int, items: int, limits: SandboxLimits) -> None:
    if size > limits.result_bytes:
        raise TooLarge(name, "result_bytes", limits.result_bytes, size, "bytes of text and structure", "SandboxLimits")
    if items > limits.items:
        raise TooLarge(name, "items", limits.items, items, "elements", "SandboxLimits")


# the parent's side


class Answer:
    """What a worker says about one job, put together frame by frame."""

    def __init__(self, job: Job, limits: SandboxLimits, look: Look | None = None) -> None:
        self._job = job
        self._limits = limits
        self._size = 0
        self._items = 0
        self._read: list[Document | Conversation] = []
        self._elements: list[Element] = []
        self._sessions: list[Session] = []
        self._messages: list[Message] = []
        self._look = look
        self._pixels: Pixels | None = None
        self.pages: int | None = None  #: as the worker counted them, once
        self.out_of_memory = False  #: the worker said so; it wants to be replaced
        self.refusal: IngestError | None = None
        self.done = False

    def take(self, payload: bytes) -> None:
        """One more frame. Malformed when no honest worker would have written it here."""
        if self.done:
            raise Malformed("a frame after the last one")
        self._size += len(payload)
        said = loads(payload)
        if not isinstance(said, dict) or len(said) != 1:
            raise Malformed("no frame of an answer")
        kind, value = next(iter(said.items()))
        if kind in ("document", "elements", "conversation", "session", "messages"):
            self._add(kind, value)
        else:
            self._settle(kind, value)

    def result(self) -> tuple[Document | Conversation, ...]:
        """What was read, once `done`; raises the refusal."""
        if self.refusal is not None:
            raise self.refusal
        return tuple(self._read)

    def pixels(self) -> Pixels:
        """What was drawn, once `done`; raises the refusal."""
        if self.refusal is not None:
            raise self.refusal
        if self._pixels is None:
            raise Malformed("nothing was drawn")
        return self._pixels

    def _add(self, kind: str, values: object) -> None:
        if not isinstance(values, list):
            raise Malformed("no list of parts")
        self._items += len(values)
        # the frames' own brackets and commas are not part of what the worker counts
        if self._size > 2 * self._limits.result_bytes or self._items > self._limits.items:
            raise Malformed("more than was allowed")
        for value in values:
            if kind == "elements":
                self._elements.append(from_json(Element, value))
            elif kind == "messages":
                self._messages.append(from_json(Message, value))
            elif kind == "session":
                self._close_session()
                self._sessions.append(from_json(Session, value))
            else:
                self._close()
                is_document = kind == "document"
                self._read.append(from_json(Document, value) if is_document else from_json(Conversation, value))

    def _settle(self, kind: str, value: object) -> None:
        if kind == "pages" and self.pages is None and isinstance(value, int) and value >= 0:
            self.pages = value
        elif kind == "pixels" and self._look is not None and self._pixels is None:
            self._pixels = _checked(from_json(Pixels, value), self._look.longest)
        elif kind == "spent" and value == "memory":
            self.out_of_memory = self.done = True
        elif kind == "refused":
            self.refusal = _refusal(value)
            self.done = True
        elif kind == "end" and self._look is not None and self._pixels is not None:
            self.done = True
        elif kind == "end" and self._look is None and value == self._items and self._items > 0:
            self._close()
            for one in self._read:
                self._check_source(one)
            self.done = True
        else:
            raise Malformed("no frame of an answer")

    def _close_session(self) -> None:
        if self._messages:
            if not self._sessions:
                raise Malformed("messages without a session")
            self._sessions[-1] = replace(self._sessions[-1], messages=tuple(self._messages))
            self._messages = []

    def _close(self) -> None:
        self._close_session()
        last = self._read[-1] if self._read else None
        if isinstance(last, Document) and not self._sessions:
            self._read[-1] = replace(last, elements=tuple(self._elements))
        elif isinstance(last, Conversation) and not self._elements:
            self._read[-1] = replace(last, sessions=tuple(self._sessions))
        elif self._elements or self._sessions:
            raise Malformed("parts that belong to nothing")
        self._elements, self._sessions = [], []

    def _check_source(self, one: Document | Conversation) -> None:
        # a document's node follows from its name: a hostile worker must not speak for another file
        if not isinstance(one, Document):
            return
        if one.name != self._job.name and not one.name.startswith(self._job.name + INSIDE):
            raise Malformed("a document of another name")
        if one.name == self._job.name and one.content_hash != hashlib.sha256(self._job.data).hexdigest():
            raise Malformed("a document with another hash than its bytes")


def _checked(pixels: Pixels, longest: int) -> Pixels:
    fits = 0 < pixels.width <= longest and 0 < pixels.height <= longest
    if not fits or len(pixels.rgb) != pixels.width * pixels.height * 3:
        raise Malformed("no picture of the size that was asked for")
    return pixels


def _refusal(value: object) -> IngestError:
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        raise Malformed("no refusal")
    kind, *fields = value
    if kind == "TooLarge" and len(fields) == 6:
        name, limit, unit, holder = (from_json(str, fields[at]) for at in (0, 1, 4, 5))
        return TooLarge(name, limit, from_json(int, fields[2]), from_json(int, fields[3]), unit, holder)
    if kind in _REFUSALS and len(fields) == 2:
        name, reason = (from_json(str, field) for field in fields)
        return _REFUSALS[kind](name, reason[:_REASON])
    raise Malformed("a refusal of no known kind")
