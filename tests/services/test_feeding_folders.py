"""A folder fed whole and again: what changed, moved, went, was left out; and which file is which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.reading import InProcess, Read
from memos_graph.services.remember.report import Report
from memos_ingest import Element, PictureFacts, parse
from memos_ingest.sandbox import Job
from tests.services.conftest import Clock

HERE = FeedOptions(reader=InProcess())  # the real one costs a process for each worker; some tests below use it
PRUNE = FeedOptions(reader=InProcess(), prune=True)

HANDBOOK = """# Harbour handbook

## Valves

The tunnel valve V-117 is shut at every spring tide.

| Valve | Keeper |
| --- | --- |
| V-117 | Ruth Adeyemi |
| V-118 | Ines Varga |

![The valve house](valves.png)

## Pumps

P-2 is the middle pump. It was rebuilt by Calder & Sons in 2019.

## Tides

Spring tides come twice a month.
"""
NOTE = "Oskar Brandt keeps the key of the stop-logs."


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("kb")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    (made / "inner").mkdir(parents=True)
    (made / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
    (made / "inner" / "note.txt").write_text(NOTE, encoding="utf-8")
    return made


def outcomes(report: Report) -> dict[str, str]:
    return {fed.name: fed.outcome for fed in report.fed}


def live(cube: CubeHandle) -> dict[str, Node]:
    return {node.id: node for node in cube.list(limit=1000)}


def follows(cube: CubeHandle) -> list[str]:
    """Texts of the passages and tables that FOLLOWS joins, from the first to the last."""
    nodes = live(cube)
    after = {e.to_id: e.from_id for e in cube.edges(kinds=["FOLLOWS"]) if e.valid_to is None and e.from_id in nodes}
    after = {to: start for to, start in after.items() if to in nodes}
    (first,) = set(after) - set(after.values())
    chain = [first]
    while chain[-1] in after:
        chain.append(after[chain[-1]])
    return [nodes[identity].text for identity in chain]


# --- changed


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("| V-118 | Ines Varga |", "| V-118 | Tomas Lund |", {"Table"}),
        ("valves.png", "valves-2.png", {"Image"}),
        ("## Tides", "## Tides and moons", {"Section", "Passage"}),
        ("twice a month", "twice a lunar month", {"Passage"}),
    ],
)
def test_a_change_to_one_element_leaves_every_other_node_as_it_was(
    cube: CubeHandle, folder: Path, clock: Clock, old: str, new: str, kinds: set[str]
) -> None:
    cube.add(folder, options=HERE)
    before, edges = live(cube), {edge.id for edge in cube.edges() if edge.kind != "MENTIONS"}
    clock.skip(days=1)
    (folder / "handbook.md").write_text(HANDBOOK.replace(old, new), encoding="utf-8")
    assert outcomes(cube.add(folder, options=HERE)) == {"handbook.md": "changed", "inner/note.txt": "unchanged"}
    now = live(cube)
    gone, come = set(before) - set(now), set(now) - set(before)
    assert {now[i].kind for i in come} - {"Entity"} <= kinds and come
    assert {before[i].kind for i in gone} - {"Entity"} <= kinds
    for identity in set(before) & set(now) - {i for i in now if now[i].kind == "Document"}:
        assert (before[identity].text, before[identity].created_at) == (now[identity].text, now[identity].created_at)
    stayed = {e.id for e in cube.edges() if e.from_id not in come and e.to_id not in come and e.kind != "MENTIONS"}
    touched_gone = {e.id for e in cube._context.store.edges(everything("kb"), touching=list(gone))} if gone else set()
    assert edges - touched_gone <= stayed
    kept_kinds = {edge.kind for edge in cube._context.store.edges(everything("kb"), touching=list(come))}
    assert "SUPERSEDES" in kept_kinds or "Section" in kinds


def test_order_is_whole_after_a_passage_went_came_back_and_was_moved(
    cube: CubeHandle, folder: Path, clock: Clock
) -> None:
    parts = ["Alpha stands first here.", "Beta stands in the midst.", "Gamma stands at the last."]
    file = folder / "order.md"

    def write(order: list[int]) -> list[str]:
        clock.skip(days=1)
        file.write_text("\n\n".join(f"## Part {at}\n\n{parts[at]}" for at in order), encoding="utf-8")
        cube.add(file, options=HERE)
        return follows(cube)

    for order in ([0, 1, 2], [0, 2], [0, 1, 2], [2, 0, 1]):
        assert write(order) == [parts[at] for at in order]


# --- moved


def test_a_moved_file_keeps_every_node_and_its_sources_lead_to_the_new_place(
    cube: CubeHandle, folder: Path, clock: Clock
) -> None:
    first = cube.add(folder, options=HERE)
    before = live(cube)
    (folder / "inner" / "note.txt").rename(folder / "keys.txt")
    clock.skip(days=1)
    report = cube.add(folder, options=PRUNE)
    assert outcomes(report) == {"handbook.md": "unchanged", "keys.txt": "moved"}
    (moved,) = [fed for fed in report.fed if fed.outcome == "moved"]
    assert (moved.was, moved.root) == ("inner/note.txt", first.fed[1].root)
    now = live(cube)
    assert set(now) == set(before)
    (passage,) = [node for node in now.values() if node.text == NOTE]
    assert (passage.sources[0].uri, passage.key, passage.version) == ("keys.txt", "keys", 2)
    assert passage.vectors.keys() == before[passage.id].vectors.keys()
    assert (now[moved.root].key, now[moved.root].text) == ("keys.txt", "keys")
    assert "Oskar Brandt" in cube.search("who keeps the key of the stop-logs?", top_k=1)[0].text
    assert outcomes(cube.add(folder, options=PRUNE)) == {"handbook.md": "unchanged", "keys.txt": "unchanged"}


def test_a_moved_file_that_changes_later_keeps_what_did_not_change(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder, options=HERE)
    (folder / "handbook.md").rename(folder / "manual.md")
    cube.add(folder, options=HERE)
    before = live(cube)
    (folder / "manual.md").write_text(HANDBOOK.replace("twice a month", "twice a moon"), encoding="utf-8")
    report = cube.add(folder, options=HERE)
    assert outcomes(report) == {"inner/note.txt": "unchanged", "manual.md": "changed"}
    now = live(cube)
    texts = {now[i].text for i in set(now) - set(before) if now[i].kind != "Entity"}
    assert texts == {"Spring tides come twice a moon."}
    assert {node.sources[0].uri for node in now.values() if node.sources} == {"manual.md", "inner/note.txt"}


def test_a_new_file_at_a_moved_files_old_name_is_a_document_of_its_own(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder, options=HERE)
    (folder / "handbook.md").rename(folder / "manual.md")
    cube.add(folder, options=HERE)
    (folder / "handbook.md").write_text("# Another\n\nBirds nest on the western mole.", encoding="utf-8")
    report = cube.add(folder, options=HERE)
    assert outcomes(report)["handbook.md"] == "new"
    assert {node.key for node in live(cube).values() if node.kind == "Document"} == {
        "manual.md", "handbook.md", "inner/note.txt",
    }  # fmt: skip
    again = cube.add(folder, options=HERE)
    assert set(outcomes(again).values()) == {"unchanged"} and not again.nodes


def test_a_copy_is_a_document_of_its_own_while_the_first_is_still_there(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder, options=HERE)
    (folder / "copy.txt").write_text(NOTE, encoding="utf-8")
    assert outcomes(cube.add(folder, options=HERE))["copy.txt"] == "new"


def test_a_renamed_folder_keeps_its_documents_under_their_names(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder, options=HERE)
    before = set(live(cube))
    renamed = folder.rename(folder.parent / "papers")
    assert set(outcomes(cube.add(renamed, options=HERE)).values()) == {"moved"}
    assert set(live(cube)) == before
    assert set(outcomes(cube.add(renamed, options=PRUNE)).values()) == {"unchanged"}


def test_files_of_one_name_in_two_folders_do_not_overwrite_each_other(cube: CubeHandle, tmp_path: Path) -> None:
    for name, words in (("a", "The red boat leaks."), ("b", "The blue boat floats.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text(words, encoding="utf-8")
        assert outcomes(cube.add(tmp_path / name, options=HERE)) == {"README.md": "new"}
    for name, changed in (("a", "The red boat sinks."), ("b", "The blue boat sails.")):
        (tmp_path / name / "README.md").write_text(changed, encoding="utf-8")
        assert outcomes(cube.add(tmp_path / name, options=HERE)) == {"README.md": "changed"}
    assert {n.text for n in live(cube).values() if n.kind == "Passage"} == {
        "The red boat sinks.",
        "The blue boat sails.",
    }
    (tmp_path / "a" / "README.md").unlink()
    assert outcomes(cube.add(tmp_path / "a", options=PRUNE)) == {"README.md": "retired"}
    assert {n.text for n in live(cube).values() if n.kind == "Passage"} == {"The blue boat sails."}


def test_a_chat_file_that_moves_keeps_its_messages(cube: CubeHandle, folder: Path) -> None:
    (folder / "talk.json").write_text('[{"role": "user", "content": "The pump hums.", "chat_time": "2025-01-01"}]')
    cube.add(folder, options=HERE)
    before = {node.id for node in live(cube).values()}
    (folder / "talk.json").rename(folder / "chat.json")
    assert outcomes(cube.add(folder, options=PRUNE))["chat.json"] == "moved"
    now = live(cube)
    assert set(now) == before
    (message,) = [node for node in now.values() if node.kind == "Message"]
    assert (message.sources[0].uri, message.text) == ("chat.json", "The pump hums.")
    (session,) = [node for node in now.values() if node.kind == "Session"]
    assert (session.key, session.text) == ("chat.json", "chat.json, 2025-01-01 00:00")


# --- gone


def test_a_deleted_files_document_goes_with_all_that_only_it_named(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder, options=HERE)
    (folder / "handbook.md").unlink()
    assert outcomes(cube.add(folder, options=HERE)) == {"inner/note.txt": "unchanged"}
    assert "P-2" in cube.search("which is the middle pump?", top_k=1)[0].text  # nothing goes unasked
    report = cube.add(folder, options=PRUNE)
    assert outcomes(report) == {"inner/note.txt": "unchanged", "handbook.md": "retired"}
    (fed,) = [fed for fed in report.fed if fed.outcome == "retired"]
    assert "gone" in fed.problem and fed.root in fed.nodes and fed.root not in report.ids
    rest = live(cube)
    assert {node.kind for node in rest.values()} == {"Document", "Passage", "Entity"}
    assert all("Adeyemi" not in node.text and "Calder" not in node.text for node in rest.values())
    assert any("Oskar Brandt" in node.text for node in rest.values() if node.kind == "Entity")
    assert cube.add(folder, options=PRUNE).nodes == ()


def test_a_file_that_is_back_after_pruning_has_its_nodes_again(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder, options=HERE)
    before = set(live(cube))
    (folder / "handbook.md").unlink()
    cube.add(folder, options=PRUNE)
    (folder / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
    cube.add(folder, options=PRUNE)
    assert set(live(cube)) == before


def test_pruning_leaves_alone_what_came_from_elsewhere(cube: CubeHandle, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Other\n\nThe other file says this.", encoding="utf-8")
    cube.add(tmp_path / "other.md", options=HERE)
    cube.add_text("A text that was given a name.", name="given.md")
    cube.add("Ines prefers the window seat.")
    cube.add_bytes(b"# Bytes\n\nThese came as bytes.", "bytes.md")
    cube.add(folder, options=HERE)
    (tmp_path / "other.md").unlink()
    (folder / "handbook.md").unlink()
    report = cube.add(folder, options=PRUNE)
    assert [fed.name for fed in report.fed if fed.outcome == "retired"] == ["handbook.md"]


def test_what_the_rules_leave_out_from_now_on_is_pruned_and_said_to_be(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder, options=HERE)
    (folder / ".memosignore").write_text("inner/\n")
    report = cube.add(folder, options=PRUNE)
    assert outcomes(report) == {"handbook.md": "unchanged", "inner": "ignored", "inner/note.txt": "retired"}
    assert not report.failed
    assert next(fed.problem for fed in report.fed if fed.outcome == "retired") == "its file is left out now"


def test_a_file_that_is_there_but_broken_now_is_not_pruned(cube: CubeHandle, folder: Path) -> None:
    cube.add(folder, options=HERE)
    (folder / "handbook.md").write_bytes(b"\xff\xfe\x00\xd8 \x81 broken")
    report = cube.add(folder, options=PRUNE)
    assert outcomes(report)["handbook.md"] == "failed" and report.count("retired") == 0
    assert "P-2" in cube.search("which is the middle pump?", top_k=1)[0].text


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(cube: CubeHandle, folder: Path) -> None:
    (folder / "old.md").write_text("# Old\n\nThis one will go.", encoding="utf-8")
    cube.add(folder, options=HERE)
    (folder / "old.md").unlink()
    (folder / "inner" / "note.txt").rename(folder / "keys.txt")
    (folder / "handbook.md").write_text(HANDBOOK + "\nMore.", encoding="utf-8")
    (folder / "fresh.md").write_text("# Fresh\n\nThis one is new.", encoding="utf-8")
    history = cube.history()
    report = cube.add(folder, options=FeedOptions(prune=True, dry_run=True))
    expected = {"fresh.md": "new", "handbook.md": "changed", "keys.txt": "moved", "old.md": "retired"}
    assert outcomes(report) == expected
    assert cube.history() == history and not report.nodes
    assert outcomes(cube.add(folder, options=PRUNE)) == expected


def test_pruning_a_single_file_is_refused(cube: CubeHandle, folder: Path) -> None:
    with pytest.raises(Invalid, match="prune"):
        cube.add(folder / "handbook.md", options=PRUNE)


# --- together


def test_files_are_parsed_in_other_processes_and_settled_in_order(cube: CubeHandle, folder: Path) -> None:
    for number in range(8):
        (folder / f"page{number}.html").write_text(f"<html><p>Page number {number} speaks of tides.</p></html>")
    heard: list[tuple[str, str]] = []
    report = cube.add(folder, listen=lambda name, stage, done, total: heard.append((stage, name)))
    names = ["handbook.md", "inner/note.txt", *(f"page{number}.html" for number in range(8))]
    assert [fed.name for fed in report.fed] == names and not report.failed
    for stage in ("listing", "parsing", "files"):
        assert [name for of, name in heard if of == stage and name] == names
    assert set(outcomes(cube.add(folder)).values()) == {"unchanged"}


def test_files_whose_bytes_are_in_are_not_parsed_again(cube: CubeHandle, folder: Path) -> None:
    class Counting(InProcess):
        names: list[str] = []  # noqa: RUF012

        def map(self, jobs):  # type: ignore[no-untyped-def]
            for job, came in super().map(jobs):
                self.names.append(job.name)
                yield job, came

    counting = FeedOptions(reader=Counting())
    cube.add(folder, options=counting)
    cube.add(folder, options=counting)
    assert Counting.names == ["handbook.md", "inner/note.txt"]


def test_stopping_between_files_keeps_what_is_in_and_the_next_run_goes_on(cube: CubeHandle, folder: Path) -> None:
    from memos_graph.services.remember.feed import feed_path

    for number in range(4):
        (folder / f"n{number}.txt").write_text(f"Line {number} speaks of the tide.")
    asked = iter([False, False, False])
    report = feed_path(cube._context, "kb", folder, options=HERE, stop=lambda: next(asked, True))
    assert 0 < len(report.fed) < 6
    rest = cube.add(folder, options=HERE)
    assert (rest.count("unchanged"), rest.count("new")) == (len(report.fed), 6 - len(report.fed))


class _Pictured(InProcess):
    """Reads every file with a picture in it, whose text it can read once it is told how."""

    def __init__(self) -> None:
        self.reads = False

    def map(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Read]]:
        for job in jobs:
            facts = PictureFacts(
                media_type="image/png", width=9, height=9, content_hash="0" * 64, likeness="0" * 16,
                unread=None if self.reads else "no OCR is installed; pip install 'memos-graph[ocr]'",
            )  # fmt: skip
            words = "The brass plate says 1887." if self.reads else ""
            element = Element(kind="image", text=words, href="plate.png", picture=facts)
            document = parse(job.data, name=job.name)
            yield job, (replace(document, elements=(*document.elements, element)),)


def test_what_could_not_be_read_is_said_each_time_until_it_can_be_and_then_is_taken_in(
    cube: CubeHandle, tmp_path: Path
) -> None:
    (tmp_path / "scan.txt").write_text("A page with a picture on it.")
    reader = _Pictured()
    options = FeedOptions(reader=reader)
    for outcome in ("new", "unchanged"):
        (fed,) = cube.add(tmp_path, options=options).fed
        assert fed.outcome == outcome
        assert fed.unread == (
            "the text in 1 picture was not read: no OCR is installed; pip install 'memos-graph[ocr]'",
        )
    reader.reads = True
    (fed,) = cube.add(tmp_path, options=options).fed
    assert (fed.outcome, fed.unread) == ("changed", ())
    assert any("1887" in node.text for node in live(cube).values())
    (fed,) = cube.add(tmp_path, options=options).fed
    assert (fed.outcome, fed.nodes) == ("unchanged", ())
