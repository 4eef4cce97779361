"""add with folders: --prune, --dry-run, --watch, what is left out, and what is told of each file."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from .conftest import START, Cli, environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    made.mkdir()
    (made / "pumps.md").write_text("# Pumps\n\nThe pump stands in the hall.\n")
    (made / "keys.md").write_text("# Keys\n\nOskar Brandt keeps the key.\n")
    return made


def outcomes(told: Any) -> dict[str, str]:
    return {source["name"]: source["outcome"] for source in told["sources"]}


def test_prune_retires_what_is_gone_and_only_when_asked(cli: Cli, folder: Path) -> None:
    assert cli("add", str(folder)).code == 0
    (folder / "keys.md").unlink()
    assert outcomes(cli("add", str(folder), "--json").json) == {"pumps.md": "unchanged"}
    dry = cli("add", str(folder), "--prune", "--dry-run", "--json").json
    assert (dry["retired"], dry["nodes"], dry["dry_run"]) == (1, 0, True)
    plain = cli("add", str(folder), "--prune", "--dry-run")
    assert "retired\tkeys.md" in plain.out and "nothing was written" in plain.out
    done = cli("add", str(folder), "--prune", "--json")
    assert done.code == 0
    assert outcomes(done.json) == {"pumps.md": "unchanged", "keys.md": "retired"}
    assert all("Oskar" not in row["text"] for row in cli("search", "who keeps the key?", "--json").rows)


def test_a_move_is_told_with_the_name_before(cli: Cli, folder: Path) -> None:
    cli("add", str(folder))
    (folder / "keys.md").rename(folder / "locks.md")
    assert "moved\tlocks.md" in (plain := cli("add", str(folder)).out) and "was keys.md" in plain


def test_what_its_owner_leaves_out_is_told_and_is_no_failure(cli: Cli, folder: Path) -> None:
    (folder / ".memosignore").write_text("keys.md\n")
    (folder / "node_modules").mkdir()
    ran = cli("add", str(folder), "--json")
    assert ran.code == 0
    assert outcomes(ran.json) == {"keys.md": "ignored", "node_modules": "ignored", "pumps.md": "new"}


def test_a_store_that_lies_in_the_folder_is_no_part_of_it(cli: Cli, folder: Path, tmp_path: Path) -> None:
    store = folder / "kb.graph"
    store.mkdir()
    (store / "store.json").write_text('{"this": "is the store\'s own"}')
    from memos_graph.interfaces.commands import feeding

    assert feeding._own_places(str(store)) == (store.resolve(),)
    assert feeding._own_places("memory:") == ()
    (tmp_path / "kb2").mkdir()
    from memos_ingest import walk

    assert {item.name for item in walk(folder, leave_out=feeding._own_places(str(store)))} == {"pumps.md", "keys.md"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--text", "words", "--prune"), "--prune"),
        (("-", "--watch"), "--watch"),
        (("docs", "docs", "--watch"), "one path"),
        (("docs", "--watch", "--name", "x"), "one path"),
        (("docs", "--watch", "--dry-run"), "--dry-run"),
    ],
)
def test_options_that_do_not_go_together_are_refused(cli: Cli, folder: Path, arguments: Any, said: str) -> None:
    ran = cli("add", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_a_path_that_is_not_there_is_never_taken_for_a_text_by_these_options(cli: Cli) -> None:
    ran = cli("add", "no such thing at all", "--prune", "--json")
    assert (ran.code, ran.json["failed"], ran.json["nodes"]) == (1, 1, 0)
    assert cli("add", "no such thing at all", "--watch").code == 3


def _line(stream: IO[str] | None) -> Any:
    assert stream is not None
    return json.loads(stream.readline())


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C to another process is a thing of Unix")
@pytest.mark.long
def test_watch_follows_a_folder_until_ctrl_c_and_leaves_the_store_whole(cli: Cli, folder: Path, tmp_path: Path) -> None:
    store = folder / "kb.graph"  # in the folder itself: what is written there must not set it off again
    heeding = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {START}"
    ran = subprocess.Popen(
        [sys.executable, "-c", heeding, "add", str(folder), "--watch", "--prune", "--json", "--store", str(store)],
        env=environment(), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert outcomes(_line(ran.stdout)) == {"keys.md": "new", "pumps.md": "new"}
        (folder / "tides.html").write_text("<html><p>Spring tides come twice a month.</p></html>")
        assert outcomes(_line(ran.stdout)) == {"tides.html": "new"}
        (folder / "keys.md").unlink()
        assert outcomes(_line(ran.stdout)) == {"keys.md": "retired"}
        ran.send_signal(signal.SIGINT)
        rest, errors = ran.communicate(timeout=60)
    finally:
        ran.kill()
    assert (ran.returncode, rest) == (0, ""), errors
    assert [json.loads(line) for line in errors.splitlines()] == [{"note": f"watching {folder}; Ctrl-C ends it"}]
    found = cli("search", "how often do spring tides come?", "--store", str(store), "--json").rows
    assert "twice a month" in found[0]["text"]
    assert cli("doctor", "--store", str(store)).code == 0


def test_a_parser_that_is_none_is_refused_with_those_that_there_are(cli: Cli, folder: Path) -> None:
    ran = cli("add", str(folder), "--parser", "pdf=docling")
    assert ran.code == 3
    assert "'pdf=docling' can't be used; pdf=docling: pdf is read by default, pymupdf, unstructured" in ran.err


def test_a_parser_may_be_named_for_each_format_and_the_default_is_one(cli: Cli, folder: Path) -> None:
    ran = cli("add", str(folder), "--parser", "pdf=default", "--parser", "md=default", "--json")
    assert (ran.code, ran.json["new"]) == (0, 2)
