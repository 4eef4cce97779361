"""The indexes of all cubes of one store: opened when asked for, brought up to the graph's state, mended, merged.

Knows which cube, not what is in it. One lock a cube for catching up; reads of an index that is up to date take none.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from memos_graph.backends.sidecar import reads
from memos_graph.backends.sidecar.checking import differences
from memos_graph.backends.sidecar.cube import CubeIndex
from memos_graph.backends.sidecar.feed import Feed, IndexDamaged, IndexLate, Written
from memos_graph.backends.sidecar.folders import empty_trash, folder_name, remove_folder
from memos_graph.model.errors import DiskFull
from memos_graph.model.filter import Filter
from memos_graph.model.graph import Vector, VectorSpace
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Lexicon, Survey
from memos_graph.ports import Finding, Scored

_log = logging.getLogger(__name__)
_PIECE = 2000  #: nodes or edges taken in at a time while an index is built
_WRITERS = 4  #: cubes whose word index keeps a writer (threads, memory) between writes
#: What the system, SQLite and tantivy say of a full disk.
_NO_ROOM = ("No space left on device", "not enough space on the disk", "Disk quota exceeded", "disk is full")
T = TypeVar("T")


@dataclass(slots=True)
class _Entry:
    lock: threading.RLock = field(default_factory=threading.RLock)
    index: CubeIndex | None = None
    filling: bool = False  #: it holds every piece that `take_piece` was given since the cube was empty


class Sidecar:
    """Answers searches over the cubes of a store. Safe to call from several threads.

    Every read first catches up with `feed`; files that can't be trusted are built again from it. `IndexLate` when
    that can't be done now (a full disk).
    """

    def __init__(self, root: Path, feed: Feed) -> None:
        """Indexes live in folders under `root`, which is made when it is missing. Opens none of them yet."""
        self._root, self._feed = root, feed
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        self._written: OrderedDict[str, None] = OrderedDict()
        root.mkdir(parents=True, exist_ok=True)
        empty_trash(root)

    def close(self) -> None:
        """Commit and release everything. What can't be committed is caught up with at the next open."""
        with self._lock:
            entries, self._entries = self._entries, {}
        for cube, entry in entries.items():
            with entry.lock:
                _close(cube, entry)

    # --- writes

    def apply(self, cube: str, written: Written) -> None:
        """Take in what a commit of the graph wrote. In order of seq for one cube; O(written).

        `IndexLate`: the graph has it, the index not yet; the next read or write of this cube catches up.
        """
        entry = self._entry(cube)
        with entry.lock, _late(cube):
            index = self._open(cube, entry, before=written.seq)
            try:
                if written.seq == index.seq + 1:
                    index.apply(written)
                elif written.seq > index.seq:
                    self._catch_up(cube, entry)
                self._name_spaces(cube, entry)
            except IndexDamaged as error:
                self._reset(cube, entry, error)
                raise IndexLate(f"index of cube {cube!r}: {error}") from error
        self._let_rest(cube)

    def begin(self, cube: str) -> None:
        """Get ready for the pieces of a cube that is empty and will be filled past its Changes."""
        entry = self._entry(cube)
        with entry.lock:
            self._reset(cube, entry, None)
            entry.filling = True

    def take_piece(self, cube: str, piece: Written) -> None:
        """Take in what was put into a cube that is being filled. Never fails: what is missed is read from the graph."""
        entry = self._entry(cube)
        with entry.lock:
            if not entry.filling:
                return
            try:
                with _late(cube):
                    if entry.index is None:
                        entry.index = CubeIndex(self._folder(cube), cube, self._feed.lineage(cube))
                    entry.index.take_piece(piece)
            except (IndexLate, IndexDamaged) as error:
                _log.warning("index of cube %s: to be built from the graph in the end: %s", cube, error)
                entry.filling = False

    def filled(self, cube: str) -> None:
        """The cube is whole, with a seq and a lineage that are new: call it before its next read or write."""
        entry = self._entry(cube)
        with entry.lock:
            filling, entry.filling = entry.filling, False
            if filling and entry.index is not None:
                with suppress(IndexLate, IndexDamaged, OSError):  # then it is built from the graph
                    entry.index.whole(self._feed.seq(cube), lineage=self._feed.lineage(cube))
                    return
            self._reset(cube, entry, None)

    def keep_spaces(self, cube: str, spaces: Sequence[VectorSpace]) -> None:
        """Drop the vectors of all spaces but these. Call it when a cube's spaces were replaced, before new vectors."""
        self._read(cube, lambda index: index.keep_spaces(spaces))

    def drop(self, cube: str) -> None:
        """Remove the index of a cube that is no more."""
        entry = self._entry(cube)
        with entry.lock:
            entry.filling = False
            _close(cube, entry, keep=False)
            remove_folder(self._folder(cube))

    # --- reads

    def near(self, scope: Scope, space: str, vector: Vector, k: int, *,
             filter: Filter | None = None) -> tuple[Scored, ...]:  # fmt: skip
        """The `k` nodes in scope and filter closest to `vector`, best first, ties by (cube, id). Exact.

        A cube without `space` has none. `vector` has been checked.
        """
        return _best(k, (self._read(cube, lambda i: reads.near(i, scope, space, vector, k, filter))
                         for cube in scope.cubes))  # fmt: skip

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        """The `k` nodes in scope and filter that match the words of `query` best, ties by (cube, id). BM25 per cube."""
        return _best(k, (self._read(cube, lambda i: reads.text(i, scope, query, k, filter)) for cube in scope.cubes))

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        """For each cube of `scope`, in its order, every row with its scores and the edges in scope."""
        return tuple(self._read(cube, lambda i: reads.survey(i, scope, space, vector, words, filter, k))
                     for cube in scope.cubes)  # fmt: skip

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        """By cube, the names of the Entity nodes in scope, and which of them spoke."""
        return {cube: self._read(cube, lambda i: i.snapshot().lexicon(scope)) for cube in scope.cubes}

    def ready(self, cube: str) -> bool:
        """Whether the index of `cube` is open and up to the graph's state, so that a read of it waits for nothing."""
        return _is_ready(self._entry(cube), self._feed.seq(cube))

    def count(self, scope: Scope, *, filter: Filter | None = None) -> int:
        """How many nodes are in scope and filter."""
        return sum(self._read(cube, lambda i: reads.count(i, scope, filter)) for cube in scope.cubes)

    # --- keeping

    def check(self, cube: str, *, mend: bool = False) -> tuple[Finding, ...]:
        """Compare the index of `cube` with the graph, all of it; with `mend`, build it again if they differ."""
        entry = self._entry(cube)
        what = f"index of cube {cube}"
        with entry.lock, _late(cube):
            try:
                found = differences(self._ready(cube, entry), self._feed)
            except IndexDamaged as error:
                found = (str(error),)
            if not found:
                return (Finding(what=what, ok=True, detail=f"agrees with the graph at seq {self._feed.seq(cube)}"),)
            detail = "; ".join(found)
            if not mend:
                return (Finding(what=what, ok=False, detail=detail),)
            self._rebuild(cube, entry, detail)
            left = differences(self._ready(cube, entry), self._feed)
        return (Finding(what=what, ok=not left, detail="; ".join(left) or detail, mended=not left),)

    # --- one cube's index

    def _read(self, cube: str, action: Callable[[CubeIndex], T]) -> T:
        with _full(cube):
            return self._tried(cube, action)

    def _tried(self, cube: str, action: Callable[[CubeIndex], T]) -> T:
        entry = self._entry(cube)
        index = self._ready(cube, entry)
        try:
            return action(index)
        except IndexDamaged as error:
            with entry.lock, _late(cube):
                if entry.index is index:  # else another thread has met the same damage
                    self._reset(cube, entry, error)
        try:
            return action(self._ready(cube, entry))
        except IndexDamaged as error:
            raise IndexLate(f"index of cube {cube!r} was built again and can't be read: {error}") from error

    def _ready(self, cube: str, entry: _Entry) -> CubeIndex:
        """The cube's index, up to the graph's state of now."""
        index = entry.index
        if index is not None and _is_ready(entry, self._feed.seq(cube)):
            return index
        with entry.lock, _late(cube):
            if entry.filling:  # half of it is no answer, and a read would commit it
                entry.filling = False
                self._reset(cube, entry, None)
            self._open(cube, entry)
            try:
                self._catch_up(cube, entry)
            except IndexDamaged as error:
                self._rebuild(cube, entry, str(error))
            if entry.index is None:
                raise IndexLate(f"index of cube {cube!r} could not be opened")
            return entry.index

    def _open(self, cube: str, entry: _Entry, before: int | None = None) -> CubeIndex:
        """The index as it is on disk, or an empty one where that can't be trusted. `before`: it knows no such seq."""
        if entry.index is None:
            try:
                index = entry.index = CubeIndex(self._folder(cube), cube, self._feed.lineage(cube))
                if index.seq > self._feed.seq(cube) or (before is not None and index.seq >= before):
                    raise IndexDamaged("it knows of Changes that the graph does not have")
            except IndexDamaged as error:
                self._reset(cube, entry, error)
                index = entry.index = CubeIndex(self._folder(cube), cube, self._feed.lineage(cube))
            index.keep_spaces(self._feed.spaces(cube))
        return entry.index

    def _catch_up(self, cube: str, entry: _Entry) -> None:
        index, seq = entry.index, self._feed.seq(cube)
        if index is None or index.seq >= seq:
            return
        self._take_gap(cube, entry, index, seq)
        self._name_spaces(cube, entry)

    def _take_gap(self, cube: str, entry: _Entry, index: CubeIndex, seq: int) -> None:
        written = self._feed.written(cube, index.seq) if index.seq else None
        if written is None:
            self._rebuild(cube, entry, "nothing is indexed yet" if not index.seq else "too far behind")
            return
        _log.info("index of cube %s: catching up from seq %d to %d", cube, index.seq, written.seq)
        index.apply(written)

    def _name_spaces(self, cube: str, entry: _Entry) -> None:
        if entry.index is not None and entry.index.unnamed:
            entry.index.keep_spaces(self._feed.spaces(cube))

    def _rebuild(self, cube: str, entry: _Entry, why: str) -> None:
        _log.info("index of cube %s: built from the graph (%s)", cube, why)
        self._reset(cube, entry, None)
        index = entry.index = CubeIndex(self._folder(cube), cube, self._feed.lineage(cube))
        seq = self._feed.seq(cube)
        try:
            skipped = index.fill(_pieces(self._feed, cube, seq), seq)
        except BaseException:
            self._reset(cube, entry, None)
            raise
        if skipped:
            _log.warning("index of cube %s: %d edges have an end that is not there", cube, skipped)

    def _reset(self, cube: str, entry: _Entry, why: IndexDamaged | None) -> None:
        if why is not None:
            _log.warning("index of cube %s: thrown away, to be built from the graph: %s", cube, why)
        _close(cube, entry, keep=False)
        remove_folder(self._folder(cube))

    def _let_rest(self, cube: str) -> None:
        """Keep the word writers of the last few cubes written."""
        with self._lock:
            self._written[cube] = None
            self._written.move_to_end(cube)
            over = [self._written.popitem(last=False)[0] for _ in range(len(self._written) - _WRITERS)]
        for name in over:
            entry = self._entry(name)
            with entry.lock, suppress(IndexLate, IndexDamaged):  # its next read says so
                if entry.index is not None:
                    entry.index.rest()

    def _entry(self, cube: str) -> _Entry:
        with self._lock:
            return self._entries.setdefault(cube, _Entry())

    def _folder(self, cube: str) -> Path:
        return self._root / folder_name(cube)


