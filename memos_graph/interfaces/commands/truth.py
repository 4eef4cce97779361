"""merge, unmerge, impact and reaffirm: what is one, and what rests on what."""

from __future__ import annotations

from typing import Annotated

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.commands.changing import tell_receipt
from memos_graph.interfaces.screen import Screen, one_line

_WHAT = {"doubt": "doubtful", "retire": "ends", "remake": "made again"}
Reason = Annotated[str, typer.Option(metavar="WHY", help="Kept in their history.")]


def merge(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Memories that say one thing.")],
    text: Annotated[str | None, typer.Option(help="What they say; else the fullest, and what the others add.")] = None,
    reason: Reason = "merge",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Make memories that say one thing one memory; `unmerge` takes it apart again.

    --json: the receipt, with `id` of the new memory.
    """
    from memos_graph.interfaces.views import receipt_json

    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        receipt = kb.merge(*ids, text=text, reason=reason)
        new = kb.get(receipt.nodes[0])
    if screen.json:
        screen.value({"id": new.id, "text": new.text} | receipt_json(receipt))
    else:
        screen.line(f"{new.id}\t{one_line(new.text)}")


def unmerge(
    identity: Annotated[str, typer.Argument(metavar="ID", help="The merged memory.")],
    reason: Reason = "unmerge",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Take a merged memory apart: what it was made of is again what it was.

    --json: the receipt.
    """
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        receipt = kb.unmerge(identity, reason=reason)
    tell_receipt(Screen(json=json), receipt)


def impact(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Memories; a document counts with its pieces.")],
    erase: Annotated[bool, typer.Option("--erase", help="As if they were erased.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show what would fall if memories were deleted, each with the way to them; nothing is written.

    --json: a line for each.
    """
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        falls = kb.impact(*ids, erase=erase)
    if screen.json:
        for fall in falls:
            screen.value({
                "id": fall.id, "kind": fall.kind, "text": fall.text, "what": fall.what, "because": list(fall.because),
                "why": fall.why,
            })  # fmt: skip
        return
    rows = [(fall.id, _WHAT[fall.what], one_line(fall.text, 160), " -> ".join(fall.because)) for fall in falls]
    if rows:
        screen.table(("id", "then", "text", "as it rests on"), rows, wide="text")
    else:
        screen.note("nothing rests on it")


def reaffirm(
    identity: Annotated[str, typer.Argument(metavar="ID", help="A memory in doubt.")],
    reason: Annotated[str, typer.Option(metavar="WHY", help="What it rests on now.")],
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Take the doubt from a memory whose premise fell: it stands nevertheless.

    --json: the receipt.
    """
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        receipt = kb.reaffirm(identity, reason=reason)
    tell_receipt(Screen(json=json), receipt)
