"""Near-duplicates found and merged, a group a step.

Only memories that were put in by themselves: a passage or a message belongs to its source, and what was said twice was
said twice. Frozen ones stay, and what is in doubt is not made one with what is not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from memos_graph.engines.merging import MOST
from memos_graph.engines.organise.duplicates import duplicates, words_of
from memos_graph.engines.organise.near_pairs import Pairs
from memos_graph.model.errors import Conflict, Invalid, NotFound, Refused
from memos_graph.model.graph import Node
from memos_graph.services.merging import merge
from memos_graph.services.organise.material import Material, Progress, with_changes
from memos_graph.services.organise.steps import Steps

REASON = "organise: the same, said again"
Group = tuple[str, ...]


def groups_of(known: Material, pairs: Pairs, kinds: Collection[str]) -> tuple[Group, ...]:
    """Ids of memories that say the same, group by group. pairs: those near enough by vector."""
    may = [node.kind in kinds and node.status != "frozen" and not node.info.get("doubt") for node in known.nodes]
    words = [words_of(node.text) if ok else () for node, ok in zip(known.nodes, may, strict=True)]
    voices = [_voice(node) if ok else object() for node, ok in zip(known.nodes, may, strict=True)]
    found = duplicates(words, voices, pairs)
    return tuple(tuple(known.nodes[row].id for row in group[:MOST]) for group in found)


def _voice(node: Node) -> object:
    """What must be the same of duplicates besides their words: events of two times are two."""
    claim = node.info.get("claim")
    event = (claim.get("kind"), claim.get("polarity")) if isinstance(claim, Mapping) else None
    return node.kind, node.key, node.valid_from, node.valid_to, str(event)


def merge_all(steps: Steps, known: Material, groups: Collection[Group], progress: Progress | None,
              ) -> tuple[tuple[Group, ...], Material]:  # fmt: skip
    """The groups that were merged, and the material afterwards. A group that can't be is left, with a note."""
    done: list[Group] = []
    fresh: list[str] = []
    for at, group in enumerate(groups):
        if progress is not None:
            progress("merging", at, len(groups))
        if steps.dry_run:
            done.append(group)
            continue
        try:
            receipt = merge(steps.context, steps.cube, group, reason=REASON)
        except (Conflict, Invalid, NotFound, Refused) as error:
            steps.notes.append(f"{', '.join(group[:3])} left apart: {error}")
            continue
        steps.done(receipt.delta)
        done.append(group)
        fresh.extend(receipt.nodes)
    if progress is not None and groups:
        progress("merging", len(groups), len(groups))
    if steps.dry_run:
        gone = {identity for group in done for identity in group[1:]}
        return tuple(done), with_changes(steps.context, steps.cube, known, gone, ()) if gone else known
    gone = {identity for group in done for identity in group}
    after = with_changes(steps.context, steps.cube, known, gone, sorted(set(fresh))) if done else known
    return tuple(done), after