@contextmanager
def _late(cube: str) -> Iterator[None]:
    """The operating system's errors (a full disk, no permission) as `IndexLate`."""
    try:
        yield
    except OSError as error:
        raise IndexLate(f"index of cube {cube!r}: {error}") from error


@contextmanager
def _full(cube: str) -> Iterator[None]:
    """A read that found no room to catch up says `DiskFull`: the reader can mend that, and nothing else does."""
    try:
        yield
    except IndexLate as error:
        if any(sign in str(error) for sign in _NO_ROOM):
            raise DiskFull(
                f"the disk is full, so the index of cube {cube!r} can't take in the last writes and searches wait; "
                f"nothing is lost: free some room and ask again ({error})"
            ) from error
        raise


def _is_ready(entry: _Entry, seq: int) -> bool:
    return entry.index is not None and entry.index.seq >= seq and not entry.filling


def _close(cube: str, entry: _Entry, *, keep: bool = True) -> None:
    index, entry.index = entry.index, None
    if index is not None:
        try:
            index.close(keep=keep)
        except (IndexLate, IndexDamaged) as error:
            _log.warning("index of cube %s: closed without its last writes: %s", cube, error)


def _pieces(feed: Feed, cube: str, seq: int) -> Iterator[Written]:
    for nodes in _groups(feed.nodes(cube)):
        yield Written(seq=seq, put=nodes)
    for edges in _groups(feed.edges(cube)):
        yield Written(seq=seq, edges=edges)


def _groups(items: Iterable[T]) -> Iterator[tuple[T, ...]]:
    rest = iter(items)
    while group := tuple(islice(rest, _PIECE)):
        yield group


def _best(k: int, found: Iterable[tuple[Scored, ...]]) -> tuple[Scored, ...]:
    merged = sorted((hit for hits in found for hit in hits), key=lambda hit: (-hit.score, hit.cube, hit.id))
    return tuple(merged[: max(0, k)])
