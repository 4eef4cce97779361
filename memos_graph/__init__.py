"""memos_graph: a graph-native knowledge and memory engine.

import memos_graph
with memos_graph.open("kb.graph") as graph:
    kb = graph.cube("handbook")
    kb.add("docs/")
    for hit in kb.search("who signed off the valve?", top_k=5):
        print(hit.text, hit.path)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memos_graph.app import CubeHandle, Graph, open
    from memos_graph.model.errors import MemosGraphError
    from memos_graph.model.graph import Cube, Edge, Node, Source
    from memos_graph.services.hits import Hit

__version__ = "0.1.0"
__all__ = ["Cube", "CubeHandle", "Edge", "Graph", "Hit", "MemosGraphError", "Node", "Source", "open"]

#: Where each name lives. They are fetched at first use: the command line's --help must not wait for numpy and httpx.
_HOMES = {
    "CubeHandle": "app",
    "Graph": "app",
    "open": "app",
    "MemosGraphError": "model.errors",
    "Cube": "model.graph",
    "Edge": "model.graph",
    "Node": "model.graph",
    "Source": "model.graph",
    "Hit": "services.hits",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
