"""A store's folder on disk: its format, who holds it, and where its parts lie.

store.json   the format, read before anything else is opened
owner.lock   locked by the process that has the store open, and says who that is
graph/       the ArcadeDB database: the truth
index/       the sidecar: derived, may be deleted
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from memos_graph.model.errors import Invalid, StoreDamaged, StoreLocked, StoreTooNew

FORMAT = 1
#: By the format they start from: what brings a store's folder one format on. Called with the store locked and closed.
MIGRATIONS: Mapping[int, Callable[[Path], None]] = {}


@dataclass(slots=True)
class Folder:
    """A store's folder that this process holds, from `hold` to `release`."""

    path: Path
    new: bool  #: it was made just now
    _lock: int | None

    @property
    def graph(self) -> Path:
        return self.path / "graph"

    @property
    def index(self) -> Path:
        return self.path / "index"

    def release(self) -> None:
        """Let others open the store. A second call does nothing."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def seal(self) -> None:
        """Say that the store is whole: its first opening came to its end."""
        write_format(self.path, FORMAT)
        self.new = False


def hold(path: Path) -> Folder:
    """The folder at `path`, made when it is missing, locked for this process and brought to the present format.

    `StoreLocked` names who holds it. `StoreTooNew`, `StoreDamaged` for what is no store. `Invalid` for a file.
    """
    real = path.expanduser().resolve()
    if real.exists() and not real.is_dir():
        raise Invalid("store", str(path), "it is a file; name a folder")
    made_before = real.is_dir() and any(real.iterdir())
    found = read_format(real) if made_before else None
    if made_before and found is None and not _half_made(real):
        raise StoreDamaged(f"{path} is not empty and holds no memos_graph store (store.json is missing); name another")
    if found is not None and found > FORMAT:
        raise StoreTooNew(str(path), found, FORMAT)
    real.mkdir(parents=True, exist_ok=True)
    folder = Folder(path=real, new=found is None, _lock=_lock(real))
    try:
        for step in range(found or FORMAT, FORMAT):
            MIGRATIONS[step](real)
            write_format(real, step + 1)
    except BaseException:
        folder.release()
        raise
    return folder


def read_format(path: Path) -> int | None:
    """The format that the store at `path` was written in; None when it says none."""
    file = path / "store.json"
    if not file.is_file():
        return None
    try:
        return int(json.loads(file.read_text(encoding="utf-8"))["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"{file} can't be read ({error}); restore it from a backup") from error


def write_format(path: Path, number: int) -> None:
    """Say that the store at `path` has format `number`, on disk before it returns."""
    draft = path / "store.json.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"store": "memos_graph", "format": number, "graph": "arcade"}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path / "store.json")
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _half_made(path: Path) -> bool:
    """Whether a first opening was cut short here: only our own names, and no word that it is whole."""
    return {entry.name for entry in path.iterdir()} <= {"owner.lock", "graph", "index", "store.json.new"}


def _lock(path: Path) -> int:
    file = os.open(path / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(file, 4096, 0).decode(errors="replace").strip() or "another process"
        os.close(file)
        raise StoreLocked(str(path), holder) from None
    os.ftruncate(file, 0)
    os.pwrite(file, f"process {os.getpid()} ({' '.join(sys.argv)[:200] or 'python'})\n".encode(errors="replace"), 0)
    return file
