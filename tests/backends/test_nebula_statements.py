"""Every kind of statement as it is sent, beside the one that was looked at; and that each is read by the grammar.

A statement that changes is written anew with MEMOS_GRAPH_SNAPSHOTS=write, and looked at again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from memos_graph.backends.nebula import keys
from memos_graph.backends.nebula.database import LIMIT_BYTES, Database, load
from memos_graph.backends.nebula.decode import Row
from memos_graph.backends.nebula.journal import Work, from_text, to_text
from memos_graph.backends.nebula.rows import (
    COLUMNS,
    EDGE_COLUMNS,
    LONGEST,
    PAGED,
    EdgeKey,
    Vertex,
    change_vertices,
    cube_vertex,
    edge_key,
    edge_of,
    edge_rows,
    node_of,
    node_vertices,
    vector_vertices,
    vectors_of,
)
from memos_graph.backends.nebula.schema import make_kinds, make_space
from memos_graph.model.delta import Change, Image
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Edge, Node, make_edge
from memos_graph.queries import folder
from memos_graph.testing.bench import day, make_cube, vector
from tests.backends.nebula_stub.cluster import Cluster
from tests.backends.nebula_stub.grammar import read

SNAPSHOTS = Path(__file__).parent / "snapshots" / "nebula"
FILES = sorted(path.relative_to(folder() / "nebula").with_suffix("").as_posix() for path in folder().rglob("*.ngql"))
NODE = Node(id="n'1\"", cube="c", kind="Passage", text="a \\ b\nc\0", key="k", tags=("t",), info={"é": [1.5, None]},
            created_at=day(1), updated_at=day(2), valid_to=day(3), confidence=0.1)  # fmt: skip
EDGE = make_edge("c", "CAUSES", "n'1\"", "n2", created_at=day(1), discriminator="d", weight=-1e-7, evidence="x\ty")
KEY = edge_key(EDGE)
CHANGE = Change(cube="c", seq=1, delta="d'1", actor="user", reason="", at=day(1),
                images=(Image(id="n2", of="node", before=None),))  # fmt: skip


class Recorder:
    """Keeps what it is told to run."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def run(self, text: str) -> list[Row]:
        self.told.append(text)
        return [{"Vid Type": "FIXED_STRING(32)"}] if text.startswith("DESCRIBE") else []


VERBS: dict[str, Callable[[Database], object]] = {
    "put_vertices": lambda db: db.put(
        [*node_vertices(NODE), *vector_vertices("c", NODE.id, {"main": vector(1, -0.5)}), *change_vertices(CHANGE),
         *edge_rows(EDGE)[1], cube_vertex(make_cube("c"), lineage="l", owner="o")]
    ),
    "put_edges": lambda db: db.put_edges([edge_rows(EDGE)[0]]),
    "get_vertices": lambda db: db.get("Memory", [keys.node_vid("c", "n1"), keys.node_vid("c", "n2")]),
    "present": lambda db: db.present("c", ["n1"]),
    "page": lambda db: db.page("Memory", "c", keys.FIRST, 10),
    "places": lambda db: db.places("Link", "c", 10),
    "get_edges": lambda db: db.get_edges([KEY, EdgeKey(kind="PARENT", source="s", target="t", rank=0)]),
    "edges_at": lambda db: [db.edges_at(["v"], ["PARENT", "CAUSES"], into=into) for into in (False, True)],
    "delete": lambda db: db.delete(["v", "w"]),
    "delete_edges": lambda db: db.delete_edges([KEY]),
    "change_cube": lambda db: db.change_cube("c", {"journal": "j", "body": '{"a":"\\n"}', "dropped": True},
                                             {"owner": "o", "seq": 3}),
    "make_space": lambda db: make_space(db, "memos", parts=10, replicas=3),
    "make_kinds": lambda db: make_kinds(db, ["MY_KIND"]),
}  # fmt: skip


@pytest.mark.parametrize("verb", list(VERBS))
def test_a_statement_is_the_one_that_was_looked_at(verb: str) -> None:
    recorder = Recorder()
    VERBS[verb](Database(recorder, patience=0))
    told = "\n".join(recorder.told) + "\n"
    file = SNAPSHOTS / f"{verb}.ngql"
    if os.environ.get("MEMOS_GRAPH_SNAPSHOTS") == "write":
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")
    for statement in recorder.told:
        read(statement)


@pytest.mark.parametrize("name", FILES)
def test_a_query_file_is_a_statement_as_it_is(name: str) -> None:
    query = load(name)
    assert query.about
    assert query.takes
    assert query.gives
    assert query.example
    read(query.fill())
    assert "\n" not in query.fill()  # the console sends line by line


