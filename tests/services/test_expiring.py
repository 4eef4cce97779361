"""Memories whose time has passed: nothing of them is left but a record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.delta import Receipt
from memos_graph.model.errors import Frozen, IllegalTransition, Invalid, NotFound
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.services.lifecycle.audit import KIND, audit_id
from memos_graph.services.lifecycle.expiry import expire
from tests.services.conftest import Clock


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


def gone(cube: CubeHandle, clock: Clock, *ids: str) -> Receipt:
    return expire(cube._context, cube.name, ids, at=clock(), reason="its time has passed")


def test_a_record_says_whose_it_is_and_why_and_not_a_word_of_it(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    created = cube.get(identity).created_at
    receipt = gone(cube, clock, identity)
    (record,) = cube._context.store.get(everything("people"), [audit_id(identity)])
    assert (record.kind, record.status, record.text, record.key) == (KIND, "expired", "", "")
    assert record.info["id"] == identity and record.info["kind"] == "LongTermMemory"
    assert record.info["created_at"] == created.isoformat() and record.info["expired_at"] == receipt.at.isoformat()
    assert (record.info["actor"], record.info["reason"]) == ("user", "its time has passed")
    whole = str([*cube._context.store.scan(everything("people")).nodes, *cube.history()])
    assert "Porto" not in whole and "Ana" not in whole


def test_who_asks_for_it_by_its_id_is_told_that_it_expired(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    gone(cube, clock, identity)
    for ask in (cube.get, cube.why, lambda i: cube.update(i, "x")):
        with pytest.raises(NotFound, match="it expired at 2025"):
            ask(identity)
    told = cube.history_of(identity)
    assert told.head is None and "expired" in told.note and told.touches[-1].reason == "its time has passed"


def test_no_search_finds_the_record(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    cube.add("Bob likes tea.")
    gone(cube, clock, identity)
    for options in ({}, {"include_archived": True}, {"states": ["expired", "archived"]}):
        found = {hit.id for hit in cube.search("where does Ana live?", **options)}
        assert audit_id(identity) not in found and identity not in found
    assert audit_id(identity) not in {node.id for node in cube.list()}


def test_all_of_them_expire_or_none(cube: CubeHandle, clock: Clock) -> None:
    (kept,) = cube.add("Ana lives in Porto.").ids
    (frozen,) = cube.add("Bob likes tea.").ids
    cube.update(frozen, status="frozen")
    with pytest.raises(Frozen, match=frozen):
        gone(cube, clock, kept, frozen)
    with pytest.raises(NotFound, match="nobody"):
        gone(cube, clock, kept, "nobody")
    with pytest.raises(Invalid):
        gone(cube, clock)
    assert cube.get(kept).text == "Ana lives in Porto."


def test_a_deleted_or_expired_memory_does_not_expire(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    (deleted,) = cube.add("Bob likes tea.").ids
    cube.delete(deleted)
    gone(cube, clock, identity)
    for other in (deleted, audit_id(identity)):
        with pytest.raises(IllegalTransition, match="ttl_passed"):
            gone(cube, clock, other)


def test_a_clock_that_went_back_expires_nothing(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add("Ana lives in Porto.").ids
    with pytest.raises(Invalid, match="at"):
        expire(cube._context, "people", [identity], at=clock.time - timedelta(days=1), reason="ttl")
    assert cube.get(identity)


def test_one_that_is_there_again_and_expires_again_has_one_record(cube: CubeHandle, clock: Clock) -> None:
    for _ in range(2):
        (identity,) = cube.add("Ana lives in Porto.").ids
        assert cube.get(identity)
        gone(cube, clock, identity)
    (record,) = cube._context.store.get(everything("people"), [audit_id(identity)])
    assert record.info["times"] == 2


def test_a_long_id_has_a_record_too(cube: CubeHandle, clock: Clock) -> None:
    identity = "x" * 256
    at = clock()
    cube.put([Node(id=identity, cube="people", kind="Note", text="a note", created_at=at, updated_at=at)])
    gone(cube, clock, identity)
    with pytest.raises(NotFound, match="it expired"):
        cube.get(identity)


def test_a_document_expires_with_its_pieces(cube: CubeHandle, clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "pumps.md").write_text("# Pumps\n\nThe pump stands in the hall.\n")
    root = cube.add(tmp_path / "pumps.md").fed[0].root
    gone(cube, clock, root)
    left = {node.kind for node in cube._context.store.scan(everything("people")).nodes}
    assert left <= {KIND, "Entity"}
