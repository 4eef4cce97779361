"""Where a NebulaGraph is: nebula://user@host:port[,host:port]/space. Reads text alone; connects to nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from memos_graph.model.errors import Invalid

PORT = 9669
_FORM = "write nebula://user@host:port[,host:port]/space"
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?")
_SPACE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The graph servers of one cluster (any of them will do), who asks, and the space that holds the store."""

    hosts: tuple[tuple[str, int], ...]
    space: str
    user: str = "root"
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        """The URL, never with the password."""
        hosts = ",".join(f"{f'[{host}]' if ':' in host else host}:{port}" for host, port in self.hosts)
        return f"nebula://{self.user}@{hosts}/{self.space}"


def read_url(url: str, *, user: str = "", password: str = "") -> Address:
    """The Address that `url` says; a user in it wins over `user`, root where neither says one.

    `Invalid`, without what might be a password, for what can't be read.
    A password in a URL ends up in logs and shell histories: it is refused, give it as `password`.
    """
    scheme, colon, rest = url.partition("://")
    if scheme != "nebula" or not colon:
        raise Invalid("store", url.rpartition("@")[2], _FORM)
    server, _, space = rest.partition("/")
    named, _, hosts = server.rpartition("@")
    shown = f"nebula://{hosts}/{space}"
    if ":" in named:
        raise Invalid("store", shown, "keep the password out of the URL: set MEMOS_GRAPH_STORE_PASSWORD")
    if not _SPACE.fullmatch(space):
        raise Invalid("space", space, f"name a space: a letter, then letters, digits, underscores, 64 at most; {_FORM}")
    return Address(
        hosts=tuple(_host(part, shown) for part in hosts.split(",")),
        space=space,
        user=unquote(named) or user or "root",
        password=password,
    )


def _host(text: str, shown: str) -> tuple[str, int]:
    found = _HOST.fullmatch(text)
    port = int(found["port"] or PORT) if found else 0
    if found is None or not 1 <= port <= 65535:
        raise Invalid("store", shown, f"{text!r} names no host and port; {_FORM}")
    return found["host"].strip("[]"), port
