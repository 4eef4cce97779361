"""Decide whether a person's Cypher text may run. Looks at words, not at meaning: what is in doubt is refused."""

from __future__ import annotations

import re
from collections.abc import Collection

from memos_graph.model.errors import Refused

#: Procedures that only read the graph.
ALLOWED_CALLS = frozenset({"db.labels", "db.relationshiptypes", "db.propertykeys", "db.schema.visualization"})
_WRITES = frozenset({"create", "merge", "set", "delete", "remove", "drop", "foreach", "alter", "insert", "truncate"})
_QUOTED = re.compile(
    r"""'(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | `(?:``|[^`])*` | //[^\n]* | /\*.*?\*/""", re.DOTALL | re.VERBOSE
)
_CALL = re.compile(r"\bcall\b\s*(\([^)]*\)\s*\{|\{|[\w.]*)", re.IGNORECASE)


def check_statement(text: str, *, write: bool, calls: Collection[str] = ALLOWED_CALLS) -> None:
    """Nothing when `text` may run. `Refused`: LOAD CSV and other reading of files, a procedure that is not in `calls`
    (lower case), or a write while `write` is False.
    """
    bare = _QUOTED.sub(_blank, text)
    words = [word.lower() for word in re.findall(r"[A-Za-z_]+", bare)]
    if "load" in words:
        raise Refused("LOAD CSV reads files of this machine: it is not allowed; import with `memos-graph import`")
    for found in _CALL.finditer(bare):
        name = found[1].lower()
        if not name.endswith("{") and name not in calls:
            raise Refused(f"CALL {found[1] or '...'} is not allowed; allowed: {', '.join(sorted(calls))}")
    verb = next((word for word in words if word in _WRITES), None)
    if verb is not None and not write:
        raise Refused(f"{verb.upper()} writes: run it with --write if you mean it")


def _blank(found: re.Match[str]) -> str:
    return "``" if found[0].startswith("`") else ("''" if found[0][0] in "'\"" else " ")
