"""undo, correct, replace, feedback, same-as and split: put right what is remembered, each a step that can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.commands.changing import Force, Reason, tell_receipt
from memos_graph.interfaces.screen import Screen, one_line

if TYPE_CHECKING:
    from memos_graph.services.corrections.rewording import Place

Ids = Annotated[
    list[str] | None, typer.Option("--id", metavar="ID", help="A memory that may be meant; may be repeated.")
]
Names = Annotated[list[str], typer.Argument(metavar="OTHER...", help="Names or ids that mean the same.")]
_LINES = 20  #: places that are shown to people
_WIDTH = 200


def undo(
    receipts: Annotated[
        list[str], typer.Argument(metavar="RECEIPT...", help="Deltas' ids, or numbers of changes as printed.")
    ],
    force: Force = False,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Take steps back, the newest first: what they made is retired, what they changed or deleted is as it was.

    What later steps changed too is not undone: they are named. Undo an undo, and the step is done again. --json: a
    receipt a line.
    """
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        done = kb.undo_all(receipts, reason=reason, force=force)
    for receipt in done:
        tell_receipt(screen, receipt)


def correct(
    what: Annotated[str, typer.Argument(metavar="ID|TEXT", help="The memory's id, or what it says.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it should have said.")],
    ids: Ids = None,
    force: Force = False,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Correct a memory: it never was as it said. The old words stay readable as a version.

    Words that may mean several memories are refused with a list. --json: the receipt.
    """
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        receipt = kb.correct(what, new, ids=ids or None, reason=reason, force=force)
    tell_receipt(Screen(json=json), receipt)


def replace(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The words that go; plain text.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The words that come in their place.")],
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without, only show what would change.")] = False,
    document: Annotated[str | None, typer.Option("--document", help="Only in this one, by id or name.")] = None,
    filter_: Annotated[str | None, typer.Option("--filter", metavar="JSON", help="Only what meets it.")] = None,
    limit: Annotated[int, typer.Option(help="More memories than these are refused.")] = 100,
    within_words: Annotated[bool, typer.Option("--within-words", help="Also within longer words.")] = False,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", help="Capitals count as small letters.")] = False,
    entities: Annotated[bool, typer.Option("--entities", help="The old name also finds what it named.")] = False,
    since: Annotated[str | None, typer.Option(help="It was right until then (ISO 8601); else it never was.")] = None,
    force: Force = False,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Put words in the place of others in all memories, in one step; without --apply only show where.

    --json: one object, with the receipt when it was done.
    """
    if document is not None and filter_ is not None:
        raise typer.BadParameter("give --document or --filter, not both")
    screen = Screen(json=json)
    moment, tree = options.moment(since, "--since"), options.json_option(filter_, "--filter")
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        done = kb.replace_keyword(
            old, new, scope=document if document is not None else tree, preview=not apply, limit=limit,
            whole_words=not within_words, case=not ignore_case, since=moment, entities=entities, reason=reason,
            force=force,
        )  # fmt: skip
    if screen.json:
        told = {"old": done.old, "new": done.new, "memories": done.memories, "times": done.times, "limit": done.limit}
        screen.value(told | {"places": _places_json(done.places), "receipt": _receipt_json(done.receipt)})
        return
    _show(screen, done.places)
    if done.receipt is not None:
        tell_receipt(screen, done.receipt)
    else:
        from memos_graph.interfaces.views import count

        more = f"; more than {done.limit}: --limit" if done.memories > done.limit else ""
        screen.note(f"{count(done.times, 'place')} in {count(done.memories, 'memory')}{more}; --apply does it")


def feedback(
    said: Annotated[str, typer.Argument(metavar="TEXT", help="What is wrong, or is to be added, in plain words.")],
    ids: Ids = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it is taken for.")] = False,
    limit: Annotated[int, typer.Option(help="Of a replacement: more memories are refused.")] = 100,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Say what is wrong: "it is 6 pm, not 5 pm", "replace Foo with Bar", "remember that ...". By rules, no model.

    --json: one object: what it was taken for, the places, the receipt.
    """
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        done = kb.feedback(said, ids=ids or None, preview=dry_run, limit=limit, reason=reason)
    if screen.json:
        told: dict[str, Any] = {"taken_for": done.taken_for, "places": _places_json(done.places)}
        screen.value(told | {"receipt": _receipt_json(done.receipt)})
        return
    screen.note(f"taken for a {done.taken_for}" if done.taken_for[0] != "a" else f"taken for an {done.taken_for}")
    _show(screen, done.places)
    if done.receipt is not None:
        tell_receipt(screen, done.receipt)


def same_as(
    one: Annotated[str, typer.Argument(metavar="NAME", help="The name, or entity's id, that counts.")],
    others: Names,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Say that names mean one: search by any of them finds what mentions them all.

    --json: the receipt.
    """
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        receipt = kb.same_as(one, *others, reason=reason)
    tell_receipt(Screen(json=json), receipt)


def split(
    one: Annotated[str, typer.Argument(metavar="NAME", help="The name, or entity's id, that means itself again.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="What it is not; else all it was joined with.")] = "",
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Part names that were said to mean one; each text mentions again the name it says.

    --json: the receipt.
    """
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        receipt = kb.split(one, other, reason=reason)
    tell_receipt(Screen(json=json), receipt)


def _show(screen: Screen, places: Sequence[Place]) -> None:
    """Before and after of each place; on a terminal the first ones."""
    shown = places[:_LINES] if screen.terminal else places
    rows = [(place.id, one_line(place.before, _WIDTH), one_line(place.after, _WIDTH)) for place in shown]
    screen.table(("id", "before", "after"), rows, wide="after")
    if len(places) > len(shown):
        screen.note(f"and {len(places) - len(shown)} more")


def _places_json(places: Sequence[Place]) -> list[dict[str, Any]]:
    return [
        {"id": p.id, "kind": p.kind, "field": p.field, "before": p.before, "after": p.after, "times": p.times}
        for p in places
    ]


def _receipt_json(receipt: Any) -> Any:
    from memos_graph.interfaces.views import receipt_json

    return None if receipt is None else receipt_json(receipt)
