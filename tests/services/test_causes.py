"""Causes and conditions that texts state, as edges that a user can walk."""

from __future__ import annotations

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.graph import LIVE, Edge
from memos_graph.model.scope import Scope
from memos_graph.services.remember.causes import EVIDENCE, MADE_BY, MOST
from tests.services.conftest import Clock

LOG = """# Pump log

A lack of oil led to overheating. The bearing seized because of overheating.

If the pressure exceeds 5 bar, the relief valve opens.
"""


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("kb")


def stated(cube: CubeHandle, clock: Clock) -> list[tuple[str, str, str, Edge]]:
    """(kind, cause, effect, edge) of all that hold now."""
    store, now = cube._context.store, clock()
    scope = Scope(cubes=(cube.name,), states=LIVE, current_at=now)
    edges = store.edges(scope, kinds=["CAUSES", "CONDITION_OF"])
    nodes = {n.id: n for n in store.get(scope, list({i for e in edges for i in (e.from_id, e.to_id)}))}
    both = [e for e in edges if e.from_id in nodes and e.to_id in nodes]
    return sorted(
        ((e.kind, nodes[e.from_id].text, nodes[e.to_id].text, e) for e in both), key=lambda row: (*row[:3], row[3].id)
    )


def told(cube: CubeHandle, clock: Clock) -> list[tuple[str, str, str]]:
    return [row[:3] for row in stated(cube, clock)]


def test_what_a_document_states_can_be_walked_from_cause_to_effect(cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(LOG.encode(), "log.md")
    assert told(cube, clock) == [
        ("CAUSES", "A lack of oil", "overheating"),
        ("CAUSES", "overheating", "The bearing seized"),
        ("CONDITION_OF", "the pressure exceeds 5 bar", "the relief valve opens"),
    ]


def test_an_edge_shows_the_sentence_it_rests_on_and_where_its_spans_lie_in_it(cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(LOG.encode(), "log.md")
    for _, cause, effect, edge in stated(cube, clock):
        assert edge.created_by == MADE_BY and 0.5 < edge.weight < 1
        assert edge.evidence in LOG
        spans = {name: edge.info[name] for name in ("cause", "effect", "marker")}
        words = {name: edge.evidence[span[0] : span[1]] for name, span in spans.items()}  # type: ignore[index]
        assert (words["cause"], words["effect"]) == (cause, effect)
        assert words["marker"] in ("led to", "because of", "If")


def test_the_same_bytes_again_write_nothing_and_another_line_leaves_the_rest(cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(LOG.encode(), "log.md")
    assert cube.add_bytes(LOG.encode(), "log.md").edges == ()
    before = {edge.id for *_, edge in stated(cube, clock)}
    clock.skip(days=1)
    cube.add_bytes((LOG + "\n# More\n\nThe gate jammed because the rail was bent.\n").encode(), "log.md")
    after = stated(cube, clock)
    assert before < {edge.id for *_, edge in after}
    assert ("CAUSES", "the rail was bent", "The gate jammed") in [row[:3] for row in after]


def test_a_statement_goes_when_its_text_does(cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(LOG.encode(), "log.md")
    clock.skip(days=1)
    cube.add_bytes(LOG.replace("A lack of oil", "A lack of water").encode(), "log.md")
    assert told(cube, clock)[:2] == [
        ("CAUSES", "A lack of water", "overheating"),
        ("CAUSES", "overheating", "The bearing seized"),
    ]
    cube.delete(cube.add_bytes(LOG.encode(), "log.md").fed[0].root)
    assert told(cube, clock) == []


def test_a_name_is_the_entity_of_that_name_and_equal_words_of_two_documents_are_two(
    cube: CubeHandle, clock: Clock
) -> None:
    for name in ("a.md", "b.md"):
        cube.add_bytes(f"# {name}\n\nHurricane Ana triggered the strike.\n".encode(), name)
    found = stated(cube, clock)
    assert [row[:3] for row in found] == [("CAUSES", "Hurricane Ana", "the strike")] * 2
    assert len({edge.from_id for *_, edge in found}) == 1
    assert len({edge.to_id for *_, edge in found}) == 2


def test_a_marker_that_opens_a_passage_joins_it_to_the_one_before(cube: CubeHandle, clock: Clock) -> None:
    filler = "The watch noted the reading of the gauge in the log of the day. " * 14
    text = f"{filler}The main bearing had rusted through.\n\nTherefore the pump was taken out of use. {filler}"
    cube.add_bytes(text.encode(), "rust.txt")
    ((_, cause, effect, edge),) = stated(cube, clock)
    assert cause.endswith("The main bearing had rusted through.")
    assert effect.startswith("Therefore the pump was taken out of use.")
    assert edge.evidence.startswith("The main bearing had rusted through. Therefore")


def test_what_a_message_gives_as_a_reason_is_an_edge_too(cube: CubeHandle, clock: Clock) -> None:
    said = [
        {"role": "user", "name": "Ines", "content": "I moved to Lisbon because my sister lives there."},
        {"role": "assistant", "content": "Did you move because of the weather?"},
    ]
    cube.add(said, conversation="quay")
    assert told(cube, clock) == [("CAUSES", "my sister lives there", "I moved to Lisbon")]
    cube.add(said, conversation="quay")
    assert len(told(cube, clock)) == 1


def test_statements_are_ways_and_no_hits(cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(LOG.encode(), "log.md")
    hits = cube.search("what made the bearing seize?", top_k=10)
    assert {hit.kind for hit in hits} == {"Passage"}


def test_a_passage_that_argues_at_every_turn_keeps_its_surest_statements(cube: CubeHandle, clock: Clock) -> None:
    names = "abcdefghijklmnop"
    text = " ".join(f"Gate {one}{one}{one} jammed because of rust {one}{one}." for one in names)
    cube.add_bytes(text.encode(), "gates.txt")
    assert len(told(cube, clock)) == MOST


def test_long_evidence_is_cut(cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(f"The gate jammed because the rail was bent {'and bent again ' * 40}.".encode(), "gate.txt")
    ((_, _, _, edge),) = stated(cube, clock)
    assert len(edge.evidence) == EVIDENCE and edge.evidence.endswith("…")


def test_a_listing_states_nothing(cube: CubeHandle, clock: Clock) -> None:
    code = "# the pump stops because the bearing seized\nif pressure > limit, the valve opens"
    cube.add_bytes(f"# Control\n\n```\n{code}\n```\n".encode(), "control.md")
    assert told(cube, clock) == []
