"""What other tools have written, taken in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.app import Graph
from memos_graph.memories.tree import TreeTextMemory
from memos_graph.model.errors import EmbedderMismatch, Invalid, MemosGraphError, NotFound
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.services.importers.detect import detect
from memos_graph.services.importers.foreign import Imported, import_foreign
from memos_graph.services.importers.gathering import relation

TREE: dict[str, Any] = {
    "nodes": [
        {
            "id": "6f1c", "memory": "Ines calibrated the north pump.",
            "metadata": {
                "memory_type": "LongTermMemory", "status": "resolving", "type": "event", "key": "calibration",
                "confidence": 92.5, "tags": ["pump"], "usage": ["2025-01-02 chat"], "background": "spring service",
                "entities": ["North Pump"], "memory_time": "2025-03-04", "visibility": "private", "source": "system",
                "sources": ['{"type": "chat", "role": "user", "content": "done", "message_id": "m7"}', "log.txt"],
                "embedding": [0.5, 0.5, 0.0], "created_at": "2025-03-04T10:00:00.123456789+00:00",
                "updated_at": "2025-03-05T10:00:00", "user_name": "ines", "info": {"shelf": 4}, "delete_time": "",
            },
        },
        {"id": "77aa", "memory": "The pump was cleaned.", "metadata": {"memory_type": "SkillMemory", "tags": None}},
    ],
    "edges": [
        {"source": "6f1c", "target": "77aa", "type": "PARENT"},
        {"source": "6f1c", "target": "77aa", "type": "RELATE_TO"},
        {"source": "6f1c", "target": "77aa", "type": "RELATE_TO"},
    ],
}  # fmt: skip


def saved(folder: Path, value: Any, name: str = "file.json") -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def taken(graph: Graph, folder: Path, value: Any, **options: Any) -> Imported:
    return import_foreign(graph.context, saved(folder, value), cube="kb", **options)


def all_of(graph: Graph) -> dict[str, Node]:
    return {node.id: node for node in graph.context.store.get(everything("kb"), _ids(graph), vectors=True)}


def _ids(graph: Graph) -> list[str]:
    return [node.id for node in graph.context.store.scan(everything("kb")).nodes]


def kinds_between(graph: Graph) -> set[tuple[str, str, str]]:
    return {(edge.from_id, edge.kind, edge.to_id) for edge in graph.context.store.edges(everything("kb"))}


def test_a_memos_tree_keeps_every_field_it_had(graph: Graph, tmp_path: Path) -> None:
    done = taken(graph, tmp_path, TREE)
    assert (done.format, done.nodes, done.edges) == ("memos", 3, 3)  # two memories and the entity they name
    node = graph.cube("kb").get("6f1c")
    assert (node.kind, node.key, node.confidence, node.tags) == ("LongTermMemory", "calibration", 92.5, ("pump",))
    assert node.valid_from == datetime(2025, 3, 4, tzinfo=UTC)
    assert node.created_at == datetime(2025, 3, 4, 10, 0, 0, 123456, tzinfo=UTC)
    assert [(s.uri, s.message) for s in node.sources] == [("chat", "m7"), ("log.txt", None)]
    told = dict(node.info)
    details = told.pop("source_details")
    assert details == [{"type": "chat", "role": "user", "content": "done", "message_id": "m7"}, "log.txt"]
    assert told == {
        "memos_status": "resolving", "type": "event", "background": "spring service", "entities": ["North Pump"],
        "memory_time": "2025-03-04", "visibility": "private", "memos_source": "system", "user_name": "ines", "shelf": 4,
    }  # fmt: skip
    assert TreeTextMemory(graph.context, "kb").get("6f1c").metadata.background == "spring service"
    assert graph.cube("kb").get("77aa").kind == "Skill"


def test_a_memos_parent_edge_points_from_child_to_parent_here(graph: Graph, tmp_path: Path) -> None:
    done = taken(graph, tmp_path, TREE)
    assert ("77aa", "PARENT", "6f1c") in kinds_between(graph)
    assert ("6f1c", "RELATED_TO", "77aa") in kinds_between(graph)
    assert "1 edges that the file says twice, taken once" in done.notes


def test_general_text_memories_are_taken_from_items_and_from_rows_of_a_vector_store(
    graph: Graph, tmp_path: Path
) -> None:
    items: list[dict[str, Any]] = [
        {"id": "a", "memory": "Ruth likes tea.", "metadata": {"type": "opinion", "memory_time": "spring"}},
        {"id": "b", "vector": [1.0, 0.0], "payload": {"id": "b", "memory": "Ruth lives in Bergen.", "metadata": {}}},
    ]
    done = taken(graph, tmp_path, items)
    assert (done.format, done.nodes) == ("memos", 2)
    assert graph.cube("kb").get("a").info["memory_time"] == "spring"
    assert graph.cube("kb").get("b").text == "Ruth lives in Bergen."


MEM0: dict[str, Any] = {
    "results": [
        {
            "id": "m-1", "memory": "Dev works at Northwind as an engineer", "hash": "5f", "user_id": "dev",
            "agent_id": None, "metadata": {"type": "professional", "user_id": "other"}, "categories": ["work"],
            "created_at": "2024-07-20T01:30:36.275141-07:00", "updated_at": None, "score": 0.41,
            "expiration_date": "2026-01-01",
        },
    ],
    "relations": [
        {"source": "dev", "relationship": "works_at", "target": "north_wind"},
        {"source": "dev", "relation": "喜欢", "destination": "tea"},
        {"source": "dev", "relationship": "与", "target": "tea"},
    ],
}  # fmt: skip


def test_mem0_memories_and_relations_become_memories_and_entities(graph: Graph, tmp_path: Path) -> None:
    done = taken(graph, tmp_path, MEM0)
    assert (done.format, done.nodes, done.edges) == ("mem0", 4, 3)
    node = graph.cube("kb").get("m-1")
    assert node.created_at == datetime(2024, 7, 20, 8, 30, 36, 275141, tzinfo=UTC)
    assert node.valid_to == datetime(2026, 1, 1, tzinfo=UTC)
    assert node.tags == ("work",)
    assert dict(node.info) == {"hash": "5f", "user_id": "dev", "type": "professional", "metadata": {"user_id": "other"}}
    named = {node.key: node.id for node in all_of(graph).values() if node.kind == "Entity"}
    assert (named["dev"], "WORKS_AT", named["north wind"]) in kinds_between(graph)
    related = [e for e in graph.cube("kb").edges(named["tea"]) if e.kind == "RELATED_TO"]
    assert {edge.discriminator for edge in related} == {"喜欢", "与"}


def test_langchain_documents_lie_under_their_source_in_order(graph: Graph, tmp_path: Path) -> None:
    dumped = {
        "lc": 1, "type": "constructor", "id": ["langchain", "schema", "document", "Document"],
        "kwargs": {
            "page_content": "Second part.", "type": "Document",
            "metadata": {"source": "docs/manual.pdf", "page": 0, "start_index": 20, "tags": ["x"]},
        },
    }  # fmt: skip
    plain = {"page_content": "First part.", "metadata": {"source": "docs/manual.pdf", "page": 0, "start_index": 0}}
    lines = "\n".join(json.dumps(one) for one in (dumped, plain))
    done = taken(graph, tmp_path, lines)
    assert (done.format, done.nodes, done.edges) == ("langchain", 3, 3)
    nodes = all_of(graph)
    by_text = {node.text: node for node in nodes.values()}
    first, second, document = by_text["First part."], by_text["Second part."], by_text["manual.pdf"]
    assert (second.id, "FOLLOWS", first.id) in kinds_between(graph)
    assert (first.id, "PARENT", document.id) in kinds_between(graph)
    assert (second.sources[0].page, second.sources[0].start, second.sources[0].end) == (1, 20, 32)
    assert second.tags == ("x",)
    assert "tags" not in second.info


def chunk(identity: str, text: str, relationships: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id_": identity, "embedding": None, "metadata": {"file_name": "guide.md", "page_label": "3"}, "text": text,
        "relationships": relationships, "excluded_llm_metadata_keys": [], "start_char_idx": 0, "class_name": "TextNode",
    }  # fmt: skip


def related(identity: str, type_: str = "1") -> dict[str, Any]:
    return {"node_id": identity, "node_type": type_, "metadata": {}, "hash": "h", "class_name": "RelatedNodeInfo"}


def test_a_llamaindex_docstore_keeps_its_relationships(graph: Graph, tmp_path: Path) -> None:
    one = chunk("n1", "The valve is open.", {"1": related("doc-9", "4"), "3": related("n2"), "5": [related("n3")]})
    two = chunk("n2", "Then it closes.", {"1": related("doc-9", "4"), "2": related("n1"), "3": related("gone")})
    three = chunk("n3", "open", {"1": related("doc-9", "4"), "4": related("n1")})
    store = {
        "docstore/data": {
            "n1": {"__data__": one, "__type__": "1"}, "n2": {"__data__": json.dumps(two), "__type__": "1"},
            "n3": {"__data__": three, "__type__": "1"},
        },
        "docstore/ref_doc_info": {"doc-9": {"node_ids": ["n1"], "metadata": {}}},
    }  # fmt: skip
    done = taken(graph, tmp_path, store)
    assert (done.format, done.nodes) == ("llamaindex", 4)
    assert kinds_between(graph) >= {
        ("n1", "PARENT", "doc-9"), ("n2", "PARENT", "doc-9"), ("n2", "FOLLOWS", "n1"), ("n3", "PARENT", "n1"),
        ("n3", "PART_OF", "doc-9"),
    }  # fmt: skip
    assert any("relationships to nodes that the file does not hold" in note for note in done.notes)
    node = graph.cube("kb").get("n1")
    assert (node.kind, node.sources[0].uri, node.sources[0].page) == ("Passage", "guide.md", 3)


def test_a_llamaindex_document_without_chunks_can_be_found_by_its_text(graph: Graph, tmp_path: Path) -> None:
    document = {"id_": "d", "text_resource": {"text": "Bees like thyme."}, "metadata": {}, "class_name": "Document"}
    taken(graph, tmp_path, [document])
    assert graph.cube("kb").search("what do bees like?", top_k=1)[0].node.id == "d"


NODES = """\ufeffid,Text,kind,tags,confidence,valid_from,shelf:int,note\r
a,"Ines said ""yes"",\r
then left",LongTermMemory,x; y,80,2025-03-04,4,007\r
b,Ruth agreed,,,,,,\r
"""
EDGES = "from,to,kind,weight,evidence,page\na,b,CAUSES,0.5,she said so,7\n"


def csv_files(folder: Path, nodes: str = NODES, edges: str = EDGES) -> tuple[Path, Path]:
    return saved(folder, nodes, "nodes.csv"), saved(folder, edges, "edges.csv")


def test_csv_files_become_nodes_and_edges(graph: Graph, tmp_path: Path) -> None:
    nodes, edges = csv_files(tmp_path)
    done = import_foreign(graph.context, nodes, cube="kb", edges_path=edges)
    assert (done.format, done.nodes, done.edges) == ("csv", 2, 1)
    node = graph.cube("kb").get("a")
    assert node.text == 'Ines said "yes",\r\nthen left'
    assert (node.tags, node.confidence, dict(node.info)) == (("x", "y"), 80.0, {"shelf": 4, "note": "007"})
    edge = graph.cube("kb").edges("a", kinds=["CAUSES"])[0]
    assert (edge.to_id, edge.weight, edge.evidence, dict(edge.info)) == ("b", 0.5, "she said so", {"page": "7"})


def test_edges_alone_join_nodes_that_the_cube_has(graph: Graph, tmp_path: Path) -> None:
    nodes, edges = csv_files(tmp_path)
    import_foreign(graph.context, nodes, cube="kb")
    assert import_foreign(graph.context, edges, cube="kb").edges == 1


@pytest.mark.parametrize(
    ("nodes", "edges", "told"),
    [
        ("id,text\na,x\na,y\n", EDGES, "nodes.csv line 3 id: 'a' can't be used; nodes.csv line 2 has it already"),
        ("id,text\na,x,y\n", EDGES, "nodes.csv line 2: '3 fields' can't be used; the header has 2 columns"),
        ("id,text,id\na,x,y\n", EDGES, "nodes.csv line 1: 'id' can't be used; two columns have this name"),
        ("id;text\na;x\n", EDGES, "separate columns with commas"),
        ("text\nx\n", EDGES, "there is no column 'id'"),
        ('id,text\na,"x\n', EDGES, "nodes.csv line 2: 'unexpected end of data'"),
        ("id,text\na, \n", EDGES, "nodes.csv line 2.text: ' ' can't be used"),
        (
            "id,text,confidence\na,x,high\n",
            EDGES,
            "nodes.csv line 2.confidence: 'high' can't be used; write it as a nu",
        ),
        ("id,text,confidence\na,x,101\n", EDGES, "nodes.csv line 2 confidence: 101.0 can't be used"),
        ("id,text,valid_from\na,x,May\n", EDGES, "nodes.csv line 2.valid_from: 'May' can't be used"),
        ("id,text,n:int\na,x,1.5\n", EDGES, "nodes.csv line 2.n:int: '1.5' can't be used; the header says int"),
        ("id,text,kind\na,x,my kind\n", EDGES, "nodes.csv line 2 kind: 'my kind' can't be used"),
        (
            NODES,
            "from,to,kind\na,c,CAUSES\n",
            "edges.csv line 2: 'c' can't be used; the edge names a node that neither",
        ),
        (NODES, "from,to,kind\na,b,causes\n", "edges.csv line 2 edge kind: 'causes' can't be used"),
        (NODES, "from,to,kind\na,b,A\na,b,A\n", "edges.csv line 3: 'a A b' can't be used; edges.csv line 2 says it"),
        (NODES, "from,to\na,b\n", "there is no column 'kind'"),
        (NODES, "from,to,kind,weight\na,b,A,inf\n", "edges.csv line 2 weight: inf can't be used"),
    ],
)
def test_a_bad_csv_row_is_named_and_nothing_is_written(
    graph: Graph, tmp_path: Path, nodes: str, edges: str, told: str
) -> None:
    one, other = csv_files(tmp_path, nodes, edges)
    with pytest.raises(Invalid) as error:
        import_foreign(graph.context, one, cube="kb", edges_path=other, format="csv")
    assert told in str(error.value)
    assert graph.cubes() == ()


def test_a_csv_field_may_be_as_long_as_a_text(graph: Graph, tmp_path: Path) -> None:
    long = "word " * 50_000
    done = taken(graph, tmp_path, f"id,text,kind\nd,{long},Document\n")
    assert (done.nodes, len(graph.cube("kb").get("d").text)) == (1, len(long))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('{"nodes": [], "nodes": []}', "the name 'nodes' twice"),
        ('[{"id": "a", "memory": "x", "metadata": {"confidence": NaN}}]', "finite numbers"),
        ('[{"id": "a", "memory": "x",]', "file.json line 1 column 28"),
        ("[" * 100_000, "file.json"),
        ('{"page_content": "a"}\n{"page_content": }', "file.json line 2 column 18"),
        ('{"page_content": "a"}\n[1]', "each line holds one JSON object"),
        ('[{"id": "a", "memory": "x"}, 7]', "file.json [1]: 7 can't be used; write it as an object"),
        ('[{"id": "a", "memory": 7}]', "file.json [0].memory: 7 can't be used; write it as a text"),
        ('[{"id": "a", "memory": ""}]', "file.json [0].memory: '' can't be used; it is needed"),
        ('[{"id": "a", "memory": "x"}, {"id": "a", "memory": "y"}]', "file.json [1] id: 'a' can't be used"),
        ('[{"id": "a", "memory": "x", "metadata": {"tags": "t"}}]', "file.json [0].metadata.tags: 't'"),
        ('[{"id": "a", "memory": "x", "metadata": {"status": "odd"}}]', "file.json [0].metadata.status: 'odd'"),
        ('[{"id": "a", "memory": "x", "metadata": {"created_at": "May"}}]', "file.json [0].metadata.created_at: 'May'"),
        ('[{"id": "a", "memory": "x", "metadata": {"embedding": [0, 0]}}]', "[0].metadata.embedding: 'all zero'"),
        ('[{"id": "a", "memory": "x", "metadata": {"embedding": [1, "b"]}}]', "[0].metadata.embedding"),
        ('[{"id": " a", "memory": "x"}]', "file.json [0] id: ' a'"),
        (
            '{"nodes": [], "edges": [{"source": "a", "target": "b", "type": "T"}]}',
            "edges[0]: 'a' can't be used; the ed",
        ),
        ('{"results": [{"id": "a", "memory": "x", "categories": [1]}]}', "results[0].categories"),
        ('{"relations": [{"source": "a", "relationship": "b"}]}', "relations[0].target: None can't be used; it is nee"),
        ('{"docstore/data": {"n": {"__data__": "{"}}}', "docstore/data['n'].__data__"),
        ('[{"id_": "n", "text": "x", "relationships": {"9": {"node_id": "m"}}}]', "relationships['9']"),
        ("17", "it can't be told from the content"),
        ('{"a": 1}', "it can't be told from the content"),
        ("", "it can't be told from the content"),
    ],
)
def test_a_hostile_file_is_refused_by_place_and_value(graph: Graph, tmp_path: Path, value: str, told: str) -> None:
    with pytest.raises(Invalid) as error:
        taken(graph, tmp_path, value)
    assert told in str(error.value)
    assert graph.cubes() == ()


def test_a_file_that_is_no_utf8_is_refused_by_byte(graph: Graph, tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("id,text\na,Müller\n".encode("latin-1"))
    with pytest.raises(Invalid, match=r"latin\.csv byte 11"):
        import_foreign(graph.context, path, cube="kb")
    with pytest.raises(NotFound, match="absent"):
        import_foreign(graph.context, tmp_path / "absent.csv", cube="kb")


FILES: dict[str, Any] = {
    "memos": TREE, "mem0": MEM0, "langchain": [{"page_content": "a b", "metadata": {"source": "s"}}] * 2,
    "llamaindex": [chunk("n1", "The valve is open.", {"1": related("doc-9", "4")})], "csv": NODES,
}  # fmt: skip


@pytest.mark.parametrize("format", FILES)
def test_importing_the_same_file_twice_writes_nothing(graph: Graph, tmp_path: Path, format: str) -> None:
    assert detect(saved(tmp_path, FILES[format])) == format
    first = taken(graph, tmp_path, FILES[format])
    before, changes = all_of(graph), graph.cube("kb").history()
    again = taken(graph, tmp_path, FILES[format])
    assert (again.nodes, again.edges, again.receipts, again.kept) == (0, 0, (), ())
    assert (again.present_nodes, again.present_edges) == (first.nodes, first.edges)
    assert all_of(graph) == before
    assert graph.cube("kb").history() == changes


@pytest.mark.parametrize("format", FILES)
def test_a_dry_run_tells_what_an_import_then_does(graph: Graph, tmp_path: Path, format: str) -> None:
    told = taken(graph, tmp_path, FILES[format], dry_run=True)
    assert graph.cubes() == ()
    done = taken(graph, tmp_path, FILES[format])
    assert (told.nodes, told.edges, told.notes) == (done.nodes, done.edges, done.notes)
    assert done.receipts


def test_a_memory_changed_since_the_first_import_is_kept_refused_or_updated(graph: Graph, tmp_path: Path) -> None:
    item = {"id": "a", "memory": "Ruth likes tea.", "metadata": {}}
    taken(graph, tmp_path, [item])
    graph.cube("kb").update("a", "Ruth likes coffee.")
    kept = taken(graph, tmp_path, [item])
    assert (kept.kept, graph.cube("kb").get("a").text) == (("a",), "Ruth likes coffee.")
    assert any("left as they are" in note for note in kept.notes)
    with pytest.raises(Invalid, match="has it with other content"):
        taken(graph, tmp_path, [item], known="refuse")
    assert taken(graph, tmp_path, [item], known="update").kept == ("a",)
    assert graph.cube("kb").get("a").text == "Ruth likes tea."
    assert taken(graph, tmp_path, [item], known="update").kept == ()
    other = item | {"metadata": {"memory_type": "UserMemory"}}
    left = taken(graph, tmp_path, [other], known="update")
    assert (left.kept, left.receipts, graph.cube("kb").get("a").kind) == (("a",), (), "LongTermMemory")
    with pytest.raises(Invalid, match="known"):
        taken(graph, tmp_path, [item], known="odd")


def test_what_was_deleted_here_stays_deleted(graph: Graph, tmp_path: Path) -> None:
    nodes = [{"id": i, "memory": f"part {i}", "metadata": {}} for i in "ab"]
    edge = {"source": "a", "target": "b", "type": "CAUSES"}
    taken(graph, tmp_path, {"nodes": nodes, "edges": [edge]})
    graph.cube("kb").delete("b")
    done = taken(graph, tmp_path, {"nodes": nodes, "edges": [edge, edge | {"type": "HELPS"}]})
    assert (done.nodes, done.edges, done.present_edges, done.kept) == (0, 0, 1, ("b",))
    assert "1 edges of nodes that were deleted here, left out" in done.notes
    with pytest.raises(NotFound):
        graph.cube("kb").get("b")


def test_vectors_are_used_only_when_the_file_is_said_to_be_of_this_embedder(graph: Graph, tmp_path: Path) -> None:
    embedder = graph.context.embedder
    own = embedder.embed(["something else entirely"])[0]
    items = [{"id": "a", "memory": "Ruth likes tea.", "metadata": {"embedding": own.tolist()}}]
    anew = taken(graph, tmp_path, items)
    assert any("made anew" in note for note in anew.notes)
    (vector,) = all_of(graph)["a"].vectors.values()
    assert float(vector @ own) < 0.9
    graph.drop_cube("kb")
    used = taken(graph, tmp_path, items, embedded_by=embedder.model)
    (vector,) = all_of(graph)["a"].vectors.values()
    assert used.notes == ()
    assert float(vector @ own) > 0.999
    items[0]["metadata"] = {"embedding": [1.0, 0.0]}
    with pytest.raises(MemosGraphError, match="has 2 numbers"):
        taken(graph, tmp_path, items, embedded_by=embedder.model)


def test_a_cube_of_another_embedder_is_refused_before_anything_is_written(graph: Graph, tmp_path: Path) -> None:
    from dataclasses import replace

    from memos_graph.model.graph import VectorSpace

    store = graph.context.store
    record = graph.create_cube("kb")
    store.replace_cube(replace(record, spaces=(VectorSpace(name="v", model="other", dimension=3),), text_space="v"))
    with pytest.raises(EmbedderMismatch):
        taken(graph, tmp_path, TREE, dry_run=True)


def test_an_import_larger_than_a_batch_keeps_every_edge(graph: Graph, tmp_path: Path) -> None:
    nodes = [{"id": f"n{i}", "memory": f"part {i}", "metadata": {"memory_type": "Section"}} for i in range(1100)]
    edges = [{"source": f"n{i}", "target": f"n{(i * 7 + 3) % 1100}", "type": "NEXT_TO"} for i in range(1100)]
    edges += [{"source": f"n{i}", "target": "n0", "type": "NEAR"} for i in range(1, 1100)]
    done = taken(graph, tmp_path, {"nodes": nodes, "edges": edges})
    assert (done.nodes, done.edges) == (1100, 2199)
    assert sum(1 for one in kinds_between(graph) if one[1] == "NEAR") == 1099
    assert sum(1 for one in kinds_between(graph) if one[1] == "NEXT_TO") == 1100
    star = [{"source": f"n{i}", "target": "n1099", "type": "PART_OF"} for i in range(1099)]
    done = taken(graph, tmp_path, {"nodes": nodes, "edges": star})
    assert (done.nodes, done.edges, len(done.receipts)) == (0, 1099, 2)


def test_an_import_cut_short_is_finished_by_doing_it_again(graph: Graph, tmp_path: Path) -> None:
    nodes = [{"id": f"n{i}", "memory": f"part {i}", "metadata": {"memory_type": "Section"}} for i in range(1100)]
    edges = [{"source": f"n{i}", "target": f"n{1099 - i}", "type": "NEAR"} for i in range(500)]

    def stop(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taken(graph, tmp_path, {"nodes": nodes, "edges": edges}, progress=stop)
    assert len(_ids(graph)) == 500
    done = taken(graph, tmp_path, {"nodes": nodes, "edges": edges})
    assert (done.nodes, done.present_nodes, done.edges) == (600, 500, 500)
    assert sum(1 for one in kinds_between(graph) if one[1] == "NEAR") == 500


@given(st.text(max_size=40))
def test_any_relation_name_becomes_a_kind_and_none_is_lost(name: str) -> None:
    from memos_graph.model.kinds import edge_kind

    kind, original = relation(name)
    assert edge_kind(kind) == kind
    assert original == name or kind == name


_NAMES = st.sampled_from([
    "id", "memory", "metadata", "nodes", "edges", "results", "source", "target", "page_content", "id_", "relationships",
    "text", "embedding", "tags", "payload", "kwargs", "lc", "docstore/data", "__data__", "sources", "type",
])  # fmt: skip
_LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text()


@given(st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner)))
def test_no_json_brings_an_importer_down(value: Any) -> None:
    from memos_graph.services.importers import langchain, llamaindex, mem0, memos
    from memos_graph.services.importers.gathering import Gathering
    from memos_graph.services.importers.reading import Loaded

    for module in (langchain, llamaindex, mem0, memos):
        try:
            module.parse(Loaded("f", value), Gathering("kb", datetime(2025, 1, 1, tzinfo=UTC)))
        except Invalid:
            continue
