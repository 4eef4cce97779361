"""One cache of several: exact by reading again, or approximate by moving keys; and how far apart the two are.

A token's keys and values say all that came before it. So the first cache may stand as it is, and every other one was
made without knowing the ones before it:

- exact: the first stands, the tokens of the others are read again behind it. The same as reading all at once.
- approximate: keys of the others are moved to their new positions, and only the first `boundary` tokens of each are
  read again. What later tokens would have taken from other texts is missing: an answer that needs two of the texts
  together can be another one. (EPIC, Hu et al. 2024, re-reads the first tokens of each chunk, which otherwise draw
  attention as the first of all texts do; CacheBlend, Yao et al. 2024, re-reads those that differ most.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from memos_graph.activation.caches import joined, pairs_of
from memos_graph.activation.item import KVCacheItem
from memos_graph.activation.model import LocalModel
from memos_graph.activation.needs import need
from memos_graph.activation.turning import check, turned
from memos_graph.model.errors import Invalid

BOUNDARY = 16  #: tokens of each text read again, unless said otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Several caches as one."""

    cache: Any
    token_ids: tuple[int, ...]
    exact: bool
    read: int  #: tokens that the model had to read for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a cache differs from the exact one, by what the model then says of a text; all 0 and True for the same."""

    positions: int  #: tokens compared: the text, and the exact answer to it
    most: float  #: largest difference of a logit
    mean: float  #: mean absolute difference of the logits
    divergence: float  #: mean KL divergence from the exact distribution of the next token, in nats
    same_first: float  #: part of the positions whose likeliest next token is the same
    same_answer: bool  #: whether the greedy answers are equal


def merge_exact(model: LocalModel, items: Sequence[KVCacheItem]) -> Merged:
    """The cache of all the items' tokens, one after the other, as the model makes it when it reads them at once.

    The leads of all but the first are left out. Costs the reading of all tokens but the first item's (of those too, if
    that is approximate itself).
    """
    first, *others = items
    behind = [token for item in others for token in item.token_ids[item.lead :]]
    ids = (*first.token_ids, *behind)
    if not first.exact:
        return Merged(cache=model.read(ids)[0], token_ids=ids, exact=True, read=len(ids))
    cache = model.read(behind, first.kv_cache)[0] if behind else first.kv_cache
    return Merged(cache=cache, token_ids=ids, exact=True, read=len(behind))


def merge_approximate(model: LocalModel, items: Sequence[KVCacheItem], *, boundary: int = BOUNDARY) -> Merged:
    """As `merge_exact`, but of each item after the first only `boundary` tokens are read again.

    `NotSupported` where the model's keys can't be moved. Says `exact` where all was read again after all.
    """
    if isinstance(boundary, bool) or not isinstance(boundary, int) or boundary < 0:
        raise Invalid("boundary", boundary, "give a number of tokens, 0 or more")
    check(model)
    first, *others = items
    cache, ids, read, exact = first.kv_cache, list(first.token_ids), 0, first.exact
    for item in others:
        own = item.token_ids[item.lead :]
        again = min(boundary, len(own))
        start = item.lead + again
        if again:
            cache, _ = model.read(own[:again], cache)
        if again < len(own):
            kept = [(keys[..., start:, :], values[..., start:, :]) for keys, values in pairs_of(item.kv_cache)]
            cache = joined(cache, turned(model, kept, len(ids) - item.lead))
            exact = False
        ids += own
        read += again
    return Merged(cache=cache, token_ids=tuple(ids), exact=exact, read=read)


def drift(model: LocalModel, exact: Any, other: Any, text: str, *, most: int = 16) -> Drift:
    """How far the cache `other` leads from the cache `exact` of the same tokens when the model reads `text` after each.

    Compares at the tokens of `text` and at those of the exact greedy answer of up to `most` tokens, which both read.
    """
    torch = need("torch")
    question = model.encode(text, lead=False)
    if not question:
        raise Invalid("text", text, "give at least one token")
    answer = model.say(question, exact, most=most)
    ids = (*question, *answer)
    one, two = (model.read(ids, cache, every=True)[1].double() for cache in (exact, other))
    apart = (one - two).abs()
    sure, guessed = torch.log_softmax(one, -1), torch.log_softmax(two, -1)
    return Drift(
        positions=len(ids),
        most=float(apart.max()),
        mean=float(apart.mean()),
        divergence=float((sure.exp() * (sure - guessed)).sum(-1).mean()),
        same_first=float((one.argmax(-1) == two.argmax(-1)).double().mean()),
        same_answer=model.say(question, other, most=most) == answer,
    )
