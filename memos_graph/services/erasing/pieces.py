"""Pieces of texts by which their remains can be recognised in bytes. Pure.

A piece holds nothing that a file would write in another way (quotes, line ends, backslashes), and is long enough not to
stand somewhere by chance.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

_RUN = re.compile(r'[^\x00-\x1f"\\\x7f]+')
_WIDE = 48  #: characters of a piece at most
_LEAST = 14  #: bytes of one at least: shorter runs of letters are said by others too
_OF_ONE = 8  #: pieces of one text, spread over it
MOST = 200  #: pieces looked for together


def pieces(texts: Iterable[str]) -> tuple[str, ...]:
    """Pieces of `texts`, each once, at most `MOST`; a text that is too short to be told apart gives none."""
    found: dict[str, None] = {}
    for text in texts:
        found.update(dict.fromkeys(_spread(_cut(text))))
    return _even(list(found), MOST)


def as_bytes(piece: str) -> tuple[bytes, ...]:
    """The ways in which a file may hold `piece`: UTF-8, UTF-16, and JSON with escapes."""
    plain, wide = piece.encode("utf-8", "surrogatepass"), piece.encode("utf-16-le", "surrogatepass")
    return tuple(dict.fromkeys((plain, wide, json.dumps(piece)[1:-1].encode("ascii"))))


def _cut(text: str) -> list[str]:
    runs = (run.strip() for run in _RUN.findall(text))
    cut = (run[at : at + _WIDE].strip() for run in runs for at in range(0, len(run), _WIDE))
    return [piece for piece in cut if len(piece.encode("utf-8", "surrogatepass")) >= _LEAST]


def _spread(found: Sequence[str]) -> tuple[str, ...]:
    return _even(found, _OF_ONE)


def _even(found: Sequence[str], most: int) -> tuple[str, ...]:
    """At most `most` of `found`, evenly spread, the first and the last among them."""
    if len(found) <= most:
        return tuple(found)
    return tuple(found[round(at * (len(found) - 1) / (most - 1))] for at in range(most))
