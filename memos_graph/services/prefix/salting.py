"""Which salt a prefix is sent with. Keys are the cubes' own (`state`); how they become a salt is `engines.prefix`'s."""

from __future__ import annotations

from collections.abc import Sequence

from memos_graph.engines.prefix.salts import salt_of
from memos_graph.model.errors import Unavailable
from memos_graph.services.context import Context
from memos_graph.services.prefix.state import ensure_key


def salt_for(context: Context, cubes: Sequence[str]) -> str:
    """The salt of `cubes` together; "" where the server is known to take none: others refuse what they don't know.

    One that can't be asked now gets a salt: a prompt without one could be timed by anybody. The first call makes each
    cube's key. One read a cube.
    """
    server = context.prefix_server
    try:
        if server is None or not server.takes_salt():
            return ""
    except Unavailable:
        pass
    return salt_of({cube: ensure_key(context, cube) for cube in cubes}, secret=context.prefix_secret)
