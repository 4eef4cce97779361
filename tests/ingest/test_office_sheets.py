"""Spreadsheets and delimited text: values as written, in tables."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import Document, Limits, NothingRead, TooLarge, UnreadableFile, media_type_of, parse
from memos_ingest.parsers.grid import ROWS_A_TABLE
from tests.ingest.office_files import odf, xlsx


def rows(document: Document) -> list[tuple[tuple[str, ...], ...]]:
    return [element.cells for element in document.elements if element.kind == "table"]


def sheet(*lines: str, more: str = "") -> str:
    return "<sheetData>" + "".join(f"<row>{line}</row>" for line in lines) + f"</sheetData>{more}"


def test_a_sheet_is_a_heading_and_its_tables_and_a_line_alone_is_text() -> None:
    xml = (
        '<sheetData><row r="1"><c r="B1" t="s"><v>0</v></c></row>'
        '<row r="4"><c r="B4" t="inlineStr"><is><t>crane</t></is></c><c r="C4" t="str"><v>tons</v></c></row>'
        '<row r="5"><c r="B5" t="s"><v>1</v></c><c r="C5"><v>40</v></c></row></sheetData>'
    )
    document = parse(xlsx({"May": xml}, strings=["Loads of May", "north"]), name="a.xlsx")
    assert [(e.kind, e.text, e.provenance.page) for e in document.elements[:2]] == [
        ("heading", "May", 1), ("paragraph", "Loads of May", 1),
    ]  # fmt: skip
    assert rows(document) == [(("crane", "tons"), ("north", "40"))]


def test_numbers_are_shown_as_what_their_format_says_they_are() -> None:
    line = "".join(f'<c s="{style}"><v>{value}</v></c>' for style, value in
                   [(0, 45413), (1, 45413.5625), (2, 0.25), (3, 0.1 + 0.2), (4, 45413), (0, 0.5)])  # fmt: skip
    line += '<c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c>'
    formats: list[int | str] = [14, "yyyy\\-mm\\-dd h:mm", 9, 0, "0.0 &quot;days&quot;"]
    document = parse(xlsx({"S": sheet(line, line)}, formats=formats), name="a.xlsx")
    assert rows(document)[0][0] == (
        "2024-05-01", "2024-05-01 13:30:00", "25%", "0.3", "45413", "12:00:00", "TRUE", "#N/A",
    )  # fmt: skip


def test_a_merged_cell_says_its_value_in_each_place_and_a_hidden_sheet_is_named_but_not_read() -> None:
    merged = '<sheetData><row r="1"><c r="A1" t="str"><v>wide</v></c></row><row r="2"><c r="A2"><v>1</v></c>'
    merged += '<c r="B2"><v>2</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
    secret = sheet('<c t="str"><v>hush</v></c>')
    document = parse(xlsx({"S": merged, "Secret": secret}, states={"Secret": "veryHidden"}), name="a.xlsx")
    assert rows(document) == [(("wide", "wide"), ("1", "2"))]
    assert document.metadata["hidden_sheets"] == "Secret"
    assert not any("hush" in element.text for element in document.elements)


def test_a_sheet_that_claims_a_cell_in_the_last_column_costs_no_more_than_the_limit_allows() -> None:
    far = '<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with pytest.raises(TooLarge, match="16,384 columns is over the limit columns"):
        parse(xlsx({"S": far}), name="a.xlsx")
    with pytest.raises(TooLarge, match="limit cells"):
        parse(xlsx({"S": sheet(*["<c><v>1</v></c>" * 10] * 20)}), name="a.xlsx", limits=Limits(cells=100))


def test_a_workbook_without_values_is_never_a_success() -> None:
    with pytest.raises(NothingRead, match="its sheets hold no values"):
        parse(xlsx({"S": sheet()}), name="a.xlsx")


def test_an_ods_writes_out_what_it_repeats_and_stops_where_its_values_stop() -> None:
    def cell(text: str, more: str = "") -> str:
        return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"

    body = (
        '<table:table table:name="May"><table:table-row>' + cell("a", 'table:number-columns-repeated="2"')
        + '<table:table-cell table:number-columns-repeated="1020"/></table:table-row>'
        + '<table:table-row table:number-rows-repeated="2"><table:table-cell/>' + cell("7") + "</table:table-row>"
        + '<table:table-row table:number-rows-repeated="1048000">'
        + '<table:table-cell table:number-columns-repeated="1024"/></table:table-row></table:table>'
    )  # fmt: skip
    document = parse(odf("spreadsheet", body), name="a.ods")
    assert document.elements[0].text == "May"
    assert rows(document) == [(("a", "a"), ("", "7"), ("", "7"))]


def test_an_ods_that_repeats_a_value_a_billion_times_is_refused() -> None:
    cell = '<table:table-cell table:number-columns-repeated="9999"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="99999">{cell}</table:table-row>'
    body = f'<table:table table:name="x">{row}</table:table>'
    with pytest.raises(TooLarge, match="limit cells"):
        parse(odf("spreadsheet", body), name="a.ods")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_though_others_stand_in_quotes(delimiter: str) -> None:
    out = StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    lines = [["name", "note", "tons"], ["north", "a, b; c | d\te", "40"], ["south", "two\nlines", "2,5"]]
    writer.writerows(lines)
    document = parse(out.getvalue().encode("utf-8-sig"), name="a.csv")
    assert rows(document)[0] == tuple(tuple(" ".join(c.split()) for c in line) for line in lines)


def test_decimal_commas_do_not_pass_for_delimiters() -> None:
    text = "place;x;y\n" + "".join(f"p{n};{n},5;{n},25\n" for n in range(20))
    assert rows(parse(text.encode(), name="a.csv"))[0][3] == ("p2", "2,5", "2,25")


def test_the_line_that_excel_writes_to_name_its_delimiter_is_obeyed() -> None:
    assert rows(parse(b"sep=;\r\na,b;c\r\nd;e,f\r\n", name="a.csv"))[0] == (("a,b", "c"), ("d", "e,f"))


def test_a_long_table_comes_as_several_each_under_the_same_head_and_no_row_is_lost() -> None:
    total = 2 * ROWS_A_TABLE + 5
    text = "n,name\n" + "".join(f"{n},row {n}\n" for n in range(total))
    tables = rows(parse(text.encode(), name="a.csv"))
    assert len(tables) == 3 and all(table[0] == ("n", "name") for table in tables)
    assert [row[0] for table in tables for row in table[1:]] == [str(n) for n in range(total)]


@pytest.mark.parametrize("count", [1, ROWS_A_TABLE, ROWS_A_TABLE + 1, 2 * ROWS_A_TABLE])
def test_a_table_is_not_followed_by_one_of_its_head_alone(count: int) -> None:
    tables = rows(parse(b"name,value\n" + b"crane,40\n" * count, name="a.csv"))
    assert sum(len(table) - 1 for table in tables) == count and all(len(table) > 1 for table in tables)


def test_a_million_columns_are_refused_by_the_limit() -> None:
    with pytest.raises(TooLarge, match="1,000,000 columns is over the limit columns"):
        parse(b"a" + b",a" * 999_999 + b"\n", name="wide.csv")


def test_a_quote_that_never_ends_is_refused_with_its_line() -> None:
    with pytest.raises(UnreadableFile, match=r"is no table at line \d"):
        parse(b'a,b\n"never closed,' + b"x" * 200_000, name="a.csv")


def test_a_table_without_a_name_that_says_so_is_known_by_its_lines() -> None:
    assert media_type_of(b"a;b;c\n1;2;3\n4;5;6\n7;8;9\n") == "text/csv"
    assert media_type_of(b"a\tb\tc\n1\t2\t3\n4\t5\t6\n7\t8\t9\n") == "text/tab-separated-values"
    prose = b"One, two, three.\nFour, five, six.\nSeven, eight, nine.\nTen, eleven, twelve.\n"
    assert media_type_of(prose) == "text/plain"


cells = st.text(alphabet=st.sampled_from("ab1,;\t|\"'\n é中"), max_size=6)


@given(st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=3, max_size=8)))
def test_no_letter_of_a_table_is_lost_whatever_its_delimiter_is_taken_for(lines: list[list[str]]) -> None:
    out = StringIO()
    csv.writer(out).writerows(lines)
    letters = sorted(c for line in lines for cell in line for c in cell if c.isalnum())
    try:
        document = parse(out.getvalue().encode(), name="a.csv")
    except NothingRead:
        assert not letters
    else:
        assert sorted(c for t in rows(document) for row in t for cell in row for c in cell if c.isalnum()) == letters


def test_the_shared_table_is_cut_at_its_semicolons(shared_docs: Path) -> None:
    (table,) = rows(parse((shared_docs / "csv-semicolon.csv").read_bytes(), name="c.csv"))
    assert len(table) == 6 and {len(row) for row in table} == {12}
    assert table[4][4] == "Dominguez;Mcmillan and Donovan"
