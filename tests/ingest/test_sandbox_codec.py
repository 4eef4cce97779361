"""What crosses the pipe: every value comes back as it was, and nothing else comes through."""

from __future__ import annotations

import hashlib
import inspect
import json
import math
import pickle
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_ingest import (
    Conversation,
    Document,
    Element,
    ImageRef,
    IngestError,
    Limits,
    Link,
    Message,
    NotAChat,
    NothingRead,
    Passage,
    Picture,
    PictureFacts,
    Provenance,
    Section,
    Session,
    TooLarge,
    UnreadableFile,
    UnsupportedFormat,
    read,
)
from memos_ingest.elements import KINDS, ROLES
from memos_ingest.errors import ParserCrashed, ParserOutOfMemory, ParserTimedOut
from memos_ingest.sandbox import Sandbox
from memos_ingest.sandbox.asking import Answer, Job, answer_frames, refusal_frame
from memos_ingest.sandbox.codec import Malformed, dumps, from_json, loads, to_json
from memos_ingest.sandbox.frames import FrameBuffer, FrameTooLong, frame
from memos_ingest.sandbox.limits import DEFAULT_SANDBOX, SandboxLimits

# lone surrogates too: names of files hold them, and texts of old formats
texts = st.text(st.characters(exclude_categories=()), max_size=20)
words = texts | st.none()
numbers = st.floats(-1e9, 1e9)
small = st.integers(0, 10**6)
times = st.datetimes(min_value=datetime(1, 1, 2), timezones=st.just(UTC)) | st.datetimes() | st.none()
hashes = st.integers(0, 2**256 - 1).map("{:064x}".format)
kinds = st.sampled_from(sorted(KINDS))
hrefs = st.lists(st.builds(Link, href=texts.filter(bool), text=texts), max_size=2).map(tuple)


@st.composite
def places(draw: st.DrawFn) -> Provenance:
    start = draw(small | st.none())
    return Provenance(
        page=draw(st.integers(1, 10**6) | st.none()),
        box=draw(st.tuples(numbers, numbers, numbers, numbers) | st.none()),
        start=start,
        end=None if start is None else start + draw(small),
        message_id=draw(words),
    )


facts = st.builds(
    PictureFacts,
    media_type=texts,
    width=small,
    height=small,
    content_hash=hashes,
    likeness=st.integers(0, 2**64 - 1).map("{:016x}".format),
    taken_at=times,
    place=st.tuples(st.floats(-90, 90), st.floats(-180, 180)) | st.none(),
    thumbnail=st.binary(max_size=50),
    unread=words,
)
elements = st.builds(
    Element,
    kind=kinds,
    text=texts,
    level=small,
    provenance=places(),
    href=words,
    alt=words,
    caption=words,
    cells=st.lists(st.lists(texts, max_size=3).map(tuple), max_size=3).map(tuple),
    picture=facts | st.none(),
    links=hrefs,
)
documents = st.builds(
    Document,
    title=texts,
    name=texts.map("a.zip!/{}".format),
    media_type=texts,
    content_hash=hashes,
    elements=st.lists(elements, max_size=4).map(tuple),
    language=words,
    metadata=st.dictionaries(texts, texts, max_size=3).map(MappingProxyType),
)
messages = st.builds(
    Message,
    id=texts.filter(bool),
    role=st.sampled_from(sorted(ROLES)),
    speaker=texts,
    text=texts.filter(bool),
    time=times,
    images=st.lists(st.builds(ImageRef, caption=texts, url=words), max_size=2).map(tuple),
)
sessions = st.builds(Session, id=texts, messages=st.lists(messages, max_size=3).map(tuple), time=times)
conversations = st.builds(
    Conversation, id=texts, title=texts, sessions=st.lists(sessions, max_size=3).map(tuple), content_hash=hashes
)
path = st.lists(texts, max_size=3).map(tuple)
sections = st.builds(
    Section, title=texts, level=small, heading_path=path, parent=small | st.none(), provenance=places(),
    links=hrefs,
)  # fmt: skip
passages = st.builds(
    Passage, text=texts, heading_path=path, section=small | st.none(), provenance=places(),
    kinds=st.lists(kinds, max_size=3).map(tuple), pages=st.lists(small, max_size=3).map(tuple),
    links=hrefs,
)  # fmt: skip
pictures = st.builds(
    Picture, text=texts, href=words, heading_path=path, section=small | st.none(), illustrates=small | st.none(),
    provenance=places(), alt=words, caption=words, facts=facts | st.none(),
)  # fmt: skip
limits = st.builds(Limits)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
JOB = Job(data=b"some bytes", name="a.zip")


