"""Filters: a small tree of conditions on nodes, and what it means.

`parse_filter` reads the JSON form callers write, `parse_sources` also the one with a filter for each class of cube;
`matches` is the definition every backend is tested against.
Strict: an unknown field or operator is an error, never a condition dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate
from functools import lru_cache
from typing import Any, Literal, get_args

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import CubeClass, Node
from memos_graph.model.times import parse_time

Operator = Literal["eq", "gt", "gte", "lt", "lte", "contains", "in", "like"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)

TEXT_FIELDS = frozenset({"id", "kind", "text", "key", "status", "content_hash"})
NUMBER_FIELDS = frozenset({"confidence", "version"})
TIME_FIELDS = frozenset({"created_at", "updated_at", "valid_from", "valid_to", "retired_at"})
LIST_FIELDS = frozenset({"tags", "usage"})
FIELDS = TEXT_FIELDS | NUMBER_FIELDS | TIME_FIELDS | LIST_FIELDS
#: Names that the reference API filters on directly; they live in `info`.
INFO_NAMES = frozenset(
    {"agent_id", "app_id", "business_type", "biz_id", "scene", "custom_status", "user_id", "session_id"}
)
ALIASES = {"create_time": "created_at", "update_time": "updated_at", "memory_type": "kind", "memory": "text"}
MAX_DEPTH = 64  #: nobody writes as deep; a store's parser and Python's stack go further
MAX_CONDITIONS = 256
_INFO_KEY = re.compile(r"[^\x00-\x1f\x7f]{1,128}")


@dataclass(frozen=True, slots=True)
class Where:
    """One condition: `field` is a node's attribute or `info.NAME`; `value` a str, number, bool, datetime or a tuple."""

    field: str
    op: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class And:
    """All of `of`."""

    of: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of `of`."""

    of: tuple[Filter, ...]


Filter = Where | And | Or


@dataclass(frozen=True, slots=True, kw_only=True)
class BySource:
    """A filter for the cubes of each class; None: all that is in them. Never one filter for both and for all."""

    user: Filter | None = None
    public: Filter | None = None
    knowledgebase: Filter | None = None

    def of(self, cube_class: CubeClass) -> Filter | None:
        """The filter for cubes of `cube_class`."""
        return {"user": self.user, "public": self.public, "knowledgebase": self.knowledgebase}[cube_class]


SOURCES: tuple[CubeClass, ...] = get_args(CubeClass)


def parse_filter(tree: object) -> Filter:
    """The Filter that JSON `tree` says.

    {"and": [...]} and {"or": [...]} nest; a leaf is {field: value} (equal) or {field: {operator: value}}.
    `Invalid` names the part that can't be read and what is allowed there.
    """
    count = [0]
    return _parse(tree, 0, count)


def parse_sources(tree: object) -> Filter | BySource:
    """As `parse_filter`, and also {"user": tree, "public": tree, "knowledgebase": tree}, any of the three.

    `Invalid` for one that names sources beside conditions for all: it would not say which of the two holds.
    """
    if not isinstance(tree, Mapping) or not any(name in SOURCES for name in tree):
        return parse_filter(tree)
    for name in tree:
        if name not in SOURCES:
            raise Invalid("filter", name, f"give one filter for all, or only {', '.join(SOURCES)}; not both")
    return BySource(**{name: parse_filter(part) for name, part in tree.items()})


def all_of(*conditions: Filter | None) -> Filter | None:
    """The filter that holds where all `conditions` do; None, which always holds, when there is none."""
    given = tuple(condition for condition in conditions if condition is not None)
    return And(given) if len(given) > 1 else given[0] if given else None


def _parse(tree: object, depth: int, count: list[int]) -> Filter:
    if depth > MAX_DEPTH:
        raise Invalid("filter", "...", f"nest it at most {MAX_DEPTH} deep")
    if not isinstance(tree, Mapping) or not tree:
        raise Invalid("filter", tree, 'write {"and": [...]}, {"or": [...]} or {field: {operator: value}}')
    if len(tree) > 1:
        return And(tuple(_parse({name: value}, depth + 1, count) for name, value in tree.items()))
    ((name, value),) = tree.items()
    if not isinstance(name, str):
        raise Invalid("filter field", name, "use a string")
    if name.lower() in ("and", "or"):
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise Invalid(f"filter {name!r}", value, "give it a list of at least one condition")
        parts = tuple(_parse(part, depth + 1, count) for part in value)
        return And(parts) if name.lower() == "and" else Or(parts)
    count[0] += 1
    if count[0] > MAX_CONDITIONS:
        raise Invalid("filter", f"more than {MAX_CONDITIONS} conditions", "split the query")
    return _leaf(field_name(name), value)


def field_name(name: str) -> str:
    """The node attribute or `info.NAME` that a filter's `name` means. `Invalid` lists what there is."""
    name = ALIASES.get(name, name)
    if name in FIELDS:
        return name
    if name in INFO_NAMES:
        return f"info.{name}"
    if name.startswith("info.") and _INFO_KEY.fullmatch(name[5:]):
        return name
    if name == "info":
        raise Invalid("filter field", name, 'name what is in it: {"info.NAME": value}, or {"scene": value}')
    known = ", ".join(sorted(FIELDS | INFO_NAMES | set(ALIASES)))
    raise Invalid("filter field", name, f"known fields: {known}; your own: info.NAME")


