"""Lead memories from state to state by hand: use, activate, freeze, thaw, archive, restore. Each call is one Delta.

The table (`model.lifecycle`) says what may follow what. A document, section or chat takes its pieces along, those of
them for which the table has the event; restored, it brings back what was deleted with it, and the edges that ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from memos_graph.engines.transitions import check_time, transit
from memos_graph.engines.usage import used
from memos_graph.engines.versions import reopen
from memos_graph.model.delta import Delta, Operation, PutEdge, Receipt
from memos_graph.model.errors import Conflict, Invalid, NotFound
from memos_graph.model.graph import Edge, Node, make_edge
from memos_graph.model.lifecycle import Event, legal, state_of, step
from memos_graph.model.scope import everything
from memos_graph.model.times import to_micros
from memos_graph.ports import GraphStore
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube, with_vectors
from memos_graph.services.remember.members import members_of
from memos_graph.services.snapshots import snapshots
from memos_graph.services.writing import apply_delta

_TRIES = 4
Ends = tuple[str, str, str]  #: kind, from, to
_CHUNK = 500  #: nodes whose edges are read at a time
_WHOLE = frozenset({"Document", "Section", "Session"})  #: kinds that are what their pieces are
_WITH_PIECES = frozenset({"frozen", "thawed", "archived", "restored"})
_COUNTS_AS_USE = {"thawed": "thaw", "restored": "restore"}  #: else the next `tidy` would archive it again


def change_state(context: Context, cube: str, ids: Sequence[str], event: Event, *, reason: str) -> Receipt:
    """The Receipt of what `event` made of the memories `ids`, all in one Delta.

    `NotFound` for an id that is not there, `IllegalTransition` with the legal events for one whose state does not have
    this, `Invalid` for a clock that went backwards. Nothing is written then. A query for each layer of pieces.
    """
    return _changed(context, cube, ids, event, by=_COUNTS_AS_USE.get(event, ""), reason=reason)


def use(context: Context, cube: str, ids: Sequence[str], *, by: str) -> Receipt:
    """The Receipt of one use more of each of the memories `ids`, now and `by` whom; see `engines.usage`.

    A generated or archived one is active from now on, a frozen one stays frozen. Errors as of `change_state`.
    """
    used((), context.clock(), by)  # a bad name is refused before anything is read
    return _changed(context, cube, ids, "used", by=by, reason="use")


def _changed(context: Context, cube: str, ids: Sequence[str], event: Event, *, by: str, reason: str) -> Receipt:
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise Invalid("ids", ids, "name at least one memory")
    find_cube(context.store, cube)
    for attempt in range(_TRIES):
        named = _heads(context.store, cube, wanted)
        at = context.clock()
        gone = [node for node in named if node.retired_at is not None]
        there = [node for node in named if node.retired_at is None]
        for node in gone:
            step(node.id, "deleted", event)
        operations: list[Operation] = [_moved(node, event, at, by) for node in there]
        operations += [_moved(node, event, at, by) for node in _pieces(context.store, cube, there, event)]
        operations += _back(context.store, cube, gone, at, by)
        delta = Delta(id=context.new_id(), cube=cube, actor=context.actor, reason=reason[:200], at=at,
                      operations=with_vectors(context, cube, operations))  # fmt: skip
        try:
            # forced: the table has settled what may happen to a frozen one
            return apply_delta(context, delta, force=True)[0]
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _heads(store: GraphStore, cube: str, ids: Sequence[str]) -> list[Node]:
    found = {node.id: node for node in store.get(everything(cube), ids, vectors=True)}
    for identity in ids:
        if identity not in found:
            raise NotFound("memory", identity, f"in cube {cube!r}; `list` shows what there is")
    return [found[identity] for identity in ids]


def _moved(node: Node, event: Event, at: datetime, by: str) -> Operation:
    more: dict[str, Any] = {"usage": used(node.usage, at, by)} if by else {}
    return transit(node, event, at, **more)


def _pieces(store: GraphStore, cube: str, heads: Sequence[Node], event: Event) -> list[Node]:
    """The pieces of `heads` that meet `event` too; of an archive that is restored none that stopped being true."""
    roots = [node.id for node in heads if node.kind in _WHOLE]
    if event not in _WITH_PIECES or not roots:
        return []
    own = {node.id for node in heads}
    scope = replace(everything(cube), retired=False)
    pieces = store.get(scope, [i for i in members_of(store, cube, roots) if i not in own])
    ended = event == "restored"
    return [node for node in pieces if event in legal(state_of(node)) and not (ended and node.valid_to is not None)]


def _back(store: GraphStore, cube: str, heads: Sequence[Node], at: datetime, by: str) -> list[Operation]:
    """What makes the deleted `heads` known again, with the pieces and edges that went when they went."""
    if not heads:
        return []
    nodes = {node.id: node for node in (*heads, *_deleted_with(store, cube, heads))}
    operations: list[Operation] = []
    for node in nodes.values():
        check_time(node, at)
        # being deleted said nothing of when it was true
        status = node.status if node.status in ("generated", "archived", "merged") else "activated"
        operations += reopen(
            node, at, valid_from=node.valid_from, valid_to=node.valid_to, status=status, usage=used(node.usage, at, by)
        )
    return [*operations, *(PutEdge(edge=edge) for edge in _edges_back(store, cube, nodes, at))]


def _deleted_with(store: GraphStore, cube: str, heads: Iterable[Node]) -> list[Node]:
    """The pieces of `heads` that were deleted in the same moment. A query for each layer of each."""
    found: dict[str, Node] = {}
    for head in heads:
        layer = [head.id] if head.kind in (*_WHOLE, "Message") else []
        while layer:
            edges = store.edges(everything(cube), touching=layer, kinds=["PARENT"], direction="in")
            ids = {edge.from_id for edge in edges if edge.retired_at == head.retired_at} - found.keys() - {head.id}
            found_there = store.get(everything(cube), sorted(ids), vectors=True)
            below = [node for node in found_there if node.retired_at == head.retired_at]
            found |= {node.id: node for node in below}
            layer = [node.id for node in below]
    return list(found.values())


def _edges_back(store: GraphStore, cube: str, nodes: dict[str, Node], at: datetime) -> list[Edge]:
    """New edges for those that ended with `nodes`, where both ends are live again. A reopened edge is a new one."""
    ids, ended, earlier, there = list(nodes), dict[str, Edge](), dict[str, Edge](), set[Ends]()
    for start in range(0, len(ids), _CHUNK):
        for edge in store.edges(everything(cube), touching=ids[start : start + _CHUNK]):
            times = {nodes[end].retired_at for end in (edge.from_id, edge.to_id) if end in nodes}
            if edge.retired_at is None:
                there.add(_ends(edge))
            elif edge.retired_at in times:
                ended[edge.id] = edge
            else:
                earlier[edge.id] = edge
    others = {end for e in (*ended.values(), *earlier.values()) for end in (e.from_id, e.to_id)} - nodes.keys()
    live = {node.id for node in store.get(replace(everything(cube), retired=False), sorted(others))} | nodes.keys()
    there |= {_ends(edge) for edge in ended.values()}
    ended |= _ended_with_other(store, cube, earlier.values(), live - nodes.keys(), there)
    again, seen = list[Edge](), Counter[Ends]()
    for edge in ended.values():
        if {edge.from_id, edge.to_id} <= live:
            seen[_ends(edge)] += 1
            again.append(_again(edge, at, seen[_ends(edge)]))
    return again


def _ended_with_other(store: GraphStore, cube: str, edges: Iterable[Edge], others: Collection[str],
                      there: Collection[Ends]) -> dict[str, Edge]:  # fmt: skip
    """Of `edges`, those that ended when one of `others` was deleted, which is back: both ends were gone for a while."""
    last: dict[Ends, Edge] = {}
    for edge in sorted(edges, key=lambda each: each.retired_at or each.created_at):
        if _ends(edge) not in there and {edge.from_id, edge.to_id} & set(others):
            last[_ends(edge)] = edge
    asked = {end for edge in last.values() for end in (edge.from_id, edge.to_id)} & set(others)
    past = snapshots(store, cube, asked) if asked else {}
    gone = {(head, version.retired_at) for head, versions in past.items() for version in versions}
    return {
        edge.id: edge for edge in last.values()
        if {(edge.from_id, edge.retired_at), (edge.to_id, edge.retired_at)} & gone
    }  # fmt: skip


def _ends(edge: Edge) -> Ends:
    return edge.kind, edge.from_id, edge.to_id


def _again(edge: Edge, at: datetime, number: int) -> Edge:
    """`edge` as a new one, the `number`-th between its ends."""
    mark = f"again-{to_micros(at)}" + (f"-{number}" if number > 1 else "")
    return make_edge(
        edge.cube, edge.kind, edge.from_id, edge.to_id, created_at=at, discriminator=mark, weight=edge.weight,
        created_by=edge.created_by, evidence=edge.evidence, info=edge.info, valid_from=edge.valid_from,
        valid_to=edge.valid_to,
    )  # fmt: skip
