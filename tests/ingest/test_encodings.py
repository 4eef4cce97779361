"""Text in any encoding: told by the file or the caller, else found out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import UnreadableFile, UnsupportedFormat, media_type_of, parse
from memos_ingest.decode import decoded, unmarked_utf16

GERMAN = "Die Straße führt über die Brücke nach München; schöne Grüße von der anderen Seite."
CHINESE = "公司位于上海，生产阀门和水泵。今天天气很好，我们去公园散步。"
JAPANESE = "これは日本語のテキストです。東京は今日も晴れです。"
RUSSIAN = "Привет, как дела? Это простой текст на русском языке, и больше ничего."
GREEK = "Καλημέρα σας, αυτό είναι ένα απλό κείμενο."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"), (GERMAN, "latin-1"), ("“Smart quotes” — it’s a test of nothing else at all.", "cp1252"),
        ("El niño comió piñas en el jardín esta mañana temprano.", "cp1252"), (CHINESE, "gb18030"), (CHINESE, "gbk"),
        ("公司位於上海，生產閥門和水泵。今天天氣很好，我們去公園散步。", "big5"), (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"), ("안녕하세요, 이것은 한국어 텍스트입니다. 오늘은 날씨가 좋습니다.", "euc_kr"),
        (RUSSIAN, "koi8_r"), (RUSSIAN, "cp1251"), (GREEK, "cp1253"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy.", "cp1250"),
        ("İstanbul'da güzel bir gün, çocuklar bahçede oynuyor.", "cp1254"), ("שלום, זהו טקסט פשוט בעברית.", "cp1255"),
        (GERMAN, "utf-16-le"), (GERMAN, "utf-16-be"), (CHINESE, "utf-16-le"), (CHINESE, "utf-16-be"),
        (RUSSIAN, "utf-16-le"), (GERMAN, "utf-8"), (CHINESE, "utf-8-sig"), (CHINESE, "utf-32"),
    ],
)  # fmt: skip
def test_a_text_is_read_in_the_encoding_that_it_is_in(text: str, encoding: str) -> None:
    assert parse(text.encode(encoding), name="a.txt").elements[0].text == text


def test_the_caller_is_believed_before_any_guess() -> None:
    data = RUSSIAN.encode("koi8_r")
    assert decoded(data, name="a", encoding="cp1251").text != RUSSIAN
    assert decoded(data, name="a", encoding="koi8_r").guessed is False
    assert decoded(data, name="a").guessed is True


def test_a_guess_is_told_in_the_document() -> None:
    assert parse(RUSSIAN.encode("koi8_r"), name="a.txt").metadata["encoding"].endswith("(guessed)")
    assert "encoding" not in parse(RUSSIAN.encode(), name="a.txt").metadata
    assert "encoding" not in parse(RUSSIAN.encode("koi8_r"), name="a.txt", encoding="koi8_r").metadata


def test_what_is_valid_utf8_is_never_guessed() -> None:
    assert decoded(GERMAN.encode(), name="a").encoding == "utf-8"


def test_binary_data_is_not_taken_for_a_text_in_some_encoding() -> None:
    with pytest.raises(UnsupportedFormat):
        parse(bytes(range(256)) * 8, name="a.txt", media_type="text/plain")
    assert media_type_of(b"MZ\x00\x01" + bytes(200), name="a.txt") == "application/octet-stream"


def test_an_encoding_that_is_not_known_names_itself() -> None:
    with pytest.raises(UnreadableFile, match="encoding 'klingon' is not known"):
        parse(b"words", name="a.txt", encoding="klingon")


@given(st.text(alphabet="abcdefghij ,.\n", min_size=8).map(str.encode))
def test_plain_letters_are_never_taken_for_utf16(data: bytes) -> None:
    assert unmarked_utf16(data) is None


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), min_size=1))
def test_any_text_with_a_mark_comes_back_whole(text: str) -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert decoded(text.encode(encoding), name="a").text == text.removeprefix("\ufeff")
