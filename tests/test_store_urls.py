"""Which store a URL opens, and what is said when it can't be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from memos_graph.app import open_store
from memos_graph.interfaces.options import store_path
from memos_graph.model.errors import Invalid
from memos_graph.settings import Settings


def test_an_unknown_scheme_names_those_known_and_repeats_no_password() -> None:
    with pytest.raises(Invalid, match=r"arcade:, bolt://, .*memory:, nebula://, neo4j://, neo4j\+s://") as refused:
        open_store("postgres://user:s3cret@host/db", Settings())
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["neo4j", "bolt+ssc", "nebula"])
def test_a_password_in_a_server_s_url_is_refused_by_name_of_the_variable_to_set(scheme: str) -> None:
    with pytest.raises(Invalid, match="MEMOS_GRAPH_STORE_PASSWORD") as refused:
        open_store(f"{scheme}://user:s3cret@127.0.0.1/space", Settings())
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(("url", "driver", "extra"), [
    ("neo4j://127.0.0.1", "neo4j", "neo4j"), ("nebula://127.0.0.1/space", "nebula3", "nebula"),
])  # fmt: skip
def test_without_its_driver_a_store_says_which_extra_to_install(url: str, driver: str, extra: str) -> None:
    text = (
        f"import sys; sys.modules[{driver!r}] = None\n"
        "from memos_graph.app import open_store\nfrom memos_graph.settings import Settings\n"
        "from memos_graph.model.errors import NotSupported\n"
        f"try:\n    open_store({url!r}, Settings())\nexcept NotSupported as error:\n    print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert f"pip install 'memos-graph[{extra}]'" in ran.stdout


def test_a_path_stays_a_path_and_a_server_has_none(tmp_path: Path) -> None:
    assert store_path("kb.graph") == store_path("arcade:kb.graph") == Path("kb.graph")
    for url in ("memory:", "neo4j://host", "bolt+s://host/db", "nebula://host/space"):
        assert store_path(url) is None


def test_importing_the_engine_loads_no_driver_of_a_server() -> None:
    drivers = ("neo4j", "nebula3", "pandas", "networkx", "py2neo")
    text = f"import sys, memos_graph.app; print([name for name in {drivers} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
