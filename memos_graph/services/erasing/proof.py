"""Look in every place for what was erased: rows, edges, history, vectors, words, names, files. Reads only.

What cannot be looked at is said, never left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memos_graph.engines.bytesearch import Needles
from memos_graph.model.codec import canonical, edge_to_json, node_to_json
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore, KeptInFiles
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.erasing.pieces import as_bytes
from memos_graph.services.prefix.kept import read_state
from memos_graph.services.seeing.history import all_changes

_PAGE = 1000
_CHUNK = 8 << 20  #: bytes of a file read at once
_NEAREST = 10  #: neighbours of an erased vector, and hits for an erased piece, that are looked at
_AT_ONCE = 100  #: Changes searched together
_TRIED = 50  #: vectors, and pieces, that are searched for
_LOCK = "owner.lock"  #: says which process holds the store


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place that was looked at, or could not be."""

    name: str
    looked: bool
    found: tuple[str, ...] = ()  #: what of the erased is there: ids, numbers of Changes, files
    note: str = ""  #: how it was looked at, or why it was not

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return {"place": self.name, "looked": self.looked, "found": list(self.found), "note": self.note}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What to look for."""

    nodes: Mapping[str, Node]  #: as they were, with their vectors
    pieces: Sequence[str]


def look(context: Context, cube: str, sought: Sought, others: Sequence[Path]) -> tuple[Place, ...]:
    """Every place, one after the other; others: files and folders that the caller knows of."""
    store = context.store
    return (
        _rows(store, cube, sought), _edges(store, cube, sought), _changes(store, cube, sought),
        _vectors(store, cube, sought), _words(store, cube, sought), _names(store, cube, sought), _files(store, sought),
        _exports(sought, others),
        _prefixes(store, cube, sought),
        Place(name="outside", looked=False, note="copies of the sources, backups, and disk blocks that a file system "
              "keeps of deleted files, are not ours to see"),
    )  # fmt: skip


def files_with(roots: Iterable[Path], pieces: Collection[str]) -> tuple[list[str], int]:
    """The files at and below `roots` that hold one of `pieces`, and how many were read."""
    needles = Needles([needle for piece in pieces for needle in as_bytes(piece)])
    held, count = [], 0
    for file in _all_files(roots):
        try:
            if needles.longest and _holds(file, needles):
                held.append(str(file))
            count += 1
        except FileNotFoundError:  # a store rewrites its files while it is open
            continue
    return held, count


def _rows(store: GraphStore, cube: str, sought: Sought) -> Place:
    found = [node.id for node in store.get(everything(cube), list(sought.nodes))]
    cursor: str | None = None
    while True:
        page = store.scan(everything(cube), cursor=cursor, limit=_PAGE)
        told = {node.id: canonical(_words_of(node)) for node in page.nodes if node.id not in sought.nodes}
        found += _saying(told, sought)
        cursor = page.cursor
        if cursor is None:
            break
    return Place(
        name="graph", looked=True, found=tuple(found), note="every memory, version and entity: text, key, info, sources"
    )


def _words_of(node: Node) -> dict[str, Any]:
    values = node_to_json(node)
    return {name: values[name] for name in ("text", "key", "info", "sources", "tags", "usage")}


def _edges(store: GraphStore, cube: str, sought: Sought) -> Place:
    ids = list(sought.nodes)
    found = [edge.id for edge in store.edges(everything(cube), touching=ids)] if ids else []
    cursor: str | None = None
    while True:
        page = store.scan_edges(everything(cube), cursor=cursor, limit=_PAGE)
        told = {edge.id: canonical([edge.evidence, edge_to_json(edge)["info"]]) for edge in page.edges}
        found += _saying(told, sought)
        cursor = page.cursor
        if cursor is None:
            break
    return Place(name="edges", looked=True, found=tuple(dict.fromkeys(found)), note="every edge: evidence and info")


def _changes(store: GraphStore, cube: str, sought: Sought) -> Place:
    found: list[str] = []
    told: dict[str, str] = {}
    for change in all_changes(store, cube):
        name = f"change {change.seq}"
        before = [image.before for image in change.images if image.before is not None]
        if any(i.before is not None and i.of == "node" and i.id in sought.nodes for i in change.images):
            found.append(name)
        told[name] = canonical([change.reason, change.actor, before])
        if len(told) == _AT_ONCE:
            found += _saying(told, sought)
            told = {}
    found += _saying(told, sought)
    return Place(
        name="history", looked=True, found=tuple(dict.fromkeys(found)),
        note="every change: reason and what was there before; that these ids were written, and when, stays known",
    )  # fmt: skip


def _vectors(store: GraphStore, cube: str, sought: Sought) -> Place:
    known = {space.name for space in find_cube(store, cube).spaces}
    tried = [
        (space, vector) for node in sought.nodes.values() for space, vector in node.vectors.items() if space in known
    ][:_TRIED]
    found: dict[str, None] = {}
    for space, vector in tried:
        for scored in store.near(everything(cube), space, vector, _NEAREST):
            if scored.id in sought.nodes:
                found[scored.id] = None
    return Place(
        name="vectors", looked=True, found=tuple(found), note=f"what lies nearest to {len(tried)} of the erased vectors"
    )


def _words(store: GraphStore, cube: str, sought: Sought) -> Place:
    tried = sought.pieces[:_TRIED]
    found: dict[str, None] = {}
    for piece in tried:
        for scored in store.text(everything(cube), piece, _NEAREST):
            if scored.id in sought.nodes:
                found[scored.id] = None
    return Place(name="full text", looked=True, found=tuple(found), note=f"a search for each of {len(tried)} pieces")


def _names(store: GraphStore, cube: str, sought: Sought) -> Place:
    lexicon = store.lexicon(everything(cube))[cube]
    named = {identity for ids in (*lexicon.entities.values(), *lexicon.speakers.values()) for identity in ids}
    return Place(
        name="names", looked=True, found=tuple(sorted(named & sought.nodes.keys())),
        note="the names by which queries and new texts are read; this process has forgotten those it kept",
    )  # fmt: skip


def _prefixes(store: GraphStore, cube: str, sought: Sought) -> Place:
    manifest = read_state(store, cube).manifest
    named = {entry.id for entry in manifest.entries} & sought.nodes.keys() if manifest is not None else set()
    note = (
        "what the cube keeps of its prompts' beginning: ids, no words; a model's server may hold what it has read "
        "until it drops that, under a salt that nobody else has"
    )
    return Place(name="prefixes", looked=True, found=tuple(sorted(named)), note=note)


def _files(store: GraphStore, sought: Sought) -> Place:
    if not isinstance(store, KeptInFiles):
        note = (
            "a server's: its files, transaction logs and backups can't be seen through its driver; see its manual"
            if store.can.durable else "kept in memory only"
        )  # fmt: skip
        return Place(name="files", looked=not store.can.durable, note=note)
    found, count = files_with(store.folders(), sought.pieces)
    what = f"every byte of {count} files, logs too, for {len(sought.pieces)} pieces"
    return Place(name="files", looked=True, found=tuple(found), note=what if sought.pieces else "no text to look for")


def _exports(sought: Sought, others: Sequence[Path]) -> Place:
    if not others:
        note = "files that export, export-as, copy and backup made are not recorded; name them to have them looked at"
        return Place(name="exports", looked=False, note=note)
    found, count = files_with(others, sought.pieces)
    return Place(name="exports", looked=True, found=tuple(found), note=f"every byte of {count} files that were named")


def _saying(told: Mapping[str, str], sought: Sought) -> list[str]:
    """The names of the texts that hold a piece. All together first: hardly ever does one."""
    together = "\n".join(told.values())
    held = [piece for piece in sought.pieces if piece in together]
    return [name for name, text in told.items() if any(piece in text for piece in held)] if held else []


def _all_files(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        if root.is_file():
            yield root
        else:
            yield from (file for file in sorted(root.rglob("*")) if file.is_file() and file.name != _LOCK)


def _holds(file: Path, needles: Needles) -> bool:
    """Whether `file` holds one of `needles`, those too that lie across two chunks."""
    kept = b""
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            block = kept + chunk
            if needles.any_in(block):
                return True
            kept = block[1 - needles.longest :]
    return False
