"""Which of a cube's pictures a new one is: of the same bytes, or of the same likeness.

Asked about the pictures of one document at a time: its own first, so that they stay what they were, then those that
came before in it, then those of other documents, then those that it had once. Reads; writes nothing. Declines to know
what alike means (`memos_ingest.pictures`) and what becomes of a node that several documents hold (`engines.held`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from memos_graph.engines.held import places_of
from memos_graph.model.filter import Where
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.remember.pictures import facts_of_node
from memos_ingest import Document, PictureFacts
from memos_ingest.pictures import SAME_BITS, distance, has_likeness, is_same_picture

MOST_PLACES = 100  #: of a node; when it has so many, the next document begins another: each writes all of them
MOST_WORDS = 2_000  #: characters a picture may bring to a node that it shares
_LOOKS = 8  #: pictures of near likeness that are compared with a new one, nearest first
_PARTS = SAME_BITS + 1  #: of two likenesses so few bits apart, one of so many parts is equal
_PART = 13  #: bits
_PAGE = 200  #: pictures read at a time: each brings its thumbnail along

FactsOf = Callable[[str], PictureFacts | None]


@dataclass(slots=True)
class Alike:
    """Ids of pictures by content and likeness. O(1) to add; to find, O(pictures of a like likeness)."""

    _same: dict[str, str] = field(default_factory=dict)
    _near: dict[tuple[int, int], dict[str, str]] = field(default_factory=dict)  #: (part, its bits) -> id -> likeness
    _of: dict[str, list[PictureFacts]] = field(default_factory=dict)  #: by id, without thumbnails

    def add(self, identity: str, facts: PictureFacts) -> None:
        """From now on `facts` are found as `identity`, before what was found for them so far."""
        if self._same.get(facts.content_hash) != identity:
            self._of.setdefault(identity, []).append(replace(facts, thumbnail=b""))
        self._same[facts.content_hash] = identity
        for part in _parts(facts.likeness):
            self._near.setdefault(part, {})[identity] = facts.likeness

    def forget(self, identity: str) -> None:
        """It is found no more."""
        for facts in self._of.pop(identity, ()):
            if self._same.get(facts.content_hash) == identity:
                del self._same[facts.content_hash]
            for part in _parts(facts.likeness):
                self._near.get(part, {}).pop(identity, None)

    def find(self, facts: PictureFacts, facts_of: FactsOf, *, near: bool) -> str | None:
        """The id of the picture that is this one; with `near` one of other bytes too, which `facts_of` tells."""
        exact = self._same.get(facts.content_hash)
        if exact is not None or not near:
            return exact
        found = {i: likeness for part in _parts(facts.likeness) for i, likeness in self._near.get(part, {}).items()}
        apart = sorted((distance(facts.likeness, likeness), i) for i, likeness in found.items())
        for _, identity in [each for each in apart if each[0] <= SAME_BITS][:_LOOKS]:
            other = facts_of(identity)
            if other is not None and is_same_picture(facts, other):
                return identity
        return None


class CubePictures:
    """The live pictures of a cube that documents may share, read when they are first asked for, once for a run.

    What other writers bring meanwhile it may miss: then a picture becomes a node of its own.
    """

    def __init__(self, context: Context, cube: str) -> None:
        self._context, self._cube = context, cube
        self._alike: Alike | None = None
        self._places: Counter[str] = Counter()
        self.silent = ""  #: why the captioner is not asked any more; "" while it is

    def find(self, facts: PictureFacts, *, near: bool) -> str | None:
        """The id of the cube's picture that is this one, if it has room for another document."""
        if self._alike is None:
            self._alike = Alike()
            for node in _pictures(self._context, self._cube):
                self._take(self._alike, node)
        while (found := self._alike.find(facts, self._facts_of, near=near)) is not None:
            if self._facts_of(found) is not None:
                return found
            self._alike.forget(found)  # another writer ended it
        return None

    def took(self, nodes: Iterable[Node]) -> None:
        """These were written: the next documents may have them too."""
        if self._alike is not None:
            for node in nodes:
                self._take(self._alike, node)

    def _take(self, alike: Alike, node: Node) -> None:
        facts, places = facts_of_node(node), places_of(node)
        if facts is None or not places:
            return
        self._places[node.id] += len(places)
        if self._places[node.id] < MOST_PLACES:
            alike.add(node.id, facts)
        else:
            alike.forget(node.id)

    def _facts_of(self, identity: str) -> PictureFacts | None:
        found = self._context.store.get(replace(everything(self._cube), retired=False), [identity])
        return facts_of_node(found[0]) if found and found[0].valid_to is None else None


class Gallery:
    """The pictures of one document that is being drafted. Without `cube` it knows only what came before in it."""

    def __init__(self, own: Iterable[Node] = (), cube: CubePictures | None = None) -> None:
        self._cube = cube
        self._facts: dict[str, PictureFacts] = {}
        self._own, self._here, self._once = Alike(), Alike(), Alike()
        self._known: dict[str, str | None] = {}  #: by content
        for node in own:
            facts = facts_of_node(node)
            if facts is not None:
                self._facts[node.id] = facts
                live = node.retired_at is None and node.valid_to is None
                (self._own if live else self._once).add(node.id, facts)

    def find(self, facts: PictureFacts, text: str) -> str | None:
        """The id of the node that this picture is, with its words there; None: it is new."""
        if len(text) > MOST_WORDS:
            return None
        if facts.content_hash not in self._known:
            self._known[facts.content_hash] = self._find(facts)
        return self._known[facts.content_hash]

    def took(self, identity: str, facts: PictureFacts) -> None:
        """This document has the picture as the node `identity`."""
        self._known[facts.content_hash] = identity
        self._facts.setdefault(identity, facts)
        self._here.add(identity, facts)

    def _find(self, facts: PictureFacts) -> str | None:
        near = has_likeness(facts)
        found = self._own.find(facts, self._facts.get, near=near) or self._here.find(facts, self._facts.get, near=near)
        if found is None and self._cube is not None:
            found = self._cube.find(facts, near=near)
        return found or self._once.find(facts, self._facts.get, near=near)


def gallery_of(context: Context, cube: str, document: Document, before: Iterable[str], known: CubePictures) -> Gallery:
    """For drafting `document`, whose pieces were `before`. Reads nothing when there is no picture in it."""
    if all(element.picture is None for element in document.elements):
        return Gallery()
    own = [identity for identity in before if identity.startswith("img_")]
    return Gallery(context.store.get(everything(cube), own) if own else (), known)


def _pictures(context: Context, cube: str) -> Iterator[Node]:
    scope, offset = replace(everything(cube), retired=False), 0
    while page := context.store.match(scope, filter=Where("kind", "eq", "Image"), limit=_PAGE, offset=offset):
        yield from (node for node in page if node.valid_to is None)
        offset += len(page)


def _parts(likeness: str) -> list[tuple[int, int]]:
    """The parts of a likeness with their places; none of one that says nothing."""
    bits = int(likeness, 16) if likeness else 0
    return [(part, bits >> (part * _PART) & (2**_PART - 1)) for part in range(_PARTS)] if bits else []
