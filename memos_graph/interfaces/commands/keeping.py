"""stats, doctor, export, import, backup and reembed: keep a store."""

from __future__ import annotations

import json as json_module
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from memos_graph.interfaces import exits, options
from memos_graph.interfaces.screen import Bars, Screen
from memos_graph.model.errors import Invalid, NotFound


def export(
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="A file; - is stdout.")] = "-",
    no_vectors: Annotated[bool, typer.Option("--no-vectors", help="Much smaller; import makes them anew.")] = False,
    no_history: Annotated[bool, typer.Option("--no-history", help="Leave out who changed what when.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Write a whole cube as JSON Lines: header, cube, nodes, edges, changes.

    The same cube gives the same file. One appears only when it is whole. --json with -o: {"cube", "file", "nodes",
    "edges", "changes"}.
    """
    from memos_graph.services.keep import export_lines, line_of

    screen = Screen(json=json)
    settings = options.settings_of(store, cube, embedder)
    with options.opened_cube(settings) as (graph, _), screen.progress() as progress:
        rows = export_lines(graph.context, settings.cube, vectors=not no_vectors, history=not no_history)
        lines = _counted(rows, Bars(progress))
        if output == "-":
            for line in lines:
                screen.line(line_of(line))
            return
        totals: dict[str, int] = {}
        with options.whole_file(Path(output)) as file:
            for line in lines:
                totals = line.get("end", totals)
                file.write(line_of(line) + "\n")
    if screen.json:
        screen.value({"cube": settings.cube, "file": output, **totals})
    else:
        screen.line(f"wrote {_told(**totals)} of cube {settings.cube} to {output}")


def import_cube(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="What `export` wrote; - reads stdin.")],
    cube: Annotated[str | None, typer.Option("--cube", "-c", help="Call the cube so; else as it was called.")] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Into a cube that is there; its history goes on.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check all of it; write nothing.")] = False,
    store: options.Store = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Take in an export as a new cube; nothing is written before all of it was read and checked.

    Vectors of another embedder are made anew. --json: {"cube", "nodes", "edges", "changes", "embedded"}.
    """
    from memos_graph.services.keep import import_export

    screen = Screen(json=json)
    if file != "-" and not Path(file).is_file():
        raise NotFound("file", file, "give what `memos-graph export -o FILE` wrote")
    settings = options.settings_of(store, None, embedder)
    path = options.store_path(settings.store)
    if dry_run and path is not None and not path.exists():
        settings = replace(settings, store="memory:")  # a store that is not there yet is an empty one
    with _readable(file) as lines, options.opened(settings, make=True) as graph, screen.progress() as progress:
        done = import_export(
            graph.context, lines, cube=cube, merge=merge, dry_run=dry_run, progress=Bars(progress).counted
        )
    if screen.json:
        screen.value({"cube": done.cube, "nodes": done.nodes, "edges": done.edges, "changes": done.changes,
                      "embedded": done.embedded})  # fmt: skip
    else:
        made = f", {done.embedded:,} embedded anew" if done.embedded else ""
        did = "would take" if dry_run else "took"
        screen.line(f"{did} {_told(done.nodes, done.edges, done.changes)} into cube {done.cube}{made}")


def _told(nodes: int, edges: int, changes: int) -> str:
    return f"{nodes:,} nodes, {edges:,} edges and {changes:,} changes"


def backup(
    path: Annotated[Path, typer.Argument(help="Where the copy goes; must not exist.")],
    store: options.Store = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Copy the whole store, all cubes, in one state.

    --json: {"store", "backup", "bytes"}.
    """
    from memos_graph.interfaces.views import size

    screen = Screen(json=json)
    settings = options.settings_of(store, None, embedder)
    with options.opened(settings) as graph:
        graph.backup(path)
    taken = _bytes(path)
    if screen.json:
        screen.value({"store": settings.store, "backup": str(path), "bytes": taken})
    else:
        screen.line(f"copied {settings.store} to {path} ({size(taken)}); open it with --store {path}")


def reembed(
    all_cubes: Annotated[bool, typer.Option("--all-cubes", help="Every cube of the store.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    images: options.Images = None,
    json: options.Json = False,
) -> None:
    """Give every memory a vector of the embedder that --embedder names, and every picture one of --images.

    Goes on where a stopped run ended. Without --images (and MEMOS_GRAPH_IMAGES) pictures keep those they have.

    --json: a line {"cube", "embedded", "model"} for each cube.
    """
    screen = Screen(json=json)
    settings = options.settings_of(store, cube, embedder, images)
    with options.opened(settings) as graph, screen.progress() as progress:
        names = [c.id for c in graph.cubes()] if all_cubes else [settings.cube]
        model = graph.context.embedder.model
        for name in names:
            done = graph.cube(name, create=False).reembed(Bars(progress).counted)
            if screen.json:
                screen.value({"cube": name, "embedded": done, "model": model})
            else:
                screen.line(f"cube {name}: {done:,} embedded by {model}")


def stats(
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Count what there is: nodes and edges by kind, of one cube (--cube) or of each; and the size on disk.

    --json: {"store", "bytes", "cubes": [{"cube", "class", "model", "nodes": {}, "edges": {}}]}.
    """
    from memos_graph.interfaces.views import size

    screen = Screen(json=json)
    settings = options.settings_of(store, cube, embedder)
    with options.opened(settings) as graph:
        if cube is not None:
            graph.cube(cube, create=False)
        wanted = [c for c in graph.cubes() if cube is None or c.id == cube]
        told: list[dict[str, Any]] = []
        for record in wanted:
            nodes, edges = graph.cube(record.id, create=False).stats()
            space = record.space(record.text_space)
            model = {"model": space.model, "dimension": space.dimension} if space else {"model": "", "dimension": 0}
            told.append(
                {"cube": record.id, "class": record.cube_class, **model, "nodes": dict(nodes), "edges": dict(edges)}
            )
    path = options.store_path(settings.store)
    taken = _bytes(path) if path is not None else 0
    if screen.json:
        screen.value({"store": settings.store, "bytes": taken, "cubes": told})
        return
    rows: list[tuple[object, ...]] = []
    for one in told:
        for what in ("nodes", "edges"):
            rows += [(one["cube"], what, kind, number) for kind, number in one[what].items()]
    screen.table(("cube", "of", "kind", "count"), rows)
    if screen.terminal:
        screen.line(f"{settings.store}: {len(told)} cubes, {size(taken)} on disk")


def doctor(
    mend: Annotated[bool, typer.Option("--mend", help="Rebuild what is derived and does not fit.")] = False,
    store: options.Store = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Check the store, its format, the index, the embedder and the counts; --mend rebuilds what is derived.

    Ends with 1 when a fault stays. --json: a line {"what", "ok", "detail", "mended"} for each check.
    """
    screen = Screen(json=json)
    settings = options.settings_of(store, None, embedder)
    rows: list[tuple[str, bool, str, bool]] = []
    with options.opened(settings) as graph:
        where = f"{settings.store} ({graph.context.store.can.name})"
        rows.append(("store opens, format is readable", True, where, False))
        rows += [(f.what, f.ok, f.detail, f.mended) for f in graph.check(mend=mend)]
        model = graph.context.embedder.model
        for record in graph.cubes():
            space = record.space(record.text_space)
            fits = space is None or space.model == model
            told = f"{space.model}, {space.dimension} numbers" if space else "no vectors yet"
            why = f"; this run has {model}: run `memos-graph reembed --cube {record.id}`, or open it with {told}"
            rows.append((f"cube {record.id}: embedder", fits, told if fits else told + why, False))
            nodes, edges = graph.cube(record.id, create=False).stats()
            counts = f"{sum(nodes.values()):,} live nodes, {sum(edges.values()):,} live edges"
            rows.append((f"cube {record.id}: counts", True, counts, False))
    if screen.json:
        for what, ok, detail, mended in rows:
            screen.value({"what": what, "ok": ok, "detail": detail, "mended": mended})
    else:
        shown = [("mended" if mended else ("ok" if ok else "FAULT"), what, detail) for what, ok, detail, mended in rows]
        screen.table(("", "what", "detail"), shown, wide="detail")
    if any(not ok and not mended for _, ok, _, mended in rows):
        if not mend:
            screen.note("what is derived can be rebuilt: memos-graph doctor --mend")
        raise typer.Exit(exits.PARTLY)


def _counted(lines: Iterable[dict[str, Any]], bars: Bars) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if number % 500 == 0:
            bars.counted("lines", number, 0)
        yield line


@contextmanager
def _readable(file: str) -> Iterator[_Lines]:
    """The lines of `file`, to be read as often as is needed; stdin is kept in a temporary file meanwhile."""
    if file != "-":
        yield _Lines(file, Path(file))
        return
    with tempfile.TemporaryDirectory(prefix="memos-graph-") as folder:
        kept = Path(folder) / "stdin"
        with kept.open("wb") as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool)
        yield _Lines("stdin", kept)


class _Lines:
    """The objects in a file of JSON Lines, read anew at each iteration. `Invalid` names the line that is none."""

    def __init__(self, name: str, path: Path) -> None:
        self._name, self._path = name, path

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with self._path.open(encoding="utf-8", newline="\n") as source:
            try:
                yield from self._rows(source)
            except UnicodeDecodeError as error:
                shown = error.object[error.start : error.start + 8]
                raise Invalid(self._name, shown, "an export is UTF-8 text") from None

    def _rows(self, source: Iterable[str]) -> Iterator[dict[str, Any]]:
        empty = 0
        for number, line in enumerate(source, start=1):
            if not line.strip():
                empty = empty or number
                continue
            where = f"{self._name} line {empty or number}"
            if empty:
                raise Invalid(where, "", "it is empty, and others follow it")
            try:
                row = json_module.loads(line)
            except ValueError as error:
                cut = "" if line.endswith("\n") else ", and the file ends in it: it was cut short"
                raise Invalid(where, line[:80], f"it is not JSON{cut} ({error})") from None
            if not isinstance(row, dict):
                raise Invalid(where, line[:80], "each line holds an object")
            yield row


def _bytes(path: Path) -> int:
    """What a file, or a folder with all in it, takes on disk."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
