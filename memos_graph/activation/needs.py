"""The modules of the extra `local`, imported when something needs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from memos_graph.model.errors import NotSupported


def need(module: str) -> Any:
    """The module so named. `NotSupported` says how to get it when it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        advice = "install it: python -m pip install 'memos-graph[local]'"
        raise NotSupported("KV caches of local models", f"{module} can't be imported ({error}); {advice}") from error
