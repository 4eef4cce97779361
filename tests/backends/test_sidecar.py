"""The sidecar answers as the graph it is derived from would, whatever is written and however late it hears of it."""

from __future__ import annotations

import errno
import itertools
import logging
import shutil
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.backends.sidecar import Feed, IndexLate, Sidecar, Written, vectors
from memos_graph.backends.sidecar.cube import CubeIndex
from memos_graph.backends.sidecar.folders import folder_name
from memos_graph.backends.sidecar.vectors import unit
from memos_graph.backends.sidecar.words import steady
from memos_graph.model.delta import (
    Change,
    Delta,
    EraseEdge,
    EraseNode,
    Operation,
    PatchNode,
    PutEdge,
    PutNode,
    Receipt,
    RetireNode,
)
from memos_graph.model.errors import DiskFull
from memos_graph.model.filter import Filter, where
from memos_graph.model.graph import Cube, Edge, Node, Vector, VectorSpace, make_edge
from memos_graph.model.scope import Scope, everything
from memos_graph.model.survey import Lexicon, Survey
from memos_graph.ports import GraphStore, Scored
from memos_graph.testing import StoreContract, store_machine
from memos_graph.testing.bench import SPACE, Bench, day, ids, make_cube, vector


class StoreFeed:
    """A Feed over any store that keeps its Changes."""

    def __init__(self, store: GraphStore, *, gap: int = 3) -> None:
        self.store, self.gap = store, gap
        self.asked: list[str] = []

    def seq(self, cube: str) -> int:
        last = 0
        while changes := self.store.changes(cube, after=last):
            last = changes[-1].seq
        return last

    def lineage(self, cube: str) -> str:
        return f"{id(self.store)}"

    def spaces(self, cube: str) -> Sequence[VectorSpace]:
        return next(known.spaces for known in self.store.cubes() if known.id == cube)

    def written(self, cube: str, after: int) -> Written | None:
        self.asked.append("written")
        changes = self.store.changes(cube, after=after)
        if len(changes) > self.gap:
            return None
        nodes = {id for change in changes for id in change.ids("node")}
        edges = {id for change in changes for id in change.ids("edge")}
        return self.states(cube, changes[-1].seq, nodes, edges)

    def states(self, cube: str, seq: int, nodes: Collection[str], edges: Collection[str]) -> Written:
        put = self.store.get(everything(cube), nodes, vectors=True)
        kept = self.store.edges(everything(cube), ids=edges) if edges else ()
        return Written(
            seq=seq, put=put, edges=kept, erased_nodes=set(nodes) - {node.id for node in put},
            erased_edges=set(edges) - {edge.id for edge in kept},
        )  # fmt: skip

    def nodes(self, cube: str) -> Iterator[Node]:
        self.asked.append("nodes")
        cursor: str | None = None
        while True:
            page = self.store.scan(everything(cube), cursor=cursor, vectors=True)
            yield from page.nodes
            cursor = page.cursor
            if cursor is None:
                return

    def edges(self, cube: str) -> Iterator[Edge]:
        cursor: str | None = None
        while True:
            page = self.store.scan_edges(everything(cube), cursor=cursor)
            yield from page.edges
            cursor = page.cursor
            if cursor is None:
                return


class IndexedFeed(StoreFeed):
    """As a store keeps it: the last seq is a look-up."""

    def seq(self, cube: str) -> int:
        assert isinstance(self.store, Indexed)
        return self.store.seqs.get(cube, 0)


