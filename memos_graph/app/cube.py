"""One cube of an open store, as people use it. Each method is a service's, with this cube's name put in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memos_graph.app.chatting import Chatting
from memos_graph.app.conflicts import Conflicts
from memos_graph.app.facts import Facts
from memos_graph.app.feedback import Feedback
from memos_graph.app.given import as_filter, as_path, image_request, is_url, request
from memos_graph.app.organising import Organising
from memos_graph.app.prefixes import Prefixes
from memos_graph.app.seeing import Seeing
from memos_graph.app.states import States
from memos_graph.app.truth import Truth
from memos_graph.app.warming import Warming
from memos_graph.model.delta import Change, Receipt
from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.model.filter import Filter
from memos_graph.model.graph import LIVE, Edge, Json, Node, Source, Status
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import Order, Reached, Reranker
from memos_graph.services import evolve, keep
from memos_graph.services.context import Context
from memos_graph.services.explained import Answerability, Explanation, WhyNot
from memos_graph.services.explaining import explain
from memos_graph.services.hits import Hit
from memos_graph.services.image_search import search_images
from memos_graph.services.judging import answerability
from memos_graph.services.losing import why_not
from memos_graph.services.places import page_image
from memos_graph.services.recall import recall
from memos_graph.services.remember.claimed import given_again, text_ids
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
from memos_graph.services.remember.names import names_of
from memos_graph.services.remember.reading import Reader
from memos_graph.services.remember.report import Fed, Listener, Report
from memos_graph.services.remember.texts import remember_text
from memos_graph.services.remember.watch import Event, watch
from memos_graph.services.remember.web import feed_url

if TYPE_CHECKING:
    from memos_ingest import Conversation

Feedable = str | Path | Mapping[str, Any] | Sequence[Any]


@dataclass(frozen=True, slots=True)
class CubeHandle(States, Truth, Conflicts, Facts, Organising, Feedback, Seeing, Chatting, Prefixes, Warming):
    """One cube: feed it, search it, read and change what it holds."""

    _context: Context
    name: str
    _reranker: Reranker | None = None
    _reader: Reader | None = None
    _options: FeedOptions = DEFAULT

    # --- feeding

    def add(self, what: Feedable, *, name: str | None = None, chat_time: str | datetime | None = None,
            conversation: str | None = None, kind: str = "LongTermMemory", tags: Sequence[str] = (),
            info: Mapping[str, Json] | None = None, options: FeedOptions | None = None,
            listen: Listener | None = None) -> Report:  # fmt: skip
        """Take in files, folders, chats or texts, and say what became of each; what it returns, `search` can find.

        what: a path (as Path, or a string that names an existing file or folder), a URL, a text, a list of OpenAI-style
        messages, or a list of texts. name: what the file or text is known by, so that it can be fed again when it
        changes. chat_time: for chats without times. kind, tags, info: of memories made from texts.
        """
        options = self._feeding(options)
        if chat_time is not None:
            options = replace(options, chat_time=chat_time)
        if isinstance(what, Mapping):
            what = [what]
        if not isinstance(what, str | Path):
            return self._add_list(what, conversation, options, listen, kind, tags, info)
        if isinstance(what, str) and is_url(what):
            return self.add_url(what, options=options, listen=listen)
        path = as_path(what)
        if path is not None:
            return feed_path(self._context, self.name, path, name=name, options=options, listen=listen)
        return self.add_text(str(what), name=name, kind=kind, tags=tags, info=info, options=options, listen=listen)

    def add_url(self, url: str, *, depth: int = 0, pages: int = 100, same_host: bool = True,
                options: FeedOptions | None = None, listen: Listener | None = None) -> Report:  # fmt: skip
        """What stands at `url` and up to `depth` links from it, at most `pages` URLs; each page is a document.

        Fed again, only what changed is written. No address that is not public is asked, but for the setting
        `web_allow`. One page that fails is in the Report. `Invalid` when `url` is none.
        """
        if self._context.web is None:
            raise NotSupported("add", f"{url}: this graph was opened without the web; open it by memos_graph.open")
        return feed_url(
            self._context, self.name, url, fetcher=self._context.web(), depth=depth, pages=pages,
            same_host=same_host, options=self._feeding(options), listen=listen,
        )  # fmt: skip

    def add_text(self, text: str, *, name: str | None = None, kind: str = "LongTermMemory", tags: Sequence[str] = (),
                 info: Mapping[str, Json] | None = None, options: FeedOptions | None = None,
                 listen: Listener | None = None) -> Report:  # fmt: skip
        """A text, never taken for a path. A short one becomes one memory, a named or long one a document."""
        if not text.strip():
            raise Invalid("text", text, "give it words")
        options = self._feeding(options)
        long = self._context.embedder.count_tokens(text) > options.chunk_size if len(text) > 200 else False
        if name is not None or long:
            known_as = name or node_id("text", text)
            return feed_text(self._context, self.name, text, known_as, options=options, listen=listen)
        ids = text_ids(kind, text)
        return self._remember(self._memory(ids[0], text.strip(), kind, tags, info), ids, facts=bool(options.facts))

    def add_bytes(self, data: bytes, name: str, *, options: FeedOptions | None = None) -> Report:
        """A file that is in memory, known as `name`."""
        return feed_bytes(self._context, self.name, data, name, options=self._feeding(options))

    def watch(self, path: str | Path, *, stop: Event, tell: Callable[[Report], None],
              options: FeedOptions | None = None, listen: Listener | None = None) -> None:  # fmt: skip
        """Feed a file or folder and then what changes in it, a Report at a time, until `stop` (threading.Event) is set.

        With FeedOptions(prune=True) files that go are retired.
        """
        watch(
            self._context, self.name, Path(path), stop=stop, tell=tell, options=self._feeding(options), listen=listen
        )  # fmt: skip

    def _feeding(self, options: FeedOptions | None) -> FeedOptions:
        """`options`, or this graph's own, with its processes for parsing, unless they name others."""
        options = options or self._options
        return options if options.reader is not None else replace(options, reader=self._reader)

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

    def _remember(self, node: Node, ids: Sequence[str], *, facts: bool) -> Report:
        """A text as a memory, with the facts it claims; one that is there is said again: it makes no other."""
        again = given_again(self._context, self.name, ids, node.sources)
        if again is not None:
            (root,) = again.present_nodes
            told = Fed(name=root, outcome="unchanged", root=root, present=(root,), receipt=again.delta)
            return Report(fed=(told,))
        receipt, root = remember_text(self._context, self.name, node, facts=facts)
        fed = Fed(
            name=root, outcome="new" if root in receipt.nodes else "unchanged", root=root, nodes=receipt.nodes,
            edges=receipt.edges, present=receipt.present_nodes, receipt=receipt.delta,
        )  # fmt: skip
        return Report(fed=(fed,))

    def put(self, memories: Sequence[Node], edges: Sequence[Edge] = ()) -> Receipt:
        """Write nodes and edges of the caller's own making, embedded and with their entities, as one Delta."""
        names = names_of(self._context, self.name)
        return evolve.put_memories(self._context, self.name, memories, edges=edges, names=names)

    # --- finding

    def search(self, query: str, **options: Any) -> tuple[Hit, ...]:
        """The memories that answer `query` best, each with the path by which it was found.

        Options (docs/search.md, `RecallRequest`): top_k=10, max_tokens, relativity; filter (a dict or Filter), kinds,
        tags, created and updated (from, until), include_archived, states; as_of, known_at, now; conversation,
        recency (half-life in days), dedup (none, similar, mmr), mode (fast, deep), rerank (true, false, a Reranker),
        profile (default, chat, documents, a RecallProfile). Times are datetimes or ISO 8601 texts. `Invalid` names an
        option that can't be used.
        """
        return recall(self._context, request(query, (self.name,), options, reranker=self._reranker))

    def search_images(self, query: bytes | Path | str, *, top_k: int = 10,
                      filter: Filter | Mapping[str, Any] | None = None, as_of: datetime | str | None = None,
                      known_at: datetime | str | None = None) -> tuple[Hit, ...]:  # fmt: skip
        """The pictures most like a given one (its bytes, or its Path), or that words describe, best first.

        By vectors of the model that the graph was opened with (`images`). `NotSupported` without one, and for words
        when it knows pictures only; `Invalid` for what is no picture.
        """
        asked = image_request(query, (self.name,), top_k, filter, as_of, known_at)
        return search_images(self._context, asked, reader=self._reader)

    def explain(self, query: str, **options: Any) -> Explanation:
        """What `search` finds with the same options, and how: query, stages, arms, edges, odds. `to_json()` for all."""
        return explain(self._context, request(query, (self.name,), options, reranker=self._reranker))

    def why_not(self, query: str, identity: str, **options: Any) -> WhyNot:
        """The first stage at which `search` with the same options loses the memory `identity`, and by how much."""
        return why_not(self._context, request(query, (self.name,), options, reranker=self._reranker), identity)

    def answerability(self, query: str, *, prior: float = 0.5, **options: Any) -> Answerability:
        """How likely it is that what `query` asks is in this cube at all; prior: how likely before looking."""
        asked = request(query, (self.name,), options, reranker=self._reranker)
        return answerability(self._context, asked, prior=prior)

    def get(self, identity: str) -> Node:
        """The memory with this id, whatever its state. `NotFound` when there is none."""
        return evolve.live_node(self._context.store, self.name, identity)

    def get_many(self, ids: Sequence[str]) -> tuple[Node, ...]:
        """Those of the memories that there are, in the order asked for."""
        return self._context.store.get(self.scope(states=None), ids)

    def page_image(self, identity: str, *, longest: int = 2_000) -> bytes:
        """A PNG of the page that the memory came from, with a frame around its place (see `services.places`)."""
        return page_image(self._context, self.name, self.get(identity), longest=longest)

    def list(self, *, filter: Filter | Mapping[str, Any] | None = None, order: str = "created_at",
             descending: bool = False, limit: int = 100, offset: int = 0) -> tuple[Node, ...]:  # fmt: skip
        """Memories in order, a page of them."""
        return self._context.store.match(
            self.scope(), filter=as_filter(filter), order=Order(field=order, descending=descending), limit=limit,
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
               expects: int | None = None, force: bool = False, reason: str = "",
               **changes: Any) -> Receipt:  # fmt: skip
        """Change a memory; its id stays, what it said stays readable (`since`, `correction`: see `evolve.update`).

        expects: the version you read; `Conflict` with both if another writer was there first. A frozen one is `Frozen`,
        unless `force` with a reason.
        """
        if text is not None:
            changes["text"] = text
        return evolve.update(
            self._context, self.name, identity, changes, since=since, correction=correction, expects=expects,
            force=force, reason=reason,
        )  # fmt: skip

    def delete(self, *ids: str, erase: bool = False, force: bool = False, reason: str = "") -> Receipt:
        """Retire memories (documents and chats with all their pieces); erase: remove them for good.

        Frozen ones are `Frozen`, unless `force` with a reason.
        """
        if not ids:
            raise Invalid("ids", ids, "name at least one memory")
        return evolve.delete(self._context, self.name, ids, erase=erase, force=force, reason=reason)

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
