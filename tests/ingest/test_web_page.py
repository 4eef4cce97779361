"""The main text of a fetched page, with its structure and what it says of itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_ingest import IngestError, Limits, NothingRead, TooLarge
from memos_ingest.elements import Element
from memos_ingest.parsers import html, web_page
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Source
from memos_ingest.parsers.main_part import MainText, main_part

URL = "https://harbour.example/articles/valves.html"
PARAGRAPHS = (
    "The tunnel valve of the northern lock is shut at every spring tide, because the water would otherwise run back "
    "into the old basin and lift the boats from their moorings.",
    "Ruth Adeyemi, who has kept the lock since the winter of 2019, signs off every piece of work on the valves and "
    "writes it into the log that hangs beside the pump room door.",
    "Two pumps keep the basin at its level. The larger one was rebuilt by Calder and Sons after the flood, and it has "
    "run without a fault for more than four thousand hours since then.",
)
PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>How the valves work | Harbour Gazette</title>
<meta name="author" content="Ines Varga"><link rel="canonical" href="/articles/valves">
<meta property="article:published_time" content="2024-03-05T08:30:00Z">
<meta property="og:site_name" content="Harbour Gazette">
</head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>
<div class="cookie-banner"><p>We use cookies to improve your visit. Accept all of them?</p></div>
<div id="content"><article><h1>How the valves work</h1>
<p>{PARAGRAPHS[0]} See <a href="tides.html#spring">the tide tables</a>.</p>
<h2>Who signs</h2><p>{PARAGRAPHS[1]}</p>
<ul><li>The log is read every morning by the harbour master himself.</li>
<li>The keys are counted every evening by whoever closes the gate.</li></ul>
<figure><img src="/pictures/log.jpg" alt="The log"><figcaption>The log beside the pump room door.</figcaption></figure>
<h2>The pumps</h2><p>{PARAGRAPHS[2]}</p>
<table><tr><th>Pump</th><th>Rebuilt</th><th>Litres a second</th></tr>
<tr><td>P-1, the smaller pump</td><td>2011</td><td>140</td></tr>
<tr><td>P-2, the larger pump</td><td>2019</td><td>310</td></tr></table>
</article>
<aside class="sidebar related"><h2>You may also like</h2><ul><li><a href="/a">Ten boats to see this year</a></li>
<li><a href="/b">Why gulls laugh</a></li></ul></aside></div>
<div class="footer"><p>Copyright Harbour Gazette. All rights reserved. Imprint. Privacy.</p></div>
</body></html>"""


def read(page: str | bytes, name: str = URL, limits: Limits | None = None) -> Parsed:
    data = page.encode() if isinstance(page, str) else page
    return web_page.parse(Source(data=data, name=name, limits=limits or Limits()))


def kinds(parsed: Parsed) -> list[tuple[str, str]]:
    return [(element.kind, element.text.split("\n")[0][:30]) for element in parsed.elements]


def test_the_main_text_is_kept_with_its_structure_and_the_rest_is_not() -> None:
    assert kinds(read(PAGE)) == [
        ("heading", "How the valves work"),
        ("paragraph", PARAGRAPHS[0][:30]),
        ("heading", "Who signs"),
        ("paragraph", PARAGRAPHS[1][:30]),
        ("list_item", "The log is read every morning b"[:30]),
        ("list_item", "The keys are counted every even"[:30]),
        ("image", "The log beside the pump room d"),
        ("heading", "The pumps"),
        ("paragraph", PARAGRAPHS[2][:30]),
        ("table", "| Pump | Rebuilt | Litres a se"),
    ]


def test_the_same_page_read_as_a_file_keeps_everything() -> None:
    whole = html.parse(Source(data=PAGE.encode(), name="valves.html", limits=Limits()))
    assert any("cookies" in element.text for element in whole.elements)
    assert not any("cookies" in element.text for element in read(PAGE).elements)


