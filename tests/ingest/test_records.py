"""XML and JSON that is no chat: records and prose, with the path at which they stand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import (
    Conversation,
    Document,
    IngestError,
    NotAChat,
    NothingRead,
    UnreadableFile,
    media_type_of,
    parse,
    read,
)


def texts(data: object, name: str = "a.json") -> list[str]:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    (document,) = read(raw, name=name)
    assert isinstance(document, Document)
    return [element.text for element in document.elements]


def test_each_record_of_a_list_is_a_passage_with_its_path() -> None:
    found = texts([{"name": "north", "load": {"tons": 40}, "dead": None}, {"name": "south", "tags": ["old", "red"]}])
    assert found == ["[0]\nname: north\nload.tons: 40", "[1]\nname: south\ntags: old, red"]


def test_a_record_too_long_for_a_passage_is_cut_along_its_own_branches() -> None:
    big = {"title": "Harbour", "cranes": [{"id": n, "note": "x" * 400} for n in range(5)], "open": True}
    found = texts(big)
    assert found[0] == "title: Harbour" and found[-1] == "open: true"
    assert [text.split("\n")[:2] for text in found[1:6]] == [[f"cranes[{n}]", f"id: {n}"] for n in range(5)]
    assert parse(json.dumps(big).encode(), name="a.json").title == "Harbour"


def test_json_that_means_to_be_a_chat_stays_one_and_its_mistakes_are_told() -> None:
    chat = [{"role": "user", "content": "Hello there"}]
    assert isinstance(read(json.dumps(chat).encode(), name="a.json")[0], Conversation)
    with pytest.raises(NotAChat):
        read(json.dumps({"messages": [{"content": "who?"}]}).encode(), name="a.json")


def test_lines_of_json_are_a_chat_or_records_under_either_name() -> None:
    chat = b'{"role": "user", "content": "Hello there"}\n\n{"role": "assistant", "content": "Good day"}\n'
    lines = b'{"crane": "north", "tons": 40}\n{"crane": "south", "tons": 25}\n'
    for name in ("a.jsonl", "a.json", "a"):
        (conversation,) = read(chat, name=name)
        assert isinstance(conversation, Conversation) and len(conversation.sessions[0].messages) == 2
        assert texts(lines, name) == ["[0]\ncrane: north\ntons: 40", "[1]\ncrane: south\ntons: 25"]


def test_a_broken_line_is_named_by_its_number() -> None:
    with pytest.raises(UnreadableFile, match=r"^a\.jsonl: line 2 is not valid JSON at column 6"):
        read(b'{"a": "one"}\n{"b":\n', name="a.jsonl")


@pytest.mark.parametrize("value", [{}, [], [[]], {"a": None}, ""])
def test_json_that_says_nothing_is_never_a_success(value: object) -> None:
    with pytest.raises(NothingRead):
        read(json.dumps(value).encode(), name="a.json")


def test_json_nested_beyond_reason_is_refused() -> None:
    with pytest.raises(IngestError, match="nest"):
        read(b"[" * 100_000 + b"]" * 100_000, name="a.json")
    with pytest.raises(UnreadableFile, match="levels deep"):
        read(b'{"a":' * 600 + b'"' + b"x" * 2_000 + b'"' + b"}" * 600, name="a.json")


def test_a_number_of_ten_thousand_digits_and_half_a_character_are_survived() -> None:
    with pytest.raises(UnreadableFile, match="value that cannot be read"):
        read(b'{"n": ' + b"9" * 10_000 + b"}", name="a.json")
    assert texts(b'{"note": "half \\ud800 of one"}') == ["note: half ? of one"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=30,
)


@given(json_values)
def test_every_letter_of_a_json_value_is_in_a_passage(value: object) -> None:
    def words(at: object) -> list[str]:
        if isinstance(at, dict):
            return [word for inner in at.values() for word in words(inner)]
        if isinstance(at, list):
            return [word for inner in at for word in words(inner)]
        return [at.replace("\x00", "").strip()] if isinstance(at, str) else []

    try:
        found = "\n".join(texts({"kept": value}))
    except NothingRead:
        assert not any(character.isalnum() for word in words(value) for character in word)
    else:
        assert all(word in found for word in words(value))


def test_xml_keeps_headings_prose_and_records_apart() -> None:
    xml = """<?xml version="1.0"?><book xml:lang="en"><info id="7"/><section><title>Cranes</title>
    <para>They <emph>lift</emph> steel.</para><section><title>North</title><para>Built by <emph>hand</emph>.</para>
    </section></section><loads><load unit="t"><crane>north</crane><max day="May">40</max></load></loads></book>"""
    document = parse(xml.encode(), name="a.xml")
    assert [(e.kind, e.level, e.text) for e in document.elements] == [
        ("paragraph", 0, "id: 7"),
        ("heading", 1, "Cranes"),
        ("paragraph", 0, "They lift steel."),
        ("heading", 2, "North"),
        ("paragraph", 0, "Built by hand."),
        ("paragraph", 0, "book / loads / load\nunit: t\ncrane: north\nmax: 40, day: May"),
    ]
    assert (document.title, document.language) == ("Cranes", "en")


ENTITIES = {
    "grows": '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><d>&b;</d>',
    "reads a file": '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><d>&a;</d>',
    "fetches": '<!DOCTYPE d SYSTEM "http://192.0.2.1/d.dtd"><d>words and words</d>',
    "parameter": '<!DOCTYPE d [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><d>words</d>',
}


@pytest.mark.parametrize("kind", ENTITIES)
def test_no_entity_and_no_document_type_is_ever_looked_into(kind: str) -> None:
    with pytest.raises(
        UnreadableFile, match=r"^a\.xml: declares a document type or entities, which are never expanded"
    ):
        parse(ENTITIES[kind].encode(), name="a.xml")


def test_xml_in_any_declared_encoding_is_read_and_broken_xml_names_its_line() -> None:
    for encoding in ("utf-8", "utf-16", "iso-8859-1", "windows-1252"):
        data = f'<?xml version="1.0" encoding="{encoding}"?><a>Über den Wolken ist es still.</a>'.encode(encoding)
        assert parse(data, name="a.xml").elements[0].text == "Über den Wolken ist es still."
    with pytest.raises(UnreadableFile, match=r"not well-formed XML.*line 2"):
        parse(b"<a>\n<b></a>", name="a.xml")


def test_xml_nested_a_hundred_thousand_deep_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="levels deep"):
        parse(b"<a>" * 100_000 + b"x" + b"</a>" * 100_000, name="a.xml")


def test_a_drawing_in_svg_is_not_taken_for_a_document() -> None:
    assert media_type_of(b'<?xml version="1.0"?><!-- c --><svg xmlns="http://www.w3.org/2000/svg"/>') == "image/svg+xml"


@given(st.text(alphabet="<>/ab=\"'!-&;#[]? \n", max_size=120))
def test_any_markup_soup_gives_a_document_or_an_ingest_error(soup: str) -> None:
    try:
        assert parse(f"<a>{soup}</a>".encode(), name="a.xml").elements
    except IngestError as problem:
        assert str(problem).startswith("a.xml")
