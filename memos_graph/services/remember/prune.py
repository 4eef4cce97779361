"""Retire what was fed from a folder and is there no longer: documents with their pieces, and names only they named.

Only documents that remember this folder as theirs (`info.folder`) are ever touched. A file counts as gone when nothing
is at its path; one that its owner's rules leave out now is no part of the folder either. One that is there but could
not be read this time stays. Retired is not erased: `known_at` shows it, and when the file is back it holds again.

An Entity goes along when nothing else that is live has an edge to it and it is no more than a name (made by feeding:
no sources, info or tags of its own, not frozen), so that a pruned file leaves nothing behind; a user's own entity
stays. A picture that other documents hold stays theirs. A document with anything frozen in it stays whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from memos_graph.model.errors import Frozen, NotFound
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.services import evolve
from memos_graph.services.context import Context
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.known import Known, Stored, is_gone
from memos_graph.services.remember.members import members_of
from memos_graph.services.remember.names import ALIAS_OF
from memos_graph.services.remember.parting import partings
from memos_graph.services.remember.report import Fed, Listener, left_frozen

_CHUNK = 500  #: nodes whose edges are read at a time
_SPARE = 17  #: more edges than its own that are read of a name: one that half the cube mentions is not read through


def prune(context: Context, cube: str, known: Known, *, left_out: Collection[str], read: Mapping[str, Collection[str]],
          dry_run: bool, listen: Listener) -> Iterator[Fed]:  # fmt: skip
    """Retire each document of the folder that is `known` and gone; one Delta each. With `dry_run` only name them.

    left_out: files and folders that the owner's rules leave out. read: by file that was read just now, the documents
    it holds: what an archive or a mail no longer holds is gone too. Those that moved are not among the known any more.
    """
    stale = [(each, why) for each in known.here if (why := _why(each, left_out, read)) and each.root not in known.taken]
    for at, (each, why) in enumerate(stale):
        listen(each.name, "pruning", at, len(stale))
        if dry_run:
            yield Fed(name=each.name, outcome="retired", root=each.root, problem=why)
            continue
        try:
            yield _retire(context, cube, each, why)
        except NotFound:  # another writer deleted it meanwhile
            continue
    if stale:
        listen("", "pruning", len(stale), len(stale))


def _why(stored: Stored, left_out: Collection[str], read: Mapping[str, Collection[str]]) -> str:
    """Why it has no place in the folder any more; "" when it has."""
    file = stored.origin.file
    parts = file.split("/")
    if any("/".join(parts[:end]) in left_out for end in range(1, len(parts) + 1)):
        return "its file is left out now"
    if is_gone(stored.origin.path):
        return "its file is gone"
    if stored.name.startswith(f"{file}!/") and file in read and stored.name not in read[file]:
        return f"{file} no longer holds it"
    return ""


def _retire(context: Context, cube: str, stored: Stored, why: str) -> Fed:
    going = [stored.root, *members_of(context.store, cube, [stored.root])]
    parted = partings(context.store, cube, going, going)
    staying = {each.head.id for each in parted}
    silent = [edge for each in parted for edge in each.silent]
    lonely = _only_named_by(context, cube, [i for i in going if i not in staying], silent)
    try:
        receipt = evolve.delete(context, cube, [stored.root, *lonely], reason=f"prune {stored.name}: {why}")
    except Frozen as error:
        told = f"{why}; {left_frozen(error.ids)}"
        return Fed(name=stored.name, outcome="unchanged", root=stored.root, present=(stored.root,), problem=told)
    return Fed(
        name=stored.name, outcome="retired", root=stored.root, nodes=receipt.nodes, edges=receipt.edges,
        present=receipt.present_nodes, receipt=receipt.delta, problem=why,
    )  # fmt: skip


def _only_named_by(context: Context, cube: str, ids: list[str], silent: Iterable[Edge]) -> list[str]:
    """Entities that are mere names and whose every live edge leads to one of `ids`, or is one of `silent`."""
    scope = replace(everything(cube), retired=False)
    inside, edges = frozenset(ids), {edge.id: edge for edge in silent}
    for start in range(0, len(ids), _CHUNK):
        edges |= {e.id: e for e in context.store.edges(scope, touching=ids[start : start + _CHUNK])}
    ends = ((e.from_id, e.to_id) for e in edges.values())
    own = Counter(end for both in ends for end in both if end not in inside)
    entities = [node for node in context.store.get(scope, list(own)) if _is_mere_name(node)]
    return [
        entity.id for entity in entities
        if _has_no_more(context.store.edges(scope, touching=[entity.id], limit=own[entity.id] + _SPARE), own[entity.id])
    ]  # fmt: skip


def _has_no_more(edges: Sequence[Edge], own: int) -> bool:
    """Whether a name has just its `own` edges, and some to its other names. `edges`: `own` + _SPARE at most."""
    return len(edges) < own + _SPARE and sum(edge.kind != ALIAS_OF for edge in edges) == own


def _is_mere_name(node: Node) -> bool:
    made = node.id == node_id("ent", node.key) and node.info.keys() <= {"type"}
    own = node.sources or node.tags or node.status == "frozen"
    return node.kind == "Entity" and (made or not node.info) and not own
