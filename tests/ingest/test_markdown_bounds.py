"""Brackets in Markdown that would take hours: read as they stand, nothing lost; all others as ever."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from memos_ingest import parse
from memos_ingest.parsers import markdown_bounds
from memos_ingest.parsers.markdown_bounds import steps, with_bounds

HOSTILE = {
    "open": "[" * 1_000_000, "nested": "[" * 300_000 + "]" * 300_000, "images": "![" * 400_000,
    "stars": "a " + "*" * 1_000_000, "emphasis": "*a _b " * 300_000,
    "links in links": "[a](" * 200_000, "open in lines": ("[" * 50 + "\n") * 10_000, "references": "[a][" * 200_000,
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_of_brackets_is_read_as_it_stands(text: str) -> None:
    elements = parse(f"# A title\n\n{text}\n\nThe end of it.".encode(), name="a.md").elements
    assert [e.text for e in elements if e.kind == "heading"] == ["A title"]
    assert elements[-1].text == "The end of it."
    assert "".join(elements[1].text.split()) == "".join(text.split())


def test_a_list_of_ten_thousand_links_in_one_paragraph_is_ten_thousand_words() -> None:
    text = " ".join(f"[word{at}](https://example.org/{at})" for at in range(10_000))
    (paragraph,) = parse(text.encode(), name="a.md").elements
    assert paragraph.text.split() == [f"word{at}" for at in range(10_000)]


@given(st.text("[]a", max_size=40))
def test_steps_are_the_way_from_each_bracket_to_its_own(text: str) -> None:
    def way(at: int) -> int:
        depth = 0
        for to in range(at, len(text)):
            depth += {"[": 1, "]": -1}.get(text[to], 0)
            if depth == 0:
                return to - at
        return len(text) - at

    assert steps(text) == sum(way(at) for at, char in enumerate(text) if char == "[")


@given(st.text("[]()!a *\n", max_size=60))
def test_what_is_within_the_bound_is_read_as_without_it(text: str) -> None:
    assert with_bounds(MarkdownIt("commonmark")).render(text) == MarkdownIt("commonmark").render(text)


@given(st.text("[]()!ab \n", max_size=60))
def test_beyond_the_bound_no_letter_is_lost(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown_bounds, "MOST_STEPS", -1_000)
        rendered = with_bounds(MarkdownIt("commonmark")).render(text)
    assert sorted(filter(str.isalpha, re.sub(r"<[^>]+>", "", rendered))) == sorted(filter(str.isalpha, text))
