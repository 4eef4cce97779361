"""The errors a caller can meet, each named for what the caller does next.

Every error carries its data as attributes, so that an interface can render it without parsing a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memos_graph.model.delta import Receipt


class MemosGraphError(Exception):
    """Root of every error this package raises on purpose."""


class Invalid(MemosGraphError, ValueError):
    """A value from outside can't be used: correct `field`, which held `value`."""

    def __init__(self, field: str, value: object, advice: str) -> None:
        self.field, self.value, self.advice = field, value, advice
        shown = repr(value)
        if len(shown) > 120:
            shown = f"{shown[:117]}..."
        super().__init__(f"{field}: {shown} can't be used; {advice}")


class NotFound(MemosGraphError, KeyError):
    """`what` named `name` does not exist; check the name or create it first."""

    def __init__(self, what: str, name: str, advice: str = "") -> None:
        self.what, self.name, self.advice = what, name, advice
        super().__init__(f"no {what} {name!r}" + (f"; {advice}" if advice else ""))

    def __str__(self) -> str:  # KeyError would show the repr of the sentence
        return str(self.args[0])


class AlreadyExists(MemosGraphError):
    """`what` named `name` is there already; open it, or choose another name."""

    def __init__(self, what: str, name: str, advice: str = "") -> None:
        self.what, self.name, self.advice = what, name, advice
        super().__init__(f"{what} {name!r} exists already" + (f"; {advice}" if advice else ""))


class Conflict(MemosGraphError):
    """Someone else changed `ids` meanwhile: read them again, then retry.

    `expected` and `found` hold the versions by id (0: not there).
    """

    def __init__(self, cube: str, expected: dict[str, int], found: dict[str, int]) -> None:
        self.cube, self.expected, self.found = cube, expected, found
        self.ids = tuple(sorted(expected))
        rows = ", ".join(f"{i}: expected version {expected[i]}, found {found.get(i, 0)}" for i in self.ids[:5])
        more = f" and {len(self.ids) - 5} more" if len(self.ids) > 5 else ""
        super().__init__(
            f"cube {cube!r} changed meanwhile ({rows}{more}); read these again and retry; nothing was written"
        )


class MissingEndpoint(MemosGraphError):
    """Edges name nodes that are not there: put the nodes in the same Delta or before it."""

    def __init__(self, cube: str, missing: tuple[str, ...]) -> None:
        self.cube, self.missing = cube, missing
        names = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        super().__init__(f"cube {cube!r} has no node {names}, which an edge names; nothing was written")


class DimensionMismatch(MemosGraphError):
    """A vector's length differs from its space's: embed with the model the cube was made with, or `reembed`."""

    def __init__(self, space: str, expected: int, found: int, where: str = "vector") -> None:
        self.space, self.expected, self.found = space, expected, found
        super().__init__(f"{where} has {found} numbers, space {space!r} takes {expected}; nothing was written")


class EmbedderMismatch(MemosGraphError):
    """The cube was embedded by another model: open it with that one, or run `memos-graph reembed`."""

    def __init__(self, cube: str, stored: str, given: str) -> None:
        self.cube, self.stored, self.given = cube, stored, given
        super().__init__(
            f"cube {cube!r} was embedded by {stored}, this run has {given}: open it with {stored},"
            f" or change it with `memos-graph reembed --cube {cube}`"
        )


class StoreLocked(MemosGraphError):
    """Another process holds the store: stop it, or use its interface. `holder` says which."""

    def __init__(self, path: str, holder: str) -> None:
        self.path, self.holder = path, holder
        super().__init__(f"{path} is held by {holder}; one process at a time may open it: stop that one, then retry")


class StoreTooNew(MemosGraphError):
    """The store was written by a newer memos_graph: upgrade this one."""

    def __init__(self, path: str, found: int, known: int) -> None:
        self.path, self.found, self.known = path, found, known
        super().__init__(f"{path} has store format {found}, this version reads up to {known}: upgrade memos-graph")


class StoreDamaged(MemosGraphError):
    """The store can't be read as one of ours; nothing was changed. Restore a backup."""


class DiskFull(MemosGraphError):
    """The disk has no room: free some, then retry. Nothing of this write was kept."""


