"""A parser of the user's choice: refused before anything is read, kept on the document, one way for every source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import memos_graph
from memos_graph.app import Graph
from memos_graph.model.errors import Invalid
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.reading import Read
from memos_graph.settings import Settings, load_settings
from memos_ingest import parse
from memos_ingest.sandbox import Job

WORDS = b"# Pumps\n\nThe middle pump stands in the hall, and Ruth Adeyemi keeps it."


class Noting:
    """Reads in this process with our own parsers, and notes what each job chose."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def map(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Read]]:
        for job in jobs:
            self.jobs.append(job)
            yield job, (parse(job.data, name=job.name),)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memos_ingest.parsers.choosing.find_spec", lambda name: object())


def test_a_parser_that_is_none_is_refused_before_anything_is_read() -> None:
    with pytest.raises(Invalid, match=r"parsers.*docling.*default, pymupdf, unstructured"):
        FeedOptions(parsers={"pdf": "docling"})


def test_a_parser_that_is_not_installed_is_refused_with_the_command_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("memos_ingest.parsers.choosing.find_spec", lambda name: None)
    with pytest.raises(Invalid, match=r"pip install 'memos-graph\[pymupdf\]'.*AGPL"):
        FeedOptions(parsers="pdf=pymupdf")


@pytest.mark.usefixtures("installed")
def test_the_choice_goes_with_a_file_a_folder_and_with_bytes(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "pumps.md").write_bytes(WORDS)
    reader = Noting()
    options = FeedOptions(reader=reader, parsers={"md": "unstructured"})
    cube = graph.cube("kb")
    cube.add(tmp_path / "pumps.md", options=options)
    (tmp_path / "pumps.md").write_bytes(WORDS + b" It is old.")
    cube.add(tmp_path, options=options)
    cube.add_bytes(WORDS + b" It is blue.", "other.md", options=options)
    assert [job.parsers for job in reader.jobs] == [{"md": "unstructured"}] * 3


def test_a_setting_that_names_no_parser_is_refused_when_the_graph_is_opened(tmp_path: Path) -> None:
    settings = load_settings({"MEMOS_GRAPH_PARSERS": "pdf=docling"}, tmp_path)
    with pytest.raises(Invalid, match=r"docling"):
        memos_graph.open("memory:", settings=settings)


@pytest.mark.extra("pymupdf")
def test_what_a_chosen_parser_read_says_so_on_its_document(tmp_path: Path) -> None:
    from tests.ingest.conftest import write_pdf

    (tmp_path / "a.pdf").write_bytes(write_pdf([[(24, "The Harbour"), (10, "The crane lifts forty tons of steel.")]]))
    with memos_graph.open("memory:", settings=Settings(parsers="pdf=pymupdf")) as graph:
        cube = graph.cube("kb")
        (fed,) = cube.add(tmp_path / "a.pdf").fed
        metadata = cube.get(fed.root).info["metadata"]
        assert isinstance(metadata, dict)
        assert metadata["parser"] == "pymupdf"
        assert cube.search("how much does the crane lift?")[0].node.text == "The crane lifts forty tons of steel."