class Indexed(InMemoryStore):
    """The oracle's graph with the sidecar's answers."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.feed = IndexedFeed(self)
        self.seqs: dict[str, int] = {}
        self.sidecar = Sidecar(path / "index", self.feed)

    def close(self) -> None:
        self.sidecar.close()

    def replace_cube(self, cube: Cube) -> Cube:
        kept = super().replace_cube(cube)
        self.sidecar.keep_spaces(cube.id, kept.spaces)
        return kept

    def load(
        self, cube: str, *, nodes: Sequence[Node] = (), edges: Sequence[Edge] = (), changes: Sequence[Change] = ()
    ) -> None:
        super().load(cube, nodes=nodes, edges=edges, changes=changes)
        self.seqs[cube] = max((self.seqs.get(cube, 0), *(change.seq for change in changes)))
        self.sidecar.drop(cube)  # made anew when it is next asked

    def drop_cube(self, cube: str) -> None:
        super().drop_cube(cube)
        self.seqs.pop(cube, None)
        self.sidecar.drop(cube)

    def apply_to_graph(self, delta: Delta) -> Receipt:
        receipt = super().apply(delta)
        if receipt.wrote and not receipt.repeated:
            self.seqs[delta.cube] = receipt.seq
        return receipt

    def apply(self, delta: Delta) -> Receipt:
        receipt = self.apply_to_graph(delta)
        if receipt.wrote and not receipt.repeated:
            self.sidecar.apply(delta.cube, self._written(delta, receipt))
        return receipt

    def _written(self, delta: Delta, receipt: Receipt) -> Written:
        """As a store would tell it: patched and retired nodes without the vectors that stay."""
        states = self.feed.states(delta.cube, receipt.seq, receipt.nodes, receipt.edges)
        given = {op.id: op.set.get("vectors", {}) for op in delta.operations if isinstance(op, PatchNode)}
        given |= {op.id: {} for op in delta.operations if isinstance(op, RetireNode)}
        patched = [replace(node, vectors=given[node.id]) for node in states.put if node.id in given]
        return replace(states, put=[node for node in states.put if node.id not in given], patched=patched)

    def count(self, scope: Scope, *, filter: Filter | None = None) -> int:
        right = super().count(scope, filter=filter)
        assert self.sidecar.count(scope, filter=filter) == right
        return right

    def near(self, scope: Scope, space: str, vector: Vector, k: int, *,
             filter: Filter | None = None) -> tuple[Scored, ...]:  # fmt: skip
        super().near(scope, space, vector, k, filter=filter)  # refuses what the port says must be refused
        return self.sidecar.near(scope, space, vector, k, filter=filter)

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        super().text(scope, query, k, filter=filter)
        return self.sidecar.text(scope, query, k, filter=filter)

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        super().survey(scope, space, vector, words, filter=filter, k=k)
        return self.sidecar.survey(scope, space, vector, words, filter=filter, k=k)

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        super().lexicon(scope)
        return self.sidecar.lexicon(scope)


@pytest.mark.long
class TestSidecarKeepsTheContract(StoreContract):
    def make_store(self, path: Path) -> GraphStore:
        return Indexed(path)


TestSidecarBesideTheOracle = store_machine(Indexed, examples=5)


class Late(Indexed):
    """Tells the sidecar of one write in three: it has to find out about the others."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._count = itertools.count()

    def apply(self, delta: Delta) -> Receipt:
        return super().apply(delta) if next(self._count) % 3 == 0 else self.apply_to_graph(delta)


