"""The processes of the crash test: one that writes until it is killed, one that opens what is left and looks.

Run through `launching`. Both talk on the standard output they were given, a line at a time, and on nothing else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from benchmarks import workload
from memos_graph.app import open_store
from memos_graph.model.delta import Delta, PutNode
from memos_graph.model.scope import Scope
from memos_graph.ports import GraphStore
from memos_graph.settings import Settings


def main(arguments: Sequence[str]) -> int:
    """`write STORE SEED ROUND COUNT`: "open", then "ack N" after each Delta.

    `look STORE SEED ROUND ACKED`: JSON of what is there and what it is when the last Deltas are applied again.
    `view` with the same: JSON of what is there, and whether it can be written to.
    """
    said = os.dup(1)
    os.dup2(2, 1)  # whatever else writes to standard output must not be taken for an acknowledgement
    verb, path, seed, round, count = arguments[0], arguments[1], *map(int, arguments[2:])
    store = open_store(path, Settings())
    stream = workload.single_adds() if round < 0 else workload.deltas(seed, round)
    if all(known.id != workload.CUBE for known in store.cubes()):
        store.create_cube(workload.cube())
    if verb == "write":
        _write(store, stream, count, said)
    else:
        found = _view(store) if verb == "view" else _look(store, list(islice(stream, count + 1)))
        os.write(said, (json.dumps(found) + "\n").encode())
    store.close()
    return 0


def _write(store: GraphStore, stream: Iterator[Delta], count: int, said: int) -> None:
    os.write(said, b"open\n")
    for step, delta in enumerate(islice(stream, count)):
        store.apply(delta)
        os.write(said, f"ack {step}\n".encode())


def _look(store: GraphStore, written: Sequence[Delta]) -> dict[str, Any]:
    """What is there; then what it is after the last two Deltas, the unacknowledged one too, were applied again."""
    *acked, last = written
    found: dict[str, Any] = {"before": workload.digest(store), "check": _complaints(store)}
    if acked:
        found["searched"] = _finds(store, acked[-1])
        found["repeated"] = store.apply(acked[-1]).repeated
    found["last_was_there"] = store.apply(last).repeated
    found["last_again_repeated"] = store.apply(last).repeated
    found["after"] = workload.digest(store)
    found["searched_after"] = _finds(store, last)
    found["check_after"] = _complaints(store)
    return found


def _view(store: GraphStore) -> dict[str, Any]:
    """What is there, and whether one more node, standing on nothing, can be written and found."""
    found: dict[str, Any] = {"before": workload.digest(store), "check": _complaints(store)}
    fresh = next(workload.single_adds())
    store.apply(fresh)
    return found | {"searched_after": _finds(store, fresh), "check_after": _complaints(store)}


def _finds(store: GraphStore, delta: Delta) -> bool:
    """Whether both searches find the marker of `delta` first."""
    mark = delta.operations[0]
    assert isinstance(mark, PutNode)
    scope = Scope(cubes=(workload.CUBE,))
    by_text = store.text(scope, mark.node.text.split()[0], 1)
    by_vector = store.near(scope, workload.SPACE.name, mark.node.vectors[workload.SPACE.name], 1)
    return [found.id for found in (*by_text, *by_vector)] == [mark.node.id, mark.node.id]


def _complaints(store: GraphStore) -> list[str]:
    return [f"{finding.what}: {finding.detail}" for finding in store.check() if not finding.ok]
