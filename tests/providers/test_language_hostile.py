"""What a language model's server may do wrong, and what we make of it: a real HTTP server misbehaves."""

from __future__ import annotations

import gzip
import json
import logging
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.model.chat import ChatMessage, ChatReply, TokenUsage
from memos_graph.model.errors import BrokenAnswer, ContextOverflow, Invalid, MemosGraphError, Refused, Unavailable
from memos_graph.ports_language import ChatModel
from memos_graph.providers.language import connection
from memos_graph.providers.language.answers import OtherForm, events_of, pieces, reply_of, usage_of
from memos_graph.providers.language.failures import Asked, failure_of, wait_of
from memos_graph.providers.language.openai import LONGEST_WAIT_S, TRIES, OpenAIChat
from tests.providers.chat_server import ChatServer, completion, serving

HI = [ChatMessage("user", "hi")]
Wire = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as told:
        yield told


def model_of(server: ChatServer, *, waits: list[float] | None = None, timeout: float = 5.0, key: str = "",
             context: int = 0) -> OpenAIChat:  # fmt: skip
    pauses = [] if waits is None else waits
    return OpenAIChat(server.url, "m", key=key, timeout=timeout, context=context, pause=pauses.append,
                      chance=lambda: 0.0)  # fmt: skip


def wire(*parts: bytes, headers: tuple[tuple[str, str], ...] = (), status: int = 200, then: float = 0.0) -> Wire:
    """Sends `parts` as they are, waits, and closes."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers or (("Content-Type", "text/event-stream"),):
            handler.send_header(name, value)
        handler.end_headers()
        for part in parts:
            handler.wfile.write(part)
        handler.wfile.flush()
        time.sleep(then)

    return send


def event(told: Any) -> bytes:
    return b"data: " + json.dumps(told).encode() + b"\n\n"


def piece(text: str | None, finish: str | None = None) -> bytes:
    return event({"model": "m-1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


USAGE = {"prompt_tokens": 20, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 16}}
DONE = b"data: [DONE]\n\n"


# what goes well


def test_it_is_a_chat_model(server: ChatServer) -> None:
    assert isinstance(model_of(server), ChatModel)


def test_a_stream_gives_its_pieces_as_they_come_and_the_whole_reply_last(server: ChatServer) -> None:
    server.wires = [wire(piece(""), piece("Par"), piece("is"), piece(None, "stop"),
                         event({"choices": [], "usage": USAGE}), DONE)]  # fmt: skip
    came = list(model_of(server).stream(HI, salt="tenant-1", seed=7))
    assert came[:-1] == ["Par", "is"]
    usage = TokenUsage(prompt=20, cached=16, completion=2)
    assert came[-1] == ChatReply(text="Paris", model="m-1", finish="stop", usage=usage)
    body = server.seen[0]["body"]
    assert (body["cache_salt"], body["seed"], body["stream_options"]) == ("tenant-1", 7, {"include_usage": True})


def test_no_salt_and_no_seed_are_sent_unless_given(server: ChatServer) -> None:
    model_of(server).chat(HI)
    assert set(server.seen[0]["body"]) == {"model", "messages", "max_tokens", "temperature"}


def test_a_server_without_a_key_gets_none_whatever_the_environment_has(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "sk-of-someone")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    headers: list[str] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        headers.append(str(handler.headers))
        wire(json.dumps(completion("yes")).encode(), headers=(("Content-Type", "application/json"),))(handler)

    server.wires = [look]
    assert model_of(server).complete("s", "p") == "yes"
    assert "sk-of-someone" not in headers[0] and "authorization" not in headers[0].lower()


# a form to keep

FORM = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


def test_a_text_that_breaks_its_schema_is_asked_for_once_more_and_both_are_counted(server: ChatServer) -> None:
    server.first = [(200, {**completion(text), "usage": USAGE}) for text in ('{"n": "one"}', '{"n": 1}')]
    reply = model_of(server).chat(HI, schema=FORM)
    assert (reply.text, reply.usage) == ('{"n": 1}', TokenUsage(prompt=40, cached=32, completion=4))
    first, second = (each["body"] for each in server.seen)
    assert first["response_format"]["json_schema"] == {"name": "answer", "schema": FORM, "strict": True}
    assert [m["role"] for m in second["messages"]] == ["user", "assistant", "user"]
    assert "n is not of type integer" in second["messages"][-1]["content"]


@pytest.mark.parametrize("text", ["", "nonsense", '{"n": 1', "{" * 3_000, '{"n": true}', '{"n": 1, "m": 2}', "[NaN]"])
def test_a_text_that_breaks_its_schema_twice_is_unavailable(server: ChatServer, text: str) -> None:
    server.says = lambda prompt: text
    with pytest.raises(BrokenAnswer, match="twice in another form"):
        model_of(server).chat(HI, schema=FORM)
    assert len(server.seen) == 2


def test_json_that_was_cut_at_max_tokens_is_not_asked_for_again(server: ChatServer) -> None:
    cut = completion('{"n": ')
    cut["choices"][0]["finish_reason"] = "length"
    server.first = [(200, cut)]
    with pytest.raises(BrokenAnswer, match="cut at 3 tokens"):
        model_of(server).chat(HI, schema=FORM, max_tokens=3)


def test_a_schema_that_could_only_be_half_checked_is_refused_before_anything_is_sent(server: ChatServer) -> None:
    with pytest.raises(Invalid, match="pattern"):
        model_of(server).chat(HI, schema={"type": "object", "properties": {"a": {"pattern": "^a"}}})
    assert server.seen == []


# refusals


@pytest.mark.parametrize("option", ["stream_options", "temperature", "seed"])
def test_a_server_that_refuses_an_option_is_asked_without_it_from_then_on(
    server: ChatServer, option: str, caplog: pytest.LogCaptureFixture
) -> None:
    no = json.dumps({"error": {"message": f"Unsupported parameter: '{option}'", "param": option}}).encode()
    answer = wire(piece("yes", "stop"), DONE)
    server.wires = [wire(no, status=400, headers=(("Content-Type", "application/json"),)), answer, answer]
    model = model_of(server)
    with caplog.at_level(logging.WARNING):
        assert [next(iter(model.stream(HI, seed=1))) for _ in range(2)] == ["yes", "yes"]
    assert [option in each["body"] for each in server.seen] == [True, False, False]
    assert [record for record in caplog.records if option in record.getMessage()] != []


def test_a_model_that_knows_only_the_newer_name_of_max_tokens_is_told_by_that(server: ChatServer) -> None:
    message = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    )
    server.first = [(400, {"error": {"message": message, "param": "max_tokens", "code": "unsupported_parameter"}})]
    model_of(server).chat(HI, max_tokens=9)
    assert server.seen[1]["body"]["max_completion_tokens"] == 9 and "max_tokens" not in server.seen[1]["body"]


def test_a_salt_that_the_server_does_not_know_is_an_error_and_not_left_away(server: ChatServer) -> None:
    server.first = [(400, {"error": {"message": "Unrecognized request argument supplied: cache_salt"}})]
    with pytest.raises(Invalid, match="takes no cache_salt") as raised:
        model_of(server).chat(HI, salt="s-of-tenant")
    assert "s-of-tenant" not in str(raised.value) and len(server.seen) == 1


def test_a_wrong_model_is_told_with_those_that_there_are(server: ChatServer) -> None:
    server.first = [(404, {"error": {"message": "The model `m` does not exist."}})]
    server.models = {"data": [{"id": "qwen"}, {"id": "llama\x1b[2J"}, 7, {"no": "id"}]}
    with pytest.raises(Invalid, match=r"'m' can't be used; the server at .* has qwen, llama \[2J"):
        model_of(server).chat(HI)


def test_a_wrong_address_is_told_with_how_addresses_end(server: ChatServer) -> None:
    server.first = [(404, {"detail": "Not Found"})]
    with pytest.raises(Invalid, match="usually ends in /v1"):
        model_of(server).chat(HI)


@pytest.mark.parametrize(
    ("body", "found", "most"),
    [
        ({"error": {"message": "This model's maximum context length is 8192 tokens. However, your prompt contains at"
                               " least 8193 input tokens."}}, 8193, 8192),
        ({"error": {"message": "This model's maximum context length is 4097 tokens, however you requested 5000 tokens"
                               " (4000 in your prompt; 1000 for the completion).", "code": "context_length_exceeded"}},
         5000, 4097),
        ({"error": {"code": 400, "message": "the request exceeds the available context size", "n_prompt_tokens": 9000,
                    "type": "exceed_context_size_error", "n_ctx": 4096}}, 9000, 4096),
        ({"error": {"message": "max_tokens=9000 cannot be greater than max_model_len=8192."}}, 9000, 8192),
        ({"error": "prompt is too long for me"}, 0, 0),
        ("input is too long", 0, 0),
    ],
)  # fmt: skip
def test_a_prompt_that_is_too_long_is_an_overflow_with_the_numbers_that_can_be_read(
    server: ChatServer, body: Any, found: int, most: int
) -> None:
    server.first = [(400, body)]
    with pytest.raises(ContextOverflow) as raised:
        model_of(server).chat(HI)
    assert (raised.value.found, raised.value.most, raised.value.model) == (found, most, "m")


def test_an_empty_account_is_a_refusal_and_not_asked_again(server: ChatServer) -> None:
    server.first = [(429, {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}})]
    with pytest.raises(Refused, match="paid"):
        model_of(server).chat(HI)
    assert len(server.seen) == 1


def test_a_redirect_is_not_followed_and_says_where_it_leads(server: ChatServer) -> None:
    server.wires = [wire(status=307, headers=(("Location", "http://elsewhere.example/v1"),))]
    with pytest.raises(Invalid, match=r"leads to http://elsewhere\.example/v1"):
        model_of(server, key="k").chat(HI)


# what passes


def test_pauses_double_and_end_in_unavailable(server: ChatServer) -> None:
    waits: list[float] = []
    server.first = [(503, {"error": "busy"})] * TRIES
    with pytest.raises(Unavailable, match="busy"):
        model_of(server, waits=waits).chat(HI)
    assert waits == [0.5, 1.0, 2.0] and len(server.seen) == TRIES


def test_retry_after_is_heeded(server: ChatServer) -> None:
    waits: list[float] = []
    busy = wire(b"{}", status=429, headers=(("Retry-After", "3"),))
    server.wires = [busy, wire(b"{}", status=429, headers=(("Retry-After", "tomorrow"),))]
    model_of(server, waits=waits).chat(HI)
    assert waits == [3.0, 1.0]


def test_a_server_that_asks_for_a_long_pause_is_not_waited_for_and_the_caller_is_told(server: ChatServer) -> None:
    waits: list[float] = []
    server.wires = [wire(b"{}", status=429, headers=(("Retry-After", str(LONGEST_WAIT_S + 1)),))]
    with pytest.raises(Unavailable) as raised:
        model_of(server, waits=waits).chat(HI)
    assert (waits, raised.value.retry_after) == ([], LONGEST_WAIT_S + 1)


def test_a_server_that_is_not_there_is_unavailable_and_says_where_it_should_be() -> None:
    with pytest.raises(Unavailable, match=r"http://127.0.0.1:1/v1 can't be reached"):
        OpenAIChat("http://127.0.0.1:1/v1", "m", pause=lambda seconds: None).chat(HI)


def test_a_slow_server_is_unavailable_names_the_setting_and_is_asked_once(server: ChatServer) -> None:
    server.wires = [lambda handler: time.sleep(1.0)]
    with pytest.raises(Unavailable, match="MEMOS_GRAPH_LANGUAGE_MODEL_TIMEOUT_S"):
        model_of(server, timeout=0.2).chat(HI)
    assert len(server.seen) == 1


def test_a_stream_that_falls_silent_is_unavailable(server: ChatServer) -> None:
    server.wires = [wire(piece("Par"), then=1.0)]
    came = model_of(server, timeout=0.2).stream(HI)
    assert next(came) == "Par"
    with pytest.raises(Unavailable, match="said nothing"):
        next(came)


def test_an_answer_that_drips_in_for_ever_ends_at_its_time(server: ChatServer) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(30):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            return

    server.wires = [drip]
    with pytest.raises(Unavailable, match="does not end"):
        model_of(server, timeout=0.3).chat(HI)


def test_an_answer_without_end_is_cut_and_nothing_of_it_kept(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection.within, "__defaults__", (50_000,))
    server.first = [(200, completion("x" * 200_000)), (500, {"error": "y" * 200_000})]
    server.wires = []
    for _ in range(2):
        with pytest.raises(Unavailable, match="does not end"):
            model_of(server).chat(HI)


# other forms


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>login</html>", b'{"choices": [', b"\xff\xfe", b'{"choices": ' + b"[" * 5_000,
     gzip.compress(b"", mtime=0)],
)  # fmt: skip
def test_an_answer_that_is_no_json_is_of_another_form(server: ChatServer, body: bytes) -> None:
    server.wires = [wire(body, headers=(("Content-Type", "application/json"),))]
    with pytest.raises(BrokenAnswer, match="another form"):
        model_of(server).chat(HI)


@pytest.mark.parametrize(
    "parts",
    [
        (piece("Par"),),
        (piece("Par"), b"data: {\"choices\": [{\"del"),
        (piece("Par"), event({"error": {"message": "out of memory"}})),
        (piece("Par"), event([])),
        (piece("Par"), event({"choices": [{"delta": 7}]})),
        (piece("Par"), event({"choices": [{"delta": {"content": 7}}]})),
        (piece("Par"), event({"choices": "x"})),
    ],
)  # fmt: skip
def test_a_stream_that_is_cut_or_breaks_is_never_a_reply(server: ChatServer, parts: tuple[bytes, ...]) -> None:
    server.wires = [wire(*parts)]
    came = model_of(server).stream(HI)
    assert next(came) == "Par"
    with pytest.raises(Unavailable, match=r"broke off|another form"):
        list(came)


def test_a_connection_that_breaks_in_the_middle_of_a_chunked_stream_is_told(server: ChatServer) -> None:
    part = piece("Par")
    server.wires = [wire(f"{len(part):x}\r\n".encode() + part + b"\r\n", b"ff\r\ndata",
                         headers=(("Transfer-Encoding", "chunked"),))]  # fmt: skip
    came = model_of(server).stream(HI)
    assert next(came) == "Par"
    with pytest.raises(Unavailable, match="in the middle of its answer"):
        list(came)


def test_a_consumer_that_stops_early_closes_the_connection(server: ChatServer) -> None:
    gone: list[bool] = []

    def talk(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(piece("more " * 1_000))
                time.sleep(0.01)
        except OSError:
            gone.append(True)

    server.wires = [talk]
    came = model_of(server).stream(HI)
    assert isinstance(next(came), str)
    came.close()  # type: ignore[attr-defined]
    until = time.monotonic() + 5
    while not gone and time.monotonic() < until:
        time.sleep(0.02)
    assert gone


# what it says of itself


@pytest.mark.parametrize(
    ("models", "context"),
    [
        ({"data": [{"id": "other", "max_model_len": 5}, {"id": "m", "max_model_len": 8192}]}, 8192),
        ({"data": [{"id": "m", "parent": "base"}, {"id": "base", "max_model_len": 4096}]}, 4096),
        ({"data": [{"id": "m", "max_model_len": True, "context_length": 2048}]}, 2048),
        ({"data": [{"id": "m", "max_model_len": -1}]}, None), ({"data": 7}, None), ([], None), (None, None),
    ],
)  # fmt: skip
def test_the_context_is_what_the_server_says_of_this_model(
    server: ChatServer, models: Any, context: int | None
) -> None:
    server.models = models
    assert model_of(server).context_tokens() == context
    assert model_of(server, context=77).context_tokens() == 77


@pytest.mark.parametrize(
    "url",
    ["", "http://", "http:///v1", "http://exa mple/v1", "http://h:99999/v1", "http://[::1/v1", "http://...", "ftp://h/v1",
     "http://h/\x1b[2J", f"http://{'a' * 64}/v1"],
)  # fmt: skip
def test_what_is_no_address_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(Invalid, match="language model url"):
        OpenAIChat(url, "m")


@pytest.mark.parametrize("key", ["k\n", "k\u20ac", "a b"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(Invalid, match="language model key") as raised:
        OpenAIChat("http://127.0.0.1:1/v1", "m", key=key)
    assert key not in str(raised.value)


def test_a_url_with_a_password_is_refused_without_showing_it() -> None:
    for url in ("http://me:secret@host/v1", "http://host/v1?key=secret"):
        with pytest.raises(Invalid) as raised:
            OpenAIChat(url, "m")
        assert "secret" not in str(raised.value)


# the pure parts


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_events_do_not_depend_on_how_the_network_cut_them(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    assert list(events_of(parts)) == list(events_of([whole]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["choices", "message", "delta", "content", "usage", "prompt_tokens", "cached_tokens", "error",
                         "prompt_tokens_details", "finish_reason", "model", "code", "refusal"]), inner, max_size=4
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_whatever_json_comes_is_a_reply_or_another_form(told: Any) -> None:
    data = json.dumps(told)
    reads: tuple[Callable[[], object], ...] = (
        lambda: reply_of(data.encode(), "m"), lambda: list(pieces([data, "[DONE]"], "m"))[-1],
    )  # fmt: skip
    for read in reads:
        try:
            reply = read()
        except OtherForm:
            continue
        assert isinstance(reply, ChatReply)
        reply.text.encode()
    usage = usage_of(told)
    assert usage.cached is None or (usage.prompt is not None and usage.cached <= usage.prompt)


@given(st.integers(300, 599), JSON | st.text(max_size=60), st.dictionaries(st.just("retry-after"), st.text(max_size=9)))
def test_whatever_a_server_refuses_with_is_one_of_our_errors_without_the_key(
    status: int, body: Any, headers: dict[str, str]
) -> None:
    told = {"message": f"no: k-secret-key {body!r}"} if status % 2 else body
    failure = failure_of(Asked("m", "http://h/v1", "k-secret-key"), status, told, headers, 0.0)
    assert isinstance(failure.error, MemosGraphError)
    assert "k-secret-key" not in str(failure.error)


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    date = {"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}
    assert [wait_of(date, 50.0), wait_of(date, 90.0), wait_of({"retry-after": " 2.5 "}, 0)] == [10.0, 0.0, 2.5]
    for nothing in ({}, {"retry-after": "nan"}, {"retry-after": "soon"}, {"retry-after": "1e99"}):
        assert wait_of(nothing, 0.0) is None
