"""The keys nodes and Changes are stored under: one property that is unique, and whose order is (cube, id).

ArcadeDB finds and orders by one indexed property, not by two. Pure functions; nothing here knows a database.
"""

from __future__ import annotations

_LAST = "~"  # sorts after all ASCII that an id may hold, as what is not ASCII does in Python


def uid(cube: str, id: str) -> str:
    """The key of node `id` of `cube`: `cube#id`, ASCII. Keys sort as (cube, id) do in Python.

    What is not ASCII, and `~`, stand as ~XX of their UTF-8 bytes: Java compares UTF-16 units, Python code points.
    `#` lies below all that a cube's name may hold, so that `a#...` sorts before `a-b#...`.
    """
    if id.isascii() and _LAST not in id:
        return f"{cube}#{id}"
    return f"{cube}#" + "".join(c if c.isascii() and c != _LAST else _escape(c) for c in id)


def bounds(cube: str) -> tuple[str, str]:
    """Keys below and above all keys of `cube`, themselves no keys."""
    return f"{cube}#", f"{cube}$"


def change_uid(cube: str, seq: int) -> str:
    """The key of a cube's Change number `seq`; keys sort as numbers do."""
    return f"{cube}#{seq:020d}"


def _escape(character: str) -> str:
    return "".join(f"{_LAST}{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
