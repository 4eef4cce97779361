"""Erasing for good: what goes, what stays, and the proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memos_graph.app import CubeHandle, Graph, open_store
from memos_graph.model.delta import Delta, PatchNode
from memos_graph.model.errors import Frozen, Invalid, NotFound, StillThere
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.ports import Embedder
from memos_graph.services.context import Context
from memos_graph.services.erasing.pieces import pieces
from memos_graph.services.erasing.proof import files_with
from memos_graph.settings import Settings
from tests.services.conftest import Clock

SECRET = "The vault opens with the word Quetzalcoatlus on Sundays."


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("people")


@pytest.fixture
def on_disk(tmp_path: Path, embedder: Embedder, clock: Clock) -> Iterator[Graph]:
    graph = Graph(Context(store=open_store(str(tmp_path / "kb.graph"), Settings()), embedder=embedder, clock=clock))
    yield graph
    graph.close()


def ids_in(cube: CubeHandle) -> set[str]:
    return {node.id for node in cube._context.store.scan(everything(cube.name)).nodes}


def test_the_report_names_every_place_and_nothing_is_left_in_any(cube: CubeHandle) -> None:
    (identity,) = cube.add(SECRET).ids
    cube.update(identity, "The vault opens with the word Pterodactylus on Sundays.")
    report = cube.erase(identity, reason="she asked")
    assert report.ok and report.versions == 2 and report.searched > 0
    assert {place.name for place in report.places} == {
        "graph", "edges", "history", "vectors", "full text", "names", "files", "exports", "prefixes", "outside"
    }  # fmt: skip
    assert {place.name for place in report.places if not place.looked} >= {"exports", "outside"}
    assert ids_in(cube) == set()
    assert cube.history()[-1].reason == "she asked"


def test_names_that_only_the_erased_held_go_with_it_and_others_stay(cube: CubeHandle) -> None:
    (identity,) = cube.add("Ana met Quetzal Holdings in Porto.").ids
    cube.add("Ana lives in Lisbon.")
    cube.erase(identity)
    keys = {node.key for node in cube.list(filter={"kind": "Entity"})}
    assert "ana" in keys and not {key for key in keys if "quetzal" in key or "porto" in key}


def test_what_was_made_of_its_words_goes_and_what_somebody_concluded_stays(cube: CubeHandle, clock: Clock) -> None:
    (source,) = cube.add(SECRET).ids
    (opinion,) = cube.add("We should change the lock.").ids
    at = clock()
    said = {"claim": "The word is Quetzalcoatlus, says she.", "summary": "Of words such as Quetzalcoatlus and others."}
    kinds = {"claim": "LongTermMemory", "summary": "Summary"}
    cube.put([
        Node(id=name, cube="people", kind=kinds[name], text=text, info={name: {}}, created_at=at, updated_at=at)
        for name, text in said.items()
    ])  # fmt: skip
    cube.link("claim", source, "DEPENDS_ON")
    cube.link(opinion, source, "DEPENDS_ON")
    cube.link(source, "summary", "PARENT")
    cube.link(opinion, "summary", "PARENT")
    report = cube.erase(source)
    assert {"claim", "summary"} <= set(report.derived) and opinion in ids_in(cube)
    assert "Quetzal" not in str(cube._context.store.scan(everything("people")).nodes)


def test_a_summary_does_not_take_what_it_sums_up_along(cube: CubeHandle, clock: Clock) -> None:
    (kept,) = cube.add("Ana lives in Porto.").ids
    at = clock()
    cube.put([Node(id="s", cube="people", kind="Summary", text="About Porto and her.", created_at=at, updated_at=at)])
    cube.link(kept, "s", "PARENT")
    cube.erase("s")
    assert kept in ids_in(cube)


def test_erasing_a_part_of_a_merge_frees_the_others(cube: CubeHandle) -> None:
    secret, other = cube.add(SECRET).ids[0], cube.add("The vault is in the cellar of the old house.").ids[0]
    cube.merge(secret, other)
    (whole,) = {e.to_id for e in cube.edges(secret, kinds=["MERGED_INTO"])}
    report = cube.erase(secret)
    assert whole in report.derived and report.freed == (other,)
    assert cube.get(other).status == "activated"
    assert [hit.id for hit in cube.search("where is the vault?")] == [other]


def test_erasing_a_merge_erases_what_it_was_made_of(cube: CubeHandle) -> None:
    secret, other = cube.add(SECRET).ids[0], cube.add("The vault is in the cellar of the old house.").ids[0]
    cube.merge(secret, other)
    (whole,) = {e.to_id for e in cube.edges(secret, kinds=["MERGED_INTO"])}
    cube.erase(whole)
    assert not {secret, other, whole} & ids_in(cube)


def test_a_document_that_was_deleted_before_is_erased_with_its_pieces(cube: CubeHandle, tmp_path: Path) -> None:
    (tmp_path / "vault.md").write_text(f"# Vault\n\n{SECRET}\n\n## Keys\n\nThe key was lost because of the flood.\n")
    root = cube.add(tmp_path / "vault.md").fed[0].root
    cube.delete(root)
    report = cube.erase(root)
    assert report.pieces and report.sources == ("vault.md",)
    assert ids_in(cube) == set()


def test_another_memory_that_says_the_same_is_named_and_not_erased(cube: CubeHandle) -> None:
    (identity,) = cube.add(SECRET).ids
    (other,) = cube.add(f"She told me: {SECRET}").ids
    with pytest.raises(StillThere, match=other) as caught:
        cube.erase(identity)
    assert caught.value.left["graph"] == (other,) and not caught.value.report.ok
    assert other in ids_in(cube) and identity not in ids_in(cube)


def test_a_reason_that_quotes_the_text_is_left_and_named(cube: CubeHandle) -> None:
    (identity,) = cube.add(SECRET).ids
    with pytest.raises(StillThere) as caught:
        cube.erase(identity, reason=f"erase: {SECRET}")
    assert caught.value.left["history"] == (f"change {len(cube.history())}",)


def test_nothing_is_erased_when_one_is_unknown_frozen_or_no_place_to_look_at(cube: CubeHandle, tmp_path: Path) -> None:
    (identity,) = cube.add(SECRET).ids
    with pytest.raises(NotFound, match="nobody"):
        cube.erase(identity, "nobody")
    with pytest.raises(Invalid, match="look_at"):
        cube.erase(identity, look_at=(tmp_path / "absent",))
    with pytest.raises(Invalid):
        cube.erase()
    cube.update(identity, status="frozen")
    with pytest.raises(Frozen):
        cube.erase(identity)
    assert cube.get(identity).text == SECRET
    assert cube.erase(identity, force=True, reason="a judge said so").ok


def test_a_text_too_short_to_be_told_apart_is_said_to_be(cube: CubeHandle) -> None:
    (identity,) = cube.add("Thanks!").ids
    cube.add("Thanks! And bye.")
    report = cube.erase(identity)
    assert report.ok and report.searched == 0


def test_no_byte_of_it_is_left_in_any_file(on_disk: Graph, clock: Clock, tmp_path: Path) -> None:
    cube = on_disk.cube("people")
    (identity,) = cube.add(SECRET).ids
    long = "\n\n".join(f"Paragraph {n} tells of {n * n} Quetzalcoatlus eggs in nest number {n * 7}." for n in range(80))
    (tmp_path / "eggs.md").write_text(f"# Eggs\n\n{long}\n")
    root = cube.add(tmp_path / "eggs.md").fed[0].root
    for n in range(3):
        cube.update(identity, f"{SECRET} {'x' * 500 * n}")
    cube.delete(root)
    folders = on_disk.context.store.folders()  # type: ignore[attr-defined]
    sought = pieces([SECRET, long])
    assert files_with(folders, sought)[0]
    report = cube.erase(identity, root)
    (files,) = (place for place in report.places if place.name == "files")
    assert files.looked and files.found == () and "logs too" in files.note
    cube.add("Something else is written afterwards.")
    on_disk.close()
    assert files_with(folders, sought)[0] == []


def test_an_export_that_still_holds_it_is_found(cube: CubeHandle, tmp_path: Path) -> None:
    (identity,) = cube.add('He said "open sesame, twice a day" to\nthe door of the vault.').ids
    export = tmp_path / "export" / "cube.jsonl"
    export.parent.mkdir()
    export.write_text('{"text": "He said \\"open sesame, twice a day\\" to\\nthe door of the vault."}')
    with pytest.raises(StillThere) as caught:
        cube.erase(identity, look_at=(export.parent,))
    assert caught.value.left == {"exports": (str(export),)}


def test_a_usage_written_meanwhile_does_not_stop_an_erasure(cube: CubeHandle, clock: Clock) -> None:
    (identity,) = cube.add(SECRET).ids
    patch = PatchNode(id=identity, expects=1, set={"usage": ("a search",)})
    cube._context.store.apply(Delta(id="use", cube="people", at=clock(), operations=(patch,)))
    assert cube.erase(identity).ok
