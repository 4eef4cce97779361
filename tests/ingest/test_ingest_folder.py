"""Folders: every file found or named with a reason, always in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_ingest import Found, Limits, Skipped, walk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    files = {
        "b.md": b"# B\n\ntext",
        "a/z.txt": b"plain",
        "a/chat.json": b'[{"role": "user", "content": "x"}]',
        "a/log.xz": b"\xfd7zXZ\x00",
        "c.db": b"SQLite format 3\x00",
        "page": b"<!doctype html><p>text",
        ".git/config": b"[core]",
        ".hidden.md": b"# H",
        "node_modules/x.md": b"# X",
    }
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def test_every_visible_file_is_found_or_skipped_with_a_reason(folder: Path) -> None:
    seen = list(walk(folder))
    assert [(type(s).__name__, s.name) for s in seen] == [
        ("Found", "a/chat.json"),
        ("Skipped", "a/log.xz"),
        ("Found", "a/z.txt"),
        ("Found", "b.md"),
        ("Skipped", "c.db"),
        ("Skipped", "node_modules"),
        ("Found", "page"),
    ]
    assert {s.name: s.media_type for s in seen if isinstance(s, Found)} == {
        "a/chat.json": "application/json",
        "a/z.txt": "text/plain",
        "b.md": "text/markdown",
        "page": "text/html",
    }
    assert next(s.reason for s in seen if isinstance(s, Skipped)) == "application/x-xz is not supported"
    assert list(walk(folder)) == seen


def test_hidden_files_are_found_when_asked_for(folder: Path) -> None:
    assert ".hidden.md" in [s.name for s in walk(folder, hidden=True)]


def test_a_single_file_is_found_by_its_own_name(folder: Path) -> None:
    (found,) = walk(folder / "a" / "z.txt")
    assert isinstance(found, Found) and (found.name, found.size) == ("z.txt", 5)


def test_links_that_lead_out_or_to_folders_are_named_and_not_followed(folder: Path) -> None:
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "out.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "dead").symlink_to(folder / "nowhere")
    (folder / "same.md").symlink_to(folder / "b.md")
    (folder / "notes.txt").symlink_to(folder / ".git" / "config")
    seen = {s.name: s for s in walk(folder)}
    reasons = {name: s.reason for name, s in seen.items() if isinstance(s, Skipped)}
    assert reasons["out.txt"] == "a symbolic link that leads out of the folder"
    assert reasons["loop"].startswith("a symbolic link to a folder")
    assert reasons["dead"] == "a symbolic link that leads nowhere"
    assert reasons["notes.txt"] == "a symbolic link to what is hidden"
    assert isinstance(seen["same.md"], Found)


def test_a_file_over_the_limit_is_skipped_by_its_size(folder: Path) -> None:
    reasons = {s.name: s.reason for s in walk(folder, limits=Limits(file_bytes=6)) if isinstance(s, Skipped)}
    assert reasons["b.md"] == "9 bytes is over the limit file_bytes = 6"


def test_a_missing_path_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="check the path"):
        list(walk(tmp_path / "none"))
