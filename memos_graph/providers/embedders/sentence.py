"""An embedder over any local sentence-transformers model (extra `sentence-transformers`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.model.errors import Invalid, NotSupported


class SentenceTransformersEmbedder:
    """Embeds with a model that sentence-transformers can load by name or folder."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def model(self) -> str:
        """The model's name or folder."""
        return self._name

    @cached_property
    def dimension(self) -> int:
        """Length of a vector: that of an empty text, since releases differ in what they call the question."""
        return int(self._model.encode([""], show_progress_bar=False).shape[1])

    @property
    def limit(self) -> int:
        """As the model says."""
        return int(self._model.max_seq_length or 0)

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts), dimension] float32, unit length."""
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` is for the model's own tokenizer, without those it adds."""
        return len(self._model.tokenizer.encode(text, add_special_tokens=False))

    @cached_property
    def _model(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise NotSupported(
                "sentence-transformers", "install it: python -m pip install 'memos-graph[sentence-transformers]'"
            ) from error
        try:
            return SentenceTransformer(self._name)
        except (OSError, ValueError) as error:
            raise Invalid("embedder", self._name, "name a model's folder, or one that can be fetched") from error
