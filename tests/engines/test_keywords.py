"""Putting one word in another's place."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.keywords import Keyword
from memos_graph.model.errors import Invalid

_WORDS = st.text(alphabet="abé張 .*(李Li", min_size=1, max_size=6).filter(str.strip)


@pytest.mark.parametrize(
    ("text", "old", "new", "wanted"),
    [
        ("Ann met Anna and Ann.", "Ann", "Bea", "Bea met Anna and Bea."),
        ("Ann's boat", "Ann", "Bea", "Bea's boat"),
        ("a.b axb (a.b)", "a.b", "c", "c axb (c)"),
        ("price is $5 (net)", "$5 (net)", r"\1 5", r"price is \1 5"),
        ("张三去了北京，张三丰没有去", "张三", "李四", "李四去了北京，李四丰没有去"),
        ("IBM公司与IBMX公司", "IBM", "HAL", "HAL公司与IBMX公司"),
        ("Zhang\nSan came", "Zhang San", "Li Si", "Li Si came"),
        ("cafe and cafe\u0301", "cafe", "bar", "bar and cafe\u0301"),
        ("cafe\u0301 au lait", "caf\u00e9", "bar", "bar au lait"),
        ("caf\u00e9 au lait", "cafe\u0301", "bar", "bar au lait"),
        ("Li Si and Li", "Li", "Li Si", "Li Si and Li Si"),
        ("foo_bar foo", "foo", "x", "foo_bar x"),
        (".L and .", ".", ". L", ".L and . L"),
        ("a@b at @ home", "@", "at", "a@b at at home"),
        ("", "a", "b", ""),
    ],
)
def test_a_word_is_replaced_where_it_stands_as_itself(text: str, old: str, new: str, wanted: str) -> None:
    assert Keyword(old=old, new=new).replaced(text)[0] == wanted


def test_capitals_differ_unless_told_otherwise() -> None:
    assert Keyword(old="ann", new="Bea").replaced("Ann") == ("Ann", 0)
    assert Keyword(old="ann", new="Bea", case=False).replaced("Ann, ANN") == ("Bea, Bea", 2)


def test_parts_of_words_are_replaced_when_asked() -> None:
    assert Keyword(old="art", new="ORT", whole_words=False).replaced("party art") == ("pORTy ORT", 2)


@given(st.text(alphabet="abé張 .*(李Li", max_size=30), _WORDS, _WORDS, st.booleans(), st.booleans())
def test_done_twice_it_is_done_once_when_the_new_holds_the_old(
    text: str, old: str, more: str, whole: bool, case: bool
) -> None:
    new = f"{old} {more}"
    if unicodedata.normalize("NFC", old) == unicodedata.normalize("NFC", new) or old in more:
        return
    keyword = Keyword(old=old, new=new, whole_words=whole, case=case)
    once, _ = keyword.replaced(text)
    assert keyword.replaced(once)[0].count(more) <= max(once.count(more), 0)
    spans = keyword.places(text)
    assert spans == sorted(spans) and all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize(
    ("old", "new"), [("", "a"), ("  ", "a"), ("a", ""), ("a", "a"), ("é", "e\u0301"), ("a" * 501, "b")]
)
def test_words_that_say_nothing_are_refused(old: str, new: str) -> None:
    with pytest.raises(Invalid):
        Keyword(old=old, new=new)


def test_the_store_s_pattern_lets_through_all_that_may_hold_it() -> None:
    assert Keyword(old="caf\u00e9 [x]", new="b").like() == "*caf*[x]*"


def test_a_hostile_text_takes_no_longer_than_its_length_calls_for() -> None:
    keyword = Keyword(old="a b", new="c")
    assert keyword.replaced("a " * 20_000) == ("a " * 20_000, 0)
