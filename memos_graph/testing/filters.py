"""Filters mean in every store, and in every search, what `matches` says."""

from __future__ import annotations

from typing import Any

import pytest

from memos_graph.model.delta import PatchNode
from memos_graph.model.errors import Invalid
from memos_graph.model.filter import FIELDS, LIST_FIELDS, MAX_DEPTH, OPERATORS, Filter, matches, parse_filter, where
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.testing.base import StoreTests
from memos_graph.testing.bench import Bench, day, ids, vector

_TEXTS = (
    "", "valve", "Valve", "VALVE", "the valve of the harbour", "100 % _sure_", "a*b", "a?b", "axb", "[v]alve",
    "(v)+", "back\\slash", "it's \"quoted\" `so`", "line one\nline two", "阀门由李雷签字", "É", "é", "ß", "🙂 emoji",
    "null", "true", "1", "$name", "{x: 1}",
)  # fmt: skip
_INFO: tuple[dict[str, Any], ...] = (
    {}, {"x": None}, {"x": True}, {"x": False}, {"x": 1}, {"x": 1.0}, {"x": 0}, {"x": 2.5}, {"x": -3}, {"x": "1"},
    {"x": "true"}, {"x": ""}, {"x": "valve"}, {"x": "Valve"}, {"x": []}, {"x": ["valve", 1]}, {"x": [True, "1"]},
    {"x": ["a valve"]}, {"x": [["valve"]]}, {"x": {"valve": 1}}, {"x": 2**53}, {"x": 2**53 + 1}, {"x": "阀门"},
    {"a b": 1}, {"a.b": 1, "a": {"b": 2}}, {"it's \"`x": 1}, {"ключ": "valve"}, {"user_id": "valve"}, {"text": "valve"},
)  # fmt: skip
_INFO_VALUES = (
    True, False, 0, 1, 1.0, 2.5, -3, 2**53, 2**53 + 1, "1", "true", "", "valve", "val*", "*ALV*", "阀门", "?",
    "a valve",
)  # fmt: skip


def _nodes(bench: Bench) -> list[Node]:
    common = {"vectors": {"main": vector(1, 0, 0, 0)}}
    nodes = [bench.node(f"t{n:02}", text=text, key=text[::-1], **common) for n, text in enumerate(_TEXTS)]
    nodes += [bench.node(f"i{n:02}", info=info, **common) for n, info in enumerate(_INFO)]
    nodes += [
        bench.node(
            "Ö1", kind="Entity", confidence=0, created_at=day(1), updated_at=day(2), content_hash="ab", **common
        ),
        bench.node("ö1", kind="Message", confidence=99.5, valid_from=day(-9000), valid_to=day(4), version=3, **common),
        bench.node("u v", kind="Recipe", status="frozen", tags=("valve", "a b", "é"), usage=("s1", "s1"), **common),
        bench.node(
            "w", status="archived", tags=("Valve",), retired_at=day(3), confidence=50, content_hash="AB", **common
        ),
        bench.node("x", status="deleted", tags=("", "val*"), usage=("s2",), valid_from=day(1.5), **common),
    ]
    return nodes


def _values(field: str) -> tuple[Any, ...]:
    if field.endswith("_at") or field.startswith("valid_"):
        return (day(0), day(1), day(2), day(3), day(-9000), "2025-01-02", "2025-01-02T12:00:00+00:00")
    return {
        "id": ("Ö1", "ö1", "t01", "t*", "T0?", "v", "u v", ""),
        "kind": ("Entity", "entity", "*e*", "Passage", "M"),
        "text": (*_TEXTS, "valve*", "*VALVE*", "?alve", "a[*]b", "*", "??", "*\n*", "*\\*", "%", "_"),
        "key": ("evlav", "EVLAV", "evl*", "*", "evlaV"),
        "status": ("activated", "frozen", "f*", "Frozen", "d", "archived"),
        "content_hash": ("ab", "AB", "", "?b", "a"),
        "confidence": (0, 50, 99.5, 100, 100.0, -1),
        "version": (1, 3, 2.5, 0),
        "tags": ("valve", "Valve", "a b", "a", "", "val*", "é"),
        "usage": ("s1", "s2", "s"),
    }[field]


