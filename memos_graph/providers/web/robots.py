"""What a site's robots.txt asks of us, kept for a day, and the pause between two requests to one host.

robots.txt is read by protego, behind a bound: its memory grows with agents times rules. Declines to know how the
file is fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from protego import Protego

Kept = TypeVar("Kept")

KEEP_S = 86_400.0  #: RFC 9309: no longer than a day
_MAX_RULES = 500_000  #: agents times lines; the largest of real sites have about a tenth
_MAX_DELAY_S = 60.0  #: a longer Crawl-delay is answered by this pause
_MAX_HOSTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one robots.txt says to one robot."""

    parsed: Protego | None = None  #: None: the file says nothing
    closed: str = ""  #: why everything is closed; "": it is not

    def why_not(self, url: str, robot: str) -> str | None:
        """Why `url` may not be asked for; None when it may."""
        if self.closed:
            return self.closed
        if self.parsed is None or self.parsed.can_fetch(url, robot):
            return None
        return f"its robots.txt closes it to {robot}"

    def delay(self, robot: str) -> float:
        """Seconds between two requests that the file asks for."""
        asked = self.parsed.crawl_delay(robot) if self.parsed is not None else None
        return min(asked or 0.0, _MAX_DELAY_S)


def read_rules(data: bytes) -> Rules:
    """The rules in the bytes of a robots.txt, UTF-8 as RFC 9309 has it. One pass of protego."""
    text = data.decode("utf-8-sig", errors="replace").replace("\x00", "")
    lines = text.splitlines()
    agents = sum(" ".join(line.split()).lower().startswith(("user-agent", "useragent", "user agent")) for line in lines)
    if agents * len(lines) > _MAX_RULES:
        return Rules(closed=f"its robots.txt has {agents:,} agents in {len(lines):,} lines, too many to read")
    return Rules(parsed=Protego.parse(text))


class Politeness:
    """Remembers when each host was asked last, and what its robots.txt says. For one thread."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock, self._sleep = clock, sleep
        self._asked: dict[str, float] = {}
        self._rules: dict[str, tuple[float, Rules]] = {}

    def rules(self, origin: str, fetch: Callable[[], Rules]) -> Rules:
        """The rules of `origin`, fetched when they are not known or a day old."""
        kept = self._rules.get(origin)
        if kept is not None and self._clock() - kept[0] < KEEP_S:
            return kept[1]
        rules = fetch()
        _make_room(self._rules)
        self._rules[origin] = (self._clock(), rules)
        return rules

    def wait(self, place: str, delay: float) -> float:
        """Sleep until `delay` seconds have gone since `place` was asked last; returns the seconds slept."""
        last = self._asked.pop(place, None)  # popped, so that the dict stays in the order of asking
        pause = 0.0 if last is None else max(0.0, last + delay - self._clock())
        if pause > 0:
            self._sleep(pause)
        _make_room(self._asked)
        self._asked[place] = self._clock()
        return pause


def _make_room(kept: dict[str, Kept]) -> None:
    while len(kept) >= _MAX_HOSTS:
        del kept[next(iter(kept))]
