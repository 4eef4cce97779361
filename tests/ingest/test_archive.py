"""ZIP: each file inside is read as what it is, and no name or size is believed."""

from __future__ import annotations

import struct
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import (
    Conversation,
    Document,
    IngestError,
    Limits,
    NothingRead,
    TooLarge,
    UnreadableFile,
    UnsupportedFormat,
    parse,
    read,
)
from memos_ingest.parsers.package import name_problem, resolve
from tests.ingest.office_files import docx, p, zipped

NOTE = "The north crane lifts forty tons.\n"


def names(found: tuple[Document | Conversation, ...]) -> list[str]:
    return [one.name if isinstance(one, Document) else one.id for one in found]


def test_each_file_inside_is_read_as_what_it_is_and_named_after_its_place() -> None:
    chat = '[{"role": "user", "content": "Which crane is the north one?"}]'
    inner = zipped({"deep.csv": "crane,tons\nnorth,40\n"})
    data = zipped({"notes/a.txt": NOTE, "b.docx": docx(p(NOTE)), "chat.json": chat, "in.zip": inner})
    found = read(data, name="all.zip")
    assert names(found) == [
        "all.zip", "all.zip!/notes/a.txt", "all.zip!/b.docx", "all.zip!/chat.json", "all.zip!/in.zip",
        "all.zip!/in.zip!/deep.csv",
    ]  # fmt: skip
    assert isinstance(found[3], Conversation)
    assert [e.text for e in found[0].elements] == ["notes/a.txt", "b.docx", "chat.json", "in.zip"]  # type: ignore[union-attr]
    assert found[5].elements[0].cells == (("crane", "tons"), ("north", "40"))  # type: ignore[union-attr]


def test_a_file_inside_that_fails_is_named_with_its_reason_and_the_others_are_read() -> None:
    found = read(zipped({"good.txt": NOTE, "bad.pdf": "%PDF-1.4 cut off", "tune.mp3": "ID3..."}), name="a.zip")
    assert names(found) == ["a.zip", "a.zip!/good.txt"]
    outer = found[0]
    assert isinstance(outer, Document) and outer.metadata["unread_files"] == "2"
    assert "bad.pdf: is not a whole PDF" in outer.metadata["unread"]
    assert "tune.mp3: is audio/mpeg" in outer.metadata["unread"]


def test_an_archive_of_which_nothing_can_be_read_is_never_a_success() -> None:
    with pytest.raises(NothingRead, match=r"^a\.zip: none of the files in it could be read: tune\.mp3: is audio"):
        read(zipped({"tune.mp3": "ID3..."}), name="a.zip")
    with pytest.raises(NothingRead, match="the archive holds no files"):
        read(zipped({}), name="a.zip")


TRICKS = ["../../etc/passwd", "/etc/passwd", "C:\\Windows\\a.txt", "a/../../b.txt", "..\\b.txt", "a\x01b.txt"]


