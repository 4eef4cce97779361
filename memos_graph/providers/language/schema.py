"""Whether a JSON text keeps a JSON Schema: a model's answer is checked, whoever promised its form.

Knows the keywords that forms of answers need (JSON Schema 2020-12, "Validation"); a schema with another one is refused
rather than half checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from memos_graph.model.errors import Invalid

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "integer": (int,), "number": (int, float),
}  # fmt: skip
_SAID = frozenset({"title", "description", "$schema", "examples", "default"})  #: for readers; nothing to check
_CHECKED = frozenset({
    "type", "enum", "const", "properties", "required", "additionalProperties", "items", "minItems", "maxItems",
    "minLength", "maxLength", "minimum", "maximum", "anyOf",
})  # fmt: skip
_DEEP = 40


def check_schema(schema: Mapping[str, Any]) -> None:
    """Nothing when every keyword of `schema` is one that `complaint` checks; `Invalid` names the first other one."""
    for keyword, value in schema.items():
        if keyword not in _CHECKED | _SAID:
            raise Invalid("schema", keyword, f"use keywords among {', '.join(sorted(_CHECKED))}")
        inner = value.values() if keyword == "properties" else value if keyword == "anyOf" else [value]
        if keyword in ("properties", "anyOf", "items", "additionalProperties"):
            for each in inner:
                if isinstance(each, Mapping):
                    check_schema(each)


def complaint(text: str, schema: Mapping[str, Any]) -> str:
    """What keeps `text` from being one JSON value of `schema`, in a few words; "" when nothing does.

    The words name places and kinds, never what the text says. Never raises for a text, however deep or long.
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return "it is not one JSON value" if text.strip() else "it is empty"
    return _wrong(value, schema, "it", 0)


def _refuse(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _wrong(value: Any, schema: Mapping[str, Any], place: str, depth: int) -> str:
    if depth > _DEEP:
        return f"{place} is too deep"
    kinds = schema.get("type")
    named = [kinds] if isinstance(kinds, str) else kinds or []
    if named and not any(_is(value, kind) for kind in named):
        return f"{place} is not of type {' or '.join(named)}"
    if ("enum" in schema and not any(_same(value, each) for each in schema["enum"])) or (
        "const" in schema and not _same(value, schema["const"])
    ):
        return f"{place} is not one of the values allowed"
    if "anyOf" in schema and all(_wrong(value, each, place, depth + 1) for each in schema["anyOf"]):
        return f"{place} is none of the forms allowed"
    if isinstance(value, dict):
        return _wrong_object(value, schema, place, depth)
    if isinstance(value, list):
        return _wrong_array(value, schema, place, depth)
    return _wrong_size(value, schema, place)


def _wrong_object(value: dict[str, Any], schema: Mapping[str, Any], place: str, depth: int) -> str:
    known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in value:
            return f"{place} has no {name}"
    for name, each in value.items():
        below = known.get(name, rest)
        if below is False:
            return f"{place} has a field that the schema does not know"
        if isinstance(below, Mapping) and (
            wrong := _wrong(each, below, name if name in known else "a field", depth + 1)
        ):
            return wrong
    return ""


def _wrong_array(value: list[Any], schema: Mapping[str, Any], place: str, depth: int) -> str:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return f"{place} has {len(value)} items"
    if "items" in schema:
        return next((wrong for each in value if (wrong := _wrong(each, schema["items"], f"an item of {place}",
                                                                 depth + 1))), "")  # fmt: skip
    return ""


def _wrong_size(value: Any, schema: Mapping[str, Any], place: str) -> str:
    if isinstance(value, str) and not (schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))):
        return f"{place} is {len(value)} characters long"
    if _is(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"{place} is too small or too large"
    return ""


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"  # True is an int in Python
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES.get(kind, ()))


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
