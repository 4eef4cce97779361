"""copy: carry cubes from one store to another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import exits, options
from memos_graph.interfaces.screen import Bars, Screen
from memos_graph.model.errors import Invalid, NotFound

if TYPE_CHECKING:
    from memos_graph.ports import GraphStore
    from memos_graph.services.copy import Copied, Planned
    from memos_graph.services.tally import Tally

_PARTS = ("nodes", "edges", "changes")


def copy(
    source: Annotated[str, typer.Option("--from", metavar="PATH|URL", help="The store to copy from.")],
    target: Annotated[str, typer.Option("--to", metavar="PATH|URL", help="The store to copy to; a path is made.")],
    cube: Annotated[
        list[str] | None,
        typer.Option("--cube", "-c", metavar="NAME", help="Only this cube; may be given again. Else all."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be copied; write nothing.")] = False,
    json: options.Json = False,
) -> None:
    """Copy cubes to another store, history and vectors too, then count and hash both and compare.

    A run that was stopped goes on where it was: give the same command again. A cube that differs in the end is a fault
    (exit code 1) and stays closed to writes. --json: a line for each cube.
    """
    screen = Screen(json=json)
    if source == target:
        raise Invalid("--to", target, "name another store than --from")
    with _opened(source, make=False) as old:
        assert old is not None
        if dry_run:
            with _opened(target, make=False, absent_is_well=True) as new:
                _show_plan(screen, old, new, cube or ())
            return
        with _opened(target, make=True) as new, screen.progress() as progress:
            assert new is not None
            from memos_graph.services.copy import copy_cubes

            done: list[Copied] = []
            for one in copy_cubes(old, new, cube or (), Bars(progress).counted):
                done.append(one)
                if screen.json:
                    screen.value(_copied(one))
    if not screen.json:
        columns = ("cube", "of", "source", "target", "hash in source", "hash in target", "")
        screen.table(columns, [row for one in done for row in _rows(one)])
    differing = [one.cube for one in done if not one.same]
    if differing:
        names = ", ".join(differing)
        screen.note(f"not the same in both stores: {names}; run the copy again, or drop that cube in the target store")
        raise typer.Exit(exits.PARTLY)


def _show_plan(screen: Screen, old: GraphStore, new: GraphStore | None, cubes: Any) -> None:
    from memos_graph.interfaces.views import size
    from memos_graph.services.copy import plan_copy

    planned: list[Planned] = list(plan_copy(old, new, cubes))
    rows: list[tuple[object, ...]] = []
    for one in planned:
        counts = _counts(one.holds)
        taken = sum(getattr(one.holds, part).bytes for part in _PARTS)
        if screen.json:
            screen.value({"cube": one.cube, **counts, "bytes": taken, "state": one.state, "why": one.why})
        rows.append((one.cube, *counts.values(), size(taken), one.state, one.why))
    if not screen.json:
        screen.table(("cube", *_PARTS, "size", "state", "why"), rows, wide="why")
    if any(one.state == "in the way" for one in planned):
        raise typer.Exit(exits.BAD_INPUT)


@contextmanager
def _opened(url: str, *, make: bool, absent_is_well: bool = False) -> Iterator[GraphStore | None]:
    """The store at `url`, closed at the end; None when it is not there and that is well."""
    path = options.store_path(url)
    if path is not None and not make and not path.exists():
        if not absent_is_well:
            raise NotFound("store", str(path), "--from names the store that is copied")
        yield None
        return
    from memos_graph.app import open_store
    from memos_graph.settings import load_settings

    store = open_store(url, load_settings())
    try:
        yield store
    finally:
        store.close()


def _counts(held: Tally) -> dict[str, int]:
    return {part: getattr(held, part).rows for part in _PARTS}


def _hashes(held: Tally) -> dict[str, str]:
    return {part: getattr(held, part).hex for part in _PARTS}


def _copied(one: Copied) -> dict[str, Any]:
    return {
        "cube": one.cube, "same": one.same, "resumed": one.resumed,
        "source": {**_counts(one.source), "hashes": _hashes(one.source)},
        "target": {**_counts(one.target), "hashes": _hashes(one.target)},
    }  # fmt: skip


def _rows(one: Copied) -> Iterator[tuple[object, ...]]:
    for part in _PARTS:
        held, made = getattr(one.source, part), getattr(one.target, part)
        verdict = "same" if (held.rows, held.hex) == (made.rows, made.hex) else "DIFFERS"
        yield one.cube, part, held.rows, made.rows, held.hex[:16], made.hex[:16], verdict
