"""import-from and export-as, as a command line runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import networkx
import pytest
import typer
from typer.testing import CliRunner

from memos_graph.interfaces.commands.exchanging import export_as, import_from
from memos_graph.model.errors import Invalid

ITEMS = [{"id": "a", "memory": "Ruth likes tea.", "metadata": {}}, {"id": "b", "memory": "Ines rows.", "metadata": {}}]


@pytest.fixture
def cli(tmp_path: Path) -> Any:
    app = typer.Typer()
    app.command("import-from")(import_from)
    app.command("export-as")(export_as)
    store = str(tmp_path / "kb.graph")

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, [*arguments, "--store", store, "--cube", "kb"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_a_file_goes_in_and_comes_out_for_other_tools(cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "textual_memory.json"
    file.write_text(json.dumps(ITEMS), encoding="utf-8")
    assert cli("import-from", str(file), "--dry-run").startswith("would take 2 nodes")
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    told = json.loads(cli("import-from", str(file), "--json"))
    assert (told["format"], told["nodes"], told["present_nodes"], told["dry_run"]) == ("memos", 2, 0, False)
    again = cli("import-from", str(file), "--dry-run")
    assert again.startswith("would take 0 nodes and 0 edges (memos) into cube kb; 2 and 0 were there")
    out = tmp_path / "kb.graphml"
    cli("export-as", "graphml", "-o", str(out))
    assert {values["text"] for _, values in networkx.read_graphml(out).nodes(data=True)} >= {"Ruth likes tea."}
    script = cli("export-as", "cypher")
    assert "CREATE (n:Memory:LongTermMemory) SET n = row;" in script
    assert not list(tmp_path.glob(".*.part"))


def test_a_wrong_word_is_refused_before_the_store_is_opened(cli: Any, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="graphml or cypher"):
        cli("export-as", "dot")
    with pytest.raises(Invalid, match="--vectors"):
        cli("export-as", "graphml", "--vectors")
    with pytest.raises(Invalid, match="--known"):
        cli("import-from", "x", "--known", "odd")
    assert list(tmp_path.iterdir()) == []
