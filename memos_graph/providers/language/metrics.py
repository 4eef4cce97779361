"""vLLM's /metrics, as far as its prefix cache goes. Knows the text; asks nobody.

Source: Prometheus text format 0.0.4; vLLM, "Production Metrics" (vllm:cache_config_info, vllm:prefix_cache_*).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from memos_graph.model.chat import CacheCounters, CacheSetup

_SETUP, _QUERIED, _HIT = "vllm:cache_config_info", "vllm:prefix_cache_queries_total", "vllm:prefix_cache_hits_total"
_LABEL = re.compile(r'(\w{1,64})="((?:[^"\\]|\\.){0,400})"')
_MOST_BLOCK, _MOST = 65_536, 2**53


def cache_setup(text: str) -> CacheSetup | None:
    """The prefix cache's setup by `text`; None when it says nothing that can be one.

    A hit's unit, where the model's layers ask for one of their own (cache_hit_alignment_tokens), is the block.
    """
    found = [labels for labels, _ in _samples(text, _SETUP)]
    if not found:
        return None
    first = found[0]
    block = _whole(first.get("cache_hit_alignment_tokens"), _MOST_BLOCK) or _whole(first.get("block_size"), _MOST_BLOCK)
    if block is None:
        return None
    sizes = [_whole(labels.get("kv_cache_size_tokens"), _MOST) or _blocks(labels) for labels in found]
    return CacheSetup(
        block=block,
        tokens=min((size for size in sizes if size), default=None),
        on={"True": True, "False": False}.get(first.get("enable_prefix_caching", "")),
        engines=len(found),
    )


def cache_counters(text: str) -> CacheCounters | None:
    """What the cache was asked and had by `text`, summed over engines; None when it does not say both."""
    queried, hit = ([value for _, value in _samples(text, name)] for name in (_QUERIED, _HIT))
    if not queried or not hit:
        return None
    return CacheCounters(queried=sum(map(int, queried)), hit=sum(map(int, hit)))


def _samples(text: str, name: str) -> Iterator[tuple[Mapping[str, str], float]]:
    """Labels and value of every sample of the metric `name` that can be read."""
    for line in text.splitlines():
        if not line.startswith(name) or len(line) > 10_000:
            continue
        rest = line[len(name) :]
        labels, _, value = rest[1:].rpartition("} ") if rest.startswith("{") else ("", "", rest)
        if not rest.startswith(("{", " ")):
            continue  # another metric, whose name begins so
        try:
            number = float(value.split()[0])
        except (ValueError, IndexError):
            continue
        if math.isfinite(number) and 0 <= number <= _MOST:
            yield dict(_LABEL.findall(labels)), number


def _blocks(labels: Mapping[str, str]) -> int | None:
    """Tokens in the cache by its number of blocks, where no size is given (vLLM before 0.30)."""
    count, size = _whole(labels.get("num_gpu_blocks"), _MOST), _whole(labels.get("block_size"), _MOST_BLOCK)
    return count * size if count and size else None


def _whole(text: str | None, most: int) -> int | None:
    """`text` as a whole number of 1 to `most`; None for any other."""
    if text is None or not re.fullmatch(r"[0-9]{1,16}", text):
        return None
    number = int(text)
    return number if 1 <= number <= most else None
