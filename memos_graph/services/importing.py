"""Take in an export: read and check all of it, then load it page by page into a cube of its own, or merge it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

from memos_graph.engines.wording import dense_text, is_embedded
from memos_graph.model.delta import Change, Delta, Image, Operation, PutEdge, PutNode
from memos_graph.model.errors import AlreadyExists
from memos_graph.model.graph import Cube, Edge, Node, Vector, VectorSpace
from memos_graph.model.scope import everything
from memos_graph.model.vectors import is_of_pictures
from memos_graph.ports import LOADING
from memos_graph.services.context import Context
from memos_graph.services.embed import embed_whole, space_name, text_space
from memos_graph.services.reading_exports import Checked, check_lines, items
from memos_graph.services.rows import CHANGES, PAGE
from memos_graph.services.writing import apply_delta

Progress = Callable[[str, int, int], None]
Lines = Iterable[Mapping[str, Any]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import wrote, or with a dry run would write."""

    cube: str
    nodes: int
    edges: int
    changes: int  #: Changes of the history that came along; 0: it begins here
    embedded: int  #: nodes whose vectors were made anew


def import_lines(
    context: Context, lines: Lines, *, cube: str | None = None, merge: bool = False, progress: Progress | None = None
) -> tuple[str, int, int]:
    """(cube, nodes, edges) of an export written into a new cube, called `cube` or as it was: see `import_export`."""
    done = import_export(context, lines, cube=cube, merge=merge, progress=progress)
    return done.cube, done.nodes, done.edges


def import_export(
    context: Context, lines: Lines, *, cube: str | None = None, merge: bool = False, dry_run: bool = False,
    progress: Progress | None = None,
) -> Imported:  # fmt: skip
    """An export written into a new cube, called `cube` or as it was, with its history.

    lines: read twice, so that only ids are held; an iterator, which can't be, is kept whole. merge: into a cube that is
    there, where nodes with equal content stay and others with a known id are a `Conflict`; its own history goes on.
    Everything is read and checked before anything is written. Vectors of another embedder than the context's, or none,
    are made anew. `AlreadyExists` when the cube is there; `Invalid` names the line that can't be read.
    """
    lines = list(lines) if isinstance(lines, Iterator) else lines
    checked = check_lines(lines, cube)
    name = cube or checked.record.id
    there = _in_the_way(context, name, merge)
    stored_by = checked.record.space(checked.record.text_space)
    reusable = stored_by is not None and stored_by.model == context.embedder.model
    made = checked.embeddable - (checked.embedded if reusable and checked.vectors else 0)
    history = 0 if there is not None else checked.changes
    done = Imported(cube=name, nodes=checked.nodes, edges=checked.edges, changes=history, embedded=made)
    if dry_run:
        return done
    given = items(lines, checked.record, name)
    if there is not None:
        _merge(context, given, checked, there, reusable, progress)
    else:
        _load(context, given, checked, name, reusable, progress)
    return done


def _in_the_way(context: Context, name: str, merge: bool) -> Cube | None:
    """The cube to merge into; None: there is none. `AlreadyExists`."""
    there = next((known for known in context.store.cubes() if known.id == name), None)
    if there is None:
        return None
    if there.settings.get(LOADING):
        if "copy" in there.settings:
            raise AlreadyExists("cube", name, "as a copy that has not ended: end it, or drop the cube first")
        return None  # what a killed import left behind
    if not merge:
        raise AlreadyExists("cube", name, "import under another name with --cube, or drop that one first")
    return there


def _load(context: Context, given: Iterator[Node | Edge | Change], checked: Checked, name: str, reusable: bool,
          progress: Progress | None) -> None:  # fmt: skip
    store = context.store
    record = _with_space(context, replace(checked.record, id=name), reusable, checked.vectors)
    if any(known.id == name for known in store.cubes()):
        store.drop_cube(name)
    store.create_cube(replace(record, settings={**record.settings, LOADING: True}))
    told = _Told(checked, progress)
    own = _History(context, name) if not checked.changes else None
    for sort, page in _pages(given):
        if sort is Node:
            nodes = _embedded(context, record.text_space, page, reusable and checked.vectors)
            store.load(name, nodes=nodes, changes=own.of("node", nodes) if own else ())
        elif sort is Edge:
            store.load(name, edges=page, changes=own.of("edge", page) if own else ())
        else:
            store.load(name, changes=page)
        told.page(sort, len(page))
    store.replace_cube(record)


