"""Have the server send all rows of a query as one record.

The driver reads a record by two system calls and some 30 us of Python, whatever is in it; a value within a list costs
next to nothing to its Rust extension (800 rows of 16 columns: 23 ms against 51). So a text whose columns are known is
sent as `CALL () { text } RETURN collect([...])`. They are known once it has been run as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from neo4j import Result

from memos_graph.backends.opencypher.runner import Row

_MOST = 1000  # texts remembered: files times the ways to fill their slots
Shape = Callable[[Result], list[Row]]


class Shapes:
    """The columns of texts that were run. Safe to use from several threads: what is lost is learnt again."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[str, ...]] = {}

    def of(self, text: str, plain: Shape) -> tuple[str, Shape]:
        """The text to send for `text`, and what makes rows of its result; `plain` does so of a row a record."""
        names = self._columns.get(text)
        if names is not None:
            return _gathered(text, names), lambda result: _rows(result, names)

        def learnt(result: Result) -> list[Row]:
            if len(self._columns) >= _MOST:
                self._columns.clear()
            self._columns[text] = tuple(result.keys())
            return plain(result)

        return text, learnt


def _gathered(text: str, names: tuple[str, ...]) -> str:
    return f"CALL () {{\n{text}\n}}\nRETURN collect([{', '.join(names)}]) AS rows"


def _rows(result: Result, names: tuple[str, ...]) -> list[Row]:
    (record,) = result
    return [dict(zip(names, row, strict=True)) for row in record[0]]
