"""DOC, XLS, PPT and RTF: with the extra [office]; without it, a word on how to get it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import Document, IngestError, NothingRead, UnreadableFile, UnsupportedFormat, media_type_of, parse
from memos_ingest.parsers.office_repair import table_of_tabs
from memos_ingest.parsers.rtf_styles import paragraph_styles
from tests.ingest.ole_files import ole, ppt, xls

needs_xberg = pytest.mark.usefixtures("xberg")
SHEETS: dict[str, list[list[str | float]]] = {
    "May": [["crane", "tons"], ["north", 40], ["süd", 25.5]],
    "June": [["a", "b"], ["c", 1]],
}


@pytest.fixture
def xberg() -> None:
    pytest.importorskip("xberg", reason="the extra [office] is not installed")


def kinds(document: Document) -> list[tuple[str, int, str]]:
    return [(element.kind, element.level, element.text) for element in document.elements]


def test_old_formats_are_told_apart_by_their_streams() -> None:
    expected = {
        "WordDocument": "msword",
        "Workbook": "vnd.ms-excel",
        "Book": "vnd.ms-excel",
        "PowerPoint Document": "vnd.ms-powerpoint",
        "__properties_version1.0": "vnd.ms-outlook",
    }
    for stream, kind in expected.items():
        assert media_type_of(ole({stream: b"x"}), name="a.bin") == f"application/{kind}"
    assert media_type_of(ole({"Contents": b"x"})) == "application/x-ole-storage"


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        ("EncryptedPackage", "locked with a password"),
        ("__properties_version1.0", "save it as .eml"),
        ("Contents", "neither"),
    ],
)
def test_what_is_in_an_ole_file_and_cannot_be_read_is_told(stream: str, told: str) -> None:
    with pytest.raises(UnsupportedFormat, match=rf"^a\.doc: .*{told}"):
        parse(ole({stream: b"x" * 5_000}), name="a.doc")


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xberg", None)
    with pytest.raises(UnsupportedFormat, match=r"pip install 'memos-graph\[office\]'"):
        parse(xls(SHEETS), name="a.xls")


@needs_xberg
def test_an_xls_is_its_sheets_and_their_tables() -> None:
    document = parse(xls(SHEETS), name="a.xls")
    assert [(e.kind, e.text, e.provenance.page) for e in document.elements if e.kind == "heading"] == [
        ("heading", "May", 1), ("heading", "June", 2),
    ]  # fmt: skip
    assert document.elements[1].cells == (("crane", "tons"), ("north", "40"), ("süd", "25.5"))


@needs_xberg
def test_a_ppt_is_read_slide_by_slide() -> None:
    document = parse(ppt([("The Harbour", "Two cranes stand here."), ("Cranes", "They lift.\rThey rust.")]), name="a")
    assert [(e.kind, e.text, e.provenance.page) for e in document.elements] == [
        ("heading", "The Harbour", 1), ("paragraph", "Two cranes stand here.", 1),
        ("heading", "Cranes", 2), ("paragraph", "They lift.", 2), ("paragraph", "They rust.", 2),
    ]  # fmt: skip


RTF = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}
{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s2 Title;}{\s3\outlinelevel1 Own;}}
{\header Running head\par}
\pard\s2 Harbour Works\par\pard\s1 \u19978?\u28023? Cranes\par\pard\s0 They lift \b steel\b0  in caf\'e9s.\par
\pard\s3 North\par\pard Built in 1962{\footnote By hand.}.\par
\trowd\cellx2000\cellx4000 \intbl crane\cell tons\cell\row\trowd\cellx2000\cellx4000 \intbl north\cell 40\cell\row
\pard The end of it.\par}"""


@needs_xberg
def test_an_rtf_keeps_titles_headings_tables_notes_and_margins() -> None:
    found = kinds(parse(RTF, name="a.rtf"))
    assert ("title", 0, "Harbour Works") in found and ("heading", 2, "North") in found
    assert ("heading", 1, "上海 Cranes") in found
    assert ("paragraph", 0, "They lift steel in cafés.") in found
    assert ("footnote", 0, "By hand.") in found
    assert ("page_header", 0, "Running head") in found and ("paragraph", 0, "Running head") not in found
    assert ("table", 0, "| crane | tons |\n| --- | --- |\n| north | 40 |") in found


@given(st.binary(max_size=200))
def test_the_second_look_at_an_rtf_survives_any_bytes(data: bytes) -> None:
    assert isinstance(paragraph_styles(b"{\\rtf1" + data), list)


@needs_xberg
def test_a_doc_keeps_its_title_its_headings_and_the_cells_of_its_table(shared_docs: Path) -> None:
    document = parse((shared_docs / "legacy_sample.doc").read_bytes(), name="legacy_sample.doc")
    heads = [(e.kind, e.level, e.text) for e in document.elements if e.kind in ("title", "heading")]
    assert heads == [("title", 0, "Swimming in the lake"), ("heading", 1, "Let’s swim!"), ("heading", 2, "Let’s eat")]
    (table,) = [element.cells for element in document.elements if element.kind == "table"]
    assert table[0] == ("", "Food", "Calories per portion") and table[3] == ("Grain", "Corn, Buckwheat, Barley", "200")


@needs_xberg
@pytest.mark.parametrize("keep", [600, 5_000, 30_000, 90_000])
def test_a_doc_that_is_cut_off_gives_its_text_or_an_error_never_nothing(shared_docs: Path, keep: int) -> None:
    data = (shared_docs / "legacy_sample.doc").read_bytes()[:keep]
    try:
        document = parse(data, name="cut.doc")
    except IngestError as problem:
        assert str(problem).startswith("cut.doc: ")
    else:
        assert any(element.text.strip() for element in document.elements)


@needs_xberg
@pytest.mark.parametrize("stream", ["WordDocument", "Workbook", "PowerPoint Document"])
def test_an_old_file_of_zeros_is_never_a_success(stream: str) -> None:
    with pytest.raises((NothingRead, UnreadableFile)):
        parse(ole({stream: bytes(9_000)}), name="a")


@needs_xberg
@given(st.binary(max_size=300))
def test_an_old_file_with_any_bytes_in_it_gives_an_ingest_error_or_text(data: bytes) -> None:
    for stream in ("WordDocument", "Workbook", "PowerPoint Document"):
        try:
            assert parse(ole({stream: data * 20}), name="a").elements
        except IngestError as problem:
            assert str(problem).startswith("a: ")


def test_tabs_that_were_a_table_become_its_rows_and_others_do_not() -> None:
    assert table_of_tabs("a\tb\t\t1\t2\t\t3\t4") == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert table_of_tabs("Food\tCalories\t\tLeaves\tAsh\t50\t\tGrain\tCorn\t200") == [
        ["", "Food", "Calories"], ["Leaves", "Ash", "50"], ["Grain", "Corn", "200"],
    ]  # fmt: skip
    assert table_of_tabs("Name:\tAda\tAge:\t36\tin years") is None
