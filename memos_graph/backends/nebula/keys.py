"""The keys things are stored under: vertex ids, edge ranks, and the key that a cube's things share.

A vertex id is 128 bits of SHA-256 over (what it is, cube, id), as 32 hex digits. Not the id's own text: an id may be
256 characters of any script (1 KiB of UTF-8) and a space pays the full length of its fixed string in every key; ids of
two cubes must differ, and nothing may be cut. The real id is a property of every row. Pure functions.
"""

from __future__ import annotations

import hashlib
import json

LENGTH = 32  #: of a vertex id, in bytes and in characters
FIRST = "!" * LENGTH  #: sorts before every key
EVERY_CUBE = "cubes"  #: what the records of cubes share instead of a cube


def node_vid(cube: str, id: str) -> str:
    """The vertex id of a node."""
    return _hash("node", cube, id)


def link_vid(cube: str, edge: str) -> str:
    """The vertex id of an edge's Link: by it an edge is found by its id, whatever its kind and ends."""
    return _hash("link", cube, edge)


def change_vid(cube: str, seq: int) -> str:
    """The vertex id of a Change."""
    return _hash("change", cube, seq)


def applied_vid(cube: str, delta: str) -> str:
    """The vertex id of the note that a Delta was applied."""
    return _hash("applied", cube, delta)


def cube_vid(cube: str) -> str:
    """The vertex id of a cube's record."""
    return _hash("cube", cube)


def piece_vid(cube: str, owner: str, number: int) -> str:
    """The vertex id of a piece of what did not fit into the row `owner`."""
    return _hash("piece", cube, owner, number)


def store_vid() -> str:
    """The vertex id of the one record about the space."""
    return _hash("store")


def shelf(cube: str) -> str:
    """The key that all rows of `cube` share: the first column of every index, so that a search is an index range."""
    return _hash("shelf", cube)


def rank(edge: str) -> int:
    """The rank of an edge: 63 bits of its id's hash.

    An edge's id follows from kind, ends and discriminator, so for edges between the same ends this is a hash of the
    discriminator; unlike that, it also keeps apart edges whose ids a caller made.
    """
    return int.from_bytes(hashlib.sha256(edge.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 1


def _hash(*parts: str | int) -> str:
    # JSON, so that no two lists of parts make one text
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:LENGTH]
