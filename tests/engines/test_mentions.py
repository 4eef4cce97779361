"""Names in text: what is one, what is not, and that spans and keys hold for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.mentions import canonical, mentions


def names(text: str, *known: str) -> list[str]:
    return [mention.name for mention in mentions(text, known=set(known))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The valve was signed off by Mara Lindqvist in Oslo.", ["Mara Lindqvist", "Oslo"]),
        ("He met Ludwig van Beethoven and Leonardo da Vinci.", ["Ludwig van Beethoven", "Leonardo da Vinci"]),
        ("She left the University of the Arts for Acme Corp.", ["University of the Arts", "Acme Corp"]),
        ("It joined the Institute for Advanced Study in May.", ["Institute for Advanced Study"]),
        ("They flew from New York to South Georgia.", ["New York", "South Georgia"]),
        ("We asked Thomas J. Watson and J. R. R. Tolkien.", ["Thomas J. Watson", "J. R. R. Tolkien"]),
        ("It was Conan O'Brien and Jean-Luc Picard’s idea.", ["Conan O'Brien", "Jean-Luc Picard"]),
        ("Then Dr. Okafor agreed with Mrs. Ito.", ["Okafor", "Ito"]),
        ("A talk by Łukasz Żak and Élodie Durand in Москва.", ["Łukasz Żak", "Élodie Durand", "Москва"]),
        ("Valve V-117 on invoice INV-2031 failed ISO-9001-2.", ["V-117", "INV-2031", "ISO-9001-2"]),
        ("The ATM was built by IBM for NASA.", ["ATM", "IBM", "NASA"]),
    ],
)
def test_names_inside_sentences_are_found(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Valves fail. Ducks swim. Yesterday it rained.",
        "The Company paid the Customer under this Agreement.",
        "On Monday, 3 May 2021, at 10:30 AM, it weighed 45 kg and cost $20.",
        "Mail X.Ample@Example.com or see https://Example.org/Big/Page?Q=Mara and www.Example.net/Oslo.",
        "I'm sure I've said OK. Don't worry! That's TRUE.",
        "Chapter 3, Figure 2 and Table 7 show the Results.",
        "KEY FEATURES THAT CHANGED EVERYTHING",
        "Key Features That Changed Word Processing\nit began slowly.",
        "Hey! Wow, Thanks. Absolutely! Good Morning.",
        "we saw that The Harbour is a harbour",
        "",
        " \n\t ",
    ],
)
def test_capitals_dates_numbers_and_addresses_alone_make_no_name(text: str) -> None:
    assert names(text) == []


def test_a_word_that_begins_a_sentence_needs_something_that_speaks_for_it() -> None:
    assert names("Harbours grow. Mara is tired.") == []
    assert names("Mara is tired. Everyone likes Mara.") == ["Mara", "Mara"]
    assert names("Mara is tired.", "mara") == ["Mara"]
    assert names("Mara signed it. Life's hard.") == ["Mara"]
    assert names("Remember Mara!", "mara") == ["Mara"]
    assert names("Lindqvist slept. They called Mara Lindqvist.") == ["Lindqvist", "Mara Lindqvist"]


def test_a_word_that_the_text_also_has_in_lower_case_is_no_name_unless_known() -> None:
    text = "They went to the Harbour, and the harbour was shut."
    assert names(text) == []
    assert names(text, "harbour") == ["Harbour"]


def test_openers_before_a_name_are_not_part_of_it() -> None:
    assert names("Hey Mara Lindqvist! After Oslo we rest. The Beatles sang.") == ["Mara Lindqvist", "Oslo", "Beatles"]


def test_an_acronym_in_brackets_points_to_its_long_form() -> None:
    text = "It became the Computing-Tabulating-Recording Company (CTR), then ESA (European Space Agency) came."
    found = mentions(text)
    assert [(m.name, m.alias_of) for m in found] == [
        ("Computing-Tabulating-Recording Company", None),
        ("CTR", "Computing-Tabulating-Recording Company"),
        ("ESA", "European Space Agency"),
        ("European Space Agency", None),
    ]
    assert [m.alias_of for m in mentions("He told Mara Lindqvist (IBM) of it.")] == [None, None]


def test_a_name_goes_on_over_a_wrapped_line_but_not_over_a_short_one() -> None:
    assert names("A long line of wrapped text that ends with Thomas\nWatson.") == ["Thomas\nWatson"]
    assert names("was Oslo\nBergen too") == ["Oslo", "Bergen"]


def test_chinese_names_titles_and_organisations_are_found() -> None:
    text = (
        "我在《红楼梦》里读到，由张伟先生签字，毕业于北京大学，后来加入了上海阀门有限公司。"
        "IBM公司也在。王芳说：「镜花水月」。"
    )
    assert [(m.name, m.kind) for m in mentions(text)] == [
        ("红楼梦", "title"),
        ("张伟", "name"),
        ("北京大学", "name"),
        ("上海阀门有限公司", "name"),
        ("IBM", "acronym"),
        ("王芳", "name"),
        ("镜花水月", "title"),
    ]


def test_common_chinese_words_are_no_names() -> None:
    assert names("本公司不负责。高兴地说，他和她去了大学，方便的话告诉我。「你好，我来了。」") == []


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Mara Lindqvist", " mara\u00a0LINDQVIST "),
        ("Mara's", "Mara"),
        ("Mara’s", "mara"),
        ("U.S.", "US"),
        ("ＩＢＭ", "ibm"),
        ("Straße", "STRASSE"),
        ("Café", "Cafe\u0301"),
    ],
)
def test_spellings_of_one_name_share_a_key(one: str, two: str) -> None:
    assert canonical(one) == canonical(two)


def test_different_names_have_different_keys() -> None:
    assert len({canonical(name) for name in ("Mara", "Maria", "V-117", "V-118", "O'Brien", "C++", "C#")}) == 7


@given(st.text())
def test_a_key_is_its_own_key(name: str) -> None:
    assert canonical(canonical(name)) == canonical(name)


soup = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("ABMara.’'-&of the《》「」()1 \n王张说公司大学@/:")),
    max_size=200,
)


@given(soup, st.sets(st.text(max_size=5), max_size=3))
def test_spans_hold_the_names_in_order_without_overlap(text: str, known: set[str]) -> None:
    found = mentions(text, known=known)
    end = 0
    for mention in found:
        assert text[mention.start : mention.end] == mention.name
        assert mention.name == mention.name.strip() and canonical(mention.name)
        assert mention.start >= end
        end = mention.end
    assert found == mentions(text, known=known)


@pytest.mark.parametrize("unit", ["A", "A ", "A-", "A.", "Aa of ", "A1", "《", "王", "A@", "Aa\n", "'", "-1"])
def test_long_runs_of_anything_are_read(unit: str) -> None:
    text = unit * 20_000
    assert all(text[m.start : m.end] == m.name for m in mentions(text))


def test_a_weekday_before_a_full_name_is_no_part_of_it() -> None:
    assert [m.name for m in mentions("It lay here until Friday Oskar Brandt took it to Friday Harbor.")] == [
        "Oskar Brandt",
        "Friday Harbor",
    ]
