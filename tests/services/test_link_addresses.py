"""Which addresses mean the same place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.model.graph import Node
from memos_graph.services.remember.addresses import addresses_of, pointed, slug, url_address
from memos_ingest.links import link


def document(key: str, **info: Any) -> Node:
    at = datetime(2025, 1, 1, tzinfo=UTC)
    return Node(id="doc_1", cube="kb", kind="Document", text="T", key=key, info=info, created_at=at, updated_at=at)


def meant(href: str, source: Node) -> tuple[str, str] | None:
    to = pointed(href, source)
    return None if to is None else (to.address, to.fragment)


FILED = document("a/b.md", folder="/docs", file="a/b.md")


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("c.md", "file:/docs/a/c.md"), ("./c.md", "file:/docs/a/c.md"), ("../c.md", "file:/docs/c.md"),
        ("sub%20dir/c%2Bd.md", "file:/docs/a/sub dir/c+d.md"), ("sub\\c.md", "file:/docs/a/sub/c.md"),
        ("/c.md", "file:/docs/c.md"), ("file:///docs/c.md", "file:/docs/c.md"), ("c.md?raw=1", "file:/docs/a/c.md"),
        ("sub/", "file:/docs/a/sub/"), ("../../../../c.md", "file:/c.md"),
        ("mail.eml!/x.pdf", "file:/docs/a/mail.eml!/x.pdf"),
        ("https://X.org:443/a%20b?q=1", "//x.org/a b?q=1"), ("http://x.org", "//x.org/"),
    ],
)  # fmt: skip
def test_a_link_is_read_from_where_it_stands(href: str, address: str) -> None:
    assert meant(href, FILED) == (address, "")
    assert meant(f"{href}#north-gate", FILED) == (address, "north-gate")


@pytest.mark.parametrize("href", ["#top", "", "?x", "http://[::1", "http://", "https://x.org:port/"])
def test_what_names_no_other_place_is_none(href: str) -> None:
    assert meant(href, FILED) is None


def test_a_link_in_an_attachment_is_read_from_within_its_mail() -> None:
    inside = document("mail.eml!/notes.html", folder="/docs", file="mail.eml")
    assert meant("report.pdf", inside) == ("file:/docs/mail.eml!/report.pdf", "")
    report = document("mail.eml!/report.pdf", folder="/docs", file="mail.eml")
    assert addresses_of(report)[0] == "file:/docs/mail.eml!/report.pdf"


def test_a_file_has_its_place_its_name_and_its_folder_when_it_is_its_index() -> None:
    assert addresses_of(FILED) == ("file:/docs/a/b.md", "file:a/b.md")
    readme = document("sub/README.md", folder="/docs", file="sub/README.md")
    assert "file:/docs/sub/" in addresses_of(readme)
    assert addresses_of(document("notes/a.md")) == ("file:notes/a.md",)


def test_a_page_has_its_own_address_the_one_asked_for_and_a_canonical_one_on_its_host() -> None:
    page = document("https://x.org/a", metadata={"canonical": "https://x.org/b", "asked": "http://y.org/old#x"})
    assert addresses_of(page) == ("//x.org/a", "//x.org/b", "//y.org/old")
    grabbing = document("https://x.org/a", metadata={"canonical": "https://bank.org/"})
    assert addresses_of(grabbing) == ("//x.org/a",)


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_link_in_any_document_has_an_address_or_none_and_the_same_one_each_time(href: str, key: str) -> None:
    source = document("".join(c for c in key if not "\ud800" <= c <= "\udfff"))
    made = link(href, "words")
    if made is not None:
        assert pointed(made.href, source) == pointed(made.href, source)
    assert isinstance(url_address(href), str)


def test_a_heading_and_the_fragments_that_tools_make_of_it_are_one() -> None:
    assert slug("North gate: how to shut it") == slug("north-gate-how-to-shut-it") == slug("North_gate:_how_to_shut_it")
    assert slug("%E9%98%80%E9%97%A8") == slug("阀门")
