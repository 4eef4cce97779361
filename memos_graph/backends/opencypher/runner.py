"""What runs a query text, a whole database or one transaction of it; and which text that is for its database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from memos_graph.queries import load

Row = dict[str, Any]


class Runner(Protocol):
    """Runs Cypher texts with parameters: plain values, and float32 arrays [rows, d] for vectors."""

    @property
    def dialect(self) -> str:
        """The folder of query files that go before the common ones; "" for none."""

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text that only reads."""

    def read_many(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """As `read`, for a text that returns many rows, but not without bound: they may come in one piece."""

    def columns(self, text: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The columns of a text that only reads, by name; vectors of one length as one array [rows, d]."""

    def write(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text that may write; call it within a transaction."""


def text_for(runner: Runner, name: str, **slots: str) -> str:
    """The text of the query file `name` in the runner's dialect, its slots filled."""
    return load(name, dialect=runner.dialect).fill(**slots)
