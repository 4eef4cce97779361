"""A folder of caches, a file each, that keeps to a quota: the least recently used go first.

There is no index that could fall out of step: the files are the list, a file's modification time is when it was last
used. Writing and evicting happen under a lock on the folder; reading needs none, for a file is replaced or removed as a
whole and one that is mapped stays readable. Knows no PyTorch: `write` of files.py is given.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from memos_graph.activation.files import sync
from memos_graph.activation.item import check_id
from memos_graph.model.errors import Invalid
from memos_graph.model.times import to_micros

SUFFIX = ".safetensors"
_ADDING = ".adding"  #: folder of what is being written
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the folder."""

    identity: str
    path: Path
    size: int  #: bytes
    used: int  #: nanoseconds since 1970 UTC

    @property
    def order(self) -> tuple[int, str]:
        """Sorts the least recently used first; of files used in the same instant, by name."""
        return self.used, self.identity


class Folder:
    """The caches of one folder, for any number of processes."""

    def __init__(self, path: Path, *, quota: int, clock: Callable[[], datetime]) -> None:
        """quota: bytes, 0 for no bound. Makes the folder; what a killed process left half-written goes."""
        self.path, self._quota, self._clock = path, quota, clock
        path.mkdir(parents=True, exist_ok=True)
        with self._locked():
            self._sweep()

    def kept(self) -> tuple[Kept, ...]:
        """The caches there, least recently used first. Reads no file."""
        found = []
        for path in self.path.glob(f"*{SUFFIX}"):
            try:
                check_id(path.stem)
                state = path.stat(follow_symlinks=False)
            except (Invalid, FileNotFoundError):  # not ours, or gone meanwhile
                continue
            found.append(Kept(path.stem, path, state.st_size, state.st_mtime_ns))
        return tuple(sorted(found, key=lambda each: each.order))

    def where(self, identity: str) -> Path:
        """Where the cache of that id lies or would lie."""
        return self.path / f"{check_id(identity)}{SUFFIX}"

    def use(self, identity: str) -> bool:
        """Whether it is there; if so, it was used now."""
        try:
            self._touch(self.where(identity))
        except FileNotFoundError:
            return False
        return True

    def add(self, items: Sequence[tuple[str, _Item]], write: Callable[[Path, _Item], None]) -> tuple[str, ...]:
        """Writes each item by `write(path, item)`; returns the ids that had to go for them.

        `Invalid`, and nothing changed, when together they are larger than the quota. If the process dies meanwhile,
        some of the items are there whole and others are not.
        """
        with self._locked():
            self._sweep()
            aside = self.path / _ADDING
            aside.mkdir()
            try:
                fresh = []
                for identity, item in items:
                    place = aside / f"{check_id(identity)}{SUFFIX}"
                    write(place, item)
                    fresh.append(Kept(identity, place, place.stat().st_size, 0))
                gone = self._make_room(fresh)
                for each in fresh:
                    self._touch(each.path)
                    each.path.replace(self.where(each.identity))
                sync(self.path)
            finally:
                self._sweep()
        return gone

    def delete(self, identities: Sequence[str]) -> tuple[str, ...]:
        """Removes these caches; returns the ids of those that were there."""
        with self._locked():
            there = [identity for identity in identities if self.where(identity).exists()]
            for identity in there:
                self.where(identity).unlink(missing_ok=True)
            sync(self.path)
        return tuple(dict.fromkeys(there))

    def _make_room(self, fresh: Sequence[Kept]) -> tuple[str, ...]:
        """Evicts until `fresh` fits the quota."""
        if not self._quota:
            return ()
        want = sum(each.size for each in fresh)
        if want > self._quota:
            raise Invalid("quota_bytes", self._quota, f"these caches take {want} bytes; nothing was written")
        names = {each.identity for each in fresh}
        others = [each for each in self.kept() if each.identity not in names]  # their old files are replaced
        taken, gone = sum(each.size for each in others), []
        for each in others:
            if taken + want <= self._quota:
                break
            each.path.unlink(missing_ok=True)
            taken -= each.size
            gone.append(each.identity)
        return tuple(gone)

    def _touch(self, path: Path) -> None:
        at = to_micros(self._clock()) * 1000
        os.utime(path, ns=(at, at), follow_symlinks=False)

    def _sweep(self) -> None:
        """Removes what was being written; under the lock nobody else is writing."""
        shutil.rmtree(self.path / _ADDING, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.path / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield  # closing the file lets go of it
