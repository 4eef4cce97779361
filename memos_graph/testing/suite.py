"""The whole contract of a GraphStore as one class to inherit."""

from __future__ import annotations

from memos_graph.testing.cubes import CubeTests
from memos_graph.testing.filters import FilterTests
from memos_graph.testing.keeping import KeepingTests
from memos_graph.testing.limits import LimitTests
from memos_graph.testing.loads import LoadTests
from memos_graph.testing.pages import ChangeTests, ScanTests
from memos_graph.testing.reads import ReadTests, ScopeTests
from memos_graph.testing.recalls import LexiconTests, SurveyTests
from memos_graph.testing.searches import NearTests, TextTests
from memos_graph.testing.versions import AtomicityTests, ConflictTests, PresentTests, RepeatTests
from memos_graph.testing.walks import EdgeTests, WalkTests
from memos_graph.testing.writes import WriteTests


class StoreContract(
    CubeTests, WriteTests, PresentTests, RepeatTests, ConflictTests, AtomicityTests, ReadTests, ScopeTests, FilterTests,
    NearTests, TextTests, WalkTests, EdgeTests, ScanTests, ChangeTests, LexiconTests, SurveyTests, LimitTests,
    LoadTests, KeepingTests,
):  # fmt: skip
    """Inherit it in a class whose name starts with `Test`, and say `make_store`: every test runs on your store."""
