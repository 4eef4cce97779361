"""The vectors of one cube: a file for each space, and for each row the slot in it that holds the row's vector.

Slots by row stand in the nodes' column SLOT + space and on disk; nothing is committed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from memos_graph.backends.sidecar.columns import Columns
from memos_graph.backends.sidecar.disk import Batch, Disk
from memos_graph.backends.sidecar.feed import IndexDamaged
from memos_graph.backends.sidecar.memory import sparse
from memos_graph.backends.sidecar.plan import Plan
from memos_graph.backends.sidecar.rows import SLOT
from memos_graph.backends.sidecar.vectors import VectorFile, VectorIndex, unit
from memos_graph.model.graph import Vector, VectorSpace

Slots = Mapping[str, Mapping[int, int]]  #: by space and row; -1: the row has no vector there any more
Record = tuple[str, str, int, int]  #: name, model, dimension and slots in use, as `Batch.spaces` takes them


class Spaces:
    """For the cube's one writer; indexes handed out are for all threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, VectorFile] = {}
        self._known: dict[str, VectorSpace] = {}  #: those that a commit has named

    def load(self, disk: Disk, nodes: Columns) -> None:
        """Open the spaces that `disk` knows. `IndexDamaged` when a file is torn, or its slots do not fit `nodes`."""
        for name, model, dimension, count in disk.spaces():
            file = self._files[name] = VectorFile(self._path(name), dimension, count)
            self._known[name] = VectorSpace(name=name, model=model, dimension=dimension)
            nodes.add_column(SLOT + name, np.int32, -1)
            pairs = disk.slots(name)
            if sparse(count, len(pairs)):
                raise IndexDamaged("most of the vector file is garbage")
            if pairs:
                rows, slots = (list(column) for column in zip(*pairs, strict=True))
                file.check(np.array(slots, np.int32))
                if max(rows) >= nodes.size:
                    raise IndexDamaged("a vector has no node")
                nodes.change(rows, {SLOT + name: slots})

    def close(self) -> None:
        """Release all files; indexes handed out keep their memory."""
        for file in self._files.values():
            file.close()
        self._files = {}

    def all(self) -> tuple[VectorSpace, ...]:
        """The spaces there are; the model of a new one is "" until it is `named`."""
        return tuple(self._known.values())

    def indexes(self) -> dict[str, VectorIndex]:
        """By space, the vectors of this moment."""
        return {name: file.index() for name, file in self._files.items()}

    # --- a write, step by step

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """Forget what is stored while inside, should it end in an error."""
        counts = {name: (file, file.slots) for name, file in self._files.items()}
        try:
            yield
        except BaseException:
            for name in set(self._files) - set(counts):  # spaces that this write began
                self._files.pop(name).close()
            for file, count in counts.values():
                file.take_back(count)
            raise

    def store(self, made: Plan, nodes: Columns) -> Slots:
        """Write the vectors of `made` behind the committed ones; the slots that rows get."""
        slots: dict[str, dict[int, int]] = {}
        for space in self._files:
            here = made.vectors.get(space, {})
            column = nodes.array(SLOT + space)
            slots[space] = {row: -1 for row in made.whole if row not in here and column[row] >= 0}
        for space, vectors in made.vectors.items():
            rows = list(vectors)
            units = unit(np.stack([np.asarray(vectors[row], np.float32) for row in rows]))
            file = self._file(space, units.shape[1])
            new = [at for at, row in enumerate(rows) if not self._holds(space, row, units[at], nodes)]
            if new:
                first = file.append(units[new] if len(new) < len(rows) else units)
                slots.setdefault(space, {}).update({rows[at]: first + nth for nth, at in enumerate(new)})
        return slots

    def records(self, slots: Slots) -> list[Record]:
        """What the disk must know of the spaces that `slots` changed or began."""
        changed = [name for name in self._files if slots.get(name) or name not in self._known]
        return [self._record(name, self._known[name].model if name in self._known else "") for name in changed]

    def blank(self, made: Plan, slots: Slots, nodes: Columns) -> None:
        """Overwrite the vectors that no row has once `made` and `slots` are committed."""
        for space, file in self._files.items():
            column = np.full(nodes.size + len(made.nodes.new), -1, np.int32)
            if space in self._known:
                column[: nodes.size] = nodes.array(SLOT + space)
            for row, slot in slots.get(space, {}).items():
                column[row] = slot
            column[made.nodes.gone] = -1
            file.blank(column[column >= 0])

    def remember(self, slots: Slots, gone: Sequence[int], nodes: Columns) -> None:
        """Set the slots of rows that `nodes` holds by now, as they were committed; `gone` rows have none."""
        for name, file in self._files.items():
            if name not in self._known:
                self._known[name] = VectorSpace(name=name, model="", dimension=file.dimension)
                nodes.add_column(SLOT + name, np.int32, -1)
        for name, of_space in slots.items():
            if of_space:
                nodes.change(list(of_space), {SLOT + name: list(of_space.values())})
        if gone:
            for name in self._files:
                nodes.change(gone, {SLOT + name: [-1] * len(gone)})

    # --- whole spaces

    def named(self, space: VectorSpace, disk: Disk) -> None:
        """Keep the model of a space whose vectors came before it."""
        disk.write(Batch(spaces=[self._record(space.name, space.model)]))
        self._known[space.name] = space

    def drop(self, name: str, nodes: Columns) -> None:
        """Forget a space that the disk has dropped."""
        self._files.pop(name).close()
        del self._known[name]
        nodes.drop_column(SLOT + name)
        self._path(name).unlink(missing_ok=True)

    # --- within

    def _record(self, name: str, model: str) -> Record:
        file = self._files[name]
        return name, model, file.dimension, file.slots

    def _holds(self, space: str, row: int, vector: Vector, nodes: Columns) -> bool:
        if row >= nodes.size or space not in self._known:
            return False
        slot = nodes.get(SLOT + space, row)
        return slot >= 0 and bool(np.array_equal(self._files[space].get(slot), vector))

    def _file(self, space: str, dimension: int) -> VectorFile:
        file = self._files.get(space)
        if file is None:
            path = self._path(space)
            path.unlink(missing_ok=True)  # left by a write that was cut short, or by a dropped space
            file = self._files[space] = VectorFile(path, dimension, 0)
        if file.dimension != dimension:
            raise IndexDamaged(f"space {space!r} was {file.dimension} wide and a vector has {dimension}")
        return file

    def _path(self, name: str) -> Path:
        return self._folder / f"v_{name}.f32"
