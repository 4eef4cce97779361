"""Graphiti on Kuzu: a fact (edge) for each turn, written in bulk; `Graphiti.search`: BM25 and vectors, fused by it.

`add_episode` and `add_triplet` ask a language model, so facts go in by `add_nodes_and_edges_bulk`, on which both end.
A fact leads from who said it to what it names first, or to the other speaker.
"""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from benchmarks.peers.kit import Chat, Task, Turn, drive

os.environ["GRAPHITI_TELEMETRY_ENABLED"] = "false"
os.environ["EMBEDDING_DIM"] = "384"

from graphiti_core import Graphiti
from graphiti_core.cross_encoder.client import CrossEncoderClient
from graphiti_core.driver.driver import GraphProvider
from graphiti_core.driver.kuzu_driver import KuzuDriver
from graphiti_core.edges import EntityEdge
from graphiti_core.embedder.client import EmbedderClient
from graphiti_core.graph_queries import get_fulltext_indices
from graphiti_core.llm_client.client import LLMClient
from graphiti_core.nodes import EntityNode
from graphiti_core.utils.bulk_utils import add_nodes_and_edges_bulk


class _Vectors(EmbedderClient):  # type: ignore[misc]  # its types are not installed here
    def __init__(self, task: Task) -> None:
        self._task = task

    async def create(self, input_data: Any) -> list[float]:
        text = input_data if isinstance(input_data, str) else input_data[0]
        return self._task.embed([text])[0]

    async def create_batch(self, input_data_list: list[str]) -> list[list[float]]:
        return self._task.embed(input_data_list)


class _NoModel(LLMClient):  # type: ignore[misc]
    async def _generate_response(self, *_: Any, **__: Any) -> dict[str, Any]:
        raise RuntimeError("a language model was asked, and there is none")


class _NoReranker(CrossEncoderClient):  # type: ignore[misc]
    async def rank(self, query: str, passages: list[str]) -> list[tuple[str, float]]:
        raise RuntimeError("a cross-encoder was asked, and there is none")


class GraphitiPeer:
    """Graphiti by its public API, a group for each chat."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._loop = asyncio.new_event_loop()
        self._driver = KuzuDriver(str(task.folder / "graph.kuzu"))
        self._vectors = _Vectors(task)
        self._graphiti = Graphiti(
            graph_driver=self._driver, llm_client=_NoModel(None), embedder=self._vectors, cross_encoder=_NoReranker()
        )
        self._indexed = False

    def feed(self, chat: Chat) -> None:
        self._loop.run_until_complete(self._feed(chat))

    async def _feed(self, chat: Chat) -> None:
        if not self._indexed:
            for query in get_fulltext_indices(GraphProvider.KUZU):
                await self._driver.execute_query(query)
            self._indexed = True
        speakers = list(dict.fromkeys(turn.speaker for turn in chat.turns))
        names = list(dict.fromkeys((*speakers, *(name for turn in chat.turns for name in turn.names[:1]))))
        now = datetime.now(UTC)
        nodes = {
            name: EntityNode(
                uuid=str(uuid.uuid4()), name=name, group_id=chat.id, labels=["Entity"], created_at=now, summary="",
                name_embedding=vector,
            )
            for name, vector in zip(names, self._task.embed(names), strict=True)
        }  # fmt: skip
        vectors = self._task.embed([turn.text for turn in chat.turns])
        facts = [
            EntityEdge(
                group_id=chat.id, source_node_uuid=nodes[turn.speaker].uuid,
                target_node_uuid=nodes[_about(turn, speakers)].uuid, name="SAID", fact=turn.text, fact_embedding=vector,
                created_at=now, valid_at=datetime.fromisoformat(turn.time) if turn.time else None, episodes=[turn.id],
            )
            for turn, vector in zip(chat.turns, vectors, strict=True)
        ]  # fmt: skip
        await add_nodes_and_edges_bulk(self._driver, [], [], list(nodes.values()), facts, self._vectors)

    def search(self, chat: str, question: str, top_k: int) -> Iterable[str]:
        found = self._loop.run_until_complete(self._graphiti.search(question, group_ids=[chat], num_results=top_k))
        return [turn for fact in found for turn in fact.episodes]

    def close(self) -> None:
        self._loop.run_until_complete(self._graphiti.close())
        self._loop.close()


def _about(turn: Turn, speakers: list[str]) -> str:
    """What a fact leads to."""
    others = [*turn.names[:1], *(name for name in speakers if name != turn.speaker)]
    return others[0] if others else turn.speaker


if __name__ == "__main__":
    drive(GraphitiPeer)
