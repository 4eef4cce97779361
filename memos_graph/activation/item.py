"""One cache: the keys and values of a text, with all that says for which model they hold. Data, and its checks.

Knows no files and no model that runs.
"""

from __future__ import annotations

import hashlib
import uuid
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Json

_SPACE = uuid.UUID("3f0c1ad4-3a3b-5a39-9d0a-6b3a8f0c7d11")  #: of our ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The model that made a cache, by all that must agree before another may read it."""

    model: str  #: its name
    revision: str  #: commit at Hugging Face; "" for a folder
    config: str  #: SHA-256 of its configuration
    weights: str  #: SHA-256 of a sample of every weight: another training of the same model differs
    tokenizer: str  #: SHA-256 of the tokenizer
    dtype: str  #: float32, bfloat16, float16
    layers: int
    heads: int  #: heads that have keys and values of their own
    width: int  #: numbers of one head's key

    def must_be(self, other: Origin, what: str) -> None:
        """`Invalid` naming both sides where `other`, the origin of `what`, is another model than this."""
        for each in fields(Origin):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            if mine != theirs:
                advice = f"this model has {mine!r}: extract it anew, or open it with the model that made it"
                raise Invalid(f"{what}: {each.name}", theirs, advice)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KVCacheItem:
    """A cache that can be put before a question. Reading on from it never changes it."""

    kv_cache_id: str  #: a UUID, the same for the same model, tokens and source
    kv_cache: Any = field(repr=False)  #: transformers' DynamicCache, one sequence
    token_ids: tuple[int, ...] = field(repr=False)  #: what was read, in order
    origin: Origin
    lead: int = 0  #: of `token_ids`, those that the tokenizer puts before any text
    exact: bool = True  #: whether the model would have made the same; False: a merge without reading all again
    metadata: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_id(self.kv_cache_id)
        if not self.token_ids:
            raise Invalid("token_ids", (), "a cache has at least one token")

    def __len__(self) -> int:
        """Tokens."""
        return len(self.token_ids)


def check_id(identity: object) -> str:
    """`identity`, if it is a UUID as we write it; `Invalid` otherwise: it becomes a file's name."""
    try:
        good = isinstance(identity, str) and str(uuid.UUID(identity)) == identity
    except ValueError:
        good = False
    if not good:
        raise Invalid("kv_cache_id", identity, "give a UUID in small letters with hyphens")
    return str(identity)


def ids_digest(token_ids: tuple[int, ...]) -> str:
    """SHA-256, hex, of the token ids: equal on any machine for the same tokens."""
    numbers = array("q", token_ids)
    if numbers.itemsize == 8 and array("H", [1]).tobytes() != b"\x01\x00":
        numbers.byteswap()
    return hashlib.sha256(numbers.tobytes()).hexdigest()


def id_of(origin: Origin, token_ids: tuple[int, ...], *, source: str = "", exact: bool = True, how: str = "") -> str:
    """The id of the cache that a model makes of these tokens, for a source (a memory's id)."""
    parts = [*(str(getattr(origin, each.name)) for each in fields(Origin)), ids_digest(token_ids), source]
    parts += [] if exact else ["approximate", how]
    return str(uuid.uuid5(_SPACE, "\n".join(parts)))
