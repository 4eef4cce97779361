"""Put the table of states, what they mean and their diagram into docs/lifecycle.md, made from `model.lifecycle`.

python tools/lifecycle_doc.py [--check]

With --check it writes nothing, and fails when the page says something else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from memos_graph.model.graph import STATUSES
from memos_graph.model.lifecycle import EVENTS, MEANINGS, TABLE, Transition

PAGE = Path(__file__).resolve().parent.parent / "docs" / "lifecycle.md"


def main(arguments: list[str]) -> int | str:
    """Rewrites what stands between the marks of the page."""
    page = made = PAGE.read_text(encoding="utf-8")
    for name, make in PARTS.items():
        begin, end = f"<!-- {name}: made by tools/lifecycle_doc.py -->", f"<!-- end of {name} -->"
        before, found, rest = made.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            return f"{PAGE.name} lacks the marks {begin} and {end}"
        made = f"{before}{begin}\n{make()}\n{end}{after}"
    if "--check" in arguments:
        return 0 if made == page else f"{PAGE.name} is not what the table says: run python tools/lifecycle_doc.py"
    PAGE.write_text(made, encoding="utf-8")
    return 0


def diagram() -> str:
    """The states and what leads from one to another, as a Mermaid diagram."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TABLE:
        to = row.to or "[*]"
        if to != row.state:
            arrows.setdefault((row.state, to), []).append(_event(row))
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> generated", "    [*] --> activated"]
    lines += [f"    {state} --> {to}: {', '.join(events)}" for (state, to), events in arrows.items()]
    return "\n".join([*lines, "```"])


def states() -> str:
    """What each state means for those who read."""
    lines = ["| State | Means | Search | Prefix | Working memory |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {each.state} | {each.means} | {_mark(each.search)} | {_mark(each.prefix)} | {_mark(each.working)} |"
        for each in sorted(MEANINGS, key=lambda each: STATUSES.index(each.state))
    ]
    return "\n".join(lines)


def table() -> str:
    """Every row of the table."""
    lines = ["| From | Event | To | If | Effect |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {row.state} | {row.event} | {row.to or 'nothing'} | {row.guard} | {row.effect} |"
        for row in sorted(TABLE, key=lambda row: (STATUSES.index(row.state), EVENTS.index(row.event)))
    ]
    return "\n".join(lines)


def _event(row: Transition) -> str:
    return f"{row.event} (forced)" if row.guard.startswith("forced") else row.event


def _mark(yes: bool) -> str:
    return "yes" if yes else "no"


PARTS: dict[str, Callable[[], str]] = {"diagram": diagram, "states": states, "table": table}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