def test_a_name_that_leads_out_is_passed_over_and_nothing_is_ever_written(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_writing(*_: object, **__: object) -> None:
        raise AssertionError("something was extracted")

    monkeypatch.setattr(zipfile.ZipFile, "extract", no_writing)
    monkeypatch.setattr(zipfile.ZipFile, "extractall", no_writing)
    found = read(zipped({**dict.fromkeys(TRICKS, NOTE), "good.txt": NOTE}), name="a.zip")
    assert names(found) == ["a.zip", "a.zip!/good.txt"]
    assert isinstance(found[0], Document) and found[0].metadata["unread_files"] == str(len(TRICKS))


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_target_resolves_to_a_place_above_the_archive(base: str, target: str) -> None:
    found = resolve(base, target)
    assert ".." not in found.split("/") and not found.startswith("/")


@given(st.lists(st.sampled_from(["a", "b.txt", "...", "c d"]), min_size=1, max_size=5))
def test_an_honest_name_is_let_through(parts: list[str]) -> None:
    assert name_problem("/".join(parts)) is None


def test_symbolic_links_are_not_followed() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.txt", NOTE)
    outer = read(out.getvalue(), name="a.zip")[0]
    assert isinstance(outer, Document) and "link.txt: is a symbolic link" in outer.metadata["unread"]


def test_an_encrypted_archive_says_what_to_do() -> None:
    data = bytearray(zipped({"a.txt": NOTE}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark) + at
        data[place : place + 2] = struct.pack("<H", 1)
    with pytest.raises(UnsupportedFormat, match=r"^a\.zip: is encrypted; unpack it, or save it without a password"):
        read(bytes(data), name="a.zip")


def test_a_bomb_is_refused_by_its_ratio_and_by_its_size() -> None:
    bomb = zipped({"a.txt": b"\n" * 5_000_000, "b.txt": NOTE})
    found = read(bomb, name="a.zip")
    assert names(found) == ["a.zip", "a.zip!/b.txt"]
    assert isinstance(found[0], Document) and "zip_ratio = 100" in found[0].metadata["unread"]
    with pytest.raises(TooLarge, match="zip_bytes"):
        read(bomb, name="a.zip", limits=Limits(zip_bytes=1_000_000))


def test_a_size_that_is_a_lie_is_found_out_while_it_is_unpacked() -> None:
    data = bytearray(zipped({"a.txt": b"words and words " * 200_000}))
    place = data.find(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 10)
    with pytest.raises(IngestError):
        read(bytes(data), name="a.zip", limits=Limits(zip_bytes=1_000_000))


def test_archives_inside_archives_spend_one_budget_together() -> None:
    inner = zipped({f"{n}.txt": NOTE for n in range(8)})
    with pytest.raises(TooLarge, match="zip_entries"):
        read(zipped({f"{n}.zip": inner for n in range(8)}), name="a.zip", limits=Limits(zip_entries=50))
    with pytest.raises(TooLarge, match="zip_bytes"):
        read(zipped({f"{n}.zip": inner for n in range(8)}), name="a.zip", limits=Limits(zip_bytes=3_000))


def test_an_archive_four_deep_is_told_and_what_is_above_it_is_read() -> None:
    data = zipped({"bottom.txt": NOTE})
    for level in range(4):
        data = zipped({f"{level}.zip": data, f"{level}.txt": NOTE})
    found = read(data, name="a.zip")
    assert names(found) == [
        "a.zip", "a.zip!/3.zip", "a.zip!/3.zip!/2.zip", "a.zip!/3.zip!/2.zip!/1.txt", "a.zip!/3.zip!/2.txt",
        "a.zip!/3.txt",
    ]  # fmt: skip
    innermost = found[2]
    assert isinstance(innermost, Document) and "deeper than containers = 3" in innermost.metadata["unread"]


def test_an_archive_in_itself_ends_at_the_limit() -> None:
    data = zipped({"a.txt": NOTE})
    for _ in range(40):
        data = zipped({"a.zip": data})
    with pytest.raises(NothingRead, match="lies deeper"):
        read(data, name="a.zip")


def test_an_archive_cut_off_is_refused() -> None:
    data = zipped({f"{n}.txt": NOTE for n in range(20)})
    with pytest.raises(UnreadableFile, match="is not a whole ZIP file"):
        read(data[:-30], name="a.zip")


def test_what_systems_put_into_archives_is_left_out() -> None:
    found = read(zipped({"__MACOSX/._a.txt": "x", ".DS_Store": "y", "a.txt": NOTE}), name="a.zip")
    assert names(found) == ["a.zip", "a.zip!/a.txt"] and not found[0].metadata.get("unread")  # type: ignore[union-attr]


def test_parse_gives_the_archive_alone() -> None:
    assert [e.text for e in parse(zipped({"a.txt": NOTE}), name="a.zip").elements] == ["a.txt"]


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_any_damage_to_an_archive_gives_documents_or_an_ingest_error(at: int, damage: bytes) -> None:
    data = bytearray(zipped({"a.txt": NOTE, "b.csv": "a,b\n1,2\n"}))
    data[at : at + len(damage)] = damage
    try:
        found = read(bytes(data), name="a.zip")
    except IngestError as problem:
        assert str(problem).startswith("a.zip")
    else:
        assert found
