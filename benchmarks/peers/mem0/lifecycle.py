"""mem0 and a life story: `add(infer=False)` statement by statement, `delete` by id, `search` with a filter on its time.

What a statement is about and since when goes into its metadata; "as of" is a filter on that, as mem0's documentation of
metadata filters has it. Without a language model mem0 draws no conclusions from a contradiction.
"""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from benchmarks.peers.kit import Task
from benchmarks.peers.lifecycle_kit import Asked, Hit, Said, drive
from benchmarks.peers.mem0.opening import open_memory

_USER = "world"


class Mem0:
    """mem0 by its public API."""

    def __init__(self, task: Task) -> None:
        self._memory = open_memory(task, "facts")

    def feed(self, said: tuple[Said, ...], forgotten: tuple[str, ...]) -> None:
        ids: dict[str, list[str]] = {}
        for one in said:
            message = {"role": "user", "name": one.speaker, "content": one.text}
            known = {"since": one.since.timestamp(), "statement": one.id}
            done = self._memory.add([message], user_id=_USER, metadata=known, infer=False)
            ids[one.id] = [row["id"] for row in done["results"]]
        for statement in forgotten:
            for identity in ids[statement]:
                self._memory.delete(identity)

    def search(self, asked: Asked, now: datetime, top_k: int) -> Iterable[Hit]:
        filters: dict[str, Any] = {"user_id": _USER}
        if asked.as_of is not None:
            filters["since"] = {"lte": asked.as_of.timestamp()}
        found = self._memory.search(asked.text, top_k=top_k, filters=filters, threshold=0.0)
        return [
            Hit(text=hit["memory"], time=datetime.fromtimestamp(hit["metadata"]["since"], UTC))
            for hit in found["results"]
        ]

    def close(self) -> None:
        self._memory.close()


if __name__ == "__main__":
    drive(Mem0)
