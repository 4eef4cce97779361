"""The index of one cube: how a write reaches its rows, vectors and words, on disk and in memory, and what is read.

The order of a write is the order of trust: vectors behind the committed ones, then the rows with their seq in one
transaction, then memory, then words, which say themselves how far they are. What a kill cuts off is redone or garbage.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from memos_graph.backends.sidecar.disk import Batch, Disk, Notes
from memos_graph.backends.sidecar.facets import Facets
from memos_graph.backends.sidecar.feed import IndexDamaged, Written
from memos_graph.backends.sidecar.memory import lay_out, remember
from memos_graph.backends.sidecar.plan import Codes, Known, Plan, plan
from memos_graph.backends.sidecar.rows import body
from memos_graph.backends.sidecar.snapshot import Derived, Snapshot
from memos_graph.backends.sidecar.spaces import Slots, Spaces
from memos_graph.backends.sidecar.trailing import PUT_AT, TrailingWords
from memos_graph.backends.sidecar.words import Searching
from memos_graph.model.graph import VectorSpace


class CubeIndex:
    """One cube's index, open. One write at a time; reads go beside it, each on one state."""

    def __init__(self, folder: Path, cube: str, lineage: str) -> None:
        """Open what `folder` holds, or begin anew. `IndexDamaged` when it can't be trusted or is another cube's."""
        self.cube = cube
        self._write = threading.RLock()  # held by a writer, and by who reads the disk
        self._lock = threading.Lock()  # held while memory changes or a snapshot is taken
        self._snapshot: Snapshot | None = None
        self._derived, self._facets = Derived(), Facets()
        folder.mkdir(parents=True, exist_ok=True)
        self._disk, self._spaces = Disk(folder / "rows.db"), Spaces(folder)
        try:
            self._notes = Notes(self._disk)
            self.seq = int(self._notes.get("seq", 0))
            self._known = self._load(lineage)
            self._words = TrailingWords(folder / "words", self._disk, self._notes, self._known.nodes)
        except BaseException as error:
            self._spaces.close()
            self._disk.close()
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
            self._notes.set(seq=seq, **meta)
            self.seq = seq
            self._words.take(seq, commit=True)
            self._notes.set(words_seq=seq)  # what was committed on the way was noted as of seq 0

    def keep_spaces(self, spaces: Sequence[VectorSpace]) -> None:
        """Drop the vectors of all spaces but these; one of another model or dimension is another space."""
        with self._write:
            wanted = {space.name: space for space in spaces}
            for held in self._spaces.all():
                space = wanted.get(held.name)
                if space is None or space.dimension != held.dimension or held.model not in ("", space.model):
                    self._disk.drop_space(held.name)
                    with self._lock:
                        self._snapshot = None
                        self._spaces.drop(held.name, self._known.nodes)
                elif not held.model:
                    self._spaces.named(space, self._disk)

    @property
    def unnamed(self) -> bool:
        """Whether vectors came of a space whose model `keep_spaces` has yet to say."""
        return any(space.model == "" for space in self._spaces.all())

    def close(self, *, keep: bool = True) -> None:
        """Commit what the word index holds (unless `keep` is False) and release all files."""
        with self._write:
            try:
                if keep and not self._words.idle:
                    self._words.take(self.seq, commit=True)
            finally:
                self._words.leave()
                self._spaces.close()
                self._disk.close()

    # --- reading

    def snapshot(self) -> Snapshot:
        """The state after the last write."""
        with self._lock:
            if self._snapshot is None:
                known = self._known
                self._snapshot = Snapshot(
                    self.cube, known.nodes.view(), known.edges.view(), tuple(known.kinds.names),
                    tuple(known.edge_kinds.names), self._spaces.indexes(), self._derived, self._facets,
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
            words = self._words.searching(self.seq)
            return self.snapshot(), words

    def rest(self) -> None:
        """Give back the word index's writer (a thread and some 15 MB), after committing what it holds."""
        with self._write:
            self._words.rest(self.seq)

    # --- within

    def _take(self, written: Written, seq: int, *, lenient: bool) -> int:
        made = plan(written, self._known, lenient=lenient)
        with self._spaces.taken_back():
            slots = self._spaces.store(made, self._known.nodes)
            batch = self._batch(made, slots, seq)
            if made.nodes.gone:
                self._forget(made, slots, batch)
            self._disk.write(batch)
        with self._lock:
            self._remember(made, slots)
        self.seq = seq
        for row, node in made.texts.items():
            self._words.wait(row, body(node.key, node.text), replaces=row < made.nodes.first)
        if made.nodes.gone or made.edges.gone:
            self._disk.wipe_log()
        if self._words.waiting >= PUT_AT:
            self._words.take(self.seq, commit=False)
        return made.skipped

    def _batch(self, made: Plan, slots: Slots, seq: int) -> Batch:
        pairs = [(row, space, slot) for space, of_space in slots.items() for row, slot in of_space.items()]
        known = self._known
        return Batch(
            nodes=made.nodes.written(),
            texts=[(row, node.text, node.content_hash) for row, node in made.texts.items()],
            slots=[pair for pair in pairs if pair[2] >= 0],
            no_slots=[(row, space) for row, space, slot in pairs if slot < 0],
            spaces=self._spaces.records(slots),
            edges=made.edges.written(), gone_nodes=made.nodes.gone, gone_edges=made.edges.gone,
            meta={
                "seq": seq, "kinds": json.dumps(known.kinds.names), "edge_kinds": json.dumps(known.edge_kinds.names),
                "nodes": len(known.rows) + len(made.nodes.new) - len(made.nodes.gone),
                "edges": len(known.edge_rows) + len(made.edges.new) - len(made.edges.gone),
            },
        )  # fmt: skip

    def _forget(self, made: Plan, slots: Slots, batch: Batch) -> None:
        """Remove the bytes of erased nodes from vectors and words, before the commit that says they are gone."""
        self._spaces.blank(made, slots, self._known.nodes)
        self._words.erase()
        batch.meta |= {"words_stamp": 0, "words_seq": -1, "words_next": None}
        self._notes.expect(batch.meta)

    def _remember(self, made: Plan, slots: Slots) -> None:
        """Change memory as the disk was changed."""
        stale = remember(self._known, made)
        self._spaces.remember(slots, made.nodes.gone, self._known.nodes)
        if stale.facets:
            self._facets = Facets()
        if stale.derived:
            self._derived = Derived()
        self._snapshot = None

    def _load(self, lineage: str) -> Known:
        if self._notes.get("lineage", lineage) != lineage:
            raise IndexDamaged("the index is of an earlier cube of this name")
        nodes, edges = self._disk.nodes(), self._disk.edges()
        if len(nodes.rows) != self._notes.get("nodes", 0) or len(edges.rows) != self._notes.get("edges", 0):
            raise IndexDamaged("rows are missing")
        if nodes.rows and not self.seq:
            raise IndexDamaged("a rebuild was cut short")
        self._disk.wipe_log()
        if self._notes.get("nodes") is None:
            self._notes.set(lineage=lineage)
        kinds, edge_kinds = (Codes(json.loads(self._notes.get(name, "[]"))) for name in ("kinds", "edge_kinds"))
        known = lay_out(nodes, edges, kinds, edge_kinds)
        self._spaces.load(self._disk, known.nodes)
        return known
