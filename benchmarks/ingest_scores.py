"""How much of a document a parser gave, against what it should have given. Pure functions of two `Content`s.

Each score is between 0 and 1. What the reference does not have (no heading, no table) is not judged: None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from benchmarks.ingest_text import Cells, Content, Heading

_DEPTHS = 6  #: of headings


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One file, one parser."""

    recall: float  #: share of the reference's words that are there, each as often as it should be
    precision: float  #: share of the words found that the reference has
    order: float  #: share of the words in both that stand in the reference's order
    headings: float | None  #: F1 by text
    levels: float | None  #: F1 by text and level; None too where the reference knows one level only
    cells: float | None  #: F1 of table cells in their places
    tables: int = 0  #: in the reference
    extra_tables: int = 0  #: found, and like none of the reference's


def score(expected: Content, found: Content) -> Score:
    """All scores of `found`. ValueError when the reference holds no word."""
    if not expected.words:
        raise ValueError("a reference without words judges nothing; leave the file out")
    both = _common(expected.words, found.words)
    cells, extra = cell_f1(expected.tables, found.tables)
    return Score(
        recall=both / len(expected.words),
        precision=both / len(found.words) if found.words else 0.0,
        order=longest_common(expected.words, found.words) / both if both else 0.0,
        headings=heading_f1(expected.headings, found.headings),
        levels=level_f1(expected.headings, found.headings),
        cells=cells, tables=len(expected.tables), extra_tables=extra,
    )  # fmt: skip


def longest_common(one: Sequence[Hashable], two: Sequence[Hashable]) -> int:
    """How long the longest sequence is that both hold in order, not necessarily side by side.

    A bit for each place of `one` (Hyyrö 2004): O(len(one) · len(two) / 64).
    """
    places: dict[Hashable, int] = {}
    for at, item in enumerate(one):
        places[item] = places.get(item, 0) | 1 << at
    mask = (1 << len(one)) - 1
    rows = mask
    for item in two:
        matched = rows & places.get(item, 0)
        rows = ((rows + matched) | (rows - matched)) & mask
    return len(one) - rows.bit_count()


def heading_f1(expected: Sequence[Heading], found: Sequence[Heading]) -> float | None:
    """F1 of headings by their text, each as often as it occurs."""
    return _f1([h.text for h in expected], [h.text for h in found]) if expected else None


def level_f1(expected: Sequence[Heading], found: Sequence[Heading]) -> float | None:
    """F1 of headings by text and level; levels that are all so much deeper or higher are right.

    None where `expected` knows one level only.
    """
    if len({heading.level for heading in expected}) < 2:
        return None
    wanted = [(heading.level, heading.text) for heading in expected]
    shifted = ([(heading.level + by, heading.text) for heading in found] for by in range(-_DEPTHS, _DEPTHS + 1))
    return max(_f1(wanted, had) for had in shifted)


def cell_f1(expected: Sequence[Cells], found: Sequence[Cells]) -> tuple[float | None, int]:
    """F1 of the cells that hold text, and how many tables of `found` are like none of `expected`.

    Tables are paired by the most cells in common. A cell counts when text and column agree in a row that agrees most:
    rows too many or too few cost their own cells only, a shifted column costs all. Cells of a table that was not
    found are missed; a table too many costs nothing here and is counted.
    """
    if not expected:
        return None, len(found)
    pairs = sorted(
        ((_agreeing(e, f), -at, -to) for at, e in enumerate(expected) for to, f in enumerate(found)), reverse=True
    )
    free, used, agreed = set(range(len(expected))), set[int](), 0
    for cells, at, to in pairs:
        if cells and -at in free and -to not in used:
            free.discard(-at)
            used.add(-to)
            agreed += cells
    counted = sum(map(_filled, expected)) + sum(_filled(found[to]) for to in used)
    return 2 * agreed / counted, len(found) - len(used)


def _agreeing(one: Cells, two: Cells) -> int:
    """How many cells agree when rows are aligned, in order, so that most do."""
    best = [0] * (len(two) + 1)
    for row in one:
        above = best[:]
        for at, other in enumerate(two, start=1):
            same = sum(1 for a, b in zip(row, other, strict=False) if a and a == b)
            best[at] = max(above[at - 1] + same, above[at], best[at - 1])
    return best[-1]


def _filled(table: Cells) -> int:
    return sum(1 for row in table for text in row if text)


def _f1(expected: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    return 2 * _common(expected, found) / (len(expected) + len(found))


def _common(one: Sequence[Hashable], two: Sequence[Hashable]) -> int:
    return (Counter(one) & Counter(two)).total()
