"""cypher: run a query file, a text, or one of the queries that come with memos-graph."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Screen
from memos_graph.model.errors import Invalid, NotFound

if TYPE_CHECKING:
    from memos_graph.queries import Query

_EXPLORE = "explore/"
_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")
_TYPED = re.compile(r"\$(\w+) (string|int \(us, UTC\))")


def cypher(
    query: Annotated[
        str | None, typer.Argument(metavar="FILE|NAME", help="A .cypher file, or the name of a shipped query.")
    ] = None,
    execute: Annotated[str | None, typer.Option("--execute", "-e", metavar="TEXT", help="Run this text.")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", metavar="NAME=VALUE", help="A parameter; may be JSON.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Let it change the graph; the index may need doctor --mend.")
    ] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the shipped queries.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Run Cypher over the whole store: all cubes, whatever --cube says; read-only unless --write.

    Shipped queries take $cube from --cube where you give none, and times as ISO 8601. A table on a terminal; in a pipe
    and with --json a JSON object for each row.
    """
    screen = Screen(json=json)
    if listing:
        _list(screen)
        return
    if (query is None) == (execute is None):
        raise typer.BadParameter("give one of: a FILE.cypher, a shipped query's NAME (--list), or -e TEXT")
    settings = options.settings_of(store, cube, embedder)
    given = options.pairs(param or (), "--param")
    if execute is not None:
        text = execute
    else:
        text, own = _text(str(query))
        given = _defaults(own, settings.cube, given) if own else given
    with options.opened(settings) as graph:
        allowed = ", and may change them" if write else "; read-only"
        screen.note(f"cypher sees all cubes of {settings.store}{allowed}")
        table = graph.cypher(text, given, write=write)
    if screen.terminal:
        screen.table(table.columns, [[_cell(value) for value in row] for row in table.rows])
        screen.note(f"{len(table.rows)} rows")
        return
    for row in table.rows:
        screen.value(dict(zip(table.columns, row, strict=True)))


def _text(name: str) -> tuple[str, Query | None]:
    """The statement in file `name`, or the shipped query so called."""
    from memos_graph import queries

    path = Path(name)
    if path.is_file():
        return path.read_text(encoding="utf-8"), None
    if path.suffix:
        raise NotFound("file", name, "check the path; `memos-graph cypher --list` names the shipped queries")
    for known in (f"{_EXPLORE}{name}", name):
        if known in queries.names():
            found = queries.load(known)
            return found.fill(), found
    raise NotFound("query", name, "`memos-graph cypher --list` names the shipped ones; -e runs a text")


def _defaults(query: Query, cube: str, given: dict[str, Any]) -> dict[str, Any]:
    """`given` as the query's header wants it, with what the command line knows. `Invalid` names what is missing."""
    from memos_graph.app import now
    from memos_graph.model.times import parse_time, to_micros

    takes = set(_PARAMETER.findall(query.text))
    known = {"cube": cube, "cubes": [cube], "now": to_micros(now())}
    values = {name: value for name, value in known.items() if name in takes} | given
    missing = sorted(takes - set(values))
    if missing:
        raise Invalid("--param", missing[0], f"give it as --param {missing[0]}=...; {query.name} takes {query.takes}")
    for name, kind in _TYPED.findall(query.takes):
        if name in given and kind == "string":
            values[name] = str(given[name])  # an id or a name may look like a number
        elif name in given and kind == "int (us, UTC)" and isinstance(given[name], str):
            values[name] = to_micros(parse_time(given[name], f"--param {name}"))
    return values


def _list(screen: Screen) -> None:
    from memos_graph import queries

    found = [queries.load(name) for name in queries.names(_EXPLORE)]
    if screen.json:
        for query in found:
            about = {"name": query.name.removeprefix(_EXPLORE), "about": query.about, "in": query.takes}
            screen.value(about | {"out": query.gives, "try": query.example})
        return
    rows = [(q.name.removeprefix(_EXPLORE), q.about, q.takes) for q in found]
    screen.table(("name", "what it shows", "takes"), rows, wide="what it shows")


def _cell(value: Any) -> Any:
    from memos_graph.interfaces.screen import json_of

    return json_of(value) if isinstance(value, dict | list) else value  # a node, an edge or a list of them
