"""The place something came from, as a picture with a frame."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from memos_ingest import parse
from memos_ingest.errors import UnreadableFile, UnsupportedFormat
from memos_ingest.showing import page_image


def red_box(png: bytes) -> tuple[int, int, int, int] | None:
    """Around the pixels of the frame's colour."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    red, _, blue = picture.split()
    mask = red.point(lambda v: 255 * (v > 180)).convert("1")
    dark = blue.point(lambda v: 255 * (v < 90)).convert("1")
    both = Image.new("1", picture.size)
    both.paste(mask, mask=dark)
    return both.getbbox()


def test_the_frame_lies_around_the_text_of_a_pdf(make_pdf: Callable[..., bytes]) -> None:
    data = make_pdf([[(12, "First page of the harbour board.")], [(12, "The crane lifts forty tons of steel.")]])
    element = next(e for e in parse(data, name="a.pdf").elements if e.provenance.page == 2)
    box = element.provenance.box
    assert box is not None
    png = page_image(data, name="a.pdf", media_type="application/pdf", page=2, box=box)
    found = red_box(png)
    assert found is not None
    assert found == pytest.approx([side * 150 / 72 for side in box], abs=8)
    assert Image.open(BytesIO(png)).size == pytest.approx((1275, 1650), abs=1)


def test_a_frame_in_a_picture_is_scaled_with_it() -> None:
    out = BytesIO()
    Image.new("RGB", (4_000, 1_000), "white").save(out, "PNG")
    png = page_image(out.getvalue(), name="a.png", media_type="image/png", page=None, box=(400, 200, 2_000, 600))
    assert Image.open(BytesIO(png)).size == (2_000, 500)
    assert red_box(png) == pytest.approx((200, 100, 1_000, 300), abs=8)


def test_a_box_off_the_page_frames_nothing_and_breaks_nothing(make_pdf: Callable[..., bytes]) -> None:
    data = make_pdf([[(12, "The crane lifts forty tons of steel.")]])
    png = page_image(data, name="a.pdf", media_type="application/pdf", page=1, box=(5_000, 5_000, 6_000, 6_000))
    assert red_box(png) is None


def test_a_page_that_is_not_there_and_a_format_without_pages_are_said(make_pdf: Callable[..., bytes]) -> None:
    data = make_pdf([[(12, "The crane lifts forty tons of steel.")]])
    with pytest.raises(UnreadableFile, match="no page 2"):
        page_image(data, name="a.pdf", media_type="application/pdf", page=2, box=None)
    with pytest.raises(UnsupportedFormat, match="no pages"):
        page_image(b"# A", name="a.md", media_type="text/markdown", page=None, box=None)
