"""How much a parser may be asked to take in; values to start from, all of them the caller's to change."""

from __future__ import annotations

from dataclasses import dataclass

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds, checked before the work that they bound."""

    file_bytes: int = 100 * _MB  #: any file
    text_bytes: int = 10 * _MB  #: text formats: plain text, Markdown, HTML, XML, JSON, CSV
    pages: int = 2_000  #: of a PDF; slides of a presentation
    nesting: int = 1_000  #: depth of HTML and XML elements; the cost of reading HTML grows with its square
    messages: int = 1_000_000  #: of one chat
    zip_entries: int = 10_000  #: files in archives, with those in archives inside them; parts of an office file
    zip_bytes: int = 500 * _MB  #: unpacked, of all that one file holds
    zip_ratio: int = 100  #: unpacked to packed bytes, of one entry; only looked at beyond a megabyte
    containers: int = 3  #: archives and mails inside one another
    columns: int = 10_000  #: of one table
    cells: int = 1_000_000  #: of all tables of one file

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"Limits.{name} = {value}: must be at least 1")


DEFAULT_LIMITS = Limits()
