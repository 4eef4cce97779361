"""The demo on the examples and on a visitor's folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from memos_graph.interfaces.demo import material

from .conftest import Cli


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A visitor's folder: two files that share a name, one with nothing to read in it."""
    place = tmp_path / "mine"
    place.mkdir()
    (place / "boats.md").write_text("# Boats\n\nGreta Sollis keeps the Blue Heron at pier four of the old harbour.\n")
    (place / "dives.md").write_text(
        "# Dives\n\nOn Tuesday Greta Sollis dived twice and cleared the rack of driftwood.\n"
    )
    (place / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    return place


@contextmanager
def served(page: bytes) -> Iterator[str]:
    """HOST:PORT of a site on loopback whose only page, under every name but robots.txt, this is."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path != "/robots.txt"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page if found else b"")

        def log_message(self, *_: object) -> None:
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=site.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{site.server_address[1]}"
    finally:
        site.shutdown()
        thread.join()
        site.server_close()


@pytest.mark.long
def test_the_demo_finds_by_graph_what_vectors_miss_and_shows_all_it_promises(cli: Cli, tmp_path: Path) -> None:
    ran = cli("demo", "--json")
    assert ran.code == 0, ran.err
    told = ran.json
    assert {source["name"] for source in told["fed"]["sources"]} >= {"handbook.md", "incident-report.pdf", "visit.html"}
    assert all(source["outcome"] == "new" for source in told["fed"]["sources"])
    assert told["shape"]["nodes"]["Passage"] > 20
    assert told["shape"]["edges"]["MENTIONS"] > 100
    shown = told["questions"]["shown"]
    assert len(shown) == 3
    won = [q for q in shown if q["rank"] and q["rank"] <= 5 and (q["vector_rank"] is None or q["vector_rank"] > 5)]
    assert won
    assert all(q["hit"]["path"] and q["hit"]["routes"] for q in won)
    assert "Ruth Adeyemi" in told["changed"]["before"]["text"]
    assert "Ines Varga" in told["changed"]["after"]["text"]
    assert "Ruth Adeyemi" in told["changed"]["as_of"]["text"]
    assert told["changed"]["old"]["valid_to"]
    assert told["twice"]["wrote"] == 0
    assert told["twice"]["unchanged"] == told["twice"]["sources"]
    assert told["twice"]["nodes"][0] == told["twice"]["nodes"][1]
    assert told["twice"]["last_change"][0] == told["twice"]["last_change"][1]
    drawn = Path(told["picture"]["path"])
    assert drawn.parent == tmp_path
    assert drawn.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.long
def test_the_demo_shows_where_a_figure_a_table_a_scan_and_a_page_of_the_web_came_from(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "High water at Aldermouth on Friday is at ten past two; the sea gates are shut an hour before it."
    page = f"<html><title>Tide bulletin</title><body><h1>Tide bulletin</h1><p>{said}</p></body></html>".encode()
    with served(page) as host:
        monkeypatch.setenv("MEMOS_GRAPH_WEB_ALLOW", host)
        ran = cli("demo", "--url", f"http://{host}/bulletin", "--json")
    assert ran.code == 0, ran.err
    told = ran.json["places"]
    by_name = {memory["sources"][0]["uri"]: memory for memory in told["memories"]}
    figure = by_name["incident-report.pdf"]
    assert figure["kind"] == "Image" and figure["text"].startswith("Figure 1")
    assert figure["sources"][0]["page"] and len(figure["sources"][0]["box"]) == 4
    table = by_name["pump-tests.docx"]
    assert table["kind"] == "Table" and "| P-2 |" in table["text"]
    assert by_name["dive-slip.png"]["kind"] in ("Image", "Passage")
    assert by_name[f"http://{host}/bulletin"]["text"] == said
    assert told["page"]["id"] == figure["id"]
    with Image.open(told["page"]["path"]) as drawn:
        assert (208, 48, 32) in {colour for _, colour in drawn.getcolors(maxcolors=1 << 24) or ()}


def test_a_visitors_folder_is_shown_and_not_touched(cli: Cli, folder: Path) -> None:
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    ran = cli("demo", "--data", str(folder), "--picture", "mine.svg")
    assert ran.code == 0, ran.err
    assert "broken.pdf" in ran.out
    assert "Greta Sollis" in ran.out
    assert "by vectors alone" in ran.out
    assert "This sentence was added by the demo" in ran.out
    assert "-SUPERSEDES->" in ran.out
    assert Path("mine.svg").is_file()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before


def test_a_folder_without_anything_to_read_says_so(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = cli("demo", "--data", "empty")
    assert ran.code == 0
    assert "nothing" in ran.out


def test_the_prepared_questions_have_answers_and_proofs_in_the_files_that_are_fed() -> None:
    place = material.folder()
    questions = material.questions(place)
    assert len(questions) >= 10
    texts = [
        path.read_text(encoding="utf-8")
        for name in material.FED
        for path in ([place / name] if (place / name).is_file() else sorted((place / name).iterdir()))
        if path.suffix not in (".pdf", ".docx", ".png")
    ]
    for question in questions:
        assert question.answer
        assert any(question.quote in text for text in texts), question.quote