def test_a_page_says_who_wrote_it_when_and_where_it_belongs() -> None:
    parsed = read(PAGE)
    assert parsed.title == "How the valves work"
    assert parsed.language == "en"
    found = {key: parsed.metadata.get(key) for key in ("author", "published", "canonical", "reader")}
    assert found == {
        "author": "Ines Varga", "published": "2024-03-05",
        "canonical": "https://harbour.example/articles/valves", "reader": "trafilatura",
    }  # fmt: skip


def test_links_of_the_main_text_are_kept_whole_and_those_around_it_are_not() -> None:
    assert read(PAGE).metadata["links"] == "https://harbour.example/articles/tides.html"
    based = PAGE.replace("<head>", '<head><base href="https://docs.example/x/">')
    assert read(based).metadata["links"] == "https://docs.example/x/tides.html"


def test_a_picture_has_the_address_that_it_can_be_found_at() -> None:
    (picture,) = [element for element in read(PAGE).elements if element.kind == "image"]
    assert (picture.href, picture.caption) == (
        "https://harbour.example/pictures/log.jpg", "The log beside the pump room door.",
    )  # fmt: skip


def test_without_a_url_nothing_is_made_up() -> None:
    parsed = read(PAGE, name="valves.html")
    assert "links" not in parsed.metadata and "canonical" not in parsed.metadata
    assert [element.href for element in parsed.elements if element.kind == "image"] == ["/pictures/log.jpg"]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "http://[", "mailto:a@b.c", "#part", "file:///x"]
)
def test_a_link_that_is_no_page_is_left_out(link: str) -> None:
    assert "links" not in read(PAGE.replace("tides.html#spring", link)).metadata


def test_a_page_of_little_prose_is_read_as_a_whole() -> None:
    rows = "".join(f"<div><span>Pump P-{number}</span><b>{number * 7} litres</b></div>" for number in range(60))
    parsed = read(f"<html><body><h1>All pumps</h1>{rows}</body></html>")
    text = "\n".join(element.text for element in parsed.elements)
    assert all(f"P-{number}" in text for number in range(60))


def test_without_trafilatura_the_whole_page_is_read_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    parsed = read(PAGE)
    assert parsed.metadata["reader"] == "html"
    assert any("cookies" in element.text for element in parsed.elements)
    assert parsed.metadata["author"] == "Ines Varga"


def test_a_chinese_page_keeps_its_main_text() -> None:
    text = (
        "北方水闸的隧道阀门在每次大潮时关闭，否则海水会倒灌进旧码头，把船只从系泊处抬起来。"
        "鲁思负责签署所有阀门的工作，并写进泵房门边的日志里。"
    )
    page = "<html><head><title>阀门</title></head><body><nav><a href='/'>首页</a></nav><article><h1>阀门</h1>"
    page += "".join(f"<p>{text}第{number}段。</p>" for number in range(4))
    parsed = read(page + "</article><div class='footer'>版权所有</div></body></html>")
    assert [element.kind for element in parsed.elements] == ["heading"] + ["paragraph"] * 4


def test_a_page_of_very_many_tags_is_read_without_weighing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_page, "_MOST_TAGS", 100)
    rows = "".join(f"<p>Row {number} of the long register of boats.</p>" for number in range(60))
    parsed = read(f"<html><body>{rows}</body></html>")
    assert (parsed.metadata["reader"], len(parsed.elements)) == ("html", 60)


# What is no page


@pytest.mark.parametrize("shell", [
    "<html><body><noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div></body></html>",
    "<html><body><div id=app>Loading...</div><p>Please turn on JavaScript and reload.</p></body></html>",
    "<html><body><p>JavaScript must be enabled.</p></body></html>",
])  # fmt: skip
def test_a_page_that_is_written_by_its_scripts_is_no_success(shell: str) -> None:
    with pytest.raises(NothingRead, match="scripts"):
        read(shell)


