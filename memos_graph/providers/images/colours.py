"""Pictures by how much of each colour they hold: a stand-in for trials that knows nothing of what they show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from memos_graph.providers.images.pixels import pixels_of

_LEVELS = 4  # of each of red, green and blue
_SIDE = 64  # pixels that are counted


class ColourHistogram:
    """Square roots of the shares of 64 colours, so that a dot product is the Bhattacharyya coefficient (1943).

    Two red pictures are close whatever they show. Needs no model; some 1 ms a picture.
    """

    @property
    def model(self) -> str:
        """Name and revision."""
        return "colours-4x4x4-v1"

    @property
    def dimension(self) -> int:
        """64."""
        return _LEVELS**3

    def embed(self, images: Sequence[bytes]) -> npt.NDArray[np.float32]:
        """[len(images), 64] unit vectors without negative numbers."""
        out = np.zeros((len(images), self.dimension), dtype=np.float32)
        for at, image in enumerate(images):
            levels = np.minimum((pixels_of(image, _SIDE, _SIDE) * _LEVELS).astype(np.int64), _LEVELS - 1)
            bins = levels[..., 0] * _LEVELS**2 + levels[..., 1] * _LEVELS + levels[..., 2]
            out[at] = np.sqrt(np.bincount(bins.ravel(), minlength=self.dimension) / (_SIDE * _SIDE))
        return out
