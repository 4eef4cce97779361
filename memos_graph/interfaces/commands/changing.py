"""update, delete, link and unlink: change what is remembered."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Screen
from memos_graph.model.errors import Invalid

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Force = Annotated[bool, typer.Option("--force", help="Frozen memories too; needs --reason.")]
Reason = Annotated[str, typer.Option(metavar="WHY", help="Why; kept in their history.")]


def update(
    identity: Annotated[str, typer.Argument(metavar="ID", help="The memory; its id stays.")],
    text: Annotated[str | None, typer.Option(help="What it says from now on.")] = None,
    key: Annotated[str | None, typer.Option(help="Its heading.")] = None,
    status: Annotated[str | None, typer.Option(help="generated, activated, archived, expired, frozen ...")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Its tags; replaces those it has; may be repeated.")] = None,
    info: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Sets a field of your own.")] = None,
    confidence: Annotated[float | None, typer.Option(help="0 to 100.")] = None,
    since: Annotated[str | None, typer.Option(help="Since when the new text is true (ISO 8601); else now.")] = None,
    correction: Annotated[bool, typer.Option("--correction", help="The old text never was true.")] = False,
    expects: Annotated[
        int | None, typer.Option(metavar="VERSION", help="Only if it still has this version, as `show` has it.")
    ] = None,
    force: Force = False,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Change a memory; what it said before stays readable as a version.

    --json: the receipt.
    """
    given = {"text": text, "key": key, "status": status, "confidence": confidence}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if tag is not None:
        changes["tags"] = tuple(t for t in tag if t)
    added = options.pairs(info or (), "--info")
    if not changes and not added:
        raise typer.BadParameter("say what to change: --text, --key, --status, --tag, --info or --confidence")
    moment = options.moment(since, "--since")
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        if added:
            changes["info"] = {**kb.get(identity).info, **added}
        receipt = kb.update(
            identity, since=moment, correction=correction, expects=expects, force=force, reason=reason, **changes
        )  # fmt: skip
    tell_receipt(Screen(json=json), receipt)


def delete(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Memories; a document goes with its pieces.")],
    erase: Annotated[bool, typer.Option("--erase", help="For good, with history and bytes; can't be undone.")] = False,
    force: Force = False,
    reason: Reason = "",
    yes: Yes = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Delete memories; what was known before stays readable (--known-at) unless --erase.

    On a terminal --erase asks first. --json: the receipt.
    """
    settings = options.settings_of(store, cube, embedder)
    with options.opened_cube(settings) as (_, kb):
        if erase:
            confirm(f"Erase {len(ids)} and all that belongs to it from cube {settings.cube} for good?", yes)
        receipt = kb.delete(*ids, erase=erase, force=force, reason=reason)
    tell_receipt(Screen(json=json), receipt)


def link(
    from_id: Annotated[str, typer.Argument(metavar="FROM", help="Id of the memory the edge starts at.")],
    to_id: Annotated[str, typer.Argument(metavar="TO", help="Id of the memory it points to.")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help="CAUSES, DEPENDS_ON ... or your own, as WORKS_FOR.")],
    weight: Annotated[float, typer.Option(help="How much it counts.")] = 1.0,
    evidence: Annotated[str, typer.Option(help="What it rests on.")] = "",
    info: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A field of your own.")] = None,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Link two memories by an edge of a kind.

    --json: the edge.
    """
    screen = Screen(json=json)
    fields = options.pairs(info or (), "--info")
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        edge = kb.link(from_id, to_id, kind, weight=weight, evidence=evidence, info=fields or None)
    if screen.json:
        from memos_graph.interfaces.views import edge_json

        screen.value(edge_json(edge))
    else:
        screen.line(f"{edge.id}  {edge.from_id} -{edge.kind}-> {edge.to_id}")


def unlink(
    edge: Annotated[str, typer.Argument(metavar="EDGE", help="Id of the edge; `show ID --edges --json` has it.")],
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """End an edge; it stays readable as history.

    --json: the receipt.
    """
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        receipt = kb.unlink(edge)
    tell_receipt(Screen(json=json), receipt)


def confirm(question: str, yes: bool) -> None:
    """Nothing when the answer is yes, or when nobody is there to ask. `Invalid` when it is no."""
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if not typer.confirm(question, err=True):
        raise Invalid("answer", "no", "nothing was changed")


def tell_receipt(screen: Screen, receipt: Any) -> None:
    """What was written: a line, or the receipt as JSON."""
    from memos_graph.interfaces.views import receipt_json, receipt_line

    if screen.json:
        screen.value(receipt_json(receipt))
    else:
        screen.line(receipt_line(receipt))
