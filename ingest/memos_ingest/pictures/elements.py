"""A picture's file as elements: the picture, page by page, and the text in it where a reader is installed.

Text found has its box in pixels of its page, which is as many points wide and high as the picture has pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PIL import Image

from memos_ingest.elements import Element, PictureFacts, Provenance
from memos_ingest.errors import TooLarge
from memos_ingest.pictures.facts import facts_of, facts_of_drawn
from memos_ingest.pictures.limits import DEFAULT_PICTURE_LIMITS, PictureLimits
from memos_ingest.pictures.ocr import NOT_ASKED, TextReader, text_reader
from memos_ingest.pictures.opening import check_size, opened, reading, upright
from memos_ingest.pictures.paragraphs import paragraphs
from memos_ingest.pictures.turns import Turns

_PAGED = frozenset(("image/tiff",))  # of others, such as an animated GIF, the first frame is the picture


def picture_elements(
    data: bytes,
    *,
    name: str,
    limits: PictureLimits = DEFAULT_PICTURE_LIMITS,
    reader: TextReader | None = None,
    read_text: bool = True,
) -> tuple[Element, ...]:
    """An image element with its facts for each page of the file, each followed by the paragraphs read in it.

    `reader` None: the installed one. Where none is, or `read_text` is False, `facts.unread` says so. Raises as
    `facts_of`, and TooLarge over `limits.frames` or `limits.total_pixels`.
    """
    turns = Turns(reader or text_reader(), limits)
    unread = turns.why_not() if read_text else NOT_ASKED
    facts = facts_of(data, name=name, unread=unread, limits=limits)
    frames = _frames(data, name, limits) if facts.media_type in _PAGED else 1
    if frames == 1 and unread is not None:
        return (Element(kind="image", text="", picture=facts),)
    out: list[Element] = []
    for number, picture in enumerate(_pages(data, name, limits, frames), start=1):
        page = number if frames > 1 else None
        unread = turns.why_not() if read_text else NOT_ASKED
        if frames > 1:
            facts = facts_of_drawn(picture, media_type=facts.media_type, unread=unread, limits=limits)
        out.extend(read_picture(picture, facts, Provenance(page=page), None if unread else turns))
    return tuple(out)


def read_picture(
    picture: Image.Image, facts: PictureFacts, where: Provenance, reader: TextReader | None, *, points: float = 1.0
) -> list[Element]:
    """The picture's element, and the paragraphs that `reader` finds in it, their boxes times `points` a pixel.

    `reader` None: the picture alone; `facts.unread` says why.
    """
    if reader is None:
        return [Element(kind="image", text="", provenance=where, picture=facts)]
    out = [Element(kind="image", text="", provenance=where, picture=facts)]
    for paragraph in paragraphs(reader.lines(picture)):
        left, top, right, bottom = (round(side * points, 2) for side in paragraph.box)
        place = replace(where, box=(left, top, right, bottom))
        out.append(Element(kind="paragraph", text=paragraph.text, provenance=place))
    return out


def _frames(data: bytes, name: str, limits: PictureLimits) -> int:
    with opened(data, name=name, limits=limits) as image, reading(name):
        frames = int(getattr(image, "n_frames", 1))
    if frames > limits.frames:
        raise TooLarge(name, "frames", limits.frames, frames, "pages", holder="PictureLimits")
    return frames


def _pages(data: bytes, name: str, limits: PictureLimits, frames: int) -> Iterator[Image.Image]:
    """Each page upright, in RGB or L; one at a time in memory."""
    total = 0
    with opened(data, name=name, limits=limits) as image:
        for frame in range(frames):
            with reading(name):
                image.seek(frame)
            check_size(image, name, limits)
            total += image.width * image.height
            if total > limits.total_pixels:
                raise TooLarge(name, "total_pixels", limits.total_pixels, total, "pixels", holder="PictureLimits")
            with reading(name):
                picture = upright(image)
            yield picture