@pytest.mark.parametrize("tag", list(COLUMNS))
def test_a_tags_properties_are_those_its_rows_have(tag: str) -> None:
    assert tuple(told for told, *_ in read(load(f"schema/{tag.lower()}").fill()).parts["properties"]) == COLUMNS[tag]


def test_an_edge_types_properties_are_those_its_rows_have() -> None:
    properties = read(load("schema/make_kind").fill()).parts["properties"]
    assert tuple(told for told, *_ in properties) == EDGE_COLUMNS


def test_every_tag_and_edge_type_holds_the_cube() -> None:
    assert all("cube_id" in columns for columns in (*COLUMNS.values(), EDGE_COLUMNS))
    assert all(columns[:2] == ("shelf", "place") for tag, columns in COLUMNS.items() if tag in PAGED)


def test_no_statement_is_longer_than_a_server_takes() -> None:
    recorder = Recorder()
    database = Database(recorder, patience=0)
    nasty = "\x7f" * LONGEST  # six bytes each
    text = "🙂" * 1_000_000
    nodes = [Node(id=f"n{i}", cube="c", kind="Passage", text=t, created_at=day(1), updated_at=day(1))
             for i, t in enumerate([nasty, text, "short"] * 3)]  # fmt: skip
    vertices = [vertex for node in nodes for vertex in node_vertices(node)]
    database.put(vertices)
    assert max(len(told.encode()) for told in recorder.told) <= LIMIT_BYTES
    assert sum(vertex.tag == "Piece" for vertex in vertices) == 3 * 6


def test_a_statement_that_would_be_too_long_is_not_sent() -> None:
    recorder = Recorder()
    with pytest.raises(Invalid, match="4194304"):
        Database(recorder, patience=0).change_cube("c", {"settings": "x" * LIMIT_BYTES}, {"owner": "o"})
    assert recorder.told == []


def test_rows_come_back_as_what_they_were_made_of() -> None:
    cluster = Cluster()

    class Local:
        def run(self, text: str) -> list[Row]:
            (columns, rows), _ = cluster.run(text, "memos")
            return [dict(zip(columns, row, strict=True)) for row in rows]

    cluster.run("CREATE SPACE IF NOT EXISTS `memos` (partition_num = 1, vid_type = FIXED_STRING(32));", None)
    database = Database(Local(), patience=0)
    for tag in COLUMNS:
        database.run(f"schema/{tag.lower()}")
    make_kinds(database, [EDGE.kind])
    row = np.array([1e-45, -0.0, 3.4e38, 1 / 3], dtype=np.float32)
    edge, beside = edge_rows(EDGE)
    database.put([*node_vertices(NODE), *vector_vertices("c", NODE.id, {"main": row}), *beside])
    database.put_edges([edge])
    vid = keys.node_vid("c", NODE.id)
    assert node_of(database.get("Memory", [vid])[vid]) == NODE
    assert vectors_of(database.get("Vectors", [vid])[vid])["main"].tobytes() == row.tobytes()
    assert [edge_of(kind, found) for kind, found in database.get_edges([KEY])] == [EDGE]


def test_a_journal_reads_back_as_the_work_it_was_made_of() -> None:
    edge, beside = edge_rows(EDGE)
    vertices = (*node_vertices(NODE), *beside, *change_vertices(CHANGE))
    work = Work(seq=3, gone=("a",), gone_edges=(KEY,), vertices=vertices, edges=(edge,))
    assert from_text(to_text(work)) == work


@pytest.mark.parametrize("id", ["n", "n" * 256, "🙂" * 256, "a\x1fb"])
def test_a_vertex_id_has_the_length_of_the_space_whatever_the_id(id: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", keys.node_vid("c" * 128, id))


def test_no_two_things_share_a_vertex_id() -> None:
    made = {keys.node_vid("a", "b"), keys.node_vid("ab", ""), keys.link_vid("a", "b"), keys.applied_vid("a", "b"),
            keys.cube_vid("a"), keys.shelf("a"), keys.change_vid("a", 1), keys.piece_vid("a", "b", 1)}  # fmt: skip
    assert len(made) == 8


def test_edges_of_one_kind_between_the_same_ends_have_ranks_of_their_own() -> None:
    made: list[Edge] = [make_edge("c", "CAUSES", "a", "b", created_at=day(1), discriminator=str(i)) for i in range(99)]
    ranks = {edge_key(edge).rank for edge in made}
    assert len(ranks) == 99
    assert all(0 <= rank < 2**63 for rank in ranks)


def test_a_row_that_lacks_a_property_is_not_written() -> None:
    with pytest.raises(Invalid):
        Database(Recorder(), patience=0).put([Vertex(tag="Applied", vid="v", row={"seq": 1})])
