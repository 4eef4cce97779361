"""erase: remove memories for good, and show every place that was looked at afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.commands.changing import Yes, confirm
from memos_graph.interfaces.screen import Screen
from memos_graph.model.errors import StillThere

_TOLD_DIRECTLY = "user"  #: the source of what no file or chat said


def erase(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Memories; a document goes with its pieces.")],
    reason: Annotated[str, typer.Option(help="Why; it stays in the record of changes.")] = "erase",
    force: Annotated[bool, typer.Option("--force", help="Frozen ones too; give a --reason.")] = False,
    look_at: Annotated[
        list[Path] | None,
        typer.Option("--look-at", metavar="PATH", help="Also look into this export or backup; may be repeated."),
    ] = None,
    yes: Yes = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Remove memories for good, with what was made of their words, and prove that nothing of them is left.

    In a pipe: place, looked at or not, what was found and how, separated by tabs. Ends with 1 when something is left.
    --json: one object.
    """
    screen = Screen(json=json)
    settings = options.settings_of(store, cube, embedder)
    with options.opened_cube(settings) as (_, kb):
        confirm(f"Erase {len(ids)} and all that belongs to it from cube {settings.cube} for good?", yes)
        try:
            report = kb.erase(*ids, reason=reason, force=force, look_at=tuple(look_at or ()))
        except StillThere as left:
            _told(screen, left.report)
            raise
    _told(screen, report)


def _told(screen: Screen, report: Any) -> None:
    if screen.json:
        screen.value(report.to_json())
        return
    rows = [
        (place.name, "looked" if place.looked else "not looked", ", ".join(place.found[:20]) or "nothing", place.note)
        for place in report.places
    ]
    screen.table(("place", "", "found", "how"), rows, wide="how")
    gone = len(report.asked) + len(report.pieces) + len(report.derived)
    screen.note(f"erased {gone} nodes and {report.versions} versions; {len(report.freed)} parts of a merge are free")
    if not report.searched:
        screen.note("the texts are too short to be told from others: only ids and vectors were looked for")
    for uri in [uri for uri in report.sources if uri != _TOLD_DIRECTLY][:20]:
        screen.note(f"came from {uri}: not ours to erase; fed again, it is back")
