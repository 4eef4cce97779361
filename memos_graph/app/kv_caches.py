"""The KVCacheMemory that settings describe. Composes; loads no model."""

from __future__ import annotations

from memos_graph.activation import KVCacheMemory, KVCacheMemoryConfig
from memos_graph.settings import Settings


def make_kv_cache_memory(settings: Settings) -> KVCacheMemory:
    """What the settings kv_cache_* say. `Invalid` for what can't be meant; the model is loaded when first used."""
    return KVCacheMemory(
        KVCacheMemoryConfig(
            model=settings.kv_cache_model,
            revision=settings.kv_cache_revision,
            dtype=settings.kv_cache_dtype,
            device=settings.kv_cache_device,
            folder=settings.kv_cache_folder,
            quota_bytes=settings.kv_cache_quota_mb * 1_000_000,
        )
    )
