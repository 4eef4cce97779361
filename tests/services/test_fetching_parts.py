"""What messages carry by an address, fetched on request."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import NotSupported
from memos_graph.providers.web import Fetcher, WebOptions
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.reading import InProcess
from tests.providers.web_site import Site, answer, serving

PLAN = b"# Plan\n\nThe middle pump is rebuilt by Ruth Adeyemi in May."
FETCH = FeedOptions(reader=InProcess(), fetch=True)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture
def cube(graph: Graph, site: Site) -> CubeHandle:
    fetcher = Fetcher(WebOptions(allow=(site.place,), delay_s=0.0))
    handle = graph.cube("kb")
    return replace(handle, _context=replace(graph.context, web=lambda: fetcher))


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "red").save(out, "PNG")
    return out.getvalue()


def talk(*urls: str) -> list[dict[str, Any]]:
    image, *files = urls
    return [
        {"role": "user", "chat_time": "2025-03-19 08:00", "content": [
            {"type": "text", "text": "Please look at these."},
            {"type": "image_url", "image_url": {"url": image}},
            *({"type": "file", "file": {"file_data": url}} for url in files),
        ]},
        {"role": "assistant", "content": "I have."},
    ]  # fmt: skip


def test_on_request_what_stands_at_an_address_is_read_as_if_it_had_come_along(cube: CubeHandle, site: Site) -> None:
    site.pages |= {
        "/red.png": answer(body=picture(), kind="image/png"),
        "/plan.md": answer(body=PLAN, kind="text/markdown"),
    }
    report = cube.add(talk(site.url("/red.png"), site.url("/plan.md")), conversation="quay", options=FETCH)
    document, chat = report.fed
    assert document.name == "quay!/1/plan.md"
    assert "in May" in cube.search("who rebuilds the middle pump?", top_k=1)[0].text
    (image,) = cube.list(filter={"kind": "Image"})
    facts = image.info
    assert facts["width"] == 320
    assert not any("was not fetched" in line for line in chat.unread)
    again = cube.add(talk(site.url("/red.png"), site.url("/plan.md")), conversation="quay", options=FETCH)
    assert {fed.outcome for fed in again.fed} == {"unchanged"}


def test_without_the_request_nothing_is_fetched_and_that_is_said(cube: CubeHandle, site: Site) -> None:
    site.pages["/red.png"] = answer(body=picture(), kind="image/png")
    (chat,) = cube.add(talk(site.url("/red.png")), conversation="quay", options=replace(FETCH, fetch=False)).fed
    assert any("was not fetched; add with fetch" in line for line in chat.unread)
    assert not site.asked


def test_an_address_that_is_not_to_be_had_says_why_and_the_chat_is_in(cube: CubeHandle, site: Site) -> None:
    local = "http://127.0.0.1:9/secret.png"
    (chat,) = cube.add(talk(local, site.url("/none.md")), conversation="quay", options=FETCH).fed
    assert chat.outcome == "new"
    said = "\n".join(chat.unread)
    assert local in said and "allow 127.0.0.1:9" in said
    assert "404" in said


def test_a_graph_without_the_web_refuses_before_anything_is_written(graph: Graph) -> None:
    with pytest.raises(NotSupported, match="without the web"):
        graph.cube("kb").add(talk("https://example.org/a.png"), conversation="quay", options=FETCH)
    assert not graph.cube("kb").stats()[0]
