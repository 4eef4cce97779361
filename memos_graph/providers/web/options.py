"""How to ask the web: under which name, how often, how much at most."""

from __future__ import annotations

from dataclasses import dataclass, field

from memos_graph.model.errors import require

_MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLimits:
    """Upper bounds, checked while reading."""

    redirects: int = 5
    page_bytes: int = 5 * _MB  #: of a page or other text, as it comes over the wire
    decoded_bytes: int = 10 * _MB  #: of a page or other text, decompressed
    file_bytes: int = 100 * _MB  #: of any other file, both ways
    total_s: float = 20.0  #: for one URL: lookups, robots.txt, redirects and body; the pauses of politeness apart
    robots_bytes: int = 512 * 1024  #: of a robots.txt; what follows is not read (RFC 9309)

    def __post_init__(self) -> None:
        for name in self.__slots__:
            least = 0 if name == "redirects" else 1e-3
            require(getattr(self, name) >= least, f"WebLimits.{name}", getattr(self, name), "give a larger number")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """The caller's wishes; nothing of them ever comes from a page."""

    user_agent: str = "memos-graph"  #: its first word is the name that robots.txt is read for
    allow: tuple[str, ...] = ()  #: host or host:port that need not be public: tests, the intranet
    delay_s: float = 1.0  #: between two requests to one host; a longer Crawl-delay counts
    robots: bool = True  #: heed robots.txt; False is for sites of one's own
    markdown_hosts: tuple[str, ...] = ()  #: `direct_markdown_hostnames`: their text is taken for Markdown
    limits: WebLimits = field(default_factory=WebLimits)

    def __post_init__(self) -> None:
        fine = self.user_agent.isascii() and self.user_agent.isprintable() and bool(self.user_agent.strip())
        require(fine, "user_agent", self.user_agent, "give printable ASCII, such as my-bot/1.0 (+https://my.site/bot)")
        require(0 <= self.delay_s <= 3600, "delay_s", self.delay_s, "give seconds, 0 to 3600")

    @property
    def robot_name(self) -> str:
        """The product name, by which a robots.txt calls us."""
        return self.user_agent.split()[0].partition("/")[0]
