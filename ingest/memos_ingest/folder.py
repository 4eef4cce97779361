"""List the files of a folder, each with what it is; opens only the first bytes of each.

Passes over hidden names, and says aloud what else it passes over. Declines to know how files are parsed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from memos_ingest.limits import DEFAULT_LIMITS, Limits
from memos_ingest.parsing import READABLE
from memos_ingest.sniff import SNIFF_BYTES, media_type_of

# folders that tools make and no person writes in; the hidden ones (.git, .venv) are passed over by their dot
_TOOL_FOLDERS = frozenset(("node_modules", "__pycache__", "CVS", "_darcs"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that `read` takes."""

    path: Path  #: to open it
    name: str  #: relative to the folder, with forward slashes; of a single file: its own name
    size: int  #: bytes
    media_type: str  #: by a look at its first bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file or folder that is passed over, and why."""

    path: Path
    name: str
    reason: str


def walk(path: Path | str, *, hidden: bool = False, limits: Limits = DEFAULT_LIMITS) -> Iterator[Found | Skipped]:
    """Every file under `path` (or `path` itself): Found, or Skipped with the reason; always in the same order.

    Names that begin with a dot, tools' folders and symbolic links that lead out of the folder (or to a folder) are
    passed over; hidden names without a word, since nobody counts them as theirs. FileNotFoundError when `path` is
    not there; anything that fails later is a Skipped.
    """
    root = Path(path)
    if not root.exists():
        raise FileNotFoundError(f"{root}: no such file or folder; check the path")
    if not root.is_dir():
        yield _look(root, root.name, limits)
        return
    yield from _folder(root, root.resolve(), hidden, limits)


def _folder(root: Path, real_root: Path, hidden: bool, limits: Limits) -> Iterator[Found | Skipped]:
    waiting = [root]
    while waiting:
        at = waiting.pop()
        name = at.relative_to(root).as_posix()
        if at.is_symlink() and (problem := _link_problem(at, real_root)) is not None:
            yield Skipped(path=at, name=name, reason=problem)
        elif not at.is_dir():
            yield _look(at, name, limits)
        elif at.name in _TOOL_FOLDERS and at != root:
            yield Skipped(path=at, name=name, reason="a tool's folder")
        else:
            try:
                inside = sorted((child.name for child in at.iterdir()), reverse=True)
            except OSError as problem:
                yield Skipped(path=at, name=name, reason=f"cannot be listed: {problem.strerror}")
                continue
            # the last one pushed is the first one out, so children follow their folder in order
            waiting.extend(at / child for child in inside if hidden or not child.startswith("."))


def _link_problem(link: Path, real_root: Path) -> str | None:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return "a symbolic link that leads nowhere"
    if not target.is_relative_to(real_root):
        return "a symbolic link that leads out of the folder"
    return "a symbolic link to a folder; its target is read where it lies" if target.is_dir() else None


def _look(path: Path, name: str, limits: Limits) -> Found | Skipped:
    if not path.is_file():
        return Skipped(path=path, name=name, reason="not a regular file")
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(SNIFF_BYTES)
    except OSError as problem:
        return Skipped(path=path, name=name, reason=f"cannot be read: {problem.strerror}")
    if size > limits.file_bytes:
        reason = f"{size:,} bytes is over the limit file_bytes = {limits.file_bytes:,}"
        return Skipped(path=path, name=name, reason=reason)
    media_type = media_type_of(head, name=name)
    if media_type not in READABLE:
        return Skipped(path=path, name=name, reason=f"{media_type} is not supported")
    return Found(path=path, name=name, size=size, media_type=media_type)
