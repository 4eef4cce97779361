"""Search by vector and by words: exact neighbours, plain words in any script, and no query language."""

from __future__ import annotations

import numpy as np
import pytest

from memos_graph.model.errors import DimensionMismatch, Invalid
from memos_graph.model.graph import VectorSpace
from memos_graph.model.scope import Scope
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import OTHER, SPACE, Bench, ids, make_cube, vector

_HOSTILE = (
    "valve AND", "valve OR", "NOT valve", "+valve -harbour", '"valve', "valve\"", "(valve", "valve)", "valve:",
    "text:valve", "valve^5", "valve~2", "val* valve", "[valve TO harbour]", "{valve}", "valve\\", "valve/",
    "/valve/", "valve && ||", "*", "valve' OR 1=1 --", "$valve", "valve <>=", "valve?", "valve!",
    "‘valve’ “valve”", "valve\x00", "\ufeffvalve", "valve\ud800",
)  # fmt: skip


class NearTests(StoreTests):
    def test_the_nearest_by_cosine_come_first_with_their_cosine(self, bench: Bench) -> None:
        rows = {"same": (3, 0, 0, 0), "half": (1, 1, 0, 0), "square": (0, 1, 0, 0), "opposite": (-1, 0, 0, 0)}
        bench.put(*(bench.node(id, vectors={"main": vector(*row)}) for id, row in rows.items()))
        found = bench.store.near(bench.scope(), "main", vector(2, 0, 0, 0), 10)
        assert ids(found) == ["same", "half", "square", "opposite"]
        assert [scored.score for scored in found] == pytest.approx([1, np.sqrt(0.5), 0, -1], abs=1e-4)
        assert {scored.cube for scored in found} == {bench.cube}

    def test_a_vectors_length_does_not_count(self, bench: Bench) -> None:
        bench.put(
            bench.node("long", vectors={"main": vector(1e15, 2e14, 0, 0)}),
            bench.node("short", vectors={"main": vector(1e-15, 1e-16, 0, 0)}),
        )
        assert bench.nearest(1, 0, 0, 0) == bench.nearest(1e-12, 0, 0, 0) == ["short", "long"]

    def test_equal_vectors_come_in_order_of_cube_and_id(self, bench: Bench, second: Bench) -> None:
        for one in (bench, second):
            one.put(
                *(one.node(f"n{number:02}", vectors={"main": vector(0.3, 0.4, 0.5, 0.6)}) for number in range(20)[::-1])
            )
        found = bench.store.near(Scope(cubes=(second.cube, bench.cube)), "main", vector(1, 1, 0, 0), 30)
        wanted = [(cube, f"n{number:02}") for cube in sorted((bench.cube, second.cube)) for number in range(20)]
        assert [(scored.cube, scored.id) for scored in found] == wanted[:30]

    def test_near_finds_exactly_what_comparing_every_row_finds(self, bench: Bench) -> None:
        rows = np.random.default_rng(1).normal(size=(300, 4)).astype(np.float32)
        bench.put(*(bench.node(f"n{n:03}", vectors={"main": row}, confidence=n % 100) for n, row in enumerate(rows)))
        units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        for query in rows[:10] + np.float32(0.25):
            cosines = units @ (query / np.linalg.norm(query))
            for tree, keep in ((None, np.full(300, True)), ({"confidence": {"lt": 5}}, np.arange(300) % 100 < 5)):
                wanted = [
                    f"n{n:03}" for n in np.argsort(-np.where(keep, cosines, -2), kind="stable")[: min(20, keep.sum())]
                ]
                assert bench.nearest(*map(float, query), tree=tree, k=20) == wanted

    def test_nodes_without_a_vector_of_the_space_are_not_near(self, bench: Bench) -> None:
        bench.put(bench.node("bare"), bench.node("other", vectors={"other": vector(1, 0)}))
        assert bench.nearest(1, 0, 0, 0) == []
        assert ids(bench.store.near(bench.scope(), "other", vector(1, 0), 5)) == ["other"]

    def test_cubes_without_the_space_are_passed_over(self, bench: Bench, second: Bench) -> None:
        second.store.replace_cube(make_cube(second.cube, spaces=(OTHER,), text_space="other"))
        bench.put(bench.node("n", vectors={"main": vector(1, 0, 0, 0)}))
        assert bench.nearest(1, 0, 0, 0, scope=Scope(cubes=(bench.cube, second.cube))) == ["n"]

    def test_a_space_that_no_cube_in_scope_has_is_invalid(self, bench: Bench) -> None:
        with pytest.raises(Invalid, match="nowhere"):
            bench.store.near(bench.scope(), "nowhere", vector(1, 0, 0, 0), 5)

    def test_a_query_of_another_length_is_a_dimension_mismatch(self, bench: Bench) -> None:
        with pytest.raises(DimensionMismatch) as raised:
            bench.nearest(1, 0, 0)
        assert (raised.value.expected, raised.value.found) == (SPACE.dimension, 3)

    @pytest.mark.parametrize("wrong", [0.0, np.nan, np.inf])
    def test_a_query_without_direction_is_invalid(self, bench: Bench, wrong: float) -> None:
        with pytest.raises(Invalid):
            bench.nearest(wrong, 0, 0, 0)

    def test_a_float64_query_is_as_good_as_a_float32_one(self, bench: Bench) -> None:
        bench.put(bench.node("n", vectors={"main": np.array([1, 0, 0, 0], dtype=np.float64)}))
        query = np.array([1, 0, 0, 0], dtype=np.float64)
        assert ids(bench.store.near(bench.scope(), "main", query, 5)) == ["n"]  # type: ignore[arg-type]

    def test_near_is_exact_in_a_cube_of_hundreds(self, bench: Bench) -> None:
        """Of as many nodes as the store declares at least: 300 is fewer than any that is of use could say."""
        assert bench.store.can.exact_near is None or bench.store.can.exact_near >= 300
        rows = np.random.default_rng(7).normal(size=(300, 4)).astype(np.float32)
        bench.put(*(bench.node(f"n{number:03}", vectors={"main": row}) for number, row in enumerate(rows)))
        cosines = (rows / np.linalg.norm(rows, axis=1, keepdims=True)) @ np.array([0.5, -0.5, 0.5, 0.5], np.float32)
        wanted = [f"n{number:03}" for number in np.argsort(-cosines)[:20]]
        assert bench.nearest(1, -1, 1, 1, k=20) == wanted

    def test_a_space_of_thousands_of_dimensions_works(self, bench: Bench) -> None:
        wide = VectorSpace(name="wide", model="test-wide", dimension=4096)
        bench.store.replace_cube(make_cube(bench.cube, spaces=(wide,), text_space="wide"))
        rows = np.eye(3, 4096, dtype=np.float32)
        bench.put(*(bench.node(f"n{number}", vectors={"wide": row}) for number, row in enumerate(rows)))
        assert ids(bench.store.near(bench.scope(), "wide", rows[1], 1)) == ["n1"]