def test_an_article_about_javascript_is_a_page() -> None:
    about = PAGE.replace("See <a", "You must enable JavaScript to see the tides. See <a")
    assert len(read(about).elements) == len(read(PAGE).elements)


def test_a_page_nested_too_deep_is_refused_before_another_parser_sees_it() -> None:
    with pytest.raises(TooLarge, match="nesting"):
        read("<div>" * 5_000 + "text", limits=Limits(nesting=1_000))


def test_long_values_are_cut_and_a_paragraph_is_no_author() -> None:
    page = PAGE.replace("Ines Varga", "word " * 1_000).replace('Harbour Gazette"', "x" * 9_000 + '"')
    parsed = read(page)
    assert all(len(value) <= METADATA_CHARS for key, value in parsed.metadata.items() if key != "links")


def test_the_links_of_a_page_are_bounded() -> None:
    many = "".join(
        f"<p>{PARAGRAPHS[number % 3]} <a href='/{number}{'x' * 300}'>The tide tables</a>.</p>" for number in range(200)
    )
    links = read(PAGE.replace("</article>", f"{many}</article>")).metadata["links"]
    assert 10_000 < len(links) <= web_page.LINKS_CHARS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from([
    "<p>", "</p>", "<div>", "<table><tr><td>", "</table>", "<a href='x'>", "<h2>", "<ul><li>", "<br>", "<!--", "-->",
    "<script>", "</script>", "word word word ", "\x00", "&#0;", "&#xD800;", "<svg>", "<math>",
    "<![CDATA[", "<?xml version='1.0' encoding='utf-7'?>", "<frameset>", "<template>", "<title>", "<pre>",
    "<img src=a>", "<base href='http://['>",
    '<script type="application/ld+json">{"@type":"Article","author":[[]],"datePublished":{}}</script>',
    "<meta name=author content='&#0;'>", "<link rel=canonical href='//'>", "<figure>", "<time datetime='99999'>",
    "中文",
]), max_size=40))  # fmt: skip
def test_any_page_is_read_or_refused(parts: list[str]) -> None:
    try:
        parsed = read("".join(parts))
    except IngestError:
        return
    assert all(element.text.strip() or element.kind == "image" for element in parsed.elements)


def test_a_long_encyclopedia_page_keeps_its_article_and_loses_its_categories(shared_docs: Path) -> None:
    data = (shared_docs / "wiki_duck.html").read_bytes()
    parsed = read(data, name="https://en.wikipedia.org/wiki/Duck")
    headings = [element.text for element in parsed.elements if element.kind == "heading"]
    assert {"Etymology", "Taxonomy", "Distribution and habitat", "Behaviour"} <= set(headings)
    text = "\n".join(element.text for element in parsed.elements)
    assert "Hidden categories" not in text and "Retrieved from" not in text
    assert "form taxon" in text and "Anatidae" in text


# Which elements belong


def element(kind: str, text: str, level: int = 0) -> Element:
    return Element(kind=kind, text=text, level=level)  # type: ignore[arg-type]


def test_a_heading_stays_with_what_stands_under_it() -> None:
    said = "one two three four five six"
    elements = [
        element("heading", "A", 1), element("heading", "B", 2), element("paragraph", said),
        element("heading", "C", 2), element("heading", "D", 3), element("paragraph", "seven eight nine ten eleven"),
        element("heading", "E", 1), element("heading", "F", 2), element("heading", "G", 3), element("paragraph", said),
        element("heading", "H", 2),
    ]  # fmt: skip
    kept = [each.text for each in main_part(elements, MainText(said)) if each.kind == "heading"]
    assert kept == ["A", "B", "E", "F", "G"]


@given(st.lists(st.sampled_from(["a", "b", "c", "水", "7"]), max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_a_text_holds_every_piece_of_itself(words: list[str], start: int, end: int) -> None:
    piece = words[start:end]
    assert MainText(" ".join(words)).holds(", ".join(piece)) is bool(piece)
