"""What undoing a Change must know: what it left, what is there now, and which later Changes touched the same things.

Reads only. Declines to know what is written for it (`engines.undoing`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from memos_graph.engines.undoing import Key, Touched, coming, going, is_history, neutral, same, stand_ins, state
from memos_graph.model.delta import Change
from memos_graph.model.errors import Refused
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.rows import change_pages

State = Node | Edge


@dataclass(slots=True)
class Later:
    """The Changes after one, as far as they touched what is watched."""

    states: dict[Key, dict[int, State | None]] = field(default_factory=dict)  #: what each of them found, by seq
    changes: dict[int, Change] = field(default_factory=dict)  #: without images

    def first(self, key: Key, now: State) -> State | None:
        """What the first of them found at `key`; `now` when none touched it."""
        states = self.states.get(key)
        return states[min(states)] if states else now


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that a Change wrote, and what stands in the way of taking it back."""

    touched: Sequence[Touched]
    staying: Collection[str]  #: entities that it made and that later Deltas name
    history: Sequence[Edge]  #: live edges to rows of their past, of nodes that would go
    stuck: Mapping[Key, State | None]  #: what is not as the Change left it, and what that should be (None: not there)
    now: Mapping[Key, State]
    later: Later

    def blocking(self, forgiven: Collection[str] = ()) -> list[Change] | None:
        """The later Changes that are in the way, newest first, those of `forgiven` Deltas undone; None: nothing is."""
        stuck = [key for key, wanted in self.stuck.items() if not self._is_forgiven(key, wanted, forgiven)]
        if not stuck:
            return None
        found: set[int] = set()
        for key in stuck:
            states = self.later.states.get(key, {})
            found |= states.keys() - neutral(states, self.now[key])
        return [self.later.changes[seq] for seq in sorted(found, reverse=True)]

    def _is_forgiven(self, key: Key, wanted: State | None, forgiven: Collection[str]) -> bool:
        """Whether `key` is as `wanted` once the last Changes of it, all `forgiven`, are undone."""
        states = self.later.states.get(key, {})
        found: State | None = self.now[key]
        for seq in sorted(states, reverse=True):
            if self.later.changes[seq].delta not in forgiven:
                break
            found = states[seq]
        return found is wanted or (found is not None and wanted is not None and same(found, wanted))


def look(store: GraphStore, change: Change) -> Seen:
    """What there is to know for undoing `change`. `Refused` when something of it was erased.

    A few reads of all ids at once, and every later Change of the cube, page by page.
    """
    now = _now(store, change)
    nodes = {key[1]: each for key, each in now.items() if isinstance(each, Node)}
    edges = [each for each in now.values() if isinstance(each, Edge)]
    before = {(image.of, image.id): state(image) for image in change.images}
    rows = [Touched(key=key, before=before[key], after=each, now=each) for key, each in now.items()]
    leaving = going(rows)
    near = _neighbours(store, change.cube, leaving, edges)
    ends = _retired_ends(store, change.cube, coming(rows), nodes)
    watched: dict[Key, State] = {("edge", edge.id): edge for edge in near}
    watched |= {("node", node.id): node for node in ends.values()} | now
    later = _later(store, change, watched)
    rows, remade = _as_left(rows, later, stand_ins(near, [edge for edge in edges if edge.retired_at is not None]))
    own = {row.now.id for row in rows}
    staying, needed = _needed(nodes, leaving, [e for e in near if e.id not in own and not is_history(e)])
    stuck: dict[Key, State | None] = {row.key: row.after for row in rows if not same(row.after, row.now)}
    stuck |= dict.fromkeys(remade) | {("edge", edge.id): None for edge in needed}
    for end in {end for edge in coming(rows) for end in (edge.from_id, edge.to_id)} & ends.keys():
        held = later.first(("node", end), ends[end])  # rows of the past were retired then as they are now
        if held is not None and held.retired_at is None:
            stuck["node", end] = held
    current = watched | {row.key: row.now for row in rows}
    history = [edge for edge in near if is_history(edge)]
    return Seen(touched=rows, staying=staying, history=history, stuck=stuck, now=current, later=later)


def _now(store: GraphStore, change: Change) -> dict[Key, State]:
    """What the Change wrote, as it is, in its order."""
    scope = everything(change.cube)
    node_ids, edge_ids = change.ids("node"), change.ids("edge")
    found: dict[Key, State] = {("node", node.id): node for node in (store.get(scope, node_ids) if node_ids else ())}
    found |= {("edge", edge.id): edge for edge in (store.edges(scope, ids=edge_ids) if edge_ids else ())}
    keys: list[Key] = [(image.of, image.id) for image in change.images]
    gone = [identity for of, identity in keys if (of, identity) not in found]
    if gone:
        names = ", ".join(gone[:5]) + (f" and {len(gone) - 5} more" if len(gone) > 5 else "")
        raise Refused(f"{change.delta!r} can't be undone: of what it wrote, {names} was erased, and can't come back")
    return {key: found[key] for key in keys}


def _neighbours(store: GraphStore, cube: str, leaving: Collection[str], edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """The live edges of nodes that would go, and of those that a retired edge of the Change started from."""
    touching = {*leaving, *(edge.from_id for edge in edges if edge.retired_at is not None)}
    return store.edges(replace(everything(cube), retired=False), touching=sorted(touching)) if touching else ()


def _retired_ends(store: GraphStore, cube: str, edges: Sequence[Edge], own: Collection[str]) -> dict[str, Node]:
    """By id, the retired ends of `edges` that are not the Change's `own` nodes."""
    ends = sorted({end for edge in edges for end in (edge.from_id, edge.to_id)} - set(own))
    found = store.get(everything(cube), ends) if ends else ()
    return {node.id: node for node in found if node.retired_at is not None}


def _later(store: GraphStore, change: Change, watched: Collection[Key]) -> Later:
    later = Later()
    for page in change_pages(store, change.cube, after=change.seq):
        for each in page.rows:
            for image in each.images:
                key: Key = (image.of, image.id)
                if key in watched:
                    later.states.setdefault(key, {})[each.seq] = state(image)
                    later.changes.setdefault(each.seq, replace(each, images=()))
    return later


def _as_left(rows: Sequence[Touched], later: Later, again: Mapping[str, Edge]) -> tuple[list[Touched], list[Key]]:
    """`rows` with what the Change left and with the edges that stand for lost ones; keys of what was made anew.

    An edge that the Change retired and that someone put again meanwhile is as if nobody had touched it.
    """
    left: list[Touched] = []
    remade: list[Key] = []
    for row in rows:
        after = later.first(row.key, row.now)
        if after is None:
            remade.append(row.key)
            continue
        other = again.get(row.key[1]) if row.key[0] == "edge" else None
        if other is not None:
            row = replace(row, after=after if after.retired_at is None else other, now=other)
        else:
            row = replace(row, after=after)
        left.append(row)
    return left, remade


def _needed(nodes: Mapping[str, Node], leaving: Collection[str], others: Sequence[Edge]) -> tuple[set[str], list[Edge]]:
    """The entities that stay since `others`, edges of later Deltas, name them; and those of `others` in the way."""
    touched = [(edge, end) for edge in others for end in (edge.from_id, edge.to_id) if end in leaving]
    staying = {end for _, end in touched if nodes[end].kind == "Entity" and nodes[end].key}
    return staying, [edge for edge, end in touched if end not in staying]
