"""Write down which store kept which part of the contract: a pytest plugin.

    python -m pytest -p memos_graph.testing.conformance --conformance kept.json tests/test_my_store.py

The file holds, by store and theme, how many tests passed and failed, and by reason which failed as a declared gap said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

Kept = dict[str, dict[str, dict[str, Any]]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds --conformance FILE."""
    parser.addoption("--conformance", metavar="FILE", help="write by store and theme what of the contract was kept")


def pytest_configure(config: pytest.Config) -> None:
    """Counts in the process that gathers all reports, and in no worker of xdist."""
    if config.getoption("--conformance") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Counter(Path(config.getoption("--conformance"))))


class _Counter:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: Kept = {}
        self._passed: set[tuple[str, str]] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        said = dict(report.user_properties)
        if "store" not in said or (report.when != "call" and report.passed):
            return
        store, name = str(said["store"]), report.nodeid.rpartition("::")[2]
        theme = self._kept.setdefault(store, {}).setdefault(str(said["theme"]), {"passed": 0, "failed": 0, "gaps": {}})
        if report.passed and (store, name) in self._passed:  # of several classes for one store each test counts once
            return
        if hasattr(report, "wasxfail") and report.skipped:
            reason = report.wasxfail.removeprefix("reason: ")
            theme["gaps"].setdefault(reason, [])
            if name not in theme["gaps"][reason]:
                theme["gaps"][reason].append(name)
        else:
            theme["passed" if report.passed else "failed"] += 1
            self._passed |= {(store, name)} if report.passed else set()

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        yield
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
