"""What every use case is given: a store, an embedder, a clock and a source of ids. Composed in `app`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from memos_graph.ports import Clock, Embedder, GraphStore, Web
from memos_graph.services.layout import EdgeLayouts


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The outside, handed in."""

    store: GraphStore
    embedder: Embedder
    clock: Clock
    actor: str = "user"
    web: Callable[[], Web] | None = None  #: makes what asks for URLs, at the first one; None: none are asked for
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    names: dict[str, Any] = field(default_factory=dict)  #: by cube, what recall made of its Lexicon last
    layouts: EdgeLayouts = field(default_factory=EdgeLayouts)
