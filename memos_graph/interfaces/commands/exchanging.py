"""import-from and export-as: what other tools have written, and what they can read."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, get_args

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Bars, Screen
from memos_graph.model.errors import Invalid


def import_from(
    file: Annotated[Path, typer.Argument(help="What the other tool wrote.")],
    format: Annotated[
        str | None, typer.Option(help="memos, mem0, langchain, llamaindex or csv. Else by what is in it.")
    ] = None,
    edges: Annotated[Path | None, typer.Option(help="CSV: the file of edges beside that of nodes.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, write nothing, tell what would be.")] = False,
    embedded_by: Annotated[
        str | None, typer.Option(metavar="MODEL", help="The model of the file's vectors; used if it is --embedder's.")
    ] = None,
    known: Annotated[
        str, typer.Option(help="An id that is there with other content: keep, refuse or update.")
    ] = "keep",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Take in a file of MemOS, mem0, LangChain or LlamaIndex, or CSV; the same file again writes nothing.

    All of it is checked before anything is written. --json: {"format", "cube", "nodes", "edges", "present_nodes",
    "present_edges", "kept", "notes", "dry_run"}.
    """
    from memos_graph.services.importers.foreign import import_foreign
    from memos_graph.services.importers.writing import Known

    known_ways = get_args(Known)
    if known not in known_ways:
        raise Invalid("--known", known, f"use {', '.join(known_ways)}")
    screen = Screen(json=json)
    settings = options.settings_of(store, cube, embedder)
    path = options.store_path(settings.store)
    if dry_run and path is not None and not path.exists():
        settings = replace(settings, store="memory:")  # a store that is to be made is empty
    with options.opened(settings, make=not dry_run) as graph, screen.progress() as progress:
        done = import_foreign(
            graph.context, file, cube=settings.cube, format=format, edges_path=edges, dry_run=dry_run,
            embedded_by=embedded_by, known=known, progress=Bars(progress).counted,  # type: ignore[arg-type]  # checked
        )  # fmt: skip
    if screen.json:
        screen.value({
            "format": done.format, "cube": done.cube, "nodes": done.nodes, "edges": done.edges,
            "present_nodes": done.present_nodes, "present_edges": done.present_edges, "kept": list(done.kept),
            "notes": list(done.notes), "dry_run": done.dry_run,
        })  # fmt: skip
        return
    for note in done.notes:
        screen.note(note)
    took = "would take" if dry_run else "took"
    there = f"; {done.present_nodes:,} and {done.present_edges:,} were there"
    what = f"{done.nodes:,} nodes and {done.edges:,} edges"
    screen.line(f"{took} {what} ({done.format}) into cube {done.cube}{there}")


def export_as(
    format: Annotated[str, typer.Argument(help="graphml or cypher.")],
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="A file; - is stdout.")] = "-",
    vectors: Annotated[bool, typer.Option("--vectors", help="cypher: with vectors and their index.")] = False,
    as_of: Annotated[str | None, typer.Option(help="Only what was true then (ISO 8601).")] = None,
    known_at: Annotated[str | None, typer.Option(help="Only what was known then.")] = None,
    retired: Annotated[bool, typer.Option("--retired", help="What was retired too.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Write a cube for other tools, as GraphML or as a Cypher script for an empty Neo4j database.

    A file appears only when it is whole. --json with -o: {"cube", "file", "format"}.
    """
    from memos_graph.services.exporters.graphml import graphml
    from memos_graph.services.exporters.script import cypher_script
    from memos_graph.services.exporters.selection import selection

    if format not in ("graphml", "cypher"):
        raise Invalid("format", format, "use graphml or cypher")
    if vectors and format == "graphml":
        raise Invalid("--vectors", "graphml", "only a Cypher script can hold them")
    screen = Screen(json=json)
    settings = options.settings_of(store, cube, embedder)
    times = {"as_of": options.moment(as_of, "--as-of"), "known_at": options.moment(known_at, "--known-at")}
    with options.opened_cube(settings) as (graph, _):
        scope = selection(graph.context, settings.cube, retired=retired, **times)
        if format == "graphml":
            pieces = graphml(graph.context, settings.cube, scope)
        else:
            pieces = cypher_script(graph.context, settings.cube, scope, vectors=vectors)
        if output == "-":
            for piece in pieces:
                sys.stdout.write(piece)
            return
        with options.whole_file(Path(output)) as file:
            for piece in pieces:
                file.write(piece)
    if screen.json:
        screen.value({"cube": settings.cube, "file": output, "format": format})
    else:
        screen.line(f"wrote cube {settings.cube} to {output} as {format}")
