"""history, why and diff: how a memory came to be what it is, and what differs between two times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Screen, json_of, one_line
from memos_graph.model.errors import Invalid

if TYPE_CHECKING:
    from memos_graph.services.seeing.differences import Differing
    from memos_graph.services.seeing.history import Touch
    from memos_graph.services.seeing.provenance import Reason, Why

_SHOWN = 160  #: characters of a text in a line


def history(
    identity: Annotated[str, typer.Argument(metavar="ID", help="A memory; deleted, expired and erased ones too.")],
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show the life of a memory: its versions, and every change with who made it, why, and what it changed.

    --json: one object.
    """
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        told = kb.history_of(identity)
    if screen.json:
        screen.value(told.to_json())
        return
    if told.note:
        screen.note(told.note)
    screen.table(("version", "true", "held", "text"), [_version(v) for v in told.versions], wide="text")
    screen.table(("change", "time", "by", "reason", "what"), [_change(t) for t in told.touches], wide="what")


def _version(version: Any) -> tuple[str, ...]:
    from memos_graph.interfaces.views import minute, name_of

    true = f"{minute(version.valid_from) or 'always'} to {minute(version.valid_to) or 'now'}"
    held = f"{minute(version.updated_at)} to {minute(version.retired_at) or 'now'}"
    return version.id, true, held, one_line(name_of(version), _SHOWN)


def _change(touch: Touch) -> tuple[str, ...]:
    from memos_graph.interfaces.views import minute

    return str(touch.seq), minute(touch.at), touch.actor, one_line(touch.reason), what_changed(touch)


def what_changed(touch: Touch) -> str:
    """What a change did, in a line: states, then fields as before -> after."""
    parts = ["made"] if touch.made else []
    if touch.states is not None:
        parts.append(f"{touch.states[0]} -> {touch.states[1]}")
    parts += [f"{f.field}: {_short(f.before)} -> {_short(f.after)}" for f in touch.fields]
    return "; ".join(parts) or "nothing that shows"


def _short(value: Any) -> str:
    return "none" if value is None or value == "" else one_line(value if isinstance(value, str) else json_of(value), 60)


def why(
    identity: Annotated[str, typer.Argument(metavar="ID", help="A memory.")],
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show why a memory is held: sources, premises, causes, merges, who wrote it, and what speaks against it.

    In a pipe: what it is, id, text and the edges that lead there, separated by tabs. --json: one object.
    """
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        told = kb.why(identity)
    if screen.json:
        screen.value(told.to_json())
        return
    screen.table(("why", "id", "text", "path"), _why_rows(told), wide="text")


def _why_rows(told: Why) -> list[tuple[str, ...]]:
    from memos_graph.interfaces.views import minute, name_of, place

    node = told.node
    rows: list[tuple[str, ...]] = [("memory", node.id, one_line(name_of(node), _SHOWN), node.status)]
    rows += [("from", "", place([source]), "") for source in told.sources]
    rows += [
        ("doubtful", each.path[0], f"{each.why} on {each.since[:10]}", " -> ".join(each.path)) for each in told.doubts
    ]
    rows += [(r.how, r.node.id, one_line(name_of(r.node), _SHOWN), _path(node.id, r)) for r in told.reasons]
    rows += [("written", f"change {w.seq}", f"{w.reason} by {w.actor}", minute(w.at)) for w in told.written]
    return rows


def _path(start: str, reason: Reason) -> str:
    """The edges from `start` on, arrows pointing as they do."""
    at, parts = start, [start]
    for edge in reason.path:
        along = edge.from_id == at
        at = edge.to_id if along else edge.from_id
        parts.append(f"-{edge.kind}-> {at}" if along else f"<-{edge.kind}- {at}")
    return " ".join(parts)


def diff(
    from_: Annotated[str, typer.Option("--from", metavar="TIME", help="The earlier time (ISO 8601).")],
    to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="The later one; else now.")] = None,
    of: Annotated[
        str, typer.Option("--of", metavar="known|true", help="What we knew then, or what was so then.")
    ] = "known",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show what differs between two times: what was added, ended, changed or is gone, and which states moved.

    In a pipe: kind, what, id and text, separated by tabs; of a changed text [-what went-] and {+what came+}. --json:
    one object.
    """
    screen = Screen(json=json)
    if of not in ("known", "true"):
        raise Invalid("--of", of, "use known or true")
    start, end = options.moment(from_, "--from"), options.moment(to, "--to")
    assert start is not None  # the option is required
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        told = kb.diff(start, end, of="true" if of == "true" else "known")
    if screen.json:
        screen.value(told.to_json())
        return
    rows: list[tuple[str, ...]] = [(each.node.kind, each.what, each.id, _differing(each)) for each in told.memories]
    rows += [("", "state", each.id, f"{each.before} -> {each.after}") for each in told.states]
    screen.table(("kind", "what", "id", "text"), rows, wide="text")
    if not rows:
        screen.note("nothing differs")


def _differing(each: Differing) -> str:
    from memos_graph.interfaces.views import name_of, when
    from memos_graph.services.seeing.differences import text_diff

    if each.before is not None and each.after is not None:
        if "text" in each.fields:
            return one_line(text_diff(each.before.text, each.after.text), 2 * _SHOWN)
        times = f"{when(each.before) or 'always'} -> {when(each.after) or 'always'}"
        return one_line(f"{name_of(each.after)} ({times})", 2 * _SHOWN)
    return one_line(name_of(each.node), _SHOWN)
