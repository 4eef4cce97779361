"""In CI nothing may be left out: a skip there means that something CI should have started or fetched is missing.

Tests against a real server are for CI and `--servers`: the everyday loop stays short, and says that it left them out.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

from tests.servers.neo4j import neo4j_server as neo4j_server  # a fixture

# how long one example takes says how busy the machine is, nothing about the code
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


IN_CI = os.environ.get("MEMOS_GRAPH_CI") == "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--servers", action="store_true", help="run the tests against real servers too; CI does")


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
