"""Read a URL strictly and say which addresses it may be asked at.

Pure: names are looked up by a function that is handed in. What can be read in two ways is refused, since the other
way is the attack. Declines to know sockets, pages and robots.txt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Final, TypeAlias
from urllib.parse import quote

import idna

from memos_graph.model.errors import Invalid, NotFound, Refused
from memos_graph.providers.web.address import plain, why_closed

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]  #: (host, port) to the addresses of that name

URL_CHARS: Final = 4_096  #: a longer URL is refused
WEB_PORTS: Final = frozenset((80, 443))
_PORT_OF: Final = {"http": 80, "https": 443}
_URL = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_V6_PLACE = re.compile(r"\[([^\]]*)\](?::(.*))?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # WHATWG: a name that ends so is an address
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_KEPT: Final = "/%:@!$&'()*+,;=~-._"
_USER = re.compile(r"//[^/?#]*@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL that was read: what to connect to and what to ask there."""

    scheme: str
    host: str  #: ASCII, lower case; an IPv6 address without brackets
    port: int
    path: str  #: with the query; ASCII; begins with /
    listed: bool = False  #: on the caller's allow-list, and the caller's to reach from here

    @property
    def place(self) -> str:
        """Host and port as a Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORT_OF[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.place}"

    @property
    def url(self) -> str:
        """The one spelling by which the page is known."""
        return self.origin + self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Which URLs may be asked for."""

    allow: tuple[str, ...] = ()  #: host or host:port (no port: 80 and 443) that may have any address and port
    ports: frozenset[int] = WEB_PORTS

    def __post_init__(self) -> None:
        self._allowed()

    def target(self, url: str, *, found_on: Target | None = None) -> Target:
        """`url`, read. `Invalid` when it is malformed or ambiguous, `Refused` for a port that is not open to us.

        `found_on` is the page or redirect that named it. What the allow-list opens is opened to the caller and to the
        listed places themselves, never to a stranger's page that points at it.
        """
        scheme, place, path, query = _parts(url)
        host, port = _place(place, url)
        port = _PORT_OF[scheme] if port is None else port
        listed = (host, port) in self._allowed() and (found_on is None or found_on.listed)
        if port not in self.ports and not listed:
            raise Refused(
                f"{shown(url)}: port {port} is not one of the web's ({', '.join(map(str, sorted(self.ports)))});"
                f" if it is yours, allow {host}:{port}"
            )
        return Target(scheme=scheme, host=host, port=port, path=_path(path) + _query(query), listed=listed)

    def addresses(self, target: Target, resolve: Resolve) -> tuple[str, ...]:
        """Where to connect for `target`, looked up once. `Refused` when even one of its addresses is not public."""
        literal = _literal(target.host)
        found = (literal,) if literal is not None else tuple(_found(target, resolve))
        if not found:
            raise NotFound("host", target.host, "it has no address; check the URL")
        for address in found if not target.listed else ():
            why = why_closed(address)
            if why is not None:
                named = "" if literal is not None else f" is at {address}, which"
                raise Refused(
                    f"{target.url}: {target.host}{named} is {why}, not a public address; nothing was asked of it;"
                    f" if it is yours, allow {target.place}"
                )
        return tuple(dict.fromkeys(str(plain(address)) for address in found))

    def _allowed(self) -> frozenset[tuple[str, int]]:
        return frozenset(pair for entry in self.allow for pair in _entry(entry))


def shown(url: str) -> str:
    """`url` for a message: cut, and without a password."""
    safe = _CONTROL.sub("?", _USER.sub("//***@", url))
    return safe if len(safe) <= 200 else f"{safe[:197]}..."


def _entry(entry: str) -> Iterable[tuple[str, int]]:
    """The (host, port) pairs that one line of the allow-list opens."""
    if "/" in entry or "*" in entry:
        raise Invalid("allow", entry, "give a host or host:port, without scheme, path or *")
    host, port = _place(entry, entry)
    return ((host, each) for each in (WEB_PORTS if port is None else (port,)))


