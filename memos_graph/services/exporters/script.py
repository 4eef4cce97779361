"""A cube as a Cypher script for an empty Neo4j database (5.x): run it with cypher-shell, or paste it. Streams.

Nodes have the label Memory and that of their kind; times are datetimes, info is JSON text, and each of its plain
fields stands beside it as `info.NAME`. For reading by people and tools: to move a cube into a store of this engine, use
`copy`, whose rows are others.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from memos_graph.model.codec import source_to_json
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Edge, Json, Node
from memos_graph.model.kinds import edge_kind, node_kind
from memos_graph.model.scope import Scope
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.exporters.selection import edge_pages, node_pages

_BATCH = 200  #: rows of one statement
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_QUOTED_NAME = re.compile(r"[^`\\\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")
_ESCAPES = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0x85, 0x2028, 0x2029)},
    **{
        ord(raw): written
        for raw, written in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
    },
}
_CHARACTERS = 1_000_000  #: of one statement; a longer one takes the server's parser much memory


def cypher_script(context: Context, cube: str, scope: Scope, *, vectors: bool = False) -> Iterator[str]:
    """The statements, each ending in a semicolon and a line end; joined they are the file.

    Run twice it fails at the constraint, and changes nothing. vectors: as lists of floats, in `v_SPACE`, with a vector
    index for each of the cube's spaces.
    """
    record = find_cube(context.store, cube)
    yield f"// cube {json.dumps(cube)} of memos-graph, for an empty Neo4j 5 database\n"
    yield "CREATE CONSTRAINT memory_id IF NOT EXISTS FOR (n:Memory) REQUIRE (n.cube, n.id) IS UNIQUE;\n"
    if vectors:
        for space in record.spaces:
            yield (
                f"CREATE VECTOR INDEX memory_v_{space.name} IF NOT EXISTS FOR (n:Memory) ON n.v_{space.name} "
                f"OPTIONS {{indexConfig: {{`vector.dimensions`: {space.dimension}, "
                "`vector.similarity_function`: 'cosine'}};\n"
            )
    yield "CALL db.awaitIndexes();\n"
    for nodes in node_pages(context, scope, vectors=vectors):
        by_kind: dict[str, list[str]] = defaultdict(list)
        for node in nodes:
            by_kind[node_kind(node.kind)].append(literal(_node(node)))
        for kind, rows in by_kind.items():
            yield from _statements(rows, f"CREATE (n:Memory:{kind}) SET n = row")
    for edges in edge_pages(context, scope):
        by_type: dict[str, list[str]] = defaultdict(list)
        for edge in edges:
            by_type[edge_kind(edge.kind)].append(literal({"f": edge.from_id, "t": edge.to_id, "p": _edge(edge)}))
        matched = (
            f"MATCH (a:Memory {{cube: {literal(cube)}, id: row.f}}), (b:Memory {{cube: {literal(cube)}, id: row.t}})"
        )
        for kind, rows in by_type.items():
            yield from _statements(rows, f"{matched} CREATE (a)-[r:{kind}]->(b) SET r = row.p")


def literal(value: Any) -> str:
    """`value` as a Cypher expression that evaluates to it: text, bool, int64, float, datetime, list, map of these.

    `Invalid` for what no property can be: a float that is not finite, an integer beyond 64 bits, text with surrogates.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise Invalid("literal", value, "a property holds 64-bit integers")
        return f"({value + 1} - 1)" if value == -(2**63) else str(value)  # the parser reads the digits before the sign
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Invalid("literal", value, "a property holds finite numbers only")
        return repr(value).replace("e+", "e")
    if isinstance(value, datetime):
        return f"datetime({_text(value.isoformat(timespec='microseconds'))})"
    if isinstance(value, np.ndarray):
        return f"[{', '.join(literal(float(number)) for number in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name_of(key)}: {literal(item)}' for key, item in value.items())}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(literal(item) for item in value)}]"
    raise Invalid("literal", value, "use text, numbers, true/false, times, lists or mappings")


def name_of(key: str) -> str:
    """`key` as a property name, quoted where it must be."""
    if _PLAIN_NAME.fullmatch(key):
        return key
    if not _QUOTED_NAME.fullmatch(key):
        raise Invalid("property name", key, "use a name without backticks, backslashes and control characters")
    return f"`{key}`"


def _text(text: str) -> str:
    """A quoted text. Neo4j 5 may read backslash-u as a character before it parses: the two never stand together."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Invalid("literal", text[error.start : error.start + 8], "remove the lone surrogate") from None
    apart = text.split("\\u")
    whole = [f"{piece}\\" for piece in apart[:-1]] + [apart[-1]]
    quoted = [f"'{(('u' if at else '') + piece).translate(_ESCAPES)}'" for at, piece in enumerate(whole)]
    return quoted[0] if len(quoted) == 1 else f"({' + '.join(quoted)})"


def _statements(rows: Sequence[str], action: str) -> Iterator[str]:
    batch: list[str] = []
    size = 0
    for row in rows:
        if batch and (len(batch) >= _BATCH or size + len(row) > _CHARACTERS):
            yield _unwound(batch, action)
            batch, size = [], 0
        batch.append(row)
        size += len(row)
    if batch:
        yield _unwound(batch, action)


def _unwound(rows: Sequence[str], action: str) -> str:
    listed = ",\n".join(rows)
    return f"UNWIND [\n{listed}\n] AS row\n{action};\n"


def _node(node: Node) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": node.id, "cube": node.cube, "kind": node.kind, "text": node.text, "key": node.key,
        "status": node.status, "confidence": float(node.confidence), "tags": list(node.tags),
        "usage": list(node.usage) or None,
        "sources": [json.dumps(source_to_json(s), ensure_ascii=False) for s in node.sources] or None,
        "created_at": node.created_at, "updated_at": node.updated_at, "retired_at": node.retired_at,
        "valid_from": node.valid_from, "valid_to": node.valid_to, "version": node.version,
        "content_hash": node.content_hash or None,
    }  # fmt: skip
    made |= _info(node.info) | {f"v_{space}": vector for space, vector in node.vectors.items()}
    return {name: value for name, value in made.items() if value is not None}


def _edge(edge: Edge) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": edge.id, "cube": edge.cube, "weight": float(edge.weight), "created_by": edge.created_by,
        "discriminator": edge.discriminator or None, "evidence": edge.evidence or None,
        "created_at": edge.created_at, "retired_at": edge.retired_at, "valid_from": edge.valid_from,
        "valid_to": edge.valid_to, "version": edge.version,
    }  # fmt: skip
    made |= _info(edge.info)
    return {name: value for name, value in made.items() if value is not None}


def _info(info: Mapping[str, Json]) -> dict[str, Any]:
    """The whole as JSON text, and beside it each field that a property can hold."""
    if not info:
        return {}
    plain = {
        f"info.{name}": value for name, value in info.items()
        if _QUOTED_NAME.fullmatch(f"info.{name}") and _is_property(value)
    }  # fmt: skip
    return {"info": json.dumps(dict(info), ensure_ascii=False), **plain}


def _is_property(value: Json) -> bool:
    if isinstance(value, bool | str):
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if isinstance(value, float):
        return math.isfinite(value)
    texts = isinstance(value, Sequence) and bool(value)
    return texts and all(isinstance(item, str) for item in value)  # type: ignore[union-attr]
