"""What a cluster would hold and do with a sentence, in memory. Schema is heard of late, and then checked strictly."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from tests.backends.nebula_stub.grammar import Sentence, read

LONGEST = 4_194_304  # max_allowed_query_size
Rows = tuple[list[str], list[list[Any]]]
_SIGNS = {
    "==": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


class Fault(Exception):
    """What graphd would answer with this code's name and this text."""

    def __init__(self, code: str, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(text)


@dataclass(slots=True)
class Space:
    """One space. `schemas`: tag or kind to (properties, number of the statement from which it is known)."""

    vid_length: int
    tags: dict[str, dict[str, tuple[str, int, bool]]] = field(default_factory=dict)
    kinds: dict[str, dict[str, tuple[str, int, bool]]] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    indexes: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    vertices: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    edges: dict[tuple[str, str, str, int], dict[str, Any]] = field(default_factory=dict)
    indexed: dict[str, set[str]] = field(default_factory=dict)  #: by index: vertex ids in it


class Cluster:
    """Runs statements. `lag`: how many statements pass before a new tag, kind or index is known."""

    def __init__(self, *, lag: int = 0) -> None:
        self.spaces: dict[str, Space] = {}
        self.lag, self.number, self.jobs = lag, 0, 0
        self.lock = RLock()

    def run(self, text: str, space: str | None) -> tuple[Rows, str | None]:
        """The columns and rows of a statement, and the space the session is in after it."""
        if len(text.encode()) > LONGEST:
            raise Fault("E_SYNTAX_ERROR", "SyntaxError: Out of memory: statement is too long")
        sentence = read(text)
        with self.lock:
            self.number += 1
            if sentence.verb == "USE":
                self._space(sentence.parts["space"])
                return ([], []), sentence.parts["space"]
            if sentence.verb in ("CREATE SPACE", "DESCRIBE SPACE"):
                return self._spaces(sentence), space
            if space is None:
                raise Fault("E_SEMANTIC_ERROR", "SemanticError: Space was not chosen.")
            do = getattr(self, "_" + sentence.verb.lower().replace(" ", "_"))
            return do(self._space(space), **_plain(sentence)), space

    # --- schema

    def _spaces(self, sentence: Sentence) -> Rows:
        parts = sentence.parts
        if sentence.verb == "CREATE SPACE":
            if parts["space"] not in self.spaces:
                self.spaces[parts["space"]] = Space(vid_length=parts["vid_length"])
            return [], []
        space = self._space(parts["space"])
        return ["ID", "Name", "Vid Type"], [[1, parts["space"], f"FIXED_STRING({space.vid_length})"]]

    def _space(self, name: str) -> Space:
        if name not in self.spaces:
            raise Fault("E_SEMANTIC_ERROR", "SpaceNotFound: SpaceName `" + name + "`")
        return self.spaces[name]

    def _create_tag(self, space: Space, name: str, properties: list[Any]) -> Rows:
        space.tags.setdefault(name, {told: (kind, length, needed) for told, kind, length, needed in properties})
        space.heard.setdefault(name, self.number + self.lag)
        return [], []

    def _create_edge(self, space: Space, name: str, properties: list[Any]) -> Rows:
        space.kinds.setdefault(name, {told: (kind, length, needed) for told, kind, length, needed in properties})
        space.heard.setdefault(name, self.number + self.lag)
        return [], []

    def _create_tag_index(self, space: Space, index: str, tag: str, columns: list[str]) -> Rows:
        self._known(space, space.tags, tag)
        if index not in space.indexes:
            space.indexes[index] = (tag, columns)
            space.indexed[index] = set()
            space.heard[index] = self.number + self.lag
        return [], []

    def _rebuild_tag_index(self, space: Space, index: str) -> Rows:
        tag, _ = space.indexes[index]
        space.indexed[index] = {vid for vid, tags in space.vertices.items() if tag in tags}
        self.jobs += 1
        return ["New Job Id"], [[self.jobs]]

    def _show_job(self, _: Space, job: int) -> Rows:
        return ["Job Id(TaskId)", "Status"], [[job, "FINISHED" if job <= self.jobs else "QUEUE"]]

    def _show_tags(self, space: Space) -> Rows:
        return ["Name"], [[name] for name in sorted(space.tags)]

    def _show_edges(self, space: Space) -> Rows:
        return ["Name"], [[name] for name in sorted(space.kinds)]

    def _show_tag_indexes(self, space: Space) -> Rows:
        return ["Index Name", "By Tag", "Columns"], [[name, *held] for name, held in sorted(space.indexes.items())]

    def _known(self, space: Space, schemas: dict[str, Any], name: str) -> dict[str, tuple[str, int, bool]]:
        if name not in schemas or self.number < space.heard[name]:
            what = "TagNotFound: TagName" if schemas is space.tags else "EdgeNotFound: EdgeName"
            raise Fault("E_SEMANTIC_ERROR", f"{what} `{name}`")
        found: dict[str, tuple[str, int, bool]] = schemas[name]
        return found

    # --- writes

    def _insert_vertex(self, space: Space, tag: str, columns: list[str], rows: list[Any]) -> Rows:
        schema = self._known(space, space.tags, tag)
        for vid, values in rows:
            _check_vid(space, vid)
            space.vertices.setdefault(vid, {})[tag] = _whole(schema, columns, values)
            for index, (on, _) in space.indexes.items():
                if on == tag and self.number >= space.heard[index]:
                    space.indexed[index].add(vid)
        return [], []

    def _insert_edge(self, space: Space, kind: str, columns: list[str], rows: list[Any]) -> Rows:
        schema = self._known(space, space.kinds, kind)
        for (source, target, rank), values in rows:
            _check_vid(space, source, target)
            space.edges[kind, source, target, rank] = _whole(schema, columns, values)
        return [], []

    def _update_vertex(self, space: Space, tag: str, vid: str, changes: Any, when: Any, columns: Any) -> Rows:
        schema = self._known(space, space.tags, tag)
        row = space.vertices.get(vid, {}).get(tag)
        if row is None:
            raise Fault("E_EXECUTION_ERROR", "Storage Error: Vertex or edge not found.")
        if all(_meets(row, condition) for condition in when):
            _whole(schema, [told for told, _ in changes], [value for _, value in changes], partly=True)
            row |= dict(changes)
        return [told for _, told in columns], [[row[what] for what, _ in columns]]

    def _delete_vertex(self, space: Space, vids: list[str]) -> Rows:
        for vid in vids:
            space.vertices.pop(vid, None)
        gone = set(vids)
        for held in space.indexed.values():
            held -= gone
        space.edges = {key: row for key, row in space.edges.items() if key[1] not in gone and key[2] not in gone}
        return [], []

    def _delete_edge(self, space: Space, kind: str, keys: list[Any]) -> Rows:
        self._known(space, space.kinds, kind)
        for key in keys:
            space.edges.pop((kind, *key), None)
        return [], []

    # --- reads

    def _fetch_prop(self, space: Space, schema: str, edges: bool, keys: list[Any], columns: Any) -> Rows:
        self._known(space, space.kinds if edges else space.tags, schema)
        if edges:
            found = [(key, space.edges[schema, *key]) for key in dict.fromkeys(keys) if (schema, *key) in space.edges]
        else:
            found = [(vid, row) for vid in dict.fromkeys(keys) if (row := space.vertices.get(vid, {}).get(schema))]
        rows = [[_column(what, key, row, schema) for what, _ in columns] for key, row in found]
        return [told for _, told in columns], rows

    def _go(self, space: Space, vids: list[str], kinds: list[str], into: bool, columns: Any) -> Rows:
        for kind in kinds:
            self._known(space, space.kinds, kind)
        start, wanted = 2 if into else 1, set(vids)
        found = [(key, row) for key, row in space.edges.items() if key[0] in kinds and key[start] in wanted]
        rows = [[_column(what, key, row, key[0]) for what, _ in columns] for key, row in found]
        return [told for _, told in columns], rows

    def _lookup_on(self, space: Space, tag: str, where: Any, columns: Any, order: str | None, limit: int) -> Rows:
        self._known(space, space.tags, tag)
        indexes = [name for name, (on, over) in space.indexes.items() if on == tag and over[0] == where[0][0]]
        if not indexes:
            raise Fault("E_SEMANTIC_ERROR", "There is no index to use at runtime")
        found = [
            (vid, row) for vid in space.indexed[indexes[0]]
            if (row := space.vertices[vid].get(tag)) and all(_meets(row, condition) for condition in where)
        ]  # fmt: skip
        names = [told for _, told in columns]
        rows = [[_column(what, vid, row, tag) for what, _ in columns] for vid, row in found]
        if order is not None:
            rows.sort(key=lambda row: row[names.index(order)])
        return names, rows[:limit]


def _plain(sentence: Sentence) -> dict[str, Any]:
    renamed = {"yield": "columns", "set": "changes"}
    return {renamed.get(name, name): value for name, value in sentence.parts.items()}


def _meets(row: dict[str, Any], condition: tuple[str, str, Any]) -> bool:
    told, sign, value = condition
    held: Any = row[told]
    return held is not None and value is not None and bool(_SIGNS[sign](held, value))


def _column(what: str, key: Any, row: dict[str, Any], schema: str) -> Any:
    if what == "id(vertex)":
        return key
    if what == "type(edge)":
        return schema
    if what in ("properties(vertex)", "properties(edge)"):
        return dict(row)
    function, _, told = what.partition(".")
    if function != "properties(vertex)":
        raise Fault("E_SEMANTIC_ERROR", f"SemanticError: no such function: {what}")
    return row[told]


def _check_vid(space: Space, *vids: str) -> None:
    for vid in vids:
        if len(vid.encode()) > space.vid_length:
            raise Fault("E_EXECUTION_ERROR", "Storage Error: The VID must be a string no longer than its type")


def _whole(schema: dict[str, Any], columns: list[str], values: list[Any], *, partly: bool = False) -> dict[str, Any]:
    """A row of `schema`, what is not given NULL. Types are checked as storaged does."""
    if len(columns) != len(values):
        raise Fault("E_SEMANTIC_ERROR", "SemanticError: Column count doesn't match value count.")
    given: dict[str, Any] = dict(zip(columns, values, strict=True))
    if unknown := given.keys() - schema.keys():
        raise Fault("E_SEMANTIC_ERROR", f"SemanticError: Unknown column `{min(unknown)}' in schema")
    types: dict[str, type] = {"string": str, "fixed_string": str, "int64": int, "double": float, "bool": bool}
    for told, (kind, length, needed) in schema.items():
        value: Any = given.get(told)
        if value is None:
            if needed and not partly:
                raise Fault("E_EXECUTION_ERROR", f"Storage Error: The not null field `{told}` cannot be null.")
            continue
        wrong = type(value) is not types[kind]
        if wrong or (isinstance(value, int) and not -(2**63) <= value < 2**63):
            raise Fault("E_EXECUTION_ERROR", f"Storage Error: The data type does not meet the requirements: {told}")
        if kind == "fixed_string" and len(str(value).encode()) > length:
            raise Fault("E_EXECUTION_ERROR", f"Storage Error: `{told}` would be cut")  # storaged cuts in silence
    return given if partly else {**dict.fromkeys(schema), **given}
