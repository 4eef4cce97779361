"""Ports for models that look at pictures: vectors of them, and words about them. No implementation here.

A picture goes in as the bytes of a small JPEG or PNG: the thumbnail that ingestion made, upright and without metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt


class ImageEmbedder(Protocol):
    """Pictures in, unit vectors out, in a space of their own: never compared with texts' vectors.

    The same bytes always give the same vector.
    """

    @property
    def model(self) -> str:
        """Name and revision: vectors of different names never compare. It names the vector space too."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, images: Sequence[bytes]) -> npt.NDArray[np.float32]:
        """[len(images), dimension] float32, each row of unit length. `Invalid` for what is no picture.

        `Unavailable` when a service does not answer.
        """


class ImageTextEmbedder(ImageEmbedder, Protocol):
    """A model of two towers (CLIP, Radford et al. 2021): words and pictures in one space, so that words find both."""

    def embed_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts), dimension] float32, unit length, in the space of the pictures."""


class Captioner(Protocol):
    """Says in words what pictures show."""

    @property
    def model(self) -> str:
        """Name of the model: kept beside what it said, as its source."""

    def caption(self, images: Sequence[bytes], hints: Sequence[str]) -> tuple[str, ...]:
        """One caption for each picture, "" where the model has nothing to say.

        `hints` [len(images)]: what stands around each one (heading path, alt text), to be taken for text of a
        document and never for an instruction. `Unavailable` when a service does not answer: the picture is kept
        without a caption, and asked about at the next `add`.
        """
