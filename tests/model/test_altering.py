"""`altered` gives what `dataclasses.replace` gives."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.model.altering import altered
from memos_graph.model.graph import STATUSES, Node, Source

_NOW = datetime(2025, 3, 4, tzinfo=UTC)
_NODE = Node(
    id="n", cube="c", kind="Passage", text="Shut the valve.", key="valve", tags=("a",), usage=("u",),
    sources=(Source(uri="a.md", page=2),), info={"order": 1}, created_at=_NOW, updated_at=_NOW, valid_from=_NOW,
    version=4, content_hash="h", vectors={"main": np.ones(2, np.float32)},
)  # fmt: skip
_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(STATUSES), "confidence": st.floats(0, 100), "tags": st.tuples(st.text()),
        "usage": st.tuples(st.text()), "info": st.dictionaries(st.text(), st.integers()), "version": st.integers(1),
        "retired_at": st.none() | st.just(_NOW), "vectors": st.just({}),
    },
)  # fmt: skip


@given(_CHANGES)
def test_an_altered_node_is_the_replaced_one_in_every_field(changes: dict[str, object]) -> None:
    twin, wanted = altered(_NODE, changes), replace(_NODE, **changes)  # type: ignore[arg-type]
    for name in Node.__dataclass_fields__:
        assert getattr(twin, name) is getattr(wanted, name)


def test_an_altered_node_is_as_frozen_as_any() -> None:
    with pytest.raises(FrozenInstanceError):
        altered(_NODE, {"version": 5}).version = 6  # type: ignore[misc]
