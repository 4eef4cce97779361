"""What messages carry: files become documents of their own, pictures are looked at, calls of tools are kept.

Bytes go through the same reader as any file. What comes by an address only is linked where the cube has what stands
there, and else named as not read: nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from memos_graph.model.graph import Json
from memos_graph.services.remember.chats import Beside, Seen
from memos_graph.services.remember.pictures import picture_info
from memos_graph.services.remember.reading import Read, Reader
from memos_ingest import Conversation, Document, IngestError, Link
from memos_ingest.chat_parts import Extras, Part
from memos_ingest.limits import Limits
from memos_ingest.links import link
from memos_ingest.sandbox import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What was read of the parts of a chat."""

    documents: tuple[tuple[str, Document], ...]  #: (message id, document), in order
    pictures: dict[tuple[str, int], Seen]
    unread: tuple[str, ...]  #: a sentence for each part that was not read
    extras: Extras

    def beside(self, roots: dict[str, list[str]]) -> Beside:
        """As the chat's draft takes it; `roots`: of the documents, by message id."""
        links: dict[str, list[Link]] = {}
        for part in self.extras.parts:
            found = link(part.url, part.name) if part.url is not None and not part.data else None
            if found is not None:
                links.setdefault(part.message, []).append(found)
        return Beside(calls=self.extras.calls, files=roots, pictures=self.pictures, links=links)


def read_attached(chat: Conversation, extras: Extras, reader: Reader, limits: Limits, *,
                  held: Callable[[str], bool]) -> Attached:  # fmt: skip
    """Read the parts of `chat` that came with their bytes, a few at a time.

    held: whether the cube has what is at a URL. A file is known as "CHAT!/MESSAGE/NAME" (and what it holds below that),
    so that equal names do not meet.
    """
    documents: list[tuple[str, Document]] = []
    pictures: dict[tuple[str, int], Seen] = {}
    unread = [
        _unfetched(part) for part in extras.parts if not part.data and not (part.url is not None and held(part.url))
    ]  # fmt: skip
    with_bytes = [part for part in extras.parts if part.data]
    names = list(_names(chat, with_bytes))
    jobs = (Job(data=part.data, name=name, limits=limits) for part, name in zip(with_bytes, names, strict=True))
    for part, (_, came) in zip(with_bytes, reader.map(jobs), strict=True):
        if isinstance(came, IngestError):
            unread.append(f"{part.name} of message {part.message} was not read: {came.reason}")
            continue
        if part.kind == "image":
            pictures[part.message, part.nth] = seen = _seen(came)
            unread.extend(
                f"the text in {part.name} of message {part.message} was not read: {why}" for why in _why(came)
            )
            if not seen.text and not seen.info:
                unread.append(f"{part.name} of message {part.message} is no picture")
        else:
            documents.extend((part.message, source) for source in came if isinstance(source, Document))
            unread.extend(
                f"{part.name} of message {part.message} is a chat; feed it by itself"
                for source in came
                if isinstance(source, Conversation)
            )
    return Attached(documents=tuple(documents), pictures=pictures, unread=tuple(unread), extras=extras)


def with_parts(chat: Conversation, extras: Extras) -> Conversation:
    """The chat, whose hash tells other bytes in its parts too."""
    return replace(chat, content_hash=f"{chat.content_hash}+{extras.digest}") if extras.digest else chat


def _names(chat: Conversation, parts: list[Part]) -> Iterator[str]:
    taken: set[str] = set()
    for part in parts:
        stem, dot, ending = part.name.rpartition(".")
        name, turn = f"{chat.id}!/{part.message}/{part.name}", 2
        while name in taken:
            name = f"{chat.id}!/{part.message}/{stem or ending} {turn}{dot if stem else ''}{ending if stem else ''}"
            turn += 1
        taken.add(name)
        yield name


def _unfetched(part: Part) -> str:
    what = "picture" if part.kind == "image" else "file"
    if part.url is None:
        return f"the {what} {part.name} of message {part.message} came without its bytes; give them as Base64"
    why = f": {part.problem}" if part.problem else "; add with fetch, or the address itself"
    return f"the {what} at {part.url[:200]} of message {part.message} was not fetched{why}"


def _seen(came: Read) -> Seen:
    elements = [e for source in _documents(came) for e in source.elements]
    texts = [element.text for element in elements if element.text.strip() and element.kind != "title"]
    info: dict[str, Json] = {}
    for element in elements:
        if element.picture is not None:
            info = picture_info(element.picture)
            break
    return Seen(text="\n".join(dict.fromkeys(texts)), info=info)


def _why(came: Read) -> list[str]:
    elements = [e for source in _documents(came) for e in source.elements]
    return list(dict.fromkeys(e.picture.unread for e in elements if e.picture is not None and e.picture.unread))


def _documents(came: Read) -> list[Document]:
    return [] if isinstance(came, IngestError) else [source for source in came if isinstance(source, Document)]
