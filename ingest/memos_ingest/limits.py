"""How much a parser may be asked to take in; values to start from, all of them the caller's to change."""

from __future__ import annotations

from dataclasses import dataclass

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper bounds, checked before the work that they bound."""

    file_bytes: int = 100 * _MB  #: any file
    text_bytes: int = 10 * _MB  #: text formats: plain text, Markdown, HTML, JSON
    pages: int = 2_000
    nesting: int = 1_000  #: depth of HTML elements; the cost of reading grows with its square
    messages: int = 1_000_000  #: of one chat

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"Limits.{name} = {value}: must be at least 1")


DEFAULT_LIMITS = Limits()