def _merge(context: Context, given: Iterator[Node | Edge | Change], checked: Checked, there: Cube, reusable: bool,
           progress: Progress | None) -> None:  # fmt: skip
    space = text_space(context, there.id)
    old = checked.record.text_space if reusable and checked.vectors else ""
    told = _Told(checked, progress)
    for sort, page in _pages(given):
        operations: list[Operation] = []
        if sort is Node:
            nodes = [replace(n, vectors={space: n.vectors[old]} if old in n.vectors else {}) for n in page]
            operations += [PutNode(node=node) for node in _embedded(context, space, nodes, keep=True)]
        elif sort is Edge:
            known = {e.id: e for e in context.store.edges(everything(there.id), ids=[edge.id for edge in page])}
            operations += [PutEdge(edge=edge) for edge in page if known.get(edge.id) != edge]  # retired ones too
        if operations:
            apply_delta(context, Delta(id=context.new_id(), cube=there.id, actor=context.actor, reason="import",
                                       at=context.clock(), operations=tuple(operations)))  # fmt: skip
        told.page(sort, len(page))


def _pages(given: Iterator[Any]) -> Iterator[tuple[type, list[Any]]]:
    """`given` in pages of one sort each, in order."""
    page: list[Any] = []
    for item in given:
        if page and (type(item) is not type(page[0]) or len(page) == (CHANGES if type(item) is Change else PAGE)):
            yield type(page[0]), page
            page = []
        page.append(item)
    if page:
        yield type(page[0]), page


@dataclass(slots=True)
class _History:
    """Changes for rows that came without any: one a page, as an own writing of them would have made."""

    context: Context
    cube: str
    seq: int = 0

    def of(self, what: Any, rows: Sequence[Node | Edge]) -> tuple[Change, ...]:
        """The Change that says these rows were made."""
        self.seq += 1
        images = tuple(Image(id=row.id, of=what, before=None) for row in rows)
        return (
            Change(
                cube=self.cube, seq=self.seq, delta=self.context.new_id(), actor=self.context.actor, reason="import",
                at=self.context.clock(), images=images,
            ),
        )  # fmt: skip


class _Told:
    """Says how far an import is."""

    def __init__(self, checked: Checked, progress: Progress | None) -> None:
        self._progress = progress
        self._totals = {Node: ("nodes", checked.nodes), Edge: ("edges", checked.edges),
                        Change: ("changes", checked.changes)}  # fmt: skip
        self._done: dict[type, int] = {}

    def page(self, sort: type, rows: int) -> None:
        """`rows` more of one sort."""
        self._done[sort] = self._done.get(sort, 0) + rows
        if self._progress is not None:
            name, total = self._totals[sort]
            self._progress(name, self._done[sort], total)


def _with_space(context: Context, record: Cube, reusable: bool, vectors: bool) -> Cube:
    """`record` with its own spaces if its texts were embedded by the embedder, else with a new one only."""
    embedder = context.embedder
    if reusable:
        return (
            record
            if vectors
            else replace(record, spaces=tuple(s for s in record.spaces if s.name == record.text_space))
        )
    made = VectorSpace(name=space_name(embedder.model), model=embedder.model, dimension=embedder.dimension)
    pictures = [space for space in record.spaces if vectors and is_of_pictures(space.name)]
    return replace(record, spaces=(made, *pictures), text_space=made.name)


def _of_pictures(node: Node) -> Mapping[str, Vector]:
    return {space: vector for space, vector in node.vectors.items() if is_of_pictures(space)}


def _embedded(context: Context, space: str, nodes: list[Node], keep: bool) -> list[Node]:
    """`nodes`, each that should have one with a vector in `space`; with `keep` those that have one keep it.

    Vectors of pictures are kept in any case: they are another model's business.
    """
    done = list(nodes) if keep else [replace(node, vectors=_of_pictures(node)) for node in nodes]
    waiting = [at for at, node in enumerate(done) if is_embedded(node) and space not in node.vectors]
    rest = iter(waiting)
    while some := list(islice(rest, 256)):
        vectors = embed_whole(context.embedder, [dense_text(done[at]) for at in some])
        for at, vector in zip(some, vectors, strict=True):
            done[at] = replace(done[at], vectors={**done[at].vectors, space: vector})
    return done
