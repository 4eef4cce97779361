"""DynamicCaches as pairs of tensors: made from them, shared, cut. transformers' own classes stay in this file.

A DynamicCache grows by concatenation, which makes new tensors: two caches may share tensors, and growing one of them
leaves the other as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from memos_graph.activation.item import KVCacheItem
from memos_graph.activation.needs import need
from memos_graph.model.errors import Invalid

Pair = tuple[Any, Any]  #: keys and values of a layer, each [1, heads, tokens, width]


def cache_of(pairs: Iterable[Pair]) -> Any:
    """A DynamicCache of these keys and values, layer by layer; no number is copied."""
    utils = need("transformers.cache_utils")
    cache = utils.DynamicCache()
    for keys, values in pairs:
        layer = utils.DynamicLayer()
        layer.lazy_initialization(keys, values)
        layer.keys, layer.values = keys, values
        cache.layers.append(layer)
    return cache


def pairs_of(cache: Any, what: str = "kv_cache") -> list[Pair]:
    """Keys and values of each layer.

    `Invalid` unless it is a plain DynamicCache of one sequence: caches with a window, quantised, of fixed size or of
    another kind hold something else in the same places.
    """
    utils = need("transformers.cache_utils")
    advice = "give a transformers DynamicCache of full attention, neither quantised nor with a window"
    if type(cache) is not utils.DynamicCache:
        raise Invalid(what, type(cache).__name__, advice)
    pairs = []
    for layer in cache.layers:
        if type(layer) is not utils.DynamicLayer or layer.keys is None:
            raise Invalid(what, f"a layer that is {type(layer).__name__}", advice)
        pairs.append((layer.keys, layer.values))
    shapes = {tuple(keys.shape) for keys, _ in pairs} | {tuple(values.shape)[:3] for _, values in pairs}
    if not pairs or len({shape[2] for shape in shapes if len(shape) > 2}) != 1 or any(s[0] != 1 for s in shapes):
        raise Invalid(what, sorted(shapes)[:3], "give a cache of one sequence, all layers equally long")
    return pairs


def own_pairs(item: KVCacheItem) -> list[Pair]:
    """The pairs of an item, if they are as its origin and tokens say; `Invalid` names both sides otherwise."""
    pairs, o = pairs_of(item.kv_cache), item.origin
    found = {(str(each.dtype).removeprefix("torch."), tuple(each.shape)) for pair in pairs for each in pair}
    want = (o.dtype, (1, o.heads, len(item), o.width))
    if found != {want} or len(pairs) != o.layers:
        raise Invalid("kv_cache", f"{len(pairs)} layers of {sorted(found)}", f"its origin says {o.layers} of {want}")
    return pairs


def lent(item: KVCacheItem) -> KVCacheItem:
    """The item with a cache object of its own, sharing the numbers: growing that leaves `item` as it was."""
    return replace(item, kv_cache=cut(item.kv_cache, len(item)))


def cut(cache: Any, tokens: int) -> Any:
    """A cache of the first `tokens` tokens, sharing the numbers."""
    return cache_of((keys[..., :tokens, :], values[..., :tokens, :]) for keys, values in pairs_of(cache))


def joined(cache: Any, pairs: Iterable[Pair]) -> Any:
    """A cache of `cache` and, behind it, `pairs`; copies both."""
    cat = need("torch").cat
    both = zip(pairs_of(cache), pairs, strict=True)
    return cache_of((cat([k, more_k], dim=-2), cat([v, more_v], dim=-2)) for (k, v), (more_k, more_v) in both)


def same_numbers(one: Any, other: Any) -> bool:
    """Whether two caches hold equal numbers, bit by bit (but for the sign of zero)."""
    equal = need("torch").equal
    both = zip(pairs_of(one), pairs_of(other), strict=True)
    return all(equal(k, other_k) and equal(v, other_v) for (k, v), (other_k, other_v) in both)
