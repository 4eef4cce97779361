"""Whether a text keeps a schema: what is checked, and that no text can do harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.model.errors import Invalid
from memos_graph.providers.language.schema import check_schema, complaint

CASES: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({"type": "integer"}, [1, 1.0, -3], [True, 1.5, "1", None]),
    ({"type": ["number", "null"]}, [1, 1.5, None], ["1", True, []]),
    ({"type": "boolean"}, [True], [1, 0, "true"]),
    ({"enum": ["a", 1]}, ["a", 1], ["b", True, 2]),
    ({"const": False}, [False], [0, None]),
    ({"type": "string", "minLength": 1, "maxLength": 3}, ["a", "abc"], ["", "abcd"]),
    ({"type": "number", "minimum": 0, "maximum": 1}, [0, 0.5, 1], [-0.1, 1.1]),
    ({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2}, [["a"]], [[], ["a", 1], ["a"] * 3]),
    ({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]}, ["a", [1]], [1, ["a"]]),
    ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False},
     [{"a": "x"}], [{}, {"a": 1}, {"a": "x", "b": 1}, []]),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, [{}, {"x": 1}], [{"x": "1"}]),
    ({"properties": {"a": {"properties": {"b": {"const": 1}}, "required": ["b"]}}}, [{"a": {"b": 1}}, {}, 7],
     [{"a": {"b": 2}}, {"a": {}}]),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "good", "bad"), CASES)
def test_what_keeps_the_schema_and_only_that_has_no_complaint(
    schema: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    check_schema(schema)
    assert [complaint(json.dumps(value), schema) for value in good] == [""] * len(good)
    assert all(complaint(json.dumps(value), schema) for value in bad)


def test_a_keyword_that_is_not_checked_is_refused_at_any_depth() -> None:
    refused: list[dict[str, Any]] = [
        {"pattern": "x"}, {"properties": {"a": {"format": "date"}}}, {"anyOf": [{"not": {}}]}, {"items": {"$ref": "#"}},
        {"additionalProperties": {"oneOf": []}},
    ]  # fmt: skip
    for schema in refused:
        with pytest.raises(Invalid, match="keywords among"):
            check_schema(schema)
    check_schema({"properties": {"pattern": {"type": "string", "description": "a field may be named so"}}})


@given(
    st.text(max_size=60)
    | st.sampled_from(["[" * 100_000, "9" * 5_000, '{"a":' * 2_000, "NaN", "Infinity", '"\\ud800"'])
)
def test_no_text_raises_and_no_complaint_repeats_it(text: str) -> None:
    found = complaint(text, {"type": "object", "required": ["a"]})
    assert found in ("it is empty", "it is not one JSON value", "it is not of type object", "it has no a")
