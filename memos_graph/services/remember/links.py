"""What a text refers to, as edges: REFERS_TO from a piece to the document (or its section) that it links to or names.

Two rules make them, both `rule:link`: a hyperlink whose address is one of a document of the cube, with the linked words
as evidence; and a document's title named in full. In whatever order documents come, the edges are the same: with each
document come those from it to documents that are there, and those to it from links that were waiting, which their
Documents keep (`info.links`). They are written in the document's own Delta, so that a kill leaves none out.

Nothing is fetched. Declines to know how addresses compare (`addresses`), what waits (`link_index`), and what recall
makes of the edges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import unquote

from memos_graph.engines.named_titles import Key, Words, title_key
from memos_graph.engines.sync import LINKS, NOTHING, Draft, Place
from memos_graph.model.errors import MissingEndpoint
from memos_graph.model.filter import Where
from memos_graph.model.graph import LIVE, Edge, Json, Node, make_edge
from memos_graph.model.scope import Scope, everything
from memos_graph.services.context import Context
from memos_graph.services.remember.addresses import addresses_of, pointed, slug, url_address
from memos_graph.services.remember.claimed import Also
from memos_graph.services.remember.link_index import TEXTS, LinkIndex, Row, hear_all, rows_of
from memos_graph.services.remember.report import Fed, Listener
from memos_graph.services.remember.write import write_draft
from memos_ingest import Link

KIND = "REFERS_TO"
MADE_BY = LINKS
NAMED = 0.8  #: weight of a title named; a link's is 1: somebody put it there
MOST_ROWS = 1_000  #: links that a Document keeps
MOST_WAITING = 5_000  #: edges that come with a document that others wait for
MOST_NAMING = 200  #: texts that name a title, looked for when its document comes after them
_CHANGES = 50
_BARE = re.compile(r"https?://[^\s<>\"'“”‘’「」（）()\[\]{}|\\^`，。；、]+", re.IGNORECASE)
_ENDS = ".,:;!?*_~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Referring:
    """A piece that may refer to documents: its node's id, its text and the links in it."""

    node: str
    text: str = ""
    links: tuple[Link, ...] = ()


def write_linked(
    context: Context,
    cube: str,
    name: str,
    draft: Draft,
    told: Sequence[Referring],
    *,
    head: Node | None,
    at: datetime,
    before: Mapping[str, Place] = NOTHING,
    listen: Listener | None = None,
    also: Also | None = None,
) -> Fed:
    """Make the stored graph the drafted one, with the edges from and to what it refers to; `also`: see `write_draft`.

    The draft's first node is its Document, `head` that as it is stored. When others wrote meanwhile, what they brought
    is linked in a second Delta.
    """
    root = draft.nodes[0].id
    drafted = _linked(context, cube, draft, told, head, at)
    try:
        fed = write_draft(context, cube, name, root, drafted, at=at, before=before, listen=listen, also=also)
    except MissingEndpoint:  # a document is gone since, or somebody deleted a piece of one alone
        context.links.forget(cube)
        drafted = _linked(context, cube, draft, told, head, at, careful=True)
        fed = write_draft(context, cube, name, root, drafted, at=at, before=before, listen=listen, also=also)
    index = context.links.of(context.store, cube, caught_up=False)
    with index.lock:
        changes = context.store.changes(cube, after=index.seq, limit=_CHANGES)
        alone = index.wrote(_whole(drafted.nodes[0], head), fed.receipt, changes)
        if alone:
            index.know_sections(root, _slugs(drafted.nodes))
    if alone:
        return fed
    again = _linked(context, cube, draft, told, head, at)
    if {edge.id for edge in again.edges} <= {edge.id for edge in drafted.edges}:
        return fed
    more = write_draft(context, cube, name, root, again, at=at)
    return replace(fed, edges=(*fed.edges, *more.edges), problem=fed.problem or more.problem)


def is_held(context: Context, cube: str, url: str) -> bool:
    """Whether the cube has the document at `url`."""
    address = url_address(url)
    return bool(address) and context.links.of(context.store, cube).at(address) is not None


