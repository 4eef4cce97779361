"""use, activate, freeze, thaw, archive, restore and tidy: the states that memories go through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.commands.changing import tell_receipt
from memos_graph.interfaces.commands.organise import report_json, report_lines
from memos_graph.interfaces.screen import Bars, Screen
from memos_graph.model.errors import Invalid

if TYPE_CHECKING:
    from memos_graph.engines.policies import Policies
    from memos_graph.services.lifecycle.tidy import Tidied

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="Memories; a document or chat goes with its pieces.")]
Reason = Annotated[str, typer.Option(metavar="WHY", help="Kept in their history.")]
_POLICY = "Policies"


def use(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Memories.")],
    by: Annotated[str, typer.Option(help="What used them.")] = "user",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Note that memories were used, now; archived ones are active again.

    --json: the receipt.
    """
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        receipt = kb.use(ids, by=by)
    tell_receipt(Screen(json=json), receipt)


def activate(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Memories.")],
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Schedule memories that were written and not used yet: they are active from now on.

    --json: the receipt.
    """
    _lead("activate", ids, reason, (store, cube, embedder), json)


def freeze(
    ids: Ids,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Keep memories as they are: update, delete and feeding leave them alone, unless forced with a reason.

    --json: the receipt.
    """
    _lead("freeze", ids, reason, (store, cube, embedder), json)


def thaw(
    ids: Ids,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Let frozen memories change again; they go back to the state they had.

    --json: the receipt.
    """
    _lead("thaw", ids, reason, (store, cube, embedder), json)


def archive(
    ids: Ids,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Put memories away: search leaves them out unless asked.

    --json: the receipt.
    """
    _lead("archive", ids, reason, (store, cube, embedder), json)


def restore(
    ids: Ids,
    reason: Reason = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Bring archived or deleted memories back, deleted ones with the pieces and edges that went along.

    --json: the receipt.
    """
    _lead("restore", ids, reason, (store, cube, embedder), json)


def tidy(
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without, it is only told.")] = False,
    idle: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=DAYS", rich_help_panel=_POLICY, help="Archive what nothing used for so long."),
    ] = None,
    ttl: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=DAYS", rich_help_panel=_POLICY, help="Let expire what is so old."),
    ] = None,
    capacity: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=NUMBER", rich_help_panel=_POLICY, help="Archive the longest unused beyond it."),
    ] = None,
    uses: Annotated[
        int | None, typer.Option(min=0, rich_help_panel=_POLICY, help="Uses that make a generated memory active.")
    ] = None,
    organise: Annotated[
        bool | None, typer.Option(rich_help_panel=_POLICY, help="Afterwards put the cube in order, as `organise` does.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", rich_help_panel=_POLICY, help="Keep these policies with the cube.")
    ] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Archive, activate and expire memories by the cube's policies: what would happen and why, done with --apply.

    A policy that is given here replaces the cube's for that kind; KIND= takes it away. Nothing is deleted; frozen
    memories are left alone.
    --json: one object with every decision.
    """
    screen = Screen(json=json)
    given = {"idle_days": _by_kind(idle, "--idle"), "ttl_days": _by_kind(ttl, "--ttl"),
             "capacity": _by_kind(capacity, "--capacity"), "scheduled_uses": uses, "organise": organise}  # fmt: skip
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb), screen.progress() as progress:
        policies = _with(kb.policies, given)
        if keep:
            kb.keep_policies(policies)
        done = kb.tidy(policies, dry_run=not apply, progress=Bars(progress).counted)
    _show(screen, done)


def _lead(verb: str, ids: Sequence[str], reason: str, where: tuple[str | None, str | None, str | None],
          json: bool) -> None:  # fmt: skip
    with options.opened_cube(options.settings_of(*where)) as (_, kb):
        receipt = getattr(kb, verb)(ids, reason=reason)
    tell_receipt(Screen(json=json), receipt)


def _by_kind(given: Sequence[str] | None, option: str) -> dict[str, Any]:
    return options.pairs(given or (), option)


def _with(policies: Policies, given: Mapping[str, Any]) -> Policies:
    """`policies` with what was given in place of theirs, kind by kind."""
    from memos_graph.engines.policies import read_policies

    told = policies.to_json()
    for name, value in given.items():
        if isinstance(value, dict):
            before = told[name]
            assert isinstance(before, Mapping)
            told[name] = {kind: each for kind, each in {**before, **value}.items() if each != ""}
        elif value is not None:
            told[name] = value
    try:
        return read_policies(told)
    except Invalid as error:
        raise typer.BadParameter(str(error)) from None


def _show(screen: Screen, done: Tidied) -> None:
    if screen.json:
        screen.value({
            "cube": done.cube, "at": done.at, "dry_run": done.dry_run, "looked_at": done.looked_at,
            "counts": dict(done.counts), "passed_over": list(done.passed_over),
            "receipts": [receipt.delta for receipt in done.receipts],
            "decided": [
                {"id": each.id, "kind": each.kind, "event": each.event, "to": each.to, "reason": each.reason,
                 "since": each.since}
                for each in done.decided
            ],
            "organised": report_json(done.organised) if done.organised is not None else None,
        })  # fmt: skip
        return
    rows = Counter((each.event, each.to, each.kind, each.reason) for each in done.decided)
    if rows:
        table = [(number, kind, event, to, reason) for (event, to, kind, reason), number in rows.items()]
        screen.table(("number", "kind", "event", "to", "why"), table, wide="why")
    said = f"{done.looked_at:,} looked at, {len(done.decided):,} decided on"
    left = f"; {len(done.passed_over):,} changed meanwhile and were left" if done.passed_over else ""
    told = "; a dry run: nothing was written, --apply does it" if done.dry_run and rows else ""
    screen.line(f"{said}{left}{told}")
    if done.organised is not None:
        for line in (*done.organised.notes, *report_lines(done.organised)):
            screen.line(line)