@given(documents | conversations | sections | passages | pictures | limits)
def test_every_value_comes_back_as_it_went(value: Any) -> None:
    assert from_json(type(value), loads(dumps(to_json(value)))) == value


@settings(max_examples=50)
@given(st.lists(documents | conversations, min_size=1, max_size=3).map(tuple))
def test_an_answer_in_frames_is_put_together_as_it_was(read: tuple[Document | Conversation, ...]) -> None:
    answer = Answer(JOB, DEFAULT_SANDBOX)
    for payload in answer_frames(read, name=JOB.name, limits=DEFAULT_SANDBOX):
        assert not answer.done
        answer.take(payload)
    assert answer.done
    assert answer.result() == read


@given(anything)
def test_nothing_but_an_element_passes_for_one(value: object) -> None:
    try:
        made = from_json(Element, value)
    except Malformed:
        return
    assert made.kind in KINDS
    assert from_json(Element, to_json(made)) == made


@given(st.lists(st.binary(max_size=60) | anything.map(lambda one: json.dumps(one).encode()), max_size=4))
def test_a_worker_that_says_anything_is_malformed_or_not_done(said: list[bytes]) -> None:
    answer = Answer(JOB, DEFAULT_SANDBOX)
    try:
        for payload in said:
            answer.take(payload)
    except Malformed:
        return
    assert not answer.done


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "paragraph"},
        {"kind": "script", "text": ""},
        {"kind": ["paragraph"], "text": ""},
        {"kind": "paragraph", "text": 1},
        {"kind": "paragraph", "text": "", "level": -1},
        {"kind": "paragraph", "text": "", "level": True},
        {"kind": "paragraph", "text": "", "level": 2**60},
        {"kind": "paragraph", "text": "", "__class__": "os"},
        {"kind": "paragraph", "text": "", "cells": ["row"]},
        {"kind": "paragraph", "text": "", "provenance": {"page": 0}},
        {"kind": "paragraph", "text": "", "provenance": {"start": 5, "end": 4}},
        {"kind": "paragraph", "text": "", "provenance": {"start": -5}},
        {"kind": "paragraph", "text": "", "provenance": {"box": [1, 2, 3]}},
        {"kind": "image", "text": "", "picture": {"media_type": "image/png", "width": 1, "height": 1}},
    ],
)
def test_an_element_out_of_shape_is_refused(value: object) -> None:
    with pytest.raises(Malformed):
        from_json(Element, value)


def test_a_box_that_is_not_finite_is_no_box() -> None:
    element = Element(kind="paragraph", text="x", provenance=Provenance(page=1, box=(0.0, math.nan, 1.0, math.inf)))
    back = from_json(Element, loads(dumps(to_json(element))))
    assert back == replace(element, provenance=Provenance(page=1))


def errors() -> Iterator[IngestError]:
    for kind in (IngestError, UnreadableFile, UnsupportedFormat, NothingRead, NotAChat):
        yield kind("a.zip!/x", "is wrong; repair it")
    yield TooLarge("a.zip", "pages", 10, 20, "pages")
    yield TooLarge("a.zip", "items", 10, 20, "elements", "SandboxLimits")


@pytest.mark.parametrize("problem", tuple(errors()), ids=lambda one: type(one).__name__)
def test_an_error_comes_back_with_its_kind_and_words(problem: IngestError) -> None:
    answer = Answer(JOB, DEFAULT_SANDBOX)
    answer.take(refusal_frame(problem))
    with pytest.raises(type(problem)) as caught:
        answer.result()
    assert (type(caught.value), caught.value.__reduce__()) == (type(problem), problem.__reduce__())


