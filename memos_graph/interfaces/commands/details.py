"""What `show` tells of one memory: its fields, where it stands, its edges, its versions and changes."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Screen, one_line
from memos_graph.interfaces.views import edge_json, minute, name_of, place
from memos_graph.model.codec import source_to_json
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.services.prefix.kept import shown

if TYPE_CHECKING:
    from memos_graph.app import CubeHandle, Graph

_UNSAFE = re.compile(r"[^\w.@-]")


def find(graph: Graph, kb: CubeHandle, identity: str) -> Node:
    """The memory as it is, or the retired one or earlier version of this id. `NotFound` when there is none."""
    try:
        return kb.get(identity)
    except NotFound:
        found = graph.context.store.get(everything(kb.name), [identity])
        if not found:
            raise
        return found[0]


def fields(screen: Screen, node: Node) -> None:
    """Its fields, those that say something."""
    rows: list[tuple[str, str]] = [
        ("id", node.id), ("cube", node.cube), ("kind", node.kind), ("key", node.key), ("status", node.status),
        ("confidence", f"{node.confidence:g}"), ("tags", ", ".join(node.tags)), ("from", place(node.sources)),
        ("true from", minute(node.valid_from)), ("true to", minute(node.valid_to)),
        ("known since", minute(node.created_at)), ("changed", minute(node.updated_at)),
        ("retired", minute(node.retired_at)), ("version", str(node.version)),
    ]  # fmt: skip
    info = {name: value for name, value in shown(node).info.items() if name != "layout"}
    rows.append(("info", json.dumps(info, ensure_ascii=False, default=str) if info else ""))
    rows.append(("vectors", ", ".join(f"{space} ({len(vector)})" for space, vector in node.vectors.items())))
    screen.table(("field", "value"), [row for row in rows if row[1]], wide="value")


def source(graph: Graph, kb: CubeHandle, node: Node, picture: Path | None) -> dict[str, Any]:
    """Its places, the containers around it from the nearest up, and the page it stands on, drawn to `picture`
    (None: a file in a new temporary folder); `unseen` says why there is no such page."""
    store = graph.context.store
    above = store.around(kb.scope(), [node.id], kinds=["PARENT"], direction="out", depth=6)
    containers = [{"id": r.node.id, "kind": r.node.kind, "name": name_of(r.node)} for r in above]
    told = {"places": [source_to_json(s) for s in node.sources], "within": containers}
    try:
        png = kb.page_image(node.id)
    except (Invalid, NotFound) as error:
        return told | {"unseen": str(error)}
    target = picture or Path(tempfile.mkdtemp(prefix="memos-graph-")) / f"{_UNSAFE.sub('-', node.id)}.png"
    with options.whole_file(target, binary=True) as file:
        file.write(png)
    return told | {"page": str(target.resolve())}


def edges(kb: CubeHandle, node: Node) -> list[dict[str, Any]]:
    """Its live edges, by kind, each with what is at the other end."""
    found = kb.edges(node.id)
    others = {e.to_id if e.from_id == node.id else e.from_id for e in found}
    names = {n.id: one_line(name_of(n), 200) for n in kb.get_many(sorted(others))}
    rows = []
    for edge in sorted(found, key=lambda e: (e.kind, e.from_id != node.id, e.id)):
        other = edge.to_id if edge.from_id == node.id else edge.from_id
        told = {"out": edge.from_id == node.id, "other": other, "other_text": names.get(other, "")}
        rows.append(edge_json(edge) | told)
    return rows


def history(kb: CubeHandle, node: Node) -> dict[str, Any]:
    """Its earlier versions, newest first, and the changes that touched it, oldest first."""
    told = kb.history_of(node.id).to_json()
    return {"versions": told["versions"], "changes": told["changes"]}


def part(screen: Screen, name: str, told: Any) -> None:
    """One of the three as people read it."""
    if name == "edges":
        rows = [
            (f"-{e['kind']}->" if e["out"] else f"<-{e['kind']}-", e["other"], f"{e['weight']:g}", e["other_text"])
            for e in told
        ]
        screen.table(("edge", "other", "weight", "text"), rows, wide="text")
    elif name == "source":
        rows3 = [("place", "", one_line(json.dumps(p, ensure_ascii=False))) for p in told["places"]]
        rows3 += [(w["kind"], w["id"], one_line(w["name"], 160)) for w in told["within"]]
        rows3.append(("page", "", told["page"]) if "page" in told else ("no page", "", one_line(told["unseen"], 300)))
        screen.table(("within", "id", "name"), rows3, wide="name")
    else:
        rows4 = [("version", v["id"], _times(v), one_line(v["text"], 200)) for v in told["versions"]]
        rows4 += [("change", str(c["seq"]), c["at"], f"{c['reason']} by {c['actor']}") for c in told["changes"]]
        screen.table(("what", "id", "time", "text"), rows4, wide="text")


def _times(version: dict[str, Any]) -> str:
    """When a version was true, or until when we believed it."""
    if version["retired_at"]:
        return f"believed until {version['retired_at'][:16]}"
    return f"true {(version['valid_from'] or 'always')[:16]} to {(version['valid_to'] or 'now')[:16]}"
