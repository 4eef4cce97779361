"""Numbered figures and tables: what a caption calls its own, and what a text refers to ("see Fig. 3", "表2").

By the letters alone, English and Chinese. Declines to know documents and the graph.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Label: TypeAlias = tuple[Literal["figure", "table"], str]  #: what, and its number as written: "3", "2.1", "4b"

_NUMBER = r"\d{1,3}(?:[.-]\d{1,3}){0,2}[a-z]?"
_ONE = re.compile(
    rf"(?<![A-Za-z])(?:(?P<figure>[Ff]igure|FIGURE|[Ff]ig\.?|FIG\.?)|(?P<table>[Tt]able|TABLE|[Tt]ab\.))"
    rf"[ \u00a0]?(?P<number>{_NUMBER})(?![\w])"
    rf"|(?:(?P<figure_zh>图)|(?P<table_zh>表))[ \u00a0]?(?P<number_zh>{_NUMBER})(?![\w.-]*\d)"
)
_SEVERAL = re.compile(
    r"(?<![A-Za-z])(?:(?P<figure>[Ff]igures|[Ff]igs\.?)|(?P<table>[Tt]ables))[ \u00a0]?"
    r"(?P<numbers>\d{1,3}[a-z]?(?:(?:,?[ ]?(?:and|&)|,|[ ]?(?:-|–|to))[ ]?\d{1,3}[a-z]?)++)"
)
_RANGE = re.compile(r"(\d+)[ ]?(?:-|–|to)[ ]?(\d+)")
_MOST = 30  # of one range; more is a mistake in reading


def label_of(caption: str) -> Label | None:
    """The number that `caption` begins with, as ("figure", "3") for "Figure 3. The valve"; None without one."""
    found = _ONE.match(caption.lstrip())
    return None if found is None else _label(found)


def labels_in(text: str) -> frozenset[Label]:
    """What `text` refers to, without the number that it begins with, which is its own. O(text)."""
    text = text.strip()
    found = {_label(match) for match in _ONE.finditer(text) if match.start()}
    for match in _SEVERAL.finditer(text):
        kind: Literal["figure", "table"] = "figure" if match["figure"] else "table"
        found |= {(kind, number) for number in _numbers(match["numbers"])}
    return frozenset(found)


def _label(match: re.Match[str]) -> Label:
    is_figure = match["figure"] or match["figure_zh"]
    return ("figure" if is_figure else "table", match["number"] or match["number_zh"])


def _numbers(written: str) -> set[str]:
    found = set(re.findall(r"\d+[a-z]?", written))
    for first, last in _RANGE.findall(written):
        if int(first) < int(last) <= int(first) + _MOST:
            found |= set(map(str, range(int(first), int(last) + 1)))
    return found
