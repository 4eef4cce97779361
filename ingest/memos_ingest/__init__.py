"""Bytes in, typed elements with provenance out.

`parse` reads one file, `split` cuts it into sections and passages, `read_messages` and `read_chat` read chats,
`walk` lists a folder, `read` takes whatever a file holds. Knows nothing of graphs, stores or models, and never
fetches anything.
"""

from memos_ingest.chat import is_chat, read_chat, read_messages
from memos_ingest.elements import (
    NOWHERE,
    Conversation,
    Document,
    Element,
    ElementKind,
    ImageRef,
    Link,
    Message,
    Passage,
    Picture,
    PictureFacts,
    Piece,
    Provenance,
    Section,
    Session,
)
from memos_ingest.errors import (
    IngestError,
    NoSuchParser,
    NotAChat,
    NothingRead,
    ParserCrashed,
    ParserFailed,
    ParserOutOfMemory,
    ParserTimedOut,
    SandboxUnavailable,
    TooLarge,
    UnreadableFile,
    UnsupportedFormat,
)
from memos_ingest.folder import Found, Skipped, walk
from memos_ingest.limits import Limits
from memos_ingest.locomo import Question, is_locomo, read_locomo, read_questions
from memos_ingest.parsing import parse, read
from memos_ingest.sniff import media_type_of
from memos_ingest.split import split

__all__ = [
    "NOWHERE",
    "Conversation",
    "Document",
    "Element",
    "ElementKind",
    "Found",
    "ImageRef",
    "IngestError",
    "Limits",
    "Link",
    "Message",
    "NotAChat",
    "NoSuchParser",
    "NothingRead",
    "ParserCrashed",
    "ParserFailed",
    "ParserOutOfMemory",
    "ParserTimedOut",
    "Passage",
    "Picture",
    "PictureFacts",
    "Piece",
    "Provenance",
    "Question",
    "SandboxUnavailable",
    "Section",
    "Session",
    "Skipped",
    "TooLarge",
    "UnreadableFile",
    "UnsupportedFormat",
    "is_chat",
    "is_locomo",
    "media_type_of",
    "parse",
    "read",
    "read_chat",
    "read_locomo",
    "read_messages",
    "read_questions",
    "split",
    "walk",
]
