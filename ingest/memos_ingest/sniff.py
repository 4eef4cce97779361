"""What a file is, by its bytes; an extension only chooses among text formats, which have no signature."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from memos_ingest.decode import encoding_by_mark

SNIFF_BYTES: Final = 65_536  #: enough of a file's head for `media_type_of`
UNKNOWN: Final = "application/octet-stream"

_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"PK\x03\x04", 0, "application/zip"),
    (b"PK\x05\x06", 0, "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "application/x-ole-storage"),
    (b"{\\rtf", 0, "application/rtf"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"II*\x00", 0, "image/tiff"),
    (b"MM\x00*", 0, "image/tiff"),
    (b"\x1f\x8b", 0, "application/gzip"),
    (b"BZh", 0, "application/x-bzip2"),
    (b"\xfd7zXZ\x00", 0, "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed"),
    (b"\x7fELF", 0, "application/x-executable"),
    (b"SQLite format 3\x00", 0, "application/vnd.sqlite3"),
    (b"ftyp", 4, "video/mp4"),
    (b"ID3", 0, "audio/mpeg"),
    (b"OggS", 0, "audio/ogg"),
    (b"fLaC", 0, "audio/flac"),
)
_ZIPPED = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"application/epub+zip", "application/epub+zip"),
    (b"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
)
_TEXT_BY_EXTENSION = {
    ".md": "text/markdown", ".markdown": "text/markdown", ".mdown": "text/markdown", ".mkd": "text/markdown",
    ".html": "text/html", ".htm": "text/html", ".xhtml": "text/html",
    ".json": "application/json", ".jsonl": "application/jsonl", ".ndjson": "application/jsonl",
    ".xml": "application/xml", ".svg": "image/svg+xml", ".eml": "message/rfc822",
    ".csv": "text/csv", ".tsv": "text/tab-separated-values",
}  # fmt: skip
# a plain-text name is a statement too: a .txt with a line like "# note" is no Markdown
_PLAIN_EXTENSIONS = frozenset((".txt", ".text", ".log", ".rst", ".tex", ".py", ".c", ".sh", ".toml", ".yaml", ".yml"))
_SPACE = b" \t\r\n\f"
_HTML = re.compile(rb"(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_XML = re.compile(rb"<\?xml\b|<!DOCTYPE\b", re.IGNORECASE)
_MARKDOWN = re.compile(rb"^(?:#{1,6} \S|```|\|[ :|-]*---[ :|-]*\|?\s*$|!\[[^\]]*\]\(|={3,}\s*$)", re.MULTILINE)
_ENOUGH_MARKS = 2


def media_type_of(data: bytes, *, name: str = "") -> str:
    """The media type that the bytes show, such as "application/pdf"; `UNKNOWN` for binary data without a signature.

    `data` may be the file's first SNIFF_BYTES. Empty data is "text/plain".
    """
    if data.find(b"%PDF-", 0, 1024) >= 0:
        return "application/pdf"  # readers allow up to 1 KB of junk before the mark
    for mark, at, media_type in _SIGNATURES:
        if data.startswith(mark, at):
            return _zipped(data) if media_type == "application/zip" else media_type
    if encoding_by_mark(data) is None and b"\x00" in data[:SNIFF_BYTES]:
        return UNKNOWN
    return _text_type(data, PurePosixPath(name.replace("\\", "/")).suffix.lower())


def _zipped(data: bytes) -> str:
    head = data[:SNIFF_BYTES]
    return next((media_type for part, media_type in _ZIPPED if part in head), "application/zip")


def _text_type(data: bytes, extension: str) -> str:
    marked = encoding_by_mark(data)
    head = data[:SNIFF_BYTES]
    if marked is not None:
        head = head.decode(marked, errors="ignore").encode()
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
    if _HTML.match(head):
        return "text/html"
    if extension in _TEXT_BY_EXTENSION:
        return _TEXT_BY_EXTENSION[extension]
    if extension in _PLAIN_EXTENSIONS:
        return "text/plain"
    if head[:1] in (b"{", b"[") and _looks_like_json(head):
        return "application/json"
    if _XML.match(head):
        return "application/xml"
    return "text/markdown" if len(_MARKDOWN.findall(head)) >= _ENOUGH_MARKS else "text/plain"


def _looks_like_json(head: bytes) -> bool:
    following = head[1:].lstrip(_SPACE)[:1]
    return following in (b'"', b"{", b"[", b"}", b"]") or (head[:1] == b"[" and following in b"-0123456789tfn")