def _linked(
    context: Context,
    cube: str,
    draft: Draft,
    told: Sequence[Referring],
    head: Node | None,
    at: datetime,
    *,
    careful: bool = False,
) -> Draft:
    """The draft with its links kept on its Document, and all REFERS_TO edges that touch it.

    careful: look first whether the pieces that wait for it are there.
    """
    index = context.links.of(context.store, cube)
    with index.lock:
        document = _whole(draft.nodes[0], head)
        rows = _rows(told, document, head, frozenset(node.id for node in draft.nodes))
        if rows or document.info.get("links"):
            kept: list[Json] = [[row.node, row.href, row.words] for row in rows]
            document = replace(document, info={**document.info, "links": kept})
        drawn = _Drawn(context, cube, index, document, draft, at)
        drawn.links_out(rows)
        drawn.titles_out(told)
        drawn.links_in(careful=careful)
        drawn.titles_in(head)
    info = {**draft.nodes[0].info, **({"links": document.info["links"]} if "links" in document.info else {})}
    nodes = (replace(draft.nodes[0], info=info), *draft.nodes[1:])
    return replace(draft, nodes=nodes, edges=(*draft.edges, *drawn.edges.values()))


def _whole(document: Node, head: Node | None) -> Node:
    """The drafted Document with what the stored one keeps besides."""
    return document if head is None else replace(document, info={**head.info, **document.info})


def _rows(told: Sequence[Referring], document: Node, head: Node | None, drafted: frozenset[str]) -> tuple[Row, ...]:
    """The links of the texts; of a chat, which may be fed bit by bit, also those of what is not in this draft."""
    earlier = rows_of(head) if head is not None and document.info.get("media_type") == "chat" else ()
    rows = [row for row in earlier if row.node not in drafted]
    for one in told:
        linked: dict[str, Row] = {}
        for link in (*one.links, *_bare(one.text)):
            if pointed(link.href, document) is not None:
                linked.setdefault(link.href, Row(node=one.node, href=link.href, words=link.text or _last(link.href)))
        rows.extend(linked.values())
    return tuple(rows[-MOST_ROWS:] if earlier else rows[:MOST_ROWS])


def _bare(text: str) -> Iterator[Link]:
    """The URLs that are written out in the text."""
    for found in _BARE.finditer(text) if "://" in text else ():
        url = found.group().rstrip(_ENDS)
        yield Link(href=url[:1_000], text=url[:200])


def _last(href: str) -> str:
    """What a link without words is called: the last part of where it leads."""
    return unquote(href.rstrip("/").rpartition("/")[2] or href)[:200]


