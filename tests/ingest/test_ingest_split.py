"""Splitting: a tree of sections, passages that fit, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import Document, Element, Passage, Picture, Piece, Provenance, Section, parse, split
from memos_ingest.cutting import cut


def words(text: str) -> int:
    """Words, and each CJK character, as a tokenizer would count them, with two markers around each text."""
    return 2 + len(re.findall(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+", text))


def document(*elements: Element) -> Document:
    return Document(title="T", name="t", media_type="text/plain", content_hash="0", elements=elements)


def element(kind: Any, text: str, level: int = 0, **more: Any) -> Element:
    return Element(kind=kind, text=text, level=level, **more)


def passages(pieces: Sequence[Piece]) -> list[Passage]:
    return [piece for piece in pieces if isinstance(piece, Passage)]


def letters(text: str) -> str:
    return "".join(text.split())


def is_subsequence(small: str, large: str) -> bool:
    rest = iter(large)
    return all(character in rest for character in small)


def test_headings_make_a_tree_with_paths() -> None:
    pieces = split(
        document(
            element("paragraph", "Before all."),
            element("heading", "A", 1),
            element("heading", "A.b.c", 3),
            element("paragraph", "Deep."),
            element("heading", "A.d", 2),
            element("heading", "E", 1),
            element("paragraph", "Last."),
        ),
        count_tokens=words,
    )
    assert [(type(p).__name__, p.heading_path) for p in pieces] == [
        ("Passage", ()),
        ("Section", ("A",)),
        ("Section", ("A", "A.b.c")),
        ("Passage", ("A", "A.b.c")),
        ("Section", ("A", "A.d")),
        ("Section", ("E",)),
        ("Passage", ("E",)),
    ]
    assert [p.parent for p in pieces if isinstance(p, Section)] == [None, 1, 1, None]
    assert [p.section for p in passages(pieces)] == [None, 2, 5]


def test_short_paragraphs_are_put_together_up_to_the_limit() -> None:
    pieces = split(
        document(*(element("paragraph", "one two three four") for _ in range(5))), max_tokens=10, count_tokens=words
    )
    assert [p.text.count("one") for p in passages(pieces)] == [2, 2, 1]


def test_list_items_stand_on_lines_of_their_own() -> None:
    (passage,) = passages(
        split(
            document(
                element("paragraph", "Bring:"),
                element("list_item", "rope"),
                element("list_item", "1. first hook"),
            ),
            count_tokens=words,
        )
    )
    assert passage.text == "Bring:\n\n- rope\n1. first hook"
    assert passage.kinds == ("paragraph", "list_item")


def test_a_table_stands_alone_and_a_long_one_repeats_its_head() -> None:
    rows = [f"| crane {n} | {n} tons |" for n in range(20)]
    table = "\n".join(["| crane | load |", "| --- | --- |", *rows])
    pieces = passages(
        split(
            document(
                element("paragraph", "Before."),
                element("table", table, caption="Loads"),
                element("paragraph", "After."),
            ),
            max_tokens=60,
            count_tokens=words,
        )
    )
    tables = [p for p in pieces if p.kinds == ("table",)]
    assert [p.kinds for p in pieces] == [("paragraph",), *[("table",)] * len(tables), ("paragraph",)]
    assert len(tables) > 1 and tables[0].text.startswith("Loads\n\n| crane | load |\n| --- | --- |\n| crane 0 |")
    assert all(p.text.startswith("| crane | load |\n| --- | --- |\n| crane ") for p in tables[1:])
    assert [row for p in tables for row in p.text.splitlines() if row in rows] == rows


def test_pictures_belong_to_the_text_that_they_follow() -> None:
    pieces = split(
        document(
            element("heading", "A", 1),
            element("image", "first", href="1.png", alt="first"),
            element("paragraph", "The text " * 8),
            element("image", "second", href="2.png", alt="an alt", caption="second"),
            element("paragraph", "More text " * 8),
            element("heading", "B", 1),
            element("image", "", href="3.png"),
        ),
        max_tokens=20,
        count_tokens=words,
    )
    pictures = [p for p in pieces if isinstance(p, Picture)]
    assert [p.text for p in pictures] == ["first", "second\nan alt", ""]
    assert [p.href for p in pictures] == ["1.png", "2.png", "3.png"]
    targets = [pieces[p.illustrates] if p.illustrates is not None else None for p in pictures]
    assert isinstance(targets[0], Passage) and targets[0].text.startswith("The text")
    assert targets[0] == targets[1] and targets[2] is None


def test_a_cut_paragraph_keeps_offsets_into_the_file() -> None:
    text = "The crane lifts steel. " * 30 + "\n\n" + "它生产阀门和水泵。上海的公司很大。" * 20
    parsed = parse(text.encode(), name="a.txt")
    found = passages(split(parsed, max_tokens=40, count_tokens=words))
    assert len(found) > 8
    for passage in found:
        where = passage.provenance
        assert letters(passage.text) == letters(text[where.start : where.end])
        assert words(passage.text) <= 40


def test_chinese_is_cut_after_its_sentences() -> None:
    text = "公司成立于一九九八年，总部位于上海。它生产阀门和水泵！你知道吗？是的。" * 20
    found = passages(split(document(element("paragraph", text)), max_tokens=60, count_tokens=words))
    assert len(found) > 5
    assert all(p.text[-1] in "。！？" for p in found)
    assert "".join(p.text for p in found) == text


def test_pages_and_boxes_of_a_passage_are_those_of_its_parts() -> None:
    first = Provenance(page=1, box=(72, 100, 300, 120))
    second = Provenance(page=1, box=(60, 130, 200, 150))
    third = Provenance(page=2, box=(72, 50, 500, 70))
    made = document(*(element("paragraph", "Text.", provenance=p) for p in (first, second, third)))
    (passage,) = passages(split(made, count_tokens=words))
    assert passage.provenance == Provenance(page=1, box=(60, 100, 300, 150))
    assert passage.pages == (1, 2)


def test_a_limit_without_room_for_text_is_refused() -> None:
    with pytest.raises(ValueError, match="max_tokens = 2 leaves no room"):
        split(document(element("paragraph", "x")), max_tokens=2, count_tokens=words)


def test_a_line_of_a_million_letters_is_cut_with_few_calls() -> None:
    calls = []

    def count(text: str) -> int:
        calls.append(len(text))
        return 2 + len(text) // 4

    found = passages(split(document(element("paragraph", "x" * 1_000_000)), count_tokens=count))
    assert "".join(p.text for p in found) == "x" * 1_000_000
    assert sum(calls) < 3_000_000 and all(count(p.text) <= 200 for p in found)


prose = st.text(alphabet=st.sampled_from("ab .,\n“”(水。！是é😀-"), max_size=120)
elements = st.one_of(
    st.builds(element, st.sampled_from(["paragraph", "list_item", "quote", "code", "caption"]), prose),
    st.builds(element, st.sampled_from(["heading", "title"]), prose, st.integers(0, 6)),
    st.builds(element, st.just("image"), prose, alt=st.none() | prose),
    st.builds(
        lambda rows: element("table", "\n".join(["| h |", "| --- |", *(f"| {' '.join(r.split())} |" for r in rows)])),
        st.lists(prose, max_size=5),
    ),
)
counters: list[Callable[[str], int]] = [words, len, lambda text: len(text.encode()), lambda text: 3 + len(text) // 3]


@given(st.lists(elements, max_size=8), st.integers(8, 60), st.sampled_from(counters))
def test_nothing_is_lost_out_of_order_or_too_long(made: list[Element], limit: int, count: Callable[[str], int]) -> None:
    pieces = split(document(*made), max_tokens=limit, count_tokens=count)
    texts = [p.title if isinstance(p, Section) else p.text for p in pieces if not isinstance(p, Picture)]
    kept = "".join(map(letters, texts))
    assert is_subsequence("".join(letters(e.text) for e in made if e.kind != "image"), kept)
    pictures = [p for p in pieces if isinstance(p, Picture)]
    for picture, image in zip(pictures, [e for e in made if e.kind == "image"], strict=True):
        assert letters(image.text) in letters(picture.text)
    for at, piece in enumerate(pieces):
        if isinstance(piece, Section):
            assert piece.parent is None or (piece.parent < at and isinstance(pieces[piece.parent], Section))
        else:
            assert piece.section is None or (piece.section < at and isinstance(pieces[piece.section], Section))
        if isinstance(piece, Picture) and piece.illustrates is not None:
            target = pieces[piece.illustrates]
            assert isinstance(target, Passage) and target.section == piece.section
        if isinstance(piece, Passage):
            assert piece.text.strip() and (count(piece.text) <= limit or len(piece.text) == 1)


@given(st.text(max_size=400), st.integers(1, 50))
def test_cuts_are_parts_of_the_text_that_miss_only_white_space(text: str, limit: int) -> None:
    pieces = cut(text, tokens=len(text), limit=limit, count=len)
    gaps = [0, *(edge for piece in pieces for edge in (piece.start, piece.end)), len(text)]
    assert gaps == sorted(gaps)
    missed = "".join(text[gaps[at] : gaps[at + 1]] for at in range(0, len(gaps), 2))
    assert not missed.strip()


def test_the_shared_documents_are_split_within_the_limit(shared_docs: Path) -> None:
    for name in ("wiki.md", "wiki_duck.html", "redp5110_sampled.pdf"):
        parsed = parse((shared_docs / name).read_bytes(), name=name)
        found = passages(split(parsed, max_tokens=200, count_tokens=words))
        assert found and all(words(p.text) <= 200 for p in found)
        assert is_subsequence(
            "".join(letters(e.text) for e in parsed.elements if e.kind in ("paragraph", "list_item")),
            "".join(letters(p.text) for p in found),
        )
