"""What contradicts what in a cube, and who is right."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from memos_graph.app.of_cube import OfCube
from memos_graph.services.conflicts.contradictions import Contradiction, contradictions
from memos_graph.services.conflicts.finding import KINDS, Checked, find_conflicts
from memos_graph.services.conflicts.resolving import Resolution, Resolved, Which, resolve, resolve_all


class Conflicts(OfCube):
    """What contradicts what in a cube, and who is right."""

    __slots__ = ()

    def find_conflicts(self, *, since: int | None = None, kinds: Collection[str] = KINDS, questions: int = 200,
                       dry_run: bool = False) -> Checked:  # fmt: skip
        """Compare memories, mark those that contradict each other, and say what is new.

        since: only what changed after that change (`seq` of the last result). questions: how many pairs a language
        model is asked about at most. See `services.conflicts.finding.find_conflicts`.
        """
        return find_conflicts(
            self._context, self.name, since=since, kinds=kinds, questions=questions, dry_run=dry_run
        )  # fmt: skip

    def conflicts(self, *, limit: int = 1000) -> tuple[Contradiction, ...]:
        """Unresolved conflicts, the latest found first: both memories, the reason, the verdict if a model gave one."""
        return contradictions(self._context, self.name, limit=limit)

    def resolve(self, conflict: Which, *, keep: str | None = None, rule: str | None = None, trust: Sequence[str] = (),
                reason: str = "") -> Resolved:  # fmt: skip
        """Settle a conflict (its id, the two memories' ids, or a `Contradiction`) by hand or by rule, in one Delta.

        keep: the id that stays. rule: newer, trusted (`trust`: patterns of sources, the most trusted first), frozen,
        both, merge. Frozen memories win over any rule. See `services.conflicts.resolving.resolve` for the errors.
        """
        return resolve(self._context, self.name, conflict, keep=keep, rule=rule, trust=trust, reason=reason)

    def resolve_all(self, *, rule: str, trust: Sequence[str] = (), reason: str = "") -> Resolution:
        """Settle every conflict that `rule` decides; what it does not decide is left, and named with the reason."""
        return resolve_all(self._context, self.name, rule=rule, trust=trust, reason=reason)
