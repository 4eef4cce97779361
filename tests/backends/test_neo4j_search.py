"""Schema, searches, surveys and lexicons of a Neo4j store, on a real server, beside numpy and the oracle."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_graph.backends.analysis import terms
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.backends.neo4j import Address, open_store, schema, search, survey
from memos_graph.backends.neo4j.engine import Engine
from memos_graph.backends.neo4j.words import SLOTS, queries, words_property
from memos_graph.model.delta import PatchNode
from memos_graph.model.errors import Invalid, StoreTooNew, Unavailable
from memos_graph.model.filter import parse_filter
from memos_graph.model.graph import VectorSpace
from memos_graph.ports import GraphStore
from memos_graph.queries import folder
from memos_graph.testing.bench import Bench, day, ids, make_cube, vector
from memos_graph.testing.compare import survey_agrees
from tests.servers.server import Server

_numbers = itertools.count(1)
_WORDS = ("valve", "harbour", "signed", "阀门", "李雷", "bird", "AND", "don't", "C++", "naïve", "x" * 128, '"(*')


@pytest.fixture(scope="module")
def at(neo4j_server: Server) -> Address:
    neo4j_server.empty()
    return Address(url=neo4j_server.url, user=neo4j_server.user, password=neo4j_server.password)


@pytest.fixture(scope="module")
def store(at: Address) -> Iterator[GraphStore]:
    store = open_store(at)
    yield store
    store.close()


@pytest.fixture(scope="module")
def engine(at: Address, store: GraphStore) -> Iterator[Engine]:
    engine = Engine(at)
    yield engine
    engine.close()


@pytest.fixture
def bench(store: GraphStore) -> Iterator[Bench]:
    bench = new_bench(store)
    yield bench
    store.drop_cube(bench.cube)


def new_bench(store: GraphStore, name: str = "") -> Bench:
    cube = name or f"search-{next(_numbers)}"
    store.create_cube(make_cube(cube))
    return Bench(store, cube)


# --- schema


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    before = engine.read("SHOW INDEXES YIELD id, name RETURN id, name ORDER BY id")
    assert schema.migrate(engine) == schema.migrate(engine) == len(list((folder() / "migrations").glob("*.cypher")))
    assert engine.read("SHOW INDEXES YIELD id, name RETURN id, name ORDER BY id") == before


def test_a_schema_cut_short_is_taken_up_again(engine: Engine) -> None:
    engine.schema("DROP INDEX memory_terms")
    engine.schema("DROP CONSTRAINT change_uid")
    engine.write("MATCH (s:Schema) SET s.version = 1")
    version = schema.migrate(engine)
    names = {row["name"] for row in engine.read("SHOW INDEXES YIELD name WHERE true RETURN name")}
    assert {"memory_terms", "change_uid"} <= names
    assert engine.read("MATCH (s:Schema) RETURN s.version AS version") == [{"version": version}]


def test_what_was_removed_by_hand_is_made_anew(engine: Engine) -> None:
    engine.schema("DROP INDEX entity_cube")
    schema.migrate(engine)
    assert engine.read("SHOW INDEXES YIELD name WHERE name = 'entity_cube' RETURN name")


def test_two_processes_may_migrate_at_once(at: Address, engine: Engine) -> None:
    for name in ("memory_cube", "entity_cube", "memory_terms"):
        engine.schema(f"DROP INDEX {name}")
    engines = [Engine(at) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(schema.migrate, engines))) == 1
    finally:
        for one in engines:
            one.close()
    assert engine.read("SHOW INDEXES YIELD name WHERE name = 'memory_terms' RETURN name")


def test_a_constraint_that_what_is_stored_breaks_is_invalid_and_says_where(engine: Engine) -> None:
    engine.schema("DROP CONSTRAINT cube_id")
    engine.write("UNWIND [1, 2] AS n CREATE (:Cube {id: 'twice', dropped: true})")
    try:
        with pytest.raises(Invalid, match="cube_id"):
            schema.migrate(engine)
    finally:
        engine.write("MATCH (c:Cube {id: 'twice'}) DELETE c")
    schema.migrate(engine)


def test_a_schema_of_a_newer_version_is_refused(engine: Engine) -> None:
    version = schema.migrate(engine)
    engine.write("MATCH (s:Schema) SET s.version = 99")
    try:
        with pytest.raises(StoreTooNew, match="99"):
            schema.migrate(engine)
    finally:
        engine.write("MATCH (s:Schema) SET s.version = $version", {"version": version})


class _Slow:
    """An engine whose indexes are in one state for ever."""

    def __init__(self, state: str) -> None:
        self.row = {"name": "space_main", "state": state, "percent": 42.4, "message": "out of disk", "options": {}}

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        return [self.row]

    schema = read


def test_an_index_still_populating_is_unavailable_with_its_name_and_progress() -> None:
    with pytest.raises(Unavailable, match=r"space_main at 42 %") as raised:
        schema.await_indexes(_Slow("POPULATING"), ["space_main"], "here", wait_s=0)
    assert raised.value.retry_after > 0


def test_an_index_that_failed_is_unavailable_with_the_servers_reason() -> None:
    with pytest.raises(Unavailable, match=r"out of disk.*DROP INDEX space_main"):
        schema.await_indexes(_Slow("FAILED"), ["space_main"], "here", wait_s=0)


def test_a_space_that_a_cube_holds_in_another_length_is_invalid(bench: Bench, engine: Engine) -> None:
    with pytest.raises(Invalid, match=bench.cube):
        schema.ensure_space(engine, VectorSpace(name="main", model="wider", dimension=5))


def test_a_space_that_no_cube_uses_any_longer_may_take_another_length(store: GraphStore) -> None:
    for dimension in (6, 7):
        space = VectorSpace(name="passing", model="test", dimension=dimension)
        cube = f"passing-{dimension}"
        store.create_cube(make_cube(cube, spaces=(space,), text_space="passing"))
        bench = Bench(store, cube)
        bench.put(bench.node("n", vectors={"passing": np.ones(dimension, np.float32)}))
        assert ids(store.near(bench.scope(), "passing", np.ones(dimension, np.float32), 5)) == ["n"]
        store.drop_cube(cube)


# --- by vector


def test_near_is_what_comparing_every_row_gives(store: GraphStore) -> None:
    @given(seed=st.integers(0, 2**32), rows=st.integers(0, 60), k=st.integers(1, 70), few=st.booleans())
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    def check(seed: int, rows: int, k: int, few: bool) -> None:
        bench = new_bench(store)
        generator = np.random.default_rng(seed)
        vectors = generator.integers(-3, 4, (rows, 4)).astype(np.float32) + np.float32(0.5)
        bench.put(bench.node("bare"), *(
            bench.node(f"n{n:02}", confidence=n % 10, vectors={"main": row}) for n, row in enumerate(vectors)
        ))  # fmt: skip
        query = generator.normal(size=4).astype(np.float32)
        cosines = vectors @ query / np.linalg.norm(vectors, axis=1) / np.linalg.norm(query)
        keep = [n for n in range(rows) if not few or n % 10 < 2]
        wanted = sorted((-round(float(cosines[n]), 6), f"n{n:02}") for n in keep)[:k]
        found = store.near(
            bench.scope(), "main", query, k, filter=parse_filter({"confidence": {"lt": 2}}) if few else None
        )
        assert [scored.score for scored in found] == pytest.approx([-score for score, _ in wanted], abs=1e-5)
        assert {scored.id for scored in found} <= {f"n{n:02}" for n in keep}
        store.drop_cube(bench.cube)

    check()


Crowd = tuple[Bench, npt.NDArray[np.float32]]  #: a bench, and the unit vectors of its nodes


@pytest.fixture(scope="module")
def crowd(store: GraphStore) -> Iterator[Crowd]:
    """A cube of 3,000 nodes beside one of 3,000 others, so that the vector index is asked."""
    space = VectorSpace(name="crowd", model="test", dimension=24)
    benches = []
    for name, seed in (("crowd", 1), ("crowd-beside", 2)):
        store.create_cube(make_cube(name, spaces=(space,), text_space="crowd"))
        rows = np.random.default_rng(seed).normal(size=(3000, 24)).astype(np.float32)
        bench = Bench(store, name)
        bench.put(*(
            bench.node(f"n{n:04}", text="valve" if n % 2 else "bird", confidence=n % 100, info={"part": n % 1000},
                       vectors={"crowd": row})
            for n, row in enumerate(rows)
        ))  # fmt: skip
        benches.append((bench, rows / np.linalg.norm(rows, axis=1, keepdims=True)))
    yield benches[0]
    for bench, _ in benches:
        store.drop_cube(bench.cube)


def test_the_vector_index_gives_nearly_all_of_the_nearest_of_a_cube(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, rows = crowd
    asked: list[str] = []
    ask = search._Question.ask

    def noted(self: Any, name: str, *parameters: Any, **slots: Any) -> Any:
        asked.append(name)
        return ask(self, name, *parameters, **slots)

    monkeypatch.setattr(search._Question, "ask", noted)
    hits = 0
    for query in np.random.default_rng(3).normal(size=(20, 24)).astype(np.float32):
        cosines = rows @ (query / np.linalg.norm(query))
        found = bench.store.near(bench.scope(), "crowd", query, 10)
        assert [one.score for one in found] == pytest.approx([cosines[int(one.id[1:])] for one in found], abs=1e-4)
        hits += len({int(one.id[1:]) for one in found} & set(np.argsort(-cosines)[:10].tolist()))
    assert hits >= 0.98 * 200
    assert set(asked) == {"nearest"}


@pytest.mark.parametrize("tree", [{"confidence": 7}, {"info.part": {"in": [3, 500]}}, {"id": {"like": "n00*"}}])
def test_a_filter_that_leaves_little_never_shortens_the_list(crowd: Crowd, tree: object) -> None:
    bench, rows = crowd
    condition = parse_filter(tree)
    matching = [int(node.id[1:]) for node in bench.store.match(bench.scope(), filter=condition, limit=9999)]
    assert matching
    cosines = rows @ rows[0]
    wanted = sorted(matching, key=lambda n: -cosines[n])[:20]
    found = bench.store.near(bench.scope(), "crowd", rows[0], 20, filter=condition)
    assert [int(one.id[1:]) for one in found] == wanted


def test_more_than_a_cube_holds_gives_all_it_holds(
    crowd: Crowd,
) -> None:
    bench, rows = crowd
    assert len(bench.store.near(bench.scope(), "crowd", rows[0], 10_000)) == 3000
    assert len(bench.store.text(bench.scope(), "valve", 10_000)) == 1500


# --- by words


def test_text_finds_what_the_oracle_finds(store: GraphStore) -> None:
    texts = st.lists(st.lists(st.sampled_from(_WORDS), max_size=6).map(" ".join), max_size=12)
    query = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=4).map(" ".join)

    @given(texts=texts, query=query, k=st.integers(1, 14))
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    def check(texts: list[str], query: str, k: int) -> None:
        bench, oracle = new_bench(store), Bench(InMemoryStore(), "oracle")
        oracle.store.create_cube(make_cube("oracle"))
        for one in (bench, oracle):
            one.put(*(one.node(f"n{n:02}", text=text, key=text[:5]) for n, text in enumerate(texts)))
        wanted = oracle.store.text(oracle.scope(), query, 100)
        found = store.text(bench.scope(), query, k)
        assert {one.id for one in found} <= {one.id for one in wanted}
        assert len(found) == min(k, len(wanted))
        assert [(-one.score, one.id) for one in found] == sorted((-one.score, one.id) for one in found)
        store.drop_cube(bench.cube)

    check()


@given(cube=st.sampled_from(("a", "a-b", "Z@x.y")), text=st.text(max_size=60))
def test_a_query_holds_only_marked_words_of_its_cube_and_no_sign(cube: str, text: str) -> None:
    said = queries(cube, text)
    assert bool(said) == bool(terms(text))
    for query in said:
        name, _, body = query.partition(":")
        assert name == words_property(cube)
        assert body[0] + body[-1] == "()"
        marks = {word[:5] for word in body[1:-1].split(" ")}
        assert len(marks) == 1
        assert body[1:-1].replace("\\", "").split(" ") == [marks.copy().pop() + t for t in dict.fromkeys(terms(text))]


def test_every_slot_is_in_the_full_text_index(engine: Engine) -> None:
    rows = engine.read("SHOW INDEXES YIELD name, properties WHERE name = 'memory_terms' RETURN properties")
    assert rows[0]["properties"] == [f"terms_{slot:03}" for slot in range(SLOTS)]


def test_what_another_cube_holds_moves_no_score(store: GraphStore, bench: Bench) -> None:
    bench.put(*(bench.node(f"n{n}", text="the valve" if n else "the harbour of the valve") for n in range(5)))
    before = store.text(bench.scope(), "the harbour", 10)
    beside = new_bench(store, next(
        name for n in itertools.count() if words_property(name := f"beside-{n}") != words_property(bench.cube)
    ))  # fmt: skip
    beside.put(*(beside.node(f"n{n}", text="the harbour " * 9) for n in range(50)))
    assert store.text(bench.scope(), "the harbour", 10) == before
    store.drop_cube(beside.cube)


def test_two_cubes_in_one_slot_find_each_their_own(store: GraphStore, bench: Bench) -> None:
    slot = words_property(bench.cube)
    beside = new_bench(store, next(name for n in itertools.count() if words_property(name := f"twin-{n}") == slot))
    beside.put(beside.node("theirs", text="valve"))
    bench.put(bench.node("ours", text="valve"))
    assert (bench.found("valve"), beside.found("valve")) == (["ours"], ["theirs"])
    store.drop_cube(beside.cube)


def test_a_query_of_more_words_than_lucene_takes_scores_as_the_sum_of_all(bench: Bench) -> None:
    bench.put(bench.node("first", text="w1"), bench.node("both", text="w1 w1999"), bench.node("none", text="bird"))
    assert bench.found(" ".join(f"w{n}" for n in range(3000))) == ["both", "first"]


def test_texts_that_tie_beyond_the_cut_come_in_order_of_id(bench: Bench) -> None:
    bench.put(*(bench.node(f"n{n:03}", text="the same valve") for n in range(400)[::-1]))
    assert bench.found("valve", k=5) == [f"n{n:03}" for n in range(5)]


def test_a_text_of_a_megabyte_is_found_by_its_last_word(bench: Bench) -> None:
    bench.put(bench.node("n", text="filler " * 150_000 + "omega"), bench.node("m", text="z" * 40_000 + " tail"))
    assert (bench.found("omega"), bench.found("tail")) == (["n"], ["m"])


# --- recall


def _linked(bench: Bench) -> None:
    rows = np.random.default_rng(7).normal(size=(40, 4)).astype(np.float32)
    kinds = ("Passage", "Entity", "Message")
    bench.put(*(
        bench.node(f"n{n:02}", kind=kinds[n % 3], key=f"name {n % 4}", text=f"{('valve', 'bird')[n % 2]} {n}?",
                   info={"part": n % 3}, vectors={"main": row} if n % 5 else {})
        for n, row in enumerate(rows)
    ))  # fmt: skip
    bench.put(*(
        bench.edge(f"n{n:02}", f"n{n * 7 % 40:02}", ("PARENT", "MENTIONS", "SAID_BY")[n % 3], weight=n / 40)
        for n in range(40)
    ))  # fmt: skip


@pytest.mark.parametrize("tree", [None, {"kind": "Message"}, {"info.part": 1}])
def test_a_survey_of_a_part_of_a_cube_agrees_with_the_other_reads(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tree: object
) -> None:
    _linked(bench)
    monkeypatch.setattr(survey, "WHOLE", 0)
    condition = None if tree is None else parse_filter(tree)
    for scope in (bench.scope(), bench.scope(as_of=day(3)), bench.scope(retired=True)):
        survey_agrees(bench.store, scope, "main", vector(1, 0.2, 0, -1), "valve 7", condition, k=3)


def test_a_part_of_a_cube_says_of_its_rows_what_the_whole_says(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    _linked(bench)
    query = vector(1, 0.2, 0, -1)
    (whole,) = bench.store.survey(bench.scope(), "main", query, "valve", k=5)
    monkeypatch.setattr(survey, "WHOLE", 0)
    (part,) = bench.store.survey(bench.scope(), "main", query, "valve", k=5)
    assert 5 <= len(part.ids) < len(whole.ids) == 40
    at = [whole.ids.index(id) for id in part.ids]
    for name in ("length", "question", "tells_when", "valid_from", "allowed"):
        assert getattr(part, name).tolist() == getattr(whole, name)[at].tolist()
    assert part.dense == pytest.approx(whole.dense[at], abs=1e-6)
    assert [part.kinds[code] for code in part.kind] == [whole.kinds[code] for code in whole.kind[at]]


def test_a_hub_shows_with_its_edges_to_other_rows_only(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.put(
        bench.node("hub", kind="Entity"), bench.node("found", text="valve"), bench.node("also", text="valve"),
        *(bench.node(f"n{n:03}") for n in range(300)),
    )  # fmt: skip
    starts = ("found", "also", *(f"n{n:03}" for n in range(300)))
    bench.put(*(bench.edge(start, "hub", "MENTIONS") for start in starts))
    monkeypatch.setattr(survey, "WHOLE", 0)
    monkeypatch.setattr(survey, "_EDGES", 100)
    (laid,) = bench.store.survey(bench.scope(), "main", None, "valve")
    assert list(laid.ids) == ["also", "found", "hub"]
    assert laid.adjacency["MENTIONS"].in_start.tolist() == [0, 0, 0, 2]


def test_a_survey_knows_which_texts_tell_a_time(bench: Bench) -> None:
    bench.put(bench.node("a", text="It was on 3 May 2024."), bench.node("b", text="It was shut."))
    (laid,) = bench.store.survey(bench.scope(), "main", None, "shut")
    assert dict(zip(laid.ids, laid.tells_when.tolist(), strict=True)) == {"a": True, "b": False}


def test_a_lexicon_is_kept_until_any_process_writes(at: Address, bench: Bench) -> None:
    bench.put(bench.node("e", kind="Entity", key="ann"))
    first = bench.store.lexicon(bench.scope())[bench.cube]
    assert bench.store.lexicon(bench.scope())[bench.cube] is first
    other = open_store(at)
    try:
        Bench(other, bench.cube).apply(PatchNode(id="e", expects=1, set={"status": "archived"}), id="elsewhere")
    finally:
        other.close()
    assert not bench.store.lexicon(bench.scope())[bench.cube].entities


def test_a_lexicon_that_is_kept_lets_names_go_when_their_time_is_over(bench: Bench) -> None:
    bench.put(
        bench.node("e", kind="Entity", key="ann", valid_to=day(5)), bench.node("f", kind="Entity", key="bob"),
        bench.node("m", kind="Message"), bench.edge("m", "f", "SAID_BY", valid_to=day(7)),
    )  # fmt: skip
    both, later = (["ann", "bob"], ["bob"]), (["bob"], ["bob"])
    last: tuple[list[str], list[str]] = (["bob"], [])
    for number, wanted in ((4, both), (4.5, both), (6, later), (8, last), (4, both)):
        lexicon = bench.store.lexicon(bench.scope(current_at=day(number)))[bench.cube]
        assert (sorted(lexicon.entities), sorted(lexicon.speakers)) == wanted
