"""Feed files, folders, chats and texts. The one service that reads files through memos_ingest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from memos_graph.engines.sync import Place
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Node
from memos_graph.model.scope import Scope, everything
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.remember.chats import ChatDraft, conversation_id
from memos_graph.services.remember.documents import DocumentDraft, document_id
from memos_graph.services.remember.report import Fed, Listener, Report
from memos_graph.services.remember.write import write_draft
from memos_ingest import Conversation, Document, Found, IngestError, Limits, parse, read, read_messages, walk

PASSAGE_TOKENS = 200  #: below what the default embedder reads of one text, with room for a long last sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """How to read what is fed."""

    chat_time: str | datetime | None = None  #: for chats that carry no time of their own
    passage_tokens: int = PASSAGE_TOKENS
    limits: Limits = Limits()  # noqa: RUF009  # frozen


DEFAULT = FeedOptions()


def feed_path(context: Context, cube: str, path: Path, *, name: str | None = None, options: FeedOptions = DEFAULT,
              listen: Listener | None = None) -> Report:  # fmt: skip
    """Every file at or under `path`. One that fails is in the report with its reason and never stops the rest.

    A file is known by `name`: its path below `path`, or its own name; fed again it writes only what changed.
    """
    if not path.exists():
        raise Invalid("path", str(path), "no such file or folder; check the path")
    found = list(walk(path, limits=options.limits))
    if name is not None and path.is_dir():
        raise Invalid("name", name, "a folder's files keep their own names; name single files only")
    fed: list[Fed] = []
    for at, item in enumerate(found):
        known_as = name or item.name
        if listen is not None:
            listen(known_as, "files", at, len(found))
        if isinstance(item, Found):
            fed.extend(_file(context, cube, item.path, known_as, options, listen))
        else:
            fed.append(Fed(name=known_as, outcome="failed", problem=item.reason))
    if listen is not None:
        listen("", "files", len(found), len(found))
    return Report(fed=tuple(fed))


def feed_bytes(context: Context, cube: str, data: bytes, name: str, *, options: FeedOptions = DEFAULT,
               listen: Listener | None = None) -> Report:  # fmt: skip
    """The file that `data` is, known as `name`. Raises what stands in its way."""
    with _reading():
        read_in = read(data, name=name, chat_time=options.chat_time, limits=options.limits)
    return Report(fed=tuple(_source(context, cube, source, options, listen) for source in read_in))


def feed_messages(context: Context, cube: str, messages: Sequence[Mapping[str, Any]], *,
                  conversation: str | None = None, options: FeedOptions = DEFAULT,
                  listen: Listener | None = None) -> Report:  # fmt: skip
    """OpenAI-style messages as part of the conversation so called; without a name they are one of their own."""
    with _reading():
        chat = read_messages(messages, chat_time=options.chat_time, conversation_id=conversation, limits=options.limits)
    return Report(fed=(feed_conversation(context, cube, chat, listen=listen),))


def feed_text(context: Context, cube: str, text: str, name: str, *, options: FeedOptions = DEFAULT,
              listen: Listener | None = None) -> Report:  # fmt: skip
    """A long text as a document called `name`."""
    with _reading():
        document = parse(text.encode(), name=name, media_type="text/plain", limits=options.limits)
    return Report(fed=(feed_document(context, cube, document, options=options, listen=listen),))


def feed_document(context: Context, cube: str, document: Document, *, options: FeedOptions = DEFAULT,
                  listen: Listener | None = None) -> Fed:  # fmt: skip
    """A parsed document. The same bytes again write nothing; a changed one writes what changed and keeps what was."""
    root = document_id(document.name)
    head = _head(context, cube, root)
    before = _layout(head)
    if head is not None and _is_live(head) and head.content_hash == document.content_hash:
        return Fed(name=document.name, outcome="unchanged", root=root, present=(root, *before))
    at = context.clock()
    if listen is not None:
        listen(document.name, "reading", 0, 1)
    draft = DocumentDraft(document, cube=cube, at=at, known=known_names(context, cube)).draft(
        max_tokens=options.passage_tokens, count_tokens=context.embedder.count_tokens
    )
    return write_draft(context, cube, document.name, root, draft, at=at, before=before, listen=listen)


def feed_conversation(context: Context, cube: str, chat: Conversation, *, listen: Listener | None = None) -> Fed:
    """A parsed chat. Messages that are in already are left alone; new ones follow the last."""
    root = conversation_id(chat.id)
    head = _head(context, cube, root)
    if head is not None and _is_live(head) and head.content_hash == chat.content_hash:
        return Fed(name=chat.id, outcome="unchanged", root=root, present=(root,))
    last = head.info.get("last") if head is not None and _is_live(head) else None
    at = context.clock()
    known = known_names(context, cube)
    draft = ChatDraft(chat, cube=cube, at=at, last=last if isinstance(last, str) else None, known=known).draft()
    fed = write_draft(context, cube, chat.id, root, draft, at=at, listen=listen)
    if head is not None and fed.outcome == "new":
        return Fed(**{f: getattr(fed, f) for f in Fed.__dataclass_fields__} | {"outcome": "changed"})
    return fed


def _file(context: Context, cube: str, path: Path, name: str, options: FeedOptions,
          listen: Listener | None) -> list[Fed]:  # fmt: skip
    try:
        data = path.read_bytes()
    except OSError as error:
        return [Fed(name=name, outcome="failed", problem=f"can't be read: {error.strerror}")]
    try:
        sources = read(data, name=name, chat_time=options.chat_time, limits=options.limits)
    except IngestError as error:
        return [Fed(name=name, outcome="failed", problem=error.reason)]
    fed = []
    for source in sources:
        try:
            fed.append(_source(context, cube, source, options, listen))
        except Invalid as error:
            fed.append(Fed(name=name, outcome="failed", problem=str(error)))
    return fed


def _source(context: Context, cube: str, source: Document | Conversation, options: FeedOptions,
            listen: Listener | None) -> Fed:  # fmt: skip
    if isinstance(source, Document):
        return feed_document(context, cube, source, options=options, listen=listen)
    return feed_conversation(context, cube, source, listen=listen)


def _head(context: Context, cube: str, root: str) -> Node | None:
    find_cube(context.store, cube)
    found = context.store.get(everything(cube), [root])
    return found[0] if found else None


def known_names(context: Context, cube: str) -> frozenset[str]:
    """Canonical names of the cube's entities: one that is known is recognised where it alone would be doubtful."""
    return frozenset(context.store.lexicon(Scope(cubes=(cube,)))[cube].entities)


def _is_live(node: Node) -> bool:
    return node.retired_at is None and node.valid_to is None


def _layout(head: Node | None) -> dict[str, Place]:
    """Where each piece of a stored document stands, in reading order."""
    layout = head.info.get("layout") if head is not None else None
    found: dict[str, Place] = {}
    for row in layout if isinstance(layout, Sequence) and not isinstance(layout, str) else ():
        if isinstance(row, Sequence) and len(row) == 3:
            start, end = row[1], row[2]
            found[str(row[0])] = (start, end) if isinstance(start, int) and isinstance(end, int) else (None, None)
    return found


@contextmanager
def _reading() -> Iterator[None]:
    """What can't be read is the caller's to mend, and said in this engine's own error."""
    try:
        yield
    except IngestError as error:
        raise Invalid(error.name, "what was fed", error.reason) from error
