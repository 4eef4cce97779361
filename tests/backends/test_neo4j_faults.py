"""What goes wrong between a store and its Neo4j server: nothing acknowledged is lost, and the error says what to do."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from memos_graph.backends.neo4j import Neo4jStore, address
from memos_graph.backends.neo4j.url import Address
from memos_graph.model.delta import Delta, PutEdge, PutNode
from memos_graph.model.errors import Invalid, MemosGraphError, NotFound, Unavailable
from memos_graph.testing.bench import Bench, day, make_cube, vector
from tests.servers.proxy import Proxy, Way
from tests.servers.server import PASSWORD, Server, free_port

SLOW = "UNWIND range(1, 100000000000) AS x WITH x WHERE x % 7 = 8 RETURN count(x)"  # ends only when it is stopped
AT_A_TIME = 12  #: nodes a Delta


@pytest.fixture
def server(neo4j_server: Server) -> Iterator[Server]:
    """A server that runs with nothing in it, and runs again when the test has ended."""
    neo4j_server.empty(schema=False)
    yield neo4j_server
    if not neo4j_server.answers():
        neo4j_server.start()


def where(server: Server, *, url: str = "", **settings: Any) -> Address:
    given = {"user": server.user, "password": server.password, "connect_s": 5, "retry_s": 2, **settings}
    return address(url or server.url, **given)


@contextmanager
def a_bench(server: Server, name: str, **settings: Any) -> Iterator[Bench]:
    """A new cube on the server."""
    store = Neo4jStore(where(server, **settings))
    try:
        with suppress(NotFound):
            store.drop_cube(name)
        store.create_cube(make_cube(name))
        yield Bench(store, name)
        with suppress(NotFound, Unavailable):
            store.drop_cube(name)
    finally:
        store.close()


def a_delta(bench: Bench, name: str) -> Delta:
    """Some nodes with vectors, in a chain."""
    names = [f"{name}-{number}" for number in range(AT_A_TIME)]
    nodes = [PutNode(node=bench.node(n, text=f"text of {n}", vectors={"main": vector(1, 2, 3, 4)})) for n in names]
    edges = [PutEdge(edge=bench.edge(a, b)) for a, b in pairwise(names)]
    return Delta(id=name, cube=bench.cube, at=day(10), operations=(*nodes, *edges))


def whole(bench: Bench) -> set[str]:
    """The Deltas that are in, each of them checked to be there with all it wrote; what is not, is nowhere."""
    changes = bench.changes()
    assert [change.seq for change in changes] == list(range(1, len(changes) + 1))
    there = {change.delta for change in changes}
    assert len(there) == len(changes)
    nodes = bench.store.scan(bench.scope(), limit=100_000).nodes
    edges = bench.store.scan_edges(bench.scope(), limit=100_000).edges
    assert sorted(n.id for n in nodes) == sorted(f"{d}-{i}" for d in there for i in range(AT_A_TIME))
    assert len(edges) == len(there) * (AT_A_TIME - 1)
    return there


# --- the server goes away


def test_a_server_killed_while_four_write_keeps_all_it_acknowledged_and_nothing_by_halves(server: Server) -> None:
    with a_bench(server, "killed", retry_s=0.5, connect_s=3) as bench:
        acknowledged: list[str] = []
        ends: list[MemosGraphError] = []
        deltas = [[a_delta(bench, f"d{writer}-{number}") for number in range(300)] for writer in range(4)]

        def write(mine: list[Delta]) -> None:
            for delta in mine:
                try:
                    bench.store.apply(delta)
                except MemosGraphError as error:
                    ends.append(error)
                    return
                acknowledged.append(delta.id)

        writers = [threading.Thread(target=write, args=(mine,)) for mine in deltas]
        for writer in writers:
            writer.start()
        _wait(lambda: len(acknowledged) >= 40)
        server.kill()
        for writer in writers:
            writer.join(60)
        assert [type(end) for end in ends] == [Unavailable] * 4
        server.start()
        there = whole(bench)
        assert set(acknowledged) <= there
        assert len(there) <= len(acknowledged) + 4  # one may have been under way for each
        again = [bench.store.apply(delta) for mine in deltas for delta in mine[:14]]
        assert {receipt.delta for receipt in again if receipt.repeated} == there & {r.delta for r in again}
        whole(bench)


def test_a_store_that_was_open_goes_on_once_its_server_is_back(server: Server) -> None:
    with a_bench(server, "back", retry_s=0.5, connect_s=3) as bench:
        bench.put(bench.node("a"))
        server.stop()
        with pytest.raises(Unavailable, match="see that the server runs"):
            bench.get("a")
        server.start()
        assert bench.get("a") is not None
        bench.put(bench.node("b"))
        assert bench.found("b") == []


# --- the connection goes away


@pytest.mark.parametrize("way", ["there", "back"])
def test_a_connection_cut_anywhere_within_an_apply_loses_and_doubles_nothing(server: Server, way: Way) -> None:
    port = int(server.url.rpartition(":")[2])
    with Proxy(port) as proxy, a_bench(server, f"cut-{way}", url=f"bolt://127.0.0.1:{proxy.port}") as bench:
        bench.store.apply(a_delta(bench, "first"))
        before = proxy.carried[way]
        bench.store.apply(a_delta(bench, "second"))
        takes = proxy.carried[way] - before
        wanted, unsure = {"first", "second"}, 0
        for number in range(12):
            delta = a_delta(bench, f"c{number}")
            proxy.cut_after(way, takes * number // 11)
            try:
                receipt = bench.store.apply(delta)
                assert not receipt.repeated or way == "back"  # a commit whose answer was lost, tried again
            except Unavailable:
                unsure += 1
                receipt = bench.store.apply(delta)
            assert (receipt.delta, receipt.seq) == (delta.id, len(wanted) + 1)
            wanted.add(delta.id)
        proxy.cut()
        assert whole(bench) == wanted
        assert unsure <= 3  # only what was committing may ask the caller to try again


def test_a_read_over_a_connection_that_was_cut_meanwhile_is_simply_answered(server: Server) -> None:
    port = int(server.url.rpartition(":")[2])
    with Proxy(port) as proxy, a_bench(server, "idle", url=f"bolt://127.0.0.1:{proxy.port}") as bench:
        bench.put(bench.node("a"))
        for _ in range(3):
            proxy.cut()
            assert bench.get("a") is not None


# --- the server does not want us, or has no time


def test_a_full_pool_is_unavailable_once_its_wait_is_over(server: Server) -> None:
    with a_bench(server, "pool", pool_size=1, connect_s=1, query_s=6) as bench:
        assert isinstance(bench.store, Neo4jStore)
        ends: list[MemosGraphError] = []
        holder = threading.Thread(target=lambda: ends.append(_raised(lambda: bench.store.cypher(SLOW))))  # type: ignore[attr-defined]
        holder.start()
        time.sleep(0.5)
        with pytest.raises(Unavailable, match=r"store_pool_size\b"):
            bench.store.count(bench.scope())
        holder.join(60)
        assert [type(end) for end in ends] == [Unavailable]
        assert bench.store.count(bench.scope()) == 0


def test_a_query_that_takes_too_long_is_stopped_with_the_setting_to_raise(server: Server) -> None:
    store = Neo4jStore(where(server, query_s=1))
    try:
        with pytest.raises(Unavailable, match="store_query_s"):
            store.cypher(SLOW)
        assert store.cypher("RETURN 1 AS one").rows == ((1,),)
    finally:
        store.close()


def test_a_wrong_password_names_the_setting_and_is_nowhere_repeated(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Unavailable, match="MEMOS_GRAPH_STORE_PASSWORD") as refused:
        Neo4jStore(where(server, password="wr0ng-s3cret"))
    store = Neo4jStore(where(server))
    store.close()
    for secret in ("wr0ng-s3cret", server.password):
        assert secret not in str(refused.value)
        assert secret not in repr(refused.value.__dict__)
        assert secret not in caplog.text
        assert secret not in repr(store)


# --- what answers is no Neo4j


@contextmanager
def listening(answer: Callable[[bytes], bytes] | None) -> Iterator[int]:
    """A port where each piece that comes is answered so; None: where nothing ever is."""
    listener = socket.create_server(("127.0.0.1", 0))
    open_ones: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError):
            while (data := connection.recv(4096)) and answer is not None:
                connection.sendall(answer(data))

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_ones.append(connection)
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        accepting.join(10)
        for one in (listener, *open_ones):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.mark.parametrize("scheme", ["neo4j", "bolt"])
def test_a_port_where_nothing_listens_is_unavailable_by_name(scheme: str) -> None:
    port = free_port()
    with pytest.raises(Unavailable, match=f"{scheme}://127.0.0.1:{port}.*see that the server runs"):
        Neo4jStore(address(f"{scheme}://127.0.0.1:{port}", connect_s=1, retry_s=0))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda data: data, id="echo"),
        pytest.param(lambda data: b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", id="http"),
        pytest.param(lambda data: b"-ERR unknown command\r\n", id="redis"),
        pytest.param(lambda data: b"\0\0\0\0", id="a bolt too old"),
    ],
)
def test_a_server_that_speaks_no_bolt_is_refused_by_name(answer: Callable[[bytes], bytes]) -> None:
    with listening(answer) as port, pytest.raises((Invalid, Unavailable), match=f"127.0.0.1:{port}"):
        Neo4jStore(address(f"bolt://127.0.0.1:{port}", connect_s=2, retry_s=0))


def test_a_server_that_never_answers_is_unavailable() -> None:
    with listening(None) as port, pytest.raises(Unavailable, match=f"127.0.0.1:{port}"):
        Neo4jStore(address(f"bolt://127.0.0.1:{port}", connect_s=1, retry_s=0))


LOOKALIKE = """
import sys
from arcadedb_embedded.server import create_server

