"""Carry whole cubes from one store to another, as they are: versions, times, vectors and history.

Reads a page, writes a page, and notes in the new cube how far it is, so that a run that was killed goes on from there.
The new cube is LOADING until both stores were counted and hashed and agree. Knows no kind of store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from memos_graph.model.errors import AlreadyExists, Invalid, MemosGraphError, MissingEndpoint
from memos_graph.model.graph import Cube, Edge, Json
from memos_graph.model.scope import everything
from memos_graph.ports import LOADING, GraphStore
from memos_graph.services.embed import find_cube
from memos_graph.services.importing import Progress
from memos_graph.services.rows import ahead, change_pages, edge_pages, node_pages
from memos_graph.services.tally import Tally, tally, tally_from_json

_NOTE = "copy"  #: the setting of an unfinished copy that says of what it is and how far
_ROUNDS = 5  # of catching up with a source that is written to
_EVERY = 4  # pages between two notes of how far it is: what was loaded twice does no harm
Stage = Literal["changes", "nodes", "edges", "check"]
_STAGES: tuple[Stage, ...] = ("changes", "nodes", "edges", "check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One cube after its copying: what each store holds of it. Not `same`: the new cube stays LOADING."""

    cube: str
    source: Tally
    target: Tally
    resumed: bool = False

    @property
    def same(self) -> bool:
        """Whether counts and hashes agree."""
        return self.source.to_json() == self.target.to_json()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What copying a cube would do: `state` new, resume, or in the way (`why` says what to do)."""

    cube: str
    holds: Tally
    state: Literal["new", "resume", "in the way"]
    why: str = ""


class _Erased(Exception):
    """The source lost rows that were copied already: begin this cube anew."""


@dataclass(slots=True)
class _Stand:
    """How far the copy of a cube is."""

    stage: Stage = "changes"
    cursor: str | None = None
    seq: int = 0  #: of the last Change copied
    last: str = ""  #: its Delta: tells the source's history from another's
    sums: Tally | None = field(default_factory=Tally)  #: of what was read; None: read it again in the end

    def to_json(self) -> dict[str, Json]:
        sums = None if self.sums is None else self.sums.to_json()
        return {"stage": self.stage, "cursor": self.cursor, "seq": self.seq, "last": self.last, "sums": sums}


def copy_cubes(
    source: GraphStore, target: GraphStore, cubes: Collection[str] = (), progress: Progress | None = None
) -> Iterator[Copied]:
    """Each of `cubes` (none named: all) as it was copied and compared; nothing is written if one of them can't be.

    `AlreadyExists`: a cube of that name is there, and no unfinished copy of this one. An unfinished one goes on where
    it was. `MemosGraphError`: the source is written to faster than it can be followed.
    """
    records = _wanted(source, cubes)
    for record in records:
        _stand_in(source, target, record)
    for record in records:
        yield _copy(source, target, record, progress)


def plan_copy(source: GraphStore, target: GraphStore | None, cubes: Collection[str] = ()) -> Iterator[Planned]:
    """What `copy_cubes` would do, cube by cube; reads all of the source, writes nothing. target None: not made yet."""
    for record in _wanted(source, cubes):
        holds = tally(source, record.id)
        try:
            stand = None if target is None else _stand_in(source, target, record)
        except AlreadyExists as error:
            yield Planned(cube=record.id, holds=holds, state="in the way", why=str(error))
            continue
        yield Planned(cube=record.id, holds=holds, state="resume" if stand is not None else "new")


def _wanted(source: GraphStore, names: Collection[str]) -> list[Cube]:
    records = [find_cube(source, name) for name in dict.fromkeys(names)] if names else list(source.cubes())
    for record in records:
        if record.settings.get(LOADING):
            advice = "a copy or an import into it has not ended: run that again, or drop the cube, then copy"
            raise Invalid("cube", record.id, advice)
    return records


def _stand_in(source: GraphStore, target: GraphStore, record: Cube) -> _Stand | None:
    """How far an earlier copy of `record` came; None: there is none. `AlreadyExists`: something else is there."""
    there = next((cube for cube in target.cubes() if cube.id == record.id), None)
    if there is None:
        return None
    if not there.settings.get(LOADING):
        raise AlreadyExists("cube", record.id, "in the target store: drop it there, or leave it out with --cube")
    stand = _stand_of(there.settings.get(_NOTE))
    if (
        stand is None
        or replace(there, settings={}) != replace(record, settings={})
        or not _knows(source, record, stand)
    ):
        advice = "in the target store, unfinished, and no copy of this one: drop it there first"
        raise AlreadyExists("cube", record.id, advice)
    return stand


def _stand_of(note: Any) -> _Stand | None:
    try:
        sums = None if note["sums"] is None else tally_from_json(note["sums"])
        stand = _Stand(stage=note["stage"], cursor=note["cursor"], seq=note["seq"], last=note["last"], sums=sums)
    except (KeyError, TypeError, ValueError):
        return None
    return stand if stand.stage in _STAGES else None


def _knows(source: GraphStore, record: Cube, stand: _Stand) -> bool:
    if not stand.seq:
        return True
    found = source.changes(record.id, after=stand.seq - 1, limit=1)
    return bool(found) and found[0].delta == stand.last


def _copy(source: GraphStore, target: GraphStore, record: Cube, progress: Progress | None) -> Copied:
    stand = _stand_in(source, target, record)
    resumed = stand is not None
    if stand is not None and not _goes_on(source, record, stand):
        target.drop_cube(record.id)
        stand = None
    for _ in range(_ROUNDS):
        if stand is None:
            stand = _Stand()
            target.create_cube(replace(record, settings=_settings(record, stand)))
        try:
            copy = _Copying(source, target, record, stand, progress)
            copy.run()
            return copy.verified(resumed)
        except _Erased:
            target.drop_cube(record.id)
            stand = None
    raise _too_busy(record.id)


def _goes_on(source: GraphStore, record: Cube, stand: _Stand) -> bool:
    """Whether the source still takes the cursor that an earlier run was given."""
    try:
        if stand.stage == "nodes":
            source.scan(everything(record.id), cursor=stand.cursor, limit=1)
        elif stand.stage == "edges":
            source.scan_edges(everything(record.id), cursor=stand.cursor, limit=1)
    except Invalid:
        return False
    return True


def _settings(record: Cube, stand: _Stand) -> Mapping[str, Json]:
    return {**record.settings, LOADING: True, _NOTE: stand.to_json()}


def _too_busy(cube: str) -> MemosGraphError:
    return MemosGraphError(
        f"cube {cube!r} of the source store is written to faster than it is copied: stop its writers and run the same "
        "command again, it goes on where it is"
    )


@dataclass(slots=True)
class _Copying:
    """The copying of one cube, from where it stands."""

    source: GraphStore
    target: GraphStore
    record: Cube
    stand: _Stand
    progress: Progress | None
    _pages: int = 0
    _done: int = 0  # rows of this stage, for who watches

    def run(self) -> None:
        """Bring the target to what the source holds now."""
        cube, stand = self.record.id, self.stand
        if stand.stage == "changes":
            self._changes()
            self._enter("nodes")
        if stand.stage == "nodes":
            total = self.source.count(everything(cube))
            nodes = node_pages(self.source, cube, cursor=stand.cursor)
            for page, sums in ahead(nodes, lambda page: Tally().add_nodes(page.rows)):
                self.target.load(cube, nodes=page.rows)
                self._at(page.cursor, sums, total)
            self._enter("edges")
        if stand.stage == "edges":
            total = sum(self.source.shape(everything(cube))[1].values())
            edges = edge_pages(self.source, cube, cursor=stand.cursor)
            for ties, sums in ahead(edges, lambda page: Tally().add_edges(page.rows)):
                self._load_edges(ties.rows)
                self._at(ties.cursor, sums, total)
            self._enter("check")
        self._follow()

    def verified(self, resumed: bool) -> Copied:
        """Both stores counted and hashed; when they agree the cube is opened to everyone."""
        cube = self.record.id
        self._tell("checking", 0, 0)
        for _ in range(_ROUNDS):
            held = self.stand.sums or tally(self.source, cube)
            made = tally(self.target, cube)
            if not self._follow():
                break
        else:
            raise _too_busy(cube)
        copied = Copied(cube=cube, source=held, target=made, resumed=resumed)
        if copied.same:
            self.target.replace_cube(self.record)
        else:
            self.stand = _Stand()  # the next run loads all of it again
            self._save()
        return copied

    def _changes(self) -> None:
        pages = change_pages(self.source, self.record.id, after=self.stand.seq)
        for page, sums in ahead(pages, lambda page: Tally().add_changes(page.rows)):
            self.target.load(self.record.id, changes=page.rows)
            self.stand.seq, self.stand.last = page.rows[-1].seq, page.rows[-1].delta
            self._at(page.cursor, sums, 0)

    def _load_edges(self, edges: Sequence[Edge]) -> None:
        cube = self.record.id
        try:
            self.target.load(cube, edges=edges)
        except MissingEndpoint as error:  # made since the nodes were read; what is not there any more, `_follow` meets
            nodes = self.source.get(everything(cube), error.missing, vectors=True)
            known = {node.id for node in nodes}
            gone = set(error.missing) - known
            if gone:
                raise _Erased from error
            self.target.load(cube, nodes=nodes, edges=edges)

    def _follow(self) -> bool:
        """Whether the source was written to since; what those Changes touched is copied as it is now."""
        cube, followed = self.record.id, False
        for page in change_pages(self.source, cube, after=self.stand.seq):
            followed = True
            self.stand.sums = None
            nodes = dict.fromkeys(id for change in page.rows for id in change.ids("node"))
            edges = dict.fromkeys(id for change in page.rows for id in change.ids("edge"))
            now = self.source.get(everything(cube), nodes, vectors=True)
            ties = self.source.edges(everything(cube), ids=edges) if edges else ()
            if len(now) < len(nodes) or len(ties) < len(edges):
                raise _Erased
            self.target.load(cube, nodes=now, changes=page.rows)
            self._load_edges(ties)
            self.stand.seq, self.stand.last = page.rows[-1].seq, page.rows[-1].delta
            self._save()
        return followed

    # --- how far it is

    def _enter(self, stage: Stage) -> None:
        self.stand.stage, self.stand.cursor, self._pages, self._done = stage, None, 0, 0
        self._save()

    def _at(self, cursor: str | None, sums: Tally, total: int) -> None:
        """A page was loaded; `cursor` leads to the next."""
        stand = self.stand
        self._pages, stand.cursor = self._pages + 1, cursor
        if stand.sums is not None:
            stand.sums.merge(sums)
        if cursor is not None and self._pages % _EVERY == 0:
            self._save()
        self._done += sums.nodes.rows + sums.edges.rows + sums.changes.rows
        self._tell(stand.stage, self._done, total)

    def _save(self) -> None:
        self.target.replace_cube(replace(self.record, settings=_settings(self.record, self.stand)))

    def _tell(self, what: str, done: int, total: int) -> None:
        if self.progress is not None:
            self.progress(f"{what} of {self.record.id}", done, total)
