"""A cube as GraphML, for networkx, Gephi, yEd, Cytoscape and igraph. Streams; holds a page at a time.

The format: graphml.graphdrawing.org. Ids there are XML name tokens: other characters are written `_xHEX_`, and the id
as it is stands in the data `id`. Characters that XML 1.0 can't hold become U+FFFD.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from memos_graph.model.codec import source_to_json
from memos_graph.model.graph import Edge, Json, Node
from memos_graph.model.scope import Scope
from memos_graph.services.context import Context
from memos_graph.services.exporters.selection import edge_pages, node_pages

_MOST_COLUMNS = 256  #: of info that get a key of their own
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_TOKEN = re.compile(r"[^A-Za-z0-9.\-_]|_(?=x)")
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""


@dataclass(frozen=True, slots=True)
class _Column:
    key: str  #: the XML id
    name: str
    type: str  #: string, long, double or boolean
    of: Callable[[Any], Any]  #: its value for a node or edge; None: it has none


def _iso(name: str) -> Callable[[Any], str | None]:
    def read(thing: Any) -> str | None:
        moment: datetime | None = getattr(thing, name)
        return None if moment is None else moment.isoformat(timespec="microseconds")

    return read


def _field(name: str) -> Callable[[Any], Any]:
    return lambda thing: getattr(thing, name) if getattr(thing, name) != "" else None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _column(of: str, name: str, type_: str = "string", read: Callable[[Any], Any] | None = None) -> _Column:
    return _Column(f"{of}_{name}", name, type_, read or _field(name))


_NODE = (
    _column("n", "id"), _column("n", "cube"), _column("n", "kind"), _column("n", "text"), _column("n", "key"),
    _column("n", "status"), _column("n", "confidence", "double"),
    _column("n", "tags", read=lambda n: _json(list(n.tags)) if n.tags else None),
    _column("n", "usage", read=lambda n: _json(list(n.usage)) if n.usage else None),
    _column("n", "sources", read=lambda n: _json([source_to_json(s) for s in n.sources]) if n.sources else None),
    *(_column("n", name, read=_iso(name))
      for name in ("created_at", "updated_at", "retired_at", "valid_from", "valid_to")),
    _column("n", "version", "long"), _column("n", "content_hash"),
    _column("n", "info", read=lambda n: _json(dict(n.info)) if n.info else None),
    # two that tools look for: what to show, and what to colour by
    _column("n", "label", read=lambda n: " ".join((n.key if n.kind == "Document" else n.text).split())[:60] or n.id),
)  # fmt: skip
_EDGE = (
    _column("e", "kind"), _column("e", "discriminator"), _column("e", "weight", "double"),
    _column("e", "created_by"), _column("e", "evidence"),
    *(_column("e", name, read=_iso(name)) for name in ("created_at", "retired_at", "valid_from", "valid_to")),
    _column("e", "version", "long"), _column("e", "info", read=lambda e: _json(dict(e.info)) if e.info else None),
)  # fmt: skip


def graphml(context: Context, cube: str, scope: Scope) -> Iterator[str]:
    """The pieces of a GraphML document with what `scope` sees of `cube`; joined they are the file. No vectors.

    Info fields that hold a text, number or true/false get a column `info.NAME` each (the first 256 names), besides the
    whole as JSON. Reads the nodes twice: keys are declared before they are used.
    """
    node_columns = (*_NODE, *_info_columns(context, scope))
    yield _HEAD
    for columns, of in ((node_columns, "node"), (_EDGE, "edge")):
        for column in columns:
            yield (f'<key id="{column.key}" for="{of}" attr.name={_quoted(column.name)} attr.type="{column.type}"/>\n')
    yield f'<graph id="{token(cube)}" edgedefault="directed">\n'
    for nodes in node_pages(context, scope):
        for node in nodes:
            yield f'<node id="{token(node.id)}">{_data(node, node_columns)}</node>\n'
    for edges in edge_pages(context, scope):
        for edge in edges:
            yield (
                f'<edge id="{token(edge.id)}" source="{token(edge.from_id)}" target="{token(edge.to_id)}">'
                f"{_data(edge, _EDGE)}</edge>\n"
            )
    yield "</graph>\n</graphml>\n"


def token(identity: str) -> str:
    """`identity` as an XML name token: different ids give different tokens."""
    return _NO_TOKEN.sub(lambda found: f"_x{ord(found.group()):X}_", identity)


def xml_text(text: str) -> str:
    """`text` as the content of an element: escaped, line ends kept, what XML can't hold replaced by U+FFFD."""
    return escape(_NO_XML.sub("\ufffd", text), {"\r": "&#13;"})


def _quoted(text: str) -> str:
    return f'"{escape(_NO_XML.sub(chr(0xFFFD), text), _IN_QUOTES)}"'


_IN_QUOTES: Mapping[str, str] = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def _data(thing: Node | Edge, columns: tuple[_Column, ...]) -> str:
    parts = []
    for column in columns:
        value = column.of(thing)
        if value is None:
            continue
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        parts.append(f'<data key="{column.key}">{xml_text(shown)}</data>')
    return "".join(parts)


def _info_columns(context: Context, scope: Scope) -> list[_Column]:
    """A column for each info field that holds plain values of one type; of several types: as text."""
    types: dict[str, str] = {}
    for nodes in node_pages(context, scope):
        for node in nodes:
            for name, value in node.info.items():
                type_ = _type(value)
                if type_ is not None and (name in types or len(types) < _MOST_COLUMNS):
                    types[name] = _both(types.get(name, type_), type_)
    return [
        _Column(f"i_{number}", f"info.{name}", type_, _info(name, type_))
        for number, (name, type_) in enumerate(types.items())
    ]  # fmt: skip


def _both(one: str, other: str) -> str:
    if one == other:
        return one
    return "double" if {one, other} == {"long", "double"} else "string"


def _info(name: str, type_: str) -> Callable[[Node], Any]:
    def read(node: Node) -> Any:
        value = node.info.get(name)
        known = _type(value)  # a field written meanwhile may be of another type
        return value if known is not None and _both(known, type_) == type_ else None

    return read


def _type(value: Json) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "long" if -(2**63) <= value < 2**63 else "string"
    if isinstance(value, float):
        return "double"
    return "string" if isinstance(value, str) else None
