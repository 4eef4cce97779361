"""Organising step by step, each a Delta that is right by itself; a rehearsal counts and writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from memos_graph.model.delta import Delta, Operation
from memos_graph.model.errors import Conflict, Frozen, MissingEndpoint
from memos_graph.services.context import Context
from memos_graph.services.embed import with_vectors
from memos_graph.services.writing import apply_delta


@dataclass(slots=True)
class Steps:
    """Writes steps to `cube` and remembers their receipts."""

    context: Context
    cube: str
    dry_run: bool
    receipts: list[str] = field(default_factory=list)  #: Delta ids, oldest first
    notes: list[str] = field(default_factory=list)

    def take(self, reason: str, made: Callable[[datetime], Sequence[Operation]]) -> bool:
        """Whether the step was written, or would be. `made` gives its operations at the time it is given.

        What another writer changed meanwhile is left as it is, with a note; the next organising looks at it again.
        """
        if self.dry_run:
            return True
        at = self.context.clock()
        operations = with_vectors(self.context, self.cube, made(at))
        if not operations:
            return False
        delta = Delta(
            id=self.context.new_id(), cube=self.cube, actor=self.context.actor, reason=reason[:200], at=at,
            operations=operations,
        )  # fmt: skip
        try:
            receipt, late = apply_delta(self.context, delta)
        except (Conflict, MissingEndpoint, Frozen) as error:
            self.notes.append(f"{reason}: left for the next time: {error}")
            return False
        self.done(receipt.delta if receipt.wrote else "")
        if late:
            self.notes.append(late)
        return bool(receipt.wrote)

    def done(self, receipt: str) -> None:
        """Remember a step that another service wrote; "" for none."""
        if receipt:
            self.receipts.append(receipt)
