"""Working memory: what is in the window, that it is replaced as a whole, and that it adds nothing to a search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import memos_graph.app as app
from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.services.context import Context
from memos_graph.services.organise.working import working_memory
from tests.services.conftest import Clock
from tests.services.organise_kit import Bag


@pytest.fixture(params=["inmemory", pytest.param("arcade", marks=pytest.mark.long)])
def kb(request: pytest.FixtureRequest, clock: Clock) -> Iterator[CubeHandle]:
    store = InMemoryStore() if request.param == "inmemory" else request.getfixturevalue("arcade")
    yield Graph(Context(store=store, embedder=Bag(), clock=clock)).cube("kb")
    for cube in store.cubes():
        store.drop_cube(cube.id)


def told(kb: CubeHandle, clock: Clock, *texts: str, kind: str = "LongTermMemory") -> list[str]:
    ids = []
    for text in texts:
        clock.skip(days=1)
        ids.append(str(kb.add(text, kind=kind).fed[0].root))
    return ids


def held(kb: CubeHandle) -> list[str]:
    return [node.id for node in kb.working_memory()]


def test_the_window_holds_the_most_recent_and_what_was_used_comes_back(kb: CubeHandle, clock: Clock) -> None:
    ids = told(kb, clock, *(f"Ann has hobby number {n}." for n in range(6)))
    assert held(kb) == []
    kb.refresh_working_memory(capacity=3)
    assert held(kb) == [ids[5], ids[4], ids[3]]
    for _ in range(3):
        clock.skip(hours=1)
        kb.use(ids[0], by="chat")
    kb.refresh_working_memory(capacity=3)
    assert held(kb)[0] == ids[0]
    assert set(held(kb)) < set(ids)


def test_refreshing_again_writes_nothing_and_each_refresh_is_one_change(kb: CubeHandle, clock: Clock) -> None:
    told(kb, clock, *(f"Ann has hobby number {n}." for n in range(30)))
    before = len(kb.history())
    assert kb.refresh_working_memory().wrote == 1
    assert len(held(kb)) == 20
    assert kb.refresh_working_memory().wrote == 0
    assert len(kb.history()) == before + 1


def test_what_a_caller_put_into_working_memory_comes_first(kb: CubeHandle, clock: Clock) -> None:
    (mine,) = told(kb, clock, "The talk is about gardens.", kind="WorkingMemory")
    ids = told(kb, clock, "Ann has a dog.", "Bob has a cat.")
    kb.refresh_working_memory(capacity=2)
    assert held(kb) == [mine, ids[1]]


def test_what_was_deleted_or_archived_since_drops_out(kb: CubeHandle, clock: Clock) -> None:
    ids = told(kb, clock, "Ann has a dog.", "Bob has a cat.", "Cleo has a horse.")
    kb.refresh_working_memory()
    kb.delete(ids[0])
    kb.archive(ids[1])
    assert held(kb) == [ids[2]]


def test_the_window_is_found_by_no_search_and_holds_no_text(kb: CubeHandle, clock: Clock) -> None:
    told(kb, clock, "Ann has a dog.", "Bob has a cat.")
    before = [(hit.id, hit.score) for hit in kb.search("who has a dog?")]
    kb.refresh_working_memory()
    assert [(hit.id, hit.score) for hit in kb.search("who has a dog?")] == before
    assert {hit.node.kind for hit in kb.search("window working memory", top_k=50)} == {"LongTermMemory"}
    (window,) = kb.search("dog", kinds=["Window"]) or [None]
    assert window is None or window.text == ""


def test_pieces_of_documents_come_in_once_something_used_them(kb: CubeHandle) -> None:
    kb.add("The pump stands in the hall.", name="pumps.txt")
    kb.refresh_working_memory()
    assert held(kb) == []
    (passage,) = [node.id for node in kb.list() if node.kind == "Passage"]
    kb.use(passage, by="chat")
    kb.refresh_working_memory()
    assert held(kb) == [passage]


def test_a_window_that_was_deleted_or_spoilt_is_made_anew(kb: CubeHandle, clock: Clock) -> None:
    ids = told(kb, clock, "Ann has a dog.")
    kb.refresh_working_memory()
    (window,) = [node.id for node in kb.list() if node.kind == "Window"]
    kb.update(window, info={"ids": {"not": "a list"}})
    assert held(kb) == []
    kb.update(window, info={"ids": [7, None, "nobody"]})
    assert held(kb) == []
    kb.delete(window)
    assert held(kb) == []
    kb.refresh_working_memory()
    assert held(kb) == ids


def test_the_window_survives_a_restart(tmp_path: Path) -> None:
    with app.open(tmp_path / "kb.graph", embedder=Bag()) as graph:
        kept = str(graph.cube("kb").add("Ann has a dog.").fed[0].root)
        graph.cube("kb").refresh_working_memory()
    with app.open(tmp_path / "kb.graph", embedder=Bag()) as graph:
        assert held(graph.cube("kb")) == [kept]


@pytest.mark.parametrize("capacity", [0, -3])
def test_a_window_without_room_is_refused(kb: CubeHandle, capacity: int) -> None:
    with pytest.raises(Invalid, match="capacity"):
        kb.refresh_working_memory(capacity=capacity)


def test_an_unknown_cube_has_no_working_memory(kb: CubeHandle) -> None:
    with pytest.raises(NotFound):
        working_memory(kb._context, "nobody")
