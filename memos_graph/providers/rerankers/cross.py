"""A reranker by any cross-encoder that sentence-transformers can load (extra `sentence-transformers`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.model.errors import Invalid, NotSupported


class CrossEncoder:
    """Reranks with a model that reads query and text together (Nogueira and Cho, "Passage Re-ranking with BERT", 2019).

    Loaded at the first use; some 20 ms a text on a CPU core for a small model.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def model(self) -> str:
        """The model's name or folder."""
        return self._name

    def rerank(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts)] the model's scores."""
        if not texts:
            return np.zeros(0, np.float32)
        scores = self._model.predict([(query, text) for text in texts], show_progress_bar=False)
        found = np.asarray(scores, dtype=np.float32)
        if found.shape != (len(texts),):
            raise Invalid(
                "reranker", self._name, f"it gives {found.shape} numbers for {len(texts)} texts, not one each"
            )
        return found

    @cached_property
    def _model(self) -> Any:
        try:
            from sentence_transformers import CrossEncoder as Model
        except ImportError as error:
            raise NotSupported(
                "reranker", "install it: python -m pip install 'memos-graph[sentence-transformers]'"
            ) from error
        try:
            return Model(self._name)
        except (OSError, ValueError) as error:
            raise Invalid("reranker", self._name, "name a model's folder, or one that can be fetched") from error