plugins = {"server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin"}
ports = {"http_port": int(sys.argv[2]), "bolt_port": int(sys.argv[3])}
server = create_server(root_path=sys.argv[1], root_password=sys.argv[4], config=plugins | ports)
server.start()
server.create_database("kb")
print("\\nready", flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.mark.long
def test_a_database_that_calls_itself_neo4j_and_is_another_is_refused(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", LOOKALIKE, str(tmp_path), str(free_port()), str(port), PASSWORD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as arcade:
        assert arcade.stdout is not None
        assert any(line == "ready\n" for line in arcade.stdout)
        with pytest.raises(Invalid, match=r"ArcadeDB.*needs Neo4j 5\.26"):
            Neo4jStore(address(f"bolt://127.0.0.1:{port}/kb", user="root", password=PASSWORD, connect_s=10, retry_s=0))
        arcade.kill()


# --- on the command line


def test_the_command_line_ends_with_a_code_and_no_password_when_a_server_can_t_be_used(
    server: Server, tmp_path: Path
) -> None:
    cases = [
        (f"bolt://127.0.0.1:{free_port()}", "any-s3cret", 5),
        (server.url.replace("://", "://nobody@"), "any-s3cret", 5),
        (server.url.replace("://", "://neo4j:any-s3cret@"), "", 3),
    ]
    for url, password, code in cases:
        ran = _cli(["stats", "--store", url], password, tmp_path)
        assert ran.returncode == code, ran.stderr
        assert "s3cret" not in ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr


def test_commands_that_want_a_path_say_so_of_a_server(server: Server, tmp_path: Path) -> None:
    good = ["--store", server.url]
    for command in (["doctor"], ["stats"], ["cypher", "-e", "RETURN 1 AS one"]):
        ran = _cli([*command, *good], server.password, tmp_path)
        assert ran.returncode == 0, ran.stderr
    ran = _cli(["backup", str(tmp_path / "copy"), *good], server.password, tmp_path)
    assert ran.returncode == 3
    assert "neo4j-admin" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def _cli(arguments: list[str], password: str, folder: Path) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MEMOS_GRAPH_")}
    clean |= {"MEMOS_GRAPH_STORE_PASSWORD": password, "MEMOS_GRAPH_STORE_RETRY_S": "0.5"}
    text = "from memos_graph.interfaces.cli import main; main()"
    command = [sys.executable, "-c", text, *arguments]
    clean["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=clean, timeout=120)


def _raised(act: Callable[[], object]) -> MemosGraphError:
    try:
        act()
    except MemosGraphError as error:
        return error
    raise AssertionError("it went through")


def _wait(until: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)
