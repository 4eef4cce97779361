"""prefix warm and prefix stats: send what comes first ahead of the questions, and see what it saves."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import exits, options
from memos_graph.interfaces.screen import Screen
from memos_graph.model.errors import Unavailable

if TYPE_CHECKING:
    from memos_graph.app import Graph
    from memos_graph.model.chat import CacheCounters
    from memos_graph.model.prefix import PrefixStats, WarmUp

Cubes = Annotated[list[str] | None, typer.Option("--in", metavar="CUBE", help="This cube's, with others' if repeated.")]


def warm(
    cubes: Cubes = None,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Have the model's server read the prefix now, and prove that the next question finds it cached.

    Ends with 1 when it is not found, saying why as far as that can be told. --json: one object.
    """
    screen = Screen(json=json)
    settings = options.settings_of(store, cube, embedder)
    with options.opened(settings) as graph:
        done = graph.warm_prefix(cubes=cubes or (settings.cube,))
    if screen.json:
        screen.value({**asdict(done), "hit": done.hit})
    else:
        for line in warm_lines(done):
            screen.line(line)
    if done.proved is not None and not done.hit:
        screen.note(f"the prefix is not found again: {done.reason}")
        raise typer.Exit(exits.PARTLY)


def stats(
    cubes: Cubes = None,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show how much of the prefix the answers found cached, and what that saved, in tokens.

    The server's own counters, over all that ask it, stand beside ours. In a pipe: name and value, a line each. --json:
    one object.
    """
    screen = Screen(json=json)
    settings = options.settings_of(store, cube, embedder)
    with options.opened(settings) as graph:
        sums = graph.prefix_stats(cubes=cubes or (settings.cube,))
        server = _counters(screen, graph)
    if screen.json:
        told = None if server is None else asdict(server)
        screen.value({**asdict(sums), "hit_rate": sums.hit_rate, "saved": sums.saved, "server": told})
        return
    screen.table(("what", "value"), stats_rows(sums, server), wide="value")


def warm_lines(done: WarmUp) -> list[str]:
    """What `prefix warm` prints."""
    read = "an unknown number" if done.read is None else f"{done.read:,}"
    lines = [f"sent in {done.seconds:.2f} s; the model had to read {read} of its tokens"]
    if done.proved is None:
        return [*lines, f"not proved: {done.reason}"]
    by = "the answer's usage" if done.told_by == "usage" else "the server's counters"
    return [*lines, f"the next question found {done.proved:,} of {done.tokens:,} tokens cached, by {by}"]


def stats_rows(sums: PrefixStats, server: CacheCounters | None) -> list[tuple[str, Any]]:
    """What `prefix stats` prints."""
    rate = "no answer told yet" if sums.hit_rate is None else f"{sums.hit_rate:.1%}"
    rows: list[tuple[str, Any]] = [
        ("answers with a prefix", sums.answers),
        ("whose server told", sums.told),
        ("their prompts, tokens", sums.prompt),
        ("their prefixes, tokens", sums.prefix),
        ("hit rate of prefixes", rate),
        ("tokens saved", sums.saved),
        ("of them beyond the prefix", sums.beyond),
        ("warm-ups", sums.warmed),
        ("warm-ups that missed", sums.missed),
        ("last miss", sums.last_miss),
        ("made anew for a change", sums.rebuilt),
        ("tokens read again for that", sums.rebuilt_tokens),
    ]
    if server is not None:
        share = f" ({server.hit / server.queried:.1%})" if server.queried else ""
        rows += [("server: tokens asked for", server.queried), ("server: tokens found", f"{server.hit}{share}")]
    return rows


def _counters(screen: Screen, graph: Graph) -> CacheCounters | None:
    """The server's own, which the stats can do without."""
    try:
        return graph.prefix_counters()
    except Unavailable as error:
        screen.note(f"without the server's counters: {error}")
        return None
