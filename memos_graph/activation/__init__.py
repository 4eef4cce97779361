"""Activation memory: what a local model has read, kept as keys and values, so that it need not read it again.

Knows `memos_graph.model` alone. PyTorch, transformers and safetensors are the extra `local`, imported when used.
"""

from memos_graph.activation.config import KVCacheMemoryConfig
from memos_graph.activation.item import KVCacheItem, Origin
from memos_graph.activation.kv_cache import DUMP, KVCacheMemory

__all__ = ["DUMP", "KVCacheItem", "KVCacheMemory", "KVCacheMemoryConfig", "Origin"]
