"""Put a cube in order: near-duplicates merged, near texts linked, causal chains joined, clusters summed up.

Each step is a Delta that is right by itself. A run that is cut short is given again and goes on; given again on a
memory that has not changed, it writes nothing. Declines to know how texts are compared (`engines`) and how a step is
written (`organise_*`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from memos_graph.engines.organise.clusters import Sizes
from memos_graph.engines.organise.near_pairs import Pairs, near_pairs
from memos_graph.model.errors import require
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.organise.clustering import library
from memos_graph.services.organise.links import join_causes, relate
from memos_graph.services.organise.material import Material, Progress, material
from memos_graph.services.organise.merges import Group, groups_of, merge_all
from memos_graph.services.organise.resumming import TOKENS, resummarise
from memos_graph.services.organise.steps import Steps
from memos_graph.services.organise.themes import Clustered, put_in_clusters

__all__ = ["Organised", "OrganisePolicy", "organise", "resummarise"]

_NEIGHBOURS = 20  #: nearest others that are looked at for each text
MEMORIES = frozenset({"LongTermMemory", "UserMemory", "Preference"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisePolicy:
    """What organising does, and from when on. Cosines from 0 to 1."""

    merge: bool = True
    relate: bool = True
    join_causes: bool = True
    clusters: bool = True
    kinds: frozenset[str] = MEMORIES | {"Passage", "Message"}  #: texts that are clustered
    #: texts that are linked; messages and passages hang together already, and links by nearness, which search counts by
    #: cosine anyway, cost 1.6 points of R@10 on two LoCoMo chats
    related_kinds: frozenset[str] = MEMORIES
    merged_kinds: frozenset[str] = MEMORIES  #: what stands in a source stays there
    near: float = 0.9  #: cosine of texts that may be the same
    related: float = 0.7  #: cosine of texts that are linked
    links: int = 3  #: RELATED_TO of a text at most
    sizes: Sizes = field(default_factory=Sizes)
    tokens: int = TOKENS  #: of a summary, about

    def __post_init__(self) -> None:
        for name, value in (("near", self.near), ("related", self.related), ("alike", self.sizes.alike)):
            require(0 < value <= 1, f"policy {name}", value, "give a cosine above 0, at most 1")
        for name, number, least in (
            ("links", self.links, 0), ("tokens", self.tokens, 10), ("least", self.sizes.least, 2),
            ("theme", self.sizes.theme, 2), ("least_topic", self.sizes.least_topic, 2), ("topic", self.sizes.topic, 2),
        ):  # fmt: skip
            require(number >= least, f"policy {name}", number, f"give {least} or more")
        require(self.sizes.theme >= self.sizes.least, "policy theme", self.sizes.theme, "give as much as `least`")


DEFAULT = OrganisePolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organised:
    """What organising did, or with `dry_run` would do."""

    cube: str
    dry_run: bool
    texts: int  #: looked at
    merged: tuple[Group, ...] = ()  #: ids of the memories that became one, group by group
    related: int = 0
    unrelated: int = 0  #: links ended because their texts have moved apart
    joined_causes: int = 0
    summaries: tuple[str, ...] = ()  #: new ones, themes and topics
    rewritten: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()  #: Summaries with hardly any text left
    joined: int = 0  #: texts that joined a cluster that was there
    loose: int = 0  #: texts of no cluster
    receipts: tuple[str, ...] = ()  #: ids of the Deltas written, oldest first; undo takes them newest first
    notes: tuple[str, ...] = ()

    @property
    def wrote(self) -> bool:
        """Whether anything changed."""
        return bool(self.receipts)


def organise(context: Context, cube: str, policy: OrganisePolicy = DEFAULT, *, dry_run: bool = False,
             progress: Progress | None = None) -> Organised:  # fmt: skip
    """Put `cube` in order by `policy`, and say what was done.

    `NotFound` for no such cube; `NotSupported` when clusters are wanted and scikit-learn is not there: then nothing was
    written. dry_run: writes nothing; what is merged then counts as one, and Summaries have no text yet. O(n² · d) in
    matrix products; some 100 MB besides the vectors.
    """
    find_cube(context.store, cube)
    part = library() if policy.clusters else None
    steps = Steps(context, cube, dry_run)
    kinds = policy.kinds | policy.merged_kinds | policy.related_kinds
    known = material(context, cube, kinds, progress)
    merged: list[Group] = []
    if policy.merge:
        groups, known = _merged(steps, known, policy, progress)
        merged += groups
    inside = _of_kinds(known, policy.kinds)
    related, unrelated = (0, 0)
    if policy.relate and policy.links:
        linked = _of_kinds(known, policy.related_kinds)
        pairs = _pairs(linked, policy.related)
        related, unrelated = relate(
            steps, linked, pairs, least=policy.related, most=policy.links, progress=progress
        )  # fmt: skip
    causes = join_causes(steps) if policy.join_causes else 0
    done = Clustered(loose=len(inside.nodes))
    if part is not None:
        done = put_in_clusters(steps, inside, part, policy.sizes, policy.tokens, progress)
    return Organised(
        cube=cube, dry_run=dry_run, texts=len(known.nodes), merged=tuple(merged), related=related,
        unrelated=unrelated, joined_causes=causes, summaries=tuple(done.made), rewritten=tuple(done.rewritten),
        ended=tuple(done.ended), joined=done.joined, loose=done.loose, receipts=tuple(steps.receipts),
        notes=tuple(steps.notes),
    )  # fmt: skip


def _merged(steps: Steps, known: Material, policy: OrganisePolicy, progress: Progress | None,
            ) -> tuple[list[Group], Material]:  # fmt: skip
    merged: list[Group] = []
    tried: set[Group] = set()
    while True:  # what was merged may say the same as another; a group that could not be is tried once
        inside = _of_kinds(known, policy.merged_kinds)
        found = groups_of(inside, _pairs(inside, policy.near), policy.merged_kinds)
        groups = [group for group in found if group not in tried]
        tried.update(groups)
        if not groups:
            return merged, known
        done, known = merge_all(steps, known, groups, progress)
        merged += done


def _pairs(known: Material, least: float) -> Pairs:
    return near_pairs(known.vectors, least=least, most=_NEIGHBOURS)


def _of_kinds(known: Material, kinds: frozenset[str]) -> Material:
    rows = [row for row, node in enumerate(known.nodes) if node.kind in kinds]
    if len(rows) == len(known.nodes):
        return known
    nodes = tuple(known.nodes[row] for row in rows)
    return Material(nodes, known.vectors[rows], {node.id: at for at, node in enumerate(nodes)})
