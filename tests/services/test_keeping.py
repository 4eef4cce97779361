"""Changing the embedder, and carrying a cube out and in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from memos_graph.app import Graph
from memos_graph.model.errors import AlreadyExists, EmbedderMismatch, Invalid, Unavailable
from memos_graph.model.scope import everything
from memos_graph.services import keep
from memos_graph.services.context import Context
from tests.memories.letters import LetterEmbedder
from tests.services.conftest import Clock


class Stops(LetterEmbedder):
    """Answers a number of times, then not at all."""

    def __init__(self, times: int) -> None:
        self.times = times

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.times -= 1
        if self.times < 0:
            raise Unavailable("the embedder went away")
        return super().embed(texts)


def with_embedder(graph: Graph, embedder: Any) -> Graph:
    context = graph.context
    return Graph(Context(store=context.store, embedder=embedder, clock=context.clock))


def fill(graph: Graph, clock: Clock) -> str:
    cube = graph.cube("kb")
    (identity,) = cube.add("Ana lives in Porto.", tags=["home"], info={"shelf": [1, {"a": None}]}).ids
    for n in range(300):
        cube.add_text(f"Reading {n}: the gauge stood at {n * 7 % 41} centimetres.") if n % 100 == 0 else None
    clock.skip(days=1)
    cube.update(identity, "Ana lives in Lisbon.")
    return identity


def test_another_embedder_is_refused_until_the_cube_is_embedded_anew(graph: Graph, clock: Clock) -> None:
    identity = fill(graph, clock)
    other = with_embedder(graph, LetterEmbedder())
    with pytest.raises(EmbedderMismatch, match="reembed"):
        other.cube("kb").search("Ana")
    with pytest.raises(EmbedderMismatch):
        other.cube("kb").add("Ana has a cat.")
    assert other.cube("kb").get(identity).text == "Ana lives in Lisbon."
    done = other.cube("kb").reembed()
    assert done == sum(1 for node in nodes(other) if node.kind != "Entity")
    assert other.cube("kb").search("ana lives", top_k=1)[0].id == identity
    assert [space.model for space in graph.cubes()[0].spaces] == ["letters-1"]
    assert other.cube("kb").reembed() == 0


def test_a_stopped_reembedding_goes_on_where_it_was(
    graph: Graph, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(graph, clock)
    monkeypatch.setattr(keep, "_EMBED_PAGE", 2)
    with pytest.raises(Unavailable):
        with_embedder(graph, Stops(2)).cube("kb").reembed()
    assert graph.cube("kb").search("where does Ana live?", top_k=1)[0].text == "Ana lives in Lisbon."
    total = sum(1 for node in nodes(graph) if node.kind != "Entity")
    assert with_embedder(graph, LetterEmbedder()).cube("kb").reembed() == total - 4


@pytest.mark.parametrize("vectors", [True, False])
def test_an_export_comes_back_whole_under_another_name(graph: Graph, clock: Clock, vectors: bool) -> None:
    fill(graph, clock)
    lines = [json.loads(json.dumps(row)) for row in keep.export_lines(graph.context, "kb", vectors=vectors)]
    name, count, links = keep.import_lines(graph.context, lines, cube="copy")
    assert (name, count, links) == ("copy", len(nodes(graph)), sum(1 for row in lines if "edge" in row))
    again = list(keep.export_lines(graph.context, "copy", vectors=False))
    plain = list(keep.export_lines(graph.context, "kb", vectors=False))
    assert content(again) == content(plain)
    assert graph.cube("copy").search("where does Ana live?", top_k=1)[0].text == "Ana lives in Lisbon."


def test_an_import_never_writes_over_a_cube(graph: Graph, clock: Clock) -> None:
    fill(graph, clock)
    lines = list(keep.export_lines(graph.context, "kb"))
    with pytest.raises(AlreadyExists, match="kb"):
        keep.import_lines(graph.context, lines)


def test_a_broken_export_writes_nothing_and_names_its_line(graph: Graph, clock: Clock) -> None:
    fill(graph, clock)
    lines = list(keep.export_lines(graph.context, "kb"))
    broken = [
        lines[1:], [*lines[:1], *lines[2:]], [*lines[:5], {"node": {"id": "x"}}], [*lines[:4], {"what": 1}],
        [{**lines[0], "version": 99}, *lines[1:]], [*lines[:2], *(row for row in lines if "edge" in row)], [],
    ]  # fmt: skip
    for bad in broken:
        with pytest.raises(Invalid):
            keep.import_lines(graph.context, bad, cube="copy")
        assert [cube.id for cube in graph.cubes()] == ["kb"]


def nodes(graph: Graph) -> tuple[Any, ...]:
    return graph.context.store.scan(everything("kb"), limit=10_000).nodes


def content(rows: list[dict[str, Any]]) -> list[str]:
    """Nodes and edges without what naming another cube changes: its name, and the edge ids made from it."""
    kept = []
    for row in rows:
        for part in ("node", "edge"):
            if part in row:
                values = {k: v for k, v in row[part].items() if k != "cube" and not (part == "edge" and k == "id")}
                kept.append(json.dumps(values, sort_keys=True))
    return sorted(kept)
