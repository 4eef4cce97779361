"""In CI nothing may be left out: a skip there means that something CI should have started or fetched is missing.

Tests against a real server and long ones (kills, chaos) are for CI and `--servers`: the everyday loop stays short, and
says that it left them out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.servers import neo4j, vllm
from tests.servers.neo4j import neo4j_server as neo4j_server  # a fixture
from tests.servers.vllm import vllm_server as vllm_server  # a fixture

# How long one example takes says how busy the machine is, nothing about the code. CI judges a commit: the same commit
# gets the same examples there. The everyday runs draw new ones, and `--hypothesis-profile=hunt` looks for long.
settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("everyday", deadline=None, max_examples=25)
settings.register_profile("hunt", deadline=None, max_examples=2_000)
settings.load_profile("ci" if os.environ.get("MEMOS_GRAPH_CI") == "1" else "everyday")


_ASKS_NEO4J = re.compile(r"/test_\w*(neo4j|py2neo)\w*\.py::")
_ASKS_VLLM = re.compile(r"/test_\w*vllm\.py::")
_MISSING = pytest.StashKey[set[str]]()
IN_CI = os.environ.get("MEMOS_GRAPH_CI") == "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--servers", action="store_true", help="also tests against real servers, and long ones; CI does")


class _OneServer(LoadScopeScheduling):  # type: ignore[misc]
    """Class by class; but all that ask a Neo4j go to one worker, so that one is started and plans each query once.

    So do all that ask a vLLM. xdist's own loadgroup does nothing under pytest 9.2, in silence.
    """

    def _split_scope(self, nodeid: str) -> str:
        if _ASKS_VLLM.search(nodeid):
            return "vllm"
        return "neo4j" if _ASKS_NEO4J.search(nodeid) else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return _OneServer(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = {item for item in items if _missing(item)}
    config.stash[_MISSING] = {module for item in left for module in _missing(item)}
    if not _with_servers(config):
        left |= {item for item in items if _is_left_to_ci(item)}
    if _no_vllm(config):  # CI runs these apart, where vLLM is installed
        left |= {item for item in items if "vllm_server" in getattr(item, "fixturenames", ())}
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for module in sorted(config.stash.get(_MISSING, ())):
        terminalreporter.write_line(f"left out: tests of the extra {module}, which is not installed")
    if _no_vllm(config):
        terminalreporter.write_line(f"left out: tests against a real vLLM: {_no_vllm(config)}")
    if not _with_servers(config):
        line = "left out: tests against a real Neo4j (Java, Maven), and long ones (kills, chaos); --servers runs them"
        terminalreporter.write_line(line)


def _missing(item: pytest.Item) -> set[str]:
    """Modules that the test wants and that are not there."""
    return {str(m.args[0]) for m in item.iter_markers("extra") if find_spec(str(m.args[0])) is None}


def _is_left_to_ci(item: pytest.Item) -> bool:
    marked = any(item.get_closest_marker(name) is not None for name in ("servers", "long"))
    return marked or "neo4j_server" in getattr(item, "fixturenames", ())


def _with_servers(config: pytest.Config) -> bool:
    asked = bool(config.getoption("--servers")) or bool(os.environ.get(neo4j.GIVEN))
    return asked or IN_CI


def _no_vllm(config: pytest.Config) -> str:
    """Why tests that ask a vLLM are left out; "" when they are not."""
    if not vllm.missing() and not os.environ.get(vllm.GIVEN) and not _with_servers(config):
        return "--servers starts one"
    return vllm.missing()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and IN_CI:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
