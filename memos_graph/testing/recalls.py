"""What recall looks at: names by cube, and a cube laid out as arrays that say what the other reads say."""

from __future__ import annotations

import numpy as np

from memos_graph.model.delta import EraseNode, RetireEdge, RetireNode
from memos_graph.model.filter import parse_filter
from memos_graph.model.scope import Scope
from memos_graph.model.survey import NO_TIME
from memos_graph.model.times import to_micros
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import Bench, day, vector
from memos_graph.testing.compare import survey_agrees


class LexiconTests(StoreTests):
    def test_a_lexicon_names_entities_and_those_who_spoke(self, bench: Bench) -> None:
        bench.put(
            bench.node("e1", kind="Entity", key="ann"), bench.node("e2", kind="Entity", key="valve"),
            bench.node("e3", kind="Entity", key="ann"), bench.node("m", kind="Message"), bench.node("p", key="passage"),
            bench.node("e4", kind="Entity"), bench.node("e5", kind="Entity", key="bob"),
        )  # fmt: skip
        bench.put(bench.edge("m", "e1", "SAID_BY"), bench.edge("m", "e2", "MENTIONS"), bench.edge("p", "e5", "SAID_BY"))
        lexicon = bench.store.lexicon(bench.scope())[bench.cube]
        assert dict(lexicon.entities) == {"ann": ("e1", "e3"), "valve": ("e2",), "bob": ("e5",)}
        assert dict(lexicon.speakers) == {"ann": ("e1",)}

    def test_a_lexicon_follows_every_write(self, bench: Bench) -> None:
        bench.put(bench.node("e", kind="Entity", key="ann"), bench.node("m", kind="Message"))
        said = bench.edge("m", "e", "SAID_BY")
        bench.put(said)
        assert set(bench.store.lexicon(bench.scope())[bench.cube].speakers) == {"ann"}
        bench.apply(RetireEdge(id=said.id))
        assert not bench.store.lexicon(bench.scope())[bench.cube].speakers
        bench.apply(RetireNode(id="e"), at=day(5))
        assert not bench.store.lexicon(bench.scope())[bench.cube].entities
        assert set(bench.store.lexicon(bench.scope(known_at=day(4)))[bench.cube].entities) == {"ann"}
        bench.apply(EraseNode(id="e"))
        assert not bench.store.lexicon(bench.scope(known_at=day(4)))[bench.cube].entities

    def test_every_cube_in_scope_has_a_lexicon(self, bench: Bench, second: Bench) -> None:
        second.put(second.node("e", kind="Entity", key="ann"))
        lexicons = bench.store.lexicon(Scope(cubes=(bench.cube, second.cube)))
        assert set(lexicons) == {bench.cube, second.cube}
        assert not lexicons[bench.cube].entities
        assert set(lexicons[second.cube].entities) == {"ann"}


class SurveyTests(StoreTests):
    def test_a_survey_says_of_each_row_what_its_node_says(self, bench: Bench) -> None:
        bench.put(
            bench.node("a", text="Who signed? \n", valid_from=day(2), vectors={"main": vector(1, 1, 0, 0)}),
            bench.node("b", kind="Entity", key="valve", text="谁签字？"),
            bench.node("c", kind="Message", text="No.", valid_from=day(-20000)),
        )
        (survey,) = bench.store.survey(bench.scope(), "main", vector(1, 0, 0, 0), "valve signed")
        rows = {id: row for row, id in enumerate(survey.ids)}
        assert [survey.kinds[survey.kind[rows[id]]] for id in "abc"] == ["Passage", "Entity", "Message"]
        assert [survey.valid_from[rows[id]] for id in "abc"] == [to_micros(day(2)), NO_TIME, to_micros(day(-20000))]
        assert [survey.length[rows[id]] for id in "abc"] == [13, 4, 3]
        assert [bool(survey.question[rows[id]]) for id in "abc"] == [True, True, False]
        assert np.allclose([survey.dense[rows[id]] for id in "abc"], [np.sqrt(0.5), 0, 0], atol=1e-4)
        assert [bool(survey.lexical[rows[id]] > 0) for id in "abc"] == [True, True, False]
        assert (survey.cube, bool(survey.allowed.all()), bool(survey.walkable.all())) == (bench.cube, True, True)

    def test_a_survey_of_an_empty_cube_has_no_rows(self, bench: Bench) -> None:
        (survey,) = bench.store.survey(bench.scope(), "main", vector(1, 0, 0, 0), "valve")
        assert (list(survey.ids), survey.allowed.shape, dict(survey.adjacency)) == ([], (0,), {})

    def test_a_survey_without_a_vector_scores_words_alone(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve", vectors={"main": vector(1, 0, 0, 0)}))
        (survey,) = bench.store.survey(bench.scope(), "main", None, "valve")
        assert survey.dense.tolist() == [0]
        assert survey.lexical[0] > 0

    def test_surveys_come_in_the_order_of_the_scopes_cubes(self, bench: Bench, second: Bench) -> None:
        for cubes in ((bench.cube, second.cube), (second.cube, bench.cube)):
            surveys = bench.store.survey(Scope(cubes=cubes), "main", None, "valve")
            assert tuple(survey.cube for survey in surveys) == cubes

    def test_a_survey_agrees_with_near_text_and_around(self, bench: Bench) -> None:
        _fill(bench)
        query = vector(0.2, 1, -0.5, 0.1)
        scopes = (bench.scope(), bench.scope(as_of=day(3)), bench.scope(known_at=day(4)), bench.scope(retired=True))
        for scope in scopes:
            for tree in (None, {"info.part": 1}, {"kind": "Entity"}):
                filter = None if tree is None else parse_filter(tree)
                survey_agrees(bench.store, scope, "main", query, "valve harbour", filter, k=5)

    def test_a_survey_follows_every_write(self, bench: Bench) -> None:
        _fill(bench)
        query = vector(1, 0, 0, 0)
        bench.apply(RetireNode(id="n03"), at=day(5))
        survey_agrees(bench.store, bench.scope(), "main", query, "valve", None, k=5)
        bench.apply(EraseNode(id="n04"))
        survey_agrees(bench.store, bench.scope(), "main", query, "valve", None, k=5)
        bench.put(bench.node("new", text="valve", vectors={"main": query}), bench.edge("new", "n05"))
        survey_agrees(bench.store, bench.scope(), "main", query, "valve", None, k=5)


def _fill(bench: Bench) -> None:
    rows = np.random.default_rng(2).normal(size=(24, 4)).astype(np.float32)
    words = ("valve", "harbour", "valve of the harbour", "bird")
    kinds = ("Passage", "Entity", "Message")
    bench.put(
        *(
            bench.node(
                f"n{n:02}", kind=kinds[n % 3], text=f"{words[n % 4]} {n}", info={"part": n % 2},
                valid_to=day(n) if n % 5 == 0 else None, vectors={"main": row} if n % 4 else {},
            )
            for n, row in enumerate(rows)
        )
    )  # fmt: skip
    edges = [
        bench.edge(f"n{n:02}", f"n{n * 7 % 24:02}", ("PARENT", "MENTIONS")[n % 2], weight=n / 8) for n in range(24)
    ]
    edges += [bench.edge("n01", "n07", "MENTIONS", discriminator="again"), bench.edge("n02", "n02", "PARENT")]
    edges += [bench.edge(f"n{n:02}", f"n{n + 1:02}", "FOLLOWS", valid_to=day(n)) for n in range(10)]
    bench.put(*edges)
    bench.apply(RetireEdge(id=edges[5].id), at=day(3))
    bench.apply(RetireNode(id="n11"), at=day(6))
