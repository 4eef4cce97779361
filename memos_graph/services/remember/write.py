"""Write a draft: compare with what is stored, embed what is new, apply one Delta."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from memos_graph.engines.held import holders
from memos_graph.engines.sync import LINKS, NOTHING, Draft, Place, Plan, plan
from memos_graph.model.delta import Delta
from memos_graph.model.errors import Conflict
from memos_graph.model.scope import everything
from memos_graph.services.again import beside_closed
from memos_graph.services.claims.facts import written_id
from memos_graph.services.context import Context
from memos_graph.services.embed import with_vectors
from memos_graph.services.remember.claimed import Also
from memos_graph.services.remember.picture_vectors import with_picture_vectors
from memos_graph.services.remember.report import Fed, Listener, Outcome, left_frozen
from memos_graph.services.writing import apply_delta

_TRIES = 4
_STRUCTURE = ("PARENT", "FOLLOWS", "ILLUSTRATES", "SUPERSEDES", "CAUSES", "CONDITION_OF")
_LINKED = ("REFERS_TO",)  #: looked for at the root too, and at the pieces of others that refer to it


def write_draft(context: Context, cube: str, name: str, root: str, draft: Draft, *, at: datetime,
                before: Mapping[str, Place] = NOTHING, listen: Listener | None = None,
                also: Also | None = None) -> Fed:  # fmt: skip
    """Make the stored graph the drafted one; another writer's change in between makes it look again.

    also: what else is to be written in the same Delta.
    """
    for attempt in range(_TRIES):
        planned = _plan(context, cube, draft, before, at)
        if also is not None:
            more = also(set(map(written_id, planned.operations)))
            planned = replace(planned, operations=(*planned.operations, *more))
        if not planned.operations:
            return Fed(
                name=name, outcome="unchanged", root=root, present=planned.present, problem=left_frozen(planned.frozen)
            )
        try:
            return _apply(context, cube, name, root, planned, at, bool(before), listen)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _plan(context: Context, cube: str, draft: Draft, before: Mapping[str, Place], at: datetime) -> Plan:
    scope = everything(cube)
    ids = [*(node.id for node in draft.nodes), *before]
    stored = {node.id: node for node in context.store.get(scope, ids, vectors=True)}
    edges = {}
    if stored:
        edges = {e.id: e for e in context.store.edges(scope, ids=[edge.id for edge in draft.edges])}
        edges |= {e.id: e for e in beside_closed(context.store, cube, list(edges.values()))}
        pieces = [i for i in before if i in stored]
        if pieces:
            found = context.store.edges(scope, touching=pieces, kinds=_STRUCTURE)
            edges |= {edge.id: edge for edge in found}
        if draft.nodes[0].id in stored:
            referring = {edge.from_id for edge in draft.edges if edge.created_by == LINKS}
            found = context.store.edges(scope, touching={*referring, *pieces, draft.nodes[0].id}, kinds=_LINKED)
            edges |= {edge.id: edge for edge in found}
        shared = [node.id for node in stored.values() if holders(node)]
        if shared:
            found = context.store.edges(scope, touching=shared, kinds=["MENTIONS"], direction="out")
            edges |= {edge.id: edge for edge in found}
    return plan(draft, stored, edges, before=before, at=at)


def _apply(context: Context, cube: str, name: str, root: str, planned: Plan, at: datetime, known: bool,
           listen: Listener | None) -> Fed:  # fmt: skip
    progress: Callable[[int, int], None] | None = None
    if listen is not None:
        heard = listen

        def progress(done: int, total: int) -> None:
            heard(name, "embedding", done, total)

    operations = with_picture_vectors(context, cube, with_vectors(context, cube, planned.operations, progress))
    delta = Delta(
        id=context.new_id(), cube=cube, actor=context.actor, reason=f"feed {name}"[:200], at=at, operations=operations
    )
    receipt, problem = apply_delta(context, delta)
    outcome: Outcome = "changed" if known else "new"
    return Fed(
        name=name, outcome=outcome, root=root, nodes=receipt.nodes, edges=receipt.edges,
        present=(*planned.present, *receipt.present_nodes), receipt=receipt.delta,
        problem="; ".join(filter(None, (left_frozen(planned.frozen), problem))),
    )  # fmt: skip
