"""Some workers side by side: one file, or many in order. Keeps nothing of a file once its result is handed on."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeAlias, TypeVar

from memos_ingest.elements import Conversation, Document
from memos_ingest.errors import IngestError, ParserFailed, SandboxUnavailable
from memos_ingest.limits import DEFAULT_LIMITS, Limits
from memos_ingest.parsers.choosing import chosen
from memos_ingest.sandbox.asking import Job, Look, Pixels
from memos_ingest.sandbox.limits import DEFAULT_SANDBOX, SandboxLimits
from memos_ingest.sandbox.process import Worker

T = TypeVar("T")
Read: TypeAlias = tuple[Document | Conversation, ...]
Outcome: TypeAlias = Read | IngestError
_AHEAD = 3  # files for each worker that are taken in before their turn: one in work, one waiting, one done


class Sandbox:
    """Parsers in processes of their own; close it, or use `with`. Safe to use from several threads.

    A worker starts with the first file that finds none idle, serves many, and is replaced when it ended or is worn.
    """

    def __init__(
        self, limits: SandboxLimits = DEFAULT_SANDBOX, *, workers: int = 2, parsers: str | Mapping[str, str] = ""
    ) -> None:
        """Nothing is started yet. `parsers`: for jobs that do not say. ValueError for less than one worker."""
        if workers < 1:
            raise ValueError(f"workers = {workers}: must be at least 1")
        self.limits = limits
        self.workers = workers
        self._parsers = chosen(parsers)
        # A worker ends with the thread that started it, so each has a thread of the pool, which stays.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="sandbox")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._running: set[Worker] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(
        self, data: bytes, *, name: str, media_type: str | None = None, chat_time: str | datetime | None = None,
        encoding: str | None = None, limits: Limits = DEFAULT_LIMITS,
        parsers: str | Mapping[str, str] | None = None,
    ) -> Read:  # fmt: skip
        """What `memos_ingest.read` returns and raises; or ParserCrashed, ParserTimedOut, ParserOutOfMemory,
        SandboxUnavailable. Waits its turn. Cost: that of the parser, some ms for the way there and back, and once for
        each worker about .3 s.
        """
        job = Job(
            data=data, name=name, media_type=media_type, chat_time=chat_time, encoding=encoding, limits=limits,
            parsers=parsers,
        )  # fmt: skip
        return _result(job, self.submit(job))

    def submit(self, job: Job) -> Future[Read]:
        """The same, later: its result or error is in the Future. RuntimeError when closed. Unbounded: see `map`."""
        asked = replace(job, parsers=self._parsers if job.parsers is None else chosen(job.parsers))
        return self._threads.submit(self._serve, job, lambda worker: worker.ask(asked))

    def draw(self, job: Job, look: Look) -> Pixels:
        """A place in the file as it looks. UnsupportedFormat, UnreadableFile for what can't be drawn; and as `read`."""
        drawn: Future[Pixels] = self._threads.submit(self._serve, job, lambda worker: worker.draw(job, look))
        return _result(job, drawn)

    def map(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Outcome]]:
        """Each job with what it gave, in the order of `jobs`; an IngestError comes as a value and stops nothing.

        Jobs are drawn as they are needed: a few for each worker, and no more than `ahead_bytes` of them, so give a
        generator that reads each file when it is asked. Jobs that are not begun are dropped when the caller stops.
        """
        coming = iter(jobs)
        waiting: deque[tuple[Job, Future[Read]]] = deque()
        held = 0
        more = True
        try:
            while True:
                while more and len(waiting) < _AHEAD * self.workers and (not waiting or held < self.limits.ahead_bytes):
                    job = next(coming, None)
                    if job is None:
                        more = False
                        break
                    held += len(job.data)
                    waiting.append((job, self.submit(job)))
                if not waiting:
                    return
                job, future = waiting.popleft()
                held -= len(job.data)
                yield job, _outcome(job, future)
        finally:
            for _, future in waiting:
                future.cancel()

    @property
    def guards(self) -> frozenset[str]:
        """What confines every worker that is ready (see `confine`); empty when none is."""
        with self._lock:
            held = [worker.guards for worker in self._running if worker.guards]
        return frozenset.intersection(*held) if held else frozenset()

    def close(self) -> None:
        """End all workers now; files in work fail. Closing twice is fine."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            ending = tuple(self._running)
        for worker in ending:
            worker.interrupt()
        self._threads.shutdown(wait=True)
        for worker in ending:
            worker.kill()

    def _serve(self, job: Job, task: Callable[[Worker], T]) -> T:
        worker: Worker = getattr(self._own, "worker", None) or self._new(job.name)
        try:
            return task(worker)
        except (ParserFailed, SandboxUnavailable) as problem:
            if self._closed:
                raise SandboxUnavailable(job.name, "the sandbox was closed while it was parsed; try again") from problem
            raise
        finally:
            if worker.usable and worker.worn:
                worker.kill()
            if not worker.usable:
                self._replace(worker)

    def _new(self, name: str) -> Worker:
        """This thread's new worker, for a file so called."""
        with self._lock:
            if self._closed:
                raise SandboxUnavailable(name, "the sandbox is closed; open another one")
            self._own.worker = worker = Worker(self.limits, name)
            self._running.add(worker)
        return worker

    def _replace(self, ended: Worker) -> None:
        """Start the next one now, so that it is warm when the next file comes."""
        with self._lock:
            self._running.discard(ended)
        self._own.worker = None
        # where none can be started, the next file says so
        with suppress(SandboxUnavailable):
            self._new(ended.name)


def _outcome(job: Job, future: Future[Read]) -> Outcome:
    try:
        return _result(job, future)
    except IngestError as problem:
        return problem


def _result(job: Job, future: Future[T]) -> T:
    try:
        return future.result()
    except CancelledError as problem:
        raise SandboxUnavailable(job.name, "the sandbox was closed before its turn; try again") from problem
