"""Compare what text search reads of each node with its key and text, and write it anew where it differs.

Only a statement of a person's own, past `apply`, can leave the two apart.
"""

from __future__ import annotations

from memos_graph.backends.neo4j.engine import Engine, Transaction
from memos_graph.backends.neo4j.words import indexed, words_property
from memos_graph.backends.opencypher.keys import bounds
from memos_graph.backends.opencypher.runner import text_for
from memos_graph.model.graph import Node
from memos_graph.model.times import from_micros

_PAGE = 1000


def mend_words(engine: Engine, cube: str, *, mend: bool = True) -> int:
    """How many nodes of `cube` text search had wrong; with `mend`, it has them right now. Reads every text."""
    low, high = bounds(cube)
    wrong = 0
    last: str | None = low
    while last is not None:
        after = last

        def step(run: Transaction, after: str = after) -> tuple[int, str | None]:
            return _step(run, cube, after, high, mend=mend)

        found, last = engine.transaction(step) if mend else engine.reading(step)
        wrong += found
    return wrong


def _step(run: Transaction, cube: str, after: str, high: str, *, mend: bool) -> tuple[int, str | None]:
    """How many of a page were wrong, and the key of its last node; None: there are no more."""
    if mend:
        run.write(text_for(run, "cubes/lock"), {"id": cube})
    name = words_property(cube)
    text = text_for(run, "check/words", words=name)
    rows = run.read(text, {"low": after, "high": high, "limit": _PAGE})
    wrong = [(row["uid"], words) for row in rows if (words := _words(cube, row["key"], row["text"])) != row["words"]]
    if wrong and mend:
        sent = [{"i": i, "ref": uid, "set": {name: words}} for i, (uid, words) in enumerate(wrong)]
        run.write(text_for(run, "nodes/patch"), {"rows": sent})
    return len(wrong), rows[-1]["uid"] if len(rows) == _PAGE else None


def _words(cube: str, key: str, text: str) -> str | None:
    node = Node(
        id="any", cube=cube, kind="Passage", key=key, text=text, created_at=from_micros(0), updated_at=from_micros(0)
    )
    found: str | None = indexed(node)[words_property(cube)]
    return found
