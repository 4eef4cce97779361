"""Feed a folder, or one file: list, read ahead in other processes, write in order, retire what is gone.

What was parsed is written while the next files are being parsed; files whose bytes are in already are not parsed.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from memos_graph.model.errors import Invalid
from memos_graph.model.scope import Scope
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.remember.documents import document_id
from memos_graph.services.remember.known import Known, Origin, known_in
from memos_graph.services.remember.prune import prune
from memos_graph.services.remember.reading import PLAIN_TEXT, SMALL_TEXT, Read, Reader, reader_for
from memos_graph.services.remember.report import Fed, Listener, Report
from memos_graph.services.remember.taking import Came, FeedOptions, feed_source, for_a_run
from memos_graph.services.remember.unread import may_be_read_now
from memos_ingest import Conversation, Document, Found, IngestError, Skipped, walk
from memos_ingest.sandbox import Job

Stop = Callable[[], bool]  #: whether to end before the next file


def never() -> bool:
    """Go on to the end."""
    return False


def _unheard(name: str, stage: str, done: int, total: int) -> None:
    """A Listener that nobody is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Feeding:
    """What holds for one call."""

    context: Context
    cube: str
    folder: str  #: absolute
    known: Known
    options: FeedOptions
    listen: Listener
    stop: Stop
    name: str | None  #: of a single file, when the caller named it


@dataclass(slots=True)
class _Step:
    """A file that was found: settled without reading it, or waiting to be read."""

    name: str
    origin: Origin
    settled: Fed | None = None


@dataclass(slots=True)
class _Done:
    """What feeding has come to so far."""

    total: int
    fed: list[Fed] = field(default_factory=list)
    read: dict[str, set[str]] = field(default_factory=dict)  #: by file that was read, the documents it holds
    files: int = 0


def feed_folder(context: Context, cube: str, path: Path, *, options: FeedOptions, name: str | None = None,
                only: Collection[Path] | None = None, listen: Listener | None = None,
                stop: Stop = never) -> Report:  # fmt: skip
    """Every file at or under `path`, which is there; with `only`, those of them (as `walk` says it).

    `Invalid` for a path that no text can hold, and for pruning a single file.
    """
    find_cube(context.store, cube)
    real = path.resolve()
    whole = path.is_dir()
    folder = str(real if whole else real.parent)
    if not _is_text(folder):
        raise Invalid("path", folder, "rename the folder: its path is no Unicode text")
    if options.prune and not whole:
        raise Invalid("prune", str(path), "it is for folders: give the folder, or `delete` the document")
    listen = listen or _unheard
    found: list[Found | Skipped] = []
    for item in walk(path, limits=options.limits, only=only, leave_out=options.leave_out):
        found.append(item)
        listen(item.name, "listing", len(found), 0)
    known = known_in(context, cube, folder) if whole else Known()
    feeding = _Feeding(
        context=context, cube=cube, folder=folder, known=known, options=options, listen=listen, stop=stop, name=name
    )
    done = _Done(total=len(found))
    if options.dry_run:
        done.fed.extend(_would(feeding, *_step(feeding, item)) for item in found)
    else:
        _feed(feeding, found, done)
    if options.prune and not stop():
        left_out = {item.name for item in found if isinstance(item, Skipped) and item.wished}
        gone = prune(
            context, cube, known, left_out=left_out, read=done.read, dry_run=options.dry_run, listen=listen
        )  # fmt: skip
        for fed in gone:
            done.fed.append(fed)
            if stop():
                break
    listen("", "files", done.total, done.total)
    return Report(fed=tuple(done.fed))


def _feed(feeding: _Feeding, found: list[Found | Skipped], done: _Done) -> None:
    """Settle every file in order; those that must be parsed are, a few ahead."""
    waiting: deque[_Step] = deque()
    parsed = 0

    def jobs() -> Iterator[Job]:
        for item in found:
            if feeding.stop():
                return
            step, job = _step(feeding, item)
            waiting.append(step)
            if job is not None:
                yield job

    ours = feeding.options.parsers is None
    small = ours and len(found) == 1 and isinstance(found[0], Found) and _is_small(found[0])
    with reader_for(feeding.options.reader, small_text=small) as reader:
        options = for_a_run(feeding.context, feeding.cube, replace(feeding.options, reader=reader))
        feeding = replace(feeding, options=options)
        for job, came in _mapped(reader, jobs()):
            while waiting[0].settled is not None:  # those that stand before it
                _settle(feeding, done, waiting.popleft(), ())
            parsed += 1
            feeding.listen(waiting[0].name, "parsing", parsed, done.total)
            step = waiting.popleft()
            _settle(feeding, done, step, _taken(feeding, step, job, came, done))
            if feeding.stop():
                return
    for step in waiting:
        _settle(feeding, done, step, ())


