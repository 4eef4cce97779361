"""What feeding did, file by file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

#: moved: known by another name now, with all its nodes. retired: its file is gone. ignored: left out by its owner's
#: wish. failed: was not taken in, though it should have been.
Outcome = Literal["new", "changed", "unchanged", "moved", "retired", "ignored", "failed"]
#: Called as (name, stage, done, total) while something long goes on. Stages of a folder: listing, parsing, files
#: (those that are settled), pruning; within one file: reading, embedding.
Listener = Callable[[str, str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """One source: what became of it, and the ids it wrote or found as they should be."""

    name: str
    outcome: Outcome
    root: str = ""  #: id of its Document node, or of the memory itself
    nodes: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    receipt: str = ""  #: id of the Delta; "" when nothing was written
    problem: str = ""  #: why it failed, or what to know about it
    unread: tuple[str, ...] = ()  #: what of it was not read, and why: each a sentence
    was: str = ""  #: of what moved: its name before


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All sources of one `add`."""

    fed: tuple[Fed, ...]

    @property
    def failed(self) -> tuple[Fed, ...]:
        """The sources that were not taken in; the others were."""
        return tuple(fed for fed in self.fed if fed.outcome == "failed")

    @property
    def nodes(self) -> tuple[str, ...]:
        """Ids of all nodes written."""
        return tuple(node for fed in self.fed for node in fed.nodes)

    @property
    def edges(self) -> tuple[str, ...]:
        """Ids of all edges written."""
        return tuple(edge for fed in self.fed for edge in fed.edges)

    @property
    def ids(self) -> tuple[str, ...]:
        """The root of every source that is in: documents, chats, memories."""
        return tuple(fed.root for fed in self.fed if fed.root and fed.outcome != "retired")

    def count(self, outcome: Outcome) -> int:
        """How many sources ended so."""
        return sum(1 for fed in self.fed if fed.outcome == outcome)


def together(reports: Iterable[Report]) -> Report:
    """One Report of several, in their order."""
    return Report(fed=tuple(fed for report in reports for fed in report.fed))


def left_frozen(ids: Sequence[str]) -> str:
    """What to know of memories that a source would have changed, were they not frozen; "" for none."""
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return f"frozen, left as they are: {', '.join(ids[:5])}{more}" if ids else ""
