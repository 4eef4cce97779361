"""What follows when premises fall or hold again: which memories have how many reasons left to be doubted.

A justification-based truth maintenance system (Doyle, "A Truth Maintenance System", 1979) whose reasons are paths, as
in path-vector routing: none leads through the memory itself, so that circles never hold themselves up. Pure. Declines
to know what a doubt does to a memory and how the graph is read.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Literal

from memos_graph.engines.consequences.doubts import Reason, Why, as_before, in_order

Policy = Literal["doubt", "retire", "keep"]
POLICIES: tuple[Policy, ...] = ("doubt", "retire", "keep")
How = Literal["doubt", "retire", "keep", "through"]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """`id` rests on `on`. how: what to do when that falls; through: it was merged into `on`, which speaks for it."""

    id: str
    on: str
    how: How
    group: str = ""  #: alternatives of `id`: it falls with the last of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Fell:
    """A premise that fell, and the version of it that was rested upon."""

    why: Why
    version: int
    path: tuple[str, ...] = ()  #: to what made it fall, when it was made again without that


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """All that may change with what happened, and what that was."""

    rests: tuple[Rest, ...]
    before: Mapping[str, tuple[Reason, ...]]  #: by memory that may get or lose reasons, those it has
    fells: Mapping[str, Fell]
    lifted: Set[Pair] = frozenset()  #: (memory, premise that holds again)
    lifted_groups: Set[Pair] = frozenset()  #: (memory, group with a premise that holds again)
    shaken: Set[Pair] = frozenset()  #: (memory, alternative that had fallen before)
    still: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)  #: of those left as they are, their reasons


def reckon(region: Region, since: str) -> Mapping[str, tuple[Reason, ...]]:
    """By memory its reasons from now on, of those whose reasons change; `since` is the time of new ones.

    O(rests · log rests · length of paths).
    """
    spread = _Spread(region, since)
    spread.run()
    changed = {}
    for identity, old in region.before.items():
        new = as_before(spread.got.get(identity, {}).values(), old)
        if new != old:
            changed[identity] = new
    return changed


def _staying(region: Region, identity: str) -> list[Reason]:
    """The reasons of `identity` that what happened does not touch: those by way of others are found anew."""
    return [
        reason
        for reason in region.before[identity]
        if (identity, reason.premise) not in region.lifted
        and not (reason.group and (identity, reason.group) in region.lifted_groups)
        and (reason.version or not (reason.premise in region.before or reason.premise in region.still))
    ]


class _Spread:
    """Goes out from what fell, the shortest path first (Dijkstra, 1959)."""

    def __init__(self, region: Region, since: str) -> None:
        self._region, self._since = region, since
        self.got: dict[str, dict[str, Reason]] = {}
        self._partly: dict[Pair, dict[str, Reason]] = defaultdict(dict)  # alternatives that fell, others may hold
        self._on: dict[str, list[Rest]] = defaultdict(list)
        self._groups: dict[Pair, set[str]] = defaultdict(set)
        self._heap: list[tuple[int, tuple[str, ...], str, Why]] = []
        for rest in region.rests:
            self._on[rest.on].append(rest)
            if rest.group:
                self._groups[rest.id, rest.group].add(rest.on)

    def run(self) -> None:
        """Fill `got`."""
        region = self._region
        for identity, fell in sorted(region.fells.items()):
            heapq.heappush(self._heap, (len(fell.path), fell.path, identity, fell.why))
        for identity, reasons in region.still.items():
            if reasons and identity not in region.fells:
                self._push(identity, in_order(reasons)[0])
        for identity in region.before:
            for reason in _staying(region, identity):
                self._add(identity, reason)
        settled: set[str] = set()
        while self._heap:
            _, path, identity, why = heapq.heappop(self._heap)
            if identity not in settled:
                settled.add(identity)
                self._reach(identity, path, why)

    def _reach(self, identity: str, path: tuple[str, ...], why: Why) -> None:
        region = self._region
        fell = region.fells.get(identity)
        for rest in self._on.get(identity, ()):
            if rest.how == "keep" or rest.id not in region.before or rest.id in path or rest.id == identity:
                continue
            if (rest.id, identity) in region.lifted:
                continue
            reason = Reason(
                path=(identity, *path), why=why, since=self._since, version=fell.version if fell else 0,
                retire=rest.how == "retire", group=rest.group,
            )  # fmt: skip
            if rest.how == "through":
                self._push(rest.id, reason)
            else:
                self._add(rest.id, reason)

    def _add(self, identity: str, reason: Reason) -> None:
        known = self.got.get(identity, {}).get(reason.premise)
        if known is None and reason.group:
            known = self._partly[identity, reason.group].get(reason.premise)
        if known is not None:
            if not reason.version:
                return  # the shorter one came first
            if known.version:  # it fell further: what was rested upon stays the same
                reason = replace(reason, version=known.version)
        if not reason.group:
            self._keep(identity, reason)
            return
        pair = identity, reason.group
        self._partly[pair][reason.premise] = reason
        down = self._partly[pair].keys() | {on for of, on in self._region.shaken if of == identity}
        if self._groups[pair] <= down:
            for each in self._partly[pair].values():
                self._keep(identity, each)

    def _keep(self, identity: str, reason: Reason) -> None:
        self.got.setdefault(identity, {})[reason.premise] = reason
        self._push(identity, reason)

    def _push(self, identity: str, reason: Reason) -> None:
        heapq.heappush(self._heap, (len(reason.path), reason.path, identity, reason.why))


def policy(value: object, otherwise: Policy = "doubt") -> Policy:
    """`value` if it is a policy: settings and `info` may hold anything."""
    return next((known for known in POLICIES if known == value), otherwise)
