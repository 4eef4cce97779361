"""Themes and topics: who belongs to which, and the Summaries that say so.

What has a place keeps it: a new text joins the cluster it lies in, and only texts of no cluster are parted anew. A run
writes a theme a step. Its name, `run`, follows from the texts it parts, so that a run that was cut short is known by
it: the same texts are parted again, in the same way, and the themes that are missing are written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from memos_graph.engines.organise.clusters import Part, Place, Sizes, Theme, join, place_of, themes
from memos_graph.engines.versions import end, reopen
from memos_graph.model.delta import Operation, PutNode
from memos_graph.model.graph import Json, Node
from memos_graph.model.scope import everything
from memos_graph.services.organise.links import draw, links
from memos_graph.services.organise.material import MARK, SUMMARY, THEME, TOPIC, Cluster, Material, Progress, clusters
from memos_graph.services.organise.resumming import marks_of, summed_up
from memos_graph.services.organise.steps import Steps
from memos_graph.services.organise.summing_up import seen_of, sum_up
from memos_graph.services.remember.ids import node_id

_BATCH = 1000  #: edges a step
_FEWEST = 2


@dataclass(slots=True)
class Clustered:
    """What was done about clusters."""

    made: list[str] = field(default_factory=list)  #: ids of new Summaries
    rewritten: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    joined: int = 0  #: texts that found a place in a cluster that was there
    loose: int = 0  #: texts of no cluster


@dataclass(slots=True)
class _Standing:
    """A cluster as it stands in this run."""

    id: str
    run: str
    of_run: int
    theme: bool
    founders: tuple[str, ...]
    topics: tuple[str, ...] = ()


def put_in_clusters(steps: Steps, known: Material, part: Part, sizes: Sizes, tokens: int, progress: Progress | None,
                    ) -> Clustered:  # fmt: skip
    """Every text of `known` that lies near enough to others has a cluster, and every cluster a Summary of its texts."""
    done = Clustered()
    here = clusters(steps.context, steps.cube)
    _look_again(steps, known, here, tokens, done, progress)
    standing = [_standing(cluster) for cluster in here]
    placed = {identity for cluster in here for identity in (*cluster.founders, *cluster.joined)}
    while True:
        loose = [row for row, node in enumerate(known.nodes) if node.id not in placed]
        unfinished = _unfinished(known, standing, loose)
        before = done.joined
        placed |= _join(steps, known, loose, [s for s in standing if s.run != unfinished], sizes, done)
        loose = [row for row in loose if known.nodes[row].id not in placed]
        pool = sorted({*loose, *_founders(known, standing, unfinished)})
        made = _part(steps, known, pool, part, sizes, tokens, {s.id for s in standing}, done, progress)
        standing += made
        placed |= {identity for each in made for identity in each.founders}
        if not made and done.joined == before:
            done.loose = len(loose)
            break
    if done.joined and not steps.dry_run:
        _look_again(steps, known, clusters(steps.context, steps.cube), tokens, done, progress)
    return done


def _standing(cluster: Cluster) -> _Standing:
    return _Standing(
        id=cluster.node.id, run=cluster.run, of_run=cluster.of_run, theme=cluster.level == THEME,
        founders=cluster.founders, topics=cluster.topics,
    )  # fmt: skip


def _founders(known: Material, standing: Sequence[_Standing], run: str) -> set[int]:
    ids = {identity for cluster in standing if cluster.run == run for identity in cluster.founders} if run else ()
    return {known.row[identity] for identity in ids if identity in known.row}


def _unfinished(known: Material, standing: Sequence[_Standing], loose: Sequence[int]) -> str:
    """The run that was cut short and whose texts are as they were; "" for none."""
    for run in sorted({cluster.run for cluster in standing}):
        of_run = [cluster for cluster in standing if cluster.run == run]
        if sum(cluster.theme for cluster in of_run) < max(cluster.of_run for cluster in of_run):
            rows = sorted({*loose, *_founders(known, standing, run)})
            if run == _run_of(known, rows):
                return run
    return ""


def _run_of(known: Material, rows: Sequence[int]) -> str:
    said = seen_of([known.nodes[row] for row in rows])
    return hashlib.sha256(f"run\x1f{said}".encode()).hexdigest()[:24]


def _join(steps: Steps, known: Material, loose: Sequence[int], standing: Sequence[_Standing], sizes: Sizes,
          done: Clustered) -> set[str]:  # fmt: skip
    """The ids of the `loose` texts that joined a cluster near enough."""
    places, homes = _places(known, standing, sizes)
    nearest = join(known.vectors[list(loose)], places) if loose else np.zeros(0, np.int32)
    found = [(known.nodes[row].id, homes[at]) for row, at in zip(loose, nearest.tolist(), strict=True) if at >= 0]
    joined: set[str] = set()
    for start in range(0, len(found), _BATCH):
        batch = found[start : start + _BATCH]

        def made(at: datetime, batch: Sequence[tuple[str, str]] = batch) -> Sequence[Operation]:
            wanted = [draw(steps.cube, "PARENT", text, home, at, info={"joined": True}) for text, home in batch]
            return links(steps.context, steps.cube, wanted, at)

        if steps.take("organise: join clusters", made):
            joined |= {text for text, _ in batch}
    done.joined += len(joined)
    return joined


def _places(known: Material, standing: Sequence[_Standing], sizes: Sizes) -> tuple[list[Place], list[str]]:
    """Where a text may join: the places of topics, and of themes for texts that lie in no topic; and their ids."""
    places, homes = [], []
    founders = {cluster.id: cluster.founders for cluster in standing}
    for cluster in standing:
        texts = [*cluster.founders, *(text for topic in cluster.topics for text in founders.get(topic, ()))]
        rows = [known.row[identity] for identity in texts if identity in known.row]
        if len(rows) >= _FEWEST:
            places.append(place_of(known.vectors[rows], sizes.alike))
            homes.append(cluster.id)
    return places, homes


def _part(steps: Steps, known: Material, pool: Sequence[int], part: Part, sizes: Sizes, tokens: int,
          there: set[str], done: Clustered, progress: Progress | None) -> list[_Standing]:  # fmt: skip
    """The clusters made of the texts `pool`; those in `there` were made before."""
    if len(pool) < sizes.least:
        return []
    run = _run_of(known, pool)
    planned = [_global(theme, pool) for theme in themes(known.vectors[list(pool)], part, sizes)]
    made: list[_Standing] = []
    for at, theme in enumerate(planned):
        if progress is not None:
            progress("summarising", at, len(planned))
        drawn = _Drawn(steps, known, theme, run, len(planned), tokens)
        if drawn.theme_id in there:
            continue
        if steps.take("organise: theme", drawn.operations):
            made += drawn.standing()
            done.made += [each.id for each in drawn.standing()]
    if progress is not None and planned:
        progress("summarising", len(planned), len(planned))
    return made


def _global(theme: Theme, pool: Sequence[int]) -> Theme:
    """The theme with the rows of the whole material."""
    return Theme(
        rows=tuple(pool[row] for row in theme.rows),
        topics=tuple(tuple(pool[row] for row in topic) for topic in theme.topics),
    )  # fmt: skip


class _Drawn:
    """One theme with its topics, as Summaries and PARENT edges."""

    def __init__(self, steps: Steps, known: Material, theme: Theme, run: str, of_run: int, tokens: int) -> None:
        self._steps, self._known, self._theme, self._tokens = steps, known, theme, tokens
        self._run, self._of_run = run, of_run
        self.theme_id = self._id(THEME, theme.rows)
        self._topics = {self._id(TOPIC, topic): topic for topic in theme.topics}
        within = {row for topic in theme.topics for row in topic}
        self._direct = tuple(row for row in theme.rows if row not in within)

    def standing(self) -> list[_Standing]:
        """The clusters that it makes."""
        each = [(identity, rows, False) for identity, rows in self._topics.items()]
        each.append((self.theme_id, self._direct, True))
        topics = tuple(self._topics)
        return [
            _Standing(
                id=identity, run=self._run, of_run=self._of_run, theme=theme,
                founders=tuple(self._known.nodes[row].id for row in rows), topics=topics if theme else (),
            )
            for identity, rows, theme in each
        ]  # fmt: skip

    def operations(self, at: datetime) -> Sequence[Operation]:
        """What writes it; Summaries of the same texts that were retired come back."""
        context, cube = self._steps.context, self._steps.cube
        levels = [(self.theme_id, THEME, self._theme.rows), *((i, TOPIC, rows) for i, rows in self._topics.items())]
        stored = {n.id: n for n in context.store.get(everything(cube), [i for i, _, _ in levels], vectors=True)}
        made: list[Operation] = []
        for identity, level, rows in levels:
            made += self._summary(identity, level, rows, stored, at)
        ends = [(self._known.nodes[row].id, topic) for topic, rows in self._topics.items() for row in rows]
        ends += [(self._known.nodes[row].id, self.theme_id) for row in self._direct]
        ends += [(topic, self.theme_id) for topic in self._topics]
        return [*made, *links(context, cube, [draw(cube, "PARENT", a, b, at) for a, b in ends], at)]

    def _summary(self, identity: str, level: str, rows: Sequence[int], stored: Mapping[str, Node], at: datetime,
                 ) -> Sequence[Operation]:  # fmt: skip
        members, vectors = [self._known.nodes[row] for row in rows], self._known.vectors[list(rows)]
        head = stored.get(identity)
        if head is not None and head.retired_at is None and head.valid_to is None:
            return summed_up(self._steps.context, head, members, vectors, self._tokens, at)
        gist = sum_up(self._steps.context, members, vectors, self._tokens)
        mark: dict[str, Json] = {"level": level, "run": self._run, "themes": self._of_run, **marks_of(gist)}
        if head is not None:
            return reopen(head, at, text=gist.text, status="generated", info={MARK: mark})
        node = Node(
            id=identity, cube=self._steps.cube, kind=SUMMARY, text=gist.text, status="generated", info={MARK: mark},
            created_at=at, updated_at=at, valid_from=at,
        )  # fmt: skip
        return (PutNode(node=node),)

    def _id(self, level: str, rows: Sequence[int]) -> str:
        return node_id("sum", level, *sorted(self._known.nodes[row].id for row in rows))


def _look_again(steps: Steps, known: Material, here: Sequence[Cluster], tokens: int, done: Clustered,
                progress: Progress | None) -> None:  # fmt: skip
    """Summaries whose texts are others now are written anew; those with hardly any text left end."""
    by_id = {cluster.node.id: cluster for cluster in here}
    for at, cluster in enumerate(here):
        if progress is not None:
            progress("looking again", at + 1, len(here))
        rows = [known.row[identity] for identity in _texts(cluster, by_id) if identity in known.row]
        members, identity = [known.nodes[row] for row in rows], cluster.node.id
        if cluster.node.status == "frozen" or (len(rows) >= _FEWEST and _seen(cluster.node) == seen_of(members)):
            continue
        if len(rows) < _FEWEST:
            if steps.take("organise: end a summary", lambda moment, head=cluster.node: end(head, moment)):  # type: ignore[misc]
                done.ended.append(identity)
            continue

        def again(moment: datetime, identity: str = identity, members: Sequence[Node] = members,
                  rows: Sequence[int] = rows) -> Sequence[Operation]:  # fmt: skip
            head = _head(steps, identity)  # another summary's step may have written this one too
            if head is None or _seen(head) == seen_of(members):
                return ()
            return summed_up(steps.context, head, members, known.vectors[list(rows)], tokens, moment)

        steps.take("organise: rewrite a summary", again)
        head = _head(steps, identity)
        if steps.dry_run or (head is not None and head.version != cluster.node.version):
            done.rewritten.append(identity)


def _head(steps: Steps, identity: str) -> Node | None:
    scope = replace(everything(steps.cube), retired=False)
    found = steps.context.store.get(scope, [identity], vectors=True)
    return found[0] if found else None


def _seen(summary: Node) -> object:
    """What the texts were that `summary` was made of; info may hold anything."""
    said = summary.info.get(MARK)
    return said.get("seen") if isinstance(said, Mapping) else None


def _texts(cluster: Cluster, by_id: Mapping[str, Cluster]) -> list[str]:
    """Ids of the texts below a cluster, those of its topics too."""
    below = [by_id[topic] for topic in cluster.topics if topic in by_id]
    each = [cluster, *below]
    return sorted({identity for one in each for identity in (*one.founders, *one.joined)})
