"""Facts of a cube as subject, attribute and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from memos_graph.app.of_cube import OfCube
from memos_graph.engines.claims import Claim, attribute_name, is_single, subject_key
from memos_graph.model.graph import Json, Source
from memos_graph.model.times import parse_time
from memos_graph.services.claims import facts
from memos_graph.services.claims.facts import Claimed, Fact, Stated

When = datetime | str | None


class Facts(OfCube):
    """Facts of a cube as subject, attribute and value."""

    __slots__ = ()

    def claim(self, subject: str, attribute: str, value: str, *, since: When = None, until: When = None,
              said_at: When = None, single: bool | None = None, polarity: bool = True, event: bool = False,
              source: Source | str = "user", premise: str = "", kind: str = "LongTermMemory", tags: Sequence[str] = (),
              info: Mapping[str, Json] | None = None, force: bool = False,
              reason: str = "claim") -> Claimed:  # fmt: skip
        """Remember that `subject` has `value` as its `attribute` ("Ann", "lives in", "Berlin"), and what became of it.

        It holds from `since` (now) to `until`. Of an attribute that one has one at a time (single; None: as its name
        says), it takes the place of what held then, which stays readable by `as_of`; with polarity False it ends what
        it denies. What is said later is believed: said_at, `since` where that is not given. The same fact again makes
        no memory: it adds its source and a usage. event: it happened once, on that day, and ends nothing. premise:
        id of the memory that says so. `Frozen` when a frozen memory would end, unless `force`.
        """
        name = " ".join(subject.split())
        begins, ends, said = _moment(since, "since"), _moment(until, "until"), _moment(said_at, "said_at")
        attribute = attribute_name(attribute) if not event else " ".join(attribute.split())
        claim = Claim(
            subject=subject_key(name), name=name, attribute=attribute, value=" ".join(value.split()),
            polarity=polarity, kind="event" if event else "state",
            single=not event and (is_single(attribute) if single is None else single), since=begins, until=ends,
        )  # fmt: skip
        stated = Stated(
            claim=claim, at=said or begins or self._context.clock(), kind=kind, premise=premise, tags=tuple(tags),
            source=Source(uri=source) if isinstance(source, str) else source, info=info or {},
        )  # fmt: skip
        return facts.state(self._context, self.name, [stated], reason=reason, force=force)[0]

    def claim_all(self, stated: Sequence[Stated], *, reason: str = "claim") -> tuple[Claimed, ...]:
        """As `claim`, for many at once: one Delta, one receipt."""
        return facts.state(self._context, self.name, stated, reason=reason)

    def claims(self, subject: str | None = None, attribute: str | None = None, *, as_of: When = None,
               known_at: When = None, ended: bool = False) -> tuple[Fact, ...]:  # fmt: skip
        """The facts that hold now, or did at `as_of` or as we knew at `known_at`; of one subject, attribute, or all.

        ended: also those that hold no longer. Each has its claim with since and until, and its node.
        """
        return facts.facts_of(
            self._context, self.name, subject=subject, attribute=attribute, as_of=_moment(as_of, "as_of"),
            known_at=_moment(known_at, "known_at"), ended=ended,
        )  # fmt: skip


def _moment(given: When, field: str) -> datetime | None:
    """UTC; a datetime without a zone is UTC, as texts are."""
    if given is None or isinstance(given, str):
        return None if given is None else parse_time(given, field)
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
