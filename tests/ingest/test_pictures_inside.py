"""Pictures inside documents: figures and scanned pages of PDFs, data: URLs of HTML and Markdown."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image, ImageDraw

from memos_ingest.elements import Element
from memos_ingest.limits import Limits
from memos_ingest.parsers import html, markdown, pdf
from memos_ingest.parsers.base import Source
from memos_ingest.pictures import Line, PictureLimits, data_of, text_reader, with_data_pictures
from memos_ingest.pictures.ocr import BESIDE_TEXT, BEYOND, NOT_INSTALLED

MakePdf = Callable[..., bytes]
TEXT = [(12, "The harbour crane lifts forty tons, and it has done so since 1962."), (12, "Nobody counts.")]


class Told:
    """Says of every page what it was told; counts the pages."""

    def __init__(self, text: str) -> None:
        self.text, self.pages = text, 0

    def lines(self, picture: Image.Image) -> tuple[Line, ...]:
        self.pages += 1
        return (Line(text=self.text, box=(0, 0, picture.width / 2, picture.height / 10), confidence=0.9),)


def scan(*, blank: bool = False, colour: str = "black") -> Image.Image:
    page = Image.new("RGB", (850, 1100), "white")
    if not blank:
        ImageDraw.Draw(page).text((100, 150), "A scanned page of text", fill=colour, font_size=44)
        ImageDraw.Draw(page).rectangle((100, 600, 700, 900), fill=colour)
    return page


def as_pdf(*pages: Image.Image) -> bytes:
    out = BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:], resolution=100)
    return out.getvalue()


def jpeg(colour: str = "red", size: tuple[int, int] = (400, 300)) -> bytes:
    picture = Image.new("RGB", size, colour)
    ImageDraw.Draw(picture).ellipse((50, 50, size[0] // 2, size[1] - 30), fill="blue")
    out = BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def joined(*files: bytes) -> bytes:
    whole = pypdfium2.PdfDocument.new()
    for file in files:
        whole.import_pages(pypdfium2.PdfDocument(file))
    return saved(whole)


def with_figure(file: bytes, picture: bytes, *, left: float = 100, bottom: float = 300) -> bytes:
    """The file with the JPEG put on its first page, 200 points wide and 150 high."""
    document = pypdfium2.PdfDocument(file)
    page = document[0]
    image = pypdfium2.PdfImage.new(document)
    image.load_jpeg(BytesIO(picture), inline=True)
    image.set_matrix(pypdfium2.PdfMatrix().scale(200, 150).translate(left, bottom))
    page.insert_obj(image)
    page.gen_content()
    return saved(document)


def saved(document: pypdfium2.PdfDocument) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def read(data: bytes, monkeypatch: pytest.MonkeyPatch, reader: Told | None = None,
         limits: PictureLimits | None = None) -> Sequence[Element]:  # fmt: skip
    monkeypatch.setattr(pdf, "text_reader", lambda: reader)
    if limits is not None:
        monkeypatch.setattr(pdf, "DEFAULT_PICTURE_LIMITS", limits)
    return pdf.parse(Source(data=data, name="a.pdf", limits=Limits())).elements


def test_a_scanned_page_without_a_reader_is_its_picture_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elements = read(as_pdf(scan(), scan(colour="navy")), monkeypatch)
    assert [(e.kind, e.provenance.page) for e in elements] == [("image", 1), ("image", 2)]
    for element in elements:
        assert element.picture is not None
        assert element.picture.unread == NOT_INSTALLED
        assert element.picture.thumbnail[:2] == b"\xff\xd8"


def test_the_words_for_a_scan_without_text_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "text_reader", lambda: None)
    parsed = pdf.parse(Source(data=as_pdf(scan()), name="a.pdf", limits=Limits()))
    assert parsed.why_empty is not None
    assert "memos-graph[ocr]" in parsed.why_empty


def test_a_scanned_page_that_is_read_has_its_text_in_points_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    picture, text = read(as_pdf(scan()), monkeypatch, Told("A scanned page of text"))
    assert picture.picture is not None
    assert picture.picture.unread is None
    assert (text.kind, text.text, text.provenance.page) == ("paragraph", "A scanned page of text", 1)
    assert text.provenance.box == pytest.approx((0, 0, 306, 79.2), abs=1)  # of 612 x 792 points


def test_only_pages_without_text_are_read_and_they_keep_their_place(
    monkeypatch: pytest.MonkeyPatch, make_pdf: MakePdf
) -> None:
    reader = Told("A scanned page of text")
    other = [(12, "It was built by Ada, who also built the lock beside it."), (12, "It still works.")]
    elements = read(joined(make_pdf([TEXT]), as_pdf(scan()), make_pdf([other])), monkeypatch, reader)
    assert reader.pages == 1
    assert [e.provenance.page for e in elements] == sorted(e.provenance.page or 0 for e in elements)
    assert [e.text for e in elements if e.provenance.page == 2] == ["", "A scanned page of text"]
    assert {e.provenance.page for e in elements} == {1, 2, 3}


def test_a_page_whose_text_is_a_running_head_alone_is_no_scan(
    monkeypatch: pytest.MonkeyPatch, make_pdf: MakePdf
) -> None:
    reader = Told("read twice")
    read(make_pdf([[(12, "Annual report of the harbour board, 1962")]] * 4), monkeypatch, reader)
    assert reader.pages == 0


def test_blank_pages_give_nothing(monkeypatch: pytest.MonkeyPatch, make_pdf: MakePdf) -> None:
    reader = Told("nothing is there")
    elements = read(joined(make_pdf([TEXT, []]), as_pdf(scan(blank=True))), monkeypatch, reader)
    assert {e.provenance.page for e in elements} == {1}
    assert reader.pages == 0


def test_a_stamp_on_a_scan_does_not_keep_it_from_being_read(monkeypatch: pytest.MonkeyPatch, make_pdf: MakePdf) -> None:
    document = pypdfium2.PdfDocument(make_pdf([[(9, "p. 7")]]))
    page, image = document[0], pypdfium2.PdfImage.new(document)
    out = BytesIO()
    scan().save(out, "JPEG")
    image.load_jpeg(out, inline=True)
    image.set_matrix(pypdfium2.PdfMatrix().scale(612, 700))
    page.insert_obj(image)
    page.gen_content()
    elements = read(saved(document), monkeypatch, Told("A scanned page of text"))
    assert "A scanned page of text" in [e.text for e in elements]


def test_a_short_page_of_text_is_no_scan(monkeypatch: pytest.MonkeyPatch, make_pdf: MakePdf) -> None:
    reader = Told("Part One, again")
    elements = read(make_pdf([[(30, "Part One")], TEXT]), monkeypatch, reader)
    assert reader.pages == 0
    assert [e.text for e in elements if e.provenance.page == 1] == ["Part One"]


def test_scans_beyond_the_limit_stay_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Told("A scanned page of text")
    pages = [scan(), scan(colour="navy"), scan(colour="green")]
    elements = read(as_pdf(*pages), monkeypatch, reader, PictureLimits(read_pages=1))
    assert [e.picture.unread for e in elements if e.picture] == [None, BEYOND, BEYOND]


def test_a_page_whose_picture_has_too_many_pixels_stays_unseen_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Told("never asked")
    (element,) = read(as_pdf(scan()), monkeypatch, reader, PictureLimits(pixels=850 * 1100 - 1))
    assert element.picture is not None
    assert "too many pixels" in str(element.picture.unread)
    assert reader.pages == 0


def test_a_figure_is_the_very_jpeg_that_was_put_in(monkeypatch: pytest.MonkeyPatch, make_pdf: MakePdf) -> None:
    import hashlib

    data = jpeg()
    elements = read(with_figure(make_pdf([TEXT]), data), monkeypatch)
    (figure,) = [e for e in elements if e.kind == "image"]
    assert figure.picture is not None
    assert figure.picture.content_hash == hashlib.sha256(data).hexdigest()
    assert (figure.picture.width, figure.picture.height) == (400, 300)
    assert figure.picture.unread == BESIDE_TEXT
    assert figure.provenance.box == pytest.approx((100, 342, 300, 492), abs=2)


def test_a_figure_that_is_turned_on_the_page_is_seen_as_the_page_shows_it(
    monkeypatch: pytest.MonkeyPatch, make_pdf: MakePdf
) -> None:
    document = pypdfium2.PdfDocument(with_figure(make_pdf([TEXT]), jpeg()))
    image = next(document[0].get_objects(filter=[3]))
    image.set_matrix(pypdfium2.PdfMatrix().scale(200, 150).rotate(180, ccw=True).translate(300, 450))
    document[0].gen_content()
    page = document[0]
    (found,) = page.get_objects(filter=[3])
    found.set_matrix(pypdfium2.PdfMatrix(-200, 0, 0, -150, 300, 450))
    page.gen_content()
    (figure,) = [e for e in read(saved(document), monkeypatch) if e.kind == "image"]
    assert figure.picture is not None
    shown = Image.open(BytesIO(figure.picture.thumbnail))
    blue_right = shown.getpixel((int(shown.width * 0.7), shown.height // 2))
    assert isinstance(blue_right, tuple)
    assert blue_right[2] > 200 > blue_right[0]  # the blue disc was on the left


def test_figures_beyond_the_limit_stay_without_facts(monkeypatch: pytest.MonkeyPatch, make_pdf: MakePdf) -> None:
    once = with_figure(make_pdf([TEXT]), jpeg())
    twice = with_figure(once, jpeg("green"), left=350, bottom=80)
    figures = [e for e in read(twice, monkeypatch, limits=PictureLimits(pictures=1)) if e.kind == "image"]
    assert [e.picture is not None for e in figures] == [True, False]


@pytest.mark.skipif(text_reader() is None, reason="the extra `ocr` is not installed")
def test_rapidocr_reads_a_scanned_pdf() -> None:
    _, text = pdf.parse(Source(data=as_pdf(scan()), name="a.pdf", limits=Limits())).elements
    assert text.text == "A scanned page of text"
    assert text.provenance.box is not None
    assert 60 < text.provenance.box[0] < 80  # 100 of 850 pixels, in points


# --- data: URLs


def url(data: bytes, kind: str = "image/jpeg") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def page_with(tag: str) -> Sequence[Element]:
    body = f"<p>The harbour crane lifts forty tons.</p>{tag}<p>It was built long ago.</p>"
    return html.parse(Source(data=body.encode(), name="a.html", limits=Limits())).elements


def test_a_picture_in_a_data_url_becomes_facts_and_its_url_goes() -> None:
    _, image, _ = page_with(f'<img src="{url(jpeg())}" alt="a disc">')
    assert (image.kind, image.text, image.href) == ("image", "a disc", None)
    assert image.picture is not None
    assert (image.picture.media_type, image.picture.width) == ("image/jpeg", 400)


def test_markdown_and_html_inside_it_take_data_urls_too() -> None:
    text = f'Before.\n\n![a disc]({url(jpeg())})\n\n<div><img src="{url(jpeg("green"))}" alt="another"></div>\n\nAfter.'
    elements = markdown.parse(Source(data=text.encode(), name="a.md", limits=Limits())).elements
    images = [e for e in elements if e.kind == "image"]
    assert [(e.text, e.href, e.picture is not None) for e in images] == [
        ("a disc", None, True),
        ("another", None, True),
    ]


def test_a_speck_that_stands_in_for_a_later_picture_gives_way_to_it() -> None:
    speck = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    assert [e.href for e in page_with(f'<img src="{speck}" data-src="crane.jpg" alt="crane">')][1] == "crane.jpg"
    assert [e.kind for e in page_with(f'<img src="{speck}">')] == ["paragraph", "paragraph"]


@pytest.mark.parametrize(
    "bad", ["data:image/png;base64,!!!", "data:", "data:image/svg+xml,<svg/>", "data:image/png,%89PNG"]
)
def test_a_broken_data_url_keeps_its_words_and_never_its_bytes(bad: str) -> None:
    _, image, _ = page_with(f"<img src='{bad}' alt='a crane'>")
    assert (image.text, image.href, image.picture) == ("a crane", None, None)


def test_pictures_beyond_the_limit_are_not_decoded() -> None:
    elements = [Element(kind="image", text=f"n{n}", href=url(jpeg())) for n in range(3)]
    found = with_data_pictures(elements, name="a.html", limits=PictureLimits(pictures=2))
    assert [(e.text, e.href, e.picture is not None) for e in found] == [
        ("n0", None, True), ("n1", None, True), ("n2", None, False),
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_data_urls_give_back_their_bytes_with_and_without_padding_and_base64(data: bytes) -> None:
    packed = base64.b64encode(data).decode()
    assert data_of(f"data:image/png;base64,{packed}") == data
    assert data_of(f"data:image/png;base64,{packed.rstrip('=')}") == data
    assert data_of("data:image/png," + "".join(f"%{byte:02x}" for byte in data)) == data
