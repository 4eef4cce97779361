"""Addresses of documents: under which ones each is known, and which one a link in it means.

An address is a text that is equal for equal places: "//host/path" for the web, "file:path" for all else. Pure; nothing
is looked up, opened or fetched.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from memos_graph.model.graph import Node

_WEB = ("http://", "https://")
_PORTS = {"http": 80, "https": 443}
_ROOT = re.compile(r"/|[A-Za-z]:/")
_INDEXES = frozenset(("index.html", "index.htm", "index.md", "readme.md"))  # shown for their folder
MOST_FORMER = 8  #: former addresses that a moved document keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """Where a link leads: to an address, and perhaps to a place in there."""

    address: str
    fragment: str = ""


def addresses_of(document: Node) -> tuple[str, ...]:
    """The addresses of a Document, its own first, then others that lead there: its folder's if it is the index of
    that, the ones it says of itself on its own host, the one that was asked for, those it had before it moved."""
    return tuple(dict.fromkeys(address for address in _addresses_of(document) if address))


def pointed(href: str, source: Node) -> Pointed | None:
    """What the link `href` in the Document `source` means; None for no address."""
    if href.lower().startswith(_WEB):
        return _on_the_web(href)
    path, _, fragment = href.partition("#")
    if path.lower().startswith("file://"):
        path = re.sub(r"^file://(?:localhost)?", "", path, flags=re.IGNORECASE)
    elif source.key.startswith(_WEB):
        return None  # a page's links were made absolute when it was read; what was not is none
    path = unquote(path.partition("?")[0]).replace("\\", "/").strip()
    if not path:
        return None
    if _ROOT.match(path):
        folder = source.info.get("folder")
        # in a site that was saved, "/" is its root
        path = f"{folder}{path}" if isinstance(folder, str) and path.startswith("/") and "file:" not in href else path
    else:
        path = posixpath.join(posixpath.dirname(_path_of(source)), path)
    return Pointed(address=_file(path), fragment=fragment)


def slug(heading: str) -> str:
    """What is left of a heading in a fragment, whoever made it: its letters and digits, case-folded."""
    return "".join(letter for letter in unquote(heading).casefold() if letter.isalnum())


def url_address(url: str) -> str:
    """The address of an http(s) URL; "" for what is none."""
    found = _on_the_web(url)
    return found.address if found is not None else ""


def _on_the_web(url: str) -> Pointed | None:
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in _PORTS:
        return None
    shown = f":{port}" if port is not None and port != _PORTS[parts.scheme] else ""
    query = f"?{parts.query}" if parts.query else ""
    return Pointed(address=f"//{host}{shown}{unquote(parts.path) or '/'}{query}", fragment=parts.fragment)


def _addresses_of(document: Node) -> Iterator[str]:
    metadata = document.info.get("metadata")
    said = metadata if isinstance(metadata, Mapping) else {}
    if document.key.startswith(_WEB):
        own = url_address(document.key)
        yield own
        # a page may speak for its own host only: another's address would catch that one's links
        yield from (other for other in (url_address(str(said.get("canonical", ""))),) if _host(other) == _host(own))
        yield url_address(str(said.get("asked", "")))
    else:
        own = _file(_path_of(document))
        yield own
        yield _file(document.key)
        folder, _, last = own.rpartition("/")
        if last.lower() in _INDEXES:
            yield f"{folder}/"
    former = document.info.get("former")
    if isinstance(former, Sequence) and not isinstance(former, str):
        yield from (str(one) for one in former[:MOST_FORMER])


def _path_of(document: Node) -> str:
    """Where the document lies: its file, and for what is inside one, where in there; its name when it was no file."""
    folder, file = document.info.get("folder"), document.info.get("file")
    if not isinstance(folder, str) or not isinstance(file, str):
        return document.key
    inside = document.key[len(file) :] if document.key.startswith(f"{file}!/") else ""
    return f"{folder}/{file}{inside}"


def _file(path: str) -> str:
    """The address of a path; the slash that tells a folder stays."""
    plain = path.replace("\\", "/")
    return f"file:{posixpath.normpath(plain)}{'/' if plain.endswith('/') and plain != '/' else ''}"


def _host(address: str) -> str:
    return address[2:].partition("/")[0]
