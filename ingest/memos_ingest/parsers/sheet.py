"""One sheet of an XLSX, read as it streams by: references, shared texts, dates and percentages to texts.

Declines to know how cells are painted beyond what tells a date or a percentage from a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product
from typing import Literal

from memos_ingest.parsers.docx_styles import number
from memos_ingest.parsers.grid import Cells
from memos_ingest.parsers.wording import tidy
from memos_ingest.parsers.xml_tree import Node, attribute, child, children, local

# ECMA-376 part 1, 18.8.30: the formats that have a number and no text in the file
_BUILT_IN: dict[int, Literal["date", "percent"]] = {
    **dict.fromkeys((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)), "date"),
    9: "percent",
    10: "percent",
}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE = re.compile(r"[ymdhs年月日时分秒]", re.IGNORECASE)
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_DAY_ZERO, _DAY_ZERO_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # a sheet knows no zone
_DAYS = 2_958_466  # the last day that a sheet can hold


@dataclass(frozen=True, slots=True)
class Formats:
    """What numbers stand for, by the style of their cell."""

    kinds: tuple[Literal["date", "percent", "plain"], ...] = ()
    day_zero: datetime = _DAY_ZERO

    def shown(self, raw: str, style: int) -> str:
        """The number as text: 15 digits at most, as sheets keep them; a date in ISO form; a share with its %."""
        try:
            value = float(raw)
        except ValueError:
            return raw
        kind = self.kinds[style] if 0 <= style < len(self.kinds) else "plain"
        if kind == "date" and 0 <= value < _DAYS:
            return self._moment(value)
        return f"{_plain(value * 100)}%" if kind == "percent" else _plain(value)

    def _moment(self, days: float) -> str:
        at = self.day_zero + timedelta(seconds=round(days * 86_400))
        if days < 1:
            return at.strftime("%H:%M:%S")
        return at.strftime("%Y-%m-%d" if at.time() == datetime.min.time() else "%Y-%m-%d %H:%M:%S")


def formats_of(styles: Node | None, since_1904: bool) -> Formats:
    """The formats that a workbook's styles define."""
    own = {
        number(attribute(node, "numFmtId")) or 0: attribute(node, "formatCode") or ""
        for node in children(child(styles, "numFmts"), "numFmt")
    }
    kinds: list[Literal["date", "percent", "plain"]] = []
    for cell in children(child(styles, "cellXfs"), "xf"):
        identity = number(attribute(cell, "numFmtId")) or 0
        bare = _QUOTED.sub("", own.get(identity, "")).partition(";")[0]
        if identity in own:
            kinds.append("percent" if "%" in bare else "date" if _DATE.search(bare) else "plain")
        else:
            kinds.append(_BUILT_IN.get(identity, "plain"))
    return Formats(tuple(kinds), _DAY_ZERO_1904 if since_1904 else _DAY_ZERO)


@dataclass(slots=True)
class SheetReader:
    """Takes a sheet's XML events; `rows` gives what they held."""

    cells: Cells
    strings: Sequence[str]
    formats: Formats
    _rows: dict[int, dict[int, str]] = field(default_factory=dict)
    _merged: list[str] = field(default_factory=list)
    _at: tuple[int, int] = (0, 0)  # row and column, from 1, of the open cell
    _kind: str = ""
    _style: int = 0
    _value: list[str] | None = None  # of the open v or t
    _said: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = local(tag)
        if name == "row":
            self._at = (number(attributes.get("r")) or self._at[0] + 1, 0)
        elif name == "c":
            place = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._at = (int(place.group(2)), column(place.group(1))) if place else (self._at[0], self._at[1] + 1)
            self._kind, self._style = attributes.get("t", "n"), number(attributes.get("s")) or 0
            self._said = []
        elif name in ("v", "t"):
            self._value = []
        elif name == "mergeCell":
            self._merged.append(attributes.get("ref", ""))

    def text(self, data: str) -> None:
        """Characters between elements."""
        if self._value is not None:
            self._value.append(data)

    def end(self, tag: str) -> None:
        """An element ends."""
        name = local(tag)
        if name in ("v", "t") and self._value is not None:
            self._said.append("".join(self._value))
            self._value = None
        elif name == "c" and (shown := self._shown()):
            row, at = self._at
            self.cells.take(1)
            self._rows.setdefault(row, {})[at] = shown

    def rows(self) -> list[list[str]]:
        """The rows from the first to the last with a value, one blank row for any number between two."""
        for reference in self._merged:
            self._cover(reference)
        out: list[list[str]] = []
        last = 0
        for row in sorted(self._rows):
            if out and row > last + 1:
                out.append([])
            values = self._rows[row]
            self.cells.take(max(values))
            out.append([values.get(at, "") for at in range(1, max(values) + 1)])
            last = row
        return out

    def _shown(self) -> str:
        said = "".join(self._said)
        if self._kind == "s":
            at = number(said.strip())
            return self.strings[at] if at is not None and at < len(self.strings) else ""
        if self._kind == "b":
            return "TRUE" if said.strip() == "1" else "FALSE"
        if self._kind == "n" and said:
            return self.formats.shown(said.strip(), self._style)
        return tidy(said)

    def _cover(self, reference: str) -> None:
        """Say a merged cell's value in each place that it covers within the rows and columns there are."""
        corners = [_REFERENCE.fullmatch(part) for part in reference.split(":")]
        if len(corners) != 2 or corners[0] is None or corners[1] is None:
            return
        top, bottom = int(corners[0].group(2)), int(corners[1].group(2))
        left, right = column(corners[0].group(1)), column(corners[1].group(1))
        value = self._rows.get(top, {}).get(left)
        if value is None or (bottom - top + 1) * (right - left + 1) > 10_000:
            return
        for row, at in product(range(top, bottom + 1), range(left, right + 1)):
            if row in self._rows and at not in self._rows[row]:
                self.cells.take(1)
                self._rows[row][at] = value


def column(letters: str) -> int:
    """The number of a column, from 1: A is 1, AA is 27."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - ord("A") + 1
    return found


def _plain(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"
