"""Working memory: a window on the most recent and most used memories of a cube, replaced as a whole.

The window is one node that holds ids and no text, so nothing stands twice in the graph and no search finds the same
text again; it lies in the graph like all else, survives a restart, and each replacement is a Change that `undo` takes
back. What a caller put in as WorkingMemory itself comes first. What was deleted, archived or merged since drops out by
itself. Declines to know what is worth remembering beyond time and use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from memos_graph.engines.organise.window import activation, at_hand
from memos_graph.engines.policies import Policies
from memos_graph.engines.usage import last_used, uses
from memos_graph.model.delta import Delta, Operation, PatchNode, PutNode, Receipt
from memos_graph.model.errors import Conflict, require
from memos_graph.model.graph import LIVE, Json, Node
from memos_graph.model.scope import Scope, everything
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.lifecycle.tidy import policies_of
from memos_graph.services.organise.material import Progress
from memos_graph.services.remember.ids import node_id
from memos_graph.services.writing import apply_delta

WINDOW = "Window"  #: kind of the node; hidden from searches
KIND = "WorkingMemory"
#: What may be at hand without having been used. Pieces of documents come in once something used them.
KINDS = frozenset({KIND, "LongTermMemory", "UserMemory", "Preference", "Message"})
_ONCE_USED = frozenset({"Passage", "Table", "Image", "Summary"})
_IDS = "ids"
_PAGE = 1000
_TRIES = 4


def working_memory(context: Context, cube: str) -> tuple[Node, ...]:
    """The memories in the window that still live, most at hand first; none before the first refresh.

    One read of the window and one of what it names.
    """
    find_cube(context.store, cube)
    window = _window(context, cube)
    if window is None or window.retired_at is not None:
        return ()
    scope = Scope(cubes=(cube,), states=LIVE, current_at=context.clock())
    return context.store.get(scope, _ids(window))


def refresh_working_memory(context: Context, cube: str, *, capacity: int | None = None,
                           progress: Progress | None = None) -> Receipt:  # fmt: skip
    """Put what is most at hand now in the window, in place of all that was there; nothing when it is the same.

    capacity: memories in it (the cube's policy for WorkingMemory, 20 by default). O(cube): every memory is looked at.
    """
    find_cube(context.store, cube)
    room = _capacity(context, cube) if capacity is None else capacity
    require(room >= 1, "capacity", room, "give 1 or more")
    for attempt in range(_TRIES):
        at = context.clock()
        wanted = list(_chosen(context, cube, room, at, progress))
        window = _window(context, cube)
        if window is not None and window.retired_at is None and _ids(window) == wanted:
            return Receipt(delta="", cube=cube, seq=0, at=at, present_nodes=(window.id,))
        delta = Delta(id=context.new_id(), cube=cube, actor=context.actor, reason="refresh working memory", at=at,
                      operations=(_put(cube, window, wanted, at),))  # fmt: skip
        try:
            return apply_delta(context, delta)[0]
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _chosen(context: Context, cube: str, room: int, now: datetime, progress: Progress | None) -> Sequence[str]:
    """Ids of what is most at hand: first what was put in as working memory, then the others, each by activation."""
    given: dict[str, float] = {}
    others: dict[str, float] = {}
    for node in _memories(context, cube, now, progress):
        (given if node.kind == KIND else others)[node.id] = _active(node, now)
        if len(others) > 50 * room + _PAGE:
            others = {identity: others[identity] for identity in at_hand(others, room)}
    first = at_hand(given, room)
    return (*first, *at_hand(others, room - len(first)))


def _active(node: Node, now: datetime) -> float:
    learned = node.valid_from if node.kind == "Message" and node.valid_from is not None else node.created_at
    known = [moment for entry in node.usage if (moment := last_used((entry,))) is not None]
    return activation([learned, *known], now, more=max(0, uses(node.usage) - len(known)))


def _memories(context: Context, cube: str, now: datetime, progress: Progress | None) -> Iterator[Node]:
    scope = Scope(cubes=(cube,), states=LIVE, current_at=now)
    total, seen, cursor = (context.store.count(scope) if progress else 0), 0, None
    while True:
        page = context.store.scan(scope, cursor=cursor, limit=_PAGE)
        yield from (node for node in page.nodes if node.kind in KINDS or (node.kind in _ONCE_USED and node.usage))
        seen, cursor = seen + len(page.nodes), page.cursor
        if progress is not None:
            progress("looking", seen, max(total, seen))
        if cursor is None:
            return


def _capacity(context: Context, cube: str) -> int:
    wanted = policies_of(context, cube).capacity.get(KIND)
    return wanted if wanted is not None else Policies().capacity[KIND]


def _window(context: Context, cube: str) -> Node | None:
    found = context.store.get(everything(cube), [node_id("win", KIND)])
    return found[0] if found else None


def _put(cube: str, window: Node | None, wanted: Sequence[str], at: datetime) -> Operation:
    info: dict[str, Json] = {_IDS: list(wanted)}
    if window is not None and window.retired_at is None:
        return PatchNode(id=window.id, expects=window.version, set={"info": {**window.info, **info}})
    node = Node(
        id=node_id("win", KIND), cube=cube, kind=WINDOW, status="activated", info=info, created_at=at, updated_at=at
    )
    return PutNode(node=node, replaces=None if window is None else window.version)


def _ids(window: Node) -> list[str]:
    """The ids that the window holds; info may hold anything."""
    said = window.info.get(_IDS)
    return [each for each in said if isinstance(each, str)] if isinstance(said, Sequence) else []
