"""The prefix of a cube, or of several: what the next answer sends first, true at this moment, as the very bytes.

`current` is asked before every answer: it looks up every memory in the prefix, and writes only when something changed.
Several cubes stand one after the other by name, what is stable of all before the working memory of all; each keeps its
own manifest, which names no memory of another. Declines to know how it is sent and warmed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from memos_graph.engines.prefix.layout import lay_out
from memos_graph.model.errors import Conflict, Invalid
from memos_graph.model.prefix import Prefix, PrefixEntry, PrefixStats
from memos_graph.prompts import prompt
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.prefix.kept import Kept, PrefixState, read_state
from memos_graph.services.prefix.looking import Progress
from memos_graph.services.prefix.planning import TEMPLATE, Plan, Wish, plan
from memos_graph.services.prefix.salting import salt_for
from memos_graph.services.prefix.sizing import ESTIMATE
from memos_graph.services.prefix.state import save, save_seen
from memos_graph.services.prefix.together import together

_TRIES = 4
MOST_TOLD = 400  #: memories that are told of as left out


def current(context: Context, cubes: Collection[str]) -> Prefix:
    """What the next answer about `cubes` sends first. Every memory in it is true now and in use now.

    Where one is not any more, what stands from it on is made anew and written before this returns; what came since is
    put behind the others while there is room. Built from all memories where nothing was built before. Nothing is
    written when nothing changed. A cube: about nine reads, however large it is. `NotFound` for an unknown cube.
    """
    return _made(context, cubes, Wish(), write=True)


def build(context: Context, cubes: Collection[str], *, tokens: int | None = None, fresh: bool = False,
          dry_run: bool = False, progress: Progress | None = None) -> Prefix:  # fmt: skip
    """The prefix of `cubes`, chosen from all their memories; what was sent and holds keeps its place.

    tokens: all that comes before the user's own words, at most; kept with each cube for later. fresh: as if nothing had
    been sent; `tokens - kept` of the result are then read again. dry_run: nothing is written. Reads every memory.
    """
    if tokens is not None and (isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 1):
        raise Invalid("tokens", tokens, "give a whole number from 1 on; the setting prefix_tokens = 0 means no prefix")
    wish = Wish(tokens=tokens, all=True, fresh=fresh, progress=progress)
    return _made(context, cubes, wish, write=not dry_run)


def show(context: Context, cubes: Collection[str], *, progress: Progress | None = None) -> Prefix:
    """What `current` would give, with what was looked at and left out and why. Writes nothing, reads every memory."""
    found = _made(context, cubes, Wish(), write=False)
    everything = _made(context, cubes, Wish(all=True, progress=progress), write=False)
    inside = {(entry.cube, entry.id) for entry in found.entries}
    more = [
        (entry.id, "not looked at since the last build; the next one takes it in")
        for entry in everything.entries if (entry.cube, entry.id) not in inside
    ]  # fmt: skip
    known = {identity for _, identity in inside}
    left = [(identity, why) for identity, why in everything.left_out if identity not in known]
    return replace(found, left_out=(*more, *left)[:MOST_TOLD])


def _made(context: Context, cubes: Collection[str], wish: Wish, *, write: bool) -> Prefix:
    if isinstance(cubes, str) or not cubes:
        raise Invalid("cubes", cubes, "give a list of names, one at least")
    names = tuple(sorted(set(cubes)))
    for name in names:
        find_cube(context.store, name)
    if context.prefix_tokens == 0:
        return bare(context, names)
    plans = {name: _planned(context, name, wish, write=write) for name in names}
    if len(names) == 1:
        return _alone(context, names[0], plans[names[0]], write=write)
    return _several(context, plans, wish, write=write)


def _planned(context: Context, cube: str, wish: Wish, *, write: bool) -> Plan:
    """The plan for `cube`, written if it differs from what is kept. Made again when another writer was faster."""
    for attempt in range(_TRIES):
        state = read_state(context.store, cube)
        planned = plan(context, cube, state.manifest, wish)
        if not write or not planned.write:
            return planned
        reason = "prefix: " + (
            "made anew" if planned.stale else "built" if wish.all or state.manifest is None else "kept up"
        )
        wanted = replace(state, manifest=planned.manifest, stats=_counted(state, planned))
        try:
            if state.manifest is not None and replace(planned.manifest, seq=state.manifest.seq) == state.manifest:
                save_seen(context, cube, state, planned.manifest.seq)
            else:
                save(context, cube, wanted, reason=reason)
            return planned
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _counted(state: PrefixState, planned: Plan) -> PrefixStats:
    """The sums, with what making it anew costs in tokens."""
    if not planned.stale:
        return state.stats
    return state.stats + PrefixStats(rebuilt=1, rebuilt_tokens=planned.manifest.tokens - planned.kept)


def bare(context: Context, names: tuple[str, ...]) -> Prefix:
    """What a chat opens with that wants no prefix: the same instructions without memories. Writes salts' keys only."""
    text = lay_out(prompt(TEMPLATE), ())
    return Prefix(
        cubes=names, text=text, entries=(), template=TEMPLATE, salt=salt_for(context, names), block=0, kept=0,
        tokens=context.embedder.count_tokens(text), counted_by=ESTIMATE, built_at=context.clock(),
    )  # fmt: skip


def _alone(context: Context, cube: str, made: Plan, *, write: bool) -> Prefix:
    manifest = made.manifest
    return Prefix(
        cubes=(cube,), text=made.text, entries=tuple(_entry(cube, n, row) for n, row in enumerate(manifest.entries, 1)),
        left_out=made.left_out[:MOST_TOLD], template=TEMPLATE, salt=salt_for(context, (cube,)) if write else "",
        tokens=manifest.tokens, counted_by=manifest.counted_by, block=manifest.block, kept=made.kept,
        built_at=manifest.built_at or context.clock(), stale=made.stale,
    )  # fmt: skip


def _several(context: Context, plans: Mapping[str, Plan], wish: Wish, *, write: bool) -> Prefix:
    made = together(context, plans, wish.tokens)
    left = [*made.left_out, *(each for _, planned in sorted(plans.items()) for each in planned.left_out)]
    return Prefix(
        cubes=tuple(sorted(plans)), text=made.filled.text,
        entries=tuple(_entry(row.cube, n, row.kept) for n, row in enumerate(made.rows, 1)),
        left_out=tuple(left)[:MOST_TOLD], template=TEMPLATE,
        salt=salt_for(context, tuple(sorted(plans))) if write else "", tokens=made.filled.tokens,
        counted_by=made.counted_by, block=made.block, kept=made.kept,
        built_at=max(planned.manifest.built_at or context.clock() for planned in plans.values()),
        stale=tuple(f"{cube}: {line}" for cube, planned in sorted(plans.items()) for line in planned.stale),
    )  # fmt: skip


def _entry(cube: str, number: int, row: Kept) -> PrefixEntry:
    return PrefixEntry(
        number=number, id=row.id, cube=cube, digest=row.digest, tokens=row.tokens, part=row.part, reason=row.reason
    )
