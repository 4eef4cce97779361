"""Any Unicode, any size that the model allows, and nothing that it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from memos_graph.model.delta import PatchNode, PutNode
from memos_graph.model.graph import MAX_ID
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import Bench, ids, vector

_STRINGS = (
    "", " leading and trailing ", "tab\tline\nreturn\r\nend",
    "quote ' double \" back` slash \\ dollar $x {brace} [b] (p)",
    "nul \x00 bell \x07 escape \x1b del \x7f", "e\u0301 is not é", "阀门由李雷签字",
    "\u202eright to left\u202c العربية עברית", "👩‍👩‍👧‍👦 🙂 𝔘𝔫𝔦", "\ufffe\uffff\ufeff\u2028\u2029\u0085",
    "null", "true", "NaN", "-0", "1e5", "2025-01-01", "\\u0041 \\n %s %d %", "//comment /*x*/ --y #z",
    "<script>alert(1)</script> &amp;", "\ue000 private \U0010fffd last",
)  # fmt: skip


class LimitTests(StoreTests):
    @pytest.mark.parametrize("text", _STRINGS, ids=ascii)
    def test_any_text_comes_back_as_it_was(self, bench: Bench, text: str) -> None:
        node = bench.node("n", text=text, key=text, tags=(text, "a"), usage=(text,), info={text: [text, {text: text}]},
                          content_hash=text)  # fmt: skip
        edge = bench.edge("n", "n", discriminator=text, evidence=text, created_by=text, info={text: text})
        bench.store.apply(bench.delta(PutNode(node=node), actor=text, reason=text))
        bench.put(edge)
        held = bench.contents()
        assert (held.nodes, held.edges) == ((node,), (edge,))
        assert (held.changes[0].actor, held.changes[0].reason) == (text, text)
        bench.apply(PatchNode(id="n", expects=1, set={"confidence": 1}))
        before = bench.changes()[-1].images[0].before
        assert before is not None and before["text"] == text

    @pytest.mark.parametrize(
        "id",
        [
            "a b",
            "a'b\"c`d",
            "\\",
            "a/b?c=d&e#f",
            "阀门-1",
            "🙂",
            "x" * MAX_ID,
            "é" * MAX_ID,
            "🙂" * MAX_ID,
            "{a}$b",
            "n@1",
            "-",
        ],
    )
    def test_any_printable_id_works_in_every_read(self, bench: Bench, id: str) -> None:
        node = bench.node(id, text="valve", kind="Entity", key="ann", vectors={"main": vector(1, 0, 0, 0)})
        edge = bench.edge(id, "m")
        bench.put(node, bench.node("m"), edge)
        assert bench.get(id) == node
        assert bench.matching({"id": id}) == [id]
        assert bench.found("valve") == bench.nearest(1, 0, 0, 0) == [id]
        assert bench.reached(["m"]) == [id]
        assert bench.reached([id]) == ["m"]
        assert bench.edge_ids(touching=[id]) == [edge.id]
        assert id in ids(bench.store.scan(bench.scope()).nodes)
        assert bench.store.lexicon(bench.scope())[bench.cube].entities["ann"] == (id,)
        (survey,) = bench.store.survey(bench.scope(), "main", None, "valve")
        assert id in survey.ids
        bench.apply(PatchNode(id=id, expects=1, set={"tags": ("t",)}))
        assert bench.matching({"tags": {"contains": "t"}}) == [id]

    def test_ids_that_differ_by_case_or_by_composition_are_different_nodes(self, bench: Bench) -> None:
        names = ["a", "A", "é", "e\u0301", "ſ", "s", "K", "\u212a"]
        bench.put(*(bench.node(name, text=name) for name in names))
        assert [node.text for node in bench.store.get(bench.scope(), names)] == names

    def test_megabytes_of_text_come_back_and_are_found(self, bench: Bench) -> None:
        text = "the valve of the harbour stands open " * 60_000 + "needle"
        bench.put(bench.node("n", text=text))
        stored = bench.get("n")
        assert stored is not None and stored.text == text
        assert bench.found("needle") == ["n"]

    def test_a_text_of_one_word_of_a_megabyte_is_kept(self, bench: Bench) -> None:
        text = "x" * 1_000_000
        bench.put(bench.node("n", text=text))
        stored = bench.get("n")
        assert stored is not None and stored.text == text

    def test_a_delta_of_thousands_is_written_whole(self, bench: Bench) -> None:
        names = [f"n{number:04}" for number in range(3000)]
        row = {"main": vector(1, 2, 3, 4)}
        edges = [bench.edge(name, "n0000", "PARENT") for name in names[1:]]
        receipt = bench.put(*(bench.node(name, text="valve", vectors=row) for name in names), *edges)
        assert receipt.nodes == tuple(names)
        assert receipt.edges == tuple(ids(edges))
        assert bench.store.count(bench.scope()) == 3000
        assert len(bench.store.edges(bench.scope())) == 2999
        assert len(bench.found("valve", k=5000)) == len(bench.nearest(1, 2, 3, 4, k=5000)) == 3000
        assert len(bench.store.get(bench.scope(), names)) == 3000

    def test_info_keeps_every_kind_of_json_value(self, bench: Bench) -> None:
        info: dict[str, Any] = {
            "int": 2**53 + 1, "big": 2**62, "negative": -(2**62), "float": 0.1, "whole": 1.0, "small": 5e-324,
            "large": 1.7e308, "true": True, "false": False, "null": None, "text": "t", "empty": "",
            "list": [1, 1.0, True, None, "1", [], {}], "nested": {"a": {"b": {"c": [{"d": 1}]}}},
        }  # fmt: skip
        bench.put(bench.node("n", info=info))
        stored = bench.get("n")
        assert stored is not None and repr(dict(stored.info)) == repr(info)

    def test_a_confidence_and_a_weight_keep_all_their_digits(self, bench: Bench) -> None:
        bench.put(bench.node("a", confidence=33.333333333333336), bench.node("b"))
        bench.put(bench.edge("a", "b", weight=0.1 + 0.2))
        held = bench.contents()
        assert (held.nodes[0].confidence, held.edges[0].weight) == (33.333333333333336, 0.1 + 0.2)
