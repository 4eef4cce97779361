"""Say that two names mean one, and that they do not: each a Delta that can be undone.

The nodes stay two. An ALIAS_OF edge leads from the other name to the one that counts: search by either finds what
mentions both (`engines.aliases`), and texts that come later and say the other name mention the one that counts
(`remember.names`). So splitting again is exact: what a text said stands on its MENTIONS edge.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from memos_graph.engines.naming import canonical
from memos_graph.model.delta import Delta, Operation, PutEdge, Receipt, RetireEdge
from memos_graph.model.errors import Conflict, Invalid, NotFound
from memos_graph.model.graph import Edge, Node, make_edge
from memos_graph.model.scope import everything
from memos_graph.model.times import to_micros
from memos_graph.ports import Direction
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.names import ALIAS_OF
from memos_graph.services.writing import apply_delta

_TRIES = 4
_THROUGH = "through"  #: in an alias's info: the name by which it came to stand for another


def same_as(context: Context, cube: str, one: str, *others: str, reason: str = "") -> Receipt:
    """The names or entity ids `others` mean what `one` means, from now on and for what is there.

    What stood for one of `others` stands for `one` too. Nothing is written when it is so already. `NotFound` for a name
    that nothing here mentions; `Invalid` for a name twice, and for what is no name (the cause or effect in a text).
    """
    if not others:
        raise Invalid("names", one, "name another one that means the same")
    for attempt in range(_TRIES):
        first, *rest = _entities(context, cube, [one, *others])
        whole = _whole(context, cube, first)
        at = context.clock()
        operations: dict[str, Operation] = {}
        for other in rest:
            operations |= {_id(op): op for op in _joined(context, cube, whole, other, at)}
        why = reason or f"same as {whole.text}: {', '.join(other.text for other in rest)}"
        try:
            return _written(context, cube, list(operations.values()), [e.id for e in (first, *rest)], at, why)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def split(context: Context, cube: str, one: str, other: str = "", *, reason: str = "") -> Receipt:
    """The name or entity id `one` means itself again, and not `other` (none given: nothing it was joined with).

    Texts that said a name mention that name again. `Invalid` when the two are two already.
    """
    entities = _entities(context, cube, [one, other] if other else [one])
    for attempt in range(_TRIES):
        at = context.clock()
        edges = _between(context, cube, entities)
        if not edges:
            raise Invalid("names", [entity.text for entity in entities], "they are joined by nothing")
        operations: list[Operation] = [RetireEdge(id=edge.id) for edge in edges]
        parted = {edge.from_id: edge.to_id for edge in edges}
        operations += _followers(context, cube, parted, at)
        operations += _mentions(context, cube, parted, at)
        why = reason or f"split {' and '.join(entity.text for entity in entities)}"
        try:
            return _written(context, cube, operations, [entity.id for entity in entities], at, why)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def same_entities(context: Context, cube: str, identity: str) -> tuple[str, ...]:
    """Ids of all Entity nodes that mean what `identity` means, itself first. Two reads at most."""
    (entity,) = _entities(context, cube, [identity])
    whole = _whole(context, cube, entity)
    shorts = [e.from_id for e in _aliases(context, cube, [whole.id], "in")]
    outs = _aliases(context, cube, shorts, "out")
    alone = [i for i in shorts if sum(e.from_id == i for e in outs) == 1]
    return tuple(dict.fromkeys([entity.id, whole.id, *alone]))


def _entities(context: Context, cube: str, names: Sequence[str]) -> list[Node]:
    """The live named entities that `names` (ids or names) say, in order. `NotFound`, `Invalid`."""
    find_cube(context.store, cube)
    by_name = {name: node_id("ent", canonical(name)) for name in names}
    live = replace(everything(cube), retired=False)
    found = {node.id: node for node in context.store.get(live, list(dict.fromkeys([*names, *by_name.values()])))}
    entities: list[Node] = []
    for name in names:
        entity = found.get(name) or found.get(by_name[name])
        if entity is None:
            raise NotFound("entity", name, f"nothing in cube {cube!r} mentions it")
        if entity.kind != "Entity" or not entity.key:
            raise Invalid("entity", name, f"it is a {entity.kind} and no name")
        if entity.id in (known.id for known in entities):
            raise Invalid("names", name, f"it is {entity.text!r} again; give two")
        entities.append(entity)
    return entities


def _aliases(context: Context, cube: str, ids: Collection[str], direction: Direction) -> tuple[Edge, ...]:
    if not ids:
        return ()
    live = replace(everything(cube), retired=False)
    return context.store.edges(live, touching=ids, kinds=[ALIAS_OF], direction=direction)


def _whole(context: Context, cube: str, entity: Node) -> Node:
    """What `entity` stands for; itself when it stands for nothing, or for several."""
    ends = {edge.to_id for edge in _aliases(context, cube, [entity.id], "out")}
    found = context.store.get(replace(everything(cube), retired=False), list(ends)) if len(ends) == 1 else ()
    return found[0] if found else entity


def _joined(context: Context, cube: str, whole: Node, other: Node, at: datetime) -> list[Operation]:
    """`other`, and what it stood for, and what stood for that, as names of `whole`."""
    root = _whole(context, cube, other)
    if root.id == whole.id:
        return []
    several = () if root.id != other.id else _aliases(context, cube, [other.id], "out")
    operations: list[Operation] = [RetireEdge(id=edge.id) for edge in several]  # the caller says which one it is
    operations.append(PutEdge(edge=_alias(context, root.id, whole, at, through="")))
    for edge in _aliases(context, cube, [root.id], "in"):
        operations.append(RetireEdge(id=edge.id))
        if edge.from_id != whole.id:
            operations.append(PutEdge(edge=_alias(context, edge.from_id, whole, at, through=root.id, like=edge)))
    return operations


def _alias(context: Context, short: str, whole: Node, at: datetime, *, through: str, like: Edge | None = None) -> Edge:
    info = {"key": whole.key, "name": whole.text} | ({_THROUGH: through} if through else {})
    return make_edge(
        whole.cube, ALIAS_OF, short, whole.id, created_at=at, discriminator=f"said-{to_micros(at)}", info=info,
        created_by=like.created_by if like is not None else context.actor or "user",
        evidence=like.evidence if like is not None else "",
    )  # fmt: skip


def _between(context: Context, cube: str, entities: Sequence[Node]) -> list[Edge]:
    """The ALIAS_OF edges that join `entities`: one of the two to the other, or to what both stand for."""
    out = _aliases(context, cube, [entity.id for entity in entities], "out")
    if len(entities) == 1:
        return list(out) or list(_aliases(context, cube, [entities[0].id], "in"))
    one, other = entities
    direct = [edge for edge in out if edge.to_id in (one.id, other.id)]
    common = {edge.to_id for edge in out if edge.from_id == one.id} & {e.to_id for e in out if e.from_id == other.id}
    return direct or [edge for edge in out if edge.from_id == one.id and edge.to_id in common]


def _followers(context: Context, cube: str, parted: dict[str, str], at: datetime) -> list[Operation]:
    """Names that came to the whole through one that leaves it go back to that one."""
    roots = {n.id: n for n in context.store.get(replace(everything(cube), retired=False), list(parted))}
    operations: list[Operation] = []
    for edge in _aliases(context, cube, sorted(set(parted.values())), "in"):
        through = edge.info.get(_THROUGH)
        if isinstance(through, str) and through in roots and parted[through] == edge.to_id:
            operations.append(RetireEdge(id=edge.id))
            operations.append(PutEdge(edge=_alias(context, edge.from_id, roots[through], at, through="", like=edge)))
    return operations


def _mentions(context: Context, cube: str, parted: dict[str, str], at: datetime) -> list[Operation]:
    """Mentions of a whole whose text said a name that leaves it, as mentions of that name."""
    live = replace(everything(cube), retired=False)
    keys = {(node.key, parted[node.id]): node.id for node in context.store.get(live, list(parted))}
    edges = context.store.edges(live, touching=sorted(set(parted.values())), kinds=["MENTIONS"], direction="in")
    operations: list[Operation] = []
    for edge in edges:
        short = keys.get((canonical(edge.evidence), edge.to_id))
        if short is not None:
            said = make_edge(
                cube, "MENTIONS", edge.from_id, short, created_at=at, discriminator=f"said-{to_micros(at)}",
                weight=edge.weight, created_by=edge.created_by, evidence=edge.evidence, info=edge.info,
                valid_from=edge.valid_from, valid_to=edge.valid_to,
            )  # fmt: skip
            operations += [RetireEdge(id=edge.id), PutEdge(edge=said)]
    return operations


def _id(operation: Operation) -> str:
    return operation.edge.id if isinstance(operation, PutEdge) else getattr(operation, "id", "")


def _written(context: Context, cube: str, operations: Sequence[Operation], entities: Sequence[str], at: datetime,
             reason: str) -> Receipt:  # fmt: skip
    if not operations:
        return Receipt(delta="", cube=cube, seq=0, at=at, present_nodes=tuple(entities))
    delta = Delta(
        id=context.new_id(), cube=cube, actor=context.actor, reason=reason[:200], at=at, operations=tuple(operations)
    )
    return apply_delta(context, delta)[0]
