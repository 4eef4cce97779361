"""Terms: what a text and a query share decides what text search finds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.backends.analysis import LONGEST_TERM, terms

QUICK = settings(max_examples=50, deadline=None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The Running foxes' valves", ["the", "run", "fox", "valv"]),
        ("signed_off, e-mail v2.5", ["sign", "off", "e", "mail", "v2", "5"]),
        ("cafe\u0301 ＡＢＣ", ["café", "abc"]),
        ("阀门", ["阀", "门", "阀门"]),
        ("阀门valve", ["valv", "阀", "门", "阀门"]),
        ("李，雷", ["李", "雷"]),
        ("ｶﾞｽ", ["ガ", "ス", "ガス"]),
        ("\ud800 x", ["x"]),
        (" \n\x00\u3000", []),
        ("a" * LONGEST_TERM + " " + "b" * (LONGEST_TERM + 1), ["a" * LONGEST_TERM]),
    ],
)
def test_a_text_is_cut_into_these_terms(text: str, wanted: list[str]) -> None:
    assert terms(text) == wanted


@QUICK
@given(st.text())
def test_a_term_is_never_empty_and_holds_no_space(text: str) -> None:
    assert all(term and not any(sign.isspace() for sign in term) for term in terms(text))


@QUICK
@given(st.text(), st.text())
def test_the_terms_of_two_lines_are_the_terms_of_each(one: str, two: str) -> None:
    assert sorted(terms(f"{one}\n{two}")) == sorted(terms(one) + terms(two))


def test_many_threads_may_cut_at_once() -> None:
    texts = [f"running valve {number} 阀门" for number in range(2000)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(terms, texts)) == [terms(text) for text in texts]
