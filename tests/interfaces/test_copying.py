"""copy, export and import as commands: what they say, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import memos_graph.app as app
from memos_graph.backends.inmemory import InMemoryStore

from .conftest import Cli


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> InMemoryStore:
    """The store `second:`."""
    store = InMemoryStore()
    monkeypatch.setitem(app._STORES, "second", lambda _path, _settings: store)
    return store


def test_a_copy_says_what_both_stores_hold_and_the_memory_is_found_there(
    cli: Cli, spoken: str, other: InMemoryStore
) -> None:
    ran = cli("copy", "--from", "memory:", "--to", "second:", "--json")
    assert ran.code == 0
    assert ran.json["same"] and not ran.json["resumed"]
    assert ran.json["source"] == ran.json["target"]
    assert set(ran.json["source"]) == {"nodes", "edges", "changes", "hashes"}
    assert cli("show", spoken, "--store", "second:").code == 0
    assert cli("search", "valve", "--store", "second:", "--json").rows[0]["id"] == spoken
    again = cli("copy", "--from", "memory:", "--to", "second:", "--json")
    assert again.code == 3
    assert again.error["error"] == "AlreadyExists"


def test_a_copy_shows_a_row_for_nodes_edges_and_changes(cli: Cli, spoken: str, other: InMemoryStore) -> None:
    rows = [line.split("\t") for line in cli("copy", "--from", "memory:", "--to", "second:").out.splitlines()]
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("default", part, "same") for part in ("nodes", "edges", "changes")
    ]
    assert all(row[2] == row[3] and row[4] == row[5] for row in rows)


def test_a_dry_run_of_a_copy_writes_nothing_and_names_what_is_in_the_way(
    cli: Cli, spoken: str, other: InMemoryStore, tmp_path: Path
) -> None:
    told = cli("copy", "--from", "memory:", "--to", "second:", "--dry-run", "--json")
    assert (told.code, told.json["state"]) == (0, "new")
    assert told.json["nodes"] > 0 and told.json["bytes"] > 0
    assert other.cubes() == ()
    assert cli("copy", "--from", "memory:", "--to", "new.graph", "--dry-run").code == 0
    assert list(tmp_path.iterdir()) == []
    cli("copy", "--from", "memory:", "--to", "second:")
    again = cli("copy", "--from", "memory:", "--to", "second:", "--dry-run", "--json")
    assert (again.code, again.json["state"]) == (3, "in the way")


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (("--from", "memory:", "--to", "memory:"), 3, "another store"),
        (("--from", "absent.graph", "--to", "second:"), 4, "absent.graph"),
        (("--from", "memory:", "--to", "second:", "--cube", "nowhere"), 4, "nowhere"),
        (("--from", "memory:", "--to", "nonsense://x"), 3, "nonsense"),
        (("--from", "memory:"), 2, "--to"),
    ],
)
def test_a_copy_that_can_not_be_names_what_is_wrong(
    cli: Cli, spoken: str, other: InMemoryStore, more: tuple[str, ...], code: int, says: str
) -> None:
    ran = cli("copy", *more)
    assert ran.code == code
    assert says in ran.err


def test_a_copy_that_differs_ends_with_1_and_says_so(
    cli: Cli, spoken: str, other: InMemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = other.load

    def load(cube: str, **rows: object) -> None:
        if "edges" not in rows:
            whole(cube, **rows)  # type: ignore[arg-type]

    monkeypatch.setattr(other, "load", load)
    cli("add", "Anna met Ruth Berger in Porto.")
    cli("link", spoken, cli("list", "--json").rows[-1]["id"], "CAUSES")
    ran = cli("copy", "--from", "memory:", "--to", "second:")
    assert ran.code == 1
    assert "default" in ran.err
    assert "DIFFERS" in ran.out


def test_a_dry_run_of_an_import_tells_and_writes_nothing(cli: Cli, spoken: str, tmp_path: Path) -> None:
    cli("export", "-o", "cube.jsonl")
    told = cli("import", "cube.jsonl", "--cube", "copy", "--dry-run", "--json").json
    assert [cube["id"] for cube in cli("cubes", "list", "--json").rows] == ["default"]
    assert cli("import", "cube.jsonl", "--cube", "copy", "--json").json == told
    assert cli("import", "cube.jsonl", "--dry-run").code == 3
    fresh = cli("import", "cube.jsonl", "--cube", "fresh", "--dry-run", "--store", "new.graph")
    assert (fresh.code, [path.name for path in tmp_path.iterdir()]) == (0, ["cube.jsonl"])


def test_an_import_merges_when_asked(cli: Cli, spoken: str) -> None:
    cli("export", "-o", "cube.jsonl")
    assert cli("import", "cube.jsonl").code == 3
    assert cli("import", "cube.jsonl", "--merge", "--json").json["changes"] == 0
    assert [row["id"] for row in cli("list", "--kind", "LongTermMemory", "--json").rows] == [spoken]


def test_the_history_may_be_left_out(cli: Cli, spoken: str) -> None:
    rows = cli("export", "--no-history").rows
    assert not any("change" in row for row in rows)
    assert any("change" in row for row in cli("export").rows)
    assert rows[-1]["end"]["changes"] == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1"),
        ('{"format": "memos-graph-export", "version": 99}\n', "upgrade"),
        ("\n{}\n", "line 1"),
        ("[1]\n", "an object"),
        ('{"format": "memos-graph-export", "ver', "cut short"),
        ("\ufeffno json\n", "not JSON"),
    ],
)
def test_what_is_no_export_is_named(cli: Cli, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.jsonl").write_text(text, encoding="utf-8")
    ran = cli("import", "bad.jsonl", "--json")
    assert ran.code == 3
    assert says in ran.error["message"]
    assert cli("import", "-", stdin=text.encode()).code == 3


def test_two_exports_of_a_cube_are_equal_to_the_byte(cli: Cli, spoken: str) -> None:
    first = cli("export").out
    assert cli("export").out == first
    assert json.loads(first.splitlines()[0])["version"] == 2
