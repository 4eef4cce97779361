"""Chats: messages and sessions, times, what is refused and how it is named; the LoCoMo file."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_ingest import (
    Conversation,
    ImageRef,
    IngestError,
    Limits,
    NotAChat,
    TooLarge,
    UnreadableFile,
    is_chat,
    is_locomo,
    read,
    read_chat,
    read_locomo,
    read_messages,
    read_questions,
)
from memos_ingest.locomo import clean_evidence


def user(text: str = "Hello there", **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": text, **more}


def texts(conversation: Conversation) -> list[list[str]]:
    return [[message.text for message in session.messages] for session in conversation.sessions]


def test_messages_keep_their_order_names_ids_and_times() -> None:
    conversation = read_messages(
        [user("One", name="Ada", id="m1"), {"role": "assistant", "content": "Two"}],
        chat_time="2025-09-12 08:00:00",
        conversation_id="talk",
    )
    first, second = conversation.sessions[0].messages
    assert (conversation.id, conversation.title, texts(conversation)) == ("talk", "talk", [["One", "Two"]])
    assert (first.id, first.role, first.speaker) == ("m1", "user", "Ada")
    assert first.time == datetime(2025, 9, 12, 8, tzinfo=UTC)
    assert (second.id, second.speaker, second.time) == ("2", "assistant", first.time)


def test_parts_become_text_and_pictures() -> None:
    parts = [
        {"type": "text", "text": "Look at"},
        {"type": "image_url", "image_url": {"url": "https://example.org/v.png"}},
        {"type": "text", "text": "the valve"},
    ]
    message = read_messages([{"role": "user", "content": parts}]).sessions[0].messages[0]
    assert message.text == "Look at\nthe valve"
    assert message.images == (ImageRef(caption="", url="https://example.org/v.png"),)


def test_a_call_of_a_tool_without_content_is_kept() -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "weather"}}]}
    assert '"weather"' in read_messages([call]).sessions[0].messages[0].text


@pytest.mark.parametrize(
    ("gaps_in_minutes", "sessions"),
    [([5], 1), ([6 * 60], 2), ([5 * 60 + 59], 1), ([-1], 2), ([24 * 60], 2), ([1, 1, 400, 1], 2)],
)
def test_silence_of_six_hours_or_a_step_back_starts_a_session(gaps_in_minutes: list[int], sessions: int) -> None:
    time = datetime(2025, 9, 12, 8, tzinfo=UTC)
    messages = [user("Hello there", chat_time=time)]
    for gap in gaps_in_minutes:
        time += timedelta(minutes=gap)
        messages.append(user("And more", chat_time=time.isoformat()))
    assert len(read_messages(messages).sessions) == sessions


def test_a_talk_past_midnight_goes_on_and_one_after_two_hours_of_silence_does_not() -> None:
    late = user("Late", chat_time="2025-09-12 23:50:00")
    assert len(read_messages([late, user("Later", chat_time="2025-09-13 00:05:00")]).sessions) == 1
    assert len(read_messages([late, user("Next", chat_time="2025-09-13 02:05:00")]).sessions) == 2


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-09-12 08:00:00", "2025-09-12T08:00:00+00:00"),
        ("2025-09-12T08:00:00+08:00", "2025-09-12T00:00:00+00:00"),
        ("2025-09-12T08:00:00Z", "2025-09-12T08:00:00+00:00"),
        ("2025/09/12", "2025-09-12T00:00:00+00:00"),
        ("1:56 pm on 8 May, 2023", "2023-05-08T13:56:00+00:00"),
        ("12:05 am on 1 January, 2023", "2023-01-01T00:05:00+00:00"),
        ("2025年9月12日 下午3:20", "2025-09-12T15:20:00+00:00"),
        ("2025年9月12日", "2025-09-12T00:00:00+00:00"),
        (1_757_664_000, "2025-09-12T08:00:00+00:00"),
        (1_757_664_000_000, "2025-09-12T08:00:00+00:00"),
    ],
)
def test_times_are_read_in_the_forms_that_chats_use(written: object, expected: str) -> None:
    message = read_messages([user(chat_time=written)]).sessions[0].messages[0]
    assert message.time is not None and message.time.isoformat() == expected


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        ([], r"^messages: is empty"),
        ("hello", r"^messages: is str"),
        ([user(), "hello"], r"^messages\[1\]: is str"),
        ([{"content": "x"}], r"^messages\[0\]: role is missing; use one of assistant, system, tool, user"),
        ([user(role="robot")], r"^messages\[0\]: role is 'robot'"),
        ([{"role": "user"}], r"^messages\[0\]: content is missing"),
        ([user(" \n ")], r"^messages\[0\]: content is empty or white space"),
        ([{"role": "user", "content": []}], r"^messages\[0\]: content is empty"),
        ([{"role": "user", "content": 7}], r"^messages\[0\]: content is int"),
        ([{"role": "user", "content": [{"type": "video"}]}], r"^messages\[0\]\.content\[0\]: type is 'video'"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], r"content\[0\]: image_url has no url"),
        ([user(chat_time="soonish")], r"^messages\[0\]: chat_time 'soonish' is not a time; use ISO 8601"),
        ([user(chat_time=True)], r"^messages\[0\]: chat_time True is not a time"),
        ([user(id="a"), user(id="a")], r"^messages\[1\]: id 'a' is that of an earlier message"),
        ([user(id="2"), user()], r"^messages\[1\]: id '2' is that of an earlier message"),
        ([user("half \ud800 pair")], r"^messages\[0\]: content holds a NUL or half of a surrogate pair"),
        ([user(name=["Ada"])], r"^messages\[0\]: name is list"),
    ],
)
def test_a_message_that_cannot_be_placed_names_its_index_and_field(messages: Any, complaint: str) -> None:
    with pytest.raises(NotAChat, match=complaint):
        read_messages(messages)


def test_more_messages_than_the_limit_are_refused() -> None:
    with pytest.raises(TooLarge, match=r"Limits\(messages="):
        read_messages([user()] * 3, limits=Limits(messages=2))


SESSIONS = {
    "conversation_id": "harbour",
    "sessions": [
        {"chat_time": "2025-09-12 08:00:00", "messages": [user("One")]},
        {"chat_time": "2025-09-12 08:05:00", "messages": [user("Two"), user("Three")]},
    ],
}


def test_sessions_of_a_file_are_kept_as_it_has_them_and_ids_stay_unique() -> None:
    conversation = read_chat(SESSIONS, name="harbour.json")
    assert (conversation.id, texts(conversation)) == ("harbour", [["One"], ["Two", "Three"]])
    assert [m.id for s in conversation.sessions for m in s.messages] == ["1", "2", "3"]
    assert [s.time for s in conversation.sessions] == [datetime(2025, 9, 12, 8, m, tzinfo=UTC) for m in (0, 5)]


def test_a_broken_session_names_the_file_and_the_place() -> None:
    broken = {"sessions": [{"messages": [user()]}, {"messages": [user(" ")]}]}
    with pytest.raises(NotAChat, match=r"^a\.json: sessions\[1\]\.messages\[0\]: content is empty"):
        read_chat(broken, name="a.json")
    with pytest.raises(NotAChat, match=r"^a\.json: sessions\[0\]: has no list"):
        read_chat({"sessions": [{}]}, name="a.json")


def test_a_json_file_is_read_as_the_chat_that_it_is() -> None:
    (conversation,) = read(json.dumps([user("One")]).encode(), name="log.json", chat_time="2025-01-01")
    assert isinstance(conversation, Conversation)
    assert conversation.id == "log.json" and conversation.sessions[0].time == datetime(2025, 1, 1, tzinfo=UTC)
    assert read(json.dumps(SESSIONS).encode(), name="h.json")[0] == read_chat(SESSIONS, name="h.json")


@pytest.mark.parametrize("value", [{"a": 1}, [], [1, 2], [{"name": "x"}], "text", 7, {"sessions": "none"}])
def test_other_json_is_no_chat(value: object) -> None:
    assert not is_chat(value)
    with pytest.raises(NotAChat, match=r"^a\.json: is no chat"):
        read_chat(value, name="a.json")


def test_broken_json_names_the_line() -> None:
    with pytest.raises(UnreadableFile, match=r"^a\.json: is not valid JSON at line 2, column"):
        read(b'[{"role": "user",\n content: 1}]', name="a.json")


def test_the_hash_changes_with_a_word_a_time_or_a_speaker_and_with_nothing_else() -> None:
    def hash_of(**more: Any) -> str:
        return read_messages([user("One", **more)], conversation_id=str(more)).content_hash

    assert hash_of() == hash_of()
    assert len({hash_of(), hash_of(name="Ada"), hash_of(chat_time="2025-01-01"), hash_of(content="Two")}) == 4


KEYS = ["role", "content", "messages", "sessions", "chat_time", "id", "type", "text"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["user", "text", "2025-01-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=12,
)


@given(json_values)
def test_any_json_gives_a_conversation_or_an_ingest_error(value: object) -> None:
    try:
        found = read(json.dumps([value] if not isinstance(value, (list, dict)) else value).encode(), name="a.json")
    except IngestError as problem:
        assert str(problem).startswith("a.json: ")
    else:
        assert found[0].content_hash


LOCOMO = [
    {
        "sample_id": "pair-1",
        "conversation": {
            "speaker_a": "Ada",
            "speaker_b": "Ben",
            "session_2": [{"speaker": "Ben", "dia_id": "D2:1", "text": "Back again."}],
            "session_2_date_time": "12:09 am on 13 September, 2023",
            "session_1_date_time": "1:56 pm on 8 May, 2023",
            "session_1": [
                {"speaker": "Ada", "dia_id": "D1:1", "text": "Hi!"},
                {"speaker": "Ben", "dia_id": "D1:2", "text": "See!", "img_url": ["u1", "u2"], "blip_caption": "a cat"},
            ],
            "session_3_date_time": "1:00 pm on 1 October, 2023",
        },
        "qa": [
            {"question": "Who?", "answer": 3, "evidence": ["D1:1; D2:1", "D:1:2", "D2:01", "D"], "category": 1},
            {"question": "No?", "adversarial_answer": "x", "evidence": [], "category": 5},
        ],
    }
]


def test_a_locomo_file_becomes_conversations_by_session() -> None:
    assert is_locomo(LOCOMO) and not is_chat(LOCOMO)
    (conversation,) = read_locomo(LOCOMO)
    assert (conversation.id, conversation.title) == ("pair-1", "Ada and Ben")
    assert [(s.id, s.time) for s in conversation.sessions] == [
        ("session_1", datetime(2023, 5, 8, 13, 56, tzinfo=UTC)),
        ("session_2", datetime(2023, 9, 13, 0, 9, tzinfo=UTC)),
    ]
    message = conversation.sessions[0].messages[1]
    assert (message.id, message.speaker, message.role) == ("D1:2", "Ben", "assistant")
    assert message.images == (ImageRef(caption="a cat", url="u1"), ImageRef(caption="", url="u2"))
    assert read(json.dumps(LOCOMO).encode(), name="l.json") == (conversation,)


def test_locomo_questions_carry_repaired_evidence() -> None:
    first, second = read_questions(LOCOMO)
    assert (first.conversation_id, first.answer, first.category) == ("pair-1", "3", 1)
    assert first.evidence == ("D1:1", "D2:1", "D1:2")
    assert (second.answer, second.evidence) == ("x", ())


def test_evidence_is_split_and_normalised() -> None:
    assert clean_evidence(["D8:6; D9:17", "D:11:26", "D30:05", "D", "D9:1 D4:4"]) == (
        "D8:6", "D9:17", "D11:26", "D30:5", "D9:1", "D4:4",
    )  # fmt: skip


def test_a_locomo_turn_without_text_names_its_place() -> None:
    broken = json.loads(json.dumps(LOCOMO))
    broken[0]["conversation"]["session_1"][1]["text"] = ""
    with pytest.raises(NotAChat, match=r"^l\.json\[0\]\.session_1\[1\]: text is ''"):
        read_locomo(broken, name="l.json")
