"""Scope as masks over rows: what `Scope.sees` and `Scope.sees_edge` say, for all rows at once.

A mask depends on a time only through which stored times lie before it: `Moments` turns times into that, so that a
`current_at` that moves on finds the mask of a moment ago.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.backends.sidecar.rows import ALWAYS, NEVER, STATUS_CODES
from memos_graph.model.graph import STATUSES
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Bools, Longs
from memos_graph.model.times import to_micros

Arrays = Mapping[str, npt.NDArray[Any]]


class Moments:
    """The times that some rows hold, sorted, by column."""

    def __init__(self, arrays: Arrays, since: str) -> None:
        """`since`: the column that says from when a row was known."""
        self._arrays, self._since = arrays, since

    def key(self, scope: Scope) -> Hashable:
        """What the mask of `scope` depends on, states aside: equal keys, equal masks."""
        known: Hashable = scope.retired
        if scope.known_at is not None:
            known = (_before(self._known_from, scope.known_at), _before(self._known_to, scope.known_at))
        if scope.as_of is not None:
            return known, "as_of", _before(self._true_from, scope.as_of), _before(self._true_to, scope.as_of)
        if scope.current_at is not None:
            return known, "current", _before(self._true_to, scope.current_at)
        return known, "any"

    @cached_property
    def _known_from(self) -> Longs:
        return np.sort(self._arrays[self._since])

    @cached_property
    def _known_to(self) -> Longs:
        return _set_times(self._arrays["retired_at"], NEVER)

    @cached_property
    def _true_from(self) -> Longs:
        return _set_times(self._arrays["valid_from"], ALWAYS)

    @cached_property
    def _true_to(self) -> Longs:
        return _set_times(self._arrays["valid_to"], NEVER)


def seen(arrays: Arrays, scope: Scope, since: str) -> Bools:
    """[rows] which rows `scope` sees by their times; `since` as in Moments."""
    mask: Bools
    if scope.known_at is not None:
        moment = to_micros(scope.known_at)
        mask = (arrays[since] <= moment) & (moment < arrays["retired_at"])
    elif scope.retired:
        mask = np.ones(len(arrays[since]), np.bool_)
    else:
        mask = arrays["retired_at"] == NEVER
    if scope.as_of is not None:
        moment = to_micros(scope.as_of)
        mask &= (arrays["valid_from"] <= moment) & (moment < arrays["valid_to"])
    elif scope.current_at is not None:
        mask &= to_micros(scope.current_at) < arrays["valid_to"]
    return mask


def in_states(codes: npt.NDArray[np.int8], scope: Scope) -> Bools | None:
    """[rows] which rows are in a state that `scope` shows; None: it shows all."""
    if len(scope.states) == len(STATUSES):
        return None
    table = np.zeros(len(STATUSES), np.bool_)
    table[[STATUS_CODES[state] for state in scope.states]] = True
    mask: Bools = table[codes]
    return mask


def _set_times(column: npt.NDArray[Any], absent: int) -> Longs:
    return np.sort(column[column != absent])


def _before(times: Longs, moment: datetime) -> int:
    return int(np.searchsorted(times, to_micros(moment), side="right"))
