"""A parsed document as the part of a graph it should be. Writes nothing, embeds nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Self

from memos_graph.engines.held import Place, places_of, standing
from memos_graph.engines.references import Label, label_of, labels_in
from memos_graph.engines.sync import Draft
from memos_graph.model.graph import Edge, Json, Node, Source, make_edge
from memos_graph.services.remember.captions import NONE, Captions
from memos_graph.services.remember.causes import Told, state_causes
from memos_graph.services.remember.entities import Entities
from memos_graph.services.remember.gallery import Gallery
from memos_graph.services.remember.ids import Counted, node_id
from memos_graph.services.remember.links import Referring
from memos_graph.services.remember.names import Names
from memos_graph.services.remember.pictures import picture_info
from memos_ingest import Document, Passage, Picture, Piece, Provenance, Section, split

_CAPTION = 300  #: characters; a longer paragraph that begins so is none


def document_id(name: str) -> str:
    """The id of the Document node for the source called `name`: it stays while the content changes."""
    return node_id("doc", name)


class DocumentDraft:
    """Turns one parsed document into Document, Section, Passage, Table, Image and Entity nodes with their edges.

    A piece's id follows from the document's name and its own text, so that unchanged pieces keep theirs. Where a piece
    stands in the text (character span) is kept on the Document, as `info.layout`: it shifts when others change.
    """

    def __init__(self, document: Document, *, cube: str, at: datetime, known: Names | None = None) -> None:
        self._document, self._cube, self._at = document, cube, at
        self._root = document_id(document.name)
        self._entities = Entities(cube, at, known)
        self._counted = Counted()
        self._nodes: list[Node] = []
        self._edges: dict[str, Edge] = {}
        self._gallery, self._captions = Gallery(), NONE
        self._shown: dict[str, int] = {}  # pictures by id: where they are among the nodes
        self._layout: list[Json] = []
        self._order: list[str] = []
        self._told: list[Told] = []
        self.referring: list[Referring] = []  #: what may refer to other documents, once it is drafted

    def knowing(self, gallery: Gallery, captions: Captions) -> Self:
        """This, with what is known of its pictures: which of them are nodes already, and words for those without."""
        self._gallery, self._captions = gallery, captions
        return self

    def draft(self, *, max_tokens: int, overlap: int = 0, count_tokens: Callable[[str], int]) -> Draft:
        """The whole part of the graph. The cost is that of splitting and of finding names."""
        pieces = split(self._document, max_tokens=max_tokens, overlap=overlap, count_tokens=count_tokens)
        self._entities.prepare(piece.title if isinstance(piece, Section) else piece.text for piece in pieces)
        ids: list[str] = []
        previous: str | None = None
        for piece in pieces:
            if isinstance(piece, Section):
                ids.append(self._section(piece, ids))
            elif isinstance(piece, Passage):
                ids.append(self._passage(piece, ids, previous))
                previous = ids[-1]
            else:
                ids.append(self._picture(piece, ids))
        for piece, identity in zip(pieces, ids, strict=True):
            if isinstance(piece, Picture) and piece.illustrates is not None:
                self._edge("ILLUSTRATES", identity, ids[piece.illustrates])
        self._refer(pieces, ids)
        stated = state_causes(self._told, cube=self._cube, root=self._root, at=self._at, entities=self._entities)
        self._entities.finish()
        self._layout.extend([node.id, None, None] for node in stated.nodes)
        nodes = [self._document_node(), *self._nodes, *stated.nodes, *self._entities.nodes.values()]
        edges = [*self._edges.values(), *stated.edges, *self._entities.edges.values()]
        return Draft(nodes=tuple(nodes), edges=tuple(edges), order=tuple(self._order), owner=self._root)

    def _refer(self, pieces: Sequence[Piece], ids: Sequence[str]) -> None:
        """ILLUSTRATES from numbered pictures and tables to every text that names their number."""
        numbered: dict[Label, list[int]] = {}
        for at, piece in enumerate(pieces):
            if isinstance(piece, Picture):
                label = label_of(piece.caption or piece.text)
            elif isinstance(piece, Passage) and piece.kinds == ("table",):
                label = label_of(piece.text) or _beside(pieces, at)
            else:
                continue
            if label is not None:
                numbered.setdefault(label, []).append(at)
        if not numbered:
            return
        for at, piece in enumerate(pieces):
            if not isinstance(piece, Passage) or piece.kinds == ("table",):
                continue
            for label in sorted(labels_in(piece.text) & numbered.keys()):
                for source in numbered[label]:
                    near = pieces[source]
                    if not (isinstance(near, Picture) and near.illustrates == at):
                        self._edge("ILLUSTRATES", ids[source], ids[at], " ".join(label))

    def _document_node(self) -> Node:
        info: dict[str, Json] = {"media_type": self._document.media_type, "layout": self._layout}
        if self._document.language:
            info["language"] = self._document.language
        if self._document.metadata:
            info["metadata"] = dict(self._document.metadata)
        return self._node(
            self._root, "Document", self._document.title, self._document.name,
            Source(uri=self._document.name), info, self._document.content_hash,
        )  # fmt: skip

    def _section(self, piece: Section, ids: list[str]) -> str:
        path = " > ".join(piece.heading_path)
        identity = node_id("sec", self._root, path, self._counted.nth("section", path))
        self._add(identity, "Section", piece.title, path, piece.provenance)
        self._edge("PARENT", identity, self._root if piece.parent is None else ids[piece.parent])
        self._entities.link(identity, "", about=piece.title)
        if piece.links:
            self.referring.append(Referring(node=identity, links=piece.links))
        return identity

    def _passage(self, piece: Passage, ids: list[str], previous: str | None) -> str:
        kind = "Table" if piece.kinds == ("table",) else "Passage"
        identity = node_id("pas", self._root, piece.text, self._counted.nth("passage", piece.text))
        self._add(identity, kind, piece.text, self._key(piece.heading_path), piece.provenance)
        parent = self._root if piece.section is None else ids[piece.section]
        self._edge("PARENT", identity, parent)
        if previous is not None:
            self._edge("FOLLOWS", identity, previous)
        self.referring.append(Referring(node=identity, text=piece.text, links=piece.links))
        if kind == "Passage" and set(piece.kinds) - {"code", "formula"}:
            self._told.append(Told(node=self._nodes[-1], group=parent))
        # the innermost heading says what the passage is about; in a document without headings its title does
        about = piece.heading_path[-1] if piece.heading_path else self._document.title
        self._entities.link(identity, piece.text, about=about)
        return identity

    def _picture(self, piece: Picture, ids: list[str]) -> str:
        text, facts, key = piece.text, piece.facts, self._key(piece.heading_path)
        itself = facts.content_hash if facts is not None else piece.href or ""
        identity = None if facts is None else self._gallery.find(facts, text)
        identity = identity or node_id("img", self._root, itself, text, self._counted.nth("img", itself, text))
        if identity not in self._shown:
            self._shown[identity] = len(self._nodes)
            self._add(identity, "Image", text, key, piece.provenance, self._picture_info(piece))
        if facts is not None:
            self._gallery.took(identity, facts)
            source = Source(uri=self._document.name, page=piece.provenance.page, box=piece.provenance.box)
            node = self._nodes[self._shown[identity]]
            place = Place(owner=self._root, key=key, text=text, source=source)
            self._nodes[self._shown[identity]] = node = standing(node, (*places_of(node), place))
            text = text or node.text
        self._edge("PARENT", identity, self._root if piece.section is None else ids[piece.section])
        self._entities.link(identity, text)
        return identity

    def _picture_info(self, piece: Picture) -> dict[str, Json]:
        info: dict[str, Json] = {"href": piece.href} if piece.href else {}
        if piece.facts is not None:
            info["picture"] = picture_info(piece.facts)
            said = self._captions.said.get(piece.facts.content_hash)
            if said is not None:
                info |= {"caption": said.text, "caption_by": said.by}
        return info

    def _key(self, heading_path: tuple[str, ...]) -> str:
        title = self._document.title
        return " > ".join(heading_path if heading_path[:1] == (title,) else (title, *heading_path))

    def _add(self, identity: str, kind: str, text: str, key: str, place: Provenance,
             info: dict[str, Json] | None = None) -> None:  # fmt: skip
        source = Source(uri=self._document.name, page=place.page, box=place.box)
        self._nodes.append(self._node(identity, kind, text, key, source, info or {}, ""))
        self._layout.append([identity, place.start, place.end])
        self._order.append(identity)

    def _node(self, identity: str, kind: str, text: str, key: str, source: Source, info: dict[str, Json],
              content_hash: str) -> Node:  # fmt: skip
        return Node(
            id=identity, cube=self._cube, kind=kind, text=text, key=key, sources=(source,), info=info,
            content_hash=content_hash, created_at=self._at, updated_at=self._at,
        )  # fmt: skip

    def _edge(self, kind: str, from_id: str, to_id: str, evidence: str = "") -> None:
        edge = make_edge(self._cube, kind, from_id, to_id, created_at=self._at, evidence=evidence)
        self._edges.setdefault(edge.id, edge)  # a picture may stand in a section twice


def _beside(pieces: Sequence[Piece], table: int) -> Label | None:
    """The number in the caption above or below a table that has none of its own."""
    for at, paragraph in ((table - 1, -1), (table + 1, 0)):
        piece = pieces[at] if 0 <= at < len(pieces) else None
        said = piece.text.split("\n\n")[paragraph] if isinstance(piece, Passage) else ""
        label = label_of(said) if len(said) <= _CAPTION else None
        if label is not None and label[0] == "table":
            return label
    return None
