"""Stop the cluster at every statement of a write, and see that the write is there whole or not at all after recovery.

On our own graphd: it shows that the order of statements keeps the promise if each is all or none, as NebulaGraph says
of a statement on one row; writes of many rows are repeated whole.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.backends.nebula import NebulaStore, graph, open_store, rows
from memos_graph.backends.nebula.sessions import Patience
from memos_graph.model.delta import EraseNode, PatchEdge, PatchNode, PutEdge, PutNode, RetireNode
from memos_graph.model.errors import AlreadyExists, NotFound, Unavailable
from memos_graph.ports import LOADING, GraphStore
from memos_graph.testing.bench import Bench, contents, day, make_cube, vector
from tests.backends.nebula_stub.cluster import Cluster, Space
from tests.backends.nebula_stub.server import Graphd

pytestmark = pytest.mark.servers

PATIENCE = Patience(answer=10, recovery=0.1, heartbeat=0, schema=2)
LONG = "harbour " * 300  # more than a row is let hold here: it lies in Pieces


@pytest.fixture(autouse=True)
def _small_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "LONGEST", 2000)
    monkeypatch.setattr(rows, "PIECE", 900)
    monkeypatch.setattr(graph, "INLINE", 12_000)  # some journals lie in Pieces, some do not


def lived(store: GraphStore) -> None:
    """A history in cube c, and a cube `empty` that is being loaded."""
    store.create_cube(make_cube("c"))
    store.create_cube(make_cube("loading", settings={LOADING: True}))
    bench = Bench(store, "c")
    bench.put(*(bench.node(name, text=f"valve {name}", vectors={"main": vector(1, i, 0, 0), "other": vector(i, 1)})
                for i, name in enumerate("abcd")))  # fmt: skip
    bench.put(bench.edge("a", "b"), bench.edge("b", "c", "PARENT"), bench.edge("c", "a"), bench.node("long", text=LONG))
    bench.apply(PatchNode(id="a", expects=1, set={"info": {"secret": "b was here"}}))


def apply_much(store: GraphStore) -> None:
    bench = Bench(store, "c", itertools.count(100))
    bench.apply(
        PutNode(node=bench.node("a", text="new valve", vectors={"main": vector(0, 0, 1, 0)}), replaces=2),
        PutNode(node=bench.node("e", kind="Entity", key="ann")),
        PatchNode(id="d", expects=1, set={"vectors": {"main": vector(0, 1, 0, 0)}, "tags": ("t",)}),
        RetireNode(id="c"),
        EraseNode(id="b"),
        PutEdge(edge=bench.edge("a", "e", "MENTIONS")),
        PatchEdge(id=bench.edge("c", "a").id, expects=2, set={"weight": 0.5}),
        at=day(12),
    )


def apply_long(store: GraphStore) -> None:
    bench = Bench(store, "c", itertools.count(200))
    bench.apply(
        PutNode(node=bench.node("long", text="short"), replaces=1),
        PutNode(node=bench.node("longer", text=LONG + LONG)),
        PutEdge(edge=bench.edge("longer", "long", "MY_OWN_KIND", evidence=LONG)),
    )  # fmt: skip


def load(store: GraphStore) -> None:
    held = contents(oracle_after(), "c")
    bench = Bench(store, "loading")
    nodes = [bench.node(node.id, text=node.text, vectors={"main": vector(1, 2, 3, 4)}) for node in held.nodes]
    store.load("loading", nodes=nodes, edges=[bench.edge("a", "b"), bench.edge("long", "c", "CAUSES")])


def forget_a_space(store: GraphStore) -> None:
    cube = make_cube("c")
    store.replace_cube(make_cube("c", spaces=cube.spaces[:1]))
    store.replace_cube(cube)  # what was forgotten must not come back


def drop(store: GraphStore) -> None:
    with suppress(NotFound):
        store.drop_cube("c")


def create(store: GraphStore) -> None:
    with suppress(AlreadyExists):
        store.create_cube(make_cube("made"))


ACTIONS: dict[str, Callable[[GraphStore], None]] = {
    "apply": apply_much, "pieces": apply_long, "load": load, "forget": forget_a_space, "drop": drop, "create": create,
}  # fmt: skip


def oracle_after(*actions: str) -> InMemoryStore:
    """The oracle after the history and these actions."""
    store = InMemoryStore()
    lived(store)
    for action in actions:
        ACTIONS[action](store)
    return store


@cache
def lived_cluster() -> dict[str, Space]:
    """What a cluster holds after the history; not to be changed."""
    graphd = Graphd(Cluster())
    store = open_at(graphd, Path("/nonexistent"), index=False)
    lived(store)
    store.close()
    graphd.stop()
    return graphd.cluster.spaces


def open_at(graphd: Graphd, folder: Path, *, index: bool = True) -> NebulaStore:
    if not index:
        import tempfile

        folder = Path(tempfile.mkdtemp(prefix="memos-graph-"))
    url = f"nebula://root@127.0.0.1:{graphd.port}/memos"
    return open_store(url, password="nebula", folder=folder, patience=PATIENCE)


def state(store: GraphStore, *, searches: bool = True) -> Any:
    """All that can be read, and what searches find."""
    told: dict[str, Any] = {cube.id: contents(store, cube.id) for cube in store.cubes()}
    if "c" in told and searches:
        bench = Bench(store, "c")
        told["words"] = sorted(bench.found("valve harbour short", k=100))
        told["vectors"] = sorted(bench.nearest(0, 1, 1, 0, k=100))
    return told


@pytest.mark.parametrize(("cut", "again"), [("cut before", "same process"), ("cut after", "next process")])
@pytest.mark.parametrize("action", list(ACTIONS))
def test_a_write_cut_at_any_statement_is_whole_or_not_there(action: str, cut: str, again: str, tmp_path: Path) -> None:
    middle = [state(oracle_after(), searches=False), state(oracle_after(action), searches=False)]
    after = state(oracle_after(action))
    if action == "forget":  # two writes
        oracle = oracle_after()
        oracle.replace_cube(make_cube("c", spaces=make_cube("c").spaces[:1]))
        middle.append(state(oracle, searches=False))
    for stop in itertools.count(1):
        cluster = Cluster()
        cluster.spaces, cluster.number = copy.deepcopy(lived_cluster()), 10**6
        graphd = Graphd(cluster)
        store = open_at(graphd, tmp_path / f"index-{stop}")
        last = len(graphd.statements) + stop
        graphd.fault = _stopping(last, cut)
        done = True
        try:
            ACTIONS[action](store)
        except Unavailable:
            done = False
        graphd.fault = lambda number, text: None
        if again == "next process":
            store.close()
            store = open_at(graphd, tmp_path / f"index-{stop}")
        found = state(store, searches=False)
        assert found in (middle[1:2] if done else middle), (stop, graphd.statements[last - 1][:200])
        ACTIONS[action](store)
        assert state(store) == after, (stop, graphd.statements[last - 1][:200])
        if done:
            assert [finding for finding in store.check() if not finding.ok] == []
        store.close()
        graphd.stop()
        if done:
            break
    assert stop > 2


def _stopping(last: int, cut: str) -> Callable[[int, str], str]:
    """Statement number `last` is cut so, and all later ones are not run."""
    return lambda number, text: "" if number < last else (cut if number == last else "cut before")


@pytest.mark.parametrize("action", ["apply", "pieces"])
def test_nothing_of_a_write_is_left_beside_its_rows(action: str, tmp_path: Path) -> None:
    graphd = Graphd(Cluster())
    graphd.cluster.spaces, graphd.cluster.number = copy.deepcopy(lived_cluster()), 10**6
    store = open_at(graphd, tmp_path / "index")
    ACTIONS[action](store)
    space = graphd.cluster.spaces["memos"]
    assert all(row["Cube"]["body"] == row["Cube"]["journal"] == "" for row in space.vertices.values() if "Cube" in row)
    held = sum(row["Memory"]["pieces"] for row in space.vertices.values() if "Memory" in row)
    held += sum(row["pieces"] for row in space.edges.values())
    held += sum(row["Change"]["pieces"] for row in space.vertices.values() if "Change" in row)
    assert sum("Piece" in row for row in space.vertices.values()) == held
    if action == "apply":
        assert "valve b" not in repr(space.vertices)
    store.drop_cube("c")
    store.drop_cube("loading")
    assert not space.edges
    assert [tags for tags in space.vertices.values() if "Store" not in tags] == []
    store.close()
    graphd.stop()
