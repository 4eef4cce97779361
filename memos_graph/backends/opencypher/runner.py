"""What runs a query text: a whole database, or one transaction of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Row = dict[str, Any]


class Runner(Protocol):
    """Runs Cypher texts with parameters: plain values, and float32 arrays [rows, d] for vectors."""

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text that only reads."""

    def columns(self, text: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The columns of a text that only reads, by name; vectors of one length as one array [rows, d]."""

    def write(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a text that may write; call it within a transaction."""
