"""Have the server send all rows of a query as one record.

The driver reads a record by two system calls and some 30 us of Python, whatever is in it; a value within a list costs
next to nothing to its Rust extension (800 rows of 16 columns: 23 ms against 51). So the text is sent as
`CALL () { text } RETURN collect([...])`. Knows the texts of our own query files, whose columns all have plain names.
"""

from __future__ import annotations

import re
from functools import lru_cache

from neo4j import Result

from memos_graph.backends.opencypher.runner import Row

_LAST = re.compile(r".*\bRETURN\b(?P<items>.*?)(?:\bORDER BY\b.*|\bLIMIT\b.*)?", re.DOTALL)
_NAMED = re.compile(r"(?:.*\bAS\s+)?(?P<name>[a-z_]+)", re.DOTALL)
_NESTED = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]")


@lru_cache(maxsize=1024)
def gathered(text: str) -> str:
    """`text` so that its rows come as one list of lists."""
    return f"CALL () {{\n{text}\n}}\nRETURN collect([{', '.join(columns(text))}]) AS rows"


@lru_cache(maxsize=1024)
def columns(text: str) -> tuple[str, ...]:
    """The names of the columns that `text` returns. `ValueError` for a text whose last RETURN names none."""
    found = _LAST.fullmatch(text)
    items = found["items"] if found else ""
    while items != (flat := _NESTED.sub("", items)):
        items = flat
    names = [_NAMED.fullmatch(item.strip()) for item in items.split(",")]
    if not all(names):
        raise ValueError(f"columns without plain names: {items.strip()!r}")
    return tuple(name["name"] for name in names if name)


def rows_of(result: Result, text: str) -> list[Row]:
    """The rows of `text`, from the result of `gathered(text)`."""
    (record,) = result
    names = columns(text)
    return [dict(zip(names, row, strict=True)) for row in record[0]]
