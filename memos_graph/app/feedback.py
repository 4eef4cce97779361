"""Corrections to a cube, each one step that can be undone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from memos_graph.app.given import as_filter
from memos_graph.app.of_cube import OfCube
from memos_graph.engines.keywords import Keyword
from memos_graph.model.delta import Receipt
from memos_graph.model.errors import Invalid
from memos_graph.model.filter import Filter
from memos_graph.services.corrections import feedback, identities, undo
from memos_graph.services.corrections.rewording import Replaced, replace_keyword
from memos_graph.services.remember.report import Fed, Report

Undoable = Receipt | Report | Fed | str | int


class Feedback(OfCube):
    """Corrections to a cube, each one step that can be undone."""

    __slots__ = ()

    def undo(self, receipt: Undoable, *, reason: str = "", force: bool = False) -> Receipt:
        """Take one step back: what it made goes, what it changed or deleted is as it was (`corrections.undo`).

        receipt: what the step returned, its Delta's id, or the number of its change. Undone itself, the step is done
        again. `Overtaken` names later steps that changed the same things; `Refused` when something was erased.
        """
        deltas = _deltas(receipt)
        if len(deltas) != 1:
            raise Invalid("receipt", f"{len(deltas)} steps", "undo one, or several by undo_all")
        return undo.undo(self._context, self.name, deltas[0], reason=reason, force=force)

    def undo_all(
        self, receipts: Undoable | Iterable[Undoable], *, reason: str = "", force: bool = False
    ) -> tuple[Receipt, ...]:
        """Take back several steps (all that fed a folder, say), the newest first; each is one step of its own."""
        given = [receipts] if isinstance(receipts, Receipt | Report | Fed | str | int) else list(receipts)
        deltas = [delta for one in given for delta in _deltas(one)]
        return undo.undo_all(self._context, self.name, deltas, reason=reason, force=force)

    def correct(self, what: str, new: str, *, ids: Collection[str] | None = None, reason: str = "",
                force: bool = False) -> Receipt:  # fmt: skip
        """The memory `what` (its id, or words that say the same) was wrong and says `new`; its id stays.

        ids: the memories that may be meant, from a search before. `Unclear` lists candidates when it is open which.
        """
        return feedback.correct(self._context, self.name, what, new, ids=ids, reason=reason, force=force)

    def feedback(self, said: str, *, ids: Collection[str] | None = None, preview: bool = False, limit: int = 100,
                 reason: str = "") -> feedback.Reaction:  # fmt: skip
        """What somebody says of what is remembered ("it is 6 pm, not 5 pm"), done, and what it was taken for.

        A correction, a replacement of words, or an addition, by rules. ids: the memories that were shown before it.
        `Unclear` says how to say it when no rule is sure.
        """
        return feedback.react(
            self._context, self.name, said, ids=ids, preview=preview, limit=limit, reason=reason
        )  # fmt: skip

    def replace_keyword(
        self, old: str, new: str, *, scope: Filter | Mapping[str, Any] | str | None = None, preview: bool = True,
        limit: int = 100, whole_words: bool = True, case: bool = True, since: datetime | None = None,
        entities: bool = False, reason: str = "", force: bool = False,
    ) -> Replaced:  # fmt: skip
        """Where `old` stands in what is now held, and with preview=False the one step that puts `new` in its place.

        scope: a filter, or a document's id or name; else all. More than `limit` memories are refused. since: it was
        right until then (else it never was). entities: search by the old name finds what it named.
        """
        within = scope if isinstance(scope, str) else as_filter(scope)
        keyword = Keyword(old=old, new=new, whole_words=whole_words, case=case)
        return replace_keyword(
            self._context, self.name, keyword, within=within, preview=preview, limit=limit, since=since,
            entities=entities, reason=reason, force=force,
        )  # fmt: skip

    def same_as(self, one: str, *others: str, reason: str = "") -> Receipt:
        """The names (or entities' ids) `others` mean what `one` means: search by any finds what mentions them all."""
        return identities.same_as(self._context, self.name, one, *others, reason=reason)

    def split(self, one: str, other: str = "", *, reason: str = "") -> Receipt:
        """The name (or entity's id) `one` means itself again, and not `other`, or nothing that it was joined with."""
        return identities.split(self._context, self.name, one, other, reason=reason)


def _deltas(receipt: Undoable) -> list[str]:
    """Ids of the Deltas that `receipt` tells of; none for what wrote nothing."""
    if isinstance(receipt, Report):
        return [fed.receipt for fed in receipt.fed if fed.receipt]
    if isinstance(receipt, int):
        return [str(receipt)]
    named = receipt if isinstance(receipt, str) else receipt.receipt if isinstance(receipt, Fed) else receipt.delta
    return [named] if named else []
