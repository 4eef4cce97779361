"""Give rows of other sources a place among the hits, when what a hit names or refers to leads there.

The rest of an answer in another file or another talk often shares no word and little meaning with the query: no score
lifts it past the many rows around the best hit, which all sound alike. But the hit names it: a part number, a batch, a
person; or it links to the file. Declines to know weights (`profile`) and how hits were scored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from memos_graph.engines.own import Part, Walk
from memos_graph.engines.profile import RecallProfile
from memos_graph.engines.referring import KIND, over_references, way_down
from memos_graph.engines.rows import Edges, Floats, Ints, Mask
from memos_graph.engines.spread import Links, over_entities, roots, together


def leads_from(profile: RecallProfile) -> int:
    """How many best hits `lead` looks at."""
    return max(profile.lead_seeds, profile.lead_first) + 2 * profile.leads


def lead(
    hits: Sequence[int],
    edges: Mapping[str, Edges],
    total: Floats,
    *,
    named: Collection[int],
    allowed: Mask,
    eligible: Mask,
    profile: RecallProfile,
) -> Part | None:
    """What lifts the best linked rows of other sources to places of their own; None when none is linked.

    hits: the best rows, best first, `leads_from` of them; named: entities of the query, which lead nowhere new. Of the
    eligible rows that share an entity with one of the first hits, or stand below what it refers to, the best of each
    source (topmost parent) that the first hits do not show takes a place: the `lead_first`-th, then every second one.
    Its score becomes that of the hit before it, less the smallest step. O(n + m of PARENT + links).
    """
    if not profile.leads or not hits:
        return None
    start = np.array(hits[: profile.lead_seeds], np.int32)
    links, referred = _links(start, edges, allowed, profile)
    links, source = _elsewhere(links, hits[: profile.lead_first], edges.get("PARENT"), named, allowed, eligible)
    value = _value(links, start, total, profile)
    at = np.lexsort((-links.strength, links.seed, links.row, -value))  # of several entities the one that links best
    at = at[value[at] > 0]
    at = at[np.sort(np.unique(source[at], return_index=True)[1])][: profile.leads]
    led = {int(links.row[i]): int(i) for i in at}
    if not led:
        return None
    gain = np.zeros_like(total)
    behind = [row for row in hits if row not in led][profile.lead_first - 2 :]
    for row, before in zip(led, behind, strict=False):
        gain[row] = max(np.nextafter(total[before], np.float32(-np.inf)) - total[row], 0)

    def way(row: int) -> tuple[Walk, ...]:
        seed, entity = int(start[links.seed[led[row]]]), int(links.entity[led[row]])
        if entity in referred:
            return way_down(seed, entity, row, edges["PARENT"], allowed)
        return ((seed, "MENTIONS", entity, True), (entity, "MENTIONS", row, False))

    return Part("lead", gain, way)


def _links(
    start: Ints, edges: Mapping[str, Edges], allowed: Mask, profile: RecallProfile
) -> tuple[Links, frozenset[int]]:
    """The links from rows `start` over entities and over what they refer to; which rows are the latter."""
    mentions, refers, parent = edges.get("MENTIONS"), edges.get(KIND), edges.get("PARENT")
    found = [over_entities(start, mentions, allowed, profile.links)] if mentions is not None else []
    referred: frozenset[int] = frozenset()
    if refers is not None and parent is not None and profile.refer:
        found.append(over_references(start, refers, parent, allowed, profile.hop_rare))
        referred = frozenset(found[-1].entity.tolist())
    none = np.zeros(0, np.int32)
    return Links(
        np.concatenate([none, *(one.seed for one in found)]), np.concatenate([none, *(one.entity for one in found)]),
        np.concatenate([none, *(one.row for one in found)]),
        np.concatenate([np.zeros(0, np.float32), *(one.strength for one in found)]),
    ), referred  # fmt: skip


def _elsewhere(
    links: Links, shown: Sequence[int], parent: Edges | None, named: Collection[int], allowed: Mask, eligible: Mask
) -> tuple[Links, Ints]:
    """The links to eligible rows of sources that `shown` rows are not of, over entities not `named`; their sources."""
    over = np.append(links.row, np.array(shown, np.int32))
    source, known = np.split(roots(over, parent, allowed), [len(links.row)])
    new = eligible[links.row]
    # Some four sources and as many names: comparing one by one costs less than `isin`.
    for one in known:
        new &= source != one
    for entity in named:
        new &= links.entity != entity
    return Links(links.seed[new], links.entity[new], links.row[new], links.strength[new]), source[new]


def _value(links: Links, start: Ints, total: Floats, profile: RecallProfile) -> Floats:
    """[m] for each link: the seed's score, x how strongly the two are linked, x the row's own score."""
    strength = together(links, len(total)) ** np.float32(profile.lead_link)
    itself = (np.maximum(total[links.row], 0) + np.float32(profile.hop_floor)) ** np.float32(profile.lead_own)
    return np.asarray(np.maximum(total[start], 0)[links.seed] * strength * itself, np.float32)
