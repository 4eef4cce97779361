"""Memories, edges and hits in words and as JSON, for every command alike. No streams here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from memos_graph.interfaces.screen import one_line
from memos_graph.model.codec import edge_to_json, node_to_json, source_to_json
from memos_graph.model.delta import Receipt
from memos_graph.model.graph import Edge, Node, Source
from memos_graph.services.explained import route_json
from memos_graph.services.hits import Hit
from memos_graph.services.prefix.kept import shown


def place(sources: Sequence[Source]) -> str:
    """Where a text stands: its document with page, characters or message; "" when nothing is known."""
    if not sources:
        return ""
    source = sources[0]
    parts = [one_line(source.uri)]
    if source.page is not None:
        parts.append(f"page {source.page}")
    if source.start is not None and source.end is not None:
        parts.append(f"characters {source.start}-{source.end}")
    if source.message is not None:
        parts.append(f"message {one_line(source.message)}")
    return ", ".join(parts)


def when(node: Node) -> str:
    """The time it is true of, as a person writes it; "" when it always was."""
    if node.valid_from is not None and node.valid_to is not None:
        return f"{minute(node.valid_from)} to {minute(node.valid_to)}"
    if node.valid_from is not None:
        return minute(node.valid_from)
    return f"until {minute(node.valid_to)}" if node.valid_to is not None else ""


def minute(moment: datetime | None) -> str:
    """A time to the minute; a midnight as its date alone."""
    if moment is None:
        return ""
    return moment.strftime("%Y-%m-%d") if (moment.hour, moment.minute) == (0, 0) else moment.strftime("%Y-%m-%d %H:%M")


def name_of(node: Node) -> str:
    """What stands for a node in a line: its text, else its key, else its id."""
    return node.text or node.key or node.id


def readable(node: Node) -> str:
    """Its text on one line; of a Markdown table the cells alone."""
    text = name_of(node)
    if node.kind == "Table":
        cells = (cell.strip() for cell in text.replace("\n", "|").split("|"))
        text = " / ".join(cell for cell in cells if cell.strip("-: "))
    return one_line(text)


def hit_json(hit: Hit, *, explain: bool) -> dict[str, Any]:
    """A hit with its whole text; arms and routes with `explain`."""
    node = hit.node
    found: dict[str, Any] = {
        "rank": hit.rank, "score": round(hit.score, 6), "cube": hit.cube, "id": hit.id, "kind": hit.kind,
        "text": hit.text, "key": node.key, "status": node.status, "tags": list(node.tags),
        "valid_from": _iso(node.valid_from), "valid_to": _iso(node.valid_to),
        "sources": [source_to_json(source) for source in hit.sources], "path": hit.path,
    }  # fmt: skip
    if hit.doubt is not None:
        found["doubt"] = {"because": list(hit.doubt.path), "why": hit.doubt.why, "since": hit.doubt.since}
    if explain:
        found["arms"] = {arm: round(share, 6) for arm, share in hit.arms.items()}
        found["routes"] = [route_json(route) for route in hit.routes]
    return found


def node_json(node: Node) -> dict[str, Any]:
    """A memory with every field but its vectors, whose names and lengths stand in their place."""
    vectors = {space: len(vector) for space, vector in node.vectors.items()}
    return node_to_json(shown(node)) | ({"vector_lengths": vectors} if vectors else {})


def edge_json(edge: Edge) -> dict[str, Any]:
    """An edge with every field."""
    return edge_to_json(edge)


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """A receipt with every field."""
    return {
        "delta": receipt.delta, "cube": receipt.cube, "seq": receipt.seq, "at": _iso(receipt.at),
        "nodes": list(receipt.nodes), "edges": list(receipt.edges), "present_nodes": list(receipt.present_nodes),
        "present_edges": list(receipt.present_edges),
    }  # fmt: skip


def receipt_line(receipt: Receipt) -> str:
    """What was written, in one line."""
    if not receipt.wrote:
        return "nothing to write: it was so already"
    return f"wrote {count(len(receipt.nodes), 'node')} and {count(len(receipt.edges), 'edge')}, change {receipt.seq}"


def count(number: int, noun: str) -> str:
    """A number with its noun: 1 node, 2,000 nodes."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def size(number: int) -> str:
    """Bytes as a person reads them."""
    amount = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{number} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError("the last unit takes what is left")


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="microseconds")
