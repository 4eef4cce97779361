"""TreeTextMemory: the reference API's structured textual memory, as a thin face over one cube.

Names, fields and behaviour follow the reference; what it leaves open is done as the rest of this engine does it:
writes are atomic and durable, an id stays valid over updates, and what was is not lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from memos_graph.engines.mentions import canonical
from memos_graph.memories.items import TextualMemoryItem, as_item, to_item, to_node
from memos_graph.model.delta import Delta, Operation, PutNode, Receipt, RetireNode
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.graph import Edge, Node, make_edge
from memos_graph.model.scope import everything
from memos_graph.services import evolve, keep
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube, text_space, with_vectors
from memos_graph.services.recall import RecallRequest, recall
from memos_graph.services.remember.ids import node_id
from memos_graph.services.writing import apply_delta

FILE = "textual_memory.json"
Item = TextualMemoryItem | Mapping[str, Any] | str


class TreeTextMemory:
    """The memories of one cube as items: `TreeTextMemory(graph.context, "cube")`.

    backups: where `drop` keeps its copies; without it `drop` asks for a folder.
    """

    def __init__(self, context: Context, cube: str, *, backups: Path | None = None) -> None:
        find_cube(context.store, cube)
        self._context, self._cube, self._backups = context, cube, backups

    # --- writing

    def add(self, memories: Sequence[Item] | Item) -> list[str]:
        """The ids of `memories`, written as one step; an item that is there with the same content stays as it is."""
        one = isinstance(memories, str | Mapping | TextualMemoryItem)
        given: Sequence[Item] = [memories] if one else memories  # type: ignore[list-item, assignment]
        items = [as_item(memory) for memory in given]
        if not items:
            raise Invalid("memories", given, "give at least one")
        nodes, edges = self._nodes(items)
        evolve.put_memories(self._context, self._cube, nodes, edges=edges)
        return [item.id for item in items]

    def update(self, memory_id: str, new_memory: Item) -> None:
        """The memory `memory_id` says `new_memory` from now on; id and edges stay, what it said stays as a version."""
        item = as_item(new_memory)
        head = evolve.live_node(self._context.store, self._cube, memory_id)
        if isinstance(new_memory, str):
            changes: dict[str, Any] = {"text": item.memory}
        else:
            wanted = to_node(item, self._cube, head.created_at, "")
            changes = {"text": item.memory} | {
                name: getattr(wanted, name)
                for name in ("key", "status", "confidence", "tags", "usage", "sources", "info")
            }
        evolve.update(self._context, self._cube, memory_id, changes)

    def replace_working_memory(self, memories: Sequence[Item]) -> None:
        """Working memory is `memories` from now on, in one step; what it was is retired."""
        items = [as_item(memory) for memory in memories]
        items = [replace(i, metadata=replace(i.metadata, memory_type="WorkingMemory")) for i in items]
        at = self._context.clock()
        old = {node.id: node for node in self._kind("WorkingMemory")}
        nodes, _ = self._nodes(items) if items else ([], [])
        stored = {n.id: n for n in self._context.store.get(everything(self._cube), [n.id for n in nodes], vectors=True)}
        operations: list[Operation] = [RetireNode(id=i) for i in old if i not in {n.id for n in nodes}]
        for node in nodes:
            known = stored.get(node.id)
            if known is None:
                operations.append(PutNode(node=node))
            elif known.text != node.text or known.retired_at is not None or known.kind != node.kind:
                operations.append(PutNode(node=replace(node, created_at=known.created_at), replaces=known.version))
        if operations:
            self._apply(operations, "replace working memory", at)

    def delete(self, memory_ids: Sequence[str] | str) -> None:
        """Retire these memories. `NotFound` names one that is not there; then none is deleted."""
        evolve.delete(self._context, self._cube, [memory_ids] if isinstance(memory_ids, str) else memory_ids)

    def delete_all(self) -> None:
        """Remove every memory, edge and version of the cube for good; the cube itself stays."""
        record = find_cube(self._context.store, self._cube)
        self._context.store.drop_cube(self._cube)
        self._context.store.create_cube(record)

    # --- reading

    def search(self, query: str, top_k: int = 10, *, memory_type: str = "All",
               search_filter: Mapping[str, Any] | None = None) -> list[TextualMemoryItem]:  # fmt: skip
        """The `top_k` memories that answer `query` best, by vector, text and graph together."""
        from memos_graph.model.filter import parse_filter

        request = RecallRequest(
            query=query, cubes=(self._cube,), top_k=top_k,
            filter=parse_filter(search_filter) if search_filter else None,
            kinds=None if memory_type == "All" else frozenset({memory_type}),
        )  # fmt: skip
        return [to_item(hit.node) for hit in recall(self._context, request)]

    def get(self, memory_id: str) -> TextualMemoryItem:
        """The memory with this id as it is now. `NotFound` when there is none."""
        space = find_cube(self._context.store, self._cube).text_space
        return to_item(evolve.live_node(self._context.store, self._cube, memory_id), space)

    def get_by_ids(self, memory_ids: Sequence[str]) -> list[TextualMemoryItem]:
        """These memories in the order asked for. `NotFound` names the first one missing."""
        found = {node.id: node for node in self._context.store.get(self._now(), memory_ids)}
        for identity in memory_ids:
            if identity not in found:
                raise NotFound("memory", identity, f"in cube {self._cube!r}")
        return [to_item(found[identity]) for identity in memory_ids]

    def get_all(self) -> dict[str, list[dict[str, Any]]]:
        """The graph as it is now: {"nodes": [items], "edges": [{source, target, type, ...}]}."""
        nodes = [to_item(node).to_dict() for node in self._all()]
        edges = [
            {"id": e.id, "source": e.from_id, "target": e.to_id, "type": e.kind, "weight": e.weight,
             "evidence": e.evidence}
            for e in self._context.store.edges(self._now())
        ]  # fmt: skip
        return {"nodes": nodes, "edges": edges}

    def get_working_memory(self) -> list[TextualMemoryItem]:
        """Working memory, oldest first."""
        return [to_item(node) for node in self._kind("WorkingMemory")]

    def get_current_memory_size(self) -> dict[str, int]:
        """How many memories there are of each kind."""
        return dict(self._context.store.shape(self._now())[0])

    # --- keeping

    def dump(self, directory: str | Path, *, vectors: bool = True) -> Path:
        """The path of `textual_memory.json` in `directory`: every field, edge, version, and by choice the vectors."""
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / FILE
        rows = list(keep.export_lines(self._context, self._cube, vectors=vectors, history=False))
        whole = {
            **rows[0], "cube": rows[1]["cube"], "nodes": [r["node"] for r in rows if "node" in r],
            "edges": [r["edge"] for r in rows if "edge" in r],
        }  # fmt: skip
        part = target.with_suffix(".part")  # a dump that is cut short must not replace a whole one
        part.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(target)
        return target

    def load(self, directory: str | Path) -> None:
        """Take in what `dump` wrote; vectors of another embedder are made anew. Equal memories stay as they are."""
        source = Path(directory) / FILE
        if not source.is_file():
            raise NotFound("dump", str(source), "give the folder that dump() was given")
        try:
            whole = json.loads(source.read_text(encoding="utf-8"))
            head = {name: whole[name] for name in ("format", "version", "vectors")}
            rows = [head, {"cube": whole["cube"]}, *({"node": n} for n in whole["nodes"])]
            rows += [{"edge": e} for e in whole["edges"]]
            rows.append({"end": {"nodes": len(whole["nodes"]), "edges": len(whole["edges"]), "changes": 0}})
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid("dump", str(source), f"it can't be read: {error!r}") from error
        keep.import_lines(self._context, rows, cube=self._cube, merge=True)

    def drop(self, keep_last_n: int = 30, *, backups: Path | None = None) -> Path:
        """The folder of a last dump, made before the cube is dropped; of earlier ones the newest `keep_last_n` stay."""
        root = backups or self._backups
        if root is None:
            raise Invalid("backups", None, "say where to keep the last copy: drop(backups=FOLDER)")
        if keep_last_n < 1:
            raise Invalid("keep_last_n", keep_last_n, "keep at least the copy that is made now")
        stamp = self._context.clock().strftime("%Y%m%dT%H%M%S%fZ")
        made = root / f"{self._cube}-{stamp}"
        self.dump(made)
        self._context.store.drop_cube(self._cube)
        older = sorted(p for p in root.glob(f"{self._cube}-*T*Z") if (p / FILE).is_file())
        for folder in older[:-keep_last_n]:
            (folder / FILE).unlink()
            if not any(folder.iterdir()):
                folder.rmdir()
        return made

    # --- helpers

    def _nodes(self, items: Sequence[TextualMemoryItem]) -> tuple[list[Node], list[Edge]]:
        at = self._context.clock()
        space = text_space(self._context, self._cube) if any(i.metadata.embedding is not None for i in items) else ""
        nodes = [to_node(item, self._cube, at, space) for item in items]
        edges: list[Edge] = []
        named: dict[str, Node] = {}
        for item in items:
            for name in item.metadata.entities:
                identity = node_id("ent", canonical(name))
                named[identity] = Node(
                    id=identity,
                    cube=self._cube,
                    kind="Entity",
                    text=name,
                    key=canonical(name),
                    created_at=at,
                    updated_at=at,
                )
                edges.append(make_edge(self._cube, "MENTIONS", item.id, identity, created_at=at, created_by="user"))
        return [*nodes, *named.values()], edges

    def _apply(self, operations: Sequence[Operation], reason: str, at: Any) -> Receipt:
        whole = with_vectors(self._context, self._cube, operations)
        delta = Delta(id=self._context.new_id(), cube=self._cube, actor=self._context.actor, reason=reason, at=at,
                      operations=whole)  # fmt: skip
        return apply_delta(self._context, delta)[0]

    def _now(self) -> Any:
        return replace(everything(self._cube), retired=False)

    def _all(self) -> list[Node]:
        nodes: list[Node] = []
        cursor: str | None = None
        while True:
            page = self._context.store.scan(self._now(), cursor=cursor)
            nodes.extend(page.nodes)
            cursor = page.cursor
            if cursor is None:
                return nodes

    def _kind(self, kind: str) -> list[Node]:
        from memos_graph.model.filter import where

        return list(self._context.store.match(self._now(), filter=where("kind", "eq", kind), limit=1_000_000))
