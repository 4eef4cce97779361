"""The default embedder: all-MiniLM-L6-v2 as an int8 ONNX file on the CPU, from installed packages alone.

The model (made by tools/build_minilm.py) and the tokenizer ship with this package; both are Apache-2.0 and checked by
SHA-256 before use. Reimers and Gurevych, "Sentence-BERT", EMNLP 2019.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.resources import files
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from memos_graph.model.errors import Unavailable

MODEL_SHA256 = "1e65b0dea048a96c33d5160c15368082012e0d44bcfb5812d50255196eade4df"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MAX_TOKENS = 256  #: what the model was trained to read; the rest of a longer text is not seen


class MiniLM:
    """Embeds with all-MiniLM-L6-v2: 384 numbers of unit length, mean-pooled over the first 256 tokens.

    Loading takes .2-.7 s and happens at the first use. Safe to call from several threads.
    """

    model = "all-MiniLM-L6-v2-int8-dynamic"
    dimension = 384
    limit = MAX_TOKENS - 2  #: the model adds one at each end

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or os.cpu_count() or 1
        self._lock = Lock()

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts), 384] float32, unit length; a text's vector does not depend on the texts beside it.

        About 4 ms for a short text, 8,000 tokens/s on two cores.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        tokenizer, session = self._parts
        encodings = tokenizer.encode_batch(list(texts))
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)

        def run(row: int) -> None:
            # one text at a time: the model quantises by the range of all it is given
            vectors[row] = session.run(None, {"ids": np.array(encodings[row].ids, dtype=np.int64)})[0]

        if len(texts) == 1:
            run(0)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                # the longest first, so that no thread is left alone with one at the end
                list(pool.map(run, sorted(range(len(texts)), key=lambda row: -len(encodings[row].ids))))
        return vectors

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` is, without the two the model adds and without the limit of 256."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _counter(self) -> Any:
        from tokenizers import Tokenizer  # half a second of imports that listing a cube need not pay

        counter = Tokenizer.from_str(_checked(_data("minilm-tokenizer.json"), TOKENIZER_SHA256).decode())
        counter.no_padding()
        counter.no_truncation()
        return counter

    @property
    def _parts(self) -> tuple[Any, Any]:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        import onnxruntime
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(_checked(_data("minilm-tokenizer.json"), TOKENIZER_SHA256).decode())
        tokenizer.no_padding()  # the file pads and cuts to 128
        tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # texts run side by side instead, which wastes less
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            _checked(_data("minilm-int8.onnx"), MODEL_SHA256),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],  # three times slower than its parts
        )
        return tokenizer, session


def _data(name: str) -> Any:
    return files("memos_graph.providers.embedders").joinpath("data", name)


def _checked(file: Any, sha256: str) -> bytes:
    data: bytes = file.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise Unavailable(
            f"{file.name} is not the file this version was made with (sha256 {found}); reinstall memos-graph"
        )
    return data
