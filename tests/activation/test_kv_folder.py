"""A folder of caches keeps to its quota, whatever happens. Files of any bytes; no PyTorch."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.activation.disk import Folder
from memos_graph.model.errors import Invalid

A, B, C, D = (str(uuid.UUID(int=number)) for number in range(4))


class Clock:
    """A second later each time it is asked."""

    def __init__(self) -> None:
        self._ticks: Iterator[int] = count()

    def __call__(self) -> datetime:
        return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=next(self._ticks))


def _write(path: Path, size: int) -> None:
    path.write_bytes(b"x" * size)


def _names(folder: Folder) -> list[str]:
    return [kept.identity for kept in folder.kept()]


def test_the_least_recently_used_cache_goes_first(tmp_path: Path) -> None:
    folder = Folder(tmp_path, quota=30, clock=Clock())
    for name in (A, B, C):
        assert folder.add([(name, 10)], _write) == ()
    assert folder.use(A)
    assert folder.add([(D, 10)], _write) == (B,)
    assert _names(folder) == [C, A, D]


def test_a_cache_larger_than_the_quota_is_refused_and_nothing_goes_for_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path, quota=30, clock=Clock())
    folder.add([(A, 20)], _write)
    with pytest.raises(Invalid, match="quota_bytes"):
        folder.add([(B, 16), (C, 15)], _write)
    assert _names(folder) == [A]
    assert sorted(each.name for each in tmp_path.iterdir()) == [".lock", f"{A}.safetensors"]


def test_a_write_that_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    def fails(path: Path, size: int) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    folder = Folder(tmp_path, quota=30, clock=Clock())
    folder.add([(A, 30)], _write)
    with pytest.raises(OSError, match="No space"):
        folder.add([(B, 30)], fails)
    assert _names(folder) == [A]
    assert not (tmp_path / ".adding").exists()


def test_a_cache_written_again_does_not_evict_itself_or_count_twice(tmp_path: Path) -> None:
    folder = Folder(tmp_path, quota=30, clock=Clock())
    folder.add([(A, 15), (B, 15)], _write)
    assert folder.add([(A, 14)], _write) == ()
    assert [(kept.identity, kept.size) for kept in folder.kept()] == [(B, 15), (A, 14)]


def test_what_others_put_into_the_folder_is_neither_listed_nor_removed(tmp_path: Path) -> None:
    (tmp_path / "notes.safetensors").write_bytes(b"y" * 100)
    folder = Folder(tmp_path, quota=10, clock=Clock())
    folder.add([(A, 10)], _write)
    assert _names(folder) == [A]
    assert (tmp_path / "notes.safetensors").exists()


def test_what_a_killed_process_left_is_swept_and_the_rest_is_usable(tmp_path: Path) -> None:
    """Killed after one file was renamed and another half written."""
    script = f"""
import os
from pathlib import Path
from datetime import datetime, UTC
from memos_graph.activation.disk import Folder

def write(path, size):
    path.write_bytes(b"x" * size)
    if size == 7:
        os.kill(os.getpid(), 9)

folder = Folder(Path({str(tmp_path)!r}), quota=30, clock=lambda: datetime.now(UTC))
folder.add([({A!r}, 10)], write)
folder.add([({B!r}, 10), ({C!r}, 7)], write)
"""
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run([sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": paths}, check=False)
    assert done.returncode == -9
    assert (tmp_path / ".adding").exists()
    folder = Folder(tmp_path, quota=30, clock=Clock())
    assert _names(folder) == [A]
    assert not (tmp_path / ".adding").exists()
    assert folder.add([(B, 20)], _write) == ()


def test_two_processes_that_write_at_once_keep_the_quota_together(tmp_path: Path) -> None:
    script = """
import sys, uuid
from pathlib import Path
from datetime import datetime, UTC
from memos_graph.activation.disk import Folder

folder = Folder(Path(sys.argv[1]), quota=50, clock=lambda: datetime.now(UTC))
for number in range(40):
    folder.add([(str(uuid.UUID(int=int(sys.argv[2]) + number)), 10)], lambda path, size: path.write_bytes(b"x" * size))
    assert sum(kept.size for kept in folder.kept()) <= 60  # the other may be between evicting and renaming
"""
    paths = os.pathsep.join(path for path in sys.path if path)
    both = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), first], env=os.environ | {"PYTHONPATH": paths})
        for first in ("0", "1000")
    ]
    assert [each.wait() for each in both] == [0, 0]
    kept = Folder(tmp_path, quota=50, clock=Clock()).kept()
    assert sum(each.size for each in kept) == 50


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.sampled_from([A, B, C, D]), st.integers(0, 20)),
            st.tuples(st.sampled_from(["use", "delete"]), st.sampled_from([A, B, C, D]), st.just(0)),
        ),
        max_size=12,
    )
)
def test_the_folder_does_what_an_ordered_table_with_a_quota_does(steps: list[tuple[str, str, int]]) -> None:
    table: dict[str, int] = {}  # least recently used first
    with TemporaryDirectory() as place:
        folder = Folder(Path(place), quota=40, clock=Clock())
        for verb, name, size in steps:
            if verb == "add":
                gone = folder.add([(name, size)], _write)
                table.pop(name, None)
                expected = []
                while sum(table.values()) + size > 40:
                    expected.append(next(iter(table)))
                    del table[expected[-1]]
                table[name] = size
                assert gone == tuple(expected)
            elif verb == "use":
                assert folder.use(name) == (name in table)
                table |= {name: table.pop(name)} if name in table else {}
            else:
                assert folder.delete([name]) == ((name,) if table.pop(name, None) is not None else ())
            assert [(kept.identity, kept.size) for kept in folder.kept()] == list(table.items())
