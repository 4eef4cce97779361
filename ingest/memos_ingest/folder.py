"""List the files of a folder, each with what it is; opens only the first bytes of each.

Passes over hidden names, obeys `.memosignore`, and says aloud what else it passes over. Declines to know how files
are parsed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from memos_ingest.errors import IngestError
from memos_ingest.ignoring import IGNORE_FILE, Rules, is_ignored, rules_of
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
    wished: bool = False  #: its owner's rules, or being a tool's folder, leave it out: nothing went wrong


@dataclass(frozen=True, slots=True)
class _Walk:
    """What holds for a whole walk."""

    real_root: Path
    root: Path
    hidden: bool
    limits: Limits
    only: tuple[Path, ...] | None
    leave_out: frozenset[Path]

    def wants(self, path: Path) -> bool:
        """Whether `path` is, holds, or lies in something asked for."""
        if self.leave_out and path != self.root and path.resolve() in self.leave_out:
            return False
        return self.only is None or any(
            path == each or path.is_relative_to(each) or each.is_relative_to(path) for each in self.only
        )


def walk(
    path: Path | str,
    *,
    hidden: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    only: Collection[Path] | None = None,
    leave_out: Collection[Path] = (),
) -> Iterator[Found | Skipped]:
    """Every file under `path` (or `path` itself): Found, or Skipped with the reason; always in the same order.

    Names that begin with a dot, what `.memosignore` files leave out (gitignore's syntax; those of `path` and of the
    folders below it, none above), tools' folders and symbolic links that lead out of the folder (or to a folder, or to
    what is hidden) are passed over; hidden names without a word, since nobody counts them as theirs. A folder whose
    `.memosignore` can't be obeyed is passed over whole. `only`: of all that, what is one of these paths or lies below
    one. `leave_out`: absolute paths that are passed over without a word. FileNotFoundError when `path` is not there;
    anything that fails later is a Skipped.
    """
    root = Path(path)
    if not root.exists():
        raise FileNotFoundError(f"{root}: no such file or folder; check the path")
    if not root.is_dir():
        yield _look(root, root.name, limits)
        return
    asked = None if only is None else tuple(only)
    yield from _folder(_Walk(root.resolve(), root, hidden, limits, asked, frozenset(leave_out)))


def _folder(walk: _Walk) -> Iterator[Found | Skipped]:
    waiting: list[tuple[Path, tuple[Rules, ...]]] = [(walk.root, ())]
    while waiting:
        at, rules = waiting.pop()
        if not walk.wants(at):
            continue
        name = at.relative_to(walk.root).as_posix()
        passed = _passed_over(at, name, walk, rules)
        if passed is not None:
            yield passed
        elif not at.is_dir():
            yield _look(at, name, walk.limits)
        else:
            try:
                own = rules_of(at, name)
                inside = sorted((child.name for child in at.iterdir()), reverse=True)
            except OSError as problem:
                yield Skipped(path=at, name=name, reason=f"cannot be listed: {problem.strerror}")
                continue
            except IngestError as problem:
                reason = f"nothing in here is read, since {problem.name} {problem.reason}"
                yield Skipped(path=at, name=name, reason=reason)
                continue
            below = rules if own is None else (*rules, own)
            # the last one pushed is the first one out, so children follow their folder in order
            waiting.extend(
                (at / child, below)
                for child in inside
                if (walk.hidden or not child.startswith(".")) and child != IGNORE_FILE
            )


def _passed_over(at: Path, name: str, walk: _Walk, rules: Sequence[Rules]) -> Skipped | None:
    if at == walk.root:
        return None
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "backslashreplace").decode()
        return Skipped(path=at, name=shown, reason="its name is no Unicode text; rename it")
    linked = at.is_symlink()
    folder = at.is_dir() and not linked  # a link is a file to git's rules, wherever it leads
    if is_ignored(name, folder=folder, rules=rules):
        return Skipped(path=at, name=name, reason=f"left out by {IGNORE_FILE}", wished=True)
    if linked and (problem := _link_problem(at, walk)) is not None:
        return Skipped(path=at, name=name, reason=problem)
    if folder and at.name in _TOOL_FOLDERS:
        return Skipped(path=at, name=name, reason="a tool's folder", wished=True)
    return None


def _link_problem(link: Path, walk: _Walk) -> str | None:
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return "a symbolic link that leads nowhere"
    if not target.is_relative_to(walk.real_root):
        return "a symbolic link that leads out of the folder"
    if not walk.hidden and any(part.startswith(".") for part in target.relative_to(walk.real_root).parts):
        return "a symbolic link to what is hidden"  # such as the password in .git/config
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
