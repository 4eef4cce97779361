"""The index of one cube: its rows, vectors and words on disk and in memory, and how a write reaches all of them.

The order of a write is the order of trust: vectors behind the committed ones, then the rows with their seq in one
transaction, then memory, then words, which say themselves how far they are. What a kill cuts off is redone or garbage.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.backends.sidecar.columns import Columns
from memos_graph.backends.sidecar.disk import Batch, Disk, Loaded
from memos_graph.backends.sidecar.facets import FACETS, Facets
from memos_graph.backends.sidecar.feed import IndexDamaged, IndexLate, Written
from memos_graph.backends.sidecar.folders import remove_folder
from memos_graph.backends.sidecar.plan import Codes, Known, Plan, Rows, plan
from memos_graph.backends.sidecar.rows import EDGE, EDGE_NAMES, NODE, NODE_NAMES, SIGNS, SLOT, body
from memos_graph.backends.sidecar.snapshot import Derived, Snapshot
from memos_graph.backends.sidecar.vectors import VectorFile, unit
from memos_graph.backends.sidecar.words import Searching, Words
from memos_graph.model.graph import STATUSES, Vector, VectorSpace

_PUT_AT = 2048  #: changed texts that wait before they go to the word index without being asked for
_SPARSE = 3  #: more rows or slots than so many times those in use: the index is built anew when next opened
_COMMIT_AT = 20_000  #: documents after which the word index commits by itself
#: Columns that no mask, adjacency or lexicon depends on.
_BESIDE = frozenset({"confidence", "version", "tags", "usage", "info", "text_hash", "text_seq", "created_at", *SIGNS})


class CubeIndex:
    """One cube's index, open. One write at a time; reads go beside it, each on one state."""

    def __init__(self, folder: Path, cube: str, lineage: str) -> None:
        """Open what `folder` holds, or begin anew. `IndexDamaged` when it can't be trusted or is another cube's."""
        self.cube = cube
        self._folder = folder
        self._write = threading.RLock()  # held by a writer, and by who reads the disk
        self._lock = threading.Lock()  # held while memory changes or a snapshot is taken
        self._snapshot: Snapshot | None = None
        self._derived, self._facets = Derived(), Facets()
        self._nodes, self._edges = _columns(NODE), _columns(EDGE)
        self._rows: dict[str, int] = {}
        self._edge_rows: dict[str, int] = {}
        self._kinds, self._edge_kinds = Codes(), Codes()
        self._files: dict[str, VectorFile] = {}
        self._spaces: dict[str, VectorSpace] = {}
        self._words: Words | None = None
        self._pending: dict[int, str] = {}  # bodies by row that the word index has yet to take
        self._replaced: set[int] = set()
        folder.mkdir(parents=True, exist_ok=True)
        self._disk = Disk(folder / "rows.db")
        try:
            self._meta = self._disk.meta()
            self.seq = int(self._meta.get("seq", 0))
            self._load(lineage)
        except BaseException as error:
            self.close(keep=False)
            if isinstance(error, ValueError | TypeError | KeyError | OverflowError):
                raise IndexDamaged(f"rows.db holds what no index writes: {error!r}") from error
            raise

    # --- writing

    def apply(self, written: Written) -> None:
        """Take in `written`; one whose seq is not new is left alone. `IndexLate`: none of it was, or only its words."""
        with self._write:
            if written.seq > self.seq:
                self._take(written, written.seq, lenient=False)

    def fill(self, pieces: Iterable[Written], seq: int) -> int:
        """Take in a whole graph that was read in pieces, as of `seq`; how many edges were left out for a missing end.

        Until the end the files say seq 0, so that a rebuild cut short is seen.
        """
        with self._write:
            skipped = sum(self.take_piece(piece) for piece in pieces)
            self.whole(seq)
        return skipped

    def take_piece(self, piece: Written) -> int:
        """Take in a piece of a graph, to be called `whole` after the last one; how many edges were left out."""
        with self._write:
            return self._take(piece, 0, lenient=True)

    def whole(self, seq: int, **meta: str) -> None:
        """Say that the pieces taken in are all of the graph as of `seq`. meta: what else the files say from now on."""
        with self._write:
            self._note(seq=seq, **meta)
            self.seq = seq
            self._index_words(commit=True)
            self._note(words_seq=seq)  # what was committed on the way was noted as of seq 0

    def keep_spaces(self, spaces: Sequence[VectorSpace]) -> None:
        """Drop the vectors of all spaces but these; one of another model or dimension is another space."""
        with self._write:
            wanted = {space.name: space for space in spaces}
            for name, held in list(self._spaces.items()):
                space = wanted.get(name)
                if space is not None and space.dimension == held.dimension and held.model in ("", space.model):
                    if held.model == "":
                        self._disk.write(Batch(spaces=[(name, space.model, space.dimension, self._files[name].slots)]))
                        self._spaces[name] = space
                    continue
                self._drop_space(name)

    @property
    def unnamed(self) -> bool:
        """Whether vectors came of a space whose model `keep_spaces` has yet to say."""
        return any(space.model == "" for space in self._spaces.values())

    def close(self, *, keep: bool = True) -> None:
        """Commit what the word index holds (unless `keep` is False) and release all files."""
        with self._write:
            try:
                if keep and (self._words is not None or self._pending):
                    self._index_words(commit=True)
            finally:
                self._rest()
                for file in self._files.values():
                    file.close()
                self._files = {}
                self._disk.close()

    # --- reading

    def snapshot(self) -> Snapshot:
        """The state after the last write."""
        with self._lock:
            if self._snapshot is None:
                spaces = {name: file.index() for name, file in self._files.items()}
                self._snapshot = Snapshot(
                    self.cube, self._nodes.view(), self._edges.view(), tuple(self._kinds.names),
                    tuple(self._edge_kinds.names), spaces, self._derived, self._facets,
                )  # fmt: skip
            return self._snapshot

    @contextmanager
    def steady(self) -> Iterator[Snapshot]:
        """The present state, with writes held off so that `texts` agrees with it."""
        with self._write:
            yield self.snapshot()

    def texts(self, rows: Sequence[int]) -> Mapping[int, tuple[str, str]]:
        """Text and content_hash by row."""
        with self._write:
            return self._disk.texts(rows)

    def searching(self) -> tuple[Snapshot, Searching]:
        """The present state and the word index as of it. Waits about 10 ms for a commit after texts changed."""
        with self._write:
            self._index_words(commit=True)
            if self._words is None:
                raise IndexDamaged("the word index did not open")
            return self.snapshot(), self._words.searching()

    def rest(self) -> None:
        """Give back the word index's writer (a thread and some 15 MB), after committing what it holds."""
        with self._write:
            if self._words is not None:
                self._index_words(commit=True)
                self._words.rest()

    # --- a write, step by step

    def _take(self, written: Written, seq: int, *, lenient: bool) -> int:
        known = Known(self._nodes, self._edges, self._rows, self._edge_rows, self._kinds, self._edge_kinds)
        made = plan(written, known, lenient=lenient)
        erases = bool(made.nodes.gone or made.edges.gone)
        counts = {name: (file, file.slots) for name, file in self._files.items()}
        try:
            slots = self._store_vectors(made)
            batch = self._batch(made, slots, seq)
            if made.nodes.gone:
                self._forget(made, slots, batch)
            self._disk.write(batch)
        except BaseException:
            for name in set(self._files) - set(counts):  # spaces that this write began
                self._files.pop(name).close()
            for file, count in counts.values():
                file.take_back(count)
            raise
        with self._lock:
            self._remember(made, slots)
        self.seq = seq
        for row, node in made.texts.items():
            self._pending[row] = body(node.key, node.text)
            if row < made.nodes.first:
                self._replaced.add(row)
        if erases:
            self._disk.wipe_log()
        if len(self._pending) >= _PUT_AT:
            self._index_words(commit=False)
        return made.skipped

    def _store_vectors(self, made: Plan) -> dict[str, dict[int, int]]:
        """By space, the slots that rows get: new ones for new vectors, -1 where a row loses its vector."""
        slots: dict[str, dict[int, int]] = {}
        for space in self._files:
            here = made.vectors.get(space, {})
            column = self._nodes.array(SLOT + space)
            slots[space] = {row: -1 for row in made.whole if row not in here and column[row] >= 0}
        for space, vectors in made.vectors.items():
            rows = list(vectors)
            units = unit(np.stack([np.asarray(vectors[row], np.float32) for row in rows]))
            file = self._file(space, units.shape[1])
            new = [at for at, row in enumerate(rows) if not self._holds(space, row, units[at])]
            if new:
                first = file.append(units[new] if len(new) < len(rows) else units)
                slots.setdefault(space, {}).update({rows[at]: first + nth for nth, at in enumerate(new)})
        return slots

    def _holds(self, space: str, row: int, vector: Vector) -> bool:
        if row >= self._nodes.size or space not in self._spaces:
            return False
        slot = self._nodes.get(SLOT + space, row)
        return slot >= 0 and bool(np.array_equal(self._files[space].get(slot), vector))

    def _file(self, space: str, dimension: int) -> VectorFile:
        file = self._files.get(space)
        if file is None:
            path = self._folder / f"v_{space}.f32"
            path.unlink(missing_ok=True)  # left by a write that was cut short, or by a dropped space
            file = self._files[space] = VectorFile(path, dimension, 0)
        if file.dimension != dimension:
            raise IndexDamaged(f"space {space!r} was {file.dimension} wide and a vector has {dimension}")
        return file

    def _batch(self, made: Plan, slots: Mapping[str, Mapping[int, int]], seq: int) -> Batch:
        pairs = [(row, space, slot) for space, of_space in slots.items() for row, slot in of_space.items()]
        return Batch(
            nodes=made.nodes.written(),
            texts=[(row, node.text, node.content_hash) for row, node in made.texts.items()],
            slots=[pair for pair in pairs if pair[2] >= 0],
            no_slots=[(row, space) for row, space, slot in pairs if slot < 0],
            spaces=[(name, self._model(name), file.dimension, file.slots)
                    for name, file in self._files.items() if slots.get(name) or name not in self._spaces],
            edges=made.edges.written(), gone_nodes=made.nodes.gone, gone_edges=made.edges.gone,
            meta={
                "seq": seq, "kinds": json.dumps(self._kinds.names), "edge_kinds": json.dumps(self._edge_kinds.names),
                "nodes": len(self._rows) + len(made.nodes.new) - len(made.nodes.gone),
                "edges": len(self._edge_rows) + len(made.edges.new) - len(made.edges.gone),
            },
        )  # fmt: skip

    def _model(self, space: str) -> str:
        return self._spaces[space].model if space in self._spaces else ""

    def _forget(self, made: Plan, slots: Mapping[str, Mapping[int, int]], batch: Batch) -> None:
        """Remove the bytes of erased nodes from vectors and words, before the commit that says they are gone."""
        for space, file in self._files.items():
            column = np.full(self._nodes.size + len(made.nodes.new), -1, np.int32)
            if space in self._spaces:
                column[: self._nodes.size] = self._nodes.array(SLOT + space)
            for row, slot in slots.get(space, {}).items():
                column[row] = slot
            column[made.nodes.gone] = -1
            file.blank(column[column >= 0])
        self._rest()
        remove_folder(self._folder / "words")
        batch.meta |= {"words_stamp": 0, "words_seq": -1, "words_next": None}
        self._meta |= batch.meta

    def _remember(self, made: Plan, slots: Mapping[str, Mapping[int, int]]) -> None:
        """Change memory as the disk was changed."""
        for name, file in self._files.items():
            if name not in self._spaces:
                self._spaces[name] = VectorSpace(name=name, model="", dimension=file.dimension)
                self._nodes.add_column(SLOT + name, np.int32, -1)
        changed = _merge(self._nodes, made.nodes, NODE_NAMES)
        if made.nodes.gone or not changed.isdisjoint(FACETS):
            self._facets = Facets()
        changed |= _merge(self._edges, made.edges, EDGE_NAMES)
        if made.nodes.new or made.edges.new or made.nodes.gone or made.edges.gone or not changed <= _BESIDE:
            self._derived = Derived()
        for name, of_space in slots.items():
            if of_space:
                self._nodes.change(list(of_space), {SLOT + name: list(of_space.values())})
        if made.nodes.gone:
            for name in self._files:
                self._nodes.change(made.nodes.gone, {SLOT + name: [-1] * len(made.nodes.gone)})
        for rows, held, gone, ids in (
            (made.nodes, self._rows, made.nodes.gone, self._nodes),
            (made.edges, self._edge_rows, made.edges.gone, self._edges),
        ):
            held.update(rows.fresh)
            for row in gone:
                del held[ids.get("id", row)]
            _bury(ids, gone)
        self._snapshot = None

    # --- words

    def _index_words(self, *, commit: bool) -> None:
        try:
            if self._words is None:
                self._open_words()
            words = self._words
            if words is None:
                return
            if self._pending:
                words.put(self._pending.items(), sorted(self._replaced))
                self._pending, self._replaced = {}, set()
            if words.uncommitted and (commit or words.uncommitted >= _COMMIT_AT):
                self._note(words_next=self.seq)
                stamp = words.commit()
                self._note(words_stamp=stamp, words_seq=self.seq, words_next=None)
        except (IndexLate, IndexDamaged):
            self._rest()  # what it had not committed is found again by text_seq
            raise

    def _open_words(self) -> None:
        folder = self._folder / "words"
        try:
            words = Words(folder)
        except IndexDamaged:
            remove_folder(folder)
            words = Words(folder)
        known = -1
        if words.stamp and words.stamp == self._meta.get("words_stamp"):
            known = int(self._meta["words_seq"])
        elif words.stamp and self._meta.get("words_next") is not None:
            known = int(self._meta["words_next"])
            words.remove_from(self._nodes.size)
        elif words.stamp:
            remove_folder(folder)
            words = Words(folder)
        self._words = words
        due = np.flatnonzero(self._nodes.array("alive") & (self._nodes.array("text_seq") > known)).tolist()
        self._pending, self._replaced = {}, set()
        for start in range(0, len(due), _PUT_AT):
            rows = due[start : start + _PUT_AT]
            texts = self._disk.texts(rows)
            docs = [(row, body(self._nodes.get("key", row), texts[row][0])) for row in rows]
            words.put(docs, rows if words.stamp else ())

    def _rest(self) -> None:
        words, self._words = self._words, None
        self._pending, self._replaced = {}, set()
        if words is not None:
            try:
                words.rest()
            except (IndexLate, IndexDamaged):
                return  # its files are looked at again when it is next opened

    def _note(self, **values: Any) -> None:
        self._disk.write(Batch(meta=values))
        self._meta |= values

    # --- opening

    def _load(self, lineage: str) -> None:
        if self._meta.setdefault("lineage", lineage) != lineage:
            raise IndexDamaged("the index is of an earlier cube of this name")
        nodes, edges = self._disk.nodes(), self._disk.edges()
        if len(nodes.rows) != self._meta.get("nodes", 0) or len(edges.rows) != self._meta.get("edges", 0):
            raise IndexDamaged("rows are missing")
        if nodes.rows and not self.seq:
            raise IndexDamaged("a rebuild was cut short")
        self._disk.wipe_log()
        if "nodes" not in self._meta:
            self._note(lineage=lineage)
        self._kinds = Codes(json.loads(self._meta.get("kinds", "[]")))
        self._edge_kinds = Codes(json.loads(self._meta.get("edge_kinds", "[]")))
        _within(nodes.columns["kind"], len(self._kinds.names))
        _within(nodes.columns["status"], len(STATUSES))
        _within(edges.columns["kind"], len(self._edge_kinds.names))
        self._rows = _load_rows(self._nodes, nodes)
        self._edge_rows = _load_rows(self._edges, edges)
        for end in ("source", "target"):
            _within(edges.columns[end], self._nodes.size)
        for name, model, dimension, count in self._disk.spaces():
            file = self._files[name] = VectorFile(self._folder / f"v_{name}.f32", dimension, count)
            self._spaces[name] = VectorSpace(name=name, model=model, dimension=dimension)
            self._nodes.add_column(SLOT + name, np.int32, -1)
            pairs = self._disk.slots(name)
            if count > _SPARSE * len(pairs) + _PUT_AT:
                raise IndexDamaged("most of the vector file is garbage")
            if pairs:
                rows, slots = (list(column) for column in zip(*pairs, strict=True))
                file.check(np.array(slots, np.int32))
                if max(rows) >= self._nodes.size:
                    raise IndexDamaged("a vector has no node")
                self._nodes.change(rows, {SLOT + name: slots})

    def _drop_space(self, name: str) -> None:
        self._disk.drop_space(name)
        with self._lock:
            self._files.pop(name).close()
            del self._spaces[name]
            self._nodes.drop_column(SLOT + name)
            self._snapshot = None
        (self._folder / f"v_{name}.f32").unlink(missing_ok=True)