class Reopening(Indexed):
    """Closes its sidecar after every second write."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path, self._count = path, itertools.count()

    def apply(self, delta: Delta) -> Receipt:
        receipt = super().apply(delta)
        if next(self._count) % 2:
            self.sidecar.close()
            self.sidecar = Sidecar(self._path / "index", self.feed)
        return receipt


TestSidecarThatHearsLate = pytest.mark.long(store_machine(Late, examples=5))
TestSidecarThatIsReopened = pytest.mark.long(store_machine(Reopening, examples=5))


# --- single facts


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Indexed]:
    store = Indexed(tmp_path)
    store.create_cube(make_cube("c"))
    yield store
    store.close()


@pytest.fixture
def bench(store: Indexed) -> Bench:
    return Bench(store, "c")


SCOPE = Scope(cubes=("c",))
_numbers = itertools.count()


def write(store: GraphStore, *operations: Operation, cube: str = "c") -> Receipt:
    return store.apply(Delta(id=f"d{next(_numbers)}", cube=cube, at=day(1), operations=operations))


def node(id: str, text: str = "", x: float = 1.0, **fields: Any) -> Node:
    given = {"cube": "c", "kind": "Passage", "created_at": day(0), "updated_at": day(0), **fields}
    return Node(id=id, text=text or f"the valve {id}", vectors={"main": vector(x, 1, 0, 0)}, **given)


def link(source: str, target: str, cube: str = "c") -> PutEdge:
    return PutEdge(edge=make_edge(cube, "FOLLOWS", source, target, created_at=day(0)))


def fill(store: GraphStore, count: int = 20) -> None:
    write(store, *(PutNode(node=node(f"n{i:02}", x=i)) for i in range(count)))
    write(store, *(link(f"n{i:02}", f"n{i - 1:02}") for i in range(1, count)))


def agrees(store: Indexed, sidecar: Sidecar | None = None) -> bool:
    """Whether the sidecar answers as the graph does, and finds itself in order."""
    sidecar = sidecar or store.sidecar
    near = InMemoryStore.near(store, SCOPE, "main", vector(3, 1, 0, 0), 7)
    words = InMemoryStore.text(store, SCOPE, "valve", 100)
    return (
        ids(near) == ids(sidecar.near(SCOPE, "main", vector(3, 1, 0, 0), 7))
        and set(ids(words)) == set(ids(sidecar.text(SCOPE, "valve", 100)))
        and all(finding.ok for finding in sidecar.check("c"))
    )


def reopened(store: Indexed, tmp_path: Path) -> Sidecar:
    store.sidecar.close()
    store.feed.asked.clear()
    store.sidecar = Sidecar(tmp_path / "index", store.feed)
    return store.sidecar


def folder(tmp_path: Path, cube: str = "c") -> Path:
    return tmp_path / "index" / folder_name(cube)


def test_an_index_in_order_is_opened_without_reading_the_graph(store: Indexed, tmp_path: Path) -> None:
    fill(store)
    sidecar = reopened(store, tmp_path)
    assert ids(sidecar.near(SCOPE, "main", vector(0, 1, 0, 0), 1)) == ["n00"]
    assert len(sidecar.text(SCOPE, "valve", 50)) == 20
    assert store.feed.asked == []


def test_an_index_deleted_by_hand_is_built_again(store: Indexed, tmp_path: Path) -> None:
    fill(store)
    store.sidecar.close()
    shutil.rmtree(tmp_path / "index")
    reopened(store, tmp_path)
    assert agrees(store)
    assert "nodes" in store.feed.asked


def test_files_deleted_under_an_open_index_are_missed_at_the_next_open_at_the_latest(
    store: Indexed, tmp_path: Path
) -> None:
    fill(store)
    store.text(SCOPE, "valve", 1)
    for file in folder(tmp_path).rglob("*"):
        if file.is_file():
            file.unlink()
    write(store, PutNode(node=node("new", x=30)))
    reopened(store, tmp_path)
    assert agrees(store)


def _files(tmp_path: Path) -> dict[str, Path]:
    words = folder(tmp_path) / "words"
    found = {"rows.db": folder(tmp_path) / "rows.db", "v_main.f32": folder(tmp_path) / "v_main.f32"}
    for suffix in (".idx", ".term", ".fast", ".fieldnorm"):
        found[suffix] = next(words.glob(f"*{suffix}"))
    return found | {"meta.json": words / "meta.json", ".managed.json": words / ".managed.json"}


@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "garbage", "zeros"])
@pytest.mark.parametrize(
    "name", ["rows.db", "v_main.f32", ".idx", ".term", ".fast", ".fieldnorm", "meta.json", ".managed.json"]
)
def test_a_damaged_file_never_changes_an_answer(store: Indexed, tmp_path: Path, name: str, harm: str) -> None:
    fill(store, 300)
    store.text(SCOPE, "valve", 1)
    store.sidecar.close()
    file = _files(tmp_path)[name]
    data = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        half = len(data) // 2
        garbage = np.random.default_rng(7).bytes(len(data) - half // 2)
        harmed = {"empty": b"", "cut": data[:half], "zeros": bytes(len(data)), "garbage": data[: half // 2] + garbage}
        file.write_bytes(harmed[harm])
    reopened(store, tmp_path)
    assert agrees(store)


def test_a_full_disk_says_late_and_the_next_read_has_it_all(store: Indexed, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    whole = vectors._write_all

    def full(file: int, data: bytes, offset: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(vectors, "_write_all", full)
    with pytest.raises(IndexLate, match="No space"):
        write(store, PutNode(node=node("late", x=77)))
    with pytest.raises(DiskFull, match="free some room"):
        store.sidecar.near(SCOPE, "main", vector(77, 1, 0, 0), 1)
    monkeypatch.setattr(vectors, "_write_all", whole)
    assert ids(store.near(SCOPE, "main", vector(77, 1, 0, 0), 1)) == ["late"]
    assert agrees(store)


def test_an_index_of_an_earlier_cube_of_the_same_name_is_not_used(store: Indexed, tmp_path: Path) -> None:
    fill(store)
    store.sidecar.close()
    other = Indexed(tmp_path / "elsewhere")
    other.create_cube(make_cube("c"))
    write(other, PutNode(node=node("other")))
    write(other, PutNode(node=node("others")))
    late = Sidecar(tmp_path / "index", other.feed)
    assert ids(late.text(SCOPE, "valve", 10)) == ["other", "others"]
    late.close()
    other.close()


def test_an_index_that_knows_more_than_the_graph_is_built_again(store: Indexed, tmp_path: Path) -> None:
    fill(store)
    write(store, PutNode(node=node("lost", x=50)))
    store.sidecar.close()
    short = InMemoryStore()
    short.create_cube(make_cube("c"))
    fill(short)
    feed = StoreFeed(short)
    feed.lineage = store.feed.lineage  # type: ignore[method-assign]
    sidecar = Sidecar(tmp_path / "index", feed)
    assert "lost" not in ids(sidecar.text(SCOPE, "valve", 100))
    assert sidecar.check("c")[0].ok
    sidecar.close()


def test_the_bytes_of_what_was_erased_are_in_no_file(store: Indexed, tmp_path: Path) -> None:
    secret = vector(0.125, -0.75, 0.5, 0.25)
    write(store, PutNode(node=replace(node("secret", "the codeword is xylophonic"), vectors={"main": secret})))
    fill(store)
    store.text(SCOPE, "xylophonic", 1)
    stored = unit(secret).tobytes()

    def everywhere() -> bytes:
        return b"".join(file.read_bytes() for file in folder(tmp_path).rglob("*") if file.is_file())

    assert b"xylophon" in everywhere()
    assert stored in everywhere()
    write(store, EraseNode(id="secret"))
    assert b"xylophon" not in everywhere()
    assert stored not in everywhere()
    store.text(SCOPE, "valve", 1)
    assert b"xylophon" not in everywhere()
    assert agrees(store)


def test_erased_nodes_and_edges_leave_holes_that_a_reopened_index_keeps(store: Indexed, tmp_path: Path) -> None:
    fill(store)
    edge = make_edge("c", "FOLLOWS", "n19", "n18", created_at=day(0))
    write(store, EraseNode(id="n03"), EraseNode(id="n00"), EraseEdge(id=edge.id))
    assert agrees(store)
    reopened(store, tmp_path)
    assert agrees(store)
    (laid,) = store.sidecar.survey(SCOPE, "main", None, "")
    assert len(set(laid.ids)) == len(laid.ids) == 20
    assert {laid.ids[row] for row in np.flatnonzero(laid.allowed).tolist()} == {f"n{i:02}" for i in range(20)} - {
        "n00",
        "n03",
    }


def test_check_names_what_differs_and_mends_it(store: Indexed) -> None:
    fill(store)
    store.sidecar.check("c")
    state = store._states["c"]
    store._states["c"] = replace(state, nodes={**state.nodes, "n05": replace(state.nodes["n05"], confidence=3.0)})
    (found,) = store.sidecar.check("c")
    assert not found.ok
    assert "n05" in found.detail
    (mended,) = store.sidecar.check("c", mend=True)
    assert mended.ok
    assert mended.mended
    assert store.sidecar.check("c")[0].ok
    assert store.count(SCOPE) == 20


def test_equal_vectors_come_in_order_of_id_wherever_they_lie(store: Indexed) -> None:
    numbers = np.random.default_rng(3).permutation(500)
    write(store, *(PutNode(node=node(f"n{i:03}", x=1 / 3)) for i in numbers))
    assert ids(store.near(SCOPE, "main", vector(0.1, 0.2, 0.3, 0.4), 100)) == [f"n{i:03}" for i in range(100)]


def test_text_search_looks_on_until_k_are_in_scope(store: Indexed) -> None:
    write(store, *(PutNode(node=node(f"a{i:03}", "valve valve", status="archived")) for i in range(400)))
    write(store, *(PutNode(node=node(f"z{i:03}", "a valve in a long text of other words")) for i in range(100)))
    assert len(store.text(SCOPE, "valve", 90)) == 90
    assert len(store.text(SCOPE, "valve", 10, filter=where("id", "like", "z09*"))) == 10


def _arrays(laid: Survey) -> tuple[np.ndarray[Any, Any], ...]:
    return laid.allowed, laid.kind, laid.length, laid.dense


def test_a_score_stays_above_zero_in_order_and_without_its_last_bits() -> None:
    scores = np.array([12.5, 12.500001, 3e-7, 1e-38, 0.0], np.float32)
    kept = steady(scores)
    assert (kept > 0).all()
    assert kept[0] == kept[1]
    assert (np.diff(kept) <= 0).all()
    assert kept[:3] == pytest.approx(scores[:3], rel=1e-4)


def test_a_survey_stays_as_it_was_while_the_cube_changes(store: Indexed) -> None:
    fill(store)
    (laid,) = store.survey(SCOPE, "main", vector(1, 1, 0, 0), "valve")
    before: tuple[Any, ...] = (list(laid.ids), *(laid_out.copy() for laid_out in _arrays(laid)))
    write(store, *(PatchNode(id=f"n{i:02}", expects=1, set={"status": "archived"}) for i in range(20)))
    write(store, PutNode(node=node("n01", "quite another text", kind="Message"), replaces=2), EraseNode(id="n02"))
    after: tuple[Any, ...] = (list(laid.ids), *_arrays(laid))
    assert before[0] == after[0]
    assert all(np.array_equal(old, new) for old, new in zip(before[1:], after[1:], strict=True))
    with pytest.raises(ValueError, match="read-only"):
        laid.kind[0] = 9


def test_a_current_time_that_moves_on_finds_the_masks_of_before(store: Indexed) -> None:
    fill(store)
    write(store, PutNode(node=node("ends", valid_to=day(5))))
    surveys = [
        store.survey(Scope(cubes=("c",), current_at=day(at)), "main", None, "")[0] for at in (3.0, 4.9, 5.0, 6.0)
    ]
    assert surveys[0].allowed is surveys[1].allowed
    assert surveys[2].allowed is surveys[3].allowed
    assert [int(laid.allowed.sum()) for laid in surveys] == [21, 21, 20, 20]


def test_cubes_whose_names_differ_in_case_alone_have_folders_of_their_own() -> None:
    names = ["Cube", "cube", "CON", "con", "a.b", "a@b", "a_b", "x" * 128, "X" * 128, "nul", "a=2eb".replace("=", "-")]
    folders = [folder_name(name).lower() for name in names]
    assert len(set(folders)) == len(names)
    assert all(len(name) < 256 and not name.endswith(".") for name in folders)


def test_dropping_a_cube_removes_its_folder_and_no_other(store: Indexed, tmp_path: Path) -> None:
    store.create_cube(make_cube("d"))
    fill(store)
    write(store, PutNode(node=replace(node("x"), cube="d")), cube="d")
    store.drop_cube("d")
    assert not folder(tmp_path, "d").exists()
    assert agrees(store)


def test_a_space_dropped_while_nobody_looked_is_gone_at_the_next_open(store: Indexed, tmp_path: Path) -> None:
    fill(store)
    store.sidecar.close()
    InMemoryStore.replace_cube(store, make_cube("c", spaces=(), text_space=""))
    InMemoryStore.replace_cube(store, make_cube("c", spaces=(replace(SPACE, model="new-4"),), text_space="main"))
    sidecar = reopened(store, tmp_path)
    assert sidecar.near(SCOPE, "main", vector(1, 0, 0, 0), 5) == ()
    assert len(sidecar.text(SCOPE, "valve", 50)) == 20


def test_reads_beside_a_writer_see_whole_writes_alone(store: Indexed) -> None:
    stop, wrong = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            (laid,) = store.sidecar.survey(SCOPE, "main", vector(1, 1, 0, 0), "valve")
            found = store.sidecar.text(SCOPE, "valve", 1000)
            if int(laid.allowed.sum()) % 10 or len(found) % 10 or len(laid.ids) % 10:
                wrong.append((int(laid.allowed.sum()), len(found), len(laid.ids)))

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for piece in range(15):
        write(store, *(PutNode(node=node(f"p{piece:02}-{i}", x=piece)) for i in range(10)))
        write(store, *(PatchNode(id=f"p{piece:02}-{i}", expects=1, set={"usage": ("q",)}) for i in range(10)))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert agrees(store)


def test_a_rebuild_cut_short_is_begun_again(store: Indexed, tmp_path: Path) -> None:
    fill(store)
    store.sidecar.close()
    store.sidecar.drop("c")
    index = CubeIndex(folder(tmp_path), "c", store.feed.lineage("c"))

    def pieces() -> Iterator[Written]:
        yield Written(seq=2, put=[node("n00"), node("n01")])
        raise OSError("pulled out")

    with pytest.raises(OSError, match="pulled"):
        index.fill(pieces(), 2)
    index.close(keep=False)
    reopened(store, tmp_path)
    assert agrees(store)


def test_words_that_a_kill_kept_from_being_committed_are_found(
    store: Indexed, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(store)
    store.text(SCOPE, "valve", 1)
    write(store, PutNode(node=node("n03", "the gasket was replaced", x=3), replaces=1))
    write(store, PutNode(node=node("late", "a gasket")))
    entry = store.sidecar._entries["c"]
    assert entry.index is not None
    entry.index.close(keep=False)  # as a kill leaves it: rows are there, words are not
    entry.index = None
    with caplog.at_level(logging.WARNING):
        assert ids(store.text(SCOPE, "gasket", 5)) == ["late", "n03"]
    assert "n03" not in ids(store.text(SCOPE, "valve", 50))
    assert caplog.records == []
    assert "nodes" not in store.feed.asked


def test_an_index_with_more_holes_than_rows_is_built_anew_when_opened(store: Indexed, tmp_path: Path) -> None:
    count = 3000
    write(store, *(PutNode(node=node(f"n{i:04}", x=i)) for i in range(count)))
    write(store, *(EraseNode(id=f"n{i:04}") for i in range(count - 5)))
    reopened(store, tmp_path)
    (laid,) = store.sidecar.survey(SCOPE, "main", None, "")
    assert len(laid.ids) == 5
    assert agrees(store)


def _is_feed(feed: Feed) -> Feed:
    return feed


def test_the_feed_of_these_tests_is_a_feed(store: Indexed) -> None:
    assert _is_feed(store.feed).seq("c") == 0
