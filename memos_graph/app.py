"""The one place where stores, embedders and services are put together, and the API that people use."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from memos_graph import frames
from memos_graph.backends.urls import without_secrets
from memos_graph.model.delta import Change, Receipt
from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.model.filter import Filter, parse_filter
from memos_graph.model.graph import LIVE, Cube, CubeClass, Edge, Json, Node, Source, Status, check_cube_id
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import Clock, CypherStore, Embedder, Finding, GraphStore, Order, Reached, Table
from memos_graph.providers.embedders.minilm import MiniLM
from memos_graph.providers.embedders.openai import OpenAIEmbedder
from memos_graph.providers.embedders.sentence import SentenceTransformersEmbedder
from memos_graph.services import evolve, keep
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.hits import Hit
from memos_graph.services.recall import RecallRequest, recall
from memos_graph.services.remember.feed import (
    DEFAULT,
    FeedOptions,
    feed_bytes,
    feed_conversation,
    feed_messages,
    feed_path,
    feed_text,
)
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.report import Fed, Listener, Report
from memos_graph.settings import Settings, load_settings

if TYPE_CHECKING:
    from memos_ingest import Conversation

Feedable = str | Path | Mapping[str, Any] | Sequence[Any]


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
        from memos_graph.backends.neo4j import Neo4jStore, address

    return Neo4jStore(
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


def open(store: str | Path | None = None, *, embedder: str | Embedder | None = None, clock: Clock = now,
         actor: str = "user", settings: Settings | None = None) -> Graph:  # fmt: skip
    """The graph at `store`, made there if there is none; use it in a `with` block.

    store: a path, memory: for one without a file, or a server's URL (see `open_store`). None for store or embedder:
    as settings say. `StoreLocked` when another process has it, `StoreTooNew`, `StoreDamaged`; of a server `Unavailable`
    and `Refused` too. The first open of an embedded store starts the database's virtual machine: about a second.
    """
    settings = settings or load_settings()
    chosen = settings.embedder if embedder is None else embedder
    made = make_embedder(chosen, key=settings.embedder_key) if isinstance(chosen, str) else chosen
    opened = open_store(str(store) if store is not None else settings.store, settings)
    return Graph(Context(store=opened, embedder=made, clock=clock, actor=actor))


class Graph:
    """An open store: its cubes, and what concerns all of them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Release the store; a second call does nothing."""
        self._context.store.close()

    @property
    def context(self) -> Context:
        """The store, embedder and clock: for those who build on the ports."""
        return self._context

    def cube(self, name: str = "default", *, create: bool = True, cube_class: CubeClass = "user") -> CubeHandle:
        """The cube called `name`, made if it is not there (or `NotFound` with create=False)."""
        check_cube_id(name)
        if all(known.id != name for known in self._context.store.cubes()):
            if not create:
                find_cube(self._context.store, name)
            self.create_cube(name, cube_class=cube_class)
        return CubeHandle(self._context, name)

    def create_cube(self, name: str, *, cube_class: CubeClass = "user") -> Cube:
        """A new cube. `AlreadyExists` when the name is taken. Its vector space is made by the first text."""
        record = Cube(id=check_cube_id(name), cube_class=cube_class, created_at=self._context.clock())
        return self._context.store.create_cube(record)

    def cubes(self) -> tuple[Cube, ...]:
        """Every cube's record, by name."""
        return self._context.store.cubes()

    def drop_cube(self, name: str) -> None:
        """Remove a cube with all that is in it. `NotFound` when there is none."""
        find_cube(self._context.store, name)
        self._context.store.drop_cube(name)

    def search(self, query: str, *, cubes: Collection[str] | None = None, **options: Any) -> tuple[Hit, ...]:
        """As `CubeHandle.search`, over several cubes (None: all of them); each hit says which it is from."""
        names = tuple(cubes) if cubes is not None else tuple(cube.id for cube in self.cubes())
        return recall(self._context, RecallRequest(query=query, cubes=names, **_request(options)))

    def cypher(self, text: str, parameters: Mapping[str, Any] | None = None, *, write: bool = False) -> Table:
        """Run a Cypher statement over all cubes, read-only unless `write`. `Refused`: LOAD CSV, unlisted CALLs."""
        store = self._context.store
        if not isinstance(store, CypherStore):
            raise NotSupported("cypher", f"a {store.can.name} store holds no Cypher engine; open one by a path")
        return store.cypher(text, parameters, write=write)

    def to_networkx(self, *cubes: str, vectors: bool = False, **when: Any) -> Any:
        """`cubes` (none named: all) as a networkx MultiDiGraph; as_of, known_at and retired as in `frame_scope`.

        All of it is held in memory. Needs the extra `frames`.
        """
        return frames.to_networkx(self._context.store, self._frame_scope(cubes, when), vectors=vectors)

    def to_pandas(self, *cubes: str, vectors: bool = False, **when: Any) -> frames.Frames:
        """As `to_networkx`, as two data frames: nodes and edges."""
        return frames.to_pandas(self._context.store, self._frame_scope(cubes, when), vectors=vectors)

    def _frame_scope(self, cubes: tuple[str, ...], when: Mapping[str, Any]) -> Scope:
        names = cubes or tuple(cube.id for cube in self.cubes())
        return frames.frame_scope(*names, now=self._context.clock(), **when)

    def backup(self, path: str | Path) -> None:
        """A copy of the open store at `path`, which must not exist."""
        self._context.store.backup(Path(path))

    def check(self, *, mend: bool = False) -> tuple[Finding, ...]:
        """What `doctor` shows: graph, index and counts compared; with `mend`, what is derived is rebuilt."""
        return self._context.store.check(mend=mend)


