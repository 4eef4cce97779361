"""Pictures: what their bytes say, what is refused, and which two are the same one."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageDraw, ImageEnhance

from memos_ingest.errors import IngestError, TooLarge, UnreadableFile, UnsupportedFormat
from memos_ingest.pictures import (
    FEATURELESS,
    PictureLimits,
    distance,
    facts_of,
    has_likeness,
    is_same_picture,
    picture_elements,
)
from memos_ingest.pictures.ocr import NOT_INSTALLED

FORMATS = {
    "PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "TIFF": "image/tiff", "GIF": "image/gif",
    "BMP": "image/bmp",
}  # fmt: skip


def photograph(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture of soft coloured shapes, like no slide: many shades, no ground colour."""
    chance = random.Random(seed)
    small = Image.new("RGB", (8, 6))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(48)])
    picture = small.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y, r = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(10, 50)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(chance.randrange(256) for _ in range(3)))
    return picture


def slide(number: int) -> Image.Image:
    picture = Image.new("RGB", (640, 360), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 640, 60), fill="#204080")
    draw.text((30, 90), f"Revenue was {number} million", fill="black", font_size=22)
    draw.text((30, 140), "Costs fell in all regions", fill="black", font_size=22)
    return picture


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def thumbnail(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_tells_its_type_size_and_hash(kind: str) -> None:
    data = saved(photograph(1), kind)
    facts = facts_of(data, name="a picture")
    assert (facts.media_type, facts.width, facts.height) == (FORMATS[kind], 320, 240)
    assert facts.content_hash == hashlib.sha256(data).hexdigest()
    assert max(thumbnail(facts.thumbnail).size) == 256


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F", "LAB", "HSV"])
def test_a_picture_of_any_mode_gets_a_thumbnail_that_is_not_blank(mode: str) -> None:
    picture = (
        photograph(2).convert("L").convert("F").point(lambda v: v * 200 + 5) if mode in ("I;16", "I", "F") else None
    )
    if picture is None:
        plain = photograph(2)
        picture = plain.convert("L").convert(mode) if mode in ("1", "LA") else _converted(plain, mode)
    elif mode != "F":
        picture = picture.convert("I").convert(mode)
    facts = facts_of(saved(picture, "TIFF"), name="a picture")
    low, high = thumbnail(facts.thumbnail).convert("L").getextrema()
    assert float(high) - float(low) > 60  # type: ignore[arg-type]


def _converted(picture: Image.Image, mode: str) -> Image.Image:
    if mode == "LAB":
        from PIL import ImageCms

        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.applyTransform(picture, ImageCms.buildTransform(*profiles, "RGB", "LAB"))  # type: ignore[return-value]
    if mode == "HSV":
        return picture.convert("HSV").convert("RGB")
    return picture.convert(mode)


def test_what_is_transparent_is_seen_on_white() -> None:
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    ImageDraw.Draw(clear).rectangle((0, 0, 49, 99), fill=(0, 0, 0, 255))
    shown = thumbnail(facts_of(saved(clear), name="a picture").thumbnail).convert("L")
    assert (shown.getpixel((20, 50)), shown.getpixel((80, 50))) == (0, 255)


# --- what a camera wrote


Tags = Mapping[Any, Any] | None


def with_exif(*, turned: int | None = None, inner: Tags = None, gps: Tags = None, outer: Tags = None,
              picture: Image.Image | None = None) -> bytes:  # fmt: skip
    exif = Image.Exif()
    if turned is not None:
        exif[ExifTags.Base.Orientation] = turned
    exif.update(outer or {})
    exif.get_ifd(ExifTags.IFD.Exif).update(inner or {})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    return saved(picture or photograph(3), "JPEG", exif=exif, quality=95)


GPS = ExifTags.GPS
BASE = ExifTags.Base
PARIS = {
    GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (48.0, 51.0, 29.6),
    GPS.GPSLongitudeRef: "W", GPS.GPSLongitude: (2.0, 17.0, 40.2),
}  # fmt: skip


def test_a_photograph_lying_on_its_side_is_seen_upright() -> None:
    picture = Image.new("RGB", (200, 100), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, 40, 99), fill="black")  # left, which is up when turned by a quarter
    facts = facts_of(with_exif(turned=6, picture=picture), name="a picture")
    assert (facts.width, facts.height) == (100, 200)
    shown = thumbnail(facts.thumbnail).convert("L")
    assert shown.size == (100, 200)
    assert (shown.getpixel((50, 20)), shown.getpixel((50, 180))) == (0, 255)


