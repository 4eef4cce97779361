"""Messages with files, pictures and calls of tools, as nodes."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.reading import InProcess

HERE = FeedOptions(reader=InProcess())
REPORT = "# Report\n\nThe middle pump was rebuilt by Ruth Adeyemi."
CALLS = [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"b": 1, "a": 2}'}}]


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("kb")


def talk(report: str = REPORT) -> list[dict[str, Any]]:
    packed = base64.b64encode(report.encode()).decode()
    return [
        {"role": "user", "chat_time": "2025-03-19 08:00", "content": [
            {"type": "text", "text": "Please look at this."},
            {"type": "file", "file": {"filename": "report.md", "file_data": packed}},
            {"type": "file", "file": {"file_data": "https://example.org/plan.pdf"}},
        ]},
        {"role": "assistant", "tool_calls": CALLS},
        {"role": "tool", "tool_call_id": "call_1", "content": "7 degrees"},
    ]  # fmt: skip


def test_a_file_in_a_message_becomes_a_document_below_it(cube: CubeHandle) -> None:
    report = cube.add(talk(), conversation="quay", options=HERE)
    assert [(fed.name, fed.outcome) for fed in report.fed] == [("quay!/1/report.md", "new"), ("quay", "new")]
    document, chat = report.fed
    (edge,) = [e for e in cube.edges(document.root, kinds=["PARENT"]) if e.from_id == document.root]
    assert cube.get(edge.to_id).text.startswith("Please look at this.\n[file: report.md]")
    assert "middle pump" in cube.search("who rebuilt the middle pump?", top_k=1)[0].text
    (unread,) = chat.unread
    assert "https://example.org/plan.pdf" in unread and "not fetched" in unread
    cube.delete(chat.root)
    assert "Document" not in cube.stats()[0]


def test_calls_of_tools_are_kept_verbatim_on_their_messages(cube: CubeHandle) -> None:
    cube.add(talk(), conversation="quay", options=HERE)
    messages = {str(node.info["role"]): node for node in cube.list(limit=100) if node.kind == "Message"}
    assert json.loads(json.dumps(messages["assistant"].info["tool_calls"])) == CALLS
    assert messages["tool"].info["tool_call_id"] == "call_1"


def test_the_same_messages_again_write_nothing_and_another_file_in_them_is_taken_in(cube: CubeHandle) -> None:
    cube.add(talk(), conversation="quay", options=HERE)
    again = cube.add(talk(), conversation="quay", options=HERE)
    assert again.nodes == () and [fed.outcome for fed in again.fed] == ["unchanged"]
    changed = cube.add(talk(REPORT.replace("Ruth Adeyemi", "Ines Varga")), conversation="quay", options=HERE)
    assert changed.fed[0].outcome == "changed"
    assert "Ines Varga" in cube.search("who rebuilt the middle pump?", top_k=1)[0].text


def test_a_chat_file_is_read_with_its_parts_in_other_processes(cube: CubeHandle, tmp_path: Path) -> None:
    (tmp_path / "talk.json").write_text(json.dumps(talk()), encoding="utf-8")
    report = cube.add(tmp_path)
    assert [fed.name for fed in report.fed] == ["talk.json!/1/report.md", "talk.json"]
    assert cube.stats()[0]["Message"] == 3


def test_a_file_that_cannot_be_read_is_said_and_the_messages_are_in(cube: CubeHandle) -> None:
    broken = base64.b64encode(b"%PDF-1.7 and then nothing of the sort").decode()
    content = [
        {"type": "text", "text": "See this."},
        {"type": "file", "file": {"filename": "x.pdf", "file_data": broken}},
    ]
    report = cube.add([{"role": "user", "content": content}], conversation="quay", options=HERE)
    assert [fed.outcome for fed in report.fed] == ["new"]
    assert any("x.pdf" in said for said in report.fed[0].unread)


def test_a_picture_in_a_message_keeps_its_facts_and_never_its_bytes(cube: CubeHandle) -> None:
    image = pytest.importorskip("PIL.Image", reason="pictures are read by Pillow")
    drawn = io.BytesIO()
    image.new("RGB", (64, 32), "red").save(drawn, "PNG")
    packed = base64.b64encode(drawn.getvalue()).decode()
    url = {"url": f"data:image/png;base64,{packed}", "caption": "The red valve house"}
    cube.add(
        [{"role": "user", "content": [{"type": "image_url", "image_url": url}]}], conversation="quay", options=HERE
    )
    (node,) = [node for node in cube.list(limit=100) if node.kind == "Image"]
    assert (node.info["width"], node.info["height"], node.info["media_type"]) == (64, 32, "image/png")
    assert node.text.startswith("The red valve house")
    assert packed[:40] not in json.dumps(dict(node.info)) and str(node.info["href"]).startswith("sha256:")
