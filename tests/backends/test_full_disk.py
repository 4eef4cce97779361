"""A disk that is really full: a small file system of memory, in a name space of the test's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from memos_graph.backends.arcade import open_store
from memos_graph.model.delta import Delta, PutNode
from memos_graph.model.errors import DiskFull, IndexBehind
from memos_graph.model.graph import Cube, Node
from memos_graph.model.scope import Scope

disk, at, acknowledged, refusal = Path(sys.argv[1]), datetime(2025, 1, 1, tzinfo=UTC), [], ""
ballast = disk / "ballast"
ballast.write_bytes(bytes(8 << 20))

def put(store, number):
    node = Node(id=f"n{number}", cube="c", kind="Passage", text=f"{number} " + "word " * 20_000, created_at=at,
                updated_at=at)
    store.apply(Delta(id=f"d{number}", cube="c", at=at, operations=(PutNode(node=node),)))

store = open_store(disk / "kb.graph")
store.create_cube(Cube(id="c", created_at=at))
try:
    for number in range(1000):
        try:
            put(store, number)
        except IndexBehind as error:  # the graph has it: the index had no room
            assert error.receipt.nodes == (f"n{number}",)
        acknowledged.append(f"n{number}")
except DiskFull as error:
    refusal = str(error)
seen_while_full = [node.id for node in store.get(Scope(cubes=("c",)), acknowledged)]
ballast.unlink()
put(store, len(acknowledged))
try:
    store.close()
finally:
    again = open_store(disk / "kb.graph")
acknowledged_later = [*acknowledged, f"n{len(acknowledged)}"]
print(json.dumps({
    "acknowledged": acknowledged, "refusal": refusal, "seen_while_full": seen_while_full,
    "expected": acknowledged_later, "there": [node.id for node in again.get(Scope(cubes=("c",)), acknowledged_later)],
    "count": again.count(Scope(cubes=("c",))), "complaints": [f.what for f in again.check() if not f.ok],
}))
again.close()
"""


def _can_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


@pytest.mark.long
def test_a_full_disk_refuses_the_write_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    if not _can_mount(tmp_path):
        pytest.skip("this system lets no one mount a file system of a test's own (unshare -rm)")
    script = tmp_path / "fill.py"
    script.write_text(_SCRIPT)
    disk = tmp_path / "disk"
    disk.mkdir()
    line = f'mount -t tmpfs -o size=40m tmpfs "{disk}" && exec "{sys.executable}" "{script}" "{disk}"'
    done = subprocess.run(["unshare", "-rm", "sh", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert "free some room" in found["refusal"]
    assert len(found["acknowledged"]) > 10
    assert found["seen_while_full"] == found["acknowledged"]
    assert found["there"] == found["expected"]
    assert found["count"] == len(found["expected"])
    assert found["complaints"] == []
