"""Why a prefix that was sent is not found again, as far as a server's own words and figures tell."""

from __future__ import annotations

from collections.abc import Iterator

from memos_graph.model.chat import CacheSetup
from memos_graph.model.prefix import HIT, Prefix
from memos_graph.services.context import Context
from memos_graph.services.prefix.salting import salt_for

_UNTOLD = "neither its answers nor its counters say what was cached; a vLLM says so with --enable-prompt-tokens-details"
_UNKNOWN = "no reason is known: others may have filled its cache, or it keeps none"


def reason_of(context: Context, prefix: Prefix, *, length: int, cached: int | None) -> str:
    """Why `cached` of the `length` tokens of `prefix` were found, all reasons that apply; "" where it hit."""
    if cached is None:
        return _UNTOLD
    if cached >= HIT * length:
        return ""
    setup = None if context.prefix_server is None else context.prefix_server.cache()
    reasons = [*_of_setup(setup, prefix, length, cached), *_of_prefix(context, prefix)]
    return "; ".join(reasons) or _UNKNOWN


def _of_setup(setup: CacheSetup | None, prefix: Prefix, length: int, cached: int) -> Iterator[str]:
    """What the server's cache has to do with it."""
    if setup is None:
        return
    if setup.on is False:
        yield "prefix caching is off there: start it with --enable-prefix-caching"
    if setup.tokens is not None and setup.tokens < length + setup.block:
        yield f"its cache holds {setup.tokens} tokens, for all that ask: give it more, or set fewer prefix_tokens"
    if length < setup.block:
        yield f"it is shorter than a block of {setup.block} tokens, and only whole blocks are found again"
    elif prefix.block and prefix.block != setup.block:
        yield f"it was laid out for blocks of {prefix.block} tokens, the server's have {setup.block}: build it again"
    elif cached >= length - length % setup.block:
        yield f"its last {length % setup.block} tokens fill no block of {setup.block}, and only whole ones are found"
    if setup.engines > 1:
        yield f"the server runs {setup.engines} engines, each with a cache of its own: warm it as often"


def _of_prefix(context: Context, prefix: Prefix) -> Iterator[str]:
    """What has changed since it was built."""
    if prefix.salt != salt_for(context, prefix.cubes):
        yield "the salt has changed since it was built: build it again"
    model = "" if context.language is None else context.language.model
    if prefix.counted_by not in ("", "estimate", model):
        yield f"it was laid out for the model {prefix.counted_by}, and {model} was asked: build it again"