@pytest.mark.parametrize(
    "problem",
    [
        TooLarge("a", "items", 10, 20, "elements", "SandboxLimits"),
        ParserCrashed("a", "SIGSEGV ended its parser", signal=11),
        ParserTimedOut("a", "cpu_seconds", 20.0),
        ParserOutOfMemory("a", 1024),
    ],
)
def test_an_error_survives_pickling_between_our_own_processes(problem: IngestError) -> None:
    back = pickle.loads(pickle.dumps(problem))
    assert (type(back), str(back), back.__reduce__()) == (type(problem), str(problem), problem.__reduce__())


@given(st.lists(st.binary(max_size=30), max_size=6), st.integers(1, 9))
def test_frames_come_out_whole_however_they_are_cut(payloads: list[bytes], step: int) -> None:
    stream = b"".join(map(frame, payloads))
    buffer = FrameBuffer(30)
    got = [one for at in range(0, len(stream), step) for one in buffer.feed(stream[at : at + step])]
    assert got == payloads


def test_a_frame_over_the_limit_is_refused_by_its_prefix() -> None:
    with pytest.raises(FrameTooLong):
        list(FrameBuffer(10).feed(frame(b"x" * 11)[:4]))


def test_more_elements_than_allowed_are_refused_on_both_sides() -> None:
    few = SandboxLimits(items=3)
    element = Element(kind="paragraph", text="x")
    document = Document(
        title="", name="a.zip", media_type="", elements=(element,) * 3,
        content_hash=hashlib.sha256(JOB.data).hexdigest(),
    )  # fmt: skip
    with pytest.raises(TooLarge, match="SandboxLimits"):
        list(answer_frames((document,), name="a.zip", limits=few))
    answer = Answer(JOB, few)
    with pytest.raises(Malformed):
        for payload in answer_frames((document,), name="a.zip", limits=DEFAULT_SANDBOX):
            answer.take(payload)


def test_the_budget_grows_with_pages_as_far_as_they_can_be_believed() -> None:
    limits = SandboxLimits(cpu_seconds=20, cpu_seconds_per_page=1, cpu_seconds_per_read_page=1, bytes_per_page=1_000)
    budgets = [
        limits.cpu_budget(size=5_000, pages=None, most_pages=100),
        limits.cpu_budget(size=500_000, pages=50, most_pages=100),
        limits.cpu_budget(size=500_000, pages=10**9, most_pages=100),
        limits.cpu_budget(size=2_560, pages=10**9, most_pages=100),
    ]
    assert budgets == [25, 70, 120, 31]


def test_a_job_can_say_all_that_read_can_be_told() -> None:
    parameters = inspect.signature(read).parameters
    assert [field.name for field in fields(Job)] == list(parameters)
    assert {name: field.default for name, field in parameters.items() if name not in ("data", "name")} == {
        field.name: field.default for field in fields(Job) if field.name not in ("data", "name")
    }
    assert list(inspect.signature(Sandbox.read).parameters)[1:] == list(parameters)


@pytest.mark.parametrize("at", ["2024-05-01", datetime(2024, 5, 1, tzinfo=UTC), None])
def test_every_argument_reaches_the_worker(at: str | datetime | None) -> None:
    chat = b'[{"role": "user", "content": "some words"}]'
    with Sandbox(workers=1) as sandbox:
        assert sandbox.read(chat, name="c.json", chat_time=at) == read(chat, name="c.json", chat_time=at)
        page = "# Caf\u00e9 au lait".encode("cp1252")
        assert sandbox.read(page, name="page", media_type="text/markdown", encoding="cp1252") == read(
            page, name="page", media_type="text/markdown", encoding="cp1252"
        )
        with pytest.raises(TooLarge, match="file_bytes = 3"):
            sandbox.read(b"four", name="a.txt", limits=Limits(file_bytes=3))
        with pytest.raises(TooLarge, match="text_bytes = 3"):
            sandbox.read(b"four", name="a.txt", limits=Limits(text_bytes=3))


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="memory_bytes"):
        SandboxLimits(memory_bytes=0)
