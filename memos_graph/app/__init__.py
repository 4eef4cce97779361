"""The one place where stores, embedders and services are put together: opening. What is opened: `graph`, `cube`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from memos_graph.app.cube import CubeHandle
from memos_graph.app.feeding import feed_options
from memos_graph.app.graph import Graph
from memos_graph.app.images import make_captioner, make_images
from memos_graph.app.language import make_language_model
from memos_graph.app.naming import make_name_finder
from memos_graph.app.prefix_server import make_prefix_server
from memos_graph.app.reranking import make_reranker
from memos_graph.app.web import web_of
from memos_graph.backends.urls import without_secrets
from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.ports import Clock, Embedder, GraphStore, Reranker
from memos_graph.ports_images import Captioner, ImageEmbedder
from memos_graph.ports_language import LanguageModel, PrefixServer
from memos_graph.ports_names import NameFinder
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.providers.embedders.openai import OpenAIEmbedder
from memos_graph.providers.embedders.sentence import SentenceTransformersEmbedder
from memos_graph.services.context import Context
from memos_graph.services.remember.reading import check_parsers
from memos_graph.settings import Settings, load_settings
from memos_ingest.sandbox import Sandbox

__all__ = [
    "CubeHandle", "Graph", "make_captioner", "make_embedder", "make_images", "make_language_model", "make_reranker",
    "now", "open", "open_store",
]  # fmt: skip


def now() -> datetime:
    """The system's time, UTC."""
    return datetime.now(UTC)


def make_embedder(name: str, *, key: str = "") -> Embedder:
    """The embedder that `name` says: minilm, sentence-transformers:NAME, or openai:MODEL@URL. `Invalid` else."""
    scheme, _, rest = name.partition(":")
    if name == "minilm":
        return MiniLM()
    if scheme == "sentence-transformers" and rest:
        return SentenceTransformersEmbedder(rest)
    if scheme == "openai" and "@" in rest:
        model, _, url = rest.rpartition("@")
        return OpenAIEmbedder(url, model, key=key)
    raise Invalid("embedder", name, "use minilm, sentence-transformers:NAME or openai:MODEL@URL")


def _memory_store(_: str, __: Settings) -> GraphStore:
    from memos_graph.backends.inmemory import InMemoryStore

    return InMemoryStore()


def _arcade_store(url: str, settings: Settings) -> GraphStore:
    from memos_graph.backends.arcade import ArcadeStore  # starts no JVM until it is opened

    return ArcadeStore(Path(url.removeprefix("arcade:")), heap_mb=settings.heap_mb)


def _neo4j_store(url: str, settings: Settings) -> GraphStore:
    with _needs("neo4j", extra="neo4j"):
        from memos_graph.backends.neo4j import address, store_at

    return store_at(
        address(
            url, user=settings.store_user, password=settings.store_password, database=settings.store_database,
            multi_db=settings.store_multi_db, pool_size=settings.store_pool_size, connect_s=settings.store_connect_s,
            query_s=settings.store_query_s, retry_s=settings.store_retry_s, certificates=settings.store_certificates,
        )
    )  # fmt: skip


def _nebula_store(url: str, settings: Settings) -> GraphStore:
    with _needs("nebula3", extra="nebula"):
        from memos_graph.backends.nebula import open_store as open_nebula

    index = re.sub(r"[^\w.-]+", "-", without_secrets(url).partition("://")[2])  # one for each cluster and space
    folder = Path(settings.store_index) / index
    return open_nebula(url, user=settings.store_user, password=settings.store_password, folder=folder)


