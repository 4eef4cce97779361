"""Read an export line by line: each line as what it says, or an error that names the line, the field and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from memos_graph.engines.wording import is_embedded
from memos_graph.model.codec import (
    change_from_json,
    cube_from_json,
    edge_from_json,
    node_from_json,
)
from memos_graph.model.delta import Change, Image
from memos_graph.model.errors import Invalid, MemosGraphError, require
from memos_graph.model.graph import Cube, Edge, Node, edge_id
from memos_graph.model.vectors import check_vector
from memos_graph.services.exporting import FORMAT, VERSION

Line = Cube | Node | Edge | Change
_PARTS = ("cube", "node", "edge", "change", "end")


@dataclass(slots=True)
class Checked:
    """What an export holds, once all of it was read and nothing is wrong with it."""

    record: Cube
    vectors: bool
    history: bool
    nodes: int = 0
    edges: int = 0
    changes: int = 0
    embeddable: int = 0  #: nodes that should have a vector
    embedded: int = 0  #: of them, those that have one in the cube's text space
    _node_lines: dict[str, int] = field(default_factory=dict, repr=False)
    _edge_lines: dict[str, int] = field(default_factory=dict, repr=False)
    _delta_lines: dict[str, int] = field(default_factory=dict, repr=False)

    def take(self, number: int, item: Node | Edge | Change) -> None:
        """Count in what line `number` says. `Invalid`: it does not go with the lines before it."""
        if isinstance(item, Node):
            _once(self._node_lines, item.id, number, "node")
            for space, vector in item.vectors.items():
                check_vector(self.record, space, vector, f"vector of {item.id!r}")
            self.nodes += 1
            self.embeddable += is_embedded(item)
            self.embedded += is_embedded(item) and self.record.text_space in item.vectors
        elif isinstance(item, Edge):
            _once(self._edge_lines, item.id, number, "edge")
            for name, end in (("from_id", item.from_id), ("to_id", item.to_id)):
                require(end in self._node_lines, name, end, "no line before this one holds such a node")
            self.edges += 1
        else:
            _once(self._delta_lines, item.delta, number, "Change of delta")
            self.changes += 1
            require(item.seq == self.changes, "seq", item.seq, f"Changes come in order; {self.changes} is due")

    def end(self, told: Any) -> None:
        """Compare with what the last line says. `Invalid`: lines are missing."""
        held = {"nodes": self.nodes, "edges": self.edges, "changes": self.changes}
        require(told == held, "end", told, f"the lines before it hold {held}: some are missing; export again")


def _once(lines: dict[str, int], id: str, number: int, what: str) -> None:
    require(id not in lines, "id", id, f"line {lines.get(id)} holds this {what} already")
    lines[id] = number


def check_lines(lines: Iterable[Mapping[str, Any]], cube: str | None = None) -> Checked:
    """All of an export read and checked, for a cube called `cube` or as it was. Holds the ids, not the rows.

    `Invalid` names the line and the field that can't be used.
    """
    rows = enumerate(lines, start=1)
    head = next(rows, (1, None))[1]
    version = _version(head)
    checked: Checked | None = None
    ended = False
    number = 1
    for number, row in rows:
        try:
            require(not ended, "import", _shown(row), "nothing comes after the end line")
            part = _part(row)
            if part == "cube":
                require(checked is None, "cube", _shown(row), "an export holds one cube")
                record = cube_from_json(row["cube"])
                assert head is not None
                vectors, history = bool(head.get("vectors")), bool(head.get("history", False))
                checked = Checked(record=record, vectors=vectors, history=history)
                _named(record, cube)
            elif checked is None:
                raise Invalid("import", _shown(row), "the cube comes before what it holds")
            elif part == "end":
                checked.end(row["end"])
                ended = True
            else:
                json.dumps(row, ensure_ascii=False, allow_nan=False).encode()  # a lone surrogate, a number JSON lacks
                checked.take(number, _item(part, row, checked.record.id))
        except (MemosGraphError, TypeError, ValueError, AttributeError) as error:
            raise Invalid(f"import line {number}", _shown(row), str(error)) from error
    if checked is None:
        raise Invalid("import", "no cube", "the second line of an export holds it")
    if version > 1 and not ended:
        raise Invalid(f"import line {number}", "no end line after it", "the export is cut short: export again")
    return checked


def items(lines: Iterable[Mapping[str, Any]], record: Cube, cube: str) -> Iterator[Node | Edge | Change]:
    """The nodes, edges and Changes of an export of `record` that was checked, as those of `cube`."""
    renamed: dict[str, str] = {}
    for row in lines:
        part = next((part for part in ("node", "edge", "change") if part in row), None)
        if part is None:
            continue
        item = _item(part, row, record.id)
        if cube == record.id:
            yield item
        elif isinstance(item, Node):
            yield replace(item, cube=cube)
        elif isinstance(item, Edge):
            renamed[item.id] = _edge_id(item, record.id, cube)
            yield replace(item, cube=cube, id=renamed[item.id])
        else:
            yield _moved(item, record.id, cube, renamed)


def _version(head: Any) -> int:
    if not isinstance(head, Mapping) or head.get("format") != FORMAT:
        raise Invalid("import line 1", _shown(head), f"the first line of an export says {FORMAT!r}")
    version = head.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise Invalid("import version", version, f"it is a number from 1 to {VERSION}")
    if version > VERSION:
        raise Invalid("import version", version, f"this build reads up to version {VERSION}: upgrade memos-graph")
    return version


def _part(row: Any) -> str:
    found = [part for part in _PARTS if isinstance(row, Mapping) and part in row]
    if len(found) != 1 or len(row) != 1:
        raise Invalid("import", _shown(row), f"a line holds one of {', '.join(_PARTS)}, and nothing else")
    return found[0]


def _item(part: str, row: Mapping[str, Any], cube: str) -> Node | Edge | Change:
    values = row[part]
    if isinstance(values, Mapping):
        values = {**values, "cube": cube}
    if part == "node":
        return node_from_json(values)
    return edge_from_json(values) if part == "edge" else change_from_json(values)


def _named(record: Cube, cube: str | None) -> Cube:
    return replace(record, id=cube) if cube else record


def _moved(change: Change, old: str, new: str, renamed: dict[str, str]) -> Change:
    """`change` as one of cube `new`, whose edges have ids of their own; an erased one, known by no line, keeps its."""
    images = []
    for image in change.images:
        if image.of == "edge" and image.before is not None and image.id not in renamed:
            renamed[image.id] = _edge_id(edge_from_json(image.before), old, new)
        id = renamed.get(image.id, image.id) if image.of == "edge" else image.id
        before = None if image.before is None else {**image.before, "cube": new, "id": id}
        images.append(Image(id=id, of=image.of, before=before))
    present = tuple(renamed.get(id, id) for id in change.present_edges)
    return replace(change, cube=new, images=tuple(images), present_edges=present)


def _edge_id(edge: Edge, old: str, new: str) -> str:
    """The id in cube `new` of an edge of `old`; one that its maker chose stays."""
    ends = (edge.kind, edge.from_id, edge.to_id, edge.discriminator)
    return edge_id(new, *ends) if edge.id == edge_id(old, *ends) else edge.id


def _shown(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False, default=str)[:80]
