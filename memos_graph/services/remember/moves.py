"""Give a document another name in place: its file was moved. No new pieces, no versions, nothing embedded anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from memos_graph.engines.held import holders, renamed
from memos_graph.model.delta import Delta, Operation, PutNode
from memos_graph.model.errors import Conflict, NotFound
from memos_graph.model.graph import Json, Node, Source
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.remember.addresses import MOST_FORMER, addresses_of
from memos_graph.services.remember.known import Origin
from memos_graph.services.remember.members import members_of
from memos_graph.services.remember.report import Fed, left_frozen
from memos_graph.services.writing import apply_delta

_TRIES = 4


def move(context: Context, cube: str, root: str, *, name: str, title: str, origin: Origin) -> Fed:
    """The document or chat `root` and its pieces as coming from `name` at `origin`; ids, edges and vectors stay.

    `title`: the document's now, which may follow from its file's name. One Delta; another writer's change in between
    makes it look again. O(pieces). `NotFound` when it was deleted meanwhile.
    """
    for attempt in range(_TRIES):
        scope = replace(everything(cube), retired=False)
        heads = context.store.get(scope, [root], vectors=True)
        if not heads:
            raise NotFound("memory", root, f"in cube {cube!r}; it was deleted meanwhile: feed the file again")
        head = heads[0]
        if head.status == "frozen":
            return Fed(name=name, outcome="unchanged", root=root, present=(root,), problem=left_frozen((root,)))
        pieces = context.store.get(scope, members_of(context.store, cube, [root]), vectors=True)
        info = {**head.info, **origin.info(), "former": _former(head)}
        sources = _sources(head, head.key, name)
        moved = [replace(head, key=name, text=title, sources=sources, info=info)]
        moved += [_renamed(piece, head, name, title) for piece in pieces]
        before = {node.id: node for node in (head, *pieces)}
        moved = [node for node in moved if node != before[node.id]]
        frozen = [node.id for node in moved if node.status == "frozen"]
        operations: tuple[Operation, ...] = tuple(
            PutNode(node=node, replaces=before[node.id].version) for node in moved if node.status != "frozen"
        )
        delta = Delta(
            id=context.new_id(), cube=cube, actor=context.actor, reason=f"move {head.key} to {name}"[:200],
            at=context.clock(), operations=operations,
        )  # fmt: skip
        try:
            receipt, problem = apply_delta(context, delta)
        except Conflict:
            if attempt == _TRIES - 1:
                raise
            continue
        return Fed(
            name=name, outcome="moved", root=root, nodes=receipt.nodes, edges=receipt.edges,
            present=receipt.present_nodes, receipt=receipt.delta, was=head.key,
            problem="; ".join(filter(None, (left_frozen(frozen), problem))),
        )  # fmt: skip
    raise AssertionError("the loop returns or raises")


def _former(head: Node) -> Sequence[Json]:
    """The addresses that the document had: links to it still say them."""
    return addresses_of(head)[:MOST_FORMER]


def _sources(node: Node, name: str, new_name: str) -> tuple[Source, ...]:
    return tuple(replace(source, uri=new_name) if source.uri == name else source for source in node.sources)


def _renamed(piece: Node, head: Node, name: str, title: str) -> Node:
    """`piece` of `head` with its source, and what the document's title began, under the new name."""
    if holders(piece):
        return renamed(piece, head.id, name, lambda key: _rekeyed(key, head.text, title))
    text = piece.text
    key = piece.key if piece.kind == "Message" else _rekeyed(piece.key, head.text, title)
    if piece.kind == "Session" and text.startswith(f"{head.text}, "):
        text = title + text[len(head.text) :]
    return replace(piece, sources=_sources(piece, head.key, name), key=key, text=text)


def _rekeyed(key: str, old: str, title: str) -> str:
    return title + key[len(old) :] if key == old or key.startswith(f"{old} > ") else key
