"""Which documents a cube has, where they lie, how they are called, and which links lead where.

Read once from the Documents, then kept up with the cube's Changes, whoever made them; so finding what a link means, and
which links mean a document that has just come, costs the same in a cube of any size. Declines to know edges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import TypeVar

from memos_graph.engines.named_titles import Key, TitleIndex, Words, title_key
from memos_graph.engines.word_pairs import WordPairs
from memos_graph.model.delta import Change
from memos_graph.model.errors import NotFound
from memos_graph.model.filter import Where
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.remember.addresses import addresses_of, pointed
from memos_graph.services.rows import last_seq

K = TypeVar("K")
V = TypeVar("V")

_PAGE = 500  #: Documents read at a time: each brings its layout along
_CHANGES = 50  #: Changes read at a time
MOST_NAMED = 3  #: documents of one title; a title that more have tells none of them
TEXTS = ("Passage", "Table", "Message")  #: kinds that name titles
_SEARCH = 200  #: a search for a title costs as much as reading so many texts
_MOST_PAIRS = 16_000_000  #: of words in a row that are kept, 8 bytes each; beyond them titles are searched for
_MOST_SECTIONED = 2_000  #: documents whose sections are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A link that a document's text holds, as the Document keeps it."""

    node: str  #: id of the piece that holds it
    href: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A link in another document that leads to an address."""

    root: str  #: of the document that holds it
    row: Row
    fragment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What is known of one live Document."""

    addresses: tuple[str, ...]
    title: str
    key: Key | None
    rows: tuple[tuple[str, Waiting], ...]  #: (address, link)


def rows_of(document: Node) -> tuple[Row, ...]:
    """The links that the Document keeps; what is none is passed over."""
    kept = document.info.get("links")
    found = (_row(each) for each in kept) if isinstance(kept, Sequence) and not isinstance(kept, str) else ()
    return tuple(row for row in found if row is not None)


def entry_of(document: Node) -> _Entry:
    """What the index keeps of a Document. Only a chat has no title that texts would name."""
    named = title_key(document.text) if document.info.get("media_type") != "chat" else None
    rows = []
    for row in rows_of(document):
        to = pointed(row.href, document)
        if to is not None:
            rows.append((to.address, Waiting(root=document.id, row=row, fragment=to.fragment)))
    return _Entry(addresses=addresses_of(document), title=document.text, key=named, rows=tuple(rows))


@dataclass(slots=True)
class LinkIndex:
    """The Documents of one cube. All of it under `lock`."""

    born: datetime  #: of the cube: one of the same name that was made anew is another
    lock: RLock = field(default_factory=RLock)
    seq: int = 0  #: the Change up to which this holds
    whole: bool = True  #: whether `texts` has every text of the cube
    full: bool = False  #: whether there are too many for that
    searches: int = 0  #: made while it has not
    texts: WordPairs = field(default_factory=WordPairs)
    titles: TitleIndex = field(default_factory=TitleIndex)
    sections: dict[str, Mapping[str, str]] = field(default_factory=dict)  #: by root: ids by `slug`, once asked for
    _entries: dict[str, _Entry] = field(default_factory=dict)
    _at: dict[str, dict[str, int]] = field(default_factory=dict)  # by address, roots with how indirectly they have it
    _waiting: dict[str, dict[Waiting, None]] = field(default_factory=dict)
    _named: dict[Key, set[str]] = field(default_factory=dict)

    def put(self, document: Node) -> None:
        """Know `document` as it is now."""
        self.drop(document.id)
        entry = self._entries[document.id] = entry_of(document)
        for rank, address in enumerate(entry.addresses):
            self._at.setdefault(address, {})[document.id] = min(rank, 1)
        for address, link in entry.rows:
            self._waiting.setdefault(address, {})[link] = None
        if entry.key is not None:
            self._named.setdefault(entry.key, set()).add(document.id)
            self.titles.add(entry.key, entry.title)

    def drop(self, root: str) -> None:
        """Know it no more."""
        self.sections.pop(root, None)
        entry = self._entries.pop(root, None)
        if entry is None:
            return
        for address in entry.addresses:
            _take_out(self._at, address, root)
        for address, link in entry.rows:
            _take_out(self._waiting, address, link)
        if entry.key is not None:
            self._named[entry.key].discard(root)
            if not self._named[entry.key]:
                del self._named[entry.key]
                self.titles.remove(entry.key)

    def at(self, address: str, *, beside: Mapping[str, int] | None = None) -> str | None:
        """The document at `address`: the one whose own it is, else the only one that leads there; None for none.

        beside: documents to count as well, as {root: 0 for its own address, else 1}.
        """
        there = {**self._at.get(address, {}), **(beside or {})}
        best = min(there.values(), default=0)
        holders = [root for root, rank in there.items() if rank == best]
        return holders[0] if len(holders) == 1 else None

    def waiting_for(self, address: str) -> tuple[Waiting, ...]:
        """The links that lead to `address`, whether a document is there or not."""
        return tuple(self._waiting.get(address, ()))

    def named(self, key: Key, *, beside: str | None = None) -> frozenset[str]:
        """The documents of that title, with the one `beside`; none when too many have it to tell which is meant."""
        roots = self._named.get(key, set()) | ({beside} if beside is not None else set())
        return frozenset(roots) if len(roots) <= MOST_NAMED else frozenset()

    def know_sections(self, root: str, slugs: Mapping[str, str]) -> None:
        """Keep the section ids of a document, of the last ones asked for or written."""
        if len(self.sections) >= _MOST_SECTIONED:
            self.sections.clear()
        self.sections[root] = slugs

    def hear(self, identity: str, words: Sequence[str]) -> None:
        """Know what a text says."""
        if not self.full:
            self.texts.add(identity, words)
            if len(self.texts) > _MOST_PAIRS:
                self.texts, self.whole, self.full = WordPairs(), False, True

    def wrote(self, document: Node, delta: str, changes: Sequence[Change]) -> bool:
        """Know `document` as this process just wrote it; `changes`: those since `seq`.

        False when there are others than `delta`: then nothing is taken, look again.
        """
        if [change.delta for change in changes] != ([delta] if delta else []):
            return False
        self.put(document)
        self.seq = changes[-1].seq if changes else self.seq
        return True


