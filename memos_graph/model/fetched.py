"""What asking for a URL gives: the bytes with what their server said of them, "as you have it", or why not.

Declines to know how it was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave to tell whether its page has changed since. "": it gave none."""

    etag: str = ""
    last_modified: str = ""


#: what is known of the page at a URL; None: nothing
Known: TypeAlias = Callable[[str], Validators | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page or file, as it was sent."""

    url: str  #: as it was asked for
    final_url: str  #: after redirects
    status: int
    media_type: str  #: as the server says it, lower case, without parameters; "" when it does not
    data: bytes  #: decompressed
    etag: str = ""
    last_modified: str = ""
    charset: str = ""  #: as the server says it
    depth: int = 0  #: links between it and the page that the caller named


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The page is as it was when its validators were given."""

    url: str
    final_url: str
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A page that was not fetched."""

    url: str
    problem: str  #: what is wrong and what to do
    depth: int = 0


Visited: TypeAlias = Fetched | NotModified | Missed