def test_a_thumbnail_carries_no_metadata() -> None:
    data = with_exif(turned=6, gps=PARIS, inner={BASE.DateTimeOriginal: "2024:05:01 10:00:00"})
    small = thumbnail(facts_of(data, name="a picture").thumbnail)
    assert dict(small.getexif()) == {}
    assert set(small.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}


def test_time_and_place_are_the_cameras_with_the_zone_where_it_tells_one() -> None:
    inner = {BASE.DateTimeOriginal: "2024:05:01 10:00:00", BASE.OffsetTimeOriginal: "+02:00"}
    facts = facts_of(with_exif(inner=inner, gps=PARIS), name="a picture")
    assert facts.taken_at == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert facts.place == pytest.approx((48.8582222, -2.2945))
    zoneless = facts_of(with_exif(outer={BASE.DateTime: "2024:05:01 10:00:00"}), name="a picture")
    assert zoneless.taken_at == datetime(2024, 5, 1, 10)


@pytest.mark.parametrize(
    "written", ["0000:00:00 00:00:00", "2024:13:41 10:00:00", "yesterday", "", "    :  :     :  :  "]
)
def test_a_date_that_is_none_is_no_date(written: str) -> None:
    assert facts_of(with_exif(inner={BASE.DateTimeOriginal: written}), name="a picture").taken_at is None


@pytest.mark.parametrize(
    "wrong",
    [
        {GPS.GPSLatitude: (91.0, 0.0, 0.0)},
        {GPS.GPSLatitude: (48.0, 51.0)},
        {GPS.GPSLatitude: (0.0, 0.0, 0.0), GPS.GPSLongitude: (0.0, 0.0, 0.0)},
        {GPS.GPSLatitudeRef: ""} | {GPS.GPSLatitude: (10.0, -0.0, 1e9)},
    ],
)
def test_a_place_off_the_globe_or_without_a_fix_is_no_place(wrong: dict[int, Any]) -> None:
    assert facts_of(with_exif(gps=PARIS | wrong), name="a picture").place is None


# --- what is refused


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8_000, 12_000, 40_000, 100_000])
@pytest.mark.filterwarnings("error")
def test_a_picture_of_too_many_pixels_is_refused_by_its_head_alone(side: int) -> None:
    with pytest.raises((TooLarge, UnreadableFile), match="pixels"):
        facts_of(png_claiming(side, side), name="bomb.png")


def test_the_limit_of_pixels_is_the_callers_to_set() -> None:
    data = saved(photograph(1))
    with pytest.raises(TooLarge) as refused:
        facts_of(data, name="a.png", limits=PictureLimits(pixels=1_000))
    assert (refused.value.limit, refused.value.found) == ("pixels", 76_800)


@pytest.mark.parametrize("kind", FORMATS)
def test_half_a_picture_is_refused_and_not_taken_for_a_whole_one(kind: str) -> None:
    data = saved(photograph(4), kind)
    with pytest.raises(UnreadableFile, match=r"half\.bin: cannot be read as a picture"):
        facts_of(data[: len(data) // 2], name="half.bin")


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused_and_formats_that_run_programs_are_not_known(data: bytes) -> None:
    with pytest.raises(UnreadableFile):
        facts_of(data, name="a.eps")


def test_heic_without_its_library_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr("memos_ingest.pictures.opening.import_module", missing)
    with pytest.raises(UnsupportedFormat, match=r"memos-graph\[heic\]"):
        facts_of(b"\0\0\0\x18ftypheic" + b"\0" * 64, name="phone.heic")


def test_a_broken_heic_is_refused_like_any_other() -> None:
    pytest.importorskip("pi_heif")
    with pytest.raises(UnreadableFile):
        facts_of(b"\0\0\0\x18ftypheic" + b"\0" * 64, name="phone.heic")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(FORMATS)), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12))
def test_bytes_that_lie_end_in_facts_or_in_a_named_error(kind: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(saved(photograph(5, (64, 48)), kind))
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    with suppress(IngestError):
        facts = facts_of(bytes(data), name="fuzzed")
        assert facts.width * facts.height <= 50_000_000


def test_broken_exif_does_not_cost_the_picture() -> None:
    data = bytearray(with_exif(inner={BASE.DateTimeOriginal: "2024:05:01 10:00:00"}))
    at = data.index(b"Exif\0\0") + 10
    data[at : at + 4] = b"\xff\xff\xff\x7f"  # its first table lies far outside
    facts = facts_of(bytes(data), name="a picture")
    assert (facts.width, facts.taken_at) == (320, None)


# --- files as elements


def test_without_a_reader_the_picture_is_there_and_says_that_its_text_was_not_read(no_reader: None) -> None:
    (element,) = picture_elements(saved(photograph(1)), name="a.png")
    assert element.kind == "image"
    assert element.picture is not None
    assert element.picture.unread == NOT_INSTALLED


def test_each_page_of_a_tiff_is_a_picture_of_its_own(no_reader: None) -> None:
    pages = [photograph(seed) for seed in (1, 2, 3)]
    elements = picture_elements(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), name="fax.tiff")
    assert [element.provenance.page for element in elements] == [1, 2, 3]
    assert len({element.picture.likeness for element in elements if element.picture}) == 3