@dataclass(slots=True)
class _Drawn:
    """Collects the edges that touch one document, each once. With the index's lock held."""

    context: Context
    cube: str
    index: LinkIndex
    document: Node
    draft: Draft
    at: datetime
    edges: dict[str, Edge] = field(default_factory=dict)

    def links_out(self, rows: Sequence[Row]) -> None:
        """From the draft's pieces to documents that are there."""
        drafted = {node.id for node in self.draft.nodes}
        for row in rows:
            to = pointed(row.href, self.document) if row.node in drafted else None
            root = self.index.at(to.address) if to is not None else None
            if to is None or root is None or root == self.document.id:
                continue
            sections = self._sections(root) if to.fragment else {}
            self._edge(row.node, sections.get(slug(to.fragment), root), 1.0, row.words, {"href": row.href})

    def titles_out(self, told: Sequence[Referring]) -> None:
        """From the draft's texts to documents whose titles they name."""
        for one in told:
            words = Words.of(one.text)
            self.index.hear(one.node, words.folded)
            for named in self.index.titles.named_in(words):
                for root in sorted(self.index.named(named.key) - {self.document.id}):
                    self._title(one.node, root, one.text[named.start : named.end])

    def links_in(self, *, careful: bool) -> None:
        """From links of other documents that lead to an address of this one."""
        sections = _slugs(self.draft.nodes)
        for rank, address in enumerate(addresses_of(self.document)):
            waiting = [one for one in self.index.waiting_for(address) if one.root != self.document.id]
            if not waiting or self.index.at(address, beside={self.document.id: min(rank, 1)}) != self.document.id:
                continue
            waiting = waiting[:MOST_WAITING]
            live = self._live([one.row.node for one in waiting]) if careful else None
            for one in waiting:
                if live is not None and one.row.node not in live:
                    continue
                target = sections.get(slug(one.fragment), self.document.id) if one.fragment else self.document.id
                self._edge(one.row.node, target, 1.0, one.row.words, {"href": one.row.href})

    def titles_in(self, head: Node | None) -> None:
        """From texts of other documents that name this one's title."""
        key = title_key(self.document.text) if self.document.info.get("media_type") != "chat" else None
        if key is None or not self.index.named(key, beside=self.document.id):
            return
        live = head is not None and head.retired_at is None and head.valid_to is None
        if head is not None and live and title_key(head.text) == key:  # those who name it are linked
            for edge in self.context.store.edges(
                replace(everything(self.cube), retired=False), touching=[head.id], kinds=[KIND], direction="in"
            ):
                if edge.created_by == MADE_BY and edge.info.get("by") == "title" and edge.valid_to is None:
                    self.edges.setdefault(edge.id, edge)
            return
        own = {node.id for node in self.draft.nodes}
        self.index.titles.add(key, self.document.text)
        for node in self._texts_like(key):
            named = self.index.titles.named_in(Words.of(node.text))
            first = next((one for one in named if one.key == key), None) if node.id not in own else None
            if first is not None:
                self._title(node.id, self.document.id, node.text[first.start : first.end])

    def _live(self, ids: Sequence[str]) -> frozenset[str]:
        scope = replace(everything(self.cube), retired=False)
        return frozenset(node.id for node in self.context.store.get(scope, ids))

    def _texts_like(self, key: Key) -> tuple[Node, ...]:
        """Texts that may name the title."""
        store, scope = self.context.store, Scope(cubes=(self.cube,), states=LIVE, current_at=self.at)
        if hear_all(self.index, store, self.cube):
            return store.get(scope, self.index.texts.holding(key)[:MOST_NAMING])
        texts = Where("kind", "in", TEXTS)
        return store.get(scope, [each.id for each in store.text(scope, " ".join(key), MOST_NAMING, filter=texts)])

    def _sections(self, root: str) -> Mapping[str, str]:
        """As `_slugs`, of a stored document."""
        if root not in self.index.sections:
            store, scope = self.context.store, Scope(cubes=(self.cube,), states=LIVE, current_at=self.at)
            layout = [piece for node in store.get(scope, [root]) for piece in _pieces(node)]
            self.index.know_sections(root, _slugs(store.get(scope, layout)))
        return self.index.sections[root]

    def _title(self, node: str, root: str, said: str) -> None:
        self._edge(node, root, NAMED, " ".join(said.split()), {"by": "title"})

    def _edge(self, node: str, target: str, weight: float, evidence: str, info: Mapping[str, Json]) -> None:
        edge = make_edge(
            self.cube, KIND, node, target, created_at=self.at, weight=weight, created_by=MADE_BY, evidence=evidence,
            info=info,
        )  # fmt: skip
        self.edges.setdefault(edge.id, edge)


def _slugs(nodes: Sequence[Node]) -> Mapping[str, str]:
    """Ids of the sections among `nodes` by `slug`; of several that are called so the first."""
    return {slug(node.text): node.id for node in reversed(nodes) if node.kind == "Section"}


def _pieces(document: Node) -> Iterator[str]:
    """Ids of the document's pieces that may be sections, in reading order."""
    layout = document.info.get("layout")
    for row in layout if isinstance(layout, Sequence) and not isinstance(layout, str) else ():
        if isinstance(row, Sequence) and row and str(row[0]).startswith("sec_"):
            yield str(row[0])
