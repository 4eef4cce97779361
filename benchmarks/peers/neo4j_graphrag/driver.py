"""neo4j-graphrag: `HybridCypherRetriever` over turns in a real Neo4j: its vector and full-text search, fused by it.

The query that it appends reads, for each turn found, who said it and the turns before and after, as its examples do.
"""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import neo4j
from neo4j_graphrag.embeddings.base import Embedder
from neo4j_graphrag.exceptions import SearchQueryParseError
from neo4j_graphrag.indexes import create_fulltext_index, create_vector_index
from neo4j_graphrag.retrievers import HybridCypherRetriever

from benchmarks.peers.kit import Chat, Task, drive

_WRITE = """
UNWIND $rows AS row
CREATE (t:`{label}` {{turn: row.turn, text: row.text, time: row.time, vector: row.vector}})
MERGE (s:Speaker {{chat: $chat, name: row.speaker}})
CREATE (t)-[:SAID_BY]->(s)
FOREACH (name IN row.names | MERGE (e:Name {{chat: $chat, name: name}}) CREATE (t)-[:MENTIONS]->(e))
"""
_FOLLOW = """
UNWIND range(1, size($turns) - 1) AS i
MATCH (a:`{label}` {{turn: $turns[i]}}), (b:`{label}` {{turn: $turns[i - 1]}})
CREATE (a)-[:FOLLOWS]->(b)
"""
_OTHERS = """
MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH 'Turn_' OR l IN ['Speaker', 'Name'])
RETURN count(n) AS count
"""
_READ = """
OPTIONAL MATCH (node)-[:SAID_BY]->(speaker)
OPTIONAL MATCH (node)-[:FOLLOWS]-(beside)
RETURN node.turn AS turn, node.text AS text, speaker.name AS speaker, collect(beside.text) AS beside, score
ORDER BY score DESC
"""


class _Vectors(Embedder):  # type: ignore[misc]  # its types are not installed here
    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task

    def embed_query(self, text: str) -> list[float]:
        return self._task.embed([text])[0]


class Neo4jGraphrag:
    """neo4j-graphrag by its public API, with a label and two indexes for each chat."""

    def __init__(self, task: Task) -> None:
        if not task.server:
            raise SystemExit("there is no Neo4j: give --neo4j URL")
        self._task = task
        auth = (task.server["user"], task.server["password"])
        self._driver = neo4j.GraphDatabase.driver(task.server["url"], auth=auth)
        self._driver.verify_connectivity()
        (others,) = self._driver.execute_query(_OTHERS).records
        if others["count"]:
            raise SystemExit(f"the Neo4j holds {others['count']} nodes of others: give an empty one")
        self._driver.execute_query("MATCH (n) DETACH DELETE n")  # an earlier run's
        self._retrievers: dict[str, Any] = {}

    def feed(self, chat: Chat) -> None:
        label = "Turn_" + re.sub(r"\W", "_", chat.id)
        vectors = self._task.embed([turn.text for turn in chat.turns])
        rows = [
            {"turn": turn.id, "text": turn.text, "time": turn.time, "vector": vector, "speaker": turn.speaker,
             "names": list(turn.names)}
            for turn, vector in zip(chat.turns, vectors, strict=True)
        ]  # fmt: skip
        ask = self._driver.execute_query
        ask(f"CREATE INDEX IF NOT EXISTS FOR (t:`{label}`) ON (t.turn)")
        ask(_WRITE.format(label=label), rows=rows, chat=chat.id)
        ask(_FOLLOW.format(label=label), turns=[turn.id for turn in chat.turns])
        create_vector_index(
            self._driver, f"{label}_v", label=label, embedding_property="vector", dimensions=self._task.dimension,
            similarity_fn="cosine",
        )  # fmt: skip
        create_fulltext_index(self._driver, f"{label}_t", label=label, node_properties=["text"])
        ask("CALL db.awaitIndexes(300)")
        self._retrievers[chat.id] = HybridCypherRetriever(
            self._driver, f"{label}_v", f"{label}_t", _READ, _Vectors(self._task)
        )

    def search(self, chat: str, question: str, top_k: int) -> Iterable[str]:
        retriever = self._retrievers[chat]
        try:
            found = retriever.get_search_results(question, top_k=top_k)
        except (SearchQueryParseError, neo4j.exceptions.ClientError):  # the question holds full-text syntax
            found = retriever.get_search_results(re.sub(r"[^\w\s]", " ", question), top_k=top_k)
        return [record["turn"] for record in found.records]

    def close(self) -> None:
        self._driver.close()


if __name__ == "__main__":
    drive(Neo4jGraphrag)