class LinkIndexes:
    """The indexes of an open store's cubes. For all threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._kept: dict[str, LinkIndex] = {}

    def of(self, store: GraphStore, cube: str, *, caught_up: bool = True) -> LinkIndex:
        """The index of `cube` as of now (caught_up=False: as it was). At first O(documents), then O(what changed)."""
        born = next((known.created_at for known in store.cubes() if known.id == cube), None)
        if born is None:
            raise NotFound("cube", cube)
        with self._lock:
            index = self._kept.get(cube)
            if index is None or index.born != born:
                index = self._kept[cube] = LinkIndex(born=born, seq=-1)
        with index.lock:
            if index.seq < 0:
                _read(index, store, cube)
            if caught_up:
                _catch_up(index, store, cube)
        return index

    def forget(self, cube: str) -> None:
        """Read the cube's index anew when it is wanted next."""
        with self._lock:
            self._kept.pop(cube, None)


def _read(index: LinkIndex, store: GraphStore, cube: str) -> None:
    seq = last_seq(store, cube)  # first: a Change that comes while Documents are read is looked at once more
    for document in _documents(store, cube):
        index.put(document)
    index.seq, index.whole = seq, seq == 0


def hear_all(index: LinkIndex, store: GraphStore, cube: str) -> bool:
    """Read every text of the cube, once as many searches were made as that costs. Whether all are known now."""
    index.searches += 1
    scope = replace(everything(cube), retired=False)
    if index.whole or index.full:
        return index.whole
    if index.searches * _SEARCH < store.count(scope, filter=Where("kind", "in", TEXTS)):
        return False
    cursor: str | None = None
    while True:
        page = store.scan(scope, cursor=cursor)
        for node in page.nodes:
            if node.kind in TEXTS:
                index.hear(node.id, Words.of(node.text).folded)
        if (cursor := page.cursor) is None or index.full:
            index.whole = not index.full
            return index.whole


def _documents(store: GraphStore, cube: str) -> Iterator[Node]:
    scope, offset = replace(everything(cube), retired=False), 0
    while page := store.match(scope, filter=Where("kind", "eq", "Document"), limit=_PAGE, offset=offset):
        yield from (node for node in page if node.valid_to is None)
        if len(page) < _PAGE:
            return
        offset += len(page)


def _catch_up(index: LinkIndex, store: GraphStore, cube: str) -> None:
    while changes := store.changes(cube, after=index.seq, limit=_CHANGES):
        for change in changes:
            _take(index, store, cube, change)
        index.seq = changes[-1].seq


def _take(index: LinkIndex, store: GraphStore, cube: str, change: Change) -> None:
    """Look again at the Documents that `change` wrote, and at its texts."""
    ids = [
        image.id for image in change.images
        if image.of == "node" and (image.before is None or image.before.get("kind") in ("Document", *TEXTS))
    ]  # fmt: skip
    scope = replace(everything(cube), retired=False)
    found = {node.id: node for node in store.get(scope, ids)}
    for identity in ids:
        node = found.get(identity)
        if node is None or node.valid_to is not None:
            index.drop(identity)
        elif node.kind == "Document":
            index.put(node)
        elif node.kind in TEXTS:
            index.hear(node.id, Words.of(node.text).folded)


def _take_out(kept: dict[str, dict[K, V]], address: str, one: K) -> None:
    there = kept.get(address)
    if there is not None:
        there.pop(one, None)
        if not there:
            del kept[address]


def _row(each: object) -> Row | None:
    if not isinstance(each, Sequence) or isinstance(each, str) or len(each) != 3:
        return None
    node, href, words = map(str, each)
    return Row(node=node, href=href, words=words)
