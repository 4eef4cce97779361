"""Following a folder: what is written, changed, moved and removed there is soon so in the graph."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import memos_graph.app as app
from memos_graph.app import CubeHandle
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.errors import Invalid
from memos_graph.ports import Embedder
from memos_graph.services.context import Context
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.reading import InProcess
from memos_graph.services.remember.report import Fed, Report
from memos_graph.services.remember.watch import watch

PATIENCE = 60  #: seconds until a test gives up; how long things take is not its matter


class Watched:
    """A folder that a thread follows."""

    def __init__(self, cube: CubeHandle, path: Path, prune: bool) -> None:
        self.cube, self.path = cube, path
        self.reports: list[Report] = []
        self.problem: BaseException | None = None
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(FeedOptions(reader=InProcess(), prune=prune),))

    def _run(self, options: FeedOptions) -> None:
        try:
            watch(
                self.cube._context, self.cube.name, self.path, stop=self.stop, tell=self.reports.append, options=options
            )  # fmt: skip
        except Invalid as problem:
            self.problem = problem

    def until(self, met: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < end, [fed for report in self.reports for fed in report.fed]
            time.sleep(0.05)

    def told(self, name: str, outcome: str) -> Callable[[], list[Fed]]:
        return lambda: [f for r in list(self.reports) for f in r.fed if (f.name, f.outcome) == (name, outcome)]


@pytest.fixture
def cube(embedder: Embedder) -> CubeHandle:
    return app.Graph(Context(store=InMemoryStore(), embedder=embedder, clock=app.now)).cube("kb")


@contextmanager
def watching(cube: CubeHandle, path: Path, *, prune: bool = False) -> Iterator[Watched]:
    watched = Watched(cube, path, prune)
    watched.thread.start()
    try:
        watched.until(lambda: watched.reports or watched.problem)
        yield watched
    finally:
        watched.stop.set()
        watched.thread.join(PATIENCE)
        assert not watched.thread.is_alive()


def test_what_is_written_changed_moved_and_removed_is_followed(cube: CubeHandle, tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# There\n\nThis was there before.")
    with watching(cube, tmp_path, prune=True) as watched:
        assert [(fed.name, fed.outcome) for fed in watched.reports[0].fed] == [("there.md", "new")]
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "fresh.md").write_text("# Fresh\n\nOskar Brandt keeps the key.")
        watched.until(watched.told("sub/fresh.md", "new"))
        assert "Oskar" in cube.search("who keeps the key?", top_k=1)[0].text
        (tmp_path / "sub" / "fresh.md").write_text("# Fresh\n\nInes Varga keeps the key.")
        watched.until(watched.told("sub/fresh.md", "changed"))
        (tmp_path / "sub").rename(tmp_path / "other")
        watched.until(watched.told("other/fresh.md", "moved"))
        (tmp_path / "there.md").unlink()
        watched.until(watched.told("there.md", "retired"))
    assert {node.key for node in cube.list(limit=100) if node.kind == "Document"} == {"other/fresh.md"}


def test_rules_and_hidden_files_hold_while_watching_and_new_rules_at_once(cube: CubeHandle, tmp_path: Path) -> None:
    (tmp_path / ".memosignore").write_text("*.tmp\n")
    with watching(cube, tmp_path, prune=True) as watched:
        for name in ("a.tmp", ".hidden.md", "b.md", "c.txt"):
            (tmp_path / name).write_text(f"The file {name} speaks of tides.")
        watched.until(watched.told("c.txt", "new"))
        watched.until(watched.told("b.md", "new"))
        (tmp_path / ".memosignore").write_text("*.tmp\n*.txt\n")
        watched.until(watched.told("c.txt", "retired"))
    assert {node.key for node in cube.list(limit=100) if node.kind == "Document"} == {"b.md"}


def test_a_file_alone_is_followed_also_when_it_is_replaced(cube: CubeHandle, tmp_path: Path) -> None:
    file = tmp_path / "note.md"
    file.write_text("The red boat leaks.")
    with watching(cube, file) as watched:
        (tmp_path / "beside.md").write_text("This is nobody's business.")
        (tmp_path / "new").write_text("The red boat sinks.")
        (tmp_path / "new").replace(file)
        watched.until(watched.told("note.md", "changed"))
    assert {fed.name for report in watched.reports for fed in report.fed} == {"note.md"}


def test_a_broken_file_is_told_and_watching_goes_on(cube: CubeHandle, tmp_path: Path) -> None:
    with watching(cube, tmp_path) as watched:
        (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 and then nothing of the sort")
        watched.until(watched.told("bad.pdf", "failed"))
        (tmp_path / "good.md").write_text("The pump runs again.")
        watched.until(watched.told("good.md", "new"))


def test_watching_ends_with_an_error_when_the_folder_itself_goes(cube: CubeHandle, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.md").write_text("The pump runs.")
    with watching(cube, folder, prune=True) as watched:
        folder.rename(tmp_path / "elsewhere")
        watched.until(lambda: watched.problem)
    assert "gone" in str(watched.problem)
    assert cube.stats()[0]["Document"] == 1
