"""The real client against a graphd of ours over real thrift: sessions, answers of every type, and failures."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from nebula3.common.ttypes import (
    Date,
    DateTime,
    Duration,
    Edge,
    NList,
    NMap,
    NSet,
    NullType,
    Step,
    Tag,
    Time,
    Value,
    Vertex,
)
from nebula3.common.ttypes import (
    Path as GraphPath,
)

from memos_graph.backends.nebula import NebulaStore, open_store
from memos_graph.backends.nebula.sessions import BadStatement, Patience, Sessions, Unheard
from memos_graph.backends.nebula.url import Address
from memos_graph.model.delta import PutNode
from memos_graph.model.errors import (
    DiskFull,
    Invalid,
    MemosGraphError,
    Refused,
    StoreLocked,
    StoreTooNew,
    Unavailable,
)
from memos_graph.testing.bench import Bench, make_cube
from tests.backends.nebula_stub.cluster import Cluster, Space
from tests.backends.nebula_stub.server import Graphd, succeeded

PATIENCE = Patience(answer=10, recovery=0.5, heartbeat=0, schema=3, pool=2)
SHOW = "SHOW TAGS;"


@pytest.fixture
def graphd() -> Iterator[Graphd]:
    made = Graphd(Cluster())
    made.cluster.spaces["memos"] = Space(vid_length=32)
    yield made
    made.stop()


_opened: list[Sessions] = []


@pytest.fixture(autouse=True)
def _all_closed() -> Iterator[None]:
    yield
    while _opened:
        _opened.pop().close()


def sessions_of(*graphds: Graphd | int, password: str = "nebula") -> Sessions:
    ports = (one if isinstance(one, int) else one.port for one in graphds)
    hosts = tuple(("127.0.0.1", port) for port in ports)
    _opened.append(Sessions(Address(hosts=hosts, space="memos", password=password), PATIENCE, space="memos"))
    return _opened[-1]


def store_of(graphd: Graphd, folder: Path) -> NebulaStore:
    url = f"nebula://root@127.0.0.1:{graphd.port}/memos"
    return open_store(url, password="nebula", folder=folder, patience=PATIENCE)


def text(held: str) -> Value:
    return Value(sVal=held.encode())


VERTEX = Vertex(vid=text("v"), tags=[Tag(name=b"T", props={b"p": Value(iVal=1)})])
EDGE = Edge(src=text("s"), dst=text("d"), type=-3, name=b"E", ranking=7, props={b"w": Value(fVal=0.5)})
STEP = Step(dst=VERTEX, type=3, name=b"E", ranking=0, props={})
IN_PYTHON = {"vid": "v", "tags": {"T": {"p": 1}}}
VALUES: list[tuple[Value, Any]] = [
    (Value(nVal=NullType.__NULL__), None),
    (Value(nVal=NullType.UNKNOWN_PROP), None),
    (Value(bVal=True), True),
    (Value(iVal=-(2**63)), -(2**63)),
    (Value(fVal=-0.0), -0.0),
    (text("阀\0🙂"), "阀\0🙂"),
    (Value(sVal=b"\xff"), "\\xff"),
    (Value(dVal=Date(year=2025, month=2, day=3)), date(2025, 2, 3)),
    (Value(tVal=Time(hour=1, minute=2, sec=3, microsec=4)), time(1, 2, 3, 4, tzinfo=UTC)),
    (
        Value(dtVal=DateTime(year=2025, month=2, day=3, hour=1, minute=2, sec=3, microsec=4)),
        datetime(2025, 2, 3, 1, 2, 3, 4, tzinfo=UTC),
    ),
    (Value(vVal=VERTEX), IN_PYTHON),
    (Value(eVal=EDGE), {"src": "d", "dst": "s", "kind": "E", "rank": 7, "properties": {"w": 0.5}}),
    (
        Value(pVal=GraphPath(src=VERTEX, steps=[STEP])),
        [IN_PYTHON, {"kind": "E", "rank": 0, "forward": True, "properties": {}}, IN_PYTHON],
    ),
    (Value(lVal=NList(values=[Value(iVal=1), text("a")])), [1, "a"]),
    (Value(mVal=NMap(kvs={b"k": Value(bVal=False)})), {"k": False}),
    (Value(uVal=NSet(values={Value(iVal=1)})), {1}),
    (Value(duVal=Duration(seconds=1, microseconds=2, months=3)), {"months": 3, "seconds": 1, "microseconds": 2}),
]


@pytest.mark.parametrize(("sent", "wanted"), VALUES, ids=lambda value: type(value).__name__)
def test_a_value_of_any_type_comes_over_the_wire_as_plain_python(graphd: Graphd, sent: Value, wanted: Any) -> None:
    graphd.answer = lambda told: succeeded(["x"], [[sent]]) if told == SHOW else None
    (row,) = sessions_of(graphd).run(SHOW)
    assert repr(row["x"]) == repr(wanted)


def test_a_wrong_password_is_refused_with_what_to_do_and_without_the_password(graphd: Graphd) -> None:
    with pytest.raises(Refused, match="MEMOS_GRAPH_STORE_PASSWORD") as caught:
        sessions_of(graphd, password="hunter2").run(SHOW)
    assert "hunter2" not in str(caught.value)


def test_a_server_of_another_version_is_named_as_such(graphd: Graphd) -> None:
    graphd.version_error = "incompatible version"
    with pytest.raises(Invalid, match="NebulaGraph 3"):
        sessions_of(graphd).run(SHOW)


def test_a_session_that_expired_is_replaced_without_anyone_noticing(graphd: Graphd) -> None:
    sessions = sessions_of(graphd)
    sessions.run(SHOW)
    graphd.forget_sessions()
    assert sessions.run(SHOW) == []


@pytest.mark.parametrize(
    "order",
    [
        ("E_LEADER_CHANGED", "leader has changed"),
        ("E_EXECUTION_ERROR", "Storage Error: Not the leader of 3. Please retry later."),
        ("E_EXECUTION_ERROR", "Storage Error: part: 3, error: E_RPC_FAILURE(-3)."),
        ("E_EXECUTION_ERROR", "Storage Error: More than one request trying to add/update/delete one edge/vertex"),
        ("E_RPC_FAILURE", "RPC failure in StorageClient"),
        "cut before",
        "cut after",
    ],
)
def test_what_passes_is_waited_for(graphd: Graphd, order: Any) -> None:
    shown = itertools.count()
    graphd.fault = lambda number, told: order if told == SHOW and next(shown) < 2 else None
    assert sessions_of(graphd).run(SHOW) == []
    assert graphd.statements.count(SHOW) == 3


@pytest.mark.parametrize("order", [("E_LEADER_CHANGED", "leader has changed"), "cut before"])
def test_what_does_not_pass_is_unavailable_within_the_bound(graphd: Graphd, order: Any) -> None:
    graphd.fault = lambda number, told: order if told == SHOW else None
    with pytest.raises(Unavailable):
        sessions_of(graphd).run(SHOW)


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (("E_SYNTAX_ERROR", "SyntaxError: syntax error near `FOO'"), BadStatement),
        (("E_SEMANTIC_ERROR", "SemanticError: type mismatch"), BadStatement),
        (("E_BAD_PERMISSION", "PermissionError: No permission to write data."), Refused),
        (("E_NOT_ENOUGH_SPACE", "no space"), DiskFull),
        (("E_SEMANTIC_ERROR", "TagNotFound: TagName `Memory`"), Unheard),
        (("E_EXECUTION_ERROR", "Storage Error: Edge prop not found."), Unheard),
    ],
)
def test_what_no_repeating_mends_is_said_at_once(graphd: Graphd, order: Any, error: type[MemosGraphError]) -> None:
    graphd.fault = lambda number, told: order if told == SHOW else None
    with pytest.raises(error):
        sessions_of(graphd).run(SHOW)
    assert graphd.statements.count(SHOW) == 1


def test_no_server_is_unavailable_and_names_what_was_tried(graphd: Graphd) -> None:
    graphd.stop()
    with pytest.raises(Unavailable, match=f"127.0.0.1:{graphd.port}"):
        sessions_of(graphd).run(SHOW)


def test_another_server_of_the_list_answers_for_one_that_is_down(graphd: Graphd) -> None:
    down = Graphd()
    down.stop()
    sessions = sessions_of(down, graphd)
    assert [sessions.run(SHOW) for _ in range(3)] == [[], [], []]


def test_more_threads_than_sessions_wait_for_their_turn(graphd: Graphd) -> None:
    sessions = sessions_of(graphd)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: sessions.run(SHOW), range(40))) == [[]] * 40
    assert len(graphd.sessions) <= PATIENCE.pool


def test_closing_signs_every_session_out(graphd: Graphd) -> None:
    sessions = sessions_of(graphd)
    sessions.run(SHOW)
    sessions.close()
    sessions.close()
    for _ in range(200):  # signing out waits for no answer
        if graphd.sessions:
            sleep(0.01)
    assert graphd.sessions == {}
    with pytest.raises(Refused):
        sessions.run(SHOW)


# --- a store on it


def test_tags_and_kinds_that_servers_hear_of_late_are_waited_for(tmp_path: Path) -> None:
    graphd = Graphd(Cluster(lag=4))
    store = store_of(graphd, tmp_path)
    store.create_cube(make_cube("c"))
    bench = Bench(store, "c")
    bench.put(bench.node("a"), bench.node("b"))
    bench.put(bench.edge("a", "b", "MY_OWN_KIND"))
    assert bench.reached(["a"], kinds=["MY_OWN_KIND"]) == ["b"]
    assert len(bench.contents().nodes) == 2
    store.close()
    graphd.stop()


def test_opening_a_store_again_makes_nothing(tmp_path: Path) -> None:
    graphd = Graphd(Cluster())
    store_of(graphd, tmp_path).close()
    before = len(graphd.statements)
    store_of(graphd, tmp_path).close()
    made = [told for told in graphd.statements[before:] if told.startswith(("CREATE", "REBUILD", "INSERT"))]
    assert made == [told for told in made if told.startswith("CREATE SPACE IF NOT EXISTS")]
    graphd.stop()


def test_a_space_with_other_vertex_ids_is_refused(tmp_path: Path) -> None:
    graphd = Graphd(Cluster())
    graphd.cluster.spaces["memos"] = Space(vid_length=8)
    with pytest.raises(Invalid, match="FIXED_STRING"):
        store_of(graphd, tmp_path)
    graphd.stop()


def test_a_layout_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    graphd = Graphd(Cluster())
    store_of(graphd, tmp_path).close()
    for tags in graphd.cluster.spaces["memos"].vertices.values():
        tags.get("Store", {})["format"] = 99
    with pytest.raises(StoreTooNew):
        store_of(graphd, tmp_path)
    graphd.stop()


def test_who_opens_a_store_last_has_it_and_the_other_writes_nothing(tmp_path: Path) -> None:
    graphd = Graphd(Cluster())
    first = store_of(graphd, tmp_path / "first")
    first.create_cube(make_cube("c"))
    second = store_of(graphd, tmp_path / "second")
    bench = Bench(first, "c")
    with pytest.raises(StoreLocked):
        bench.put(bench.node("a"))
    assert Bench(second, "c").contents().nodes == ()
    Bench(second, "c").put(Bench(second, "c").node("b"))
    assert Bench(second, "c").changes()[-1].seq == 1
    first.close()
    second.close()
    graphd.stop()


def test_a_commit_that_a_server_filters_out_writes_nothing_and_is_taken_when_tried_again(tmp_path: Path) -> None:
    graphd = Graphd(Cluster())
    store = store_of(graphd, tmp_path)
    store.create_cube(make_cube("c"))
    bench = Bench(store, "c")
    delta = bench.delta(PutNode(node=bench.node("a")))
    said = ("E_EXECUTION_ERROR", "Storage Error: part: 1, error: E_FILTER_OUT(-3043).")
    graphd.fault = lambda number, told: said if told.startswith("UPDATE") else None
    with pytest.raises(Unavailable):
        store.apply(delta)
    graphd.fault = lambda number, told: None
    assert bench.contents().nodes == ()
    assert not store.apply(delta).repeated
    assert bench.get("a") == bench.node("a")
    store.close()
    graphd.stop()
