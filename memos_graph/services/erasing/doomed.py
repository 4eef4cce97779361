"""What goes with memories that are removed for good: their pieces, and what was made of their words.

Pieces lie below them by PARENT. Made of their words are merges, summaries, facts read from them alone, and the names
that nothing else says. A conclusion that somebody wrote himself is not: `cascade` looks at those. Reads only; a few
queries a round, however many memories.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.remember.ids import node_id

_CONTAINERS = frozenset({"Document", "Section", "Session", "Message"})
_ENTITY, _SUMMARY = "Entity", "Summary"
_MADE_BY = ("MERGED_INTO", "PARENT", "DEPENDS_ON")
_NAMED_BY = ("MENTIONS", "SAID_BY", "ALIAS_OF")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """What goes, and what becomes free."""

    nodes: Mapping[str, Node]  #: all that go, the ones asked for first
    pieces: tuple[str, ...]  #: those of them that lie below others
    derived: tuple[str, ...]  #: those of them that were made of others' words
    freed: tuple[Node, ...]  #: parts of a merge that goes, which did not go themselves


def doomed(store: GraphStore, cube: str, ids: Sequence[str]) -> Doomed:
    """All that goes with the memories `ids` (those that are not there are left out)."""
    going = {node.id: node for node in store.get(everything(cube), ids)}
    asked = set(going)
    _add_parts(store, cube, going, asked)
    before = set(going)
    _add_below(store, cube, going, list(going.values()))
    pieces = [identity for identity in going if identity not in before]
    freed: dict[str, Node] = {}
    fresh = list(going.values())
    while fresh:
        made, parts = _made_of(store, cube, going, fresh)
        freed.update(parts)
        known = set(going)
        going.update(made)
        _add_below(store, cube, going, list(made.values()))
        fresh = [node for identity, node in going.items() if identity not in known]
    names = _only_named_by(store, cube, going)
    going.update(names)
    derived = [i for i in going if i not in asked and i not in pieces]
    return Doomed(
        nodes=going, pieces=tuple(pieces), derived=tuple(derived),
        freed=tuple(node for identity, node in freed.items() if identity not in going),
    )  # fmt: skip


def _add_parts(store: GraphStore, cube: str, going: dict[str, Node], asked: Collection[str]) -> None:
    """What the merges asked for were made of: they say the same."""
    layer = [identity for identity in asked if identity in going]
    while layer:
        edges = store.edges(everything(cube), touching=layer, kinds=["MERGED_INTO"], direction="in")
        layer = [i for i in dict.fromkeys(edge.from_id for edge in edges) if i not in going]
        parts = store.get(everything(cube), layer) if layer else ()
        # one that was unmerged stands on its own
        going.update({node.id: node for node in parts if node.status == "merged"})
        layer = [node.id for node in parts if node.id in going]


def _add_below(store: GraphStore, cube: str, going: dict[str, Node], layer: Sequence[Node]) -> None:
    """The pieces of `layer`, retired ones too; of what is no container only the spans that causes were read from."""
    while layer:
        kinds = {node.id: node.kind for node in layer if node.kind != _SUMMARY}
        edges = store.edges(everything(cube), touching=list(kinds), kinds=["PARENT"], direction="in") if kinds else ()
        ways = [edge for edge in edges if edge.from_id not in going]
        found = {node.id: node for node in store.get(everything(cube), list({e.from_id for e in ways}))} if ways else {}
        fitting = [
            e for e in ways
            if e.from_id in found and (kinds[e.to_id] in _CONTAINERS or found[e.from_id].kind == _ENTITY)
        ]  # fmt: skip
        elsewhere = _held_elsewhere(store, cube, going, fitting, found)
        layer = [found[i] for i in dict.fromkeys(e.from_id for e in fitting) if i not in elsewhere]
        going.update({node.id: node for node in layer})


def _held_elsewhere(
    store: GraphStore, cube: str, going: Collection[str], ways: Sequence[Edge], found: Mapping[str, Node]
) -> set[str]:
    """Pieces that once lay here and live on below something else."""
    live = {e.from_id for e in ways if e.retired_at is None}
    moved = {e.from_id for e in ways if e.retired_at is not None and found[e.from_id].retired_at is None} - live
    if not moved:
        return set()
    above = store.edges(everything(cube), touching=list(moved), kinds=["PARENT"], direction="out")
    return {e.from_id for e in above if e.retired_at is None and e.to_id not in going}


def _made_of(
    store: GraphStore, cube: str, going: Mapping[str, Node], fresh: Sequence[Node]
) -> tuple[dict[str, Node], dict[str, Node]]:
    """What was made of the words of `fresh`, and the other parts of merges among it."""
    scope = everything(cube)
    edges = store.edges(scope, touching=[node.id for node in fresh], kinds=_MADE_BY)
    merged = {e.to_id for e in edges if e.kind == "MERGED_INTO" and e.from_id in going}
    summed = {e.to_id for e in edges if e.kind == "PARENT" and e.from_id in going}
    resting = {e.from_id for e in edges if e.kind == "DEPENDS_ON" and e.to_id in going}
    candidates = [i for i in sorted(merged | summed | resting) if i not in going]
    nodes = {node.id: node for node in store.get(scope, candidates)} if candidates else {}
    claims = [i for i in resting if i in nodes and _is_claim(nodes[i])]
    lost = _resting_only_on(store, cube, claims, going)
    made = {
        i: node for i, node in nodes.items()
        if i in merged or i in lost or (node.kind == _SUMMARY and (i in summed or i in resting))
    }  # fmt: skip
    gone = [i for i in made if i in merged]
    others = store.edges(scope, touching=gone, kinds=["MERGED_INTO"], direction="in") if gone else ()
    free = [i for i in dict.fromkeys(e.from_id for e in others) if i not in going and i not in made]
    parts = {n.id: n for n in store.get(scope, free) if n.status == "merged" and n.retired_at is None} if free else {}
    return made, parts


def _is_claim(node: Node) -> bool:
    return isinstance(node.info.get("claim"), Mapping)


def _resting_only_on(store: GraphStore, cube: str, ids: Sequence[str], going: Collection[str]) -> set[str]:
    """Those of `ids` whose every premise is `going`."""
    if not ids:
        return set()
    premises = store.edges(everything(cube), touching=ids, kinds=["DEPENDS_ON"], direction="out")
    held = {e.from_id for e in premises if e.to_id not in going}
    return set(ids) - held


def _only_named_by(store: GraphStore, cube: str, going: Mapping[str, Node]) -> dict[str, Node]:
    """Names that the rules found in `going` and nowhere else: a name is a piece of the text."""
    scope = everything(cube)
    edges = store.edges(scope, touching=list(going), kinds=_NAMED_BY, direction="out") if going else ()
    named = [i for i in dict.fromkeys(e.to_id for e in edges) if i not in going]
    around = store.edges(scope, touching=named, kinds=["ALIAS_OF"]) if named else ()
    named = [i for i in dict.fromkeys([*named, *(i for e in around for i in (e.from_id, e.to_id))]) if i not in going]
    nodes = {n.id: n for n in store.get(scope, named) if _is_rule_made(n)} if named else {}
    touching = store.edges(scope, touching=list(nodes)) if nodes else ()
    while True:
        kept = {
            end for e in touching for end, other in ((e.from_id, e.to_id), (e.to_id, e.from_id))
            if end in nodes and other not in nodes and other not in going
        }  # fmt: skip
        if not kept:
            return nodes
        nodes = {i: node for i, node in nodes.items() if i not in kept}


def _is_rule_made(node: Node) -> bool:
    return node.kind == _ENTITY and node.key != "" and node.id == node_id("ent", node.key)
