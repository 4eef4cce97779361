"""The documents benchmark: made-up files that parsers read, drivers that fail, and a report that says so."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import documents, ingest, ingest_running
from benchmarks.documents import Prose
from benchmarks.ingest_feeding import OneIn
from benchmarks.ingest_ours import convert, pipe_cells
from benchmarks.ingest_report import Sizes
from benchmarks.ingest_running import OURS, PEERS
from benchmarks.ingest_text import words_of
from benchmarks.peers import venvs
from benchmarks.report import to_markdown
from memos_ingest import parse
from memos_ingest.tables import markdown_table

cells = st.text("ab|1 ", min_size=1, max_size=6).filter(str.strip)


def test_the_made_up_pdf_has_its_pages_headings_and_every_word() -> None:
    data = documents.pdf(Prose(1), 7)
    found = parse(data, name="a.pdf")
    assert [e.provenance.page for e in found.elements if e.kind == "heading"] == [1, 2, 3, 4, 5, 6, 7]
    said = words_of(" ".join(e.text for e in found.elements))
    assert len(said) > 7 * 300
    prose = Prose(1)
    first = words_of(prose.paragraph())  # the first thing that the writer draws, too
    assert "  ".join(first) in "  ".join(said)


def test_the_same_seed_makes_the_same_bytes_and_another_seed_does_not() -> None:
    for write in (documents.markdown, documents.html, documents.csv, documents.docx, documents.png):
        one, again, other = (write(Prose(seed), 3_000) for seed in (5, 5, 6))
        assert one == again != other


def test_made_up_documents_are_about_as_long_as_was_asked() -> None:
    for write in (documents.markdown, documents.html, documents.csv):
        assert 20_000 <= len(write(Prose(1), 20_000)) <= 25_000


def test_a_picture_in_a_document_takes_the_room_that_was_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a.docx"
    file.write_bytes(documents.docx(Prose(1), 1_000, 100_000))
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read("word/media/image1.png").startswith(b"\x89PNG")
    assert 95_000 < file.stat().st_size < 110_000
    assert 95_000 < len(documents.pdf(Prose(1), 1, 100_000)) < 110_000


def test_a_mixed_folder_is_as_large_as_was_asked(tmp_path: Path) -> None:
    made = documents.mixed_folder(tmp_path / "mixed", text=200_000, pictures=800_000, seed=1)
    files = [file for file in (tmp_path / "mixed").rglob("*") if file.is_file()]
    assert len(files) == made.files
    assert sum(file.stat().st_size for file in files) == made.size
    assert 850_000 < made.size < 1_150_000
    assert {file.suffix for file in files} == {".md", ".html", ".csv", ".pdf", ".docx", ".png"}


def test_a_folder_without_pictures_has_none(tmp_path: Path) -> None:
    documents.mixed_folder(tmp_path, text=20_000, pictures=0, seed=1)
    assert not list(tmp_path.rglob("*.png"))


def test_sentences_of_too_little_text_are_not_drawn_on() -> None:
    assert documents.sentences_of(["One short line of text that ends."]) == documents.SENTENCES
    many = "\n".join(f"The {word} of the year was long and dry." for word in "abcdefghijklmnopqrstuvwxyz" for _ in "ab")
    assert documents.sentences_of([many])[0] == "The a of the year was long and dry."


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=4))
def test_a_table_written_as_markdown_is_read_back_cell_by_cell(rows: list[list[str]]) -> None:
    assert pipe_cells(markdown_table(rows)) == [[" ".join(cell.split()) for cell in row] for row in rows]


def test_our_blocks_hold_levels_and_cells(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("# One\n\n## Two\n\n| a | b |\n| - | - |\n| 1 | 2 |\n")
    found = convert(file)
    assert [(b["level"], b["text"]) for b in found if b["kind"] == "heading"] == [(1, "One"), (2, "Two")]
    assert [b["cells"] for b in found if b["kind"] == "table"] == [[["a", "b"], ["1", "2"]]]


def test_a_file_that_cannot_be_read_is_an_answer_and_the_next_one_is_read(tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.pdf", tmp_path / "good.md"
    bad.write_bytes(b"%PDF-1.7 and no more")
    good.write_text("Here is a text that is long enough to be read.")
    found = ingest_running.run(OURS, [bad, good], tmp_path / "work", venvs=None, rounds=2)
    assert found.why_not == ""
    assert found.files["bad.pdf"].content is None
    assert found.files["bad.pdf"].why_not.startswith("UnreadableFile: bad.pdf")
    said = found.files["good.md"]
    assert said.content is not None
    assert said.content.words[:4] == ("here", "is", "a", "text")
    assert len(said.cpu) == len(said.seconds) == 2


def test_a_peer_that_is_not_there_is_not_run_and_says_why(tmp_path: Path) -> None:
    found = ingest_running.run("markitdown", [], tmp_path, venvs=tmp_path / "venvs")
    assert "not installed" in found.why_not
    assert found.version.startswith("markitdown==")
    assert "no --peers" in ingest_running.run("markitdown", [], tmp_path, venvs=None).why_not


def test_every_peer_is_pinned_wholly() -> None:
    for peer in PEERS:
        lines = (venvs.HERE / peer / "requirements.txt").read_text(encoding="utf-8").split()
        assert lines[0].startswith(f"{peer}==")
        assert all(line.count("==") == 1 for line in lines), peer


def test_a_folder_without_a_reference_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    with pytest.raises(ValueError, match=r"expected/NAME\.md"):
        ingest.run(tmp_path, tmp_path)


def test_the_report_names_the_worst_file_and_what_it_lost(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "expected").mkdir(parents=True)
    (data / "good.md").write_text("# A title\n\nA text that is whole and long enough.\n")
    (data / "expected" / "good.md.md").write_text("# A title\n\nA text that is whole and long enough.\n")
    (data / "poor.md").write_text("A title\n\nSome of what was to be here is lost.\n")
    (data / "expected" / "poor.md.md").write_text("# A title\n\nSome of what was to be here is lost, and zebras.\n")
    made = ingest.run(data, tmp_path / "work", peers=tmp_path / "venvs", names=("markitdown",), scores_only=True)
    by_name = {target.what.partition(",")[0]: target for target in made.targets}
    assert by_name["text recall"].measured == pytest.approx(11 / 13)
    assert "poor.md; 1 below" in by_name["text recall"].what
    assert by_name["headings F1"].measured == 0
    assert by_name["order of words"].measured == 1
    assert not made.good
    page = to_markdown(made, RUN)
    assert "zebras (1)" in page
    assert "not run: it was not installed" in page


def small_data(folder: Path) -> Path:
    """A folder with one document and its Markdown."""
    (folder / "expected").mkdir(parents=True)
    (folder / "good.md").write_text("# A title\n\nA text that is whole and long enough.\n")
    (folder / "expected" / "good.md.md").write_text("# A title\n\nA text that is whole and long enough.\n")
    return folder


def test_the_short_run_has_our_scores_and_nothing_of_peers_speed_and_memory(tmp_path: Path) -> None:
    made = ingest.run(small_data(tmp_path / "data"), tmp_path / "work", peers=tmp_path / "venvs", short=True)
    assert list(made.results["parsers"]) == [OURS]
    assert not {"PDF pages a second of CPU", "End to end", "Memory"} & {table.title for table in made.tables}
    assert made.good


@pytest.mark.long
def test_memory_can_be_measured_without_speed(tmp_path: Path) -> None:
    sizes = Sizes(rounds=1, pdf_pages=1, fed=(), long_pdf=3, folder_text=5_000, folder_pictures=20_000)
    (tmp_path / "work").mkdir()
    made = ingest.run(small_data(tmp_path / "data"), tmp_path / "work", memory_only=True, sizes=sizes)
    (table,) = [table for table in made.tables if table.title == "Memory"]
    assert [row[0] for row in table.rows] == ["a PDF of 3 pages", "a folder of 0 MB"]
    assert "End to end" not in {table.title for table in made.tables}
    assert made.results["memory"]["pdf"]["failed"] == made.results["memory"]["folder"]["failed"] == 0
    assert {target.what.partition(",")[0] for target in made.targets} >= {"memory of the main process"}


class Zeros:
    model, dimension, limit = "zeros", 8, 4

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.asked += texts
        return np.zeros((len(texts), 8), np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def test_one_text_in_five_goes_to_the_model_and_the_others_get_unit_vectors() -> None:
    model = Zeros()
    texts = [f"text {number}" for number in range(500)]
    vectors = OneIn(model, 5).embed(texts)
    lengths = np.linalg.norm(vectors, axis=1)
    assert 60 < len(model.asked) < 140
    assert {text for text, length in zip(texts, lengths, strict=True) if length == 0} == set(model.asked)
    assert lengths[lengths > 0] == pytest.approx(1, abs=1e-5)


RUN = {
    "machine": {"cpu": "", "cores": 1, "memory_gb": 1, "system": "", "file_system": "", "load_before": 0},
    "versions": {}, "commit": "", "dirty": False, "date": "", "command": "",
}  # fmt: skip
