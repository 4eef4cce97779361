"""Mail: fields, body and attachments."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import Document, IngestError, UnreadableFile, media_type_of, read
from tests.ingest.office_files import docx, p, zipped


def mail(subject: str = "The north crane", body: str = "It lifts forty tons.\n\nAsk Bo.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ada <ada@example.org>", "Bo <bo@example.org>", subject
    message["Date"] = "Mon, 06 May 2024 10:00:00 +0200"
    message.set_content(body)
    return message


def documents(message: EmailMessage | bytes) -> list[Document]:
    data = message if isinstance(message, bytes) else message.as_bytes()
    return [one for one in read(data, name="m.eml") if isinstance(one, Document)]


def test_a_mail_is_its_subject_its_fields_and_its_body() -> None:
    (document,) = documents(mail())
    assert [(e.kind, e.text) for e in document.elements] == [
        ("title", "The north crane"),
        ("paragraph", "From: Ada <ada@example.org>\nTo: Bo <bo@example.org>\nDate: Mon, 06 May 2024 10:00:00 +0200"),
        ("paragraph", "It lifts forty tons."),
        ("paragraph", "Ask Bo."),
    ]
    assert document.title == "The north crane" and document.metadata["from"] == "Ada <ada@example.org>"


def test_attachments_are_read_by_their_own_parsers_whatever_the_mail_says_they_are() -> None:
    message = mail()
    message.add_attachment(docx(p("A plan of the crane.")), maintype="image", subtype="png", filename="plan.png")
    message.add_attachment("crane;tons\nnorth;40\n", filename="../../loads.csv")
    inner = mail("Inner", "What was said before.")
    inner.add_attachment(zipped({"deep.txt": "Three files deep and still read."}), maintype="application",
                         subtype="zip", filename="z.zip")  # fmt: skip
    message.add_attachment(inner)
    found = documents(message)
    assert [one.name for one in found] == [
        "m.eml", "m.eml!/plan.png", "m.eml!/loads.csv", "m.eml!/Inner.eml", "m.eml!/Inner.eml!/z.zip",
        "m.eml!/Inner.eml!/z.zip!/deep.txt",
    ]  # fmt: skip
    assert found[1].elements[0].text == "A plan of the crane."
    assert found[2].elements[0].cells == (("crane", "tons"), ("north", "40"))


def test_an_attachment_that_cannot_be_read_is_told_and_the_mail_is_read() -> None:
    message = mail()
    message.add_attachment(b"ID3 sound", maintype="audio", subtype="mpeg", filename="tune.mp3")
    (document,) = documents(message)
    assert document.metadata["unread"].startswith("tune.mp3: is audio/mpeg")


def test_two_attachments_of_one_name_are_two_documents() -> None:
    message = mail()
    for text in ("The first of the two notes.", "The second of the two notes."):
        message.add_attachment(text, filename="note.txt")
    assert [one.name for one in documents(message)[1:]] == ["m.eml!/note.txt", "m.eml!/note (2).txt"]


def test_the_html_body_is_taken_where_it_holds_the_structure_and_the_plain_one_where_it_is_a_stub() -> None:
    message = mail(body="crane tons north 40")
    table = "<table><tr><th>crane</th><th>tons</th></tr><tr><td>north</td><td>40</td></tr></table>"
    message.add_alternative(f"<html><body>{table}</body></html>", subtype="html")
    assert documents(message)[0].elements[-1].kind == "table"
    message = mail(body="All that is to be said is said in plain words here, and not in the other form.")
    message.add_alternative("<html><body>View as text</body></html>", subtype="html")
    assert documents(message)[0].elements[-1].text.startswith("All that is to be said")


def test_encoded_words_and_encoded_bodies_are_decoded() -> None:
    raw = (
        b"From: =?utf-8?b?5byg5LiJ?= <z@example.org>\r\nSubject: =?gb2312?b?xOO6ww==?=\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"uavLvs67ydfAqiDJz7qjo6zJ+rL6t6fDxSoK\r\n"
    )  # fmt: skip
    document = documents(raw)[0]
    assert document.title == "你好" and document.metadata["from"].startswith("张三")
    assert "生产阀门" in document.elements[-1].text


def test_a_charset_that_is_a_lie_or_no_charset_at_all_loses_no_word() -> None:
    head = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nContent-Type: text/plain; charset=%s\r\n"
    head += b"Content-Transfer-Encoding: 8bit\r\n\r\n"
    for said in (b"us-ascii", b"no-such-thing", b"utf-16", b"utf-8"):
        document = documents(head % said + "Der Kran hebt über vierzig Tonnen, sagt Jürgen.".encode())[0]
        assert "über vierzig Tonnen, sagt Jürgen" in document.elements[-1].text


def test_a_mail_is_known_by_its_fields_without_its_name() -> None:
    data = mail().as_bytes()
    assert media_type_of(data) == "message/rfc822"
    assert media_type_of(b"Note: this\nis: no\nmail: at all\n\nhello") == "text/plain"


def test_what_begins_without_fields_is_no_mail() -> None:
    with pytest.raises(UnreadableFile, match=r"^m\.eml: does not begin with a mail's fields"):
        read(b"Just some words in a file with the wrong name.", name="m.eml")


def test_mails_attached_in_one_another_end_at_the_limit_and_say_so() -> None:
    message = mail("0")
    for level in range(1, 30):
        outer = mail(str(level))
        outer.add_attachment(message)
        message = outer
    found = documents(message)
    assert [one.title for one in found] == ["29", "28", "27", "26"]
    assert "deeper than containers = 3" in found[-1].metadata["unread"]


def test_a_mail_of_two_thousand_parts_is_refused() -> None:
    parts = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 2_000
    head = b"From: a@b.c\r\nSubject: many\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    with pytest.raises(IngestError, match="parts"):
        read(head + parts + b"--b--\r\n", name="m.eml")


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_behind_a_mails_fields_give_documents_or_an_ingest_error(data: bytes, multipart: bool) -> None:
    kind = b"multipart/mixed; boundary=b" if multipart else b"text/html"
    head = b"From: a@b.c\r\nSubject: x\r\nContent-Type: " + kind + b"\r\n\r\n" + b"--b\r\n" * multipart
    try:
        assert documents(head + data)
    except IngestError as problem:
        assert str(problem).startswith("m.eml")


def test_the_shared_mail_gives_its_attachment(shared_docs: Path) -> None:
    found = documents((shared_docs / "eml_with_attachment.eml").read_bytes())
    assert [one.name for one in found] == ["m.eml", "m.eml!/test.txt"]
    assert "dummy content" in found[1].elements[0].text
