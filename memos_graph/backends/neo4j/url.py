"""Where a Neo4j server is and how to reach it, read from a URL and settings.

Opens nothing and imports no driver. A password never comes from a URL, and never shows in a repr or a message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from memos_graph.backends.urls import without_secrets
from memos_graph.model.errors import Invalid

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
PORT = 7687
_KNOWN = (
    "write it as neo4j://HOST[:7687][/DATABASE]; known: "
    + ", ".join(f"{scheme}://" for scheme in SCHEMES)
    + " (+s: TLS, its certificate checked; +ssc: TLS, any certificate)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A server, who we are there, and how long we wait for it."""

    url: str  #: scheme://host:port alone; safe to show
    user: str = "neo4j"
    password: str = field(default="", repr=False)
    database: str = ""  #: "": the user's home database; with multi_db how the cubes' databases begin, "": memos
    multi_db: bool = False  #: a database for each cube (Enterprise)
    pool_size: int = 32  #: connections at most
    connect_s: float = 10.0  #: to open a connection, and to wait for one of the pool
    query_s: float = 120.0  #: one transaction at most
    retry_s: float = 15.0  #: how long a transaction is tried again on a passing error
    trusted_certificates: str = ""  #: PEM file that the server's certificate is checked against; "": the system's

    @property
    def driver_url(self) -> str:
        """`url` as the driver wants it: it takes certificates of ours only beside a scheme without +s."""
        return self.url.replace("+s://", "://") if self.trusted_certificates else self.url

    @property
    def encrypted(self) -> bool:
        """Whether the connection is TLS."""
        return "+s" in self.url.partition("://")[0]


def address(url: str, *, user: str = "", password: str = "", database: str = "", multi_db: bool = False,
            pool_size: int = 32, connect_s: float = 10.0, query_s: float = 120.0, retry_s: float = 15.0,
            certificates: str = "") -> Address:  # fmt: skip
    """The Address that `url` and settings say; a user or database in the URL wins over the setting.

    `Invalid` for another scheme, no host, a port that is none, a password in the URL, certificates that are not there.
    """
    parts = _parts(url)
    if certificates:
        if not parts.scheme.endswith("+s"):
            raise Invalid(
                "store_certificates", certificates, f"they go with neo4j+s:// or bolt+s://, not {parts.scheme}"
            )
        if not Path(certificates).is_file():
            raise Invalid("store_certificates", certificates, "no such file; give one in PEM format")
    named = unquote(parts.path.strip("/"))
    if "/" in named:
        raise Invalid("store", without_secrets(url), "name one database after the host, as in neo4j://HOST/DATABASE")
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return Address(
        url=f"{parts.scheme}://{host}:{parts.port or PORT}",
        user=unquote(parts.username or "") or user or "neo4j",
        password=password, database=named or database, multi_db=multi_db, pool_size=pool_size, connect_s=connect_s,
        query_s=query_s, retry_s=retry_s, trusted_certificates=certificates,
    )  # fmt: skip


def _parts(url: str) -> SplitResult:
    """`url` taken apart and checked."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        why = "the port must be a number, 1 to 65535" if "ort" in str(error) else "the host can't be read"
        raise Invalid("store", without_secrets(url), f"{why}; {_KNOWN}") from None
    if parts.scheme not in SCHEMES or not url.partition(":")[2].startswith("//"):
        raise Invalid("store", without_secrets(url), _KNOWN)
    if parts.password is not None:
        raise Invalid(
            "store", without_secrets(url),
            "a password in a URL ends up in shell history, process lists and logs: set MEMOS_GRAPH_STORE_PASSWORD",
        )  # fmt: skip
    if not host or port == 0:
        raise Invalid("store", without_secrets(url), f"it names no {'port' if host else 'host'}; {_KNOWN}")
    if parts.query or parts.fragment:
        raise Invalid("store", without_secrets(url), f"leave out what follows ? and #; {_KNOWN}")
    return parts
