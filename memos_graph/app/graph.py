"""An open store, as people use it: its cubes, and what concerns all of them. Where it is kept was settled before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from memos_graph import frames
from memos_graph.app.chatting import chat_request
from memos_graph.app.cube import CubeHandle
from memos_graph.app.given import image_request, request
from memos_graph.model.chat import CacheCounters
from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.model.filter import Filter
from memos_graph.model.graph import Cube, CubeClass, check_cube_id
from memos_graph.model.prefix import PrefixStats, WarmUp
from memos_graph.model.scope import Scope
from memos_graph.ports import CypherStore, Finding, Reranker, Table
from memos_graph.services.asking import RecallRequest
from memos_graph.services.chatting.asking import ChatAnswer, ChatRequest
from memos_graph.services.chatting.chat import chat, stream_chat
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.explained import Absence, Answerability, Explanation, WhyNot
from memos_graph.services.explaining import explain
from memos_graph.services.hits import Hit
from memos_graph.services.image_search import search_images
from memos_graph.services.judging import answerability
from memos_graph.services.losing import why_not
from memos_graph.services.prefix.building import current
from memos_graph.services.prefix.stats import flush, stats
from memos_graph.services.prefix.warming import warm
from memos_graph.services.recall import recall
from memos_graph.services.remember.taking import DEFAULT, FeedOptions
from memos_graph.services.seeing.absence import absence

if TYPE_CHECKING:
    from memos_ingest.sandbox import Sandbox


class Graph:
    """An open store: its cubes, and what concerns all of them."""

    def __init__(self, context: Context, *, reranker: Reranker | None = None, sandbox: Sandbox | None = None,
                 options: FeedOptions = DEFAULT) -> None:  # fmt: skip
        self._context, self._reranker, self._sandbox, self._options = context, reranker, sandbox, options

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Write what was counted, release the store and end the processes that parse; a second call does nothing."""
        try:
            flush(self._context)
        finally:
            if self._sandbox is not None:
                self._sandbox.close()
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
        return CubeHandle(self._context, name, self._reranker, self._sandbox, self._options)

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
        """As `CubeHandle.search`, over several cubes (None: all of them); each hit says which it is from.

        A filter may be one for all, or one for each class of cube: {"user": ..., "public": ..., "knowledgebase": ...}.
        """
        return recall(self._context, self._request(query, cubes, options))

    def search_images(self, query: bytes | Path | str, *, cubes: Collection[str] | None = None, top_k: int = 10,
                      filter: Filter | Mapping[str, Any] | None = None, as_of: datetime | str | None = None,
                      known_at: datetime | str | None = None) -> tuple[Hit, ...]:  # fmt: skip
        """As `CubeHandle.search_images`, over several cubes (None: all of them)."""
        asked = image_request(query, self._names(cubes), top_k, filter, as_of, known_at)
        return search_images(self._context, asked, reader=self._sandbox)

    def explain(self, query: str, *, cubes: Collection[str] | None = None, **options: Any) -> Explanation:
        """As `CubeHandle.explain`, over several cubes (None: all of them)."""
        return explain(self._context, self._request(query, cubes, options))

    def why_not(self, query: str, identity: str, *, cubes: Collection[str] | None = None, **options: Any) -> WhyNot:
        """As `CubeHandle.why_not`, over several cubes (None: all of them)."""
        return why_not(self._context, self._request(query, cubes, options), identity)

    def answerability(self, query: str, *, cubes: Collection[str] | None = None, prior: float = 0.5,
                      **options: Any) -> Answerability:  # fmt: skip
        """As `CubeHandle.answerability`, over several cubes (None: all of them); the likeliest counts."""
        return answerability(self._context, self._request(query, cubes, options), prior=prior)

    def absence(self, query: str, *, cubes: Collection[str] | None = None, **options: Any) -> Absence:
        """As `CubeHandle.absence`, over several cubes (None: all of them)."""
        return absence(self._context, self._request(query, cubes, options))

    def chat(self, question: str, *, cubes: Collection[str] | None = None, remember_in: str = "",
             **options: Any) -> ChatAnswer:  # fmt: skip
        """As `CubeHandle.chat`, from several cubes (None: all of them); remember_in: the cube that takes the turn."""
        return chat(self._context, self._chat_request(question, cubes, remember_in, options), feeding=self._options)

    def chat_stream(self, question: str, *, cubes: Collection[str] | None = None, remember_in: str = "",
                    **options: Any) -> Iterator[str | ChatAnswer]:  # fmt: skip
        """As `CubeHandle.chat_stream`, from several cubes (None: all of them)."""
        asked = self._chat_request(question, cubes, remember_in, options)
        return stream_chat(self._context, asked, feeding=self._options)

    def _chat_request(self, question: str, cubes: Collection[str] | None, remember_in: str,
                      options: Mapping[str, Any]) -> ChatRequest:  # fmt: skip
        if remember_in:
            find_cube(self._context.store, remember_in)
        return chat_request(question, self._names(cubes), options, self._reranker, remember_in=remember_in)

    def warm_prefix(self, *, cubes: Collection[str] | None = None) -> WarmUp:
        """As `CubeHandle.warm_prefix`, of several cubes together (None: all of them)."""
        return warm(self._context, current(self._context, self._names(cubes)))

    def prefix_stats(self, *, cubes: Collection[str] | None = None) -> PrefixStats:
        """As `CubeHandle.prefix_stats`, added up over cubes (None: all of them)."""
        return stats(self._context, self._names(cubes))

    def prefix_counters(self) -> CacheCounters | None:
        """What the server's cache was asked and had since it started, by all that ask it; None: it does not tell."""
        server = self._context.prefix_server
        return None if server is None else server.counters()

    def _request(self, query: str, cubes: Collection[str] | None, options: Mapping[str, Any]) -> RecallRequest:
        return request(query, self._names(cubes), options, reranker=self._reranker)

    def _names(self, cubes: Collection[str] | None) -> tuple[str, ...]:
        if isinstance(cubes, str):
            raise Invalid("cubes", cubes, "give a list of names")
        return tuple(cubes) if cubes is not None else tuple(cube.id for cube in self.cubes())

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
