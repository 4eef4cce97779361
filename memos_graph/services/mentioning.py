"""What texts that changed mention: the edges that their new words call for, and the end of those they no longer do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from memos_graph.model.delta import Operation, PutEdge, PutNode, RetireEdge
from memos_graph.model.graph import Edge, Node, make_edge
from memos_graph.model.scope import everything
from memos_graph.model.times import to_micros
from memos_graph.services.context import Context
from memos_graph.services.remember.entities import Entities
from memos_graph.services.remember.names import ALIAS_OF, names_of

#: Kinds that mention nothing: containers, and what texts name or state.
_SILENT = frozenset({"Document", "Session", "Entity"})


def mentions_again(
    context: Context, cube: str, wanted: Sequence[Node], at: datetime, *, known_too: Sequence[str] = ()
) -> list[Operation]:
    """What makes the MENTIONS of the nodes `wanted`, which are stored with other words, those of their words now.

    known_too: keys of names that the words are read by besides the cube's. Edges that no rule made stay. Three reads
    for all of them, and one of the cube's names.
    """
    names = names_of(context, cube)
    names.learn(known_too)
    entities = Entities(cube, at, names)
    wanted = [node for node in wanted if node.kind not in _SILENT]
    entities.prepare(node.text for node in wanted)
    for node in wanted:
        text, about = _read(node)
        entities.link(node.id, text, about=about)
    entities.finish()
    scope = everything(cube)
    ids = [node.id for node in wanted]
    if not ids:
        return []
    stored = {e.id: e for e in context.store.edges(scope, touching=ids, kinds=["MENTIONS"], direction="out")}
    live = {(e.from_id, e.to_id) for e in stored.values() if e.retired_at is None}
    named = [e for e in entities.edges.values() if e.kind == "MENTIONS"]
    aliases = {e.id: e for e in entities.edges.values() if e.kind == ALIAS_OF}
    known = {n.id: n for n in context.store.get(scope, list(entities.nodes))} if entities.nodes else {}
    there = {e.id for e in context.store.edges(scope, ids=list(aliases))} if aliases else set[str]()
    operations: list[Operation] = [PutNode(node=n) for n in entities.nodes.values() if n.id not in known]
    operations += [PutEdge(edge=_new(e, stored, at)) for e in named if (e.from_id, e.to_id) not in live]
    operations += [PutEdge(edge=edge) for edge in aliases.values() if edge.id not in there]
    targets = {(e.from_id, e.to_id) for e in named}
    operations += [
        RetireEdge(id=e.id) for e in stored.values()
        if e.retired_at is None and e.created_by == "rule" and (e.from_id, e.to_id) not in targets
    ]  # fmt: skip
    return operations


def _read(node: Node) -> tuple[str, str]:
    """What of a node is read as text and what as its heading: the same as when it is fed."""
    if node.kind == "Section":
        return "", node.text
    if node.kind in ("Message", "Image"):
        return node.text, ""
    return node.text, node.key.rsplit(" > ", 1)[-1] if node.kind in ("Passage", "Table") else node.key


def _new(edge: Edge, stored: dict[str, Edge], at: datetime) -> Edge:
    """`edge`, or where one with its id was retired another one: a reopened fact is a new edge."""
    if edge.id not in stored:
        return edge
    return make_edge(
        edge.cube, edge.kind, edge.from_id, edge.to_id, created_at=at, discriminator=f"again-{to_micros(at)}",
        weight=edge.weight, evidence=edge.evidence,
    )  # fmt: skip
