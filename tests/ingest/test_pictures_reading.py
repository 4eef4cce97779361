"""Text in pictures: lines to paragraphs in reading order, image files, and what RapidOCR finds."""

from __future__ import annotations

import math
import sys
import time
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from memos_ingest.pictures import Line, PictureLimits, picture_elements, text_reader
from memos_ingest.pictures.ocr import BEYOND
from memos_ingest.pictures.paragraphs import paragraphs
from memos_ingest.pictures.turns import NO_TIME, Turns, seconds_left


def line(text: str, left: float, top: float, *, width: float | None = None, height: float = 20) -> Line:
    wide = width if width is not None else len(text) * height * 0.5
    return Line(text=text, box=(left, top, left + wide, top + height), confidence=0.99)


def column(words: str, left: float, *, top: float = 100, lines: int = 6) -> list[Line]:
    return [line(f"{words} line {n} runs on to here", left, top + 26 * n, width=400) for n in range(lines)]


def texts(lines: list[Line]) -> list[str]:
    return [paragraph.text for paragraph in paragraphs(lines)]


def test_two_columns_are_read_one_after_the_other_and_not_across() -> None:
    (left, right) = texts([*column("right", 500), *column("left", 50)])
    assert left.startswith("left line 0")
    assert left.endswith("left line 5 runs on to here")
    assert right.startswith("right line 0")


def test_a_title_across_two_columns_comes_before_both_and_a_footer_after() -> None:
    title = line("A Title Across The Whole Of The Page", 50, 30, width=850, height=40)
    footer = line("a footer across the whole of the page", 50, 400, width=850)
    found = texts([footer, *column("left", 50), title, *column("right", 500)])
    assert [text.split()[0] for text in found] == ["A", "left", "right", "a"]


def test_columns_close_together_are_still_columns_though_a_label_lies_across_them() -> None:
    left, right = column("left", 50, lines=14), column("right", 460, lines=14)  # 10 points apart, half a line's height
    label = line("label", 430, 480, width=60)
    found = " ".join(texts([*right, label, *left]))
    assert found.index("left line 13") < found.index("right line 0")


def test_the_cells_of_a_table_stay_in_their_rows() -> None:
    cells = [
        line(f"{name}{row}", left, 100 + 30 * row)
        for left, name in ((700, "c"), (50, "a"), (350, "b"))
        for row in range(6)
    ]
    assert texts(cells) == [f"a{row} b{row} c{row}" for row in range(6)]


def test_white_space_and_short_last_lines_part_paragraphs() -> None:
    lines = [
        line("One begins here and goes on over", 50, 100, width=400),
        line("its second line to an end.", 50, 126, width=250),
        line("Two begins without any white space", 50, 152, width=400),
        line("and ends like this for everyone.", 50, 178, width=395),
        line("Three stands apart from the others.", 50, 240, width=400),
    ]
    assert [text.split()[0] for text in texts(lines)] == ["One", "Two", "Three"]


def test_a_word_parted_at_a_lines_end_is_whole_again_and_a_compound_keeps_its_hyphen() -> None:
    parted = [line("the inter-", 50, 100, width=400), line("national north-", 50, 126, width=400)]
    assert texts([*parted, line("South line", 50, 152, width=400)]) == ["the international north- South line"]


def test_chinese_lines_are_joined_without_a_space() -> None:
    assert texts([line("图像中的文字", 50, 100, width=300), line("也能读取", 50, 126, width=300)]) == [
        "图像中的文字也能读取"
    ]


def test_a_slightly_skewed_row_is_still_one_row() -> None:
    assert texts([line("left", 50, 100), line("right", 600, 106)]) == ["left right"]


LINES = st.lists(
    st.builds(
        lambda n, x, y, w, h: Line(text=f"w{n}", box=(x, y, x + w, y + h), confidence=1.0),
        st.integers(0, 10**6), st.floats(0, 2000), st.floats(0, 3000), st.floats(1, 900), st.floats(1, 80),
    ),
    max_size=40,
)  # fmt: skip


