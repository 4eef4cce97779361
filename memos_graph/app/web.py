"""The web, as settings say: put together at the first URL, since most runs never ask for one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from memos_graph.ports import Web
from memos_graph.settings import Settings


def web_of(settings: Settings) -> Callable[[], Web]:
    """What makes the one Fetcher of an open graph, which remembers robots.txt and when each host was asked."""

    @cache
    def made() -> Web:
        from memos_graph.providers.web import Fetcher, WebOptions

        return Fetcher(
            WebOptions(
                user_agent=settings.web_user_agent, allow=_listed(settings.web_allow), delay_s=settings.web_delay_s,
                robots=settings.web_robots, markdown_hosts=_listed(settings.web_markdown_hosts),
            )
        )  # fmt: skip

    return made


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
