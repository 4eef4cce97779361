"""conflicts and resolve: what contradicts what, and who is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Screen, one_line
from memos_graph.model.errors import Invalid

if TYPE_CHECKING:
    from memos_graph.model.graph import Node
    from memos_graph.services.conflicts.contradictions import Contradiction
    from memos_graph.services.conflicts.resolving import Resolved

_TEXT = 200  #: characters of a memory that are shown
_RULE = "newer, trusted, frozen, both or merge."
Trust = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="With --rule trusted: sources, the most trusted first, as 'handbook*'."),
]


def conflicts(
    find: Annotated[bool, typer.Option("--find", help="Compare memories first, and mark what is new.")] = False,
    since: Annotated[int | None, typer.Option(min=0, help="With --find: only what changed after this change.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="With --find: kinds to compare; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """List memories that contradict each other, with times, sources and the reason; --find looks for them first.

    In a pipe a line for each: its id, what saw it, verdict, reason, and both memories. --json: an object a line.
    """
    if not find and (since is not None or kind):
        raise typer.BadParameter("--since and --kind go with --find")
    from memos_graph.services.conflicts.finding import KINDS

    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        if find:
            done = kb.find_conflicts(since=since, kinds=kind or KINDS)
            told = f"{done.looked} compared, {len(done.found)} new, {done.over} over"
            screen.note(f"{told}; --since {done.seq} looks on from here")
            if done.trouble or done.unjudged:
                screen.note(f"{done.unjudged} without a verdict" + (f": {done.trouble}" if done.trouble else ""))
        found = kb.conflicts(limit=limit)
    if screen.json:
        for one in found:
            screen.value(one.to_json())
    elif not found:
        screen.note("no conflicts" if find else "no conflicts are known; --find looks for them")
    elif screen.terminal:
        for one in found:
            _draw(screen, one)
    else:
        for one in found:
            shown = (_place(one.one), _place(one.other))
            screen.line("\t".join((one.id, one.rule, one.verdict, one_line(one.reason), *shown)))


def resolve(
    conflict: Annotated[
        list[str] | None, typer.Argument(metavar="[CONFLICT | ID OTHER]", help="Its id, or the two memories.")
    ] = None,
    keep: Annotated[str | None, typer.Option(metavar="ID", help="The memory that stays.")] = None,
    rule: Annotated[str | None, typer.Option(help=f"Who stays by rule: {_RULE}")] = None,
    every: Annotated[bool, typer.Option("--all", help="Settle every conflict that the rule decides.")] = False,
    trust: Trust = None,
    reason: Annotated[str, typer.Option(help="Kept in the history.")] = "",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Settle a conflict: one memory stays, the other ends and stays readable (--as-of, --known-at).

    Frozen memories win over any rule. --json: an object for each conflict: its id, what was kept, ended, why, receipt;
    with --all also those that are left, with "left".
    """
    named = conflict or []
    if every == bool(named) or len(named) > 2:
        raise typer.BadParameter("name one conflict by its id, or two memories, or give --all")
    if every and keep is not None:
        raise Invalid("--keep", keep, "leave it out beside --all, and give a --rule")
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        if every:
            done = kb.resolve_all(rule=rule or "", trust=trust or (), reason=reason)
            settled, left = done.resolved, done.left
        else:
            which = named[0] if len(named) == 1 else (named[0], named[1])
            settled, left = (kb.resolve(which, keep=keep, rule=rule, trust=trust or (), reason=reason),), ()
    for one in settled:
        _settled(screen, one)
    for each, why in left:
        if screen.json:
            screen.value({"conflict": each.id, "left": why})
        else:
            screen.note(f"left: {one_line(why)}")
    if every and not settled and not left:
        screen.note("no conflicts")


def _settled(screen: Screen, one: Resolved) -> None:
    from memos_graph.interfaces.views import receipt_json

    if screen.json:
        told: dict[str, Any] = {"conflict": one.conflict.id, "kept": list(one.kept), "ended": list(one.ended)}
        screen.value(told | {"why": one.why, "receipt": receipt_json(one.receipt)})
        return
    ended = f", ended {' '.join(one.ended)}" if one.ended else ""
    screen.line(f"kept {' '.join(one.kept)}{ended}: {one.why}; receipt {one.receipt.delta}")


def _draw(screen: Screen, found: Contradiction) -> None:
    from rich.padding import Padding
    from rich.text import Text

    judged = f"{found.verdict} " if found.verdict else ""
    head = Text.assemble((one_line(found.reason), "bold"), (f"  {judged}{found.rule}  {found.id}", "dim"))
    ends = [Padding(Text(_place(node)), (0, 0, 0, 3)) for node in (found.one, found.other)]
    offered = f"memos-graph resolve {found.id} --rule merge" if found.offers == "merge" else ""
    screen.show(head, *ends, *([Padding(Text(offered, style="green"), (0, 0, 0, 3))] if offered else []), Text())


def _place(node: Node) -> str:
    """A memory in one line: its text, since when it holds, where it came from, and its id."""
    from memos_graph.interfaces.views import minute, place, when

    times = when(node) or f"told {minute(node.created_at)}"
    state = "frozen" if node.status == "frozen" else ""
    parts = (one_line(node.text, _TEXT), times, place(node.sources), state, node.id)
    return "  ".join(part for part in parts if part)
