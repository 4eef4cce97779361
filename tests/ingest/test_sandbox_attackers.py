"""The sandbox against its own worker: a parser that does what a hostile file wants costs that file alone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from memos_ingest import IngestError, TooLarge, UnreadableFile
from memos_ingest.errors import ParserCrashed, ParserOutOfMemory, ParserTimedOut, SandboxUnavailable
from memos_ingest.sandbox import Job, Sandbox, SandboxLimits, process

EVIL = Path(__file__).parent / "hostile" / "evil_worker.py"
LIMITS = SandboxLimits(cpu_seconds=1, cpu_seconds_per_page=0.001, wall_ratio=60, memory_bytes=256 * 1024 * 1024)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part of the sandbox is Linux's")


pytestmark = pytest.mark.long


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setattr(process, "_WORKER", (str(EVIL),))
    with Sandbox(LIMITS, workers=1) as one:
        yield one


def ask(sandbox: Sandbox, order: str, argument: object = "") -> str:
    """The text that the worker gives back for an order."""
    (document,) = sandbox.read(f"{order} {argument}".encode(), name="evil.txt")
    return "".join(element.text for element in document.elements)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("order", "error", "words"),
    [
        ("segv", ParserCrashed, "SIGSEGV"),
        ("abort", ParserCrashed, "SIGABRT"),
        ("exit", ParserCrashed, "status 7"),
        ("calm_exit", ParserCrashed, "status 0"),
        ("fail", ParserCrashed, "ValueError: a bug in a parser?"),
        ("spin", ParserTimedOut, "cpu_seconds"),
        ("bomb", ParserOutOfMemory, "268,435,456 bytes"),
        ("rust", ParserOutOfMemory, "268,435,456 bytes"),
        ("mute", ParserCrashed, "went silent"),
        ("deep", UnreadableFile, "nested too deep"),
        ("garbage", ParserCrashed, "what no parser answers"),
        ("huge_frame", ParserCrashed, "what no parser answers"),
        ("nested_frame", ParserCrashed, "what no parser answers"),
        ("nan_frame", ParserCrashed, "what no parser answers"),
        ("minus_pages", ParserCrashed, "what no parser answers"),
        ("endless_pages", ParserCrashed, "what no parser answers"),
        ("early_end", ParserCrashed, "what no parser answers"),
        ("orphans", ParserCrashed, "what no parser answers"),
        ("stranger", ParserCrashed, "what no parser answers"),
        ("other_name", ParserCrashed, "another name"),
        ("other_hash", ParserCrashed, "another hash"),
        ("home_grown", UnreadableFile, "cannot be read by me"),
        ("refuse", IngestError, "try another"),
    ],
)
def test_an_attack_costs_one_file_and_names_it(
    sandbox: Sandbox, order: str, error: type[IngestError], words: str
) -> None:
    with pytest.raises(error) as caught:
        ask(sandbox, order)
    assert caught.value.name == "evil.txt"
    assert words in str(caught.value)
    assert ask(sandbox, "hello") == "good morning"


def test_a_parser_that_only_waits_is_ended_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_WORKER", (str(EVIL),))
    with Sandbox(replace(LIMITS, wall_ratio=1), workers=1) as sandbox:
        with pytest.raises(ParserTimedOut, match="wall_ratio"):
            ask(sandbox, "sleep")
        (again,) = sandbox.map([Job(data=b"pid ", name="evil.txt")])
    assert again[0].name == "evil.txt"


def test_what_a_library_prints_never_mixes_with_the_answer(sandbox: Sandbox) -> None:
    assert ask(sandbox, "flood") == "kept apart"
    assert ask(sandbox, "hello") == "good morning"


def test_threads_of_a_parser_run(sandbox: Sandbox) -> None:
    assert ask(sandbox, "threads") == "threads run"


def test_a_worker_sees_no_variable_of_its_parent(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    assert "SECRET_TOKEN" not in ask(sandbox, "environment")


@linux_only
def test_every_guard_holds_here(sandbox: Sandbox) -> None:
    ask(sandbox, "hello")
    assert sandbox.guards >= {"rlimits", "no_new_privs", "capabilities", "seccomp"}


@linux_only
def test_a_worker_writes_removes_and_makes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("mine", "utf-8")
    for order, path in (("write", kept), ("write", tmp_path / "new"), ("unlink", kept), ("mkdir", tmp_path / "folder")):
        assert ask(sandbox, order, path).startswith("refused"), order
    assert kept.read_text("utf-8") == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@linux_only
def test_a_worker_reads_no_file_of_the_user(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mine", "utf-8")
    ask(sandbox, "hello")
    if "landlock" not in sandbox.guards:
        pytest.skip("this kernel has no Landlock, so reading is not confined")
    assert ask(sandbox, "read", tmp_path / "secret").startswith("refused")
    assert ask(sandbox, "read", f"/proc/{os.getpid()}/environ").startswith("refused")
    assert ask(sandbox, "list", tmp_path).startswith("refused")


@linux_only
def test_a_worker_reaches_no_network(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        assert ask(sandbox, "connect", server.getsockname()[1]).startswith("refused")
        with pytest.raises(TimeoutError):
            server.accept()


@linux_only
@pytest.mark.parametrize("order", ["exec", "fork", "setsid", "shared_bomb"])
def test_a_worker_starts_nothing_and_stays_in_its_group(sandbox: Sandbox, order: str) -> None:
    assert ask(sandbox, order).startswith("refused")


@linux_only
def test_a_worker_signals_nobody(sandbox: Sandbox) -> None:
    assert ask(sandbox, "kill", os.getpid()).startswith("refused")


def test_a_worker_outlives_the_thread_that_asked_first(sandbox: Sandbox) -> None:
    pids: list[str] = []
    for _ in range(2):
        asking = threading.Thread(target=lambda: pids.append(ask(sandbox, "pid")))
        asking.start()
        asking.join()
    assert pids[0] == pids[1]


def test_closing_leaves_no_process_and_no_open_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_WORKER", (str(EVIL),))
    before = len(list(Path("/dev/fd").iterdir()))
    with Sandbox(LIMITS, workers=2) as sandbox:
        pids = [int(ask(sandbox, "pid"))]
        with pytest.raises(ParserCrashed):
            ask(sandbox, "segv")
        pids.append(int(ask(sandbox, "pid")))
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert len(list(Path("/dev/fd").iterdir())) == before


@linux_only
def test_a_worker_ends_with_a_parent_that_is_killed() -> None:
    script = (
        "import time\nfrom memos_ingest.sandbox import Job, Sandbox, process\n"
        f"process._WORKER = ({str(EVIL)!r},)\nsandbox = Sandbox(workers=1)\n"
        "print(sandbox.read(b'pid ', name='evil.txt')[0].elements[0].text, flush=True)\n"
        "sandbox.submit(Job(data=b'sleep ', name='evil.txt'))\ntime.sleep(60)\n"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        os.kill(worker, 0)
        parent.kill()
    ended = Path(f"/proc/{worker}/stat")
    while ended.exists() and ended.read_text("ascii").rpartition(")")[2].split()[0] not in "ZX":
        time.sleep(0.01)  # the suite's own limit ends this when it never happens


def test_a_worker_is_replaced_after_its_number_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_WORKER", (str(EVIL),))
    with Sandbox(SandboxLimits(files=2), workers=1) as sandbox:
        pids = [ask(sandbox, "pid") for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


@linux_only
def test_a_worker_that_keeps_memory_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_WORKER", (str(EVIL),))
    with Sandbox(SandboxLimits(growth_bytes=50_000_000), workers=1) as sandbox:
        small, big = ask(sandbox, "grow", 1_000), ask(sandbox, "grow", 80_000_000)
        assert small == big != ask(sandbox, "grow", 1_000)


def test_a_failing_file_in_the_middle_keeps_its_place(sandbox: Sandbox) -> None:
    orders = ["hello", "segv", "hello", "refuse", "spin", "hello"]
    jobs = [Job(data=f"{order} ".encode(), name=f"{at}.txt") for at, order in enumerate(orders)]
    got = [(job.name, type(outcome).__name__) for job, outcome in sandbox.map(jobs)]
    kinds = ["tuple", "ParserCrashed", "tuple", "IngestError", "ParserTimedOut", "tuple"]
    assert got == [(f"{at}.txt", kind) for at, kind in enumerate(kinds)]


def test_no_more_files_are_taken_in_than_a_few_for_each_worker(sandbox: Sandbox) -> None:
    drawn: list[int] = []

    def jobs() -> Iterator[Job]:
        for at in range(50):
            drawn.append(at)
            yield Job(data=b"hello ", name=f"{at}.txt")

    coming = sandbox.map(jobs())
    for done in range(1, 4):
        next(coming)
        assert len(drawn) <= done + 2
    coming.close()  # type: ignore[attr-defined]
    assert ask(sandbox, "hello") == "good morning"
    assert len(drawn) <= 5


def test_large_files_wait_until_the_ones_before_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_WORKER", (str(EVIL),))
    drawn: list[int] = []

    def jobs() -> Iterator[Job]:
        for at in range(6):
            drawn.append(at)
            yield Job(data=b"hello " + b"x" * 60_000, name=f"{at}.txt")

    with Sandbox(SandboxLimits(ahead_bytes=100_000), workers=2) as sandbox:
        for done, (_, outcome) in enumerate(sandbox.map(jobs()), 1):
            assert isinstance(outcome, tuple)
            assert len(drawn) <= done + 1
    assert len(drawn) == 6


def test_more_text_than_may_come_back_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(SandboxLimits(result_bytes=10_000), workers=1) as sandbox:
        with pytest.raises(TooLarge, match=r"SandboxLimits\(result_bytes="):
            sandbox.read(b"word " * 4_000, name="long.txt")
        assert sandbox.read(b"a few words are fine", name="short.txt")


def test_a_closed_sandbox_says_so(sandbox: Sandbox) -> None:
    waiting = sandbox.submit(Job(data=b"sleep ", name="slow.txt"))
    while not waiting.running():
        pass
    sandbox.close()
    with pytest.raises(SandboxUnavailable, match=r"slow\.txt: .*closed"):
        waiting.result()


def test_files_that_wait_when_the_sandbox_closes_are_named(sandbox: Sandbox) -> None:
    coming = sandbox.map(
        Job(data=order, name=f"{order.decode().strip()}.txt") for order in (b"hello ", b"sleep ", b"pid ")
    )
    next(coming)
    sandbox.close()
    got = {job.name: type(outcome) for job, outcome in coming}
    assert got == {"sleep.txt": SandboxUnavailable, "pid.txt": SandboxUnavailable}


def test_processor_time_ends_also_where_the_parent_holds_signals_back(sandbox: Sandbox) -> None:
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGXCPU})
    try:
        with pytest.raises(ParserTimedOut, match="cpu_seconds"):
            ask(sandbox, "spin")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def test_without_a_process_nothing_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_WORKER", ("-c", "raise SystemExit('no such luck')"))
    with Sandbox(workers=1) as sandbox, pytest.raises(SandboxUnavailable, match=r"a\.txt: .*no such luck"):
        sandbox.read(b"some words", name="a.txt")


def test_a_python_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Sandbox(workers=1) as sandbox, pytest.raises(SandboxUnavailable, match="/nowhere/python"):
        sandbox.read(b"some words", name="a.txt")
