"""The user's own picture model, such as the vision tower of a CLIP, as an ONNX file. Nothing is fetched."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NotImplemented_

from memos_graph.model.errors import Invalid
from memos_graph.providers.images.pixels import pixels_of

# of the pictures that CLIP was trained on (Radford et al. 2021), as in its published code
_MEAN = (0.48145466, 0.4578275, 0.40821073)
_SPREAD = (0.26862954, 0.26130258, 0.27577711)
_BATCH = 16


class OnnxImages:
    """A model with one input [n, 3, height, width] whose first output is [n, dimension].

    `mean` and `spread` are those the model was trained with. The whole picture is scaled to the model's size, which
    keeps its edges where CLIP's own code cuts them off. Loaded at the first use.
    """

    def __init__(
        self, path: Path, *, model: str = "", mean: Sequence[float] = _MEAN, spread: Sequence[float] = _SPREAD
    ) -> None:
        self._path, self._given = path, model
        self._mean, self._spread = np.asarray(mean, np.float32), np.asarray(spread, np.float32)

    @cached_property
    def model(self) -> str:
        """The name that the user gave it; without one the file's, with what tells its bytes from others."""
        if self._given:
            return self._given
        try:
            with self._path.open("rb") as file:
                return f"{self._path.stem}@{hashlib.file_digest(file, 'sha256').hexdigest()[:12]}"
        except OSError as error:
            raise Invalid("image model", str(self._path), f"it can't be read: {error.strerror}") from error

    @cached_property
    def dimension(self) -> int:
        """Length of a vector, by embedding a grey picture."""
        _, _, height, width = self._input.shape
        return int(self._run(np.zeros((1, 3, height, width), dtype=np.float32)).shape[1])

    def embed(self, images: Sequence[bytes]) -> npt.NDArray[np.float32]:
        """[len(images), dimension] unit vectors; a picture to which the model gives zeros stays zeros."""
        if not images:
            return np.zeros((0, self.dimension), dtype=np.float32)
        _, _, height, width = self._input.shape
        out = []
        for start in range(0, len(images), _BATCH):
            pixels = np.stack([pixels_of(image, width, height) for image in images[start : start + _BATCH]])
            out.append(self._run(np.moveaxis((pixels - self._mean) / self._spread, 3, 1)))
        found = np.concatenate(out)
        norms = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.where(norms == 0, 1, norms), dtype=np.float32)

    def _run(self, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        found = np.asarray(self._session.run(None, {self._input.name: np.ascontiguousarray(pixels)})[0], np.float32)
        if found.ndim != 2 or len(found) != len(pixels):
            raise Invalid("image model", str(self._path), f"its first output has shape {found.shape}, not [n, d]")
        return found

    @cached_property
    def _input(self) -> Any:
        inputs = self._session.get_inputs()
        sizes = inputs[0].shape[2:] if len(inputs) == 1 and len(inputs[0].shape) == 4 else ()
        if len(sizes) != 2 or not all(isinstance(size, int) and 0 < size <= 2_048 for size in sizes):
            shapes = [(one.name, one.shape) for one in inputs]
            advice = "export the vision part alone, with one input [n, 3, height, width] of fixed height and width"
            raise Invalid("image model", f"{self._path}: inputs {shapes}", advice)
        return inputs[0]

    @cached_property
    def _session(self) -> Any:
        if not self._path.is_file():
            raise Invalid("image model", str(self._path), "no such file; check the path")
        try:
            return onnxruntime.InferenceSession(str(self._path), providers=["CPUExecutionProvider"])
        except (Fail, InvalidGraph, InvalidProtobuf, NotImplemented_) as error:
            raise Invalid("image model", str(self._path), f"it can't be loaded as ONNX: {error}"[:300]) from error
