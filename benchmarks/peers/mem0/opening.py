"""mem0 opened on Qdrant on disk, with our vectors and no language model."""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

import os
from typing import Any

from benchmarks.peers.kit import Task


def open_memory(task: Task, collection: str) -> Any:
    """A mem0 Memory in the task's folder."""
    os.environ["MEM0_TELEMETRY"] = "False"
    os.environ["MEM0_DIR"] = str(task.folder / "mem0")
    from mem0 import Memory

    vectors = {
        "model": task.model, "api_key": "none", "openai_base_url": task.vectors_url,
        "embedding_dims": task.dimension,
    }  # fmt: skip
    store = {
        "collection_name": collection, "path": str(task.folder / "qdrant"), "on_disk": True,
        "embedding_model_dims": task.dimension,
    }  # fmt: skip
    return Memory.from_config(
        {
            "embedder": {"provider": "openai", "config": vectors},
            "vector_store": {"provider": "qdrant", "config": store},
            "llm": {"provider": "openai", "config": {"api_key": "none"}},  # made on opening, never called
            "history_db_path": str(task.folder / "history.db"),
        }
    )
