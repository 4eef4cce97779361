"""txtai: one `Embeddings(hybrid=True)` for each chat: dense vectors and BM25, fused by txtai's own weights."""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from txtai import Embeddings

from benchmarks.peers.kit import Chat, Task, drive


class Txtai:
    """txtai by its public API."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._indexes: dict[str, Any] = {}

    def feed(self, chat: Chat) -> None:
        task = self._task

        def transform(texts: list[str]) -> Any:  # txtai calls anything but a plain function once, for the function
            return np.array(task.embed(texts), dtype=np.float32)

        index = Embeddings(method="external", transform=transform, hybrid=True)
        index.index((turn.id, turn.text, None) for turn in chat.turns)
        index.save(str(self._task.folder / chat.id))
        self._indexes[chat.id] = index

    def search(self, chat: str, question: str, top_k: int) -> Iterable[str]:
        return [found[0] for found in self._indexes[chat].search(question, top_k)]

    def close(self) -> None:
        for index in self._indexes.values():
            index.close()


if __name__ == "__main__":
    drive(Txtai)
