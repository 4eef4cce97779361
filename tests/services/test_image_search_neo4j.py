"""Pictures found on a real Neo4j as in the oracle."""

from __future__ import annotations

import pytest

from memos_graph.app import Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.backends.neo4j import Address, open_store
from memos_graph.ports import GraphStore
from memos_graph.providers.images.colours import ColourHistogram
from memos_graph.services.context import Context
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.reading import InProcess
from tests.memories.letters import LetterEmbedder
from tests.servers.server import Server
from tests.services.picture_files import images, page, photograph, saved

from .conftest import Clock

HERE = FeedOptions(reader=InProcess())


def test_pictures_are_found_and_shared_as_in_the_oracle(neo4j_server: Server) -> None:
    neo4j_server.empty()
    server = open_store(Address(url=neo4j_server.url, user=neo4j_server.user, password=neo4j_server.password))
    stores: tuple[GraphStore, GraphStore] = (server, InMemoryStore())
    found = []
    for store in stores:
        context = Context(store=store, embedder=LetterEmbedder(), clock=Clock(), images=ColourHistogram())
        cube = Graph(context).cube("kb")
        for number, seeds in enumerate(((1, 2), (2, 3), (3, 1))):
            html = page(f"n{number}", "Words.", *((saved(photograph(seed)), f"Seen {seed}") for seed in seeds))
            cube.add_bytes(html.encode(), f"n{number}.html", options=HERE)
        hits = cube.search_images(saved(photograph(2).resize((160, 120)), "JPEG"), top_k=3)
        found.append((sorted((node.id, node.text, node.sources) for node in images(cube)), hits))
    server.close()
    assert found[0][0] == found[1][0] and len(found[0][0]) == 3
    assert [hit.id for hit in found[0][1]] == [hit.id for hit in found[1][1]]
    assert [hit.score for hit in found[0][1]] == pytest.approx([hit.score for hit in found[1][1]], abs=1e-3)
