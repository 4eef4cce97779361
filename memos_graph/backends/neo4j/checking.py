"""Compare a Neo4j database with itself: numbers of Changes, ends of edges, indexes; and make indexes anew."""

from __future__ import annotations

from collections.abc import Iterator

from memos_graph.backends.neo4j.engine import Engine, Transaction
from memos_graph.backends.neo4j.graph import Graph
from memos_graph.backends.neo4j.mending import mend_words
from memos_graph.backends.opencypher.keys import bounds
from memos_graph.backends.opencypher.rows import space_property
from memos_graph.backends.opencypher.runner import text_for
from memos_graph.model.graph import VectorSpace
from memos_graph.ports import Finding


def check_all(engine: Engine, graph: Graph, *, mend: bool) -> tuple[Finding, ...]:
    """What was looked at; with `mend`, indexes that are missing or failed are made anew."""
    findings = [*_indexes(engine, graph, mend=mend)]
    for cube in engine.reading(graph.cubes):
        findings += engine.reading(lambda run, cube=cube.id: _of_cube(run, graph, cube))  # type: ignore[misc]
        stale = mend_words(engine, cube.id, mend=mend)
        findings.append(
            Finding(
                what=f"words of {cube.id}",
                ok=not stale,
                detail=f"{stale} nodes" if stale else "",
                mended=mend and bool(stale),
            )
        )
    findings += [
        Finding(what=row["what"], ok=not row["found"], detail=f"{row['found']} found" if row["found"] else "")
        for row in engine.read(text_for(engine, "check/broken"))
    ]
    return tuple(findings)


def _of_cube(run: Transaction, graph: Graph, cube: str) -> list[Finding]:
    record = graph.records(run, [cube])[cube]
    low, high = bounds(cube)
    seqs = [row["seq"] for row in run.read(text_for(run, "changes/seqs"), {"low": low, "high": high})]
    # a writer may have added some since the record was read
    whole = seqs[: record.seq] == list(range(1, record.seq + 1)) and seqs == list(range(1, len(seqs) + 1))
    strays = [row["id"] for row in run.read(text_for(run, "check/strays"), {"low": low, "high": high, "cube": cube})]
    return [
        Finding(what=f"changes of {cube}", ok=whole),
        Finding(what=f"ends of edges in {cube}", ok=not strays, detail=", ".join(strays[:5])),
        *(_of_space(run, cube, space) for space in record.cube.spaces),
    ]


def _of_space(run: Transaction, cube: str, space: VectorSpace) -> Finding:
    wrong = misshapen(run, cube, space)
    return Finding(what=f"vectors of {cube} in {space.name}", ok=not wrong, detail=", ".join(wrong[:5]))


def misshapen(run: Transaction, cube: str, space: VectorSpace) -> list[str]:
    """Ids of some nodes whose vector has another length than its space: the index keeps them out in silence."""
    low, high = bounds(cube)
    text = text_for(run, "check/vectors", space=space_property(space.name))
    return [row["id"] for row in run.read(text, {"low": low, "high": high, "dimension": space.dimension})]


def _indexes(engine: Engine, graph: Graph, *, mend: bool) -> Iterator[Finding]:
    online = {kind for kind, state in graph.edge_indexes.states().items() if state == "ONLINE"}
    for row in engine.read(text_for(engine, "edges/types")):
        kind = row["kind"]
        if kind not in online and mend:
            graph.edge_indexes.make(kind)
        yield Finding(what=f"index of {kind} edges", ok=kind in online, mended=kind not in online and mend)
