"""mem0: `Memory.add(infer=False)` turn by turn, `Memory.search` filtered to the chat; vectors in Qdrant on disk."""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.peers.kit import Chat, Task, drive
from benchmarks.peers.mem0.opening import open_memory


class Mem0:
    """mem0 by its public API."""

    def __init__(self, task: Task) -> None:
        self._memory = open_memory(task, "turns")

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
