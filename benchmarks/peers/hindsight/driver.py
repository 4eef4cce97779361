"""Hindsight without a language model: `retain_batch_async` in its "chunks" mode, `recall_async`, over its own Postgres.

The provider "none" keeps each text as it is; vectors come from our endpoint, and its rank fusion stands in for the
cross-encoder, whose weights it would have to fetch.
"""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.peers.kit import Chat, Task, drive

_BATCH = 100
_INSTANCE = "memos-graph-benchmark"


class Hindsight:
    """Hindsight by its engine's public API, a bank for each chat."""

    def __init__(self, task: Task) -> None:
        self._loop = asyncio.new_event_loop()
        self.keeps_in = Path.home() / ".pg0" / "instances" / _INSTANCE
        os.environ |= {
            "HINDSIGHT_API_LLM_PROVIDER": "none",
            "HINDSIGHT_API_EMBEDDINGS_PROVIDER": "openai",
            "HINDSIGHT_API_EMBEDDINGS_OPENAI_API_KEY": "none",
            "HINDSIGHT_API_EMBEDDINGS_OPENAI_MODEL": task.model,
            "HINDSIGHT_API_EMBEDDINGS_OPENAI_BASE_URL": task.vectors_url,
            "HINDSIGHT_API_RERANKER_PROVIDER": "rrf",
        }
        self._loop.run_until_complete(self._start())

    async def _start(self) -> None:
        from hindsight_api import MemoryEngine
        from hindsight_api.models import RequestContext

        self._engine = MemoryEngine(db_url=f"pg0://{_INSTANCE}")
        self._context = RequestContext()
        await self._engine.initialize()

    def feed(self, chat: Chat) -> None:
        self._loop.run_until_complete(self._feed(chat))

    async def _feed(self, chat: Chat) -> None:
        for start in range(0, len(chat.turns), _BATCH):
            contents: list[dict[str, Any]] = [
                {"content": turn.text, "document_id": turn.id}
                | ({"event_date": datetime.fromisoformat(turn.time)} if turn.time else {})
                for turn in chat.turns[start : start + _BATCH]
            ]
            await self._engine.retain_batch_async(chat.id, contents, request_context=self._context)

    def search(self, chat: str, question: str, top_k: int) -> Iterable[str]:
        found = self._loop.run_until_complete(
            self._engine.recall_async(chat, question, max_tokens=100 * top_k, request_context=self._context)
        )
        return [fact.document_id for fact in found.results if fact.document_id]

    def close(self) -> None:
        self._loop.run_until_complete(self._engine.close())
        self._loop.close()


if __name__ == "__main__":
    drive(Hindsight)