def _parts(url: str) -> tuple[str, str, str, str]:
    """(scheme, place, path, query) of `url`."""
    url = url.strip(" ")
    if len(url) > URL_CHARS:
        raise Invalid("url", shown(url), f"it has {len(url):,} characters, at most {URL_CHARS:,} are taken")
    if _CONTROL.search(url):
        raise Invalid("url", shown(url), "it holds control characters; copy it again")
    found = _URL.fullmatch(url)
    if found is None:
        raise Invalid("url", shown(url), "give an address that begins with http:// or https://")
    scheme, place, path, query = found.groups(default="")
    if "\\" in place + path:
        raise Invalid("url", shown(url), "it holds a backslash, which programs read in different ways; write / or %5C")
    if "@" in place:
        raise Invalid("url", shown(url), "it names a user, and what stands before @ is no host; leave it out")
    return scheme.lower(), place, path, query


def _place(place: str, url: str) -> tuple[str, int | None]:
    """(host, port) of what stands between // and the path."""
    if place.startswith("["):
        found = _V6_PLACE.fullmatch(place)
        if found is None:
            raise Invalid("url", shown(url), "write an IPv6 address as [2606:4700::1111] or [2606:4700::1111]:443")
        return _v6(found.group(1), url), _port(found.group(2), url)
    host, colon, port = place.partition(":")
    return _host(host, url), _port(port if colon else None, url)


def _port(text: str | None, url: str) -> int | None:
    if not text:  # "host:" means its usual port, RFC 3986
        return None
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= 65_535:
        raise Invalid("url", shown(url), "its port is not a number from 1 to 65535")
    return int(text)


def _v6(text: str, url: str) -> str:
    try:
        if "%" in text:
            raise AddressValueError("a zone id names a network card of this machine")
        return str(IPv6Address(text))
    except AddressValueError as error:
        raise Invalid("url", shown(url), f"its IPv6 address can't be read: {error}") from None


def _host(text: str, url: str) -> str:
    """The host as DNS has it. Refuses spellings that some programs read as an address and others as a name."""
    if len(text) > 253:
        raise Invalid("url", shown(url), "its host is longer than 253 characters")
    host = text.lower() if text.isascii() else _idna(text, url)
    host = host.removesuffix(".")
    labels = host.split(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Invalid("url", shown(url), "its host is not a name of letters, digits and hyphens; copy it again")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host))
        except AddressValueError:
            raise Invalid(
                "url", shown(url), "its host is an odd spelling of an address; write four decimal numbers"
            ) from None
    if any(label.startswith("xn--") for label in labels):
        try:
            idna.decode(host)
        except UnicodeError as error:
            raise Invalid("url", shown(url), f"its host can't be read: {error}") from None
    return host


def _idna(text: str, url: str) -> str:
    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except UnicodeError as error:
        raise Invalid("url", shown(url), f"its host can't be written in ASCII: {error}") from None


def _path(path: str) -> str:
    """The path without . and .. parts, in ASCII, so that one page has one spelling and robots.txt is not passed by."""
    kept: list[str] = []
    parts = quote(path, safe=_KEPT).split("/")[1:]
    for at, part in enumerate(parts):
        dots = part.lower().replace("%2e", ".")
        if dots == ".." and kept:
            kept.pop()
        if dots not in (".", ".."):
            kept.append(part)
        elif at == len(parts) - 1:
            kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    return quote(query, safe=_KEPT + "?")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _found(target: Target, resolve: Resolve) -> Iterable[IPv4Address | IPv6Address]:
    for text in resolve(target.host, target.port):
        address = _literal(text)
        if address is None:
            raise Refused(f"{target.url}: the lookup of {target.host} gave {text[:80]!r}, which is no address")
        yield address
