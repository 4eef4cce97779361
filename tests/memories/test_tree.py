"""TreeTextMemory as the reference API's users know it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import memos_graph
from memos_graph.memories.items import TextualMemoryItem, TreeNodeMetadata
from memos_graph.memories.tree import TreeTextMemory
from memos_graph.model.errors import Conflict, Invalid, NotFound
from tests.memories.letters import LetterEmbedder


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[TreeTextMemory]:
    with memos_graph.open(tmp_path / "kb.graph") as graph:
        graph.cube("u1")
        yield TreeTextMemory(graph.context, "u1", backups=tmp_path / "backups")


def full_item() -> TextualMemoryItem:
    return TextualMemoryItem(
        id="m-1",
        memory="Ines moved to Aldermouth in May.",
        metadata=TreeNodeMetadata(
            memory_type="UserMemory", status="activated", key="move", visibility="private", source="conversation",
            sources=("chat-7", "https://example.org/a"), confidence=87.5, entities=("Ines", "Aldermouth"),
            tags=("home", "2025"), usage=("2025-05-01 answer",), background="she said so twice", user_id="u1",
            session_id="s-9", created_at="2025-05-01T08:00:00+00:00", extra={"shelf": 4},
        ),
    )  # fmt: skip


def test_every_field_of_an_item_comes_back(memory: TreeTextMemory) -> None:
    assert memory.add([full_item()]) == ["m-1"]
    back = memory.get("m-1")
    wanted, found = full_item().to_dict(), back.to_dict()
    found["metadata"]["updated_at"] = None
    found["metadata"]["created_at"] = datetime.fromisoformat(found["metadata"]["created_at"]).isoformat()
    assert found == wanted


def test_mappings_and_texts_are_items_too(memory: TreeTextMemory) -> None:
    ids = memory.add([{"memory": "The ferry leaves at nine.", "metadata": {"tags": ["ferry"]}}, "The quay is wet."])
    assert [item.memory for item in memory.get_by_ids(ids)] == ["The ferry leaves at nine.", "The quay is wet."]
    assert memory.get(ids[0]).metadata.tags == ("ferry",)


def test_search_finds_by_words_and_by_graph(memory: TreeTextMemory) -> None:
    memory.add([full_item(), "The pump hall is painted green."])
    assert memory.search("where did Ines move?", top_k=1)[0].id == "m-1"
    assert memory.search("where did Ines move?", top_k=1, memory_type="WorkingMemory") == []


def test_an_id_stays_valid_over_updates(memory: TreeTextMemory) -> None:
    memory.add([full_item()])
    memory.update("m-1", "Ines moved to Hallam in June.")
    assert memory.get("m-1").memory == "Ines moved to Hallam in June."
    assert memory.get("m-1").metadata.tags == ("home", "2025")
    memory.update("m-1", {"memory": "Ines moved to Leith.", "metadata": {"memory_type": "UserMemory", "tags": ["new"]}})
    assert memory.get("m-1").metadata.tags == ("new",)


def test_working_memory_is_replaced_as_a_whole(memory: TreeTextMemory) -> None:
    memory.add([{"id": "w1", "memory": "They talk of seals.", "metadata": {"memory_type": "WorkingMemory"}}, "Kept."])
    memory.replace_working_memory([{"id": "w2", "memory": "They talk of pumps."}])
    assert [item.id for item in memory.get_working_memory()] == ["w2"]
    memory.replace_working_memory([{"id": "w1", "memory": "They talk of seals."}])
    assert [item.id for item in memory.get_working_memory()] == ["w1"]
    memory.replace_working_memory([])
    assert memory.get_working_memory() == []
    assert memory.search("what is kept?", top_k=1)[0].memory == "Kept."


def test_get_all_holds_every_node_and_edge(memory: TreeTextMemory) -> None:
    memory.add([full_item()])
    whole = memory.get_all()
    assert {node["memory"] for node in whole["nodes"]} == {"Ines moved to Aldermouth in May.", "Ines", "Aldermouth"}
    assert {(e["source"], e["type"]) for e in whole["edges"]} == {("m-1", "MENTIONS")}
    assert memory.get_current_memory_size() == {"Entity": 2, "UserMemory": 1}


def test_deleting_is_all_or_nothing(memory: TreeTextMemory) -> None:
    memory.add([full_item()])
    with pytest.raises(NotFound, match="m-2"):
        memory.delete(["m-1", "m-2"])
    memory.delete("m-1")
    with pytest.raises(NotFound):
        memory.get("m-1")


def test_delete_all_leaves_an_empty_cube_that_takes_memories(memory: TreeTextMemory) -> None:
    memory.add([full_item()])
    memory.delete_all()
    assert memory.get_all() == {"nodes": [], "edges": []}
    assert memory.add([full_item()]) == ["m-1"]


@pytest.mark.parametrize("vectors", [True, False])
def test_a_dump_loads_whole_into_an_empty_cube(memory: TreeTextMemory, tmp_path: Path, vectors: bool) -> None:
    memory.add([full_item(), "The pump hall is green."])
    memory.update("m-1", "Ines moved to Hallam.")
    before = memory.get_all()
    memory.dump(tmp_path / "out", vectors=vectors)
    memory.delete_all()
    memory.load(tmp_path / "out")
    assert memory.get_all() == before
    assert memory.search("where did Ines move?", top_k=1)[0].id == "m-1"
    memory.load(tmp_path / "out")  # equal memories stay as they are
    assert memory.get_all() == before


def test_a_dump_loaded_under_another_embedder_is_embedded_anew(memory: TreeTextMemory, tmp_path: Path) -> None:
    memory.add([full_item()])
    memory.dump(tmp_path / "out")
    with memos_graph.open("memory:", embedder=LetterEmbedder()) as other:
        other.cube("copy")
        loaded = TreeTextMemory(other.context, "copy")
        loaded.load(tmp_path / "out")
        embedding = loaded.get("m-1").metadata.embedding
        assert embedding is not None and embedding.shape == (26,)
        assert loaded.search("ines moved", top_k=1)[0].id == "m-1"


def test_a_dump_that_clashes_with_what_is_there_changes_nothing(memory: TreeTextMemory, tmp_path: Path) -> None:
    memory.add([full_item()])
    memory.dump(tmp_path / "out")
    memory.update("m-1", "Ines moved to Hallam.")
    before = memory.get_all()
    with pytest.raises(Conflict, match="m-1"):
        memory.load(tmp_path / "out")
    assert memory.get_all() == before


def test_a_dump_of_a_newer_version_or_a_broken_one_is_refused(memory: TreeTextMemory, tmp_path: Path) -> None:
    memory.add([full_item()])
    file = memory.dump(tmp_path / "out")
    whole = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(whole | {"version": 99}), encoding="utf-8")
    with pytest.raises(Invalid, match="version"):
        memory.load(tmp_path / "out")
    file.write_text(file.read_text(encoding="utf-8")[:50], encoding="utf-8")
    with pytest.raises(Invalid, match="can't be read"):
        memory.load(tmp_path / "out")


def test_drop_keeps_the_last_copies(memory: TreeTextMemory, tmp_path: Path) -> None:
    for _ in range(3):
        memory.add([full_item()])
        made = memory.drop(keep_last_n=2)
        memory._context.store.create_cube(
            memos_graph.Cube(id="u1", created_at=datetime(2025, 1, 1, tzinfo=UTC))
        )  # fmt: skip
    assert len(list((tmp_path / "backups").iterdir())) == 2
    memory.load(made)
    assert memory.get("m-1").memory == full_item().memory


@pytest.mark.parametrize(
    "bad",
    [
        {"memory": "  "}, {"memory": "x", "colour": "red"}, {"memory": "x", "metadata": {"tags": "home"}},
        {"memory": "x", "metadata": {"visibility": "secret"}}, {"memory": "x", "metadata": {"confidence": 101}},
        {"memory": "x", "metadata": {"status": "alive"}}, 7,
    ],
)  # fmt: skip
def test_an_item_that_can_t_be_kept_is_refused_before_anything_is_written(memory: TreeTextMemory, bad: object) -> None:
    with pytest.raises(Invalid):
        memory.add(["a good one", bad])  # type: ignore[list-item]
    assert memory.get_all()["nodes"] == []


def test_an_embedding_of_another_length_is_refused(memory: TreeTextMemory) -> None:
    wrong = TextualMemoryItem(memory="x y", metadata=TreeNodeMetadata(embedding=np.ones(7, dtype=np.float32)))
    with pytest.raises(memos_graph.MemosGraphError, match="7"):
        memory.add([wrong])
    assert memory.get_all()["nodes"] == []
