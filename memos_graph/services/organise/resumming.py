"""A Summary looked at again when what it sums up has changed: its new text, or its end.

Gives operations for a Delta that others apply, so that a fallen premise and its summary change in one step.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from memos_graph.engines.rows import Floats
from memos_graph.engines.versions import end, succeed
from memos_graph.model.delta import EraseNode, Operation, PatchNode
from memos_graph.model.graph import LIVE, Json, Node
from memos_graph.model.scope import Scope, everything
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube, with_vectors
from memos_graph.services.organise.material import MARK, SUMMARY
from memos_graph.services.organise.summing_up import Gist, sum_up

TOKENS = 120  #: of a summary, about
_FEWEST = 2  #: texts that can be summed up
_LEVELS = 2  #: Summaries below Summaries


def resummarise(context: Context, cube: str, summary_id: str, without: Collection[str] = (), *,
                at: datetime | None = None, forget: bool = False) -> tuple[Operation, ...]:  # fmt: skip
    """What makes the Summary `summary_id` say only what its other members say, those in `without` left out.

    Its text before stays as a version; with fewer than two members left it ends. forget: it goes for good with its
    versions, for texts that must leave no trace; what it summed up is free for the next organising. Nothing for an id
    that is no live Summary, for a frozen one, and when its text stays the same. at: the Delta's time (now).
    """
    moment = at or context.clock()
    found = context.store.get(replace(everything(cube), retired=False), [summary_id], vectors=True)
    if not found or found[0].kind != SUMMARY:
        return ()
    head = found[0]
    if forget:
        return tuple(EraseNode(id=identity) for identity in (head.id, *_versions(context, cube, head.id)))
    if head.valid_to is not None or head.status == "frozen":
        return ()
    members = _members(context, cube, head.id, without, moment)
    if len(members) < _FEWEST:
        return end(head, moment)
    return summed_up(context, head, members, _vectors(context, cube, members), TOKENS, moment)


def summed_up(context: Context, head: Node, members: Sequence[Node], vectors: Floats, tokens: int, at: datetime,
              ) -> tuple[Operation, ...]:  # fmt: skip
    """What makes `head` sum up `members`; a patch when only what it was made of has changed."""
    gist = sum_up(context, members, vectors, tokens)
    info = noted(head, gist)
    if gist.text == head.text:
        return () if info == dict(head.info) else (PatchNode(id=head.id, expects=head.version, set={"info": info}),)
    return with_vectors(context, head.cube, succeed(head, at, at, text=gist.text, info=info))


def noted(head: Node, gist: Gist) -> dict[str, Json]:
    """The info of `head` with what `gist` was made of."""
    said = head.info.get(MARK)
    mark = dict(said) if isinstance(said, Mapping) else {}
    return {**head.info, MARK: {**mark, **marks_of(gist)}}


def marks_of(gist: Gist) -> dict[str, Json]:
    """What a Summary keeps of how its text was made."""
    return {"by": gist.by, "quotes": list(gist.quotes), "seen": gist.seen}


def _members(context: Context, cube: str, root: str, without: Collection[str], at: datetime) -> list[Node]:
    """The texts below the Summary `root`, over Summaries between, that hold at `at`."""
    scope = Scope(cubes=(cube,), states=LIVE, current_at=at)
    members: dict[str, Node] = {}
    layer, seen = [root], {root}
    for _ in range(_LEVELS):
        below = context.store.edges(scope, touching=layer, kinds=["PARENT"], direction="in") if layer else ()
        ids = [i for i in dict.fromkeys(edge.from_id for edge in below) if i not in seen]
        seen.update(ids)
        nodes = context.store.get(scope, ids, vectors=True) if ids else ()
        layer = [node.id for node in nodes if node.kind == SUMMARY]
        members |= {node.id: node for node in nodes if node.kind != SUMMARY and node.id not in without}
    return sorted(members.values(), key=lambda node: node.id)


def _vectors(context: Context, cube: str, members: Sequence[Node]) -> Floats:
    space = find_cube(context.store, cube).text_space
    laid = np.zeros((len(members), context.embedder.dimension), np.float32)
    for at, node in enumerate(members):
        vector = node.vectors.get(space)
        if vector is not None and len(vector) == laid.shape[1]:
            laid[at] = vector / (float(np.linalg.norm(vector)) or 1)
    return laid


def _versions(context: Context, cube: str, identity: str) -> list[str]:
    """The snapshots that the head `identity` left behind."""
    versions: list[str] = []
    layer = [identity]
    while layer:
        edges = context.store.edges(everything(cube), touching=layer, kinds=["SUPERSEDES"], direction="out")
        layer = [e.to_id for e in edges if e.to_id.startswith(f"{identity}@") and e.to_id not in versions]
        versions.extend(layer)
    return versions
