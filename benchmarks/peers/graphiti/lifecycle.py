"""Graphiti and a life story: a fact (edge) with valid_at for each statement, in bulk; `search` with filters on times.

`add_episode` and `add_triplet` ask a language model, which is what finds contradictions there; so facts go in by
`add_nodes_and_edges_bulk`. What the caller says has ended gets its invalid_at, what is to be forgotten is deleted. A
search asks for facts with valid_at up to, and invalid_at after, the time asked about.
"""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from benchmarks.peers.graphiti.driver import _NoModel, _NoReranker, _Vectors
from benchmarks.peers.kit import Task
from benchmarks.peers.lifecycle_kit import Asked, Hit, Said, drive

os.environ["GRAPHITI_TELEMETRY_ENABLED"] = "false"
os.environ["EMBEDDING_DIM"] = "384"

from graphiti_core import Graphiti
from graphiti_core.driver.driver import GraphProvider
from graphiti_core.driver.kuzu_driver import KuzuDriver
from graphiti_core.edges import EntityEdge
from graphiti_core.graph_queries import get_fulltext_indices
from graphiti_core.nodes import EntityNode
from graphiti_core.search.search_filters import ComparisonOperator, DateFilter, SearchFilters
from graphiti_core.utils.bulk_utils import add_nodes_and_edges_bulk

_GROUP = "world"


class GraphitiLife:
    """Graphiti by its public API, one group."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._loop = asyncio.new_event_loop()
        self._driver = KuzuDriver(str(task.folder / "graph.kuzu"))
        self._vectors = _Vectors(task)
        self._graphiti = Graphiti(
            graph_driver=self._driver, llm_client=_NoModel(None), embedder=self._vectors, cross_encoder=_NoReranker()
        )

    def feed(self, said: tuple[Said, ...], forgotten: tuple[str, ...]) -> None:
        self._loop.run_until_complete(self._feed(said, forgotten))

    async def _feed(self, said: tuple[Said, ...], forgotten: tuple[str, ...]) -> None:
        for query in get_fulltext_indices(GraphProvider.KUZU):
            await self._driver.execute_query(query)
        now = datetime.now(UTC)
        names = list(dict.fromkeys(name for one in said for name in one.names))
        nodes = {
            name: EntityNode(
                uuid=str(uuid.uuid4()), name=name, group_id=_GROUP, labels=["Entity"], created_at=now, summary="",
                name_embedding=vector,
            )
            for name, vector in zip(names, self._task.embed(names), strict=True)
        }  # fmt: skip
        ended = {closed: one.since for one in said for closed in one.closes}
        vectors = self._task.embed([one.text for one in said])
        facts = {
            one.id: EntityEdge(
                group_id=_GROUP, source_node_uuid=nodes[one.names[0]].uuid, target_node_uuid=nodes[one.names[-1]].uuid,
                name=one.attribute.upper().replace(" ", "_") or "SAID", fact=one.text, fact_embedding=vector,
                created_at=one.at, valid_at=one.since, invalid_at=ended.get(one.id), episodes=[one.id],
            )
            for one, vector in zip(said, vectors, strict=True)
        }  # fmt: skip
        await add_nodes_and_edges_bulk(self._driver, [], [], list(nodes.values()), list(facts.values()), self._vectors)
        for statement in forgotten:
            await facts[statement].delete(self._driver)

    def search(self, asked: Asked, now: datetime, top_k: int) -> Iterable[Hit]:
        moment = asked.as_of or now
        begun = [[DateFilter(date=moment, comparison_operator=ComparisonOperator.less_than_equal)]]
        lasting = [
            [DateFilter(date=moment, comparison_operator=ComparisonOperator.greater_than)],
            [DateFilter(comparison_operator=ComparisonOperator.is_null)],
        ]
        only = SearchFilters() if asked.past else SearchFilters(valid_at=begun, invalid_at=lasting)
        found = self._graphiti.search(asked.text, group_ids=[_GROUP], num_results=top_k, search_filter=only)
        return [Hit(text=edge.fact, time=edge.valid_at) for edge in self._loop.run_until_complete(found)]

    def close(self) -> None:
        self._loop.run_until_complete(self._graphiti.close())
        self._loop.close()


if __name__ == "__main__":
    drive(GraphitiLife)
