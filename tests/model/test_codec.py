"""Nodes, edges and cubes survive the way to JSON and back, and what is no node is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.model.codec import (
    cube_from_json,
    cube_to_json,
    edge_from_json,
    edge_to_json,
    node_from_json,
    node_to_json,
    source_from_json,
    source_to_json,
    text_to_vector,
    vector_to_text,
)
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import STATUSES, Cube, Edge, Node, Source, VectorSpace, make_edge

QUICK = settings(max_examples=50, deadline=None)
TEXT = st.text(max_size=20)
TIMES = st.datetimes(
    datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.sampled_from((UTC, timezone(timedelta(hours=9))))
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
INFO = st.dictionaries(TEXT, JSON, max_size=3)
SOURCES = st.builds(
    Source,
    uri=TEXT,
    page=st.none() | st.integers(1, 9),
    box=st.none() | st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    start=st.none() | st.integers(0, 9),
    end=st.none() | st.integers(0, 9),
    message=st.none() | TEXT,
)
ROWS = st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=5).map(lambda row: np.array(row, np.float32))
NODES = st.builds(
    Node,
    id=st.sampled_from(("a", "c d", "阀@1")),
    cube=st.just("cube"),
    kind=st.sampled_from(("Passage", "Recipe2")),
    text=TEXT,
    key=TEXT,
    status=st.sampled_from(STATUSES),
    confidence=st.floats(0, 100),
    tags=st.lists(TEXT, max_size=2).map(tuple),
    usage=st.lists(TEXT, max_size=2).map(tuple),
    sources=st.lists(SOURCES, max_size=2).map(tuple),
    info=INFO,
    created_at=TIMES,
    updated_at=TIMES,
    retired_at=st.none() | TIMES,
    valid_from=st.none() | TIMES,
    version=st.integers(1, 9),
    content_hash=TEXT,
    vectors=st.dictionaries(st.sampled_from(("main", "other")), ROWS, max_size=2),
)
EDGES = st.builds(
    Edge,
    id=TEXT,
    cube=st.just("cube"),
    kind=st.sampled_from(("CAUSES", "MY_OWN")),
    from_id=TEXT,
    to_id=TEXT,
    discriminator=TEXT,
    weight=NUMBERS,
    created_by=TEXT,
    evidence=TEXT,
    info=INFO,
    created_at=TIMES,
    retired_at=st.none() | TIMES,
    valid_from=st.none() | TIMES,
    valid_to=st.none() | TIMES,
    version=st.integers(1, 9),
)
NOW = datetime(2025, 1, 1, tzinfo=UTC)


def through_json(values: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(values, allow_nan=False))
    return read


@QUICK
@given(NODES)
def test_a_node_survives_json_with_its_vectors_bit_for_bit(node: Node) -> None:
    read = node_from_json(through_json(node_to_json(node, vectors=True)))
    assert read == node
    assert {s: v.tobytes() for s, v in read.vectors.items()} == {s: v.tobytes() for s, v in node.vectors.items()}


@QUICK
@given(NODES)
def test_a_node_written_without_vectors_has_none_and_is_equal(node: Node) -> None:
    values = node_to_json(node)
    assert "vectors" not in values
    read = node_from_json(through_json(values))
    assert (read, dict(read.vectors)) == (node, {})


@QUICK
@given(EDGES)
def test_an_edge_survives_json(edge: Edge) -> None:
    assert edge_from_json(through_json(edge_to_json(edge))) == edge


@QUICK
@given(SOURCES)
def test_a_source_survives_json_and_leaves_out_what_is_not_set(source: Source) -> None:
    values = through_json(source_to_json(source))
    assert source_from_json(values) == source
    assert None not in values.values()


@QUICK
@given(INFO, TIMES)
def test_a_cube_survives_json(settings: dict[str, Any], created_at: datetime) -> None:
    spaces = (VectorSpace(name="main", model="m@1", dimension=384),)
    for given_spaces, text_space in ((spaces, "main"), ((), "")):
        cube = Cube(id="c", cube_class="public", spaces=given_spaces, text_space=text_space, settings=settings,
                    created_at=created_at)  # fmt: skip
        assert cube_from_json(through_json(cube_to_json(cube))) == cube


@QUICK
@given(NODES)
def test_times_are_written_in_utc_so_that_they_sort_as_text(node: Node) -> None:
    values = node_to_json(node_from_json(through_json(node_to_json(node))))
    assert values["created_at"].endswith("+00:00")
    assert len(values["created_at"]) == len("2025-01-01T00:00:00.000000+00:00")


@QUICK
@given(st.lists(st.floats(width=32), max_size=20))
def test_a_vector_keeps_every_bit(row: list[float]) -> None:
    vector = np.array(row, dtype=np.float32)
    assert text_to_vector(vector_to_text(vector)).tobytes() == vector.tobytes()


def test_a_vector_of_float64_is_written_as_float32() -> None:
    assert text_to_vector(vector_to_text(np.array([0.1], np.float64))).tolist() == [np.float32(0.1)]


def test_what_was_read_can_be_written_to() -> None:
    text_to_vector(vector_to_text(np.ones(2, np.float32)))[0] = 5


@pytest.mark.parametrize("name", ["id", "cube", "kind", "created_at", "updated_at"])
def test_a_node_without_a_needed_field_is_named(name: str) -> None:
    values = node_to_json(Node(id="n", cube="c", kind="Passage", created_at=NOW, updated_at=NOW))
    del values[name]
    with pytest.raises(Invalid, match=name):
        node_from_json(values)


def test_an_unknown_field_is_an_error_and_not_dropped() -> None:
    node = node_to_json(Node(id="n", cube="c", kind="Passage", created_at=NOW, updated_at=NOW))
    edge = edge_to_json(make_edge("c", "CAUSES", "a", "b", created_at=NOW))
    cube = cube_to_json(Cube(id="c", created_at=NOW))
    for values, read in ((node, node_from_json), (edge, edge_from_json), (cube, cube_from_json)):
        with pytest.raises(Invalid, match="colour"):
            read({**values, "colour": "red"})


@pytest.mark.parametrize("moment", [5, "yesterday", "2025-13-01", True])
def test_a_time_that_is_none_is_named(moment: object) -> None:
    values = node_to_json(Node(id="n", cube="c", kind="Passage", created_at=NOW, updated_at=NOW))
    with pytest.raises(Invalid, match="valid_from"):
        node_from_json({**values, "valid_from": moment})
