"""A real vLLM keeps what build_vllm_kv_cache had it read."""

from __future__ import annotations

from typing import Any

from memos_graph.activation import KVCacheMemory, KVCacheMemoryConfig


def test_a_real_server_finds_cached_what_it_was_warmed_with(vllm_server: Any) -> None:
    config = KVCacheMemoryConfig(vllm_url=vllm_server.url, vllm_model=vllm_server.model, vllm_salt="kv-cache-test")
    messages = [{"role": "system", "content": "Memories: " + "Anna lives in Bern and works at the harbour. " * 20}]
    found = KVCacheMemory(config).build_vllm_kv_cache([*messages, {"role": "user", "content": "Where?"}])
    assert found.hit
    assert found.after is not None
    assert found.after % 16 == 0  # whole blocks
    assert found.prompt - found.after <= 128