@contextmanager
def _needs(driver: str, *, extra: str) -> Iterator[None]:
    """`NotSupported` that says what to install when `driver` is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != driver:
            raise
        raise NotSupported(
            "store", f"its driver is not installed: pip install 'memos-graph[{extra}]', then try again"
        ) from error


_STORES: dict[str, Callable[[str, Settings], GraphStore]] = {
    "memory": _memory_store, "arcade": _arcade_store, "nebula": _nebula_store,
    **dict.fromkeys(("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"), _neo4j_store),
}  # fmt: skip


def open_store(url: str, settings: Settings) -> GraphStore:
    """The store at `url`: a path (or arcade:PATH) opens the embedded graph there, memory: one that is gone on close.

    neo4j://HOST[:PORT][/DATABASE] (bolt://; +s, +ssc) and nebula://HOST[:PORT]/SPACE: a server's, with the user and
    password of the settings. `Invalid` lists the schemes there are, `NotSupported` says which extra to install.
    """
    scheme, colon, _ = url.partition(":")
    if not colon or len(scheme) == 1:  # a Windows drive is a path
        return _arcade_store(url, settings)
    if scheme not in _STORES:
        known = ", ".join(f"{s}:" if s in ("arcade", "memory") else f"{s}://" for s in sorted(_STORES))
        raise Invalid("store", without_secrets(url), f"give a path, or one of {known}")
    return _STORES[scheme](url, settings)


def open(store: str | Path | None = None, *, embedder: str | Embedder | None = None,
         reranker: str | Reranker | None = None, images: str | ImageEmbedder | None = None,
         captioner: str | Captioner | None = None, name_finder: str | NameFinder | None = None,
         language_model: str | LanguageModel | None = None, prefix_server: str | PrefixServer | None = None,
         clock: Clock = now, actor: str = "user", settings: Settings | None = None) -> Graph:  # fmt: skip
    """The graph at `store`, made there if there is none; use it in a `with` block.

    store: a path, memory: for one without a file, or a server's URL (see `open_store`). images gives pictures
    vectors, captioner says what they show, name_finder finds names besides the rules, language_model answers, judges
    and sums up, prefix_server tells of its cache. None for any of these: as settings say. `StoreLocked` when another
    process has it, `StoreTooNew`, `StoreDamaged`; of a server `Unavailable` and `Refused` too. The first open of an
    embedded store
    starts the database's virtual machine: about a second.
    """
    settings = settings or load_settings()
    feeding = feed_options(settings)
    check_parsers(settings.parsers)
    chosen = settings.embedder if embedder is None else embedder
    made = make_embedder(chosen, key=settings.embedder_key) if isinstance(chosen, str) else chosen
    asked = settings.reranker if reranker is None else reranker
    ranker = make_reranker(asked, key=settings.reranker_key) if isinstance(asked, str) else asked
    seeing = settings.images if images is None else images
    looks = make_images(seeing) if isinstance(seeing, str) else seeing
    telling = settings.captioner if captioner is None else captioner
    tells = make_captioner(telling, key=settings.captioner_key) if isinstance(telling, str) else telling
    talking = settings.language_model if language_model is None else language_model
    talks = make_language_model(
        talking, key=settings.language_model_key, timeout=settings.language_model_timeout_s,
        context=settings.language_model_context,
    ) if isinstance(talking, str) else talking  # fmt: skip
    wished = settings.name_finder if name_finder is None else name_finder
    finder = make_name_finder(wished) if isinstance(wished, str) else wished
    caching = settings.prefix_server if prefix_server is None else prefix_server
    cache = make_prefix_server(caching, talks, key=settings.language_model_key)
    opened = open_store(str(store) if store is not None else settings.store, settings)
    context = Context(
        store=opened, embedder=made, clock=clock, actor=actor, web=web_of(settings), name_finder=finder, images=looks,
        captioner=tells, language=talks, prefix_server=cache, prefix_secret=settings.prefix_salt_key,
        prefix_tokens=settings.prefix_tokens, prefix_block=settings.prefix_block,
    )  # fmt: skip
    # no process is started before the first file
    sandbox = Sandbox(parsers=settings.parsers)
    return Graph(context, reranker=ranker, sandbox=sandbox, options=feeding)