@given(LINES)
def test_however_lines_lie_each_is_in_exactly_one_paragraph_and_inside_its_box(lines: list[Line]) -> None:
    found = paragraphs(lines)
    assert sorted(" ".join(p.text for p in found).split()) == sorted(x.text for x in lines)
    if lines:
        assert min(p.box[0] for p in found) == min(x.box[0] for x in lines)
        assert max(p.box[3] for p in found) == max(x.box[3] for x in lines)


# --- image files


class Told:
    """Reads the lines it was told, and counts how often."""

    def __init__(self, *lines: Line) -> None:
        self.found, self.pages = lines, 0

    def lines(self, picture: Image.Image) -> tuple[Line, ...]:
        self.pages += 1
        return self.found


def paper(*, frames: int = 1) -> bytes:
    out = BytesIO()
    pages = [Image.new("RGB", (300, 200), (250, 240, 230 - page)) for page in range(frames)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    return out.getvalue()


def test_text_found_in_a_picture_follows_it_with_its_box() -> None:
    reader = Told(line("Read me", 10, 20, width=70, height=20))
    picture, text = picture_elements(paper(), name="a.tiff", reader=reader)
    assert picture.picture is not None
    assert picture.picture.unread is None
    assert (text.kind, text.text, text.provenance.box) == ("paragraph", "Read me", (10, 20, 80, 40))


def test_pages_beyond_the_limit_are_kept_and_say_that_they_were_not_read() -> None:
    reader = Told(line("Read me", 10, 20))
    elements = picture_elements(paper(frames=4), name="a.tiff", reader=reader, limits=PictureLimits(read_pages=2))
    unread = [e.picture.unread for e in elements if e.picture is not None]
    assert unread == [None, None, BEYOND, BEYOND]
    assert reader.pages == 2


def test_reading_stops_before_the_time_that_a_file_may_take_is_used_up() -> None:
    left = iter([30.0, 12.0, 4.0, 30.0])
    reader = Told(line("Read me", 10, 20))
    turns = Turns(reader, left=lambda: next(left))
    assert [turns.why_not() for _ in range(3)] == [None, None, NO_TIME]


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
def test_the_time_left_is_that_of_the_process_limit() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 10_000, hard))
    try:
        assert 9_000 < seconds_left() <= 10_000
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    assert soft != resource.RLIM_INFINITY or seconds_left() == math.inf


def test_a_picture_without_text_is_a_picture_alone() -> None:
    (element,) = picture_elements(paper(), name="a.tiff", reader=Told())
    assert element.picture is not None
    assert element.picture.unread is None


# --- the real one

ocr = pytest.mark.skipif(text_reader() is None, reason="the extra `ocr` is not installed")
SENTENCES = ("The harbour crane lifts forty tons.", "It was built in 1962 by Ada.")


def drawn(*sentences: str, turned: bool = False) -> bytes:
    page = Image.new("RGB", (900, 320), "white")
    pen = ImageDraw.Draw(page)
    for at, sentence in enumerate(sentences):
        pen.text((40, 60 + 120 * at), sentence, fill="black", font_size=36)
    out = BytesIO()
    exif = Image.Exif()
    if turned:
        page = page.transpose(Image.Transpose.ROTATE_90)
        exif[0x0112] = 6
    page.save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


@ocr
@pytest.mark.parametrize("turned", [False, True])
def test_rapidocr_reads_print_in_order_also_from_a_photograph_on_its_side(turned: bool) -> None:
    picture, *found = picture_elements(drawn(*SENTENCES, turned=turned), name="photo.jpg")
    assert [element.text for element in found] == list(SENTENCES)
    boxes = [element.provenance.box for element in found]
    assert boxes[0] is not None
    assert 30 < boxes[0][0] < 50
    assert 50 < boxes[0][1] < 80
    assert picture.picture is not None
    assert (picture.picture.width, picture.picture.height) == (900, 320)


@ocr
def test_rapidocr_finds_nothing_on_a_blank_page() -> None:
    assert len(picture_elements(drawn(), name="blank.jpg")) == 1
