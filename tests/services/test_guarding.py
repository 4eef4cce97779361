"""Which Deltas a frozen memory keeps out, whoever writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.engines.versions import correct, end, succeed
from memos_graph.model.delta import Delta, EraseNode, Operation, PatchNode, PutEdge, PutNode, RetireNode
from memos_graph.model.errors import Frozen, Invalid
from memos_graph.model.graph import Node, make_edge
from memos_graph.services.writing import apply_delta

Make = Callable[[Node], tuple[Operation, ...]]


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


@pytest.fixture
def frozen(cube: CubeHandle) -> Node:
    (identity,) = cube.add("Ana lives in Porto.", info={"team": "north"}).ids
    cube.archive(identity)
    cube.freeze(identity)
    return cube.get(identity)


def _apply(cube: CubeHandle, operations: tuple[Operation, ...], *, force: bool = False, reason: str = "try") -> Any:
    at = cube._context.clock()
    delta = Delta(id=cube._context.new_id(), cube=cube.name, reason=reason, at=at, operations=operations)
    return apply_delta(cube._context, delta, force=force)[0]


def _patch(**changes: Any) -> Make:
    return lambda node: (PatchNode(id=node.id, expects=node.version, set=changes),)


_FORBIDDEN: dict[str, Make] = {
    "retired": lambda node: (RetireNode(id=node.id),),
    "erased": lambda node: (EraseNode(id=node.id),),
    "put anew": lambda node: (PutNode(node=replace(node, key="other"), replaces=node.version),),
    "corrected": lambda node: correct(node, node.updated_at.replace(year=2026), text="Ana lives in Lisbon."),
    "succeeded": lambda node: succeed(node, node.updated_at.replace(year=2026), node.updated_at, text="Ana left."),
    "ended": lambda node: end(node, node.updated_at.replace(year=2026)),
    "tagged": _patch(tags=("new",)),
    "merged": _patch(status="merged"),
    "made active, not thawed": _patch(status="activated"),
    "thawed and tagged": _patch(status="archived", info={"team": "north"}, tags=("new",)),
    "thawed with other fields": _patch(status="archived", info={"team": "south"}),
    "used and doubted": lambda node: _patch(usage=("x",), info={**node.info, "doubt": {}})(node),
}
_ALLOWED: dict[str, Make] = {
    "used": _patch(usage=("2025-01-02T00:00:00Z search",)),
    "used, its status said again": _patch(usage=("x",), status="frozen"),
    "thawed": _patch(status="archived", info={"team": "north"}),
    "put as it is": lambda node: (PutNode(node=node),),
    "linked": lambda node: (
        PutEdge(edge=make_edge(node.cube, "NEAR_TO", node.id, node.id, created_at=node.created_at)),
    ),
}


@pytest.mark.parametrize("what", _FORBIDDEN)
def test_a_frozen_memory_is_not(cube: CubeHandle, frozen: Node, what: str) -> None:
    before = cube.history()
    with pytest.raises(Frozen) as told:
        _apply(cube, _FORBIDDEN[what](frozen))
    assert told.value.ids == (frozen.id,)
    assert (cube.get(frozen.id), cube.history()) == (frozen, before)
    with pytest.raises(Invalid, match="reason"):
        _apply(cube, _FORBIDDEN[what](frozen), force=True, reason=" ")
    assert _apply(cube, _FORBIDDEN[what](frozen), force=True).wrote


@pytest.mark.parametrize("what", _ALLOWED)
def test_a_frozen_memory_may_be(cube: CubeHandle, frozen: Node, what: str) -> None:
    _apply(cube, _ALLOWED[what](frozen))
    assert cube.get(frozen.id).text == frozen.text


def test_one_frozen_memory_keeps_the_whole_delta_out(cube: CubeHandle, frozen: Node) -> None:
    (other,) = cube.add("Ben lives in Riga.").ids
    with pytest.raises(Frozen):
        _apply(cube, (RetireNode(id=other), RetireNode(id=frozen.id)))
    assert cube.get(other).status == "activated"


def test_vectors_of_a_frozen_memory_are_made_anew(cube: CubeHandle, frozen: Node) -> None:
    ((space, vector),) = cube.get(frozen.id).vectors.items()
    _apply(cube, _patch(vectors={space: -vector})(frozen))
    assert (cube.get(frozen.id).vectors[space] == -vector).all()
