"""What every use case is given: a store, an embedder, a clock and a source of ids. Composed in `app`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from memos_graph.engines.gazetteer import Gazetteer
from memos_graph.ports import Clock, Embedder, GraphStore, Web
from memos_graph.ports_images import Captioner, ImageEmbedder
from memos_graph.ports_language import LanguageModel, PrefixServer
from memos_graph.ports_names import NameFinder
from memos_graph.services.layout import EdgeLayouts
from memos_graph.services.prefix.counting import Counts
from memos_graph.services.remember.link_index import LinkIndexes


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The outside, handed in."""

    store: GraphStore
    embedder: Embedder
    clock: Clock
    actor: str = "user"
    web: Callable[[], Web] | None = None  #: makes what asks for URLs, at the first one; None: none are asked for
    images: ImageEmbedder | None = None  #: gives pictures vectors; None: they get none
    captioner: Captioner | None = None  #: says what pictures without words show; None: nobody does
    language: LanguageModel | None = None  #: gives verdicts and summaries; None: rules alone do
    name_finder: NameFinder | None = None  #: finds names besides the rules; None: the rules alone do
    prefix_server: PrefixServer | None = None  #: tells of the language model's prefix cache; None: none does
    prefix_secret: str = field(default="", repr=False)  #: goes into every salt beside the cubes' own keys; never shown
    prefix_tokens: int | None = None  #: before the user's own words, at most; 0: no memories there; None: by the model
    prefix_block: int = 0  #: tokens of a block of the server's prefix cache; 0: as the server says, else 16
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    names: dict[str, Any] = field(default_factory=dict)  #: by cube, what recall made of its Lexicon last
    gazetteers: dict[str, Gazetteer] = field(default_factory=dict)  #: by cube, the names that texts are read by
    prefix_counts: Counts = field(default_factory=Counts)  #: of answers, until they are worth a write
    layouts: EdgeLayouts = field(default_factory=EdgeLayouts)
    links: LinkIndexes = field(default_factory=LinkIndexes)
