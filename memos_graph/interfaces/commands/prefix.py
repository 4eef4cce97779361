"""prefix: what comes first in every prompt: show, build and drop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.commands.changing import Yes, confirm
from memos_graph.interfaces.screen import Bars, Screen, one_line

if TYPE_CHECKING:
    from memos_graph.app import CubeHandle
    from memos_graph.model.prefix import Prefix

app = typer.Typer(help="What comes first in every prompt, so that models find it cached.", no_args_is_help=True)
_SHOWN = 20  #: memories left out that are shown on a terminal


@app.command()
def show(
    text: Annotated[bool, typer.Option("--text", help="The very text that is sent, and nothing else.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show what the next answer would send first, why each memory is in, and what was left out.

    Writes nothing. In a pipe: number, tokens, part, id, reason, text, a line each. --json: one object.
    """
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb), screen.progress() as progress:
        found = kb.show_prefix(progress=Bars(progress).counted)
        heads = _heads(kb, found)
    if text and not screen.json:
        screen.line(found.text)
        return
    _show(screen, found, heads)


@app.command()
def build(
    fresh: Annotated[bool, typer.Option("--fresh", help="Choose as if nothing had been sent.")] = False,
    tokens: Annotated[
        int | None, typer.Option(min=1, help="Of all before the user's own words, at most; kept for later.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would be and cost; write nothing.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Choose from all memories what comes first; what was sent and still holds keeps its place.

    Says how many tokens models have to read again for it. --json: one object, as `prefix show`.
    """
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb), screen.progress() as progress:
        made = kb.build_prefix(tokens=tokens, fresh=fresh, dry_run=dry_run, progress=Bars(progress).counted)
        heads = _heads(kb, made)
    _show(screen, made, heads)
    if not screen.json and not made.entries:
        screen.note("no memories in it: `memos-graph prefix show` says why each was left out")


@app.command()
def drop(
    yes: Yes = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Forget the prefix with its stats, its salt and their history; the next answer builds another.

    --json: whether there was one.
    """
    screen = Screen(json=json)
    settings = options.settings_of(store, cube, embedder)
    with options.opened_cube(settings) as (_, kb):
        confirm(f"drop the prefix of cube {kb.name}, and its stats", yes)
        gone = kb.drop_prefix()
    if screen.json:
        screen.value({"cube": settings.cube, "dropped": gone})
    else:
        screen.line("dropped" if gone else "there was none")


def prefix_json(found: Prefix, heads: dict[tuple[str, str], str]) -> dict[str, Any]:
    """What `prefix show --json` prints. Never the salt: whoever has it can time what others ask."""
    return {
        "cubes": list(found.cubes), "digest": found.digest, "template": found.template, "tokens": found.tokens,
        "kept": found.kept, "block": found.block, "counted_by": found.counted_by,
        "built_at": found.built_at.isoformat(), "stale": list(found.stale),
        "entries": [
            {
                "number": e.number, "cube": e.cube, "id": e.id, "part": e.part, "tokens": e.tokens, "reason": e.reason,
                "digest": e.digest, "text": heads.get((e.cube, e.id), ""),
            }
            for e in found.entries
        ],
        "left_out": [{"id": identity, "reason": why} for identity, why in found.left_out],
    }  # fmt: skip


def _heads(kb: CubeHandle, found: Prefix) -> dict[tuple[str, str], str]:
    """The texts of the entries."""
    return {(node.cube, node.id): node.text for node in kb.get_many([entry.id for entry in found.entries])}


def _show(screen: Screen, found: Prefix, heads: dict[tuple[str, str], str]) -> None:
    if screen.json:
        screen.value(prefix_json(found, heads))
        return
    rows = [
        (e.number, e.tokens, e.part, e.id, e.reason, one_line(heads.get((e.cube, e.id), ""), 200))
        for e in found.entries
    ]  # fmt: skip
    screen.table(("n", "tokens", "part", "id", "why", "text"), rows, wide="text")
    for line in summary_lines(found):
        screen.note(line)
    left = found.left_out
    if left and screen.terminal:
        screen.note(f"left out ({len(left)}):")
        screen.table(("id", "why"), left[:_SHOWN], wide="why")
        if len(left) > _SHOWN:
            screen.note(f"... and {len(left) - _SHOWN} more; --json shows them")


def summary_lines(found: Prefix) -> list[str]:
    """Size, blocks and cost in words."""
    whole, rest = divmod(found.tokens, found.block) if found.block else (0, found.tokens)
    fits = "filled up to whole blocks" if not rest else f"the last {rest} are no whole block and are read each time"
    by = "estimated, no server told" if found.counted_by == "estimate" else f"counted by {found.counted_by}"
    lines = [f"{found.tokens} tokens before the user's own words ({by}): {whole} blocks of {found.block}, {fits}"]
    cost = found.tokens - found.kept
    lines.append(f"{found.kept} tokens stand as they were sent last, {cost} have to be read again")
    return [*lines, *(f"given up: {line}" for line in found.stale)]
