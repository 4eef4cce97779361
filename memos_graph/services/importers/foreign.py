"""Import a file that another tool has written: read all, check all, then write it in batches, one Delta each.

Importing the same file again writes nothing; an import cut short is simply done again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import check_cube_id
from memos_graph.services.context import Context
from memos_graph.services.importers import langchain, llamaindex, mem0, memos, tables
from memos_graph.services.importers.detect import FORMATS, OWN, of_json, of_table
from memos_graph.services.importers.gathering import Gathering
from memos_graph.services.importers.reading import Loaded, looks_like_json, read_json, read_text
from memos_graph.services.importers.writing import Known, Progress, planned, write

_FILE = "textual_memory.json"
_PARSERS: Mapping[str, Callable[[Loaded, Gathering], None]] = {
    "memos": memos.parse, "mem0": mem0.parse, "langchain": langchain.parse, "llamaindex": llamaindex.parse,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import wrote, or with `dry_run` would write. Counts are of what the file holds, not of entities found.

    `kept`: ids that were there with other content, and were left as they are (or, with known="update", changed).
    """

    format: str
    cube: str
    nodes: int
    edges: int
    present_nodes: int
    present_edges: int
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()  #: ids of the Deltas
    dry_run: bool = False


def import_foreign(context: Context, path: str | Path, *, cube: str, format: str | None = None,
                   edges_path: str | Path | None = None, dry_run: bool = False, embedded_by: str | None = None,
                   known: Known = "keep", progress: Progress | None = None) -> Imported:  # fmt: skip
    """Take the file at `path` into `cube`, which is made if it is not there.

    format: one of FORMATS; None: by what is in it. edges_path: the edges of CSV nodes. embedded_by: the model that
    made the file's vectors; they are used when the context's embedder is that model, else every text is embedded anew.
    known: what to do with an id that is there with other content: keep that, refuse the file, or update it, so that
    what it said stays as a version. `NotFound`; `Invalid` says file, place, field, value and what to do;
    `EmbedderMismatch`, `DimensionMismatch`, `Refused`. Nothing is written before all was checked. The whole file is
    held in memory.
    """
    check_cube_id(cube)
    if known not in ("keep", "refuse", "update"):
        raise Invalid("known", known, "use keep, refuse or update")
    into = Gathering(cube, context.clock())
    chosen = _read(_file(Path(path)), format, Path(edges_path) if edges_path is not None else None, into)
    plan = planned(context, into.parsed(), cube, embedded_by=embedded_by, known=known)
    receipts: Sequence[str] = ()
    if not dry_run:
        receipts = write(context, plan, reason=f"import {chosen} {Path(path).name}", progress=progress)
    return Imported(
        format=chosen, cube=cube, nodes=len(plan.nodes), edges=len(plan.edges), present_nodes=plan.present_nodes,
        present_edges=plan.present_edges, kept=tuple(node.id for node in plan.differing), notes=plan.notes,
        receipts=tuple(receipts), dry_run=dry_run,
    )  # fmt: skip


def _file(path: Path) -> Path:
    """`path`; in a folder that MemOS dumped, its file."""
    return path / _FILE if path.is_dir() and (path / _FILE).is_file() else path


def _read(path: Path, format: str | None, edges: Path | None, into: Gathering) -> str:
    if format is not None and format not in (*FORMATS, OWN):
        raise Invalid("format", format, f"use one of {', '.join(FORMATS)}")
    text = read_text(path)
    loaded = read_json(path, text) if looks_like_json(text) and format != "csv" else None
    chosen = format or (of_json(loaded) if loaded is not None else of_table(text))
    if chosen is None:
        raise Invalid("format", path.name, f"it can't be told from the content; name one of {', '.join(FORMATS)}")
    if chosen == OWN:
        raise Invalid("format", path.name, "it is this engine's own export: use `memos-graph import`")
    if edges is not None and chosen != "csv":
        raise Invalid("edges", str(edges), "only CSV has its edges in a file of their own")
    if chosen == "csv":
        _tables(path, text, edges, into)
    elif loaded is None:
        raise Invalid(path.name, text[:40], f"{chosen} files are JSON")
    else:
        _PARSERS[chosen](loaded, into)
    return chosen


def _tables(path: Path, text: str, edges: Path | None, into: Gathering) -> None:
    if edges is None and tables.is_edges(text) and not tables.is_nodes(text):
        tables.parse_edges(path, text, into)
        return
    tables.parse_nodes(path, text, into)
    if edges is not None:
        tables.parse_edges(edges, read_text(edges), into)