class TextTests(StoreTests):
    def test_a_word_is_found_in_text_and_in_key(self, bench: Bench) -> None:
        bench.put(bench.node("t", text="the valve"), bench.node("k", key="Valve"), bench.node("n", text="harbour"))
        assert sorted(bench.found("valve")) == ["k", "t"]

    @pytest.mark.parametrize(
        ("text", "query"),
        [
            ("The VALVES were closed.", "valve"), ("it is running", "runs"),
            ("Café au lait", "cafe\u0301"), ("signed_off by ann-marie", "marie"),
            ("part no. 4711-B", "4711"), ("v2.5", "5"), ("don't", "DON"),
            ("ｆｕｌｌ width", "full"), ("Ünïcödé", "ünïcödé"),
            ("наш клапан закрыт", "Клапан"), ("ο βαλβίδα", "βαλβίδα"),
            ("阀门已由李雷签字。", "李雷"), ("阀门已由李雷签字。", "阀"), ("the 阀门valve", "阀门"),
            ("バルブを閉じる", "バルブ"), ("밸브를 닫았다", "밸브"), ("ปิดวาล์วแล้ว", "วาล์ว"),
            ("a\x00b valve", "valve"), ("a" * 100, "A" * 100),
            ("sha256 " + "0f" * 32, "0F" * 32),
        ],
    )  # fmt: skip
    def test_a_word_is_found_whatever_its_script_case_or_ending(self, bench: Bench, text: str, query: str) -> None:
        bench.put(bench.node("n", text=text), bench.node("m", text="nothing of that kind"))
        assert bench.found(query) == ["n"]

    def test_any_word_of_the_query_is_enough_and_more_are_better(self, bench: Bench) -> None:
        bench.put(
            bench.node("both", text="the valve of harbour four"), bench.node("one", text="the valve of house five"),
            bench.node("none", text="a bird in some tree"),
        )  # fmt: skip
        assert bench.found("harbour valve unheard") == ["both", "one"]

    def test_a_rare_word_counts_for_more_than_a_common_one(self, bench: Bench) -> None:
        bench.put(*(bench.node(f"c{number}", text="common word here") for number in range(20)))
        bench.put(bench.node("r", text="rare word here"))
        assert bench.found("common rare")[0] == "r"

    def test_a_short_text_goes_before_a_long_one_with_the_same_word(self, bench: Bench) -> None:
        bench.put(bench.node("long", text="valve " + "and other things " * 30), bench.node("short", text="valve"))
        bench.put(*(bench.node(f"f{number}", text="filler of some length") for number in range(5)))
        assert bench.found("valve") == ["short", "long"]

    def test_equal_texts_come_in_order_of_id(self, bench: Bench) -> None:
        bench.put(*(bench.node(f"n{number:02}", text="the same valve") for number in range(30)[::-1]))
        assert bench.found("valve", k=12) == [f"n{number:02}" for number in range(12)]

    def test_k_bounds_what_is_found_and_never_shortens_it(self, bench: Bench) -> None:
        bench.put(*(bench.node(f"n{number:02}", text="valve " * (number + 1)) for number in range(30)))
        assert len(bench.found("valve", k=7)) == 7
        assert len(bench.found("valve", k=1000)) == 30

    @pytest.mark.parametrize("query", ["", " ", "\n\t", "...", "!?*+-", "\u3000", "，。"])
    def test_a_query_without_a_word_finds_nothing(self, bench: Bench, query: str) -> None:
        bench.put(bench.node("n", text="valve ... !?"), bench.node("m"))
        assert bench.found(query) == []

    @pytest.mark.parametrize("query", _HOSTILE)
    def test_signs_in_a_query_mean_nothing(self, bench: Bench, query: str) -> None:
        bench.put(bench.node("n", text="the valve, and or not to"), bench.node("m", text="bird"))
        assert bench.found(query) == ([] if query == "*" else ["n"])

    def test_operators_are_words(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="stop and go"), bench.node("m", text="bird"))
        assert bench.found("AND") == ["n"]

    def test_a_query_as_long_as_a_book_still_answers(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve"))
        assert bench.found("valve " * 20_000 + " ".join(f"w{number}" for number in range(5_000))) == ["n"]

    def test_scores_are_positive_and_fall(self, bench: Bench) -> None:
        bench.put(*(bench.node(f"n{number}", text="valve " * number + "bird " * 5) for number in range(1, 9)))
        scores = [scored.score for scored in bench.store.text(bench.scope(), "valve", 10)]
        assert scores == sorted(scores, reverse=True)
        assert min(scores) > 0

    def test_what_was_just_written_is_found_by_words_and_by_vector(self, bench: Bench) -> None:
        for number in range(10):
            row = {"main": vector(1, number, 0, 0)}
            bench.put(bench.node(f"n{number}", text=f"word{number} valve", vectors=row))
            assert bench.found(f"word{number}") == [f"n{number}"]
            assert len(bench.found("valve")) == len(bench.nearest(1, 1, 0, 0)) == number + 1
