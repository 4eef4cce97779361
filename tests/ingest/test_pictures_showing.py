"""The place something came from, as a picture with a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from io import BytesIO
from zipfile import ZipFile

import pytest
from PIL import Image

from memos_ingest import parse
from memos_ingest.errors import UnreadableFile, UnsupportedFormat
from memos_ingest.sandbox import Job, Look, Pixels, Sandbox, SandboxLimits
from memos_ingest.sandbox.asking import Answer, pixel_frames
from memos_ingest.sandbox.codec import Malformed
from memos_ingest.showing import look_at, png_of


def red_box(picture: Image.Image) -> tuple[int, int, int, int] | None:
    """Around the pixels of the frame's colour."""
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
    seen = look_at(data, name="a.pdf", media_type="application/pdf", page=2, box=box)
    found = red_box(seen)
    assert found is not None
    assert found == pytest.approx([side * 150 / 72 for side in box], abs=8)
    assert seen.size == pytest.approx((1275, 1650), abs=1)


def test_a_frame_in_a_picture_is_scaled_with_it() -> None:
    out = BytesIO()
    Image.new("RGB", (4_000, 1_000), "white").save(out, "PNG")
    seen = look_at(out.getvalue(), name="a.png", media_type="image/png", page=None, box=(400, 200, 2_000, 600))
    assert seen.size == (2_000, 500)
    assert red_box(seen) == pytest.approx((200, 100, 1_000, 300), abs=8)


def test_a_box_off_the_page_frames_nothing_and_breaks_nothing(make_pdf: Callable[..., bytes]) -> None:
    data = make_pdf([[(12, "The crane lifts forty tons of steel.")]])
    seen = look_at(data, name="a.pdf", media_type="application/pdf", page=1, box=(5_000, 5_000, 6_000, 6_000))
    assert red_box(seen) is None


def test_a_page_that_is_not_there_and_a_format_without_pages_are_said(make_pdf: Callable[..., bytes]) -> None:
    data = make_pdf([[(12, "The crane lifts forty tons of steel.")]])
    with pytest.raises(UnreadableFile, match="no page 2"):
        look_at(data, name="a.pdf", media_type="application/pdf", page=2, box=None)
    with pytest.raises(UnsupportedFormat, match="no pages"):
        look_at(b"# A", name="a.md", media_type="text/markdown", page=None, box=None)


def test_a_place_in_a_mail_in_an_archive_is_drawn_in_another_process_as_it_is_here(
    make_pdf: Callable[..., bytes],
) -> None:
    pdf = make_pdf([[(12, "The crane lifts forty tons of steel.")]])
    mail = EmailMessage()
    mail["Subject"] = "Crane"
    mail.set_content("See the report.")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="report.pdf")
    held = BytesIO()
    with ZipFile(held, "w") as archive:
        archive.writestr("other.txt", "Nothing to see in this file.")
        archive.writestr("mails/crane.eml", mail.as_bytes())
    inner = "all.zip!/mails/crane.eml!/report.pdf"
    job = Job(data=held.getvalue(), name="all.zip")
    box = (72.0, 60.0, 300.0, 90.0)
    with Sandbox(workers=1) as sandbox:
        drawn = sandbox.draw(job, Look(inner=inner, media_type="application/pdf", page=1, box=box))
        with pytest.raises(UnreadableFile, match="holds no"):
            sandbox.draw(job, Look(inner="all.zip!/mails/none.eml", media_type="application/pdf"))
    here = look_at(pdf, name="report.pdf", media_type="application/pdf", page=1, box=box)
    assert (drawn.width, drawn.height) == here.size
    assert drawn.rgb == here.tobytes()
    assert Image.open(BytesIO(png_of(drawn.width, drawn.height, drawn.rgb))).tobytes() == drawn.rgb


@pytest.mark.parametrize("lie", [{"width": 3_000}, {"height": 0}, {"rgb": b"short"}])
def test_pixels_that_no_worker_was_asked_for_are_not_believed(lie: dict[str, object]) -> None:
    honest = Pixels(width=2, height=1, rgb=b"abcdef")
    look = Look(inner="a.png", media_type="image/png")
    answer = Answer(Job(data=b"x", name="a.png"), SandboxLimits(), look)
    with pytest.raises(Malformed):
        for payload in pixel_frames(replace(honest, **lie)):  # type: ignore[arg-type]
            answer.take(payload)
    unasked = Answer(Job(data=b"x", name="a.png"), SandboxLimits())
    with pytest.raises(Malformed):
        for payload in pixel_frames(honest):
            unasked.take(payload)
