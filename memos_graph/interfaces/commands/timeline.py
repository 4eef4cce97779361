"""timeline: what was true when of an entity or a memory, drawn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Screen, one_line

if TYPE_CHECKING:
    from memos_graph.services.seeing.timeline import Entry, Timeline


_ROOM = 8  #: the part of the scale that lies before the first time told


def timeline(
    about: Annotated[str, typer.Argument(metavar="ENTITY|ID", help="An entity's name, or the id of a memory.")],
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only what was so from then on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only what was so before then.")] = None,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show what was true when: facts as spans, events as points, each with what replaced it.

    In a pipe: from, until (event: nothing), what it tells of, id, what replaced it and text, separated by tabs. --json:
    one object.
    """
    screen = Screen(json=json)
    start, end = options.moment(since, "--since"), options.moment(until, "--until")
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        told = kb.timeline(about, since=start, until=end)
    if screen.json:
        screen.value(told.to_json())
        return
    if screen.terminal:
        _draw(screen, told)
    else:
        for entry in told.entries:
            screen.line("\t".join(_cells(entry)))
    if told.left_out:
        screen.note(f"{told.left_out} earlier ones left out; --since and --until narrow it down")
    if not told.entries:
        screen.note("nothing is told of it in that time")


def _cells(entry: Entry) -> tuple[str, ...]:
    from memos_graph.interfaces.views import minute, name_of

    begun = minute(entry.start) or "always"
    ended = "event" if entry.event else minute(entry.end) or "now"
    return begun, ended, entry.attribute, entry.node.id, entry.replaced_by, one_line(name_of(entry.node), 160)


def _draw(screen: Screen, told: Timeline) -> None:
    from memos_graph.interfaces.bars import bar
    from memos_graph.interfaces.views import minute

    low, high = _scale(told)
    rows = []
    for entry in told.entries:
        begun, ended, attribute, identity, _, text = _cells(entry)
        drawn = bar(entry.start, entry.end, low, high, event=entry.event)
        rows.append((attribute, drawn, begun, ended, text, identity))
    scale = f"{minute(low)} … {minute(high)}"
    screen.table(("of", scale, "from", "until", "text", "id"), rows, wide="text")


def _scale(told: Timeline) -> tuple[datetime, datetime]:
    """From the first to the last time told, now among them, a day at least; and room before for what always was."""
    moments = [m for e in told.entries for m in (e.start, e.end) if m is not None]
    low, high = min([told.now, *moments]), max([told.now, *moments])
    low = min(low, high - timedelta(days=1))
    return (low - (high - low) / _ROOM if any(entry.start is None for entry in told.entries) else low), high