@dataclass(frozen=True, slots=True)
class CubeHandle:
    """One cube: feed it, search it, read and change what it holds."""

    _context: Context
    name: str

    # --- feeding

    def add(self, what: Feedable, *, name: str | None = None, chat_time: str | datetime | None = None,
            conversation: str | None = None, kind: str = "LongTermMemory", tags: Sequence[str] = (),
            info: Mapping[str, Json] | None = None, options: FeedOptions | None = None,
            listen: Listener | None = None) -> Report:  # fmt: skip
        """Take in files, folders, chats or texts, and say what became of each; what it returns, `search` can find.

        what: a path (as Path, or a string that names an existing file or folder), a text, a list of OpenAI-style
        messages, or a list of texts. name: what the file or text is known by, so that it can be fed again when it
        changes. chat_time: for chats without times. kind, tags, info: of memories made from texts.
        """
        options = options or DEFAULT
        if chat_time is not None:
            options = replace(options, chat_time=chat_time)
        if isinstance(what, Mapping):
            what = [what]
        if not isinstance(what, str | Path):
            return self._add_list(what, conversation, options, listen, kind, tags, info)
        path = _as_path(what)
        if path is not None:
            return feed_path(self._context, self.name, path, name=name, options=options, listen=listen)
        return self.add_text(str(what), name=name, kind=kind, tags=tags, info=info, options=options, listen=listen)

    def add_text(self, text: str, *, name: str | None = None, kind: str = "LongTermMemory", tags: Sequence[str] = (),
                 info: Mapping[str, Json] | None = None, options: FeedOptions = DEFAULT,
                 listen: Listener | None = None) -> Report:  # fmt: skip
        """A text, never taken for a path. A short one becomes one memory, a named or long one a document."""
        if not text.strip():
            raise Invalid("text", text, "give it words")
        long = self._context.embedder.count_tokens(text) > options.passage_tokens if len(text) > 200 else False
        if name is not None or long:
            known_as = name or node_id("text", text)
            return feed_text(self._context, self.name, text, known_as, options=options, listen=listen)
        identity = node_id("mem", kind, text.strip())
        return self._memories([self._memory(identity, text.strip(), kind, tags, info)])

    def add_bytes(self, data: bytes, name: str, *, options: FeedOptions = DEFAULT) -> Report:
        """A file that is in memory, known as `name`."""
        return feed_bytes(self._context, self.name, data, name, options=options)

    def add_conversation(self, chat: Conversation, *, listen: Listener | None = None) -> Report:
        """A chat that `memos_ingest` has read; messages that are in already are left alone."""
        return Report(fed=(feed_conversation(self._context, self.name, chat, listen=listen),))

    def _add_list(self, what: Sequence[Any], conversation: str | None, options: FeedOptions, listen: Listener | None,
                  kind: str, tags: Sequence[str], info: Mapping[str, Json] | None) -> Report:  # fmt: skip
        if what and all(isinstance(item, Mapping) for item in what):
            return feed_messages(
                self._context, self.name, what, conversation=conversation, options=options, listen=listen
            )
        if not what or not all(isinstance(item, str | Path) for item in what):
            shown = [type(item).__name__ for item in what[:3]]
            raise Invalid("add", shown, "give a path, a text, a list of either, or a list of messages {role, content}")
        reports = [self.add(item, kind=kind, tags=tags, info=info, options=options, listen=listen) for item in what]
        return Report(fed=tuple(fed for report in reports for fed in report.fed))

    def _memory(
        self, identity: str, text: str, kind: str, tags: Sequence[str], info: Mapping[str, Json] | None
    ) -> Node:
        at = self._context.clock()
        return Node(
            id=identity, cube=self.name, kind=kind, text=text, tags=tuple(tags), info=info or {},
            sources=(Source(uri="user"),), created_at=at, updated_at=at,
        )  # fmt: skip

    def _memories(self, nodes: Sequence[Node]) -> Report:
        there = {n.id for n in self._context.store.get(self.scope(states=None), [node.id for node in nodes])}
        fresh = [node for node in nodes if node.id not in there]
        if not fresh:
            return Report(fed=tuple(Fed(name=n.id, outcome="unchanged", root=n.id, present=(n.id,)) for n in nodes))
        receipt = self.put(fresh)
        fed = Fed(
            name=nodes[0].id, outcome="new", root=nodes[0].id, nodes=receipt.nodes, edges=receipt.edges,
            present=receipt.present_nodes, receipt=receipt.delta,
        )  # fmt: skip
        return Report(fed=(fed,))

    def put(self, memories: Sequence[Node], edges: Sequence[Edge] = ()) -> Receipt:
        """Write nodes and edges of the caller's own making, embedded and with their entities, as one Delta."""
        return evolve.put_memories(self._context, self.name, memories, edges=edges)

    # --- finding

    def search(self, query: str, **options: Any) -> tuple[Hit, ...]:
        """The memories that answer `query` best, each with the path by which it was found.

        Options (see `RecallRequest`): top_k=10, filter (a dict or Filter), kinds, as_of, known_at, states, profile.
        """
        return recall(self._context, RecallRequest(query=query, cubes=(self.name,), **_request(options)))

    def get(self, identity: str) -> Node:
        """The memory with this id, whatever its state. `NotFound` when there is none."""
        return evolve.live_node(self._context.store, self.name, identity)

    def get_many(self, ids: Sequence[str]) -> tuple[Node, ...]:
        """Those of the memories that there are, in the order asked for."""
        return self._context.store.get(self.scope(states=None), ids)

    def list(self, *, filter: Filter | Mapping[str, Any] | None = None, order: str = "created_at",
             descending: bool = False, limit: int = 100, offset: int = 0) -> tuple[Node, ...]:  # fmt: skip
        """Memories in order, a page of them."""
        return self._context.store.match(
            self.scope(), filter=_filter(filter), order=Order(field=order, descending=descending), limit=limit,
            offset=offset,
        )  # fmt: skip

    def around(self, *ids: str, kinds: Collection[str] | None = None, depth: int = 1, limit: int = 100,
               ) -> tuple[Reached, ...]:  # fmt: skip
        """What lies within `depth` edges of the memories `ids`, nearest first, each with the edges that lead to it."""
        return self._context.store.around(self.scope(), ids, kinds=kinds, depth=depth, limit=limit)

    def edges(self, *ids: str, kinds: Collection[str] | None = None) -> tuple[Edge, ...]:
        """The live edges that touch the memories `ids` (none named: all of the cube's)."""
        return self._context.store.edges(self.scope(), touching=ids or None, kinds=kinds)

    def history(self, *, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        """The cube's changes in order."""
        return self._context.store.changes(self.name, after=after, limit=limit)

    def stats(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Counts of live nodes and of live edges, by kind."""
        return self._context.store.shape(self.scope())

    def scope(self, *, states: Collection[Status] | None = LIVE) -> Scope:
        """What is now known in this cube; states None: in any state."""
        if states is None:
            return replace(everything(self.name), retired=False)
        return Scope(cubes=(self.name,), states=frozenset(states), current_at=self._context.clock())

    # --- changing

    def update(self, identity: str, text: str | None = None, *, since: datetime | None = None, correction: bool = False,
               **changes: Any) -> Receipt:  # fmt: skip
        """Change a memory; its id stays, what it said stays readable (`since`, `correction`: see `evolve.update`)."""
        if text is not None:
            changes["text"] = text
        return evolve.update(self._context, self.name, identity, changes, since=since, correction=correction)

    def delete(self, *ids: str, erase: bool = False) -> Receipt:
        """Retire memories (documents and chats with all their pieces); erase: remove them for good."""
        if not ids:
            raise Invalid("ids", ids, "name at least one memory")
        return evolve.delete(self._context, self.name, ids, erase=erase)

    def link(self, from_id: str, to_id: str, kind: str, **options: Any) -> Edge:
        """An edge of `kind` (PARENT, CAUSES, or a kind of your own such as WORKS_FOR) between two memories."""
        return evolve.link(self._context, self.name, from_id, to_id, kind, **options)

    def unlink(self, edge: str) -> Receipt:
        """Retire the edge with this id."""
        return evolve.unlink(self._context, self.name, edge)

    # --- keeping

    def reembed(self, progress: keep.Progress | None = None) -> int:
        """Give every memory a vector of the embedder this graph was opened with; a stopped run goes on."""
        return keep.reembed(self._context, self.name, progress)


def _as_path(what: str | Path) -> Path | None:
    """The path that is meant; None for a text. `Invalid` for what looks like a path and names nothing."""
    if isinstance(what, Path):
        return what
    if what.startswith(("http://", "https://")) and not any(c.isspace() for c in what):
        raise NotSupported("add", f"{what}: addresses can't be fetched yet; save the page and add the file")
    if "\n" in what or len(what) > 1024 or "\x00" in what:
        return None
    path = Path(what)
    try:
        if path.exists():
            return path
    except OSError:  # too long a name for this file system
        return None
    looks = not any(c.isspace() for c in what) and (what.endswith(("/", "\\")) or "/" in what or bool(path.suffix[1:]))
    if looks and not what.endswith((".", "!", "?", "…")):
        raise Invalid("add", what, "no such file or folder; if it is a text, use add_text")
    return None


def _filter(given: Filter | Mapping[str, Any] | None) -> Filter | None:
    return parse_filter(given) if isinstance(given, Mapping) else given


def _request(options: Mapping[str, Any]) -> dict[str, Any]:
    checked = dict(options)
    if "filter" in checked:
        checked["filter"] = _filter(checked["filter"])
    unknown = sorted(set(checked) - set(RecallRequest.__dataclass_fields__) - {"query", "cubes"})
    if unknown:
        raise Invalid("search option", unknown[0], f"known: {', '.join(sorted(RecallRequest.__dataclass_fields__))}")
    return checked
