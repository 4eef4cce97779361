"""The contract suite that every store inherits, third parties' too. Needs `memos-graph[test]`.

from memos_graph.testing import StoreContract, store_machine

class TestMyStore(StoreContract):
    def make_store(self, path):
        return MyStore(path)

TestMyStoreBesideTheOracle = store_machine(MyStore)
"""

import pytest

_PARTS = (
    "base", "bench", "compare", "cubes", "filters", "keeping", "limits", "machine", "pages", "reads", "recalls",
    "searches", "strategies", "versions", "walks", "writes",
)  # fmt: skip
# so that a failing test of the suite shows the values it compared, as one in a test file does
pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in _PARTS))

from memos_graph.testing.machine import store_machine  # noqa: E402
from memos_graph.testing.suite import StoreContract  # noqa: E402

__all__ = ["StoreContract", "store_machine"]
