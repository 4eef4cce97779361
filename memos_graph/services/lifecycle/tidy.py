"""Run a cube's policies: what time has passed over is archived, made active or ended, each step with its reason.

Nothing is deleted here: eviction archives, and what a passed time to live ends is `expiry`'s. Each Delta stands by
itself, so a run that was stopped goes on with the next one, which decides anew from what is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from memos_graph.engines.policies import LOOKED_AT, Decision, Policies, Row, decide, read_policies, row_of
from memos_graph.model.delta import Delta, PatchNode, Receipt
from memos_graph.model.errors import Conflict
from memos_graph.model.lifecycle import Event
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.lifecycle.expiry import expire
from memos_graph.services.organise.organise import Organised, organise
from memos_graph.services.writing import apply_delta

SETTING = "policies"  #: of a cube: the policies that `tidy` runs by when it is given none
_PAGE = 5_000  #: nodes read at a time
_BATCH = 2_000  #: nodes of one Delta
_TRIES = 4
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """What policies decided, and what was done of it."""

    cube: str
    at: datetime
    dry_run: bool
    looked_at: int  #: memories
    decided: tuple[Decision, ...]
    receipts: tuple[Receipt, ...] = ()
    passed_over: tuple[str, ...] = ()  #: ids that another writer changed meanwhile; the next run looks at them again
    organised: Organised | None = None  #: what organising did, where the policies ask for it

    @property
    def counts(self) -> Mapping[Event, int]:
        """How many memories met which event."""
        return Counter(each.event for each in self.decided)

    @property
    def wrote(self) -> int:
        """How many nodes and edges were written."""
        return sum(receipt.wrote for receipt in self.receipts)


def policies_of(context: Context, cube: str) -> Policies:
    """The policies that are kept with `cube`, or those by default. `Invalid` for kept ones that can't be read."""
    kept = find_cube(context.store, cube).settings.get(SETTING)
    return Policies() if kept is None else read_policies(kept)


def keep_policies(context: Context, cube: str, policies: Policies) -> None:
    """Keep `policies` with `cube`."""
    record = find_cube(context.store, cube)
    context.store.replace_cube(replace(record, settings={**record.settings, SETTING: policies.to_json()}))


def tidy(context: Context, cube: str, policies: Policies | None = None, *, dry_run: bool = True,
         progress: Progress | None = None) -> Tidied:  # fmt: skip
    """What `policies` (those of the cube) make of its memories; with `dry_run` nothing is written.

    A second run right after writes nothing. `Invalid`, and nothing is done, when the clock lies before what was
    written. Reads every memory once, O(n log n); a Delta for every 2,000 of one event and reason.
    """
    policies = policies_of(context, cube) if policies is None else policies
    rows = list(_rows(context, cube, progress))
    at = context.clock()
    decided = decide(rows, policies, at)
    found = Tidied(cube=cube, at=at, dry_run=dry_run, looked_at=len(rows), decided=decided)
    if dry_run:
        return _organised(context, found, policies, progress)
    receipts, passed_over, done = list[Receipt](), list[str](), 0
    for part in _parts(decided):
        receipt, left = _write(context, cube, part)
        receipts += [receipt] if receipt is not None else []
        passed_over += left
        done += len(part)
        if progress is not None:
            progress("writing", done, len(decided))
    gone = set(passed_over)
    did = tuple(each for each in decided if each.id not in gone)
    told = replace(found, decided=did, receipts=tuple(receipts), passed_over=tuple(passed_over))
    return _organised(context, told, policies, progress)


def _organised(context: Context, found: Tidied, policies: Policies, progress: Progress | None) -> Tidied:
    """`found` and what organising does, or would do, if the policies ask for it."""
    if not policies.organise:
        return found
    return replace(found, organised=organise(context, found.cube, dry_run=found.dry_run, progress=progress))


def _rows(context: Context, cube: str, progress: Progress | None) -> Iterator[Row]:
    find_cube(context.store, cube)
    scope = replace(everything(cube), retired=False, states=LOOKED_AT)
    total = context.store.count(scope) if progress is not None else 0
    cursor: str | None = None
    done = 0
    while True:
        page = context.store.scan(scope, cursor=cursor, limit=_PAGE)
        yield from map(row_of, page.nodes)
        done += len(page.nodes)
        if progress is not None:
            progress("reading", done, max(total, done))
        cursor = page.cursor
        if cursor is None:
            return


def _parts(decided: Sequence[Decision]) -> Iterator[list[Decision]]:
    """Decisions of one event and reason each, as many as one Delta takes."""
    for _, group in groupby(decided, key=lambda each: (each.event, each.reason)):
        some = list(group)
        yield from (some[start : start + _BATCH] for start in range(0, len(some), _BATCH))


def _write(context: Context, cube: str, part: Sequence[Decision]) -> tuple[Receipt | None, list[str]]:
    """The Receipt of carrying out `part`, and the ids that were left because someone changed them meanwhile."""
    left: list[str] = []
    reason = f"tidy: {part[0].event}: {part[0].reason}"
    for attempt in range(_TRIES):
        going = [each for each in part if each.id not in left]
        if not going:
            return None, left
        try:
            return _carried_out(context, cube, going, reason), left
        except Conflict as error:
            if attempt == _TRIES - 1:
                raise
            left += [each.id for each in going if each.id in error.ids]
    raise AssertionError("the loop returns or raises")


def _carried_out(context: Context, cube: str, part: Sequence[Decision], reason: str) -> Receipt:
    at = context.clock()
    if part[0].event == "ttl_passed":
        return expire(context, cube, [each.id for each in part], at=at, reason=reason)
    patches = tuple(PatchNode(id=each.id, expects=each.version, set={"status": each.to}) for each in part)
    delta = Delta(id=context.new_id(), cube=cube, actor=context.actor, reason=reason, at=at, operations=patches)
    # forced: of a frozen memory nothing is decided, and one frozen since has another version
    return apply_delta(context, delta, force=True)[0]
