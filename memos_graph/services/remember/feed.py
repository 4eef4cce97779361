"""Feed files, folders, chats and texts. With `folders`, the one service that reads files, through memos_ingest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from memos_graph.model.errors import Invalid
from memos_graph.services.context import Context
from memos_graph.services.remember.folders import Stop, feed_folder, never
from memos_graph.services.remember.reading import is_small_text, reader_for
from memos_graph.services.remember.report import Fed, Listener, Report
from memos_graph.services.remember.taking import (
    DEFAULT,
    PASSAGE_TOKENS,
    FeedOptions,
    feed_chat,
    feed_conversation,
    feed_document,
    feed_source,
    for_a_run,
)
from memos_ingest import IngestError, parse, read_messages
from memos_ingest.chat_parts import extras_of
from memos_ingest.sandbox import Job

__all__ = [
    "DEFAULT",
    "PASSAGE_TOKENS",
    "FeedOptions",
    "feed_bytes",
    "feed_chat",
    "feed_conversation",
    "feed_document",
    "feed_messages",
    "feed_path",
    "feed_source",
    "feed_text",
]


def feed_path(context: Context, cube: str, path: Path, *, name: str | None = None, options: FeedOptions = DEFAULT,
              listen: Listener | None = None, stop: Stop = never) -> Report:  # fmt: skip
    """Every file at or under `path`. One that fails is in the report with its reason and never stops the rest.

    A file is known by `name`: its path below `path`, or its own name; fed again it writes only what changed. Each file
    is one Delta: after a kill, what is in is in, and feeding again goes on with the rest. `stop` is asked before each.
    """
    if not path.exists():
        raise Invalid("path", str(path), "no such file or folder; check the path")
    if name is not None and path.is_dir():
        raise Invalid("name", name, "a folder's files keep their own names; name single files only")
    return feed_folder(context, cube, path, name=name, options=options, listen=listen, stop=stop)


def feed_bytes(context: Context, cube: str, data: bytes, name: str, *, options: FeedOptions = DEFAULT,
               listen: Listener | None = None) -> Report:  # fmt: skip
    """The file that `data` is, known as `name`. Raises what stands in its way."""
    job = Job(data=data, name=name, chat_time=options.chat_time, limits=options.limits, parsers=options.parsers)
    small = options.parsers is None and is_small_text(data, name)
    with reader_for(options.reader, small_text=small) as reader:
        ((_, came),) = reader.map([job])
    with _reading():
        if isinstance(came, IngestError):
            raise came
    options, fed = for_a_run(context, cube, options), list[Fed]()
    for source in came:
        whole = job if len(came) == 1 else None
        fed.extend(feed_source(context, cube, source, options=options, listen=listen, job=whole))
    return Report(fed=tuple(fed))


def feed_messages(context: Context, cube: str, messages: Sequence[Mapping[str, Any]], *,
                  conversation: str | None = None, options: FeedOptions = DEFAULT,
                  listen: Listener | None = None) -> Report:  # fmt: skip
    """OpenAI-style messages as part of the conversation so called; without a name they are one of their own.

    Files they carry as bytes become documents below the conversation, pictures are looked at; what they carry by an
    address is not fetched, which `unread` says. The Report's last entry is the conversation.
    """
    with _reading():
        chat = read_messages(messages, chat_time=options.chat_time, conversation_id=conversation, limits=options.limits)
        extras = extras_of(messages, limits=options.limits)
    return Report(fed=feed_chat(context, cube, chat, options=options, listen=listen, extras=extras))


def feed_text(context: Context, cube: str, text: str, name: str, *, options: FeedOptions = DEFAULT,
              listen: Listener | None = None) -> Report:  # fmt: skip
    """A long text as a document called `name`."""
    with _reading():
        document = parse(text.encode(), name=name, media_type="text/plain", limits=options.limits)
    return Report(fed=(feed_document(context, cube, document, options=options, listen=listen),))


@contextmanager
def _reading() -> Iterator[None]:
    """What can't be read is the caller's to mend, and said in this engine's own error."""
    try:
        yield
    except IngestError as error:
        raise Invalid(error.name, "what was fed", error.reason) from error
