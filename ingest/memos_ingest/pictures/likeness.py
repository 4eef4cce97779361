"""Whether two pictures are the same one, scaled, recompressed or a little retouched.

A perceptual hash by the signs of low cosine frequencies (Zauner, "Implementation and Benchmarking of Perceptual Image
Hash Functions", 2010, section 3.2.1). Declines to know what they show: two photographs of one scene are two pictures.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from memos_ingest.elements import PictureFacts
from memos_ingest.errors import IngestError
from memos_ingest.pictures.limits import PictureLimits
from memos_ingest.pictures.opening import opened, reading

SAME_BITS: Final = 4  #: of 64; so few apart may be the same picture
FEATURELESS: Final = "0" * 16  #: of a picture of one colour: says nothing, and is like no other
_SIDE = 32  # pixels that are looked at
_LOW = 8  # frequencies each way
_FLAT = 2.0  # a picture whose low frequencies are all below this holds nothing; 255 would be black against white
_SHAPE = 0.05  # how far the ratios of width to height may lie apart
_PART = 12  # pixels a side of a part of a thumbnail
_SMALL: Final = PictureLimits(pixels=1_000_000)
_PARTS_APART = 0.5  # of the whole's contrast: how far the brightness of a part may lie apart
_CALM = 8.0  # of 255: contrast below this is noise
_SHADES = 16  # of 256 are one colour
_MOSTLY = 0.5  # of a picture: what has more of one colour is a drawing, a page or a slide


def likeness(picture: Image.Image) -> str:
    """64 bits as 16 hex digits, row by row from the lowest frequency; `FEATURELESS` for a picture of one colour.

    O(pixels), of which scaling down is nearly all.
    """
    small = picture.convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    wave = _waves()
    low = (wave @ np.asarray(small, dtype=np.float64) @ wave.T).ravel()
    if np.abs(low).max() < _FLAT:
        return FEATURELESS
    bits = low > np.median(low)
    return np.packbits(bits).tobytes().hex()


def distance(one: str, other: str) -> int:
    """How many of the 64 bits differ, 0 to 64. ValueError for what is no likeness."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def has_likeness(facts: PictureFacts) -> bool:
    """Whether other bytes can be the same picture: not for one of one colour, one that is mostly of one (a page, a
    slide, a drawing), a very small one, or one whose thumbnail can't be opened. Half a millisecond."""
    if facts.likeness in ("", FEATURELESS) or not facts.thumbnail:
        return False
    try:
        grey = _grey(facts.thumbnail)
    except IngestError:
        return False
    return min(grey.size) >= _PART and not _is_mostly_one_colour(grey)


def is_same_picture(one: PictureFacts, other: PictureFacts) -> bool:
    """Whether both are the same picture: the same bytes, or photographs alike in hash, shape, place and date.

    Slides of one template, forms and plots are alike in all that 64 bits and a thumbnail hold, and differ in what
    matters: of pictures that are mostly one colour only the same bytes are the same, and of those without thumbnails.
    Seen: a photograph halved, recompressed, in grey, 12 % brighter or with 20 % more contrast stays the same; cropped
    by 3 %, or with a corner painted over, it is another; none of 23 pages and 16 slides of a template joined another.
    """
    if one.content_hash == other.content_hash:
        return True
    if FEATURELESS in (one.likeness, other.likeness) or distance(one.likeness, other.likeness) > SAME_BITS:
        return False
    across, down = one.width * other.height, other.width * one.height
    if abs(across - down) > _SHAPE * max(across, down):
        return False
    if one.taken_at and other.taken_at and one.taken_at.replace(tzinfo=None) != other.taken_at.replace(tzinfo=None):
        return False  # two shots of one scene
    try:
        return bool(one.thumbnail and other.thumbnail) and _looks_same(one.thumbnail, other.thumbnail)
    except IngestError:
        return False


@cache
def _waves() -> npt.NDArray[np.float64]:
    """[8, 32]: the cosines of frequencies 1 to 8 (DCT-II), scaled so that frequencies are in units of brightness."""
    frequency, position = np.arange(1, _LOW + 1)[:, None], np.arange(_SIDE)[None, :]
    waves: npt.NDArray[np.float64] = np.cos(np.pi * frequency * (2 * position + 1) / (2 * _SIDE)) * (2 / _SIDE)
    return waves


def _looks_same(thumbnail: bytes, other: bytes) -> bool:
    """Whether no part of either differs from the other, but for brightness and contrast of the whole."""
    first, second = _grey(thumbnail), _grey(other)
    size = min(first.width, second.width), min(first.height, second.height)
    if min(size) < _PART or _is_mostly_one_colour(first) or _is_mostly_one_colour(second):
        return False
    one, two = _pixels(first, size), _pixels(second, size)
    gain = float((one * two).sum()) / max(float((one * one).sum()), 1e-6)
    apart = np.abs(gain * one - two) / max(float(two.std()), _CALM)
    rows, columns = (side // _PART for side in apart.shape)
    parts = apart[: rows * _PART, : columns * _PART].reshape(rows, _PART, columns, _PART).mean(axis=(1, 3))
    return float(parts.max()) <= _PARTS_APART


def _is_mostly_one_colour(grey: Image.Image) -> bool:
    counts = np.asarray(grey.histogram(), dtype=np.float64)
    return bool(np.convolve(counts, np.ones(_SHADES)).max() > _MOSTLY * counts.sum())


def _grey(thumbnail: bytes) -> Image.Image:
    """IngestError for bytes that are no picture, or a large one: they come from a process that files may have taken."""
    with opened(thumbnail, name="thumbnail", limits=_SMALL) as picture, reading("thumbnail"):
        return picture.convert("L")


def _pixels(grey: Image.Image, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """[height, width] around 0, a little blurred, so that how it was scaled makes no difference."""
    soft = grey.resize(size, Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(1))
    pixels = np.asarray(soft, dtype=np.float32)
    return np.asarray(pixels - pixels.mean(), dtype=np.float32)
