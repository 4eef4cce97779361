"""What the graph says now of the memories of a prefix, and of those that might go in. Reads only, nothing for each.

`current` looks at what stands in the prefix, at working memory, and at what was written since; only a build looks at
all memories of a cube. Declines to decide anything (`engines.prefix.choose`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from memos_graph.engines.consequences.doubts import doubt_of
from memos_graph.engines.prefix.choose import OFTEN, Candidate
from memos_graph.engines.prefix.layout import digest_of
from memos_graph.engines.profile import RecallProfile
from memos_graph.engines.usage import uses
from memos_graph.model.graph import Node
from memos_graph.model.lifecycle import MEANINGS, state_of
from memos_graph.model.scope import Scope, everything
from memos_graph.services.conflicts.contradictions import CONFLICTS_WITH, is_open, joined
from memos_graph.services.context import Context
from memos_graph.services.organise.working import working_memory
from memos_graph.services.prefix.kept import IDS, Kept
from memos_graph.services.rows import last_seq

STATES = frozenset(each.state for each in MEANINGS if each.prefix)
CHANGES = 200  #: Changes looked at before an answer; what is beyond them is looked at before the next
_NODES = 2_000  #: nodes of them; a build finds what is beyond
_PAGE = 1_000
_NEVER = RecallProfile().hidden_kinds
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a cube holds for its prefix, at one moment."""

    now: datetime
    held: Mapping[str, Node]  #: what stands in the prefix and may stand there now, by id
    faults: Mapping[str, str]  #: by id, why what stands in the prefix may not stay, or not as it is
    window: tuple[Node, ...]  #: working memory, most at hand first
    fresh: tuple[Node, ...]  #: others that may go in
    troubles: Mapping[str, str]  #: by id, why one of all these can't be relied on
    seq: int  #: the Change up to which this has looked
    looked: int  #: Changes looked at; 0: all memories were, or nothing came


def may_stand(cube: str, now: datetime) -> Scope:
    """What is true now and in a state that may stand in a prefix."""
    return Scope(cubes=(cube,), states=STATES, as_of=now)


def look_since(context: Context, cube: str, entries: Sequence[Kept], seq: int) -> Seen:
    """The memories `entries` as they are now, and what the Changes after `seq` brought. Six reads, nine at most."""
    now = context.clock()
    fresh, last, looked = _came(context, cube, seq, now, {entry.id for entry in entries})
    return _seen(context, cube, entries, fresh, now, seq=last, looked=looked)


def look_at_all(context: Context, cube: str, entries: Sequence[Kept], worth: Callable[[Sequence[Node]], Sequence[Node]],
                progress: Progress | None = None) -> Seen:  # fmt: skip
    """The memories `entries`, and of all others those that `worth` keeps of each page and those kept before it.

    O(cube): every memory is read once.
    """
    seq, now = last_seq(context.store, cube), context.clock()
    ids = {entry.id for entry in entries}
    best: Sequence[Node] = ()
    for page in _pages(context, may_stand(cube, now), progress):
        best = worth([*best, *(node for node in page if _says_something(node) and node.id not in ids)])
    return _seen(context, cube, entries, best, now, seq=seq, looked=0)


def candidate(node: Node, tokens: int, trouble: str = "") -> Candidate:
    """`node` as choosing looks at it. What is frozen stays, whatever is said against it.

    What a model answered is no fact by being said: it must be used often before it stands first in every prompt.
    """
    frozen = node.status == "frozen"
    if not trouble and node.kind == "Message" and node.key.casefold() == "assistant" and uses(node.usage) < OFTEN:
        trouble = f"an answer of the assistant's; it goes in when frozen or used {OFTEN} times"
    return Candidate(
        id=node.id, kind=node.kind, tokens=tokens, uses=uses(node.usage), updated_at=node.updated_at,
        since=node.valid_from, changed=node.updated_at > node.created_at, frozen=frozen,
        trouble="" if frozen else trouble,
    )  # fmt: skip


