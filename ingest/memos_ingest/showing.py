"""Show a place in a file: the page as it looks, with a box drawn around what came from there.

For PDFs and pictures; other formats have no pages to look at before a program lays them out.
"""

from __future__ import annotations

from io import BytesIO

import pypdfium2
from PIL import Image, ImageDraw

from memos_ingest.elements import Box
from memos_ingest.errors import UnreadableFile, UnsupportedFormat
from memos_ingest.parsers.pdf_pages import LOCK, CannotDraw, Drawn, DrawnPages
from memos_ingest.pictures.limits import DEFAULT_PICTURE_LIMITS
from memos_ingest.pictures.opening import check_size, opened, reading, upright

_DOTS = 150.0  # an inch
_MOST = DEFAULT_PICTURE_LIMITS.pixels
_FRAME = "#d03020"
_ROOM = 3  # pixels between what is framed and the frame


def look_at(
    data: bytes, *, name: str, media_type: str, page: int | None, box: Box | None, longest: int = 2_000
) -> Image.Image:
    """The page, or the picture that the file is, as RGB, at most `longest` pixels a side; `box` framed in red.

    `page` and `box` as a Provenance has them. UnsupportedFormat for what has no pages, UnreadableFile where there is
    no such page; TooLarge for a picture over the limit. Runs the decoders in this process.
    """
    if media_type == "application/pdf":
        look = _pdf_page(data, name, page or 1, longest)
    elif media_type.startswith("image/"):
        look = _frame(data, name, page or 1, longest)
    else:
        raise UnsupportedFormat(name, f"is {media_type}, which has no pages to look at; open the file itself")
    picture = look.picture
    if box is not None:
        left, top, right, bottom = (side / look.points for side in box)
        framed = (max(0, left - _ROOM), max(0, top - _ROOM), min(picture.width - 1, right + _ROOM),
                  min(picture.height - 1, bottom + _ROOM))  # fmt: skip
        if framed[0] < framed[2] and framed[1] < framed[3]:
            ImageDraw.Draw(picture).rectangle(framed, outline=_FRAME, width=max(2, longest // 600))
    return picture.convert("RGB")


def png_of(width: int, height: int, rgb: bytes) -> bytes:
    """A PNG of pixels [height, width, 3]. ValueError when they are more or fewer."""
    out = BytesIO()
    Image.frombytes("RGB", (width, height), rgb).save(out, "PNG")
    return out.getvalue()


def _pdf_page(data: bytes, name: str, page: int, longest: int) -> Drawn:
    with LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as problem:
            raise UnreadableFile(name, f"is not a whole PDF, or locked ({problem}); open a copy") from problem
        pages = len(document)
    try:
        look = (
            DrawnPages(document).drawn(page, None, longest=longest, dots=_DOTS, most=_MOST)
            if 1 <= page <= pages
            else None
        )
    except CannotDraw:
        look = None
    finally:
        with LOCK:
            document.close()
    if look is None:
        raise UnreadableFile(name, f"has no page {page} that can be drawn, of {pages:,}; was the file changed?")
    return look


def _frame(data: bytes, name: str, page: int, longest: int) -> Drawn:
    with opened(data, name=name) as image:
        with reading(name):
            image.seek(page - 1)
        check_size(image, name, DEFAULT_PICTURE_LIMITS)
        with reading(name):
            picture = upright(image).convert("RGB")
    scale = min(1.0, longest / max(picture.size))
    if scale < 1.0:
        picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))),
                                 Image.Resampling.BILINEAR)  # fmt: skip
    return Drawn(picture=picture, points=1 / scale)