def _leaf(field: str, value: object) -> Filter:
    if not isinstance(value, Mapping):
        return where(field, "eq", value)
    if not value:
        raise Invalid(f"filter {field!r}", value, f"give an operator: {', '.join(OPERATORS)}")
    parts = tuple(where(field, "eq" if op == "=" else op, operand) for op, operand in value.items())
    return parts[0] if len(parts) == 1 else And(parts)


def where(field: str, op: str, value: object) -> Where:
    """A checked condition: operator known, value of a kind the field and operator take. `Invalid` else."""
    field = field_name(field)
    if op not in OPERATORS:
        raise Invalid("filter operator", op, f"use one of {', '.join(OPERATORS)}")
    if op == "in":
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise Invalid(f"filter {field} in", value, "give a list of at least one value")
        return Where(field, "in", tuple(_operand(field, "in", item) for item in value))
    return Where(field, op, _operand(field, op, value))


def _operand(field: str, op: str, value: object) -> Any:
    named = f"filter {field} {op}"
    if field in TIME_FIELDS:
        if op in ("contains", "like"):
            raise Invalid(named, value, "compare times with eq, gt, gte, lt, lte or in")
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise Invalid(named, value.isoformat(), "give it a time zone")
            return value
        if isinstance(value, str):
            return parse_time(value, named)
        raise Invalid(named, value, "give a time as ISO 8601 text")
    if not isinstance(value, str | int | float | bool):
        raise Invalid(named, value, "give a text, a number or true/false")
    if op == "like" and not isinstance(value, str):
        raise Invalid(named, value, "give a text with * and ? as wildcards")
    if field in NUMBER_FIELDS and (isinstance(value, bool | str) or op in ("contains", "like")):
        raise Invalid(named, value, "compare it with a number")
    if field in LIST_FIELDS and op != "contains":
        raise Invalid(named, value, "tags and usage take contains with a text")
    if field in TEXT_FIELDS | LIST_FIELDS and not isinstance(value, str):
        raise Invalid(named, value, "give a text")
    return value


def matches(condition: Filter | None, node: Node) -> bool:
    """Whether `node` meets `condition` (None: always). A field the node lacks meets nothing.

    contains: an element of a list equals the value, or a text holds it as it is. like: the whole text matches,
    * any run and ? any one character, without regard to case. A number never equals a text or true/false.
    """
    if condition is None:
        return True
    if isinstance(condition, And):
        return all(matches(part, node) for part in condition.of)
    if isinstance(condition, Or):
        return any(matches(part, node) for part in condition.of)
    stored = (
        node.info.get(condition.field[5:]) if condition.field.startswith("info.") else getattr(node, condition.field)
    )
    return compare(stored, condition.op, condition.value)


def compare(stored: Any, op: Operator, wanted: Any) -> bool:
    """Whether `stored` stands in relation `op` to `wanted`; False when the two can't be compared."""
    if stored is None:
        return False
    if op == "in":
        return any(_equal(stored, item) for item in wanted)
    if op == "eq":
        return _equal(stored, wanted)
    if op == "contains":
        if isinstance(stored, str):
            return isinstance(wanted, str) and wanted in stored
        return isinstance(stored, Sequence) and any(_equal(item, wanted) for item in stored)
    if op == "like":
        return isinstance(stored, str) and _pattern(wanted).fullmatch(stored) is not None
    if _family(stored) != _family(wanted) or isinstance(stored, bool):
        return False
    if op == "gt":
        return bool(stored > wanted)
    if op == "gte":
        return bool(stored >= wanted)
    return bool(stored < wanted) if op == "lt" else bool(stored <= wanted)


def _family(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__


def _equal(stored: object, wanted: object) -> bool:
    return _family(stored) == _family(wanted) and stored == wanted


@lru_cache(maxsize=256)
def _pattern(like: str) -> re.Pattern[str]:
    # fnmatch gives [ a meaning that `like` does not have
    return re.compile(translate(like.replace("[", "[[]")), re.IGNORECASE)
