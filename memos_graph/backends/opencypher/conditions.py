"""Scopes and filters as Cypher conditions: fixed pieces of text, every value a parameter.

Where Cypher and `Filter` could disagree (the caller's own fields, wildcards, the order of texts) the condition says
less than the filter: then `exact` is False, and who asks decides the rest with `matches`. No node that meets the filter
is ever left out.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from memos_graph.model.filter import LIST_FIELDS, NUMBER_FIELDS, TEXT_FIELDS, TIME_FIELDS, And, Filter, Where
from memos_graph.model.graph import STATUSES
from memos_graph.model.kinds import edge_kind
from memos_graph.model.scope import Scope
from memos_graph.model.times import to_micros
from memos_graph.ports import Order

_SIGNS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "in": "IN"}
_PLAIN_FIELDS = TEXT_FIELDS | NUMBER_FIELDS | TIME_FIELDS
_WHOLE = 2**62
_MAX_SIZE = 60  # of a filter: the database refuses expressions of more than 200 levels, chains included
#: Fields that the database sorts as Python does: numbers and times, not texts (UTF-16 against code points).
SORTABLE = NUMBER_FIELDS | TIME_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A text for a `where` slot, its parameters, and whether it says all that was asked."""

    text: str = "true"
    parameters: dict[str, Any] = field(default_factory=dict)
    exact: bool = True


def nodes_where(scope: Scope, filter: Filter | None = None, *, name: str = "n") -> Condition:
    """What a node `name` must meet to show in `scope` and meet `filter`; its cube is the query's own matter."""
    pieces, parameters = _times(scope, name, since="updated_at")
    if set(scope.states) != set(STATUSES):
        pieces.append(f"{name}.status IN $states")
        parameters["states"] = sorted(scope.states)
    exact = True
    if filter is not None:
        compiler = _Compiler(name)
        text = compiler.text(filter) if _size(filter) <= _MAX_SIZE else None
        exact = compiler.exact and text is not None
        if text is not None:
            pieces.append(text)
            parameters |= compiler.parameters
    return Condition(text=" AND ".join(pieces) or "true", parameters=parameters, exact=exact)


def edges_where(scope: Scope, *, name: str = "e") -> Condition:
    """What an edge `name` must meet to show in `scope`; its ends are another matter."""
    pieces, parameters = _times(scope, name, since="created_at")
    return Condition(text=" AND ".join(pieces) or "true", parameters=parameters)


def kinds_text(kinds: Collection[str] | None) -> str:
    """What fills a `kinds` slot: `:A|B`, or nothing for edges of any kind. `Invalid` for what is no edge kind."""
    return "" if kinds is None else ":" + "|".join(sorted(edge_kind(kind) for kind in kinds))


def order_text(order: Order) -> str:
    """What fills an `order` slot, for a field in SORTABLE. Nodes without the field come last either way."""
    if order.field not in SORTABLE:
        raise KeyError(order.field)
    return f"n.{order.field} IS NULL, n.{order.field}" + (" DESC" if order.descending else "")


def _times(scope: Scope, name: str, *, since: str) -> tuple[list[str], dict[str, Any]]:
    pieces: list[str] = []
    parameters: dict[str, Any] = {}
    if scope.known_at is not None:
        pieces.append(f"{name}.{since} <= $known_at AND ({name}.retired_at IS NULL OR {name}.retired_at > $known_at)")
        parameters["known_at"] = to_micros(scope.known_at)
    elif not scope.retired:
        pieces.append(f"{name}.retired_at IS NULL")
    if scope.as_of is not None:
        pieces.append(
            f"({name}.valid_from IS NULL OR {name}.valid_from <= $as_of)"
            f" AND ({name}.valid_to IS NULL OR {name}.valid_to > $as_of)"
        )
        parameters["as_of"] = to_micros(scope.as_of)
    elif scope.current_at is not None:
        pieces.append(f"({name}.valid_to IS NULL OR {name}.valid_to > $current_at)")
        parameters["current_at"] = to_micros(scope.current_at)
    return pieces, parameters


class _Compiler:
    """Turns one filter into text; `exact` is False once something was left out."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.parameters: dict[str, Any] = {}
        self.exact = True

    def text(self, condition: Filter) -> str | None:
        """The condition's text; None: it says nothing that Cypher could check."""
        if isinstance(condition, Where):
            return self._leaf(condition)
        parts = [self.text(part) for part in condition.of]
        said = [part for part in parts if part is not None]
        if isinstance(condition, And):
            return " AND ".join(said) if said else None
        # an `or` with a part that can't be checked could be met by that part alone
        return f"({' OR '.join(f'({part})' for part in said)})" if len(said) == len(parts) else None

    def _leaf(self, leaf: Where) -> str | None:
        slot = f"f{len(self.parameters)}"
        if leaf.field in LIST_FIELDS and leaf.op == "contains":
            self.parameters[slot] = leaf.value
            return f"${slot} IN {self.name}.{leaf.field}"
        if leaf.field in TEXT_FIELDS and leaf.op == "contains":
            self.parameters[slot] = leaf.value
            return f"{self.name}.{leaf.field} CONTAINS ${slot}"
        compared = leaf.op in ("gt", "gte", "lt", "lte")
        if leaf.field not in _PLAIN_FIELDS or leaf.op not in _SIGNS or (compared and leaf.field in TEXT_FIELDS):
            self.exact = False
            return None
        value = [_plain(item) for item in leaf.value] if leaf.op == "in" else _plain(leaf.value)
        if not _fits(value):
            self.exact = False
            return None
        self.parameters[slot] = value
        return f"{self.name}.{leaf.field} {_SIGNS[leaf.op]} ${slot}"


def _size(condition: Filter) -> int:
    return 1 if isinstance(condition, Where) else 1 + sum(map(_size, condition.of))


def _fits(value: Any) -> bool:
    """Whether the database compares `value` as Python does: no infinity, nothing near the end of 64 bits."""
    if isinstance(value, list):
        return all(_fits(item) for item in value)
    return isinstance(value, str) or (math.isfinite(value) and abs(value) < _WHOLE)


def _plain(value: Any) -> Any:
    return to_micros(value) if isinstance(value, datetime) else value