def test_a_tiff_of_too_many_pages_or_pixels_is_refused(no_reader: None) -> None:
    data = saved(photograph(1), "TIFF", save_all=True, append_images=[photograph(2)] * 3)
    with pytest.raises(TooLarge, match="frames"):
        picture_elements(data, name="fax.tiff", limits=PictureLimits(frames=3))
    with pytest.raises(TooLarge, match="total_pixels"):
        picture_elements(data, name="fax.tiff", limits=PictureLimits(total_pixels=200_000))


def test_an_animation_is_its_first_frame(no_reader: None) -> None:
    data = saved(photograph(1), "GIF", save_all=True, append_images=[photograph(2)])
    assert len(picture_elements(data, name="a.gif")) == 1


@pytest.fixture
def no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memos_ingest.pictures.elements.text_reader", lambda: None)


# --- likeness

CHANGES: dict[str, Callable[[Image.Image], bytes]] = {
    "halved": lambda p: saved(p.resize((p.width // 2, p.height // 2)), "JPEG"),
    "recompressed": lambda p: saved(p, "JPEG", quality=40),
    "losslessly": lambda p: saved(p, "WEBP", lossless=True),
    "in grey": lambda p: saved(p.convert("L"), "JPEG", quality=90),
    "more contrast": lambda p: saved(ImageEnhance.Contrast(p).enhance(1.1), "JPEG", quality=90),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_photograph_stays_itself_when_it_is_scaled_or_saved_again(seed: int, change: str) -> None:
    original = photograph(seed)
    one, other = facts_of(saved(original), name="a"), facts_of(CHANGES[change](original), name="b")
    assert one.content_hash != other.content_hash
    assert is_same_picture(one, other)


def test_two_photographs_are_two_and_so_is_one_with_a_part_painted_over() -> None:
    original = photograph(21)
    painted = original.copy()
    ImageDraw.Draw(painted).rectangle((20, 20, 90, 90), fill="white")
    one = facts_of(saved(original), name="a")
    assert not is_same_picture(one, facts_of(saved(photograph(22)), name="b"))
    assert not is_same_picture(one, facts_of(saved(painted), name="b"))


def test_slides_that_differ_in_one_number_are_never_taken_for_each_other() -> None:
    one, other = facts_of(saved(slide(112)), name="a"), facts_of(saved(slide(845)), name="b")
    assert distance(one.likeness, other.likeness) <= 4  # the hash alone would take them for one
    assert not is_same_picture(one, other)
    assert is_same_picture(one, facts_of(saved(slide(112)), name="the same bytes elsewhere"))


def test_two_shots_of_one_scene_are_two_pictures() -> None:
    shots = [
        facts_of(with_exif(inner={BASE.DateTimeOriginal: f"2024:05:01 10:00:0{second}"}), name="a") for second in (1, 2)
    ]
    assert distance(shots[0].likeness, shots[1].likeness) == 0
    assert not is_same_picture(*shots)


def test_blank_pictures_are_like_nothing_but_their_own_bytes() -> None:
    white, black = (facts_of(saved(Image.new("RGB", (90, 90), c)), name=c) for c in ("white", "black"))
    assert white.likeness == black.likeness == FEATURELESS
    assert not is_same_picture(white, black)
    assert not has_likeness(white) and has_likeness(facts_of(saved(photograph(1)), name="a"))


@pytest.mark.parametrize("thumbnail", [b"", b"no picture", saved(Image.new("1", (2_000, 2_000)))])
def test_a_thumbnail_that_is_none_is_like_nothing_and_harms_nothing(thumbnail: bytes) -> None:
    facts = facts_of(saved(photograph(1)), name="a")
    false = replace(facts, content_hash="0" * 64, thumbnail=thumbnail)
    assert not has_likeness(false) and not is_same_picture(facts, false)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_the_distance_is_the_number_of_differing_bits_either_way(one: int, other: int) -> None:
    a, b = f"{one:016x}", f"{other:016x}"
    assert distance(a, b) == distance(b, a) == (one ^ other).bit_count()
