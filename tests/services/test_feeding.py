"""Feeding files, folders, chats and texts, as a user does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.model.scope import everything
from tests.services.conftest import Clock

HANDBOOK = """# Harbour handbook

## Valves

The tunnel valve V-117 is shut at every spring tide.

Ruth Adeyemi signs off all valve work.

## Pumps

P-2 is the middle pump. It was rebuilt by Calder & Sons in 2019.
"""


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("kb")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    (made / "inner").mkdir(parents=True)
    (made / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
    (made / "inner" / "note.txt").write_text("Oskar Brandt keeps the key of the stop-logs.", encoding="utf-8")
    return made


def all_nodes(cube: CubeHandle) -> int:
    return cube._context.store.count(everything(cube.name))


def test_a_folder_is_taken_in_with_every_file_below_it(cube: CubeHandle, folder: Path) -> None:
    report = cube.add(folder)
    assert [(fed.name, fed.outcome) for fed in report.fed] == [("handbook.md", "new"), ("inner/note.txt", "new")]
    kinds, edges = cube.stats()
    assert kinds["Document"] == 2
    assert kinds["Section"] == 3
    assert edges["PARENT"] >= 5


def test_what_add_returned_the_next_search_finds(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder)
    hit = cube.search("who keeps the stop-log key?", top_k=1)[0]
    assert "Oskar Brandt" in hit.text
    assert hit.sources[0].uri == "inner/note.txt"
    assert (
        hit.text == (folder / "inner/note.txt").read_text(encoding="utf-8")[hit.sources[0].start : hit.sources[0].end]
    )


def test_ingesting_the_same_bytes_twice_writes_nothing(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder)
    before, changes = all_nodes(cube), cube.history()
    again = cube.add(folder)
    assert [fed.outcome for fed in again.fed] == ["unchanged", "unchanged"]
    assert again.nodes == () and again.edges == ()
    assert (all_nodes(cube), cube.history()) == (before, changes)


def test_a_changed_file_writes_only_what_changed(cube: CubeHandle, folder: Path, clock: Clock) -> None:
    cube.add(folder)
    before = {node.id for node in cube.list(limit=1000)}
    clock.skip(days=1)
    changed = HANDBOOK.replace("Calder & Sons in 2019", "Calder & Sons in 2024")
    (folder / "handbook.md").write_text(changed, encoding="utf-8")
    report = cube.add(folder)
    assert [fed.outcome for fed in report.fed] == ["changed", "unchanged"]
    now = {node.id for node in cube.list(limit=1000)}
    assert len(now - before) == 1 and len(before - now) == 1
    (new,) = cube.get_many(list(now - before))
    assert "2024" in new.text


def test_an_old_passage_stays_findable_as_of_its_time(cube: CubeHandle, folder: Path, clock: Clock) -> None:
    cube.add(folder)
    then = clock.skip(days=1)
    clock.skip(days=1)
    (folder / "handbook.md").write_text(HANDBOOK.replace("Ruth Adeyemi", "Ines Varga"), encoding="utf-8")
    cube.add(folder)
    now = cube.search("who signs off valve work?", top_k=3)
    past = cube.search("who signs off valve work?", top_k=3, as_of=then)
    known = cube.search("who signs off valve work?", top_k=3, known_at=then)
    assert "Ines Varga" in now[0].text and all("Ruth Adeyemi" not in hit.text for hit in now)
    for hits in (past, known):
        assert "Ruth Adeyemi" in hits[0].text and all("Ines Varga" not in hit.text for hit in hits)
    edges = cube.edges(now[0].id, kinds=["SUPERSEDES"])
    assert any(edge.from_id == now[0].id and edge.to_id == past[0].id for edge in edges)


def test_a_file_that_goes_back_to_its_old_text_gets_its_old_passage_back(
    cube: CubeHandle, folder: Path, clock: Clock
) -> None:
    cube.add(folder)
    first = cube.search("who signs off valve work?", top_k=1)[0].id
    for name in ("Ines Varga", "Ruth Adeyemi"):
        clock.skip(days=1)
        (folder / "handbook.md").write_text(HANDBOOK.replace("Ruth Adeyemi", name), encoding="utf-8")
        cube.add(folder)
    hits = cube.search("who signs off valve work?", top_k=3)
    assert hits[0].id == first
    assert all("Ines Varga" not in hit.text for hit in hits)


def test_one_bad_file_never_stops_the_rest(cube: CubeHandle, folder: Path) -> None:
    (folder / "a-empty.txt").write_bytes(b"")
    (folder / "b-latin.txt").write_bytes(b"caf\xe9 \xff\xfe\x00 \x81 broken")
    (folder / "c.xyz").write_bytes(b"\x00\x01\x02 unknown")
    report = cube.add(folder)
    assert {fed.name for fed in report.failed} == {"a-empty.txt", "b-latin.txt", "c.xyz"}
    assert all(fed.problem for fed in report.failed)
    assert report.count("new") == 2


def test_a_chat_becomes_sessions_and_messages_with_their_speakers(cube: CubeHandle) -> None:
    messages = [
        {"role": "user", "name": "Ines", "content": "Did Greta clear the rack?", "chat_time": "2025-03-19 08:00"},
        {"role": "assistant", "name": "Tomas", "content": "Yes, on Tuesday."},
    ]
    report = cube.add(messages, conversation="quay")
    kinds, edges = cube.stats()
    assert report.fed[0].outcome == "new"
    assert (kinds["Session"], kinds["Message"]) == (1, 2)
    assert edges["SAID_BY"] == 2 and edges["FOLLOWS"] == 1


def test_new_messages_of_a_known_chat_follow_its_last(cube: CubeHandle) -> None:
    first = [{"role": "user", "content": "The pump is out.", "chat_time": "2025-03-19 08:00"}]
    more = [{"role": "user", "content": "It runs again.", "chat_time": "2025-03-19 09:00"}]
    cube.add(first, conversation="quay")
    cube.add(more, conversation="quay")
    whole = cube.add(first + more, conversation="quay")
    kinds, edges = cube.stats()
    assert kinds["Message"] == 2 and edges["FOLLOWS"] == 1
    assert not [i for i in whole.nodes if i.startswith("msg")]


def test_a_chat_file_is_told_from_other_json(cube: CubeHandle, tmp_path: Path) -> None:
    said = {"role": "user", "content": "The pump is out."}
    files = {"chat": [said], "other": {"pump": "It stands in the hall."}, "broken": [{**said, "role": "robot"}]}
    for name, value in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    report = cube.add(tmp_path)
    assert {fed.name: fed.outcome for fed in report.fed} == {
        "broken.json": "failed", "chat.json": "new", "other.json": "new",
    }  # fmt: skip
    assert "robot" in report.failed[0].problem
    kinds = cube.stats()[0]
    assert (kinds["Message"], kinds["Passage"]) == (1, 1)


def test_a_text_is_kept_once_however_often_it_is_added(cube: CubeHandle) -> None:
    first = cube.add("Ines prefers the window seat on the ferry.", tags=["travel"])
    again = cube.add("Ines prefers the window seat on the ferry.")
    assert first.ids == again.ids and again.fed[0].outcome == "unchanged"
    assert cube.get(first.ids[0]).tags == ("travel",)


def test_the_end_of_a_long_text_can_be_found(cube: CubeHandle) -> None:
    filler = " ".join(f"The watch noted reading number {i} of the gauge without remark." for i in range(120))
    cube.add_text(f"{filler} The heron nests on the western mole.")
    assert "heron" in cube.search("where does the heron nest?", top_k=1)[0].text


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_empty_text_is_refused(cube: CubeHandle, text: str) -> None:
    with pytest.raises(Invalid):
        cube.add_text(text)


def test_a_path_that_is_not_there_is_not_stored_as_a_text(
    cube: CubeHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("docs/", "no/such/file.md", "missing.pdf"):
        with pytest.raises(Invalid, match="no such file"):
            cube.add(path)
    with pytest.raises(NotSupported):
        cube.add("https://example.org/page")
    assert cube.stats()[0] == {}


def test_pieces_of_a_deleted_document_go_with_it_and_come_back_when_it_is_fed_again(
    cube: CubeHandle, folder: Path
) -> None:
    report = cube.add(folder / "handbook.md")
    cube.delete(report.fed[0].root)
    assert "Passage" not in cube.stats()[0]
    assert cube.add(folder / "handbook.md").fed[0].outcome == "changed"
    assert "P-2" in cube.search("which is the middle pump?", top_k=1)[0].text