def _mapped(reader: Reader, jobs: Iterable[Job]) -> Iterator[tuple[Job, Read]]:
    """As `reader.map`; an error that ends it all says so as this engine's."""
    try:
        yield from reader.map(jobs)
    except IngestError as problem:
        raise Invalid(problem.name, "reading", problem.reason) from problem


def _settle(feeding: _Feeding, done: _Done, step: _Step, fed: Iterable[Fed]) -> None:
    feeding.listen(step.name, "files", done.files, done.total)
    done.fed.extend(fed if step.settled is None else (step.settled,))
    done.files += 1


def _step(feeding: _Feeding, item: Found | Skipped) -> tuple[_Step, Job | None]:
    """What is to be done with a file, and the job when it must be read for that."""
    name = feeding.name or item.name
    step = _Step(name=name, origin=Origin(folder=feeding.folder, file=item.name))
    if isinstance(item, Skipped):
        step.settled = Fed(name=name, outcome="ignored" if item.wished else "failed", problem=item.reason)
        return step, None
    try:
        data = item.path.read_bytes()
    except OSError as problem:
        step.settled = Fed(name=name, outcome="failed", problem=f"can't be read: {problem.strerror}")
        return step, None
    same = feeding.known.same_bytes(item.name, hashlib.sha256(data).hexdigest())
    if same is not None and not may_be_read_now(same.unread):
        step.settled = Fed(
            name=same.name, outcome="unchanged", root=same.root, present=(same.root,), unread=same.unread
        )  # fmt: skip
        return step, None
    options = feeding.options
    return step, Job(
        data=data, name=name, chat_time=options.chat_time, limits=options.limits, parsers=options.parsers
    )  # fmt: skip


def _taken(feeding: _Feeding, step: _Step, job: Job, came: Read, done: _Done) -> Iterator[Fed]:
    """Each document and chat of one file, taken in.

    The one that is the whole file comes last: when it is in, all of the file is, also after a kill in between.
    """
    if isinstance(came, IngestError):
        yield Fed(name=step.name, outcome="failed", problem=came.reason)
        return
    where = Came(origin=step.origin, known=feeding.known, named=feeding.name is not None)
    done.read[step.origin.file] = {_name(source) for source in came}
    for source in sorted(came, key=lambda each: _name(each) == step.name):
        try:
            yield from feed_source(
                feeding.context, feeding.cube, source, options=feeding.options, listen=feeding.listen, came=where,
                job=job if len(came) == 1 else None,
            )  # fmt: skip
        except Invalid as error:
            yield Fed(name=_name(source), outcome="failed", problem=str(error))


def _name(source: Document | Conversation) -> str:
    return source.name if isinstance(source, Document) else source.id


def _would(feeding: _Feeding, step: _Step, job: Job | None) -> Fed:
    """What feeding a file would come to, as far as its bytes alone tell; a chat may turn out unchanged."""
    if step.settled is not None or job is None:
        return step.settled or Fed(name=step.name, outcome="failed")
    digest = hashlib.sha256(job.data).hexdigest()
    if step.origin.file in feeding.known.at:
        return Fed(name=step.name, outcome="changed")
    moved = feeding.known.moved(digest, step.name)
    if moved is not None:
        return Fed(name=step.name, outcome="moved", root=moved.root, was=moved.name)
    head = feeding.context.store.get(Scope(cubes=(feeding.cube,)), [document_id(step.name)])
    if not head:
        return Fed(name=step.name, outcome="new")
    return Fed(name=step.name, outcome="unchanged" if head[0].content_hash == digest else "changed", root=head[0].id)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_small(item: Found) -> bool:
    return item.size <= SMALL_TEXT and item.media_type in PLAIN_TEXT
