"""CSV and its kin: the delimiter is found, quoted line ends are kept, and a long table comes as several.

Declines to guess types: a cell is its text. Says nothing of which row is a head beyond taking the first for it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator

from memos_ingest.decode import decoded
from memos_ingest.elements import Element
from memos_ingest.errors import UnreadableFile
from memos_ingest.parsers.base import Parsed, Source, check_text_size
from memos_ingest.parsers.grid import Cells, table_elements

_DELIMITERS = ("\t", ";", "|", ",", ":")  # the rarer inside of values first: commas are in numbers, colons in times
_STEPS = 20  # in which shares of even records are compared
_LOOK = 50  # records
_LOOK_CHARS = 100_000
_MARKS = {"\\t": "\t", "tab": "\t"}


def parse(source: Source) -> Parsed:
    """The table, or tables, that the file holds."""
    check_text_size(source)
    found = decoded(source.data, name=source.name, encoding=source.encoding)
    text, said = _said_delimiter(found.text)
    delimiter = said or ("\t" if source.media_type == "text/tab-separated-values" else delimiter_of(text))
    elements = tuple(_tables(source, text, delimiter))
    return Parsed(elements=elements, metadata={"delimiter": "tab" if delimiter == "\t" else delimiter})


def delimiter_of(text: str) -> str:
    """What cuts the records alike: the mark that gives most of them the same number of fields, and more than one.

    Of marks that cut about as evenly, the one that is rarer inside of values. A comma where none does. Looks at the
    first records only; quoted marks do not count.
    """
    head = text[:_LOOK_CHARS]
    best, best_share = ",", 0
    for delimiter in _DELIMITERS:
        widths = _widths(head, delimiter, whole=len(head) == len(text))
        if not widths:
            continue
        width, times = Counter(widths).most_common(1)[0]
        share = times * _STEPS // len(widths)
        if width > 1 and share > best_share:
            best, best_share = delimiter, share
    return best


def _widths(head: str, delimiter: str, *, whole: bool) -> list[int]:
    widths: list[int] = []
    try:
        for record in csv.reader(_lines(head), delimiter=delimiter):
            if record:
                widths.append(len(record))
            if len(widths) == _LOOK:
                return widths
    except csv.Error:
        return []
    return widths if whole or len(widths) < 2 else widths[:-1]  # the last may be cut off


def _said_delimiter(text: str) -> tuple[str, str | None]:
    """The text without Excel's first line "sep=;", and the mark that it names."""
    first, _, rest = text.partition("\n")
    if first[:4].lower() == "sep=" and len(first.strip()) in (5, 6, 7):
        mark = first.strip()[4:]
        mark = _MARKS.get(mark.lower(), mark)
        if len(mark) == 1:
            return rest, mark
    return text, None


def _tables(source: Source, text: str, delimiter: str) -> Iterator[Element]:
    cells = Cells(source.name, source.limits)

    def rows() -> Iterator[list[str]]:
        reader = csv.reader(_lines(text), delimiter=delimiter)
        try:
            for record in reader:
                cells.take(len(record))
                if any(map(str.strip, record)):
                    yield record
        except csv.Error as problem:
            raise UnreadableFile(
                source.name, f"is no table at line {reader.line_num:,}: {problem}; repair its quotes, or cut the field"
            ) from problem

    yield from table_elements(rows())


def _lines(text: str) -> Iterator[str]:
    """The lines with their ends: at \\n, \\r\\n or \\r alone, and nowhere else, unlike str.splitlines."""
    at = 0
    alone = "\n" not in text and "\r" in text
    while at < len(text):
        end = text.find("\r" if alone else "\n", at)
        end = len(text) if end < 0 else end + 1
        yield text[at:end]
        at = end
