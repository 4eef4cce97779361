"""The drawing: nothing covers anything, every text is escaped, and what it shows is there."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.app import Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.interfaces.demo.neighbourhood import MOST, neighbourhood
from memos_graph.interfaces.drawing.layout import Box, overlap, place
from memos_graph.interfaces.drawing.picture import Neighbourhood, draw
from memos_graph.model.graph import Node, Source, make_edge
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.services.context import Context

AT = datetime(2025, 1, 1, tzinfo=UTC)
PAGE = (1290.0, 870.0)


def node(identity: str, text: str, kind: str = "Passage") -> Node:
    return Node(
        id=identity, cube="c", kind=kind, text=text, sources=(Source(uri="a<b>&.md"),), created_at=AT, updated_at=AT
    )


@settings(max_examples=8, deadline=None)
@given(st.integers(2, 24), st.data())
def test_no_card_covers_another_and_all_are_on_the_page(number: int, data: st.DataObject) -> None:
    names = [f"n{at}" for at in range(number)]
    boxes = {n: Box(data.draw(st.floats(60, 230)), data.draw(st.floats(40, 75))) for n in names}
    hops = {n: 0 if at == 0 else data.draw(st.integers(1, 3)) for at, n in enumerate(names)}
    links = [(n, data.draw(st.sampled_from(names))) for n in names]
    at = place(boxes, hops, links, *PAGE)
    for nth, a in enumerate(names):
        assert boxes[a].width / 2 <= at[a].x <= PAGE[0] - boxes[a].width / 2
        assert boxes[a].height / 2 <= at[a].y <= PAGE[1] - boxes[a].height / 2
        for b in names[nth + 1 :]:
            assert not overlap(at[a], boxes[a], at[b], boxes[b])
    assert place(boxes, hops, links, *PAGE) == at


def test_the_middle_card_stays_in_the_middle() -> None:
    boxes = {name: Box(100, 50) for name in "abc"}
    at = place(boxes, {"a": 0, "b": 1, "c": 1}, [("a", "b"), ("a", "c")], *PAGE)
    assert math.hypot(at["a"].x - PAGE[0] / 2, at["a"].y - PAGE[1] / 2) < 1


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=300), st.text(max_size=60).filter(str.isprintable))
def test_any_text_makes_a_drawing_that_is_well_formed_and_runs_nothing(text: str, title: str) -> None:
    nodes = (node("a", f"<script>alert(1)</script>{text}"), node("b", "]]>&\"'", "Entity"))
    edges = (make_edge("c", "MENTIONS", "a", "b", created_at=AT), make_edge("c", "OWN_KIND", "a", "b", created_at=AT))
    seen = Neighbourhood(centre="a", nodes=nodes, hops={"a": 0, "b": 1}, edges=edges, walked=frozenset({("a", "b")}))
    root = ElementTree.fromstring(draw(seen, title=title))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "script" not in tags
    assert not [name for element in root.iter() for name in element.attrib if name.lower().startswith("on")]
    assert "OWN_KIND" in {element.text for element in root.iter()}


def test_a_neighbourhood_is_small_holds_the_path_and_both_ends_of_each_edge() -> None:
    graph = Graph(Context(store=InMemoryStore(), embedder=MiniLM(), clock=lambda: AT))
    kb = graph.cube("c")
    kb.put([node(f"n{at}", f"Anna Berg met Carl Dahl on pier {at}, said Eva Falk.") for at in range(40)])
    (hit, *_) = kb.search("Anna Berg", top_k=1)
    seen = neighbourhood(kb, hit)
    there = {n.id for n in seen.nodes}
    assert len(there) <= MOST
    assert {step.from_id for route in hit.routes[:1] for step in route.steps} <= there
    assert seen.edges
    assert all(edge.from_id in there and edge.to_id in there for edge in seen.edges)
    assert seen.hops[hit.id] == 0