class FilterTests(StoreTests):
    @pytest.mark.parametrize("field", sorted(FIELDS))
    def test_every_operator_on_every_field_means_what_it_says(self, bench: Bench, field: str) -> None:
        _agree(bench, [condition for value in _values(field) for condition in _conditions(field, value)])

    @pytest.mark.parametrize(
        "field", ["info.x", "info.a b", "info.a.b", "info.a", "info.it's \"`x", "info.ключ", "user_id", "info.text"]
    )
    def test_every_operator_on_info_means_what_it_says(self, bench: Bench, field: str) -> None:
        _agree(bench, [condition for value in _INFO_VALUES for condition in _conditions(field, value)])

    def test_conditions_nest(self, bench: Bench) -> None:
        trees: list[object] = [
            {"and": [{"kind": "Passage"}, {"or": [{"text": {"contains": "valve"}}, {"info.x": {"gt": 1}}]}]},
            {"or": [{"and": [{"tags": {"contains": "valve"}}, {"confidence": {"gte": 100}}]}, {"id": "t03"}]},
            {"or": [{"info.x": 1}, {"info.x": "1"}, {"info.x": True}]},
            {"and": [{"text": {"like": "*valve*"}}, {"text": {"like": "the*"}}]},
            {"confidence": {"gte": 50, "lt": 100}, "status": "archived"},
            {"and": [{"kind": "Passage"}, {"kind": "Entity"}]},
            {"or": [{"and": [{"or": [{"and": [{"id": {"in": ["t01", "t02", "u v"]}}]}]}]}, {"version": {"gt": 2}}]},
            {"memory_type": "Recipe"},
            {"create_time": {"gte": "2025-01-02"}},
            {"or": [{"id": f"t{number:02}"} for number in range(200)]},
            *(_nested(depth) for depth in (9, 50, MAX_DEPTH)),
        ]
        _agree(bench, [parse_filter(tree) for tree in trees])

    def test_a_filter_binds_every_search(self, bench: Bench) -> None:
        bench.put(
            *(
                bench.node(f"n{n}", text="valve", info={"x": n}, vectors={"main": vector(1, n / 9, 0, 0)})
                for n in range(40)
            )
        )
        tree = {"info.x": {"in": [3, 17, 39]}}
        wanted = ["n3", "n17", "n39"]
        assert bench.nearest(1, 0, 0, 0, tree=tree) == wanted
        assert bench.nearest(1, 0, 0, 0, tree=tree, k=2) == wanted[:2]
        assert sorted(bench.found("valve", tree=tree, k=3)) == sorted(wanted)
        (survey,) = bench.store.survey(
            bench.scope(), "main", vector(1, 0, 0, 0), "valve", filter=parse_filter(tree), k=3
        )
        assert {id for id, allowed in zip(survey.ids, survey.allowed, strict=True) if allowed} == set(wanted)
        assert {id for id, score in zip(survey.ids, survey.lexical, strict=True) if score > 0} == set(wanted)
        assert survey.walkable.all()

    def test_a_filter_sees_a_patch_at_once(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve", tags=("old",)))
        bench.apply(PatchNode(id="n", expects=1, set={"tags": ("new",), "info": {"x": 1}}))
        for tree in ({"tags": {"contains": "new"}}, {"info.x": 1}, {"version": 2}):
            assert bench.matching(tree) == bench.found("valve", tree=tree) == ["n"]
        assert bench.found("valve", tree={"tags": {"contains": "old"}}) == []

    def test_an_operand_is_never_read_as_query_language(self, bench: Bench) -> None:
        bench.put(bench.node("n", text="valve"))
        for hostile in ("' OR 1=1 --", "') RETURN n //", "}) DETACH DELETE n //", '" OR "" = "', "\\", "$x", ".*", "%"):
            for op in ("eq", "contains", "like"):
                assert bench.store.match(bench.scope(), filter=where("text", op, hostile)) == ()
                assert bench.store.match(bench.scope(), filter=where(f"info.{hostile}", op, "x")) == ()
        assert bench.matching() == ["n"]


def _nested(depth: int) -> object:
    """A tree of and in or in and, `depth` of them."""
    tree: object = {"id": "t02"}
    for level in range(depth):
        inner: dict[str, Any] = {"text": {"contains": "valve"}} if level % 2 else {"id": f"t{level % 7:02}"}
        tree = {("or", "and")[level % 2]: [tree, inner]}
    return tree


def _conditions(field: str, value: Any) -> list[Filter]:
    """Every condition on `field` with `value` that can be written at all."""
    made: list[Filter] = []
    for op in OPERATORS:
        operands = ([value], [value, "t05"], [value, value]) if op == "in" else (value,)
        for operand in operands:
            try:
                made.append(where(field, op, operand))
            except Invalid:
                continue
    assert made or field in LIST_FIELDS
    return made


def _agree(bench: Bench, conditions: list[Filter]) -> None:
    nodes = _nodes(bench)
    bench.put(*nodes)
    scope, store = everything(bench.cube), bench.store
    for condition in conditions:
        wanted = sorted(node.id for node in nodes if matches(condition, node))
        assert sorted(ids(store.match(scope, filter=condition, limit=500))) == wanted, condition
        assert store.count(scope, filter=condition) == len(wanted), condition
        near = store.near(scope, "main", vector(1, 0, 0, 0), 500, filter=condition)
        assert sorted(ids(near)) == wanted, condition
