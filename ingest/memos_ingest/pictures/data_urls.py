"""Pictures that a page carries in itself, as data: URLs (RFC 2397). Declines to fetch anything.

Parsers hand such URLs on in `href`; `with_data_pictures` turns them into facts, so that no element leaves with one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote_to_bytes

from memos_ingest.elements import Element, PictureFacts
from memos_ingest.errors import IngestError
from memos_ingest.pictures.facts import facts_of
from memos_ingest.pictures.limits import DEFAULT_PICTURE_LIMITS, PictureLimits
from memos_ingest.pictures.ocr import BESIDE_TEXT

_DECORATION = 32  # pixels; pictures up to this wide and high are icons, and stand-ins for pictures that come later


def is_data_url(href: str | None) -> bool:
    """Whether the reference is the thing itself."""
    return href is not None and href[:5].lower() == "data:"


def data_of(url: str) -> bytes | None:
    """The bytes that a data: URL holds; None when it is broken. O(url)."""
    head, comma, body = url[5:].partition(",")
    if not comma:
        return None
    raw = unquote_to_bytes(body)
    if not head.strip().lower().endswith(";base64"):
        return raw
    packed = b"".join(raw.split()).rstrip(b"=")
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), altchars=b"-_" if b"-" in packed else None)
    except (binascii.Error, ValueError):
        return None


def with_data_pictures(
    elements: Iterable[Element], *, name: str, limits: PictureLimits = DEFAULT_PICTURE_LIMITS
) -> tuple[Element, ...]:
    """The elements, those whose `href` is a data: URL with that picture's facts instead.

    One that can't be decoded, is too large, or lies beyond the limits stays where it has words (alt text, caption);
    without words, or where it is a mere decoration, it goes.
    """
    out: list[Element] = []
    seen = pixels = 0
    for element in elements:
        if element.kind != "image" or not is_data_url(element.href):
            out.append(element)
            continue
        facts = None
        if seen < limits.pictures and pixels < limits.total_pixels:
            facts = _facts(element.href or "", f"{name}: picture {seen + 1}", limits)
            seen += 1
            pixels += facts.width * facts.height if facts is not None else 0
        if facts is not None and max(facts.width, facts.height) <= _DECORATION:
            facts = None
        if facts is not None or element.text.strip():
            out.append(replace(element, href=None, picture=facts))
    return tuple(out)


def _facts(url: str, name: str, limits: PictureLimits) -> PictureFacts | None:
    data = data_of(url)
    if not data:
        return None
    try:
        return facts_of(data, name=name, unread=BESIDE_TEXT, limits=limits)
    except IngestError:
        return None  # the text around it is still worth reading
