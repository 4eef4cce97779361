"""In CI nothing may be left out: a skip there means that something CI should have started or fetched is missing.

Tests against a real server are for CI and `--servers`: the everyday loop stays short, and says that it left them out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.servers.neo4j import neo4j_server as neo4j_server  # a fixture

# how long one example takes says how busy the machine is, nothing about the code
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


_ASKS_NEO4J = re.compile(r"/test_\w*(neo4j|py2neo)\w*\.py::")
IN_CI = os.environ.get("MEMOS_GRAPH_CI") == "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--servers", action="store_true", help="run the tests against real servers too; CI does")


class _OneServer(LoadScopeScheduling):  # type: ignore[misc]
    """Class by class; but all that ask a Neo4j go to one worker, so that one is started and plans each query once.

    xdist's own loadgroup does nothing under pytest 9.2, in silence.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "neo4j" if _ASKS_NEO4J.search(nodeid) else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return _OneServer(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if _with_servers(config):
        return
    left = {item for item in items if _needs_a_server(item)}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not _with_servers(config):
        line = "left out: tests against a real Neo4j (Java, Maven), long ones of NebulaGraph; --servers runs them"
        terminalreporter.write_line(line)


def _needs_a_server(item: pytest.Item) -> bool:
    return "neo4j_server" in getattr(item, "fixturenames", ()) or item.get_closest_marker("servers") is not None


def _with_servers(config: pytest.Config) -> bool:
    asked = bool(config.getoption("--servers")) or bool(os.environ.get("MEMOS_GRAPH_TEST_NEO4J"))
    return asked or IN_CI


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and IN_CI:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
