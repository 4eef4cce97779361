"""What a short name stands for: where a text says so, and where it only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.mentions import mentions


def pairs(text: str) -> list[tuple[str, str]]:
    return [(m.name, " ".join(m.alias_of.split())) for m in mentions(text) if m.alias_of is not None]


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("The World Health Organization (WHO) met in Oslo.", "WHO", "World Health Organization"),
        ("Then ESA (European Space Agency) came.", "ESA", "European Space Agency"),
        ("Reset the pump control unit (PCU) first.", "PCU", "pump control unit"),
        ("Reset the PCU (pump control unit) first.", "PCU", "pump control unit"),
        ("It measures volatile organic compounds\n(VOC).", "VOC", "volatile organic compounds"),
        ("a graphics\nprocessing unit (GPU)", "GPU", "graphics processing unit"),
        (
            "The Organisation for Economic Co-operation and Development (OECD) said so.",
            "OECD",
            "Organisation for Economic Co-operation and Development",
        ),
        ("世界卫生组织（WHO）于昨日发布。", "WHO", "世界卫生组织"),
        ("由上海阀门有限公司（以下简称“沪阀”）承担。", "沪阀", "上海阀门有限公司"),
        ("恒泰机械集团（简称恒泰机械）成立。", "恒泰机械", "恒泰机械集团"),
        ("恒泰机械集团（以下简称恒泰集团）成立。", "恒泰集团", "恒泰机械集团"),
    ],
)
def test_a_short_name_in_brackets_points_to_its_long_form(text: str, short: str, long: str) -> None:
    assert pairs(text) == [(short, long)]
    assert long in [" ".join(m.name.split()) for m in mentions(text)]


@pytest.mark.parametrize(
    "text",
    [
        "He told Mara Lindqvist (IBM) of it.",
        "We sell pumps to the county (USA) and more.",
        "It is in order (IO) now.",
        "sub-pump control unit (PCU)",
        "pump. control unit (PCU)",
        "张伟（IBM）出席。",
        "由上海阀门有限公司（以下简称“公司”）承担。",
        "由上海阀门有限公司（以下简称“甲方”）承担。",
        "今天（简称沪阀）",
        "由上海阀门有限公司（以下简称“北京大学”）承担。",
        "由上海阀门有限公司（以下简称“红楼梦”）承担。",
        "(PCU)",
        "PCU)",
        "（WHO）",
    ],
)
def test_brackets_that_explain_nothing_make_no_alias(text: str) -> None:
    assert pairs(text) == []


soup = st.lists(
    st.sampled_from(["(", ")", "（", "）", " ", "WHO", "World Health Organization", "pump", "control", "unit", "PCU",
                     "的", "上海阀门有限公司", "以下简称", "“沪阀”", "\n", "-", ".", "of"]), max_size=30,
).map("".join)  # fmt: skip


@given(soup)
def test_mentions_with_aliases_never_overlap_and_lie_in_the_text(text: str) -> None:
    end = 0
    for mention in mentions(text):
        assert text[mention.start : mention.end] == mention.name and mention.start >= end
        assert mention.alias_of is None or mention.alias_of in text
        end = mention.end


@pytest.mark.parametrize(
    "unit", ["(PCU) ", "PCU (", "a b c (ABC) ", "（简称", "公司（以下简称“沪阀”）", "World Bank (WB"]
)
def test_long_runs_of_brackets_are_read(unit: str) -> None:
    text = unit * 5_000
    assert all(text[m.start : m.end] == m.name for m in mentions(text))
