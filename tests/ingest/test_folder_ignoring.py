"""`.memosignore`: git's own rules, by git's own word; and files of rules that nobody can obey."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_ingest import Found, Skipped, walk

FILES = ("a.log", "keep.log", "b.md", "build/c.md", "docs/a.log", "docs/build/d.md", "docs/x y.md", "docs/deep/e.txt")
PATTERNS = (
    "*.log", "!keep.log", "build", "build/", "/build/", "docs/*", "!docs/deep/", "**/d.md", "docs/**", "a.?og",
    "[ab].*", "/docs/*.md", "x\\ y.md", "# remark", "", "deep", "!deep/e.txt", "*", "!*/", "!*.md", "/*", "**/build/**",
)  # fmt: skip


def make(root: Path, rules: dict[str, list[str]], rules_name: str) -> None:
    for name in FILES:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Some words.")
    for folder, lines in rules.items():
        (root / folder / rules_name).write_text("\n".join(lines) + "\n")


def taken(root: Path) -> set[str]:
    return {item.name for item in walk(root) if isinstance(item, Found)}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge here")
@settings(max_examples=100)
@given(st.lists(st.sampled_from(PATTERNS), max_size=4), st.lists(st.sampled_from(PATTERNS), max_size=3))
def test_what_git_would_ignore_is_left_out_and_nothing_else(outer: list[str], inner: list[str]) -> None:
    with tempfile.TemporaryDirectory() as made:
        ours, theirs = Path(made, "ours"), Path(made, "theirs")
        make(ours, {".": outer, "docs": inner}, ".memosignore")
        make(theirs, {".": outer, "docs": inner}, ".gitignore")
        git = ("git", "-c", "core.excludesFile=/dev/null")
        subprocess.run([*git, "init", "-q"], cwd=theirs, check=True)
        listed = subprocess.run(
            [*git, "ls-files", "-o", "-z", "--exclude-standard"], cwd=theirs, check=True, capture_output=True, text=True
        ).stdout
        wanted = {name for name in listed.split("\0") if name and not name.endswith(".gitignore")}
        assert taken(ours) == wanted, (outer, inner)


def test_what_the_rules_leave_out_is_named_as_wished_and_a_folder_only_once(tmp_path: Path) -> None:
    make(tmp_path, {".": ["docs/", "*.log"]}, ".memosignore")
    left = {item.name: item for item in walk(tmp_path) if isinstance(item, Skipped)}
    assert set(left) == {"docs", "a.log", "keep.log"}
    assert all(item.wished and "left out by .memosignore" in item.reason for item in left.values())


def test_rules_above_the_folder_that_is_fed_do_not_count(tmp_path: Path) -> None:
    make(tmp_path, {".": ["*.md"]}, ".memosignore")
    assert "x y.md" in taken(tmp_path / "docs")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (b"secret/\n[z-a]\n", "line 2"),
        (b"!\n", "line 1"),
        (b"*a*a*a*a*a*a*a*a*b\n", "stars"),
        (b"**/a/**/a/**/a/**/b\n", "times **"),
        (b"\xff\xfe\x00\x01", "UTF-8"),
        (b"x\n" * 3_000, "3,000 lines"),
        (b"#" * 300_000, "over the limit"),
    ],
)
def test_a_folder_whose_rules_cannot_be_obeyed_gives_nothing_and_says_why(
    tmp_path: Path, rules: bytes, said: str
) -> None:
    make(tmp_path, {}, ".memosignore")
    (tmp_path / "docs" / ".memosignore").write_bytes(rules)
    seen = list(walk(tmp_path))
    (problem,) = [item for item in seen if isinstance(item, Skipped)]
    assert problem.name == "docs" and not problem.wished
    assert "docs/.memosignore" in problem.reason and said in problem.reason
    assert {item.name for item in seen if isinstance(item, Found)} == {"a.log", "keep.log", "b.md", "build/c.md"}


def test_rules_behind_a_link_are_refused(tmp_path: Path) -> None:
    make(tmp_path, {}, ".memosignore")
    (tmp_path / "docs" / ".memosignore").symlink_to(tmp_path / "nowhere")
    assert not {name for name in taken(tmp_path) if name.startswith("docs/")}


def test_only_what_is_asked_for_is_looked_at_and_the_rules_still_hold(tmp_path: Path) -> None:
    make(tmp_path, {"docs": ["*.log"]}, ".memosignore")
    asked = [tmp_path / "docs", tmp_path / "b.md", tmp_path / "absent.md"]
    assert {item.name for item in walk(tmp_path, only=asked)} == {
        "b.md", "docs/a.log", "docs/build/d.md", "docs/x y.md", "docs/deep/e.txt",
    }  # fmt: skip
    (left,) = [item for item in walk(tmp_path, only=asked) if isinstance(item, Skipped)]
    assert left.name == "docs/a.log"


def test_a_place_that_is_left_out_by_its_path_is_not_even_named(tmp_path: Path) -> None:
    make(tmp_path, {}, ".memosignore")
    names = {item.name for item in walk(tmp_path, leave_out=[(tmp_path / "docs").resolve()])}
    assert names == {"a.log", "keep.log", "b.md", "build/c.md"}


def test_a_name_that_is_no_text_is_named_and_passed_over(tmp_path: Path) -> None:
    try:
        (tmp_path / "caf\udce9.md").write_text("Some words.")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system takes no such names")
    (seen,) = walk(tmp_path)
    assert isinstance(seen, Skipped) and "rename" in seen.reason
    assert seen.name.isprintable()
