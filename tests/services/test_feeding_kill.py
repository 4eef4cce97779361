"""A feed that is killed: what is in is in, and the next run takes in the rest and nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import memos_graph.app as app
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.ports import Embedder
from memos_graph.services.context import Context
from memos_graph.services.remember.feed import FeedOptions, feed_path
from memos_graph.services.remember.reading import InProcess, Read
from memos_ingest import Document, parse
from memos_ingest.sandbox import Job

FILES = 4
KILLED = """
import os, signal, sys
from pathlib import Path
import memos_graph.app as app

def listen(name, stage, done, total):
    if (stage, name) == (sys.argv[3], sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)

with app.open(sys.argv[1]) as graph:
    graph.cube("kb").add(Path(sys.argv[2]), listen=listen)
"""


def make_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(FILES):
        words = " ".join(f"Reading {number}-{line} of the gauge was noted by Ruth Adeyemi." for line in range(20))
        (folder / f"page{number}.html").write_text(f"<html><h1>Watch {number}</h1><p>{words}</p></html>")
    return folder


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a kill is a thing of Unix")
@pytest.mark.parametrize(
    ("stage", "file", "left_in"),
    [("parsing", "page0.html", 0), ("embedding", "page2.html", 2), ("files", "page3.html", 3)],
)  # fmt: skip
def test_after_a_kill_the_next_run_takes_in_the_rest_and_nothing_twice(
    tmp_path: Path, embedder: Embedder, stage: str, file: str, left_in: int
) -> None:
    folder, store = make_folder(tmp_path), tmp_path / "kb.graph"
    path = {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(store), str(folder), stage, file], env={**os.environ, **path}, check=False,
        timeout=280,
    )  # fmt: skip
    assert ran.returncode == -signal.SIGKILL
    with app.open(store, embedder=embedder) as graph:
        cube = graph.cube("kb")
        report = cube.add(folder)
        # a "files" event stands before its file is written, so that what it names is still to come
        assert (report.count("unchanged"), report.count("new")) == (left_in, FILES - left_in)
        assert cube.add(folder).nodes == ()
        assert all(finding.ok for finding in graph.check())
        found = {(node.id, node.text) for node in cube.list(limit=10_000)}
        edges = {edge.id for edge in cube.edges()}
    whole = app.Graph(Context(store=InMemoryStore(), embedder=embedder, clock=app.now)).cube("kb")
    whole.add(folder)
    assert found == {(node.id, node.text) for node in whole.list(limit=10_000)}
    assert edges == {edge.id for edge in whole.edges()}


class _Mail(InProcess):
    """Reads every file as a mail with one attachment."""

    def map(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Read]]:
        for job in jobs:
            parts = (job.data, b"The attachment speaks of tides.")
            names = (job.name, f"{job.name}!/tides.txt")
            read: list[Document] = [parse(part, name=name) for part, name in zip(parts, names, strict=True)]
            yield job, tuple(read)


def test_a_file_cut_off_between_its_documents_is_taken_up_again(tmp_path: Path, embedder: Embedder) -> None:
    (tmp_path / "mail.txt").write_text("The mail itself speaks of pumps.")
    context = Context(store=InMemoryStore(), embedder=embedder, clock=app.now)
    app.Graph(context).cube("kb")
    options, seen = FeedOptions(reader=_Mail(), prune=True), list[str]()

    def cut_off(name: str, stage: str, done: int, total: int) -> None:
        if stage == "reading":
            seen.append(name)
            if len(seen) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        feed_path(context, "kb", tmp_path, options=options, listen=cut_off)
    again = feed_path(context, "kb", tmp_path, options=options)
    assert {fed.name: fed.outcome for fed in again.fed} == {"mail.txt": "new", "mail.txt!/tides.txt": "unchanged"}
    assert [fed.outcome for fed in feed_path(context, "kb", tmp_path, options=options).fed] == ["unchanged"]


def test_what_an_archive_no_longer_holds_is_pruned_with_it(tmp_path: Path, embedder: Embedder) -> None:
    (tmp_path / "mail.txt").write_text("The mail itself speaks of pumps.")
    context = Context(store=InMemoryStore(), embedder=embedder, clock=app.now)
    app.Graph(context).cube("kb")
    feed_path(context, "kb", tmp_path, options=FeedOptions(reader=_Mail()))
    (tmp_path / "mail.txt").write_text("The mail has lost its attachment.")
    report = feed_path(context, "kb", tmp_path, options=FeedOptions(reader=InProcess(), prune=True))
    assert {fed.name: fed.outcome for fed in report.fed} == {"mail.txt": "changed", "mail.txt!/tides.txt": "retired"}