def _columns(layout: Mapping[str, tuple[Any, Any] | None]) -> Columns:
    arrays = {name: kind for name, kind in layout.items() if kind is not None}
    return Columns({**arrays, "alive": (np.bool_, False)}, {name: "" for name, kind in layout.items() if kind is None})


def _merge(held: Columns, rows: Rows, names: Sequence[str]) -> set[str]:
    """Put `rows` into memory; the columns in which a row that was there has changed."""
    if rows.new:
        new = dict(zip(names, zip(*rows.new, strict=True), strict=True))
        held.append({**new, "alive": [True] * len(rows.new)}, len(rows.new))
    if not rows.changed:
        return set()
    at = list(rows.changed)
    columns = dict(zip(names, zip(*rows.changed.values(), strict=True), strict=True))
    differing = {name: column for name, column in columns.items() if held.differs(name, at, column)}
    held.change(at, differing)
    return set(differing)


def _bury(held: Columns, rows: Sequence[int]) -> None:
    if rows:
        held.change(rows, {"alive": [False] * len(rows), **{name: [""] * len(rows) for name in held.lists}})


def _load_rows(held: Columns, loaded: Loaded) -> dict[str, int]:
    """Fill `held` with rows read from disk, holes where some are missing; rows by id."""
    rows = loaded.rows
    if not rows:
        return {}
    size = rows[-1] + 1
    if size > _SPARSE * len(rows) + _PUT_AT:
        raise IndexDamaged("most of the rows are holes")
    values = {**loaded.columns, "alive": [True] * len(rows)}
    if size == len(rows):
        held.append(values, size)
    else:
        held.append({}, size)
        held.change(rows, values)
    return dict(zip(loaded.columns["id"], rows, strict=True))


def _within(column: npt.NDArray[Any], bound: int) -> None:
    if len(column) and (int(column.min()) < 0 or int(column.max()) >= bound):
        raise IndexDamaged("a row names what is not there")
