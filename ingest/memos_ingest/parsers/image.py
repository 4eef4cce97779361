"""Pictures: PNG, JPEG, WebP, TIFF (each page), GIF (its first frame), BMP, AVIF, HEIC with its extra.

Each is one image element with its facts, followed by the text read in it where the extra `ocr` is installed.
"""

from __future__ import annotations

from memos_ingest.parsers.base import Parsed, Source
from memos_ingest.pictures import picture_elements


def parse(source: Source) -> Parsed:
    """The picture and its text; UnreadableFile for a broken one, TooLarge for one of too many pixels."""
    return Parsed(elements=picture_elements(source.data, name=source.name))
