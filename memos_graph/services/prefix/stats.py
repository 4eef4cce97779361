"""What answers found cached, added up. Sums wait in memory (`counting`); here they are made, written and read.

Declines to know how a cube keeps them (`state`).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from memos_graph.model.chat import TokenUsage
from memos_graph.model.errors import Conflict, NotFound, Unavailable
from memos_graph.model.prefix import Prefix, PrefixStats
from memos_graph.services.context import Context
from memos_graph.services.prefix.counting import WRITE_AFTER
from memos_graph.services.prefix.state import add_stats, load

_log = logging.getLogger("memos_graph.prefix")


def record(context: Context, prefix: Prefix, usage: TokenUsage) -> None:
    """Count an answer given with `prefix`; one that had no memories in it proves nothing and is not counted.

    Written with every twentieth answer, by `stats`, and when the graph is closed: a crash loses those since. An answer
    over several cubes counts in the first of them by name, so that sums over cubes count it once. Raises nothing for a
    store that is busy: the counts wait.
    """
    if not prefix.entries or not prefix.cubes:
        return
    if context.prefix_counts.add(min(prefix.cubes), _sums(prefix, usage)) >= WRITE_AFTER:
        flush(context, (min(prefix.cubes),))


def flush(context: Context, cubes: Collection[str] | None = None) -> None:
    """Write what waits for `cubes` (None: for all). What can't be written now waits on; a cube that is gone takes none.

    One read and one write a cube that has something waiting; none without.
    """
    for cube, sums in context.prefix_counts.take(cubes).items():
        try:
            add_stats(context, cube, sums)
        except (Conflict, Unavailable) as error:
            context.prefix_counts.add(cube, sums)
            _log.warning("counts of %d answers wait to be written: %s", sums.answers, error)
        except NotFound:
            _log.warning("the cube %s is gone, and with it the counts of %d answers", cube, sums.answers)


def stats(context: Context, cubes: Sequence[str]) -> PrefixStats:
    """The sums of `cubes` together, as of now. `NotFound` for an unknown one. One read a cube, and what waited."""
    flush(context, cubes)
    states = [load(context, cube) for cube in dict.fromkeys(cubes)]
    return sum((state.stats for state in states if state is not None), PrefixStats())


def _sums(prefix: Prefix, usage: TokenUsage) -> PrefixStats:
    """One answer as sums; what came cached beyond the prefix is the talk's, not the prefix's."""
    if usage.cached is None or usage.prompt is None:
        return PrefixStats(answers=1)
    length = min(prefix.tokens, usage.prompt)
    cached = min(usage.cached, usage.prompt)
    ours = min(cached, length)
    return PrefixStats(answers=1, told=1, prompt=usage.prompt, prefix=length, cached=ours, beyond=cached - ours)
