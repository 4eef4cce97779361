"""A picture's bytes to pixels, for models. Declines to open what is no small JPEG, PNG or WebP."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from memos_graph.model.errors import Invalid

_MOST = 4_000_000  # pixels: thumbnails have 65,536 at most
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


def pixels_of(image: bytes, width: int, height: int) -> npt.NDArray[np.float32]:
    """[height, width, 3] RGB, 0 to 1, the whole picture scaled to that size. `Invalid` for what is no picture."""
    try:
        with Image.open(BytesIO(image), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > _MOST:
                raise Invalid("image", f"{opened.width} x {opened.height}", f"give a thumbnail of up to {_MOST} pixels")
            scaled = opened.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    except _BROKEN as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid("image", f"{len(image)} bytes", "give the bytes of a JPEG, PNG or WebP") from error
    return np.asarray(scaled, dtype=np.float32) / np.float32(255)
