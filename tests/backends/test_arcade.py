"""What the embedded store promises beyond the contract: its folder, its lock, its log, its Cypher."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.backends.arcade import ArcadeStore, open_store
from memos_graph.backends.opencypher.keys import bounds, uid
from memos_graph.backends.opencypher.statements import check_statement
from memos_graph.backends.sidecar import IndexLate
from memos_graph.model.delta import EraseNode, PutNode
from memos_graph.model.errors import IndexBehind, Invalid, Refused, StoreDamaged, StoreLocked, StoreTooNew
from memos_graph.model.graph import Cube
from memos_graph.model.scope import everything
from memos_graph.ports import CypherStore
from memos_graph.queries import load
from memos_graph.testing.bench import Bench, make_cube

IDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
CUBES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,8}", fullmatch=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kb.graph"


@pytest.fixture
def store(path: Path) -> Iterator[ArcadeStore]:
    store = open_store(path)
    yield store
    store.close()


@pytest.fixture
def bench(store: ArcadeStore) -> Bench:
    store.create_cube(make_cube("kept"))
    return Bench(store, "kept")


# --- keys


@given(st.lists(st.tuples(CUBES, IDS), max_size=12, unique=True))
def test_keys_sort_in_java_as_cubes_and_ids_do_in_python(named: list[tuple[str, str]]) -> None:
    keys = [uid(cube, id) for cube, id in sorted(named)]
    assert keys == sorted(keys, key=lambda key: key.encode("utf-16-be"))
    assert len(set(keys)) == len(keys)


@given(CUBES, CUBES, IDS)
def test_only_a_cubes_own_keys_lie_within_its_bounds(cube: str, other: str, id: str) -> None:
    low, high = bounds(cube)
    assert (low < uid(other, id) < high) == (other == cube)


# --- the folder


@pytest.mark.long
def test_a_store_held_by_another_process_names_that_process(path: Path) -> None:
    script = (
        "import sys, pathlib; from memos_graph.backends.arcade import open_store;"
        "s = open_store(pathlib.Path(sys.argv[1])); print('open', flush=True); sys.stdin.read(); s.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "open"
        with pytest.raises(StoreLocked) as caught:
            open_store(path)
        assert f"process {other.pid}" in caught.value.holder
        other.communicate("")
    open_store(path).close()


def test_a_store_open_in_this_process_is_not_opened_twice(store: ArcadeStore, path: Path) -> None:
    with pytest.raises(StoreLocked, match=str(os.getpid())):
        open_store(path)


def test_a_store_of_a_newer_format_is_left_alone(path: Path) -> None:
    open_store(path).close()
    (path / "store.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(StoreTooNew) as caught:
        open_store(path)
    assert caught.value.found == 99


def test_a_folder_of_something_else_is_left_alone(path: Path) -> None:
    path.mkdir()
    (path / "thesis.txt").write_text("mine")
    with pytest.raises(StoreDamaged, match="no memos_graph store"):
        open_store(path)
    assert [entry.name for entry in path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_store(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(Invalid, match="store"):
        open_store(path)


def test_a_store_that_lost_its_graph_is_not_replaced_by_an_empty_one(path: Path) -> None:
    open_store(path).close()
    (path / "graph").rename(path.parent / "elsewhere")
    with pytest.raises(StoreDamaged, match="graph"):
        open_store(path)


def test_a_first_opening_cut_short_is_begun_again(path: Path) -> None:
    open_store(path).close()
    (path / "store.json").unlink()
    store = open_store(path)
    assert store.cubes() == ()
    store.close()


def test_an_index_deleted_by_hand_is_made_again(path: Path) -> None:
    store = open_store(path)
    store.create_cube(make_cube("kept"))
    Bench(store, "kept").put(Bench(store, "kept").node("a", text="the valve is shut"))
    store.close()
    for entry in sorted((path / "index").rglob("*"), reverse=True):
        entry.rmdir() if entry.is_dir() else entry.unlink()
    again = open_store(path)
    assert Bench(again, "kept").found("valve") == ["a"]
    again.close()


@pytest.mark.long
@pytest.mark.parametrize("begin", ["", "from arcadedb_embedded.jvm import start_jvm; start_jvm(heap_size='512m');"])
def test_nothing_of_java_reaches_a_users_screen(path: Path, begin: str) -> None:
    script = (
        f"import sys, os, pathlib; {begin} sys.stdout.flush(); os.dup2(1, 2);"
        "from memos_graph.backends.arcade import open_store; from memos_graph.testing.bench import Bench, make_cube;"
        "s = open_store(pathlib.Path(sys.argv[1])); s.create_cube(make_cube('kept')); Bench(s, 'kept').chain('a', 'b');"
        "s.cypher('MATCH (n) RETURN n'); s.close()"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, check=True, cwd=path.parent)
    assert done.stdout == b""


# --- writing


@pytest.mark.long
def test_what_was_acknowledged_outlives_a_kill(path: Path) -> None:
    script = (
        "import sys, pathlib, itertools; from memos_graph.backends.arcade import open_store;"
        "from memos_graph.testing.bench import Bench, make_cube;"
        "s = open_store(pathlib.Path(sys.argv[1])); s.create_cube(make_cube('kept')); b = Bench(s, 'kept')\n"
        "for i in itertools.count():\n"
        "    b.put(*(b.node(f'{i}-{j}') for j in range(3))); print(i, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        last = -1
        while last < 5:
            last = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        last = max([last, *(int(line) for line in writer.stdout.read().splitlines() if line)])
    store = open_store(path)
    there = {node.id for node in store.scan(everything("kept")).nodes}
    assert {f"{i}-{j}" for i in range(last + 1) for j in range(3)} <= there
    assert len(there) % 3 == 0
    assert [finding for finding in store.check() if not finding.ok] == []
    store.close()


def test_erased_text_is_in_no_file_any_more(bench: Bench, path: Path) -> None:
    secret = "zweiundvierzig-verrostete-ventile"
    bench.put(bench.node("a", text=f"{secret} im Keller"), bench.node("b", text="anderes"))
    assert _files_with(path, secret)
    bench.apply(EraseNode(id="a"))
    assert _files_with(path, secret) == []
    assert bench.get("b") is not None


def test_a_late_index_is_said_with_the_receipt_and_caught_up_with(
    bench: Bench, store: ArcadeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise IndexLate("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(store._sidecar, "apply", late)
        with pytest.raises(IndexBehind) as caught:
            bench.put(bench.node("a", text="the valve is shut"))
    assert caught.value.receipt.nodes == ("a",)
    assert bench.found("valve") == ["a"]


def test_a_replaced_node_may_change_its_kind_and_keeps_its_edges(bench: Bench, store: ArcadeStore) -> None:
    edges = bench.chain("a", "b", "c")
    bench.apply(PutNode(node=bench.node("b", kind="Recipe"), replaces=1))
    assert bench.edge_ids() == sorted(edge.id for edge in edges)
    assert store.cypher("MATCH (n:Recipe) RETURN n.id AS id").rows == (("b",),)
    assert store.cypher("MATCH (n:Passage) RETURN n.id AS id ORDER BY id").rows == (("a",), ("c",))


def test_many_threads_read_while_one_writes(bench: Bench, store: ArcadeStore) -> None:
    bench.put(*(bench.node(f"n{i}") for i in range(20)))
    seen: list[int] = []

    def read() -> None:
        seen.extend(store.count(bench.scope()) for _ in range(20))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for i in range(10):
        bench.put(bench.node(f"m{i}"), bench.node(f"k{i}"))
    for reader in readers:
        reader.join()
    assert len(seen) == 80
    assert all(20 <= count <= 40 and count % 2 == 0 for count in seen)


# --- Cypher


def test_the_store_answers_cypher_with_plain_values(bench: Bench, store: ArcadeStore) -> None:
    bench.chain("a", "b", kind="CAUSES")
    assert isinstance(store, CypherStore)
    table = store.cypher("MATCH (a)-[e:CAUSES]->(b) WHERE a.id = $id RETURN a.id AS cause, b.id AS effect", {"id": "a"})
    assert table.columns == ("cause", "effect")
    assert table.rows == (("a", "b"),)


def test_cypher_that_writes_runs_only_when_writing_is_meant(bench: Bench, store: ArcadeStore) -> None:
    bench.put(bench.node("a", text="old words"))
    text = "MATCH (n:Memory {id: 'a'}) SET n.text = 'new valve'"
    with pytest.raises(Refused):
        store.cypher(text)
    assert bench.found("valve") == []
    store.cypher(text, write=True)
    assert bench.found("valve") == ["a"]
    assert bench.found("words") == []


def test_cypher_that_can_not_be_read_is_invalid(store: ArcadeStore) -> None:
    with pytest.raises(Invalid, match="cypher"):
        store.cypher("MATCH (n RETURN n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MATCH (n RETURN n", "line 1:9"),
        ("MATCH (n) RETURN n.a +", "line 1:22"),
        ("MATCH (n) RETRN n", "line 1, column 10"),
        ("MATCH (n) RETURN m", "'m' not defined"),
        ("MATCH (n) WHERE n.id = $id AND n.kind = $kind RETURN n", r"no value was given for \$id, \$kind"),
        ("RETURN 1/0", "by zero"),
    ],
)
def test_cypher_errors_say_what_is_wrong_and_name_nothing_of_java(store: ArcadeStore, text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        store.cypher(text)
    assert not re.search(r"Exception|\b(com|org|java)\.", str(caught.value))


@pytest.mark.parametrize(
    "text",
    [
        "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
        "load /* x */ csv FROM $f AS line RETURN line",
        "CALL apoc.load.json('file:///etc/passwd')",
        "CALL `dbms`.`killQueries`()",
        "MATCH (n) DETACH DELETE n",
        "MATCH (n) SET n.text = ''",
        "MERGE (n:Memory {uid: 'x'}) RETURN n",
    ],
)
def test_statements_that_write_or_read_files_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        check_statement(text, write=False)


@pytest.mark.parametrize("text", ["LOAD CSV FROM 'x' AS l RETURN l", "CALL dbms.shutdown()"])
def test_files_and_unlisted_procedures_are_refused_even_for_writing(text: str) -> None:
    with pytest.raises(Refused):
        check_statement(text, write=True)


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n) WHERE n.text CONTAINS 'please DELETE this' RETURN n",
        'MATCH (n) WHERE n.text = "LOAD CSV" RETURN n',
        "MATCH (n) CALL { WITH n MATCH (n)--(m) RETURN count(m) AS c } RETURN n, c",
        "CALL db.labels()",
        "// CREATE nothing\nRETURN 1",
    ],
)
def test_words_in_texts_and_comments_are_no_statements(text: str) -> None:
    check_statement(text, write=False)


EXPLORED = {"cube": "kept", "id": "a", "name": "VALVE", "since": 0}


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("tree", {(0, "a"), (1, "b")}),
        ("mentions", {("valve", "b")}),
        ("neighbourhood", {("in", "b"), ("out", "c"), ("out", "d")}),
        ("causes", {(1, ("a", "c"))}),
        ("changed_since", {(1,)}),
        ("orphans", {("lonely",)}),
        ("contradictions", {("a", "d")}),
        ("shape", {("Passage", "PARENT", "Passage", 1), ("Passage", "MENTIONS", "Entity", 1),
                   ("Passage", "CAUSES", "Passage", 1), ("Passage", "CONFLICTS_WITH", "Passage", 1)}),
    ],
)  # fmt: skip
def test_queries_for_people_find_what_they_say(
    bench: Bench, store: ArcadeStore, name: str, rows: set[tuple[object, ...]]
) -> None:
    bench.put(
        *(bench.node(id) for id in ("a", "b", "c", "d", "lonely")), bench.node("v", kind="Entity", key="valve"),
        bench.edge("b", "a", "PARENT"), bench.edge("b", "v", "MENTIONS"), bench.edge("a", "c", "CAUSES"),
        bench.edge("a", "d", "CONFLICTS_WITH"),
    )  # fmt: skip
    columns = {
        "tree": ("depth", "id"), "mentions": ("entity", "id"), "neighbourhood": ("way", "id"),
        "causes": ("steps", "chain"), "changed_since": ("seq",), "orphans": ("id",), "contradictions": ("one", "other"),
        "shape": ("from_kind", "edge", "to_kind", "found"),
    }[name]  # fmt: skip
    text = load(f"explore/{name}").fill()
    table = store.cypher(text, {key: value for key, value in EXPLORED.items() if f"${key}" in text})
    places = [table.columns.index(column) for column in columns]
    found = [[row[place] for place in places] for row in table.rows]
    assert {tuple(tuple(v) if isinstance(v, list) else v for v in row) for row in found} == rows


def _files_with(path: Path, secret: str) -> list[str]:
    needles = [secret.encode(), secret.encode("utf-16-le")]
    files = (file for file in path.rglob("*") if file.is_file())
    return [str(file.relative_to(path)) for file in files if any(n in file.read_bytes() for n in needles)]


def test_a_backup_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    store = open_store(tmp_path / "kb.graph")
    try:
        store.create_cube(Cube(id="c", created_at=datetime(2025, 1, 1, tzinfo=UTC)))
        store.backup(tmp_path / "copy")
    finally:
        store.close()
    assert capfd.readouterr().out == ""
