"""MemOS's BaseGraphDB over a store of this engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memos_graph.adapters.graph_db import GraphDB
from memos_graph.adapters.items import item_of, node_of
from memos_graph.adapters.opening import open_graph_db
from memos_graph.adapters.tenants import cube_id
from memos_graph.app import open_store
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.errors import DimensionMismatch, EmbedderMismatch, Invalid, MissingEndpoint, NotFound
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.context import Context
from memos_graph.services.importers.fields import Row
from memos_graph.settings import Settings


class Clock:
    """Each look is a second later."""

    def __init__(self) -> None:
        self.time = datetime(2025, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@pytest.fixture(scope="session")
def arcade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
    store = open_store(str(tmp_path_factory.mktemp("adapters") / "kb.graph"), Settings())
    yield store
    store.close()


@pytest.fixture(params=["inmemory", pytest.param("arcade", marks=pytest.mark.long)])
def context(request: pytest.FixtureRequest) -> Iterator[Context]:
    store: GraphStore = InMemoryStore() if request.param == "inmemory" else request.getfixturevalue("arcade")
    yield Context(store=store, embedder=MiniLM(), clock=Clock())
    for cube in store.cubes():
        store.drop_cube(cube.id)


@pytest.fixture
def db(context: Context) -> GraphDB:
    return GraphDB(context, user_name="alice", model="memos-3", dimension=3)


def meta(vector: list[float] | None = None, **more: Any) -> dict[str, Any]:
    made = {"memory_type": "LongTermMemory", "status": "activated", "tags": ["pump"], **more}
    return made if vector is None else made | {"embedding": vector}


def test_a_node_comes_back_with_every_field_it_was_given(db: GraphDB) -> None:
    given = meta(
        [1.0, 0.0, 0.0], key="pump", type="fact", background="spring", sources=[{"type": "doc", "doc_path": "a.txt"}],
        confidence=80, usage=["u1"], source="system", mine={"a": [1]}, created_at="2025-01-01T00:00:00+00:00",
        updated_at="2025-01-02T00:00:00+00:00", visibility="private", entities=["Ines"],
    )  # fmt: skip
    db.add_node("n1", "Ines fixed the pump.", given)
    node = db.get_node("n1", include_embedding=True)
    assert node is not None
    assert (node["id"], node["memory"]) == ("n1", "Ines fixed the pump.")
    assert {name: node["metadata"][name] for name in given} == given
    assert "embedding" not in (db.get_node("n1") or {})["metadata"]
    assert db.get_node("absent") is None
    assert [one["id"] for one in db.get_nodes(["n1", "absent"])] == ["n1"]
    assert db.get_nodes([]) == []


def test_an_item_that_was_read_is_written_back_as_it_was(db: GraphDB, context: Context) -> None:
    db.add_node(
        "n1", "Ines fixed the pump.", meta(memory_type="SkillMemory", status="resolving", sources=["x", {"a": 1}])
    )
    (stored,) = context.store.get(everything("alice"), ["n1"])
    again, _ = node_of(Row(item_of(stored), "item"), "alice", context.clock())
    assert item_of(again) == item_of(stored)
    assert item_of(stored)["metadata"]["memory_type"] == "SkillMemory"
    assert item_of(stored)["metadata"]["status"] == "resolving"


def test_adding_a_node_twice_writes_nothing(db: GraphDB, context: Context) -> None:
    db.add_node("n1", "Ines fixed the pump.", meta([1.0, 0.0, 0.0]))
    before = context.store.changes("alice")
    db.add_node("n1", "Ines fixed the pump.", meta([1.0, 0.0, 0.0]))
    assert context.store.changes("alice") == before


def test_a_batch_is_written_whole_or_not_at_all(db: GraphDB, context: Context) -> None:
    db.add_nodes_batch([{"id": f"n{i}", "memory": f"part {i}", "metadata": meta()} for i in range(3)])
    assert len(context.store.changes("alice")) == 1
    assert db.get_memory_count("LongTermMemory") == 3
    bad: list[Any] = [
        [{"id": "x", "memory": "x", "metadata": meta()}, {"id": "y", "memory": "", "metadata": meta()}],
        [{"id": "x", "memory": "x", "metadata": meta()}, {"id": "x", "memory": "y", "metadata": meta()}],
        [{"id": "x", "memory": "x", "metadata": meta(status="odd")}],
        [{"id": "x", "memory": "x", "metadata": meta(), "extra": 1}],
    ]
    for nodes in bad:
        with pytest.raises(Invalid):
            db.add_nodes_batch(nodes)
    with pytest.raises(DimensionMismatch):
        db.add_nodes_batch([{"id": "x", "memory": "x", "metadata": meta([1.0, 0.0])}])
    assert db.get_node("x") is None


def test_what_cannot_be_used_makes_no_cube(db: GraphDB, context: Context) -> None:
    with pytest.raises(Invalid):
        db.add_node("n1", " ", meta())
    with pytest.raises(MissingEndpoint):
        db.add_edge("a", "b", "CAUSES")
    assert context.store.cubes() == ()
    assert (db.get_memory_count("LongTermMemory"), db.node_not_exist("LongTermMemory")) == (0, True)
    assert (db.get_node("a"), db.get_edges("a"), db.get_subgraph("a")["core_node"]) == (None, [], None)
    assert db.search_by_embedding([1.0, 0.0, 0.0]) == []
    assert db.export_graph()["total_nodes"] == 0


def test_an_update_keeps_what_it_does_not_name_and_what_was(db: GraphDB, context: Context) -> None:
    db.add_node("n1", "Ines fixed the pump.", meta([1.0, 0.0, 0.0], background="spring", key="pump"))
    before = context.clock()
    db.update_node("n1", {"memory": "Ruth fixed the pump.", "embedding": [0.0, 1.0, 0.0], "mine": 7})
    node = db.get_node("n1", include_embedding=True) or {}
    assert node["memory"] == "Ruth fixed the pump."
    told = node["metadata"]
    assert (told["background"], told["mine"], told["key"], told["embedding"]) == ("spring", 7, "pump", [0.0, 1.0, 0.0])
    assert db.get_memory_count("LongTermMemory") == 1
    past = context.store.get(_known_at(before), ["n1", "n1@1~"])
    assert [one.text for one in past] == ["Ines fixed the pump."]
    db.update_node("n1", {"status": "archived", "background": None, "memory_type": "WorkingMemory"})
    changed = (db.get_node("n1") or {})["metadata"]
    assert (changed["status"], changed["memory_type"], changed.get("background")) == ("archived", "WorkingMemory", None)
    assert (db.get_memory_count("WorkingMemory"), db.get_memory_count("LongTermMemory")) == (1, 0)
    with pytest.raises(NotFound, match="absent"):
        db.update_node("absent", {"status": "archived"})
    with pytest.raises(Invalid, match="an id stays"):
        db.update_node("n1", {"id": "n2"})


def _known_at(moment: datetime) -> Any:
    from dataclasses import replace

    return replace(everything("alice"), known_at=moment)


def test_a_deleted_node_is_gone_now_and_known_then_and_may_come_back(db: GraphDB, context: Context) -> None:
    db.add_node("n1", "Ines fixed the pump.", meta([1.0, 0.0, 0.0]))
    then = context.clock()
    db.delete_node("n1")
    db.delete_node("n1")
    db.delete_node("absent")
    assert db.get_node("n1") is None
    assert db.node_not_exist("LongTermMemory")
    assert [one.id for one in context.store.get(_known_at(then), ["n1"])] == ["n1"]
    db.add_node("n1", "Ines fixed the pump again.", meta([1.0, 0.0, 0.0]))
    assert (db.get_node("n1") or {})["memory"] == "Ines fixed the pump again."


@pytest.fixture
def pumps(db: GraphDB) -> GraphDB:
    vectors = {"a": [1.0, 0.0, 0.0], "b": [0.8, 0.6, 0.0], "c": [0.0, 1.0, 0.0], "d": [-1.0, 0.0, 0.0]}
    kinds = {"a": "LongTermMemory", "b": "WorkingMemory", "c": "LongTermMemory", "d": "LongTermMemory"}
    statuses = {"a": "activated", "b": "activated", "c": "archived", "d": "activated"}
    db.add_nodes_batch([
        {"id": i, "memory": f"part {i}",
         "metadata": meta(vectors[i], memory_type=kinds[i], status=statuses[i], shelf=ord(i) - 96, tags=["pump", i])}
        for i in vectors
    ])  # fmt: skip
    return db


def test_a_search_scores_as_neo4js_index_does(pumps: GraphDB) -> None:
    found = pumps.search_by_embedding([1.0, 0.0, 0.0], top_k=4)
    assert [one["id"] for one in found] == ["a", "b", "c", "d"]
    assert [one["score"] for one in found] == pytest.approx([1.0, 0.9, 0.5, 0.0], abs=1e-6)
    assert [one["id"] for one in pumps.search_by_embedding([1.0, 0.0, 0.0], top_k=4, threshold=0.6)] == ["a", "b"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"scope": "LongTermMemory"}, ["a", "c", "d"]),
        ({"status": "activated"}, ["a", "b", "d"]),
        ({"scope": "LongTermMemory", "status": "archived"}, ["c"]),
        ({"search_filter": {"shelf": 2}}, ["b"]),
        ({"search_filter": {"memory_type": "WorkingMemory", "shelf": 2}}, ["b"]),
        ({"filter": {"and": [{"tags": {"contains": "pump"}}, {"shelf": {"gte": 3}}]}}, ["c", "d"]),
        ({"filter": {"or": [{"id": "a"}, {"memory": {"like": "*D"}}]}}, ["a", "d"]),
        ({"filter": {"memory_type": {"in": ["WorkingMemory"]}}}, ["b"]),
        ({"filter": {"created_at": {"gt": "2030-01-01"}}}, []),
        ({"filter": {}}, ["a", "b", "c", "d"]),
        ({"top_k": 1, "scope": "LongTermMemory", "filter": {"info.shelf": {"gt": 1}}}, ["c"]),
    ],
)
def test_filters_narrow_a_search(pumps: GraphDB, options: dict[str, Any], ids: list[str]) -> None:
    assert [one["id"] for one in pumps.search_by_embedding([1.0, 0.0, 0.0], **options)] == ids


def test_a_search_returns_the_fields_it_is_asked_for(pumps: GraphDB) -> None:
    fields = ["memory", "status", "tags", "shelf", "absent", "embedding"]
    (one,) = pumps.search_by_embedding([1.0, 0.0, 0.0], top_k=1, return_fields=fields)
    assert one == {
        "id": "a", "score": pytest.approx(1.0), "memory": "part a", "status": "activated", "tags": ["pump", "a"],
        "shelf": 1, "absent": None, "embedding": [1.0, 0.0, 0.0],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"vector": [1.0, float("nan"), 0.0]}, "not finite"),
        ({"vector": [0.0, 0.0, 0.0]}, "all zero"),
        ({"vector": []}, "list of numbers"),
        ({"top_k": 0}, "top_k"),
        ({"status": "odd"}, "status"),
        ({"filter": {"shelf": {"near": 2}}}, "operator"),
        ({"filter": {"and": []}}, "at least one"),
        ({"filter": [1]}, "filter"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused(pumps: GraphDB, arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        pumps.search_by_embedding(**({"vector": [1.0, 0.0, 0.0]} | arguments))
    with pytest.raises(DimensionMismatch):
        pumps.search_by_embedding([1.0, 0.0])


def test_edges_are_told_as_they_were_given(pumps: GraphDB) -> None:
    pumps.add_edge("a", "b", "PARENT")
    pumps.add_edge("a", "b", "RELATE_TO")
    pumps.add_edge("a", "b", "RELATE_TO")
    pumps.add_edge("c", "a", "FOLLOWS")
    assert sorted(pumps.get_edges("a"), key=str) == [
        {"from": "a", "to": "b", "type": "PARENT"}, {"from": "a", "to": "b", "type": "RELATE_TO"},
        {"from": "c", "to": "a", "type": "FOLLOWS"},
    ]  # fmt: skip
    assert [one["type"] for one in pumps.get_edges("a", direction="INCOMING")] == ["FOLLOWS"]
    assert pumps.get_edges("a", type="PARENT", direction="OUT") == [{"from": "a", "to": "b", "type": "PARENT"}]
    assert pumps.get_edges("b", type="PARENT", direction="OUTGOING") == []
    assert pumps.get_edges("a", type="RELATED_TO") == []
    assert pumps.edge_exists("a", "b", "PARENT")
    assert not pumps.edge_exists("b", "a", "PARENT")
    assert pumps.edge_exists("b", "a", "PARENT", direction="INCOMING")
    assert pumps.edge_exists("b", "a", direction="ANY")
    assert not pumps.edge_exists("a", "d")
    with pytest.raises(Invalid, match="direction"):
        pumps.get_edges("a", direction="SIDEWAYS")
    with pytest.raises(MissingEndpoint, match="absent"):
        pumps.add_edge("a", "absent", "CAUSES")


def test_a_parent_is_one_to_the_rest_of_the_engine_too(pumps: GraphDB, context: Context) -> None:
    pumps.add_edge("a", "b", "PARENT")
    (edge,) = context.store.edges(everything("alice"), kinds=["PARENT"])
    assert (edge.from_id, edge.to_id) == ("b", "a")
    (child,) = pumps.get_children_with_embeddings("a")
    assert (child["id"], child["memory"]) == ("b", "part b")
    assert child["embedding"] == pytest.approx([0.8, 0.6, 0.0])
    assert pumps.get_children_with_embeddings("b") == []


def test_an_edge_that_was_deleted_can_be_added_again(pumps: GraphDB) -> None:
    pumps.add_edge("a", "b", "CAUSES")
    pumps.delete_edge("b", "a", "CAUSES")
    assert pumps.edge_exists("a", "b", "CAUSES")
    pumps.delete_edge("a", "b", "CAUSES")
    pumps.delete_edge("a", "b", "CAUSES")
    assert not pumps.edge_exists("a", "b")
    pumps.add_edge("a", "b", "CAUSES")
    assert pumps.edge_exists("a", "b", "CAUSES")


def test_a_subgraph_holds_what_lies_within_its_depth(pumps: GraphDB) -> None:
    for source, target in (("a", "b"), ("b", "c"), ("c", "d")):
        pumps.add_edge(source, target, "CAUSES")
    near = pumps.get_subgraph("a", depth=2)
    assert near["core_node"]["id"] == "a"
    assert [one["id"] for one in near["neighbors"]] == ["b", "c"]
    assert sorted((one["source"], one["target"]) for one in near["edges"]) == [("a", "b"), ("b", "c")]
    assert pumps.get_subgraph("c")["core_node"] is None
    assert pumps.get_subgraph("c", center_status=None)["core_node"]["id"] == "c"
    with pytest.raises(Invalid, match="depth"):
        pumps.get_subgraph("a", depth=9)


def test_an_exported_graph_can_be_imported_elsewhere(pumps: GraphDB, context: Context) -> None:
    pumps.add_edge("a", "b", "PARENT")
    pumps.add_edge("b", "c", "RELATE_TO")
    whole = pumps.export_graph(include_embedding=True)
    assert (whole["total_nodes"], whole["total_edges"]) == (4, 2)
    other = GraphDB(context, user_name="bob", model="memos-3", dimension=3)
    other.import_graph(whole)
    assert other.export_graph(include_embedding=True) == whole
    before = context.store.changes("bob")
    other.import_graph(whole)
    assert context.store.changes("bob") == before
    with pytest.raises(MissingEndpoint):
        other.import_graph({"nodes": [], "edges": [{"source": "a", "target": "zz", "type": "CAUSES"}]})
    with pytest.raises(Invalid, match="graph"):
        other.import_graph({"nodes": [7]})


def test_pages_of_an_export_make_the_whole(pumps: GraphDB) -> None:
    whole = pumps.export_graph()
    pages = [pumps.export_graph(page=page, page_size=3) for page in (1, 2, 3)]
    assert [len(page["nodes"]) for page in pages] == [3, 1, 0]
    assert [one for page in pages for one in page["nodes"]] == whole["nodes"]
    assert {page["total_nodes"] for page in pages} == {4}
    with pytest.raises(Invalid, match="page"):
        pumps.export_graph(page=0, page_size=3)
    with pytest.raises(Invalid, match="page"):
        pumps.export_graph(page=1)


def test_an_export_leaves_deleted_ones_out_unless_asked(pumps: GraphDB) -> None:
    pumps.update_node("d", {"status": "deleted"})
    assert {one["id"] for one in pumps.export_graph()["nodes"]} == {"a", "b", "c"}
    assert [one["id"] for one in pumps.export_graph(status=["deleted"])["nodes"]] == ["d"]
    assert [one["id"] for one in pumps.export_graph(memory_type=["WorkingMemory"])["nodes"]] == ["b"]
    assert [one["id"] for one in pumps.export_graph(filter={"shelf": 1})["nodes"]] == ["a"]


def test_users_of_a_shared_store_see_nothing_of_each_other(context: Context) -> None:
    db = GraphDB(context, user_name="alice", model="memos-3", dimension=3)
    db.add_node("n1", "of alice", meta([1.0, 0.0, 0.0]))
    db.add_node("n1", "of Bob Ünal", meta([1.0, 0.0, 0.0]), user_name="Bob Ünal/2")
    db.add_node("k", "of the handbook", meta([0.9, 0.1, 0.0]), user_name="handbook")
    assert (db.get_node("n1") or {})["memory"] == "of alice"
    assert (db.get_node("n1", user_name="Bob Ünal/2") or {})["memory"] == "of Bob Ünal"
    assert [one["id"] for one in db.search_by_embedding([1.0, 0.0, 0.0])] == ["n1"]
    both = db.search_by_embedding([1.0, 0.0, 0.0], knowledgebase_ids=["handbook"], return_fields=["memory"])
    assert [one["memory"] for one in both] == ["of alice", "of the handbook"]
    with pytest.raises(NotFound, match="absent"):
        db.search_by_embedding([1.0, 0.0, 0.0], knowledgebase_ids=["absent"])
    db.clear("Bob Ünal/2")
    assert db.get_node("n1", user_name="Bob Ünal/2") is None
    assert db.get_node("n1") is not None
    assert cube_id("alice") == "alice"
    assert cube_id("Bob Ünal/2").startswith("user-")
    with pytest.raises(Invalid, match="user_name"):
        GraphDB(context)


def test_without_a_model_named_texts_are_embedded_by_the_engines_own(context: Context) -> None:
    db = GraphDB(context, user_name="alice")
    db.add_node("n1", "Bees like thyme.", meta())
    query = context.embedder.embed(["what do bees like?"])[0]
    (found,) = db.search_by_embedding(query.tolist())
    assert found["id"] == "n1"
    db.update_node("n1", {"memory": "Wasps like plums."})
    stored = (db.get_node("n1", include_embedding=True) or {})["metadata"]["embedding"]
    assert np.allclose(stored, context.embedder.embed(["Wasps like plums."])[0], atol=1e-5)
    with pytest.raises(EmbedderMismatch):
        GraphDB(context, user_name="alice", model="other", dimension=3).add_node("n2", "x", meta())


def test_each_db_name_is_a_store_of_its_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with_name = open_graph_db(str(tmp_path), db_name=name, use_multi_db=True, settings=Settings())
        with_name.add_node("n1", f"of {name}", meta())
        assert with_name.get_memory_count("LongTermMemory", user_name="anyone") == 1
        with_name.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]
    with pytest.raises(Invalid, match="cube"):
        open_graph_db(str(tmp_path), db_name="../two", use_multi_db=True, settings=Settings())
    with pytest.raises(Invalid, match="user_name"):
        open_graph_db(str(tmp_path / "three"), settings=Settings())
    assert not (tmp_path / "three").exists()
