"""Every cube in a store of its own: the whole contract on members in memory and on disk, and what only it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import pytest

from memos_graph.backends.apart import Apart
from memos_graph.backends.arcade import open_store
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.errors import AlreadyExists, Invalid, MemosGraphError, NotFound
from memos_graph.model.graph import Cube
from memos_graph.model.scope import Scope
from memos_graph.ports import Capabilities, Finding, GraphStore, Order
from memos_graph.testing import StoreContract, store_machine
from memos_graph.testing.bench import OTHER, Bench, all_nodes, ids, make_cube, vector
from memos_graph.testing.cubes import CubeTests
from memos_graph.testing.keeping import KeepingTests

NO_BACKUP = "each member is backed up where it is"


class Stores:
    """`Members` that are kept by name; `open` makes or opens one. Nobody else makes or drops them."""

    def __init__(self, open: Callable[[str], GraphStore], can: Capabilities, names: Iterable[str] = ()) -> None:
        self.can = can
        self._open, self._lock = open, Lock()
        self.open = {name: open(name) for name in names}

    def close(self) -> None:
        for store in self.open.values():
            store.close()

    def cubes(self) -> list[Cube]:
        return [cube for store in list(self.open.values()) for cube in store.cubes()]

    def find(self, cube: str) -> GraphStore:
        if cube not in self.open:
            raise NotFound("cube", cube, "create it first")
        return self.open[cube]

    def make(self, cube: str) -> GraphStore:
        with self._lock:
            if cube not in self.open:
                self.open[cube] = self._open(cube)
            return self.open[cube]

    def drop(self, cube: str) -> None:
        with self._lock:
            store = self.open.pop(cube)
        store.drop_cube(cube)
        store.close()

    def lost(self, cube: str, error: MemosGraphError) -> bool:
        return False

    def check(self) -> list[Finding]:
        return []


def in_memory(_path: Path | None = None) -> Apart:
    return Apart(Stores(lambda _name: InMemoryStore(), InMemoryStore.can))


def in_folders(path: Path) -> Apart:
    """The store whose members are the folders below `path`."""
    path.mkdir(parents=True, exist_ok=True)
    can = Capabilities(name="arcade apart", gaps={"backup": NO_BACKUP})
    return Apart(Stores(lambda name: open_store(path / name), can, [folder.name for folder in path.iterdir()]))


@pytest.mark.long
class TestApartInMemory(StoreContract):
    def make_store(self, path: Path) -> GraphStore:
        return in_memory()


TestApartInMemoryBesideTheOracle = pytest.mark.long(store_machine(in_memory, examples=12))


@pytest.mark.servers
class TestApartInFolders(CubeTests, KeepingTests):  # all of the contract takes six minutes: two stores for each test
    def make_store(self, path: Path) -> GraphStore:
        return in_folders(path)


TestApartInFoldersBesideTheOracle = pytest.mark.servers(store_machine(in_folders, examples=3, steps=15))


# --- what several members say, as one


@pytest.fixture
def store() -> Apart:
    return in_memory()


@pytest.fixture
def benches(store: Apart) -> list[Bench]:
    """Three cubes: two with five nodes that tie in every search, and between them one with none."""
    made = []
    for name in ("b", "empty", "a"):
        store.create_cube(make_cube(name))
        made.append(Bench(store, name))
    for bench in (made[0], made[2]):
        nodes = [bench.node(f"n{i}", text="valve", vectors={"main": vector(1, 0, 0, 0)}) for i in range(5)]
        bench.put(*nodes, *(bench.edge("n0", f"n{i}") for i in range(1, 5)))
    return made


ALL = Scope(cubes=("empty", "b", "a"))
EACH = [(cube, f"n{i}") for cube in ("a", "b") for i in range(5)]


def keys(found: Iterable[Any]) -> list[tuple[str, str]]:
    return [(one.cube, one.id) for one in found]


@pytest.mark.usefixtures("benches")
@pytest.mark.parametrize("k", [0, 1, 5, 6, 10, 11])
def test_the_best_of_all_members_are_found_with_ties_by_cube_and_id(store: Apart, k: int) -> None:
    assert keys(store.near(ALL, "main", vector(1, 0, 0, 0), k)) == EACH[:k]
    assert keys(store.text(ALL, "valve", k)) == EACH[:k]
    reached = [(there.node.cube, there.node.id) for there in store.around(ALL, ["n0"], limit=k)]
    assert reached == [key for key in EACH if key[1] != "n0"][:k]


@pytest.mark.usefixtures("benches")
def test_matches_are_sorted_cut_and_paged_across_members(store: Apart) -> None:
    by_id = [("a", "n0"), ("b", "n0"), ("a", "n1"), ("b", "n1"), ("a", "n2")]
    assert keys(store.match(ALL, order=Order(field="id"), limit=5)) == by_id
    assert keys(store.match(ALL, order=Order(field="id"), limit=2, offset=3)) == by_id[3:]
    assert keys(store.get(ALL, ["n3", "n0", "n3", "none"])) == [("a", "n3"), ("b", "n3"), ("a", "n0"), ("b", "n0")]
    for wrong in ({"limit": -1}, {"offset": -1, "limit": 5}):
        with pytest.raises(Invalid):
            store.match(ALL, **wrong)  # type: ignore[arg-type]


@pytest.mark.usefixtures("benches")
@pytest.mark.parametrize("page", [1, 2, 3, 4, 5, 7, 8, 10, 11])
def test_a_scan_over_members_gives_each_row_once_and_its_last_page_says_that_it_is_last(
    store: Apart, page: int
) -> None:
    pages, cursor = [], None
    while True:
        got = store.scan(ALL, cursor=cursor, limit=page)
        pages.append(keys(got.nodes))
        if (cursor := got.cursor) is None:
            break
    assert [key for part in pages for key in part] == EACH
    assert [len(part) for part in pages[:-1]] == [page] * (len(pages) - 1)
    assert len(pages) == -(-10 // page)
    edges = store.scan_edges(ALL, limit=8)
    assert (len(edges.edges), edges.cursor) == (8, None)


@pytest.mark.usefixtures("benches")
@pytest.mark.parametrize("cursor", ["", "x", "3", "[]", '["a"]', '["a", 1]', '["a", "n0", "n1"]', '[null, "a"]'])
def test_a_cursor_that_no_page_gave_is_invalid(store: Apart, cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor"):
        store.scan(ALL, cursor=cursor)


@pytest.mark.usefixtures("benches")
def test_a_scan_whose_later_cube_is_unknown_gives_no_first_page(store: Apart) -> None:
    with pytest.raises(NotFound, match="zzz"):
        store.scan(Scope(cubes=("a", "zzz")), limit=1)


def test_members_without_the_space_are_passed_over_and_without_any_it_is_invalid(
    store: Apart, benches: list[Bench]
) -> None:
    store.replace_cube(make_cube("b", spaces=(OTHER,), text_space="other"))
    assert keys(store.near(ALL, "main", vector(1, 0, 0, 0), 20)) == EACH[:5]
    with pytest.raises(Invalid, match="nowhere"):
        store.near(ALL, "nowhere", vector(1, 0, 0, 0), 5)


def test_counts_of_members_are_added_and_sorted_anew(store: Apart, benches: list[Bench]) -> None:
    benches[2].put(*(benches[2].node(f"e{i}", kind="Entity") for i in range(11)))
    assert store.count(ALL) == 21
    nodes, edges = store.shape(ALL)
    assert list(nodes.items()) == [("Entity", 11), ("Passage", 10)]
    assert edges == {"RELATED_TO": 8}


@pytest.mark.usefixtures("benches")
def test_surveys_come_in_the_scope_s_order_and_findings_name_their_cube(store: Apart) -> None:
    assert [one.cube for one in store.survey(ALL, "main", vector(1, 0, 0, 0), "valve")] == ["empty", "b", "a"]
    assert {finding.what.partition(":")[0] for finding in store.check()} == {"a", "b", "empty"}


# --- members that come and go


class Going(Stores):
    """Members that another process may drop or make at any moment: `taken` before a call, `seen` by an error."""

    def __init__(self) -> None:
        super().__init__(lambda _name: InMemoryStore(), InMemoryStore.can)
        self.before_create: list[Callable[[], None]] = []

    def make(self, cube: str) -> GraphStore:
        made = super().make(cube)
        if self.before_create:
            self.before_create.pop()()
        if cube not in self.open:  # dropped since
            raise NotFound("cube", cube)
        return made

    def lost(self, cube: str, error: MemosGraphError) -> bool:
        return isinstance(error, Invalid) and error.field == "gone"


def test_a_member_without_a_record_is_no_cube_and_its_creation_is_simply_done_again() -> None:
    members = Going()
    store = Apart(members)
    members.make("c")  # and then the process died
    bench = Bench(store, "c")
    assert store.cubes() == ()
    for verb in (
        lambda: store.count(bench.scope()), lambda: store.drop_cube("c"), lambda: store.scan(bench.scope()),
        lambda: bench.put(bench.node("n")), lambda: store.changes("c"),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            verb()
    store.create_cube(make_cube("c"))
    assert ids(store.cubes()) == ["c"]


def test_a_member_dropped_while_its_cube_is_made_is_made_again() -> None:
    members = Going()
    members.before_create = [lambda: members.open.clear() for _ in range(3)]
    store = Apart(members)
    store.create_cube(make_cube("c"))
    assert ids(store.cubes()) == ["c"]


def test_a_member_that_goes_under_our_hands_is_a_cube_not_found() -> None:
    class Gone(InMemoryStore):
        def __getattribute__(self, name: str) -> Any:
            if name == "count":
                raise Invalid("gone", "c", "the server has no such database")
            return super().__getattribute__(name)

    members = Going()
    store = Apart(members)
    store.create_cube(make_cube("c"))
    members.open["c"] = Gone()
    with pytest.raises(NotFound, match="cube 'c'"):
        store.count(Scope(cubes=("c",)))


def test_what_a_member_would_refuse_makes_none() -> None:
    members = Going()
    for wrong in ({"settings": {"x": float("nan")}}, {"created_at": make_cube("c").created_at.replace(tzinfo=None)}):
        with pytest.raises(Invalid):
            Apart(members).create_cube(replace(make_cube("c"), **wrong))
    assert members.open == {}


def test_of_many_that_create_one_cube_one_succeeds(store: Apart) -> None:
    def create(_: int) -> bool:
        try:
            store.create_cube(make_cube("same"))
        except AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(create, range(16))).count(True) == 1
    assert all_nodes(store, Scope(cubes=("same",)), page=5) == []
