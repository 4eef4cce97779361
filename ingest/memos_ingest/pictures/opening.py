"""Open a picture's bytes without trusting them: known formats only, its size checked before a pixel is decoded.

Declines to know what the picture shows and what is done with it.
"""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import Final

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from memos_ingest.errors import TooLarge, UnreadableFile, UnsupportedFormat
from memos_ingest.pictures.limits import DEFAULT_PICTURE_LIMITS, PictureLimits

MEDIA_TYPES: Final = {
    "PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg", "WEBP": "image/webp", "TIFF": "image/tiff",
    "GIF": "image/gif", "BMP": "image/bmp", "AVIF": "image/avif", "HEIF": "image/heic",
}  # fmt: skip
HEIC_EXTRA: Final = "memos-graph[heic]"
_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP", "AVIF")
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"))
#: what Pillow's decoders raise on bytes that lie, as seen and as its own tests expect
BROKEN: Final = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, AttributeError, OverflowError,
    ZeroDivisionError, NotImplementedError, RuntimeError, struct.error, zlib.error,
)  # fmt: skip
_TURN = Image.Transpose
_TURNS = {
    2: _TURN.FLIP_LEFT_RIGHT, 3: _TURN.ROTATE_180, 4: _TURN.FLIP_TOP_BOTTOM, 5: _TURN.TRANSPOSE, 6: _TURN.ROTATE_270,
    7: _TURN.TRANSVERSE, 8: _TURN.ROTATE_90,
}  # fmt: skip
# warnings' filters belong to the whole process
_QUIET = threading.Lock()


@contextmanager
def opened(data: bytes, *, name: str, limits: PictureLimits = DEFAULT_PICTURE_LIMITS) -> Iterator[Image.Image]:
    """The picture in `data`, its head read and no pixel yet.

    UnsupportedFormat for what is none of `MEDIA_TYPES`, UnreadableFile for a broken one, TooLarge over
    `limits.pixels`. Reading its pixels may fail later: do it under `reading`.
    """
    if is_heif(data):
        _register_heif(name)
    with reading(name), _QUIET, warnings.catch_warnings():
        # Pillow warns of 90 megapixels; here the limit decides
        warnings.simplefilter("ignore")
        try:
            image = Image.open(BytesIO(data), formats=(*_FORMATS, "HEIF") if is_heif(data) else _FORMATS)
        except Image.DecompressionBombError as problem:
            raise UnreadableFile(name, "claims more pixels than any picture has; it is not opened") from problem
    with image:
        check_size(image, name, limits)
        yield image


@contextmanager
def reading(name: str) -> Iterator[None]:
    """What a decoder raises on bad bytes, as UnreadableFile that names the picture."""
    try:
        yield
    except BROKEN as problem:
        known = isinstance(problem, UnidentifiedImageError)
        said = "no picture that can be decoded" if known else " ".join(str(problem).split())[:200]
        reason = f"cannot be read as a picture ({said or type(problem).__name__}); export it again"
        raise UnreadableFile(name, reason) from problem


def check_size(image: Image.Image, name: str, limits: PictureLimits) -> None:
    """TooLarge when what the head says is over the limit of pixels."""
    width, height = image.size
    if width * height > limits.pixels:
        raise TooLarge(name, "pixels", limits.pixels, width * height, "pixels", holder="PictureLimits")


def is_heif(data: bytes) -> bool:
    """Whether the bytes begin as HEIC or HEIF, the phones' format."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS


def upright(image: Image.Image) -> Image.Image:
    """A new picture in RGB or L, turned as its EXIF says; what is transparent becomes white.

    Decodes: call it under `reading`. 16-bit and float grey are stretched to 8 bits. O(pixels).
    """
    image.load()
    turn = _TURNS.get(orientation(image))
    plain = _plain(image)
    return plain.transpose(turn) if turn is not None else plain


def orientation(image: Image.Image) -> int:
    """EXIF's number for how the picture lies, 1 (upright) to 8; 1 where that is missing, or its EXIF is broken."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation)
    except BROKEN:
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in ("RGB", "L"):
        return image.copy()
    if image.mode[0] in "IF":
        return _stretched(image)
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return image.convert("L" if image.mode == "1" else "RGB")


def _stretched(image: Image.Image) -> Image.Image:
    grey = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0)
    low, high = float(grey.min()), float(grey.max())
    return Image.fromarray(((grey - low) * (255.0 / max(high - low, 1e-6))).astype(np.uint8))


def _register_heif(name: str) -> None:
    try:
        import_module("pi_heif").register_heif_opener()
    except ImportError as problem:
        reason = f"is HEIC, which needs a library: python -m pip install '{HEIC_EXTRA}', or export it as JPEG"
        raise UnsupportedFormat(name, reason) from problem