def _seen(context: Context, cube: str, entries: Sequence[Kept], fresh: Sequence[Node], now: datetime, *, seq: int,
          looked: int) -> Seen:  # fmt: skip
    scope = may_stand(cube, now)
    held = {node.id: node for node in context.store.get(scope, [entry.id for entry in entries])} if entries else {}
    window = tuple(node for node in working_memory(context, cube) if scope.sees(node) and _says_something(node))
    everyone = {node.id: node for node in (*held.values(), *window, *fresh)}
    troubles = _troubles(context, cube, everyone, now)
    return Seen(
        now=now, held=held, faults=_faults(context, cube, entries, held, troubles), window=window, fresh=tuple(fresh),
        troubles=troubles, seq=seq, looked=looked,
    )  # fmt: skip


def _came(context: Context, cube: str, seq: int, now: datetime, known: Collection[str]) -> tuple[list[Node], int, int]:
    """Memories that the Changes after `seq` touched, the number of the last one looked at, and how many they were."""
    changes = context.store.changes(cube, after=seq, limit=CHANGES)
    ids = dict.fromkeys(identity for change in changes for identity in change.ids("node"))
    wanted = [identity for identity in ids if identity not in known and identity not in IDS][:_NODES]
    found = context.store.get(may_stand(cube, now), wanted) if wanted else ()
    return [node for node in found if _says_something(node)], changes[-1].seq if changes else seq, len(changes)


def _faults(context: Context, cube: str, entries: Sequence[Kept], held: Mapping[str, Node],
            troubles: Mapping[str, str]) -> dict[str, str]:  # fmt: skip
    missing = [entry.id for entry in entries if entry.id not in held]
    there = {node.id: node for node in context.store.get(everything(cube), missing)} if missing else {}
    faults = {identity: _why_gone(there.get(identity)) for identity in missing}
    for entry in entries:
        node = held.get(entry.id)
        if node is None:
            continue
        if entry.id in troubles and node.status != "frozen":
            faults[entry.id] = f"is {troubles[entry.id]}"
        elif digest_of(node) != entry.digest:
            faults[entry.id] = "says something else now"
    return faults


def _why_gone(node: Node | None) -> str:
    if node is None:
        return "was erased or expired"
    state = state_of(node)
    if state == "generated":
        return "is generated, not in use"
    if state not in STATES:
        return f"is {state}" if state != "deleted" else "was deleted"
    return "is not true now" if node.valid_to is None else f"is not true since {node.valid_to.date().isoformat()}"


def _troubles(context: Context, cube: str, nodes: Mapping[str, Node], now: datetime) -> dict[str, str]:
    """Why some of `nodes` can't be relied on, by id. Two reads at most."""
    if not nodes:
        return {}
    troubles = {node.id: "in doubt: what it rests on fell" for node in nodes.values() if doubt_of(node.info)}
    scope = Scope(cubes=(cube,), current_at=now)
    edges = context.store.edges(scope, touching=list(nodes), kinds=[CONFLICTS_WITH])
    for found in joined(context.store, scope, [edge for edge in edges if is_open(edge)]):
        for one, other in ((found.one, found.other), (found.other, found.one)):
            if one.id in nodes:
                troubles.setdefault(one.id, f"in conflict with {other.id}, which nobody has resolved")
    return troubles


def _says_something(node: Node) -> bool:
    return node.kind not in _NEVER and node.text.strip() != ""


def _pages(context: Context, scope: Scope, progress: Progress | None) -> Iterator[tuple[Node, ...]]:
    total, seen, cursor = (context.store.count(scope) if progress else 0), 0, None
    while True:
        page = context.store.scan(scope, cursor=cursor, limit=_PAGE)
        yield page.nodes
        seen, cursor = seen + len(page.nodes), page.cursor
        if progress is not None:
            progress("looking", seen, max(total, seen))
        if cursor is None:
            return
