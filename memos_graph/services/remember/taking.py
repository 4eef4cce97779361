"""Take in one document or chat that was read: find the node that is its root, draft, compare, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from memos_graph.engines.sync import Draft, Place
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Json, Node
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.remember.attached import read_attached, with_parts
from memos_graph.services.remember.captions import NONE, captions_of
from memos_graph.services.remember.chats import NOTHING, ChatDraft, conversation_id
from memos_graph.services.remember.claimed import check_facts, facts_beside
from memos_graph.services.remember.documents import DocumentDraft, document_id
from memos_graph.services.remember.fetching import with_fetched
from memos_graph.services.remember.gallery import CubePictures, Gallery, gallery_of
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.known import Known, Origin, is_gone, origin_of, unread_in
from memos_graph.services.remember.links import is_held, write_linked
from memos_graph.services.remember.moves import move
from memos_graph.services.remember.names import Names, RunNames
from memos_graph.services.remember.reading import Reader, check_parsers, reader_for
from memos_graph.services.remember.report import Fed, Listener, Outcome
from memos_graph.services.remember.unread import unread_of
from memos_ingest import Conversation, Document, IngestError, Limits
from memos_ingest.chat_file import extras_in
from memos_ingest.chat_parts import Extras
from memos_ingest.sandbox import Job

PASSAGE_TOKENS = 200  #: below what the default embedder reads of one text, with room for a long last sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """How to read what is fed."""

    chat_time: str | datetime | None = None  #: for chats that carry no time of their own
    chunk_size: int = PASSAGE_TOKENS  #: tokens of a passage at most, as the embedder counts
    chunk_overlap: int = 0  #: tokens that a passage repeats of the one it goes on from
    limits: Limits = Limits()  # noqa: RUF009  # frozen
    parsers: str | Mapping[str, str] | None = None  #: who reads which format, {"pdf": "pymupdf"}; None: as was set
    reader: Reader | None = None  #: parses files; None: processes that are started for this call
    fetch: bool = False  #: also what messages carry by an address, through the web's guard
    prune: bool = False  #: of a folder: also retire what was fed from it and is there no longer
    dry_run: bool = False  #: of files and folders: only say what would be done
    leave_out: tuple[Path, ...] = ()  #: absolute paths below a folder that are no part of it, as the store itself
    pictures: CubePictures | None = None  #: the cube's, as known in this run; None: as each source finds them
    names: RunNames | None = None  #: the cube's, likewise
    facts: str = ""  #: who reads what messages and short texts claim as facts: "": nobody; rules

    def __post_init__(self) -> None:
        check_facts(self.facts)
        if self.parsers is not None:
            check_parsers(self.parsers)


DEFAULT = FeedOptions()


def for_a_run(context: Context, cube: str, options: FeedOptions) -> FeedOptions:
    """`options` for several sources, for which the cube's pictures and names are read once at most."""
    pictures, names = options.pictures or CubePictures(context, cube), options.names or RunNames(context, cube)
    return replace(options, pictures=pictures, names=names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Where something that was read came from."""

    origin: Origin
    known: Known
    named: bool = False  #: by the caller: then it is the document of that name, wherever it was fed from before


@dataclass(frozen=True, slots=True)
class _Home:
    """The node that a source belongs to: there already, or not yet."""

    root: str
    head: Node | None
    moved: bool = False  #: its file was elsewhere, and is the same


class _Rooted(DocumentDraft):
    """A draft under a root that does not follow from the document's name: it was called otherwise when it came."""

    def __init__(self, document: Document, *, root: str, cube: str, at: datetime, known: Names) -> None:
        super().__init__(document, cube=cube, at=at, known=known)
        self._root = root


def feed_source(context: Context, cube: str, source: Document | Conversation, *, options: FeedOptions = DEFAULT,
                listen: Listener | None = None, came: Came | None = None,
                job: Job | None = None) -> tuple[Fed, ...]:  # fmt: skip
    """Whatever a reader made of a file; `job`: that file, when `source` is all of it. `Invalid` for a chat whose parts
    can't be opened."""
    if isinstance(source, Document):
        return (feed_document(context, cube, source, options=options, listen=listen, came=came),)
    try:
        extras = None if job is None else extras_in(job.data, name=job.name, limits=options.limits)
    except IngestError as error:
        raise Invalid(error.name, "what was fed", error.reason) from error
    return feed_chat(context, cube, source, options=options, listen=listen, came=came, extras=extras)


def feed_document(context: Context, cube: str, document: Document, *, options: FeedOptions = DEFAULT,
                  listen: Listener | None = None, came: Came | None = None) -> Fed:  # fmt: skip
    """A parsed document. The same bytes again write nothing; a changed one writes what changed and keeps what was.

    The same bytes of which more could be read than before (text in pictures, say) count as changed.
    """
    name = document.name
    home = _home(context, cube, name, document.content_hash, document_id(name), came)
    unread, before = unread_of(document), _layout(home.head)
    same = _same(home.head, document.content_hash)
    pictures, gallery, captions = options.pictures or CubePictures(context, cube), Gallery(), NONE
    if not home.moved and not (same and _unread_before(home.head) == unread):
        gallery = gallery_of(context, cube, document, before, pictures)
        captions = captions_of(context, cube, document, gallery, pictures)
        unread = (*unread, *captions.unread)
    if home.moved or (same and _unread_before(home.head) == unread):
        kept = _kept(context, cube, home, name, document.title, came)
        return replace(kept, present=(*kept.present, *before), unread=unread)
    at = context.clock()
    if listen is not None:
        listen(name, "reading", 0, 1)
    known = (options.names or RunNames(context, cube)).get()
    made = _Rooted(document, root=home.root, cube=cube, at=at, known=known).knowing(gallery, captions)
    drafted = made.draft(
        max_tokens=options.chunk_size, overlap=options.chunk_overlap, count_tokens=context.embedder.count_tokens
    )
    draft = _with_info(drafted, home.root, _facts(came, unread, home.head))
    fed = write_linked(context, cube, name, draft, made.referring, head=home.head, at=at, before=before, listen=listen)
    pictures.took(node for node in draft.nodes if node.kind == "Image")
    return replace(fed, unread=unread)


def feed_conversation(context: Context, cube: str, chat: Conversation, *, listen: Listener | None = None) -> Fed:
    """A parsed chat. Messages that are in already are left alone; new ones follow the last."""
    return feed_chat(context, cube, chat, listen=listen)[-1]


def feed_chat(context: Context, cube: str, chat: Conversation, *, options: FeedOptions = DEFAULT,
              listen: Listener | None = None, came: Came | None = None, extras: Extras | None = None,
              rests: Mapping[str, Sequence[str]] = NOTHING) -> tuple[Fed, ...]:  # fmt: skip
    """A parsed chat with what its messages carry (`extras`): their files become documents of their own.

    The chat is written last and told last: when it is in, all that came with it is. rests: by message id, the memories
    that the message rests on; it ends when one of them falls.
    """
    options = for_a_run(context, cube, options)
    if came is not None and chat.id != came.origin.file:
        came = replace(came, named=True)  # a conversation with an id of its own may go on in several files
    extras = extras or Extras(calls={})
    if options.fetch:
        extras = with_fetched(extras, context.web)
    chat = with_parts(chat, extras)
    home = _home(context, cube, chat.id, chat.content_hash, conversation_id(chat.id), came)
    head = home.head
    if home.moved or _same(head, chat.content_hash):
        return (replace(_kept(context, cube, home, chat.id, chat.title, came), unread=_unread_before(head)),)
    small = not any(part.data for part in extras.parts)
    with reader_for(options.reader, small_text=small) as reader:
        attached = read_attached(
            chat, extras, reader, options.limits, held=lambda url: is_held(context, cube, url)
        )  # fmt: skip
    before, roots = list[Fed](), dict[str, list[str]]()
    for message, document in attached.documents:
        fed = feed_document(context, cube, document, options=options, listen=listen)
        before.append(fed)
        roots.setdefault(message, []).append(fed.root)
    last = head.info.get("last") if head is not None and _is_live(head) else None
    at = context.clock()
    drafter = ChatDraft(
        chat, cube=cube, at=at, last=last if isinstance(last, str) else None,
        known=(options.names or RunNames(context, cube)).get(),
        root=home.root, beside=replace(attached.beside(roots), rests=rests),
    )  # fmt: skip
    draft = _with_info(drafter.draft(), home.root, _facts(came, attached.unread, head))
    names = options.names or RunNames(context, cube)
    also = facts_beside(context, cube, draft.nodes, at, names.get()) if options.facts else None
    fed = write_linked(context, cube, chat.id, draft, drafter.referring, head=head, at=at, listen=listen, also=also)
    outcome: Outcome = "changed" if head is not None and fed.outcome == "new" else fed.outcome
    return *before, replace(fed, outcome=outcome, unread=attached.unread)


def _home(context: Context, cube: str, name: str, content_hash: str, usual: str, came: Came | None) -> _Home:
    """The node for the source called `name`, which is `usual` unless that is, or was, another file's."""
    if came is None or came.named:
        return _Home(usual, _head(context, cube, usual))
    stored = came.known.named(came.origin.file, name)
    if stored is not None:
        return _Home(stored.root, _head(context, cube, stored.root))
    root = usual
    head = _head(context, cube, root)
    if head is None or not _is_live(head):
        moved = came.known.moved(content_hash, name)
        if moved is not None:
            return _Home(moved.root, None, moved=True)
    turn = 0
    while head is not None and _is_another(head, name, content_hash, came.origin):
        root = node_id(usual.partition("_")[0], name, str(came.origin.path), str(turn))
        head = _head(context, cube, root)
        turn += 1
    return _Home(root, head)


def _is_another(head: Node, name: str, content_hash: str, origin: Origin) -> bool:
    """Whether `head` is the document of another file than the one at `origin`: one that was called so and has moved on,
    or one of this name in another folder that is still there and says something else."""
    if not _is_live(head):
        return False
    if head.key != name:
        return True
    of = origin_of(head)
    return of is not None and of.path != origin.path and head.content_hash != content_hash and not is_gone(of.path)


def _kept(context: Context, cube: str, home: _Home, name: str, title: str, came: Came | None) -> Fed:
    """What says the same as before, perhaps from another place now: only that is written."""
    of = None if home.head is None else origin_of(home.head)
    if came is None or (not home.moved and of is not None and (of == came.origin or not is_gone(of.path))):
        return Fed(name=name, outcome="unchanged", root=home.root, present=(home.root,))
    fed = move(context, cube, home.root, name=name, title=title, origin=came.origin)
    # what had come by no file has one now; that is no move
    return fed if home.moved or of is not None else replace(fed, outcome="unchanged", was="")


def _facts(came: Came | None, unread: Sequence[str], head: Node | None) -> dict[str, Json]:
    """What the root keeps of how it came; a chat that goes on in a second file stays that of its first."""
    of = None if head is None or not _is_live(head) else origin_of(head)
    keeps = came is None or (of is not None and of.path != came.origin.path and not is_gone(of.path))
    facts: dict[str, Json] = {} if came is None or keeps else came.origin.info()
    if unread or (head is not None and head.info.get("unread")):
        facts["unread"] = list(unread)
    return facts


def _with_info(draft: Draft, root: str, info: dict[str, Json]) -> Draft:
    """The draft with `info` added to that of its root."""
    if not info:
        return draft
    nodes = tuple(replace(n, info={**n.info, **info}) if n.id == root else n for n in draft.nodes)
    return replace(draft, nodes=nodes)


def _head(context: Context, cube: str, root: str) -> Node | None:
    find_cube(context.store, cube)
    found = context.store.get(everything(cube), [root])
    return found[0] if found else None


def _same(head: Node | None, content_hash: str) -> bool:
    return head is not None and _is_live(head) and head.content_hash == content_hash


def _unread_before(head: Node | None) -> tuple[str, ...]:
    return () if head is None else unread_in(head)


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
