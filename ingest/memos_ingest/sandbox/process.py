"""One worker process, seen from its parent: start it, ask it, watch the clock, end it, and say what ended it.

All that comes back is bounded and checked; what is wrong ends the worker and becomes an IngestError that names the
file. Used by one thread, which must outlive it: the kernel ends a worker with the thread that started it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from memos_ingest.elements import Conversation, Document
from memos_ingest.errors import (
    ParserCrashed,
    ParserFailed,
    ParserOutOfMemory,
    ParserTimedOut,
    SandboxUnavailable,
    TooLarge,
)
from memos_ingest.sandbox.asking import Answer, Job, Look, Pixels, Setup, ask_of
from memos_ingest.sandbox.codec import Malformed, dumps, from_json, loads, to_json
from memos_ingest.sandbox.frames import MOST, FrameTooLong, frame, prefix_of
from memos_ingest.sandbox.limits import SandboxLimits
from memos_ingest.sandbox.pipes import Pipes

_WORKER = ("-m", "memos_ingest.sandbox.worker")
_BATCH = 1 << 20  # what a frame may take beside its longest element
_GRACE = 0.5  # seconds for a process whose pipe has closed to end by itself, so that its own end is what is reported
_NO_MEMORY = re.compile(
    r"MemoryError|bad_alloc|memory allocation of \d+ bytes failed|out of memory|cannot allocate", re.IGNORECASE
)
_FULL = 0.8  # of memory_bytes: a process that held this much when it ended most likely ended of it
# ... and one that ended itself, for want of a buffer twice as large as the one it had
_HALF_FULL = 0.3
_OWN_END = frozenset((-signal.SIGABRT, -signal.SIGILL, -signal.SIGTRAP))


class Worker:
    """A process that parses one file after the other. `usable` is False once it has ended."""

    def __init__(self, limits: SandboxLimits, name: str) -> None:
        """Starts it for a file so called, and does not wait. SandboxUnavailable when it cannot be started at all."""
        self.name = name
        self._limits = limits
        self._process = _start(name)
        self._ending = threading.Lock()
        self._pipes = Pipes(self._process, frame_bytes=limits.result_bytes + _BATCH)
        self._asked = 0
        self._held = 0  # bytes resident when it was ready
        self._peak = 0  # the most it had held by then, in the system's unit
        self.usable = True
        self.guards: frozenset[str] = frozenset()  #: what confines it, once it is ready

    @property
    def worn(self) -> bool:
        """Whether to replace it: it has read its number of files, or holds much more than when it began."""
        grown = _resident(self._process.pid) - self._held
        return self._asked >= self._limits.files or grown > self._limits.growth_bytes

    def ask(self, job: Job) -> tuple[Document | Conversation, ...]:
        """What the file holds; raises what `memos_ingest.read` does, or a ParserFailed, after which it has ended."""
        return self._answer(job, None).result()

    def draw(self, job: Job, look: Look) -> Pixels:
        """A place in the file; raises what `memos_ingest.showing.look_at` does, or a ParserFailed."""
        return self._answer(job, look).pixels()

    def _answer(self, job: Job, look: Look | None) -> Answer:
        most = min(job.limits.file_bytes, MOST)
        if len(job.data) > most:
            raise TooLarge(job.name, "file_bytes", most, len(job.data), "bytes")
        self._asked += 1
        answer = Answer(job, self._limits, look)
        try:
            if not self.guards:
                self._get_ready(job.name)
            self._exchange(job, look, answer)
        except (Malformed, FrameTooLong) as problem:
            raise ParserCrashed(
                job.name, f"its parser answered what no parser answers ({str(problem)[:100]})"
            ) from problem
        finally:
            # whatever went wrong between us: the rest of this answer must not become part of the next
            if not answer.done or answer.out_of_memory:
                self.kill()
        if answer.out_of_memory:
            raise ParserOutOfMemory(job.name, self._limits.memory_bytes)
        return answer

    def kill(self) -> tuple[int, int]:
        """End it and all it started: its exit status (below 0: the signal), and the most bytes it held (0: unknown)."""
        if not self.usable:
            return self._process.returncode, 0
        self.interrupt()
        with self._ending:
            self.usable = False
            _, status, used = os.wait4(self._process.pid, 0)
        return self._ended(status, used.ru_maxrss)

    def interrupt(self) -> None:
        """Kill it and all it started, from any thread; the thread that uses it finds it ended."""
        with self._ending, suppress(ProcessLookupError, PermissionError):
            if self.usable:  # else the number may be another process's by now
                os.killpg(self._process.pid, signal.SIGKILL)

    def _ended(self, status: int, most: int) -> tuple[int, int]:
        # said to Popen, which otherwise warns that nobody waited
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._pipes.last_words()
        self._pipes.close()
        # Linux counts what the parent held when it started this one (exec(2) keeps ru_maxrss): no more than that
        # tells nothing
        known = most if most > self._peak else 0
        return self._process.returncode, known if sys.platform == "darwin" else known * 1024

    def _get_ready(self, name: str) -> None:
        said: list[bytes] = []
        told = frame(dumps(to_json(Setup(parent=os.getpid(), limits=self._limits))))
        until = time.monotonic() + self._limits.start_seconds

        def take(payload: bytes) -> bool:
            said.append(payload)
            return True

        outcome = self._pipes.talk([told], take, lambda: until)
        if outcome == "done":
            self._peak, self.guards = _readiness(said[0])
        if not self.guards:
            self.kill()
            words = self._pipes.last_words().rpartition("\n")[2]
            why = "it was not ready in time" if outcome == "late" else f"it ended: {words or 'without a word'}"
            raise SandboxUnavailable(
                name, f"no process for parsing starts with {sys.executable} ({why}), and nothing is parsed without one"
            )
        self._held = _resident(self._process.pid)

    def _exchange(self, job: Job, look: Look | None, answer: Answer) -> None:
        begun = time.monotonic()

        def budget() -> float:
            return self._limits.cpu_budget(size=len(job.data), pages=answer.pages, most_pages=job.limits.pages)

        def take(payload: bytes) -> bool:
            answer.take(payload)
            return answer.done

        asked = frame(dumps(to_json(ask_of(job, look))))
        outcome = self._pipes.talk(
            (asked, prefix_of(job.data), job.data),
            take,
            lambda: begun + budget() * self._limits.wall_ratio,
        )
        if outcome == "late":
            self.kill()
            raise ParserTimedOut(job.name, "wall_ratio", budget() * self._limits.wall_ratio)
        if outcome == "ended":
            answer.done = False
            raise self._why_ended(job.name, budget())

    def _why_ended(self, name: str, budget: float) -> ParserFailed:
        ended = self._wait()
        code, most = ended or self.kill()
        words = self._pipes.last_words()
        if code == -signal.SIGXCPU:
            return ParserTimedOut(name, "cpu_seconds", budget)
        full = _HALF_FULL if code in _OWN_END else _FULL
        if _NO_MEMORY.search(words) or most > self._limits.memory_bytes * full:
            return ParserOutOfMemory(name, self._limits.memory_bytes)
        if ended is None:
            return ParserCrashed(name, "its parser went silent and was ended")
        if code < 0:
            return ParserCrashed(name, f"{_signal_name(-code)} ended its parser", signal=-code)
        last = words.rpartition("\n")[2][:200]
        return ParserCrashed(name, f"its parser ended with status {code}{f' ({last})' if last else ''}")

    def _wait(self) -> tuple[int, int] | None:
        """Its own end, as `kill` gives it; None when it is still there after a moment."""
        until = time.monotonic() + _GRACE
        while time.monotonic() < until:
            with self._ending:
                pid, status, used = os.wait4(self._process.pid, os.WNOHANG)
                self.usable = not pid
            if pid:
                return self._ended(status, used.ru_maxrss)
            time.sleep(0.005)
        return None


def _start(name: str) -> subprocess.Popen[bytes]:
    if sys.platform == "win32" or not sys.executable:
        raise SandboxUnavailable(name, "needs Linux or macOS and a Python to start; parse with memos_ingest.read")
    root = Path(__file__).resolve().parents[2]
    packages = [path for path in sys.path if "site-packages" in path or "dist-packages" in path]
    environment = {"PYTHONPATH": os.pathsep.join((str(root), *packages)), "LANG": "C.UTF-8", "TZ": "UTC"}
    try:
        return subprocess.Popen(  # noqa: S603  # this Python and our own module
            [sys.executable, "-B", "-P", *_WORKER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env=environment, cwd="/", start_new_session=True,
        )  # fmt: skip
    except OSError as problem:
        raise SandboxUnavailable(
            name, f"{sys.executable} cannot be started ({problem.strerror}); free memory or processes, try again"
        ) from problem


def _readiness(payload: bytes) -> tuple[int, frozenset[str]]:
    """The most it has held, and what confines it; no guards when it says something else."""
    with suppress(Malformed):
        said = loads(payload)
        if isinstance(said, dict) and isinstance(held := said.get("ready"), list) and held:
            return from_json(int, held[0]), frozenset(from_json(str, one) for one in held[1:])
    return 0, frozenset()


def _resident(pid: int) -> int:
    """Bytes of memory it holds; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _signal_name(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    # nobody here sent it: this is how Linux ends what a whole machine or container has no memory for
    return f"{name} (the system, most likely short of memory)" if name == "SIGKILL" else name
