"""Links between documents: by hyperlink and by title, whichever comes first, and as long as both are there."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import NotSupported
from memos_graph.model.graph import LIVE, Edge
from memos_graph.model.scope import Scope
from memos_graph.services.context import Context
from memos_graph.services.remember import link_index, links, write
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.links import KIND, MADE_BY, NAMED
from memos_graph.services.remember.reading import InProcess
from memos_graph.services.remember.report import Fed
from tests.services.conftest import Clock

HERE = FeedOptions(reader=InProcess())
PRUNE = FeedOptions(reader=InProcess(), prune=True)

LOG = (
    "# Log of the watch\n\n"
    "The gauge fell at noon. What to do then is in [the tunnel sheet](sub/valves.md#north-gate).\n"
)
VALVES = "# Tunnel valves\n\n## South gate\n\nLeave it open.\n\n## North gate\n\nTurn the brass wheel twice.\n"
NOTE = "# A note\n\nRuth keeps the Harbour Pump Handbook in her office, says the keeper of the keys.\n"
PUMPS = "# Harbour Pump Handbook\n\nP-2 is the middle pump. It was rebuilt in 2019.\n"


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("kb")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    (made / "sub").mkdir(parents=True)
    for name, text in (("log.md", LOG), ("sub/valves.md", VALVES), ("note.md", NOTE), ("pumps.md", PUMPS)):
        (made / name).write_text(text, encoding="utf-8")
    return made


def edges(cube: CubeHandle, clock: Clock) -> list[tuple[str, str, str, Edge]]:
    """(name of the document that refers, text of what it refers to, evidence, edge) of all that hold now."""
    store = cube._context.store
    scope = Scope(cubes=(cube.name,), states=LIVE, current_at=clock())
    found = store.edges(scope, kinds=[KIND])
    nodes = {n.id: n for n in store.get(scope, list({i for e in found for i in (e.from_id, e.to_id)}))}
    return sorted(
        ((nodes[e.from_id].sources[0].uri, nodes[e.to_id].text, e.evidence, e)
         for e in found if e.from_id in nodes and e.to_id in nodes), key=lambda row: (*row[:3], row[3].id),
    )  # fmt: skip


def told(cube: CubeHandle, clock: Clock) -> list[tuple[str, str, str]]:
    return [row[:3] for row in edges(cube, clock)]


BOTH = [
    ("log.md", "North gate", "the tunnel sheet"),
    ("note.md", "Harbour Pump Handbook", "Harbour Pump Handbook"),
]


def test_a_folder_is_linked_by_hyperlink_to_the_section_and_by_title_to_the_document(
    cube: CubeHandle, clock: Clock, folder: Path
) -> None:
    cube.add(folder, options=HERE)
    found = edges(cube, clock)
    assert [row[:3] for row in found] == BOTH
    link, title = (row[3] for row in found)
    assert (link.created_by, link.weight, link.info["href"]) == (MADE_BY, 1.0, "sub/valves.md#north-gate")
    assert (title.created_by, title.weight, title.info) == (MADE_BY, NAMED, {"by": "title"})
    assert cube.stats()[1][KIND] == 2


@pytest.mark.parametrize("order", list(itertools.permutations(["log.md", "note.md", "pumps.md", "valves.md"]))[::5])
def test_whatever_the_order_in_which_documents_come_the_edges_are_the_same(
    cube: CubeHandle, clock: Clock, order: tuple[str, ...]
) -> None:
    texts = {"log.md": LOG.replace("sub/", ""), "valves.md": VALVES, "note.md": NOTE, "pumps.md": PUMPS}
    for name in order:
        cube.add_bytes(texts[name].encode(), name)
    assert told(cube, clock) == BOTH


def test_the_same_folder_again_writes_nothing_and_another_process_links_what_comes_later(
    graph: Graph, cube: CubeHandle, clock: Clock, folder: Path
) -> None:
    late = (folder / "pumps.md", folder / "sub" / "valves.md")
    texts = [path.read_text() for path in late]
    for path in late:
        path.unlink()
    cube.add(folder, options=HERE)
    assert told(cube, clock) == []
    for path, text in zip(late, texts, strict=True):
        path.write_text(text)
    other = second_writer(graph, clock)
    other.add(folder, options=HERE)
    assert told(cube, clock) == BOTH
    before = len(cube.history())
    assert cube.add(folder, options=HERE).edges == () and other.add(folder, options=HERE).edges == ()
    assert len(cube.history()) == before


def test_each_document_brings_its_links_in_its_own_change_so_that_a_kill_leaves_none_out(
    cube: CubeHandle, clock: Clock, folder: Path
) -> None:
    report = cube.add(folder, options=HERE)
    assert len(cube.history()) == len(report.fed) == 4


def test_a_link_that_goes_from_the_text_is_closed_and_comes_back_with_it(cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(VALVES.encode(), "sub/valves.md")
    cube.add_bytes(LOG.encode(), "log.md")
    clock.skip(days=1)
    cube.add_bytes(LOG.replace("[the tunnel sheet](sub/valves.md#north-gate)", "nowhere").encode(), "log.md")
    assert told(cube, clock) == []
    clock.skip(days=1)
    cube.add_bytes(LOG.encode(), "log.md")
    assert told(cube, clock) == BOTH[:1]


def test_a_section_that_goes_leaves_a_link_to_the_document_and_takes_it_back(cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(VALVES.encode(), "sub/valves.md")
    cube.add_bytes(LOG.encode(), "log.md")
    clock.skip(days=1)
    cube.add_bytes(VALVES.replace("North gate", "Northern gates").encode(), "sub/valves.md")
    assert told(cube, clock) == [("log.md", "Tunnel valves", "the tunnel sheet")]
    clock.skip(days=1)
    cube.add_bytes(VALVES.encode(), "sub/valves.md")
    assert told(cube, clock) == BOTH[:1]
    assert cube.add_bytes(VALVES.encode(), "sub/valves.md").edges == ()


def test_what_is_pruned_is_linked_no_more_and_linked_again_when_it_is_back(
    cube: CubeHandle, clock: Clock, folder: Path
) -> None:
    cube.add(folder, options=HERE)
    for time in range(2):
        clock.skip(days=1)
        (folder / "sub" / "valves.md").unlink()
        (folder / "pumps.md").unlink()
        cube.add(folder, options=PRUNE)
        assert told(cube, clock) == [], time
        clock.skip(days=1)
        (folder / "sub" / "valves.md").write_text(VALVES)
        (folder / "pumps.md").write_text(PUMPS)
        cube.add(folder, options=PRUNE)
        assert told(cube, clock) == BOTH, time
    assert cube.add(folder, options=PRUNE).edges == ()


def test_what_refers_is_linked_again_too_when_it_comes_back(cube: CubeHandle, clock: Clock) -> None:
    for name, text in (("sub/valves.md", VALVES), ("log.md", LOG), ("pumps.md", PUMPS), ("note.md", NOTE)):
        cube.add_bytes(text.encode(), name)
    roots = {name: cube.add_bytes(text.encode(), name).ids[0] for name, text in (("log.md", LOG), ("note.md", NOTE))}
    cube.delete(*roots.values())
    assert told(cube, clock) == []
    clock.skip(days=1)
    cube.add_bytes(LOG.encode(), "log.md")
    cube.add_bytes(NOTE.encode(), "note.md")
    assert told(cube, clock) == BOTH


def test_a_moved_target_stays_linked_also_after_it_changes(cube: CubeHandle, clock: Clock, folder: Path) -> None:
    cube.add(folder, options=HERE)
    (folder / "sub" / "valves.md").rename(folder / "gates.md")
    assert cube.add(folder, options=HERE).count("moved") == 1
    assert told(cube, clock) == BOTH
    clock.skip(days=1)
    (folder / "gates.md").write_text(VALVES + "\nIt squeaks.\n")
    cube.add(folder, options=HERE)
    assert told(cube, clock) == BOTH


def test_a_new_title_takes_over_from_the_old_one(cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(NOTE.encode(), "note.md")
    cube.add_bytes(PUMPS.encode(), "pumps.md")
    clock.skip(days=1)
    cube.add_bytes(PUMPS.replace("Harbour Pump Handbook", "Pumps of the old yard").encode(), "pumps.md")
    assert told(cube, clock) == []
    clock.skip(days=1)
    cube.add_bytes(PUMPS.encode(), "pumps.md")
    assert told(cube, clock) == BOTH[1:]


def test_titles_are_found_in_texts_that_another_process_fed(graph: Graph, cube: CubeHandle, clock: Clock) -> None:
    cube.add_bytes(NOTE.encode(), "note.md")
    other = second_writer(graph, clock)
    other.add_bytes(PUMPS.encode(), "pumps.md")
    assert told(cube, clock) == BOTH[1:]


def test_in_a_cube_too_large_to_be_read_for_it_titles_are_searched_for(
    graph: Graph, cube: CubeHandle, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    cube.add_bytes(NOTE.encode(), "note.md")
    monkeypatch.setattr(link_index, "_SEARCH", 0)
    second_writer(graph, clock).add_bytes(PUMPS.encode(), "pumps.md")
    assert told(cube, clock) == BOTH[1:]


def test_with_more_texts_than_may_be_known_titles_are_searched_for(
    cube: CubeHandle, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_index, "_MOST_PAIRS", 5)
    cube.add_bytes(NOTE.encode(), "note.md")
    cube.add_bytes(PUMPS.encode(), "pumps.md")
    assert told(cube, clock) == BOTH[1:]


def test_a_title_that_many_documents_have_tells_none_of_them(cube: CubeHandle, clock: Clock) -> None:
    for n in range(5):
        cube.add_bytes(f"# Harbour Pump Handbook\n\nEdition {n}.\n".encode(), f"pumps{n}.md")
    cube.add_bytes(NOTE.encode(), "note.md")
    assert told(cube, clock) == []


def test_a_document_does_not_refer_to_itself(cube: CubeHandle, clock: Clock) -> None:
    text = "# Harbour Pump Handbook\n\nThis Harbour Pump Handbook is [here](pumps.md#p-2).\n\n## P-2\n\nA pump.\n"
    cube.add_bytes(text.encode(), "pumps.md")
    cube.add_bytes(text.replace("A pump", "The pump").encode(), "pumps.md")
    assert told(cube, clock) == []


def test_a_piece_that_was_deleted_alone_stands_in_no_documents_way(cube: CubeHandle, clock: Clock) -> None:
    log = cube.add_bytes(LOG.encode(), "log.md")
    (passage,) = [node.id for node in cube.get_many(log.nodes) if node.kind == "Passage"]
    cube.delete(passage)
    assert cube.add_bytes(VALVES.encode(), "sub/valves.md").count("new") == 1
    assert told(cube, clock) == []


def second_writer(graph: Graph, clock: Clock) -> CubeHandle:
    return Graph(Context(store=graph.context.store, embedder=graph.context.embedder, clock=clock)).cube("kb")


def meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, happens: Callable[[], object]) -> None:
    """What another writer does between looking for what `name` refers to and writing it, once."""
    real, waiting = write.write_draft, [happens]

    def late(context: Context, cube: str, named: str, *rest: Any, **more: Any) -> Fed:
        if named == name and waiting:
            waiting.pop()()
        return real(context, cube, named, *rest, **more)

    monkeypatch.setattr(links, "write_draft", late)


def test_two_who_write_at_once_link_what_the_other_brings(
    graph: Graph, cube: CubeHandle, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = second_writer(graph, clock)
    meanwhile(monkeypatch, "log.md", lambda: other.add_bytes(VALVES.encode(), "sub/valves.md"))
    cube.add_bytes(LOG.encode(), "log.md")
    assert told(cube, clock) == BOTH[:1]


def test_what_is_deleted_while_it_is_being_linked_stands_in_no_documents_way(
    graph: Graph, cube: CubeHandle, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = second_writer(graph, clock)
    (root,) = cube.add_bytes(PUMPS.encode(), "pumps.md").ids
    meanwhile(monkeypatch, "note.md", lambda: other.delete(root))
    assert cube.add_bytes(NOTE.encode(), "note.md").count("new") == 1
    assert told(cube, clock) == []
    cube.add_bytes(PUMPS.encode(), "pumps.md")
    assert told(cube, clock) == BOTH[1:]


def test_attachments_link_to_each_other_by_their_names(cube: CubeHandle, clock: Clock) -> None:
    mail = (
        b"From: ruth@x.org\r\nSubject: Gates\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nBoth sheets are attached to this mail.\r\n"
        b"--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=a.html\r\n\r\n"
        b"<p>The wheel is shown <a href='b.md'>on the other sheet</a>.</p>\r\n"
        b"--b\r\nContent-Type: text/markdown\r\nContent-Disposition: attachment; filename=b.md\r\n\r\n"
        b"# Wheels\r\n\r\nBrass, turned twice.\r\n--b--\r\n"
    )
    cube.add_bytes(mail, "mail.eml", options=HERE)
    assert told(cube, clock) == [("mail.eml!/a.html", "Wheels", "on the other sheet")]


def test_a_message_links_to_what_it_gives_an_address_of_which_is_then_not_called_unread(
    cube: CubeHandle, clock: Clock
) -> None:
    cube.add_bytes(PUMPS.encode(), "https://x.org/pumps.md")
    part = {"type": "file", "file": {"filename": "pumps.md", "file_data": "https://x.org/pumps.md"}}
    said = [
        {"role": "user", "content": [{"type": "text", "text": "Look at this."}, part]},
        {"role": "user", "content": "It is also at https://x.org/valves.md, they say."},
    ]
    report = cube.add(said, conversation="quay")
    assert report.fed[-1].unread == ()
    assert told(cube, clock) == [("quay", "Harbour Pump Handbook", "pumps.md")]
    cube.add_bytes(VALVES.encode(), "https://x.org/valves.md")
    assert ("quay", "Tunnel valves", "https://x.org/valves.md") in told(cube, clock)
    again = [*said, {"role": "user", "content": "Thanks."}]
    cube.add(again, conversation="quay")
    assert len(told(cube, clock)) == 2
    part["file"]["file_data"] = "https://x.org/elsewhere"  # type: ignore[index]
    assert len(cube.add([{"role": "user", "content": [part]}], conversation="other").fed[-1].unread) == 1


def test_recall_goes_over_a_link_to_the_answer_and_tells_the_way(cube: CubeHandle, clock: Clock) -> None:
    rng = random.Random(7)
    for n in range(20):
        words = " ".join(rng.choice(["gauge", "noon", "watch", "fell", "log", "keeper", "tide"]) for _ in range(30))
        cube.add_bytes(f"# Day {n}\n\nThe {words}.\n".encode(), f"day{n}.md")
    cube.add_bytes(LOG.encode(), "log.md")
    cube.add_bytes(VALVES.encode(), "sub/valves.md")
    asked = "What to do when the gauge fell at noon?"
    hits = {hit.node.text: hit for hit in cube.search(asked, top_k=10)}
    hit = hits["Turn the brass wheel twice."]
    ways = [[step.kind for step in route.steps] for route in hit.routes]
    assert any(KIND in way for way in ways), ways
    shown = cube.explain(asked, top_k=10).to_json()
    assert KIND in str(shown)


def test_a_store_with_cypher_finds_the_edges_by_their_kind(graph: Graph, cube: CubeHandle, folder: Path) -> None:
    cube.add(folder, options=HERE)
    asked = "MATCH (a:Memory)-[e:REFERS_TO]->(b:Memory) RETURN b.text AS text, e.evidence AS evidence"
    if not graph.context.store.can.cypher:
        with pytest.raises(NotSupported):
            graph.cypher(asked)
        return
    assert sorted(graph.cypher(asked).rows) == [
        ("Harbour Pump Handbook", "Harbour Pump Handbook"), ("North gate", "the tunnel sheet")
    ]  # fmt: skip
