"""mem0: `Memory.add(infer=False)` turn by turn, `Memory.search` filtered to the chat; vectors in Qdrant on disk."""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

import os
from collections.abc import Iterable

from benchmarks.peers.kit import Chat, Task, drive


class Mem0:
    """mem0 by its public API."""

    def __init__(self, task: Task) -> None:
        os.environ["MEM0_TELEMETRY"] = "False"
        os.environ["MEM0_DIR"] = str(task.folder / "mem0")
        from mem0 import Memory

        vectors = {
            "model": task.model, "api_key": "none", "openai_base_url": task.vectors_url,
            "embedding_dims": task.dimension,
        }  # fmt: skip
        store = {
            "collection_name": "turns", "path": str(task.folder / "qdrant"), "on_disk": True,
            "embedding_model_dims": task.dimension,
        }  # fmt: skip
        self._memory = Memory.from_config(
            {
                "embedder": {"provider": "openai", "config": vectors},
                "vector_store": {"provider": "qdrant", "config": store},
                "llm": {"provider": "openai", "config": {"api_key": "none"}},  # made on opening, never called
                "history_db_path": str(task.folder / "history.db"),
            }
        )

    def feed(self, chat: Chat) -> None:
        for turn in chat.turns:
            message = {"role": "user", "name": turn.speaker, "content": turn.text}
            self._memory.add([message], user_id=chat.id, metadata={"turn": turn.id, "said_at": turn.time}, infer=False)

    def search(self, chat: str, question: str, top_k: int) -> Iterable[str]:
        found = self._memory.search(question, top_k=top_k, filters={"user_id": chat}, threshold=0.0)
        return [hit["metadata"]["turn"] for hit in found["results"]]

    def close(self) -> None:
        self._memory.close()


if __name__ == "__main__":
    drive(Mem0)
