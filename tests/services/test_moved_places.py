"""Hits of moved files, and messages with files, in the rest of the engine."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

from memos_graph.app import Graph
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.reading import InProcess
from memos_graph.services.remember.report import Report

HERE = FeedOptions(reader=InProcess())


def test_a_hit_in_a_moved_file_still_tells_its_characters(graph: Graph, tmp_path: Path) -> None:
    cube = graph.cube("kb")
    text = "# Keys\n\n## Stop-logs\n\nOskar Brandt keeps the key of the stop-logs."
    (tmp_path / "keys.md").write_text(text, encoding="utf-8")
    cube.add(tmp_path, options=HERE)
    (tmp_path / "keys.md").rename(tmp_path / "locks.md")
    cube.add(tmp_path, options=HERE)
    source = cube.search("who keeps the key?", top_k=1)[0].sources[0]
    assert (source.uri, text[source.start : source.end]) == ("locks.md", "Oskar Brandt keeps the key of the stop-logs.")


def test_a_message_that_is_deleted_takes_its_files_along(graph: Graph) -> None:
    cube = graph.cube("kb")
    packed = base64.b64encode(b"# Report\n\nThe middle pump was rebuilt.").decode()
    content = [{"type": "file", "file": {"filename": "r.md", "file_data": packed}}]
    cube.add([{"role": "user", "content": content}], conversation="quay", options=HERE)
    (message,) = [node for node in cube.list(limit=100) if node.kind == "Message"]
    cube.delete(message.id)
    assert "Passage" not in cube.stats()[0]


def test_a_cube_can_be_told_to_follow_a_folder(graph: Graph, tmp_path: Path) -> None:
    cube, stop, reports = graph.cube("kb"), threading.Event(), list[Report]()
    (tmp_path / "a.md").write_text("The pump stands in the hall.")

    def tell(report: Report) -> None:
        reports.append(report)
        stop.set()

    cube.watch(tmp_path, stop=stop, tell=tell, options=HERE)
    assert [fed.outcome for fed in reports[0].fed] == ["new"]
