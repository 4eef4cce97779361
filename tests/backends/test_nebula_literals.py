"""Literals read back, by a scanner written from NebulaGraph's own rules, as exactly the value they were made of."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memos_graph.backends.nebula.literals import HIGHEST, LOWEST, literal, name, values
from memos_graph.backends.nebula.url import Address, read_url
from memos_graph.model.errors import Invalid
from memos_graph.model.kinds import EDGE_KINDS
from tests.backends.nebula_stub.grammar import Reader
from tests.backends.nebula_stub.scanner import SyntaxFault, tokens

TEXTS = st.text(st.characters(codec="utf-8"))
#: Texts made of what means something to a scanner.
HOSTILE = st.lists(
    st.sampled_from([
        '"', "'", "`", "\\", "\n", "\r", "\t", "\b", "\f", "\v", "\0", "\x7f", "n", "u", "x", "0041", "012", "8", "377",
        ";", "--", "//", "#", "/*", "*/", "$", "$-", "$$", "|", ")", ":(", "DROP SPACE", "NULL",
        "é", "阀", "🙂", "\u2028",
        "\ufeff", "\uffff", "\U0010ffff", "\\u0022", "\\\"", "%s", "{}",
    ])
).map("".join)  # fmt: skip
NUMBERS = st.integers(LOWEST, HIGHEST)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False)


def read(text: str) -> object:
    """The one value that `text` is, to the end."""
    reader = Reader(text)
    value = reader.literal()
    assert reader.at == len(reader.rest), reader.rest
    return value


@given(st.one_of(TEXTS, HOSTILE))
@example("\0after")
@example("\\")
@example('"); DROP SPACE memos; //')
def test_a_text_is_one_string_that_reads_back_as_it_was(text: str) -> None:
    assert read(literal(text)) == text


@given(st.one_of(TEXTS, HOSTILE))
def test_a_text_leaves_no_control_character_in_the_statement(text: str) -> None:
    assert all(character >= " " and character != "\x7f" for character in literal(text))


@given(st.lists(st.one_of(TEXTS, HOSTILE, NUMBERS, DOUBLES, st.booleans(), st.none()), min_size=1, max_size=6))
def test_a_row_reads_back_as_its_values_whatever_they_hold(row: list[str | int | float | bool | None]) -> None:
    reader = Reader(f":({values(row)})")
    assert list(map(repr, reader.row())) == list(map(repr, row))
    assert reader.at == len(reader.rest)


@given(st.one_of(TEXTS, HOSTILE), TEXTS)
def test_what_stands_behind_a_text_is_never_taken_into_it(text: str, behind: str) -> None:
    found = tokens(f"{literal(text)}, {literal(behind)}")
    assert [(token.kind, token.value) for token in found] == [("string", text), ("sign", ","), ("string", behind)]


@given(NUMBERS)
@example(LOWEST)
@example(HIGHEST)
@example(0)
def test_a_whole_number_reads_back(number: int) -> None:
    assert read(literal(number)) == number


@given(DOUBLES)
@example(-0.0)
@example(5e-324)
@example(1.7976931348623157e308)
@example(1e16)
@example(1e-7)
@example(3.0)
def test_a_double_reads_back_to_the_last_bit_and_stays_a_double(number: float) -> None:
    found = read(literal(number))
    assert isinstance(found, float)
    assert struct.pack("<d", found) == struct.pack("<d", number)


@pytest.mark.parametrize(("value", "text"), [(None, "NULL"), (True, "true"), (False, "false"), (1, "1"), (1.0, "1.0")])
def test_plain_values_are_the_grammars_words(value: str | int | float | bool | None, text: str) -> None:
    assert literal(value) == text


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan, LOWEST - 1, HIGHEST + 1, "\ud800", "a\udfffb"])
def test_what_the_grammar_can_not_say_is_refused(bad: float | int | str) -> None:
    with pytest.raises(Invalid):
        literal(bad)


def test_a_value_of_another_type_is_no_literal() -> None:
    with pytest.raises(TypeError):
        literal([1])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [*EDGE_KINDS, "GO", "VERTEX", "EDGE", "SELECT_1"])
def test_a_kind_that_is_a_keyword_is_a_name_between_backquotes(kind: str) -> None:
    (token,) = tokens(name(kind))
    assert (token.kind, token.value) == ("name", kind)


@pytest.mark.parametrize("bad", ["", "a`b", "a b", "1a", "_a", "é", "a" * 129, "a;b", "a\n"])
def test_a_name_that_is_no_plain_word_is_refused(bad: str) -> None:
    with pytest.raises(Invalid):
        name(bad)


@pytest.mark.parametrize("text", ['"open', '"line\nbreak"', '"\\400"', '"\\9"', "'", "1e", "99999999999999999999"])
def test_the_scanner_that_judges_refuses_what_nebulas_rules_refuse(text: str) -> None:
    with pytest.raises((SyntaxFault, AssertionError)):
        read(text)


def test_the_scanner_that_judges_cuts_a_raw_nul_as_strncpy_does() -> None:
    assert read('"a\0bc"') == "a\0\0\0"
    assert read(r'"\101\u00e9\x0041\q\\"') == "A\u00e9Aq\\"


@pytest.mark.parametrize(
    ("url", "hosts", "user", "space"),
    [
        ("nebula://root@graph:9669/memos", (("graph", 9669),), "root", "memos"),
        ("nebula://a,b:1/memos", (("a", 9669), ("b", 1)), "root", "memos"),
        ("nebula://ann%40x@[::1]:7/kb_2", (("::1", 7),), "ann@x", "kb_2"),
    ],
)
def test_a_url_names_hosts_user_and_space(url: str, hosts: object, user: str, space: str) -> None:
    assert read_url(url, password="p") == Address(hosts=hosts, user=user, space=space, password="p")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    ["bolt://h/x", "nebula:h/x", "nebula://h", "nebula://h/", "nebula://h/a-b", "nebula://h:0/x", "nebula://h:99999/x",
     "nebula://a,,b/x", "nebula://u:secret@h/x", "nebula://u:secret@h/", "nebula:///x", "nebula://h/x?y=1"],
)  # fmt: skip
def test_a_url_that_can_not_be_read_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_url(url)
    assert "secret" not in str(caught.value)


def test_an_address_never_shows_its_password() -> None:
    address = read_url("nebula://ann@[::1]:9669/memos", password="secret")
    assert "secret" not in f"{address} {address!r}"
    assert str(address) == "nebula://ann@[::1]:9669/memos"
