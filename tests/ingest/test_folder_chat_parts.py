"""Parts of messages: addresses, data: URLs, Base64, calls of tools; and what is none of these."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import IngestError, Limits, NotAChat, TooLarge, read_chat, read_messages
from memos_ingest.chat_file import extras_in
from memos_ingest.chat_parts import extras_of

HOST = "https://example.org"
ODD = b"\xff\xfe\xfd\xfb" * 9  #: in Base64 full of + and /
REPORT = b"# Report\n\nThe middle pump was rebuilt."


def user(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts), **more}


def file(**fields: Any) -> dict[str, Any]:
    return {"type": "file", "file": fields}


def packed(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("part", "name", "data", "url"),
    [
        (file(file_data="https://example.org/a/Plan%202.pdf"), "Plan 2.pdf", b"", "https://example.org/a/Plan%202.pdf"),
        (file(file_data="https://example.org/MemOS 2.pdf"), "MemOS 2.pdf", b"", "https://example.org/MemOS 2.pdf"),
        (file(file_data="@http://example.org/r.md", filename="report.md"), "report.md", b"", "http://example.org/r.md"),
        (file(file_data=packed(REPORT), filename="report.md"), "report.md", REPORT, None),
        (file(file_data=packed(REPORT).rstrip("=")), "file", REPORT, None),
        (file(file_data=f"data:text/markdown;charset=utf-8;base64,{packed(REPORT)}"), "file.markdown", REPORT, None),
        (file(file_data="data:text/plain,The%20pump%20runs."), "file.plain", b"The pump runs.", None),
        (file(file_data=packed(REPORT), filename="../../etc/pass\x07wd"), "passwd", REPORT, None),
        (file(file_id="file_123", filename="old.pdf"), "old.pdf", b"", None),
        ({"type": "image_url", "image_url": {"url": f"{HOST}/v.png"}}, "v.png", b"", f"{HOST}/v.png"),
        ({"type": "image_url", "image_url": f"data:image/png;base64,{packed(REPORT)}"}, "picture.png", REPORT, None),
        (file(file_data=base64.urlsafe_b64encode(ODD).decode()), "file", ODD, None),
    ],
)  # fmt: skip
def test_a_part_is_opened_as_what_it_is(part: dict[str, Any], name: str, data: bytes, url: str | None) -> None:
    (opened,) = extras_of([user(part)]).parts
    assert (opened.name, opened.data, opened.url, opened.message) == (name, data, url, "1")
    assert read_messages([user(part)]).sessions  # the same part is no error there


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file"},
        file(),
        file(file_data=""),
        file(file_data=7),
        file(file_data="not base64 at all!"),
        file(file_data="data:"),
        file(file_data="data:text/plain;base64,???"),
        file(file_data="data:text/plain,"),
        file(file_data="====", filename="x"),
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,%%%"}},
        {"type": "image_url", "image_url": {"url": " "}},
        {"type": "video_url", "video_url": {"url": "https://example.org/v.mp4"}},
    ],
)
def test_a_part_that_cannot_be_opened_names_its_place(part: dict[str, Any]) -> None:
    with pytest.raises(NotAChat, match=r"^messages\[1\]\.content\[0\]: "):
        read_messages([{"role": "user", "content": "Hello there."}, user(part)])


def test_bytes_over_the_limit_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(TooLarge, match=r"Limits\(file_bytes="):
        read_messages([user(file(file_data=packed(REPORT * 10)))], limits=Limits(file_bytes=100))


def test_the_text_tells_the_file_and_other_bytes_of_a_picture_are_another_chat() -> None:
    message = read_messages([user({"type": "text", "text": "See"}, file(file_data=packed(REPORT), filename="r.md"))])
    assert message.sessions[0].messages[0].text == "See\n[file: r.md]"
    hashes = {
        read_messages([user({"type": "image_url", "image_url": f"data:image/png;base64,{packed(data)}"})]).content_hash
        for data in (b"one", b"two")
    }
    assert len(hashes) == 2


def test_calls_are_kept_as_they_were_given_and_an_empty_content_is_no_reason_to_refuse_them() -> None:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"b": 1, "a": "7°C"}'}}]
    messages = [
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "7°C"}]},
    ]
    extras = extras_of(messages)
    assert extras.calls == {"1": {"tool_calls": calls}, "2": {"tool_call_id": "call_1"}}
    assert json.dumps(calls[0]["function"]["arguments"], ensure_ascii=False) in (  # type: ignore[index]
        read_messages(messages).sessions[0].messages[0].text
    )


def test_ids_are_those_that_the_chat_gives_also_over_sessions_and_in_files() -> None:
    part = file(file_data=packed(REPORT), filename="r.md")
    whole = {"sessions": [{"messages": [user(part)]}, {"messages": [user(part, id="m"), user(part)]}]}
    chat = read_chat(whole, name="a.json")
    ids = [message.id for session in chat.sessions for message in session.messages]
    assert [each.message for each in extras_of(whole).parts] == ids == ["1", "m", "3"]
    for encoding in ("utf-8", "utf-16"):
        data = json.dumps(whole).encode(encoding)
        assert [each.message for each in extras_in(data, name="a.json").parts] == ids
    lines = "\n".join(json.dumps(user(part)) for _ in range(2)).encode()
    assert [each.message for each in extras_in(lines, name="a.jsonl").parts] == ["1", "2"]


KEYS = ["role", "content", "type", "file", "file_data", "filename", "image_url", "url", "tool_calls", "id"]
values = st.recursive(
    st.none() | st.integers() | st.text(max_size=12) | st.sampled_from(["user", "file", "image_url", "data:,x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), values), max_size=3))
def test_what_is_read_as_a_chat_has_extras_and_all_else_is_an_ingest_error(messages: list[dict[str, Any]]) -> None:
    try:
        chat = read_messages(messages)
    except IngestError:
        return
    ids = {message.id for session in chat.sessions for message in session.messages}
    extras = extras_of(messages)
    assert {part.message for part in extras.parts} | set(extras.calls) <= ids
