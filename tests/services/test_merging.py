"""Memories made one, found all the while, and taken apart again exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.consequences.doubts import doubt_of
from memos_graph.engines.profile import RecallProfile
from memos_graph.model.errors import Frozen, IllegalTransition, Invalid, NotFound
from memos_graph.model.graph import Node, Source
from memos_graph.model.scope import everything
from memos_graph.ports import Embedder
from memos_graph.services.context import Context
from memos_graph.services.merging import merged_id
from tests.memories.letters import LetterEmbedder
from tests.services.conftest import Clock

T1, T2 = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)
A = "Ana Moreno moved to Porto in 2021. She works at the harbour."
B = "Ana Moreno moved to Porto. She has two sons."


@pytest.fixture
def embedder() -> Embedder:
    """Nothing here turns on meaning."""
    return LetterEmbedder()


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


def put(cube: CubeHandle, identity: str, text: str, **fields: Any) -> str:
    at = cube._context.clock()
    values: dict[str, Any] = {"kind": "LongTermMemory", "created_at": at, "updated_at": at} | fields
    cube.put([Node(id=identity, cube=cube.name, text=text, **values)])
    return identity


def texts(cube: CubeHandle, query: str, **options: Any) -> list[str]:
    return [hit.text for hit in cube.search(query, **options)]


def live(cube: CubeHandle) -> tuple[dict[str, Any], set[tuple[str, str, str, float]]]:
    """All that holds now: nodes without versions and times of knowing, and edges by their ends."""
    nodes = {n.id: n for n in cube._context.store.scan(everything(cube.name)).nodes if n.retired_at is None}
    content = {
        i: (n.text, n.key, n.kind, n.status, n.confidence, n.tags, n.usage, n.sources, n.info, n.valid_from, n.valid_to,
            n.content_hash, n.created_at)
        for i, n in nodes.items() if n.valid_to is None
    }  # fmt: skip
    edges = cube._context.store.edges(everything(cube.name))
    held = {(e.kind, e.from_id, e.to_id, e.weight) for e in edges if e.retired_at is None and e.valid_to is None}
    return content, {edge for edge in held if edge[0] != "SUPERSEDES"}


def test_a_merge_says_what_its_parts_said_and_where_each_sentence_comes_from(cube: CubeHandle) -> None:
    one, two = put(cube, "one", A, tags=("a",), sources=(Source(uri="x.md"),)), put(cube, "two", B, tags=("b", "a"))
    receipt = cube.merge(one, two)
    new = cube.get(receipt.nodes[0])
    assert new.id == merged_id([two, one])
    assert new.text == f"{A} She has two sons."
    rows: Any = new.info["merged_spans"]
    spans = [(new.text[start:end], part) for start, end, part in rows]
    assert spans == [(A, "one"), ("She has two sons.", "two")]
    assert new.info["merged_from"] == ["one", "two"] and new.tags == ("a", "b") and Source(uri="x.md") in new.sources
    assert {(e.from_id, e.to_id) for e in cube.edges(new.id, kinds=["MERGED_INTO"])} == {(one, new.id), (two, new.id)}
    assert cube.get(one).status == cube.get(two).status == "merged"


def test_at_no_instant_is_neither_the_merge_nor_its_parts_found(cube: CubeHandle, clock: Clock) -> None:
    put(cube, "one", A), put(cube, "two", B)
    before = clock.skip(days=1)
    clock.skip(days=1)
    new = cube.get(cube.merge("one", "two").nodes[0])
    between = clock.skip(days=1)
    clock.skip(days=1)
    assert texts(cube, "Where did Ana move?") == [new.text]
    assert texts(cube, "Where did Ana move?", as_of=before) == [new.text]
    assert set(texts(cube, "Where did Ana move?", known_at=before)) == {A, B}
    cube.unmerge(new.id)
    after = clock.skip(days=1)
    assert set(texts(cube, "Where did Ana move?")) == {A, B}
    assert texts(cube, "Where did Ana move?", known_at=between) == [new.text]
    assert set(texts(cube, "Where did Ana move?", known_at=before)) == {A, B}
    assert set(texts(cube, "Where did Ana move?", known_at=after)) == {A, B}


@pytest.mark.parametrize(
    "other", ["Ana does not live in Porto.", "Porto, Ana lives in.", "Ana lives in Lisbon.", "If Ana lives in Porto."]
)
def test_what_another_says_differently_is_never_left_out(cube: CubeHandle, other: str) -> None:
    put(cube, "one", "Ana lives in Porto, and it does rain there today."), put(cube, "two", other)
    assert other in cube.get(cube.merge("one", "two").nodes[0]).text


def test_a_text_that_is_given_is_the_text(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B)
    new = cube.get(cube.merge("one", "two", text=" Ana lives in Porto. ").nodes[0])
    assert new.text == "Ana lives in Porto." and "merged_spans" not in new.info
    with pytest.raises(Invalid, match="text"):
        cube.merge("one", "two", text=" ")


def test_what_led_to_the_parts_leads_to_the_merge(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B), put(cube, "boat", "The boat is blue.")
    cube.link("boat", "two", "BELONGS_TO")
    cube.link("one", "two", "RELATED_TO")
    new = cube.merge("one", "two").nodes[0]
    named = {r.node.text for r in cube.around(new, kinds=["MENTIONS"])}
    assert "Ana Moreno" in named
    assert [(e.from_id, e.to_id) for e in cube.edges(new, kinds=["BELONGS_TO", "RELATED_TO"])] == [("boat", new)]


def test_what_rested_on_a_part_rests_on_it_still_and_falls_with_the_merge(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B), put(cube, "so", "Ana speaks Portuguese.")
    cube.link("so", "two", "DEPENDS_ON")
    new = cube.merge("one", "two").nodes[0]
    assert "doubt" not in cube.get("so").info
    falls = cube.impact(new)
    assert [fall.id for fall in falls] == ["so"]
    cube.delete(new)
    assert {reason.premise for reason in doubt_of(cube.get("so").info)} <= {new, "two"} and cube.get("so").info["doubt"]


def test_taking_a_merge_apart_fells_nothing_that_rested_on_its_parts(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B), put(cube, "so", "Ana speaks Portuguese.")
    cube.link("so", "two", "DEPENDS_ON")
    cube.unmerge(cube.merge("one", "two").nodes[0])
    assert "doubt" not in cube.get("so").info
    cube.delete("two")
    assert [reason.path for reason in doubt_of(cube.get("so").info)] == [("two",)]


def test_a_merge_is_made_again_without_a_part_that_falls_and_with_it_when_it_is_back(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B), put(cube, "so", "Ana speaks Portuguese.")
    new = cube.merge("one", "two").nodes[0]
    whole = cube.get(new).text
    cube.link("so", new, "DEPENDS_ON")
    (remade, doubted) = cube.impact("two")
    assert (remade.id, remade.what, remade.because) == (new, "remake", ("two",))
    assert (doubted.id, doubted.what, doubted.because) == ("so", "doubt", (new, "two"))
    cube.delete("two")
    assert cube.get(new).text == A and cube.get("so").info["doubt"]
    cube.restore("two")
    assert cube.get(new).text == whole and "doubt" not in cube.get("so").info


def test_a_merge_whose_text_was_given_is_doubted_when_a_part_falls(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B)
    new = cube.merge("one", "two", text="Ana lives in Porto with two sons.").nodes[0]
    cube.delete("two")
    assert [reason.path for reason in doubt_of(cube.get(new).info)] == [("two",)]


def test_a_merge_ends_with_its_last_part(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B)
    new = cube.merge("one", "two").nodes[0]
    cube.delete("one", "two")
    assert cube.get(new).valid_to is not None and texts(cube, "Ana") == []


def test_an_erased_part_takes_the_merged_text_with_it(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B)
    cube.merge("one", "two")
    cube.delete("two", erase=True)
    rows = str(cube._context.store.scan(everything("people")).nodes) + str(cube.history())
    assert "two sons" not in rows and texts(cube, "Ana") == [A]


def test_a_merge_that_was_taken_apart_can_be_made_again(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B)
    new = cube.merge("one", "two").nodes[0]
    merged = live(cube)
    cube.unmerge(new)
    assert cube.merge("two", "one").nodes[0] == new
    assert live(cube) == merged


def test_a_merge_is_undone_as_one_step(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B), put(cube, "so", "Ana speaks Portuguese.")
    cube.link("so", "two", "DEPENDS_ON")
    before = live(cube)
    cube.undo(cube.merge("one", "two").delta)
    assert live(cube) == before


def test_a_merge_of_merges_comes_apart_from_the_top(cube: CubeHandle) -> None:
    put(cube, "one", A), put(cube, "two", B), put(cube, "three", "Ana sails.")
    low = cube.merge("one", "two").nodes[0]
    between = live(cube)
    high = cube.merge(low, "three").nodes[0]
    assert texts(cube, "Ana") == [cube.get(high).text]
    with pytest.raises(Invalid, match=high):
        cube.unmerge(low)
    cube.unmerge(high)
    assert live(cube) == between


def test_events_of_different_times_are_never_merged(cube: CubeHandle) -> None:
    put(cube, "one", "Ana visited Rome.", valid_from=T1), put(cube, "two", "Ana visited Rome.", valid_from=T2)
    with pytest.raises(Invalid, match="different times"):
        cube.merge("one", "two")
    put(cube, "event", "Ana ran in the park.", info={"claim": {"kind": "event"}})
    put(cube, "habit", "Ana runs in the park.", info={"claim": {"kind": "habit"}})
    with pytest.raises(Invalid, match="habit"):
        cube.merge("event", "habit")
    state = {"claim": {"kind": "state"}}
    put(cube, "s1", "Ana lives in Rome.", valid_from=T1, info=state)
    put(cube, "s2", "Ana lives in Rome, near the river.", valid_from=T2, info=state)
    assert cube.get(cube.merge("s1", "s2").nodes[0]).valid_from == T1


def test_what_can_t_be_merged_is_refused_by_name_and_nothing_is_written(cube: CubeHandle, graph: Graph) -> None:
    put(cube, "one", A), put(cube, "two", B), put(cube, "cold", "Ana is tall.")
    graph.cube("others").add("Ana is elsewhere.")
    (elsewhere,) = [node.id for node in graph.cube("others").list(filter={"kind": "LongTermMemory"})]
    cube.freeze("cold", reason="contract")
    entity = cube.around("one", kinds=["MENTIONS"])[0].node.id
    before = cube.history()
    for ids, error in (
        ((), Invalid), (("one",), Invalid), (("one", "one"), Invalid), (("one", "nobody"), NotFound),
        (("one", elsewhere), NotFound), (("one", "cold"), Frozen), (("one", entity), Invalid),
    ):  # fmt: skip
        with pytest.raises(error):
            cube.merge(*ids)
    for identity, error in (("one", Invalid), ("nobody", NotFound)):
        with pytest.raises(error):
            cube.unmerge(identity)
    assert cube.history() == before
    cube.merge("one", "two")
    put(cube, "three", "Ana is old.")
    with pytest.raises(IllegalTransition, match="unmerged"):
        cube.merge("one", "three")


def test_info_that_looks_like_ours_breaks_no_merge(cube: CubeHandle) -> None:
    junk = {"merged_from": 7, "merged_spans": "x", "claim": [], "ended_because": {"also": 1}, "remade_because": None}
    put(cube, "one", A, info=junk), put(cube, "two", B, info=junk)
    before = live(cube)
    new = cube.merge("one", "two").nodes[0]
    assert cube.get(new).info["merged_from"] == ["one", "two"]
    cube.unmerge(new)
    assert live(cube) == before
    with pytest.raises(Invalid, match="nothing was merged"):
        cube.unmerge("one")


WORDS = st.lists(st.sampled_from(["Ana", "rows", "Porto", "not", "blue", "seven", "sails."]), min_size=1, max_size=6)
TEXTS = st.lists(WORDS.map(" ".join), min_size=3, max_size=5)
LINKS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["DEPENDS_ON", "RELATED_TO", "CAUSES", "MY_KIND"])),
    max_size=6, unique=True,
)  # fmt: skip


def hits(cube: CubeHandle) -> list[Any]:
    """What searches find: with words counted the hits, without them their order and scores too.

    How rare a word is the stores count over past versions as well, so that every change moves BM25 a little.
    """
    found: list[Any] = []
    for query in ("Ana in Porto", "who sails?", "blue seven"):
        found.append({hit.id for hit in cube.search(query)})
        found.append([(hit.id, round(hit.score, 5)) for hit in cube.search(query, profile=RecallProfile(lexical=0.0))])
    return found


def check_round_trip(cube: CubeHandle, said: list[str], links: list[tuple[int, int, str]], count: int) -> None:
    ids = [put(cube, f"m{n}", text, tags=(f"t{n}",), confidence=50.0 + n, info={"n": n}) for n, text in enumerate(said)]
    for start, end, kind in links:
        if start < end < len(ids):
            cube.link(ids[start], ids[end], kind)
    before, found = live(cube), hits(cube)
    new = cube.merge(*ids[:count]).nodes[0]
    cube.unmerge(new)
    assert live(cube) == before
    assert hits(cube) == found


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=TEXTS, links=LINKS, count=st.integers(2, 5))
def test_merged_and_taken_apart_all_is_as_it_was(said: list[str], links: list[Any], count: int) -> None:
    graph = Graph(Context(store=InMemoryStore(), embedder=LetterEmbedder(), clock=Clock()))
    check_round_trip(graph.cube("people"), said, links, min(count, len(said)))


@pytest.mark.parametrize("seed", range(3))
def test_on_disk_too_all_is_as_it_was(graph: Graph, seed: int) -> None:
    words = ["Ana rows in Porto.", "Ana rows. Ana sails.", "Porto is blue.", "Ana rows in Porto not.", "seven"]
    said = words[seed:] + words[:seed]
    links = [(0, 3, "DEPENDS_ON"), (1, 2, "RELATED_TO"), (2, 3, "DEPENDS_ON"), (0, 4, "MY_KIND")]
    check_round_trip(graph.cube(f"people{seed}"), said, links, 2 + seed)
