"""What each part of a cube's handle is given."""

from __future__ import annotations

from memos_graph.services.context import Context


class OfCube:
    """One cube of an open store; parts of `CubeHandle` are built on it, a file each."""

    __slots__ = ()

    _context: Context
    name: str
