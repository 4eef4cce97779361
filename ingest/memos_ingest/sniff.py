"""What a file is, by its bytes; an extension only chooses among text formats, which have no signature."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from memos_ingest.decode import encoding_by_mark, unmarked_utf16
from memos_ingest.sniff_inside import OLE, ZIP, ole_type, zip_type

SNIFF_BYTES: Final = 65_536  #: enough of a file's head for `media_type_of`
UNKNOWN: Final = "application/octet-stream"

_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, ZIP),
    (b"PK\x05\x06", 0, ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, OLE),
    (b"{\\rtf", 0, "application/rtf"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"II*\x00", 0, "image/tiff"),
    (b"MM\x00*", 0, "image/tiff"),
    (b"ftypheic", 4, "image/heic"),
    (b"ftypheix", 4, "image/heic"),
    (b"ftypmif1", 4, "image/heic"),
    (b"ftypavif", 4, "image/avif"),
    (b"\x1f\x8b", 0, "application/gzip"),
    (b"BZh", 0, "application/x-bzip2"),
    (b"\xfd7zXZ\x00", 0, "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", 0, "application/vnd.rar"),
    (b"ustar", 257, "application/x-tar"),
    (b"\x7fELF", 0, "application/x-executable"),
    (b"SQLite format 3\x00", 0, "application/vnd.sqlite3"),
    (b"ftyp", 4, "video/mp4"),
    (b"ID3", 0, "audio/mpeg"),
    (b"OggS", 0, "audio/ogg"),
    (b"fLaC", 0, "audio/flac"),
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
_PROLOGUE = rb"(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*"
_HTML = re.compile(_PROLOGUE + rb"<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_SVG = re.compile(_PROLOGUE + rb"(?:<!doctype\s+svg\b|<(?:svg:)?svg[\s>])", re.I | re.S)
_XML = re.compile(rb"<\?xml\b|<!DOCTYPE\b", re.IGNORECASE)
_MARKDOWN = re.compile(rb"^(?:#{1,6} \S|```|\|[ :|-]*---[ :|-]*\|?\s*$|!\[[^\]]*\]\(|={3,}\s*$)", re.MULTILINE)
_ENOUGH_MARKS = 2
# RFC 5322: a mail begins with its fields; these are in nearly all
_MAIL_FIELD = re.compile(
    rb"(?:from|to|cc|date|subject|received|return-path|message-id|mime-version|delivered-to|reply-to|x-[a-z-]+):"
    rb"[ \t]*\S",
    re.IGNORECASE,
)
_FIELD = re.compile(rb"[!-9;-~]{1,80}:|[ \t]")  # the beginning of any field, or its next line
_ENOUGH_FIELDS = 3
_ROWS = 4  # alike, before a text without a telling name is taken for a table


def media_type_of(data: bytes, *, name: str = "") -> str:
    """The media type that the bytes show, such as "application/pdf"; `UNKNOWN` for binary data without a signature.

    `data` may be the file's first SNIFF_BYTES; what an OLE file is may then stay "application/x-ole-storage". Empty
    data is "text/plain".
    """
    for mark, at, media_type in _SIGNATURES:
        if data.startswith(mark, at):
            return zip_type(data) if media_type == ZIP else ole_type(data) if media_type == OLE else media_type
    if data.find(b"%PDF-", 0, 1024) >= 0:
        return "application/pdf"  # readers allow up to 1 KB of junk before the mark
    if data[:2] == b"BM" and data[6:10] == bytes(4) and len(data) > 26:
        return "image/bmp"
    encoding = encoding_by_mark(data)
    if encoding is None and b"\x00" in data[:SNIFF_BYTES]:
        encoding = unmarked_utf16(data)
        if encoding is None:
            return UNKNOWN
    return _text_type(data, encoding, PurePosixPath(name.replace("\\", "/")).suffix.lower())


def _text_type(data: bytes, encoding: str | None, extension: str) -> str:
    head = data[:SNIFF_BYTES]
    if encoding is not None:
        head = head.decode(encoding, errors="ignore").encode()
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
    if _HTML.match(head):
        return "text/html"
    if _SVG.match(head):
        return "image/svg+xml"
    if extension in _TEXT_BY_EXTENSION:
        return _TEXT_BY_EXTENSION[extension]
    if extension in _PLAIN_EXTENSIONS:
        return "text/plain"
    if head[:1] in (b"{", b"[") and _looks_like_json(head):
        return "application/jsonl" if _looks_like_lines(head) else "application/json"
    if _XML.match(head):
        return "application/xml"
    if _looks_like_mail(head):
        return "message/rfc822"
    if len(_MARKDOWN.findall(head)) >= _ENOUGH_MARKS:
        return "text/markdown"
    return _table_type(head) or "text/plain"


def _looks_like_json(head: bytes) -> bool:
    following = head[1:].lstrip(_SPACE)[:1]
    return following in (b'"', b"{", b"[", b"}", b"]") or (head[:1] == b"[" and following in b"-0123456789tfn")


def _looks_like_lines(head: bytes) -> bool:
    """Whether each line is a JSON object of its own."""
    lines = [line.strip() for line in head[:8_192].split(b"\n")[:3] if line.strip()]
    return len(lines) > 1 and lines[0][:1] == b"{" and lines[0][-1:] == b"}" and lines[1][:1] == b"{"


def _looks_like_mail(head: bytes) -> bool:
    """Whether the text begins with fields, and enough of them are a mail's."""
    found = 0
    for line in head.split(b"\n", 40)[:40]:
        if not _FIELD.match(line):
            break
        found += bool(_MAIL_FIELD.match(line))
    return found >= _ENOUGH_FIELDS


def _table_type(head: bytes) -> str | None:
    """The type of a text whose first lines are all cut alike by tabs, semicolons or commas; None of any other."""
    lines = [line for line in head.split(b"\n", _ROWS * 3)[: _ROWS * 3] if line.strip()]
    lines = lines[:-1] if len(lines) == _ROWS * 3 else lines
    if len(lines) < _ROWS or any(len(line) > 4_096 for line in lines):
        return None
    for mark, media_type in ((b"\t", "text/tab-separated-values"), (b";", "text/csv"), (b",", "text/csv")):
        counts = {line.count(mark) for line in lines}
        if len(counts) == 1 and counts.pop() >= 2:
            # a comma with a space after it is one of prose
            return media_type if mark != b"," or not any(b", " in line for line in lines) else None
    return None