class Unavailable(MemosGraphError):
    """A service outside did not answer; try again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class BrokenAnswer(Unavailable):
    """A model's service answered, but in another form than asked for: ask otherwise, or another model."""


class ContextOverflow(MemosGraphError):
    """A prompt of `found` tokens (0: the server did not say) is longer than the `most` the model takes: shorten it."""

    def __init__(self, model: str, found: int, most: int, said: str = "") -> None:
        self.model, self.found, self.most = model, found, most
        has = f"{found} tokens" if found else "too many tokens"
        takes = f"{model} takes {most}" if most else f"{model} takes fewer"
        super().__init__(f"the prompt has {has}, {takes}: shorten it" + (f" ({said[:200]})" if said else ""))


class IndexBehind(MemosGraphError):
    """The graph has committed (`receipt`), the derived index has not: the next read catches up; do not write again."""

    def __init__(self, receipt: Receipt, reason: str) -> None:
        self.receipt, self.reason = receipt, reason
        super().__init__(
            f"written (seq {receipt.seq}), but the derived index is behind: {reason}; the next read catches up"
        )


class NotSupported(MemosGraphError):
    """This store or build declares that it can't do `what`, with its reason."""

    def __init__(self, what: str, reason: str) -> None:
        self.what, self.reason = what, reason
        super().__init__(f"{what}: {reason}")


class Refused(MemosGraphError):
    """The request is understood and not allowed (a write in read-only Cypher, say)."""


class IllegalTransition(Refused):
    """A memory in `state` can't meet `event`: send one of `legal`."""

    def __init__(self, identity: str, state: str, event: str, legal: tuple[str, ...]) -> None:
        self.identity, self.state, self.event, self.legal = identity, state, event, legal
        may = ", ".join(legal) or "nothing"
        super().__init__(f"memory {identity!r} is {state}: {event!r} does not happen to it; possible: {may}")


class Frozen(Refused):
    """Frozen memories would change: leave them, thaw them, or force it with a reason."""

    def __init__(self, cube: str, ids: tuple[str, ...]) -> None:
        self.cube, self.ids = cube, ids
        names = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
        super().__init__(
            f"frozen in cube {cube!r}: {names}; thaw first, or force it with a reason; nothing was written"
        )


class Overtaken(Refused):
    """Later Deltas changed the same things as `delta`: undo those first, newest first.

    `later`: id, number of the change, and reason of each, in that order.
    """

    def __init__(self, delta: str, later: tuple[tuple[str, int, str], ...]) -> None:
        self.delta, self.later = delta, later
        rows = "; ".join(f"{identity} (change {seq}: {reason})" for identity, seq, reason in later[:5])
        more = f"; and {len(later) - 5} more" if len(later) > 5 else ""
        super().__init__(f"{delta!r} can't be undone: the same things were changed later by {rows}{more}")


class Unclear(Refused):
    """What was said fits no memory, or several: say which by id. `candidates` holds ids and texts."""

    def __init__(self, what: str, candidates: tuple[tuple[str, str], ...], advice: str) -> None:
        self.what, self.candidates, self.advice = what, candidates, advice
        rows = "; ".join(f"{identity}: {' '.join(text.split())[:80]}" for identity, text in candidates[:5])
        shown = " ".join(what.split())[:80]
        super().__init__(f"{shown!r} is not clear; {advice}" + (f"; candidates: {rows}" if rows else ""))


class StillThere(MemosGraphError):
    """What was erased is still in some places (`left`: by place, what of it): erase those too, then look again.

    The erasure itself is written; `report` says all that was looked at.
    """

    def __init__(self, cube: str, left: dict[str, tuple[str, ...]], report: Any) -> None:
        self.cube, self.left, self._report = cube, left, report
        told = "; ".join(f"{place}: {', '.join(found[:5])}" for place, found in left.items())
        super().__init__(f"erased from cube {cube!r}, but its words are still there ({told})")

    @property
    def report(self) -> Any:
        """The ErasureReport."""
        return self._report


def require(condition: bool, field: str, value: Any, advice: str) -> None:
    """Nothing when `condition` holds; `Invalid` naming `field`, `value` and `advice` otherwise."""
    if not condition:
        raise Invalid(field, value, advice)
