"""How runs end: exit codes, one clear line or one JSON object on stderr, no traceback for what a user can meet."""

from __future__ import annotations

import errno
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import memos_graph.app as app
from memos_graph.interfaces import cli as command_line
from memos_graph.interfaces import exits
from memos_graph.model import errors
from memos_graph.model.delta import Receipt

from .conftest import Cli

COMMANDS = (
    "add", "search", "chat", "search-images", "show", "list", "update", "delete", "link", "unlink", "cypher", "stats",
    "export", "import", "copy", "backup", "reembed", "doctor", "demo", "cubes",
    "conflicts", "resolve",
)  # fmt: skip
RECEIPT = Receipt(delta="d", cube="c", seq=1, at=datetime(2025, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    ran = CliRunner().invoke(command_line.app, [command, "--help"])
    assert ran.exit_code == 0
    assert "--json" in ran.output or command == "cubes"


def test_help_lists_every_command_and_every_exit_code() -> None:
    ran = CliRunner().invoke(command_line.app, ["--help"], env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})
    for command in COMMANDS:
        assert command in ran.output
    for each in exits.EXITS:
        assert f"{each.code}" in ran.output
        assert each.when[:40] in ran.output


def test_the_manual_holds_the_table_of_exit_codes() -> None:
    manual = Path(__file__).parents[2] / "docs" / "cli.md"
    if not manual.is_file():
        pytest.skip("no manual beside an installed package")
    text = manual.read_text(encoding="utf-8")
    for each in exits.EXITS:
        assert f"| {each.code} | {each.when} |" in text


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Invalid("field", 1, "use 2"), 3),
        (errors.Conflict("c", {"a": 1}, {"a": 2}), 3),
        (errors.AlreadyExists("cube", "c"), 3),
        (errors.MissingEndpoint("c", ("a",)), 3),
        (errors.DimensionMismatch("s", 3, 4), 3),
        (errors.EmbedderMismatch("c", "a", "b"), 3),
        (errors.NotSupported("cypher", "no"), 3),
        (errors.Refused("no write"), 3),
        (errors.NotFound("memory", "m"), 4),
        (FileNotFoundError(errno.ENOENT, "No such file", "x"), 4),
        (PermissionError(errno.EACCES, "Permission denied", "x"), 3),
        (errors.StoreLocked("kb.graph", "process 7"), 5),
        (errors.StoreTooNew("kb.graph", 9, 1), 5),
        (errors.StoreDamaged("kb.graph is torn"), 5),
        (errors.DiskFull("no room"), 5),
        (OSError(errno.ENOSPC, "No space left on device", "x"), 5),
        (errors.Unavailable("no answer"), 5),
        (errors.IndexBehind(RECEIPT, "late"), 1),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("oops"), 70),
    ],
)
def test_each_error_ends_with_its_code_in_one_line_and_as_json(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(app, "open_store", fail)
    plain = cli("stats")
    assert plain.code == code
    assert plain.out == ""
    assert plain.err.splitlines()[-1].startswith("memos-graph: ")
    assert ("Traceback" in plain.err) == (code == 70)
    told = cli("stats", "--json")
    assert told.code == code
    assert told.error["exit"] == code
    assert told.error["message"]


def test_an_error_as_json_carries_its_data(cli: Cli, spoken: str) -> None:
    told = cli("show", "absent", "--json")
    assert told.code == 4
    assert told.error["error"] == "NotFound"
    assert told.error["data"]["name"] == "absent"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("serch", "x"), 2, "serch"),
        (("search",), 2, "query"),
        (("search", "x", "--top-k", "none"), 2, "--top-k"),
        (("add", "a text", "b text", "--name", "n"), 2, "--name"),
        (("update", "m"), 2, "--text"),
        (("cypher",), 2, "--list"),
        (("search", "   "), 3, "query"),
        (("search", "x", "--filter", "{oops"), 3, "--filter"),
        (("search", "x", "--filter", '{"colour": "red"}'), 3, "colour"),
        (("search", "x", "--as-of", "yesterday"), 3, "--as-of"),
        (("list", "--order", "colour"), 3, "colour"),
        (("list", "--kind", "no kind"), 0, ""),
        (("add", "text here", "--kind", "no kind"), 3, "no kind"),
        (("add", "text here", "--info", "novalue"), 3, "--info"),
        (("link", "a", "b", "no kind"), 3, "no kind"),
        (("link", "a", "b", "KNOWS"), 3, "a"),
        (("update", "absent", "--text", "x"), 4, "absent"),
        (("delete", "absent"), 4, "absent"),
        (("unlink", "absent"), 4, "absent"),
        (("search", "x", "--cube", "absent"), 4, "absent"),
        (("search", "x", "--cube", "../up"), 3, "../up"),
        (("cypher", "absent.cypher"), 4, "absent.cypher"),
        (("cypher", "absent"), 4, "absent"),
        (("import", "absent.jsonl"), 4, "absent.jsonl"),
        (("export", "-o", "no/such/folder/x.jsonl"), 4, "no/such/folder"),
        (("backup", "copy"), 3, "backup"),
        (("demo", "--data", "absent"), 4, "absent"),
        (("stats", "--store", "neo5://x"), 3, "neo5"),
        (("stats", "--store", "absent.graph"), 4, "absent.graph"),
        (("search", "x", "--embedder", "magic"), 3, "magic"),
    ],
)
def test_bad_input_ends_with_its_code_and_names_what_is_wrong(
    cli: Cli, spoken: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ran = cli(*arguments)
    assert ran.code == code, ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_text_is_refused_and_nothing_is_written(cli: Cli, text: str) -> None:
    ran = cli("add", "--text", text, "--json")
    assert ran.code == 1
    assert ran.json["nodes"] == 0
    assert ran.json["sources"][0]["problem"]


def test_a_read_never_makes_a_store(cli: Cli, tmp_path: Path) -> None:
    assert cli("search", "x", "--store", "new.graph").code == 4
    assert list(tmp_path.iterdir()) == []


def test_usage_errors_are_json_when_json_is_asked_for(cli: Cli) -> None:
    ran = cli("search", "--json")
    assert ran.code == 2
    assert ran.error["error"] == "Usage"
