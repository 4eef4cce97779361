"""What the `.memosignore` files of a folder leave out, by gitignore's rules (pathspec knows them).

A file of rules that can't be obeyed as a whole is an error, never obeyed in part: it may be there to keep secrets out.
Declines to know how a folder is walked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memos_ingest.errors import TooLarge, UnreadableFile

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

IGNORE_FILE = ".memosignore"

_MAX_BYTES = 256 * 1024
_MAX_LINES = 2_000
# Matching backtracks: 4 stars in one name cost .6 s against a name of 250 letters, 3 cost .02 s; three ** cost 36 s
# against a path of 3,000 characters, two .1 ms.
_MAX_STARS = 3
_MAX_ANY_DEPTH = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one folder; they speak of what lies below it."""

    folder: str  #: relative to the root, with a slash at its end; "" for the root itself
    spec: GitIgnoreSpec


def rules_of(folder: Path, name: str) -> Rules | None:
    """The rules in `folder`, called `name` ("." for the root); None when it has none.

    UnreadableFile names the line that can't be obeyed; TooLarge.
    """
    file = folder / IGNORE_FILE
    if not file.exists() and not file.is_symlink():
        return None
    prefix = "" if name == "." else f"{name}/"
    said = f"{prefix}{IGNORE_FILE}"
    if file.is_symlink() or not file.is_file():
        raise UnreadableFile(said, "is not a regular file; replace it by one")
    try:
        with file.open("rb") as opened:
            data = opened.read(_MAX_BYTES + 1)
    except OSError as problem:
        raise UnreadableFile(said, f"cannot be read: {problem.strerror}; mend its permissions") from problem
    if len(data) > _MAX_BYTES:
        raise TooLarge(said, "ignore_bytes", _MAX_BYTES, file.stat().st_size, "bytes")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as problem:
        raise UnreadableFile(said, "is not UTF-8; save it as UTF-8") from problem
    if len(lines) > _MAX_LINES:
        raise UnreadableFile(said, f"has {len(lines):,} lines, more than {_MAX_LINES:,}; use broader patterns")
    for number, line in enumerate(lines, 1):
        _check(line, f"{said} line {number}")
    return Rules(folder=prefix, spec=_spec(lines))


def is_ignored(name: str, *, folder: bool, rules: Sequence[Rules]) -> bool:
    """Whether the file or folder called `name` (relative to the root) is left out; `rules`: outermost first.

    The innermost rules that say anything about it decide, and of those the last line that does, as with git. Who asks
    does not go into a folder that is left out, so that nothing in it can be taken back in.
    """
    for each in reversed(rules):
        path = name[len(each.folder) :] + ("/" if folder else "")
        for pattern in reversed(each.spec.patterns):
            if pattern.include is not None and _names(pattern, path):
                return bool(pattern.include)
    return False


def _names(pattern: GitIgnoreSpecPattern, path: str) -> bool:
    """Whether `pattern` means `path` itself: pathspec's also match what lies in a folder that they mean."""
    for found in pattern.regex.finditer(path) if pattern.regex else ():
        if found.groupdict().get("ps_d") is not None:
            if found.end("ps_d") == len(path):
                return True
        elif not (found[0].endswith("/") and found.end() == len(path)):  # `docs/**` is what lies in docs
            return True
    return False


def _check(line: str, where: str) -> None:
    pattern = line.strip()
    if pattern.startswith("#"):
        return
    parts = pattern.split("/")
    if sum(part == "**" for part in parts) > _MAX_ANY_DEPTH:
        raise UnreadableFile(where, f"has more than {_MAX_ANY_DEPTH} times **; write it as several lines")
    if any(part.count("*") > _MAX_STARS for part in parts):
        raise UnreadableFile(where, f"has more than {_MAX_STARS} stars in one name; write it as several lines")
    try:
        _spec([line])
    except (ValueError, re.error) as problem:
        raise UnreadableFile(where, f"is no gitignore pattern: {pattern!r}; mend it") from problem


def _spec(lines: Sequence[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec  # a tenth of a second, which only folders that have rules should cost

    return GitIgnoreSpec.from_lines(lines)
