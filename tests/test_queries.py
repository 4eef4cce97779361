"""Query files are found by name, open with their signature, and are filled only at their slots."""

from __future__ import annotations

import pytest

from memos_graph.backends.opencypher.statements import check_statement
from memos_graph.model.errors import NotFound
from memos_graph.queries import load, names, parse

HEADED = "// found: what it does\n// in   nothing\n// out  n\n// try  :clear\n"


@pytest.mark.parametrize("name", names())
def test_every_query_file_says_what_it_does_takes_and_gives(name: str) -> None:
    query = load(name)
    assert query.about
    assert query.takes
    assert query.gives
    assert query.example.startswith(":")


@pytest.mark.parametrize("name", names("explore/"))
def test_queries_for_people_only_read(name: str) -> None:
    check_statement(load(name).fill(), write=False)


def test_an_unfilled_slot_keeps_its_default() -> None:
    query = parse("found", HEADED + "MATCH (n) WHERE /*where*/ true /*where*/ RETURN n")
    assert query.fill() == "MATCH (n) WHERE true RETURN n"


def test_a_filled_slot_holds_what_was_given_everywhere_it_stands() -> None:
    query = parse("found", HEADED + "MATCH (n) WHERE n./*p*/ x /*p*/ > 1 RETURN n./*p*/ x /*p*/")
    assert query.fill(p="y") == "MATCH (n) WHERE n.y > 1 RETURN n.y"


def test_a_slot_that_a_file_lacks_is_refused() -> None:
    with pytest.raises(KeyError, match="where"):
        parse("found", HEADED + "RETURN 1 AS n").fill(where="true")


@pytest.mark.parametrize("name", ["nodes/none", "../secret", "/etc/passwd", "Nodes/get", ""])
def test_a_name_that_is_no_query_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        load(name)


@pytest.mark.parametrize(
    "text", ["RETURN 1", "// other: name\n// out n\nRETURN 1", HEADED, HEADED + "RETURN /*open*/ 1"]
)
def test_a_file_without_its_header_or_with_an_open_slot_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="query file found"):
        parse("found", text)
