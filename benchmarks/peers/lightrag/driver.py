"""LightRAG: `ainsert_custom_kg` with a chunk for each turn, `aquery_data` in "mix" mode: its graph and its vectors.

A custom graph may name one chunk for each entity and relation, so a turn is an entity too, related to who said it and
to what it names. Keywords, which a language model would draw from the question, are the question.
"""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import numpy as np
from lightrag import LightRAG, QueryParam
from lightrag.utils import EmbeddingFunc, Tokenizer

from benchmarks.peers.kit import Chat, Task, drive


class _Letters:
    """A letter for a token: LightRAG's own tokenizer fetches its table from the network, and this one keeps no state.

    It counts tokens, for budgets alone; those are set in letters below, and hold as much as the default ones.
    """

    def encode(self, content: str) -> list[int]:
        return [ord(letter) for letter in content]

    def decode(self, tokens: list[int]) -> str:
        return "".join(map(chr, tokens))


class Lightrag:
    """LightRAG by its public API, one instance for each chat."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._loop = asyncio.new_event_loop()
        self._rags: dict[str, Any] = {}
        self._turns: dict[str, dict[str, list[str]]] = {}

    def feed(self, chat: Chat) -> None:
        self._loop.run_until_complete(self._feed(chat))

    async def _feed(self, chat: Chat) -> None:
        task = self._task

        async def embed(texts: list[str]) -> Any:  # LightRAG copies what it is given: no method of ours
            return np.array(task.embed(texts), dtype=np.float32)

        rag = LightRAG(
            working_dir=str(task.folder), workspace=chat.id, llm_model_func=_no_model,
            tokenizer=Tokenizer("letters", _Letters()),
            embedding_func=EmbeddingFunc(embedding_dim=task.dimension, max_token_size=100_000, func=embed),
        )  # fmt: skip
        await rag.initialize_storages()
        await rag.ainsert_custom_kg(_graph(chat))
        self._rags[chat.id] = rag
        by_text = self._turns[chat.id] = {}
        for turn in chat.turns:
            by_text.setdefault(" ".join(turn.text.split()), []).append(turn.id)

    def search(self, chat: str, question: str, top_k: int) -> Iterable[str]:
        asked = QueryParam(
            mode="mix", chunk_top_k=top_k, hl_keywords=[question], ll_keywords=[question], enable_rerank=False,
            max_entity_tokens=5 * 6000, max_relation_tokens=5 * 8000, max_total_tokens=5 * 30_000,
        )  # fmt: skip
        found = self._loop.run_until_complete(self._rags[chat].aquery_data(question, asked))
        turns = self._turns[chat]
        chunks = (found.get("data") or {}).get("chunks") or []
        return [turn for chunk in chunks for turn in turns.get(" ".join(chunk["content"].split()), [])]

    def close(self) -> None:
        for rag in self._rags.values():
            self._loop.run_until_complete(rag.finalize_storages())
        self._loop.close()


async def _no_model(*_: Any, **__: Any) -> str:
    raise RuntimeError("a language model was asked, and there is none")


def _graph(chat: Chat) -> dict[str, Any]:
    chunks = [{"content": turn.text, "source_id": turn.id, "file_path": chat.id} for turn in chat.turns]
    names: dict[str, str] = {}
    entities, relations = [], []
    for turn in chat.turns:
        label = f"turn {turn.id}"
        entities.append({"entity_name": label, "entity_type": "turn", "description": turn.text, "source_id": turn.id})
        for name in dict.fromkeys((turn.speaker, *turn.names)):
            if name.casefold() == label.casefold():
                continue
            names.setdefault(name, turn.id)
            kind = "says" if name == turn.speaker else "mentions"
            relations.append(
                {"src_id": label, "tgt_id": name, "description": turn.text, "keywords": kind, "source_id": turn.id}
            )
    entities += [
        {"entity_name": name, "entity_type": "name", "description": name, "source_id": turn}
        for name, turn in names.items()
    ]
    return {"chunks": chunks, "entities": entities, "relationships": relations}


if __name__ == "__main__":
    drive(Lightrag)
