"""A chat as the part of a graph it should be. Writes nothing, embeds nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from memos_graph.engines.mentions import canonical
from memos_graph.engines.sync import Draft
from memos_graph.model.graph import Edge, Json, Node, Source, make_edge
from memos_graph.services.remember.causes import Told, state_causes
from memos_graph.services.remember.entities import Entities
from memos_graph.services.remember.ids import Counted, node_id
from memos_graph.services.remember.links import Referring
from memos_graph.services.remember.names import Names
from memos_ingest import Conversation, ImageRef, Link, Message, Session

NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})


def conversation_id(name: str) -> str:
    """The id of the Document node for the conversation called `name`."""
    return node_id("chat", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was read of a picture's bytes."""

    text: str  #: the words in it; "" when there are none, or they were not read
    info: Mapping[str, Json]  #: as its node keeps it


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What came with messages beside their text, by message id."""

    calls: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)  #: tool_calls and tool_call_id, verbatim
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)  #: roots of the documents attached to it
    pictures: Mapping[tuple[str, int], Seen] = field(default_factory=dict)  #: by message id and number in it
    links: Mapping[str, Sequence[Link]] = field(default_factory=dict)  #: what came without its bytes
    rests: Mapping[str, Sequence[str]] = field(default_factory=dict)  #: memories that the message ends with


class ChatDraft:
    """Turns one conversation into Document, Session, Message, Image and Entity nodes with their edges.

    A message's id follows from the conversation, its speaker, time and text: feeding a longer history again writes only
    what is new, and so does feeding the new messages alone. `last` is the message that the first one follows then.
    """

    def __init__(self, conversation: Conversation, *, cube: str, at: datetime, last: str | None = None,
                 known: Names | None = None, root: str | None = None,
                 beside: Beside | None = None) -> None:  # fmt: skip
        self._conversation, self._cube, self._at, self._last = conversation, cube, at, last
        self._root = root or conversation_id(conversation.id)
        self._beside = beside or Beside()
        speakers = {canonical(m.speaker) for session in conversation.sessions for m in session.messages}
        known = known or Names()
        known.learn(speakers)
        self._entities = Entities(cube, at, known)
        self._counted = Counted()
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []
        self._order: list[str] = []
        self._told: list[Told] = []
        self.referring: list[Referring] = []  #: what may refer to documents, once it is drafted

    def draft(self) -> Draft:
        """The whole part of the graph."""
        self._entities.prepare(m.text for session in self._conversation.sessions for m in session.messages)
        for session in self._conversation.sessions:
            self._session(session)
        first = self._order[0]
        if self._last is not None and self._last not in self._order:
            self._edges.append(make_edge(self._cube, "FOLLOWS", first, self._last, created_at=self._at))
        stated = state_causes(self._told, cube=self._cube, root=self._root, at=self._at, entities=self._entities)
        self._entities.finish()
        nodes = [self._document(), *self._nodes, *stated.nodes, *self._entities.nodes.values()]
        edges = [*self._edges, *stated.edges, *self._entities.edges.values()]
        return Draft(nodes=tuple(nodes), edges=tuple(edges), order=tuple(self._order))

    def _document(self) -> Node:
        info: dict[str, Json] = {"media_type": "chat", "last": self._order[-1]}
        return self._node(
            self._root, "Document", self._conversation.title, self._conversation.id, Source(uri=self._conversation.id),
            info=info, content_hash=self._conversation.content_hash,
        )  # fmt: skip

    def _session(self, session: Session) -> None:
        began = session.time.isoformat() if session.time else ""
        identity = node_id("ses", self._root, session.id, began)
        when = session.time.strftime("%Y-%m-%d %H:%M") if session.time else f"session {session.id}"
        title = self._conversation.title
        self._nodes.append(
            self._node(identity, "Session", f"{title}, {when}", title, Source(uri=self._conversation.id),
                       valid_from=session.time)
        )  # fmt: skip
        self._edge("PARENT", identity, self._root)
        for message in session.messages:
            self._message(message, identity)

    def _message(self, message: Message, session: str) -> None:
        spoken = (message.speaker, message.text, message.time.isoformat() if message.time else "")
        pictured = "\x1e".join(f"{image.caption}\x1d{image.url or ''}" for image in message.images)
        identity = node_id("msg", self._root, *spoken, pictured, self._counted.nth(*spoken, pictured))
        source = Source(uri=self._conversation.id, message=message.id)
        self._nodes.append(
            self._node(identity, "Message", message.text, message.speaker, source, valid_from=message.time,
                       info={"role": message.role, **self._beside.calls.get(message.id, {})})
        )  # fmt: skip
        self._told.append(Told(node=self._nodes[-1], group=f"{session} {message.speaker}"))
        links = tuple(self._beside.links.get(message.id, ()))
        self.referring.append(Referring(node=identity, text=message.text, links=links))
        self._edge("PARENT", identity, session)
        self._edge("SAID_BY", identity, self._entities.add(message.speaker))
        if self._order:
            self._edge("FOLLOWS", identity, self._order[-1])
        self._order.append(identity)
        self._entities.link(identity, message.text)
        for nth, image in enumerate(message.images):
            self._image(image, nth, identity, session, source, message)
        for file in self._beside.files.get(message.id, ()):
            self._edge("PARENT", file, identity)
        for premise in self._beside.rests.get(message.id, ()):
            self._edge("DEPENDS_ON", identity, premise, {"on_fall": "retire"})

    def _image(self, image: ImageRef, nth: int, said: str, session: str, source: Source, message: Message) -> None:
        identity = node_id("img", said, str(nth))
        seen = self._beside.pictures.get((message.id, nth))
        info: dict[str, Json] = {"href": image.url} if image.url else {}
        texts = [image.caption] if seen is None else [image.caption, seen.text]
        text = "\n".join(text for text in texts if text.strip())
        if seen is not None:
            info |= seen.info
        self._nodes.append(self._node(identity, "Image", text, "", source, info=info, valid_from=message.time))
        self._edge("PARENT", identity, session)
        self._edge("ILLUSTRATES", identity, said)
        if seen is not None:
            self._entities.link(identity, text)

    def _node(self, identity: str, kind: str, text: str, key: str, source: Source, *,
              info: dict[str, Json] | None = None, content_hash: str = "",
              valid_from: datetime | None = None) -> Node:  # fmt: skip
        return Node(
            id=identity, cube=self._cube, kind=kind, text=text, key=key, sources=(source,), info=info or {},
            content_hash=content_hash, created_at=self._at, updated_at=self._at, valid_from=valid_from,
        )  # fmt: skip

    def _edge(self, kind: str, from_id: str, to_id: str, info: Mapping[str, Json] = NOTHING) -> None:
        self._edges.append(make_edge(self._cube, kind, from_id, to_id, created_at=self._at, info=info))
