"""The cache that `benchmarks activation` counts by, beside a real server's: both must say the same."""

from __future__ import annotations

import random
import secrets

from benchmarks.activation_cache import BlockCache
from benchmarks.activation_server import Counting, reach
from memos_graph.model.chat import ChatMessage
from tests.servers.vllm import VLLM

WORDS = ("stone", "river", "lamp", "seven", "cloud", "paper", "often", "north", "glass", "bread")


def test_what_is_counted_as_cached_is_what_the_server_tells(vllm_server: VLLM) -> None:
    server, draw, salt = reach(vllm_server.url, vllm_server.model), random.Random(1), secrets.token_hex(16)
    model = Counting(server=server, cache=BlockCache(server.block, server.capacity), context=None, sends=lambda _: True)
    first = [draw.choice(WORDS) for _ in range(2 * server.block)]
    about = server.block - 20
    for same in (0, about, about + 10, about + 25, about, 2 * server.block, 2 * server.block):
        text = " ".join((*first[:same], *(draw.choice(WORDS) for _ in range(8))))
        model.chat([ChatMessage("system", text), ChatMessage("user", "Yes?")], salt=salt)
    assert [read.cached for read in model.reads] == [read.told for read in model.reads]
    assert any(read.cached for read in model.reads)
