"""Parsing: what a file is, what stands in it, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import (
    Document,
    IngestError,
    Limits,
    NothingRead,
    TooLarge,
    UnreadableFile,
    UnsupportedFormat,
    media_type_of,
    parse,
)

MARKDOWN = b"""---
title: "The Harbour"
author: Ada
---
# Harbour *Works*

The **crane** lifts [steel](https://example.org)
from `barge 7`.

## Cranes

- north crane
  - its `hook`
- south crane

3. third
4. fourth

> Mind the gap.

| crane | tons |
| --- | --- |
| a\\|b | 40 |

```python
lift(40)
```

![a crane](crane.png "The north crane, 1962")
"""


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in document.elements]


def test_markdown_is_read_as_a_reader_sees_it() -> None:
    document = parse(MARKDOWN, name="works.md")
    assert document.title == "The Harbour"
    assert document.metadata["author"] == "Ada"
    assert document.content_hash == hashlib.sha256(MARKDOWN).hexdigest()
    assert kinds(document) == [
        ("heading", "Harbour Works"),
        ("paragraph", "The crane lifts steel from barge 7."),
        ("heading", "Cranes"),
        ("list_item", "north crane"),
        ("list_item", "its hook"),
        ("list_item", "south crane"),
        ("list_item", "3. third"),
        ("list_item", "4. fourth"),
        ("quote", "Mind the gap."),
        ("table", "| crane | tons |\n| --- | --- |\n| a\\|b | 40 |"),
        ("code", "lift(40)"),
        ("image", "The north crane, 1962"),
    ]
    assert [e.level for e in document.elements if e.kind in ("heading", "list_item")] == [1, 2, 0, 1, 0, 0, 0]
    assert document.elements[-1].href == "crane.png" and document.elements[-1].alt == "a crane"


def test_a_markdown_element_points_to_its_own_source() -> None:
    text = MARKDOWN.decode()
    for element in parse(MARKDOWN, name="works.md").elements:
        where = element.provenance
        assert where.start is not None and where.end is not None
        source = text[where.start : where.end]
        assert source == source.strip() and source
        assert element.text.split()[-1].strip("|`.,") in source


def test_images_and_tables_inside_raw_html_of_markdown_are_kept() -> None:
    document = parse(b'Look <img src="b.png" alt="a barge"> here.\n\n<p>A <b>bold</b> one</p>\n', name="a.md")
    assert kinds(document) == [("paragraph", "Look here."), ("image", "a barge"), ("paragraph", "A bold one")]


def test_hard_wrapped_chinese_is_joined_without_spaces() -> None:
    document = parse("公司位于\n上海市，\n生产 valves\nand pumps。".encode(), name="a.md")
    assert document.elements[0].text == "公司位于上海市，生产 valves and pumps。"


PAGE = """<!doctype html><html lang="en"><head><title>Cranes | Example</title>
<meta name="author" content="Ada"><style>p {color: red}</style></head><body>
<nav><a href="/">Home</a></nav>
<h1>Cranes</h1><p>Two <b>cranes</b><br>stand here.<script>alert(1)</script></p>
<p style="display: none">secret</p><div hidden>gone</div>
<figure><img src="n.jpg" alt="crane"><figcaption>The north crane</figcaption></figure>
<img src="icon.png" width="16" height="16">
<ol start="4"><li>fourth<ul><li>inner</li></ul></li><li>fifth</li></ol>
<table><caption>Loads</caption><tr><th>crane</th><th>tons</th></tr><tr><td>n</td><td>40</td></tr></table>
<pre>a  b
  c</pre><blockquote>Mind the gap.</blockquote>
<footer>(c) nobody</footer></body></html>"""


def test_html_keeps_structure_and_drops_what_is_not_read() -> None:
    document = parse(PAGE.encode(), name="cranes.html")
    assert (document.title, document.language, document.metadata["author"]) == ("Cranes", "en", "Ada")
    assert kinds(document) == [
        ("heading", "Cranes"),
        ("paragraph", "Two cranes\nstand here."),
        ("image", "The north crane"),
        ("list_item", "4. fourth"),
        ("list_item", "inner"),
        ("list_item", "5. fifth"),
        ("table", "| crane | tons |\n| --- | --- |\n| n | 40 |"),
        ("code", "a  b\n  c"),
        ("quote", "Mind the gap."),
    ]
    image = document.elements[2]
    assert (image.href, image.alt, image.caption) == ("n.jpg", "crane", "The north crane")
    assert document.elements[6].caption == "Loads"


def test_a_table_that_lays_out_a_page_is_read_as_the_text_in_it() -> None:
    page = b"<table><tr><td>menu</td><td><h2>News</h2><p>It rained all day.</p></td></tr></table>"
    assert ("heading", "News") in kinds(parse(page, name="a.html"))


def test_html_nested_a_hundred_thousand_deep_is_refused_and_five_thousand_deep_is_read() -> None:
    def page(depth: int) -> bytes:
        return b"<html><body>" + b"<div>" * depth + b"the bottom of the well"

    with pytest.raises(TooLarge, match="100,000 levels is over the limit nesting"):
        parse(page(100_000), name="a.html")
    read = parse(page(5_000), name="a.html", limits=Limits(nesting=5_000))
    assert kinds(read) == [("paragraph", "the bottom of the well")]


def test_a_thousand_unclosed_paragraphs_and_items_are_not_deep() -> None:
    page = b"<ul>" + b"<li>item<p>text<br>" * 3_000 + b"<script>" + b"'<div>'" * 3_000 + b"</script>"
    assert len(parse(page, name="a.html").elements) >= 6_000


def test_html_in_a_declared_encoding_is_decoded() -> None:
    page = '<html><head><meta charset="gb2312"></head><body><p>公司位于上海，生产阀门和水泵。</p></body></html>'
    assert parse(page.encode("gb2312"), name="a.html").elements[0].text == "公司位于上海，生产阀门和水泵。"


def test_text_elements_are_the_text_between_their_offsets() -> None:
    text = "Chapter 1: The Sea\r\n\r\n  It was calm.\r\nVery calm.  \n\n\nNotes\n=====\n\n第三章 风暴\n\n风来了。"
    document = parse(text.encode(), name="sea.txt")
    assert [(e.kind, e.level, e.text) for e in document.elements] == [
        ("heading", 2, "Chapter 1: The Sea"),
        ("paragraph", 0, "It was calm.\r\nVery calm."),
        ("heading", 1, "Notes"),
        ("heading", 2, "第三章 风暴"),
        ("paragraph", 0, "风来了。"),
    ]
    for element in document.elements:
        assert text[element.provenance.start : element.provenance.end] == element.text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t"), max_size=300))
def test_no_character_of_a_text_is_lost_but_white_space_and_underlines(text: str) -> None:
    try:
        document = parse(text.encode(), name="a.txt", media_type="text/plain")
    except NothingRead:
        assert sum(map(str.isalnum, text)) < 16
        return
    kept = "".join("".join(e.text.split()) for e in document.elements)
    lines = [line for line in text.splitlines() if set(line.strip()) - set("=-~*")]
    assert [c for c in kept if c not in "=-~*"] == [
        c for c in "".join("".join(line.split()) for line in lines) if c not in "=-~*"
    ]


def test_a_pdf_gives_pages_boxes_and_its_outline_as_headings(make_pdf) -> None:  # type: ignore[no-untyped-def]
    body = "The crane lifts forty tons of steel each hour of the day."
    data = make_pdf(
        [[(12, "Lifting Gear"), (12, body)], [(12, "Storms"), (12, "It rained on the quay, and nobody went out.")]],
        outline=[("Lifting Gear", 1), ("Storms", 2)],
        title="Harbour handbook",
    )
    document = parse(data, name="h.pdf")
    assert document.title == "Harbour handbook"
    assert [(e.text, e.level, e.provenance.page) for e in document.elements if e.kind == "heading"] == [
        ("Lifting Gear", 1, 1),
        ("Storms", 1, 2),
    ]
    paragraph = next(e for e in document.elements if e.text == body)
    left, top, right, bottom = paragraph.provenance.box or (0, 0, 0, 0)
    assert 70 < left < 74 and right > 200 and 40 < top < bottom < 110


def test_a_running_head_of_a_pdf_is_left_out(make_pdf) -> None:  # type: ignore[no-untyped-def]
    pages = []
    for number in range(1, 6):
        lines = [(12, f"Crane {number} lifts steel all day, and the men below keep well away from it.")] * 3
        pages.append([*lines, (190, ""), (110, ""), (9, f"Harbour handbook page {number}")])
    document = parse(make_pdf(pages), name="h.pdf")
    assert not [e for e in document.elements if "handbook page" in e.text]
    assert sum("lifts steel" in e.text for e in document.elements) >= 5


def test_a_pdf_without_text_is_an_error_that_names_ocr(make_pdf) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NothingRead, match=r"scan\.pdf: none of its 2 pages holds text.*OCR"):
        parse(make_pdf([[], []]), name="scan.pdf")


def test_a_truncated_pdf_is_unreadable(make_pdf) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnreadableFile, match=r"cut\.pdf: is not a whole PDF"):
        parse(b"%PDF-1.4 and then nothing that makes sense", name="cut.pdf")


def test_pages_over_the_limit_are_refused_before_they_are_read(make_pdf) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TooLarge, match=r"3 pages is over the limit pages = 2 pages.*Limits\(pages=") as caught:
        parse(make_pdf([[(12, "x")]] * 3), name="a.pdf", limits=Limits(pages=2))
    assert (caught.value.limit, caught.value.allowed, caught.value.found) == ("pages", 2, 3)


def test_a_hundred_megabytes_on_one_line_are_refused_at_once() -> None:
    with pytest.raises(TooLarge, match="text_bytes"):
        parse(b"x" * (100 * 1024 * 1024), name="line.txt")


def test_text_that_is_not_in_the_encoding_it_is_said_to_be_in_names_the_offset_and_the_way_out() -> None:
    with pytest.raises(UnreadableFile, match=r"a\.txt: not utf-8: invalid bytes at offset 3; .*encoding") as caught:
        parse("café au lait, every single morning".encode("latin-1"), name="a.txt", encoding="utf-8")
    assert caught.value.name == "a.txt"
    read = parse("café au lait, every single morning".encode("latin-1"), name="a.txt")
    assert read.elements[0].text.startswith("café")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides_the_encoding(encoding: str) -> None:
    document = parse("# Überschrift\n\nEin ganzer Satz steht hier.".encode(encoding), name="a.md")
    assert kinds(document) == [("heading", "Überschrift"), ("paragraph", "Ein ganzer Satz steht hier.")]


@pytest.mark.parametrize(
    "data", [b"", b"   \n\t ", b"\xef\xbb\xbf \n", b"---\n***\n", b"<html><script>var a=1</script></html>"]
)
def test_nothing_read_from_something_is_never_success(data: bytes) -> None:
    with pytest.raises(NothingRead):
        parse(data, name="a.md" if data[:1] != b"<" else "a.html")


def test_a_page_of_scripts_with_five_letters_of_text_is_refused() -> None:
    page = b"<html><body><p>Load</p><script>" + b"x();" * 4000 + b"</script></body></html>"
    with pytest.raises(NothingRead, match="only 4 letters"):
        parse(page, name="app.html")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (gzip.compress(b"hello", mtime=0), "a.txt"),
        (b"MZ\x00\x01" + bytes(200), "a.html"),
        (b"<?xml version='1.0'?><svg></svg>", "a"),
        (b"\x1b\x01\x02\x03\x04" * 20, "a.txt"),
    ],
)
def test_what_no_parser_takes_is_named_whatever_its_extension_says(data: bytes, name: str) -> None:
    with pytest.raises(UnsupportedFormat, match=rf"^{name}: "):
        parse(data, name=name)


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"junk\n%PDF-1.7", "a.txt", "application/pdf"),
        (b"<!-- c --><!DOCTYPE html><p>", "a.txt", "text/html"),
        (b"<p>just a piece</p>", "a.htm", "text/html"),
        (b"# Title\n\n```\ncode\n```\n", "README", "text/markdown"),
        (b"# a comment\nrun\n", "notes.txt", "text/plain"),
        (b"plain words", "", "text/plain"),
        (b'[{"role": "user"}]', "export", "application/json"),
        (b"[draft] a note", "note", "text/plain"),
    ],
)
def test_the_media_type_is_told_by_content_first(data: bytes, name: str, expected: str) -> None:
    assert media_type_of(data, name=name) == expected


def test_markdown_nested_too_deep_is_refused_not_dropped() -> None:
    with pytest.raises(UnreadableFile, match="levels deep"):
        parse(b">" * 3000 + b" the bottom of the well", name="a.md")


@given(st.binary(max_size=400), st.sampled_from(["a.md", "a.html", "a.txt", "a.pdf", "a"]))
def test_any_bytes_give_a_document_or_an_ingest_error(data: bytes, name: str) -> None:
    try:
        document = parse(data, name=name)
    except IngestError as problem:
        assert str(problem).startswith(f"{name}: ")
    else:
        assert document.elements


@given(st.text(alphabet="<>/abpliudvtr =\"'!-&;#1\n", max_size=200))
def test_any_markup_soup_is_survived(soup: str) -> None:
    for media_type in ("text/html", "text/markdown"):
        with suppress(IngestError):
            assert parse(soup.encode(), name="a", media_type=media_type).elements


def test_the_shared_web_page_keeps_its_headings_pictures_and_prose(shared_docs: Path) -> None:
    document = parse((shared_docs / "wiki_duck.html").read_bytes(), name="wiki_duck.html")
    headings = [e.text for e in document.elements if e.kind == "heading"]
    assert document.title == "Duck" and document.language == "en"
    assert headings[:3] == ["Duck", "Etymology", "Taxonomy"] and len(headings) == 20
    assert "Male mallard." in [e.caption for e in document.elements if e.kind == "image"]
    assert not [e for e in document.elements if "[edit]" in e.text]


def test_the_shared_pdf_without_an_outline_gives_every_heading(shared_docs: Path) -> None:
    document = parse((shared_docs / "multi_page.pdf").read_bytes(), name="multi_page.pdf")
    expected = (shared_docs / "expected" / "multi_page.pdf.md").read_text(encoding="utf-8")
    wanted = [line.lstrip("# ") for line in expected.splitlines() if line.startswith("#")]
    assert [e.text for e in document.elements if e.kind == "heading"] == wanted
    assert not [e for e in document.elements if "**" in e.text]
