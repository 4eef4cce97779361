"""The same picture in several places and documents is one node, that ends with its last place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.held import holders, places_of
from memos_graph.model.graph import Node
from memos_graph.services.context import Context
from memos_graph.services.remember import gallery
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.reading import InProcess
from memos_graph.services.remember.report import Report
from tests.memories.letters import LetterEmbedder
from tests.services.conftest import Clock
from tests.services.picture_files import images, logo, page, photograph, saved, stands_in

HERE = FeedOptions(reader=InProcess())
PRUNE = FeedOptions(reader=InProcess(), prune=True)
QUAY = saved(photograph(1))
SMALLER = saved(photograph(1).resize((160, 120)), "JPEG", quality=80)  # the same photograph in other bytes
CRANE = saved(photograph(2))


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("kb")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    made.mkdir()
    return made


def write(folder: Path, name: str, *parts: str | tuple[bytes, str]) -> None:
    (folder / name).write_text(page(name.partition(".")[0], *parts), encoding="utf-8")


def outcomes(report: Report) -> dict[str, str]:
    return {fed.name: fed.outcome for fed in report.fed}


def uris(node: Node) -> list[str]:
    return [source.uri for source in node.sources]


def only(cube: CubeHandle) -> Node:
    (node,) = images(cube)
    return node


# --- in one document


@pytest.mark.long
def test_a_picture_on_ten_pages_is_one_node_with_ten_sources_and_no_edge_twice(graph: Graph) -> None:
    cube, out = graph.cube("kb"), BytesIO()
    pages = [photograph(7).convert("RGB") for _ in range(10)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    cube.add_bytes(out.getvalue(), "fax.tiff", options=HERE)
    node = only(cube)
    assert [source.page for source in node.sources] == list(range(1, 11))
    edges = cube.edges(node.id)
    assert len({(e.kind, e.from_id, e.to_id) for e in edges}) == len(edges)
    assert stands_in(cube, node.id) == {"fax.tiff"}


def test_a_picture_in_two_sections_belongs_to_both_and_illustrates_both_texts(cube: CubeHandle) -> None:
    html = page("quay", "The quay in spring.", (QUAY, "The quay"), "The quay in autumn.", (SMALLER, "The quay"))
    cube.add_bytes(html.encode(), "quay.html", options=HERE)
    node = only(cube)
    above = {cube.get(e.to_id).text for e in cube.edges(node.id, kinds=["PARENT"])}
    shown = {cube.get(e.to_id).text for e in cube.edges(node.id, kinds=["ILLUSTRATES"])}
    assert above == {"Part 0", "Part 2"}
    assert shown == {"The quay in spring.", "The quay in autumn."}


def test_two_drawings_that_look_alike_are_two_and_the_same_bytes_are_one(cube: CubeHandle) -> None:
    blue, other = logo(), saved(photograph(3).convert("1").convert("RGB"))
    cube.add_bytes(page("a", (blue, ""), (other, ""), (blue, "")).encode(), "a.html", options=HERE)
    assert len(images(cube)) == 2


# --- in several documents


def test_a_second_document_joins_the_node_of_the_first(cube: CubeHandle, folder: Path) -> None:
    write(folder, "a.html", "The quay was mended.", (QUAY, "The old quay"))
    write(folder, "b.html", "Ships wait here.", (SMALLER, "Ships at the quay of Ardmore"))
    cube.add(folder / "a.html", options=HERE)
    before = only(cube)
    cube.add(folder / "b.html", options=HERE)
    node = only(cube)
    assert (node.id, node.created_at) == (before.id, before.created_at)
    assert uris(node) == ["a.html", "b.html"]
    assert node.text == "The old quay\nShips at the quay of Ardmore"
    assert stands_in(cube, node.id) == {"a.html", "b.html"}
    assert cube.search("ships at the quay of Ardmore", top_k=1)[0].id == node.id
    again = cube.add(folder, options=HERE)
    assert set(outcomes(again).values()) == {"unchanged"} and not again.nodes


def test_a_document_that_loses_the_picture_takes_its_own_source_words_and_edges_along(
    cube: CubeHandle, folder: Path, clock: Clock
) -> None:
    write(folder, "a.html", "The quay was mended.", (QUAY, "The quay, seen by Ruth Adeyemi"))
    write(folder, "b.html", "Ships wait here.", (QUAY, "The quay of Ardmore"))
    cube.add(folder, options=HERE)
    node = only(cube)
    clock.skip(days=1)
    write(folder, "a.html", "The quay was mended.")
    cube.add(folder, options=HERE)
    now = only(cube)
    assert (now.id, uris(now), now.text) == (node.id, ["b.html"], "The quay of Ardmore")
    assert stands_in(cube, node.id) == {"b.html"}
    named = {cube.get(e.to_id).text for e in cube.edges(node.id, kinds=["MENTIONS"]) if e.from_id == node.id}
    assert "Ruth Adeyemi" not in named
    clock.skip(days=1)
    write(folder, "b.html", "Ships wait here.")
    cube.add(folder, options=HERE)
    assert images(cube) == []


def test_a_picture_that_comes_back_is_the_node_it_was(cube: CubeHandle, folder: Path, clock: Clock) -> None:
    write(folder, "a.html", "The quay.", (QUAY, ""))
    write(folder, "b.html", "Ships.", (QUAY, ""))
    cube.add(folder, options=HERE)
    node = only(cube)
    for parts in (("Ships.",), ("Ships.", (QUAY, "")), ("Ships.",), ("Ships.", (QUAY, ""))):
        clock.skip(days=1)
        write(folder, "b.html", *parts)
        cube.add(folder, options=HERE)
        names = {"a.html"} | ({"b.html"} if len(parts) > 1 else set())
        assert (only(cube).id, stands_in(cube, node.id), set(uris(only(cube)))) == (node.id, names, names)


def test_pruning_and_deleting_leave_the_picture_to_those_who_have_it(cube: CubeHandle, folder: Path) -> None:
    for name, alt in (("a.html", "Seen by Ruth Adeyemi"), ("b.html", ""), ("c.html", "")):
        write(folder, name, f"This is {name[0]}.", (QUAY, alt))
    report = cube.add(folder, options=HERE)
    node = only(cube)
    (folder / "a.html").unlink()
    assert outcomes(cube.add(folder, options=PRUNE))["a.html"] == "retired"
    assert (only(cube).id, uris(only(cube)), only(cube).text) == (node.id, ["b.html", "c.html"], "")
    assert all("Adeyemi" not in each.text for each in cube.list(limit=1000))
    cube.delete(report.fed[1].root)
    assert (stands_in(cube, node.id), uris(only(cube))) == ({"c.html"}, ["c.html"])
    cube.delete(report.fed[2].root, erase=True)
    assert images(cube) == []


def test_erasing_a_document_leaves_the_picture_without_its_words_or_versions(cube: CubeHandle, folder: Path) -> None:
    write(folder, "a.html", "One.", (QUAY, "A word in confidence"))
    write(folder, "b.html", "Two.", (QUAY, "The quay"))
    report = cube.add(folder, options=HERE)
    node = only(cube)
    cube.delete(report.fed[0].root, erase=True)
    assert (only(cube).id, only(cube).text, stands_in(cube, node.id)) == (node.id, "The quay", {"b.html"})
    scope = cube.scope(states=None)
    found = cube._context.store.scan(scope, limit=1000).nodes
    assert all("confidence" not in each.text for each in found)
    assert "confidence" not in cube.search("a word in confidence", top_k=1)[0].text


def test_a_document_can_be_deleted_by_one_who_opened_the_cube_with_another_embedder(
    cube: CubeHandle, folder: Path
) -> None:
    write(folder, "a.html", "One.", (QUAY, "The old quay"))
    write(folder, "b.html", "Two.", (QUAY, "The quay of Ardmore"))
    report = cube.add(folder, options=HERE)
    context = cube._context
    other = Graph(Context(store=context.store, embedder=LetterEmbedder(), clock=context.clock)).cube("kb")
    other.delete(report.fed[0].root)
    assert only(other).text == "The quay of Ardmore"
    other.reembed()
    assert other.search("the quay of ardmore", top_k=1)[0].id == only(other).id


def test_a_moved_document_renames_its_own_sources_only(cube: CubeHandle, folder: Path) -> None:
    write(folder, "a.html", "The quay.", (QUAY, ""))
    write(folder, "b.html", "Ships.", (QUAY, ""))
    cube.add(folder, options=HERE)
    node = only(cube)
    (folder / "a.html").rename(folder / "z.html")
    assert outcomes(cube.add(folder, options=PRUNE))["z.html"] == "moved"
    now = only(cube)
    assert (now.id, uris(now), holders(now)) == (node.id, ["z.html", "b.html"], holders(node))
    (folder / "z.html").unlink()
    cube.add(folder, options=PRUNE)
    assert uris(only(cube)) == ["b.html"]


def test_two_documents_of_one_name_each_own_their_source(cube: CubeHandle, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "index.html", f"This is {name}.", (QUAY, ""))
        cube.add(tmp_path / name, options=HERE)
    assert uris(only(cube)) == ["index.html", "index.html"] and len(holders(only(cube))) == 2
    write(tmp_path / "one", "index.html", "This is one.")
    cube.add(tmp_path / "one", options=HERE)
    assert uris(only(cube)) == ["index.html"]
    assert len(holders(only(cube))) == 1


def test_a_section_that_is_deleted_leaves_the_picture_to_the_rest_of_its_document(cube: CubeHandle) -> None:
    html = page("quay", "In spring.", (QUAY, ""), "In autumn.", (QUAY, ""))
    cube.add_bytes(html.encode(), "quay.html", options=HERE)
    sections = {node.text: node.id for node in cube.list(limit=100) if node.kind == "Section"}
    cube.delete(sections["Part 0"])
    assert stands_in(cube, only(cube).id) == {"quay.html"}
    cube.delete(sections["Part 2"])
    assert images(cube) == []


def test_what_was_true_before_shows_the_picture_where_it_was_then(cube: CubeHandle, folder: Path, clock: Clock) -> None:
    write(folder, "a.html", "The quay.", (QUAY, ""))
    write(folder, "b.html", "Ships.", (QUAY, ""))
    cube.add(folder, options=HERE)
    node = only(cube)
    then = clock.skip(days=1)
    clock.skip(days=1)
    write(folder, "a.html", "The quay.")
    cube.add(folder, options=HERE)
    scope = cube.scope(states=None)
    store = cube._context.store

    def parents(**when: object) -> int:
        return len(store.edges(replace(scope, **when), touching=[node.id], kinds=["PARENT"], direction="out"))  # type: ignore[arg-type]

    assert parents(as_of=then) == 2
    assert parents(as_of=clock() + timedelta(days=1)) == 1


def test_a_picture_that_a_changed_document_brings_was_not_there_before_and_one_of_a_new_document_was(
    cube: CubeHandle, folder: Path, clock: Clock
) -> None:
    write(folder, "a.html", "The quay.")
    cube.add(folder, options=HERE)
    clock.skip(days=1)
    write(folder, "a.html", "The quay.", (QUAY, ""))
    cube.add(folder, options=HERE)
    assert only(cube).valid_from is not None
    write(folder, "b.html", "Ships.", (QUAY, ""))
    cube.add(folder, options=HERE)
    node = only(cube)
    assert node.valid_from is None
    since = {cube.get(e.to_id).sources[0].uri: e.valid_from for e in cube.edges(node.id, kinds=["PARENT"])}
    assert since["a.html"] is not None and since["b.html"] is None


def test_a_picture_of_very_many_documents_goes_on_in_another_node(
    cube: CubeHandle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "MOST_PLACES", 3)
    for number in range(7):
        write(folder, f"n{number}.html", f"Letter {number}.", (QUAY, ""))
    cube.add(folder, options=HERE)
    assert sorted(len(places_of(node)) for node in images(cube)) == [1, 3, 3]
    assert set().union(*(stands_in(cube, node.id) for node in images(cube))) == {f"n{n}.html" for n in range(7)}


def test_the_cubes_pictures_are_read_once_for_a_folder_and_not_at_all_without_pictures(
    cube: CubeHandle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    read = gallery._pictures

    def counted(context: Context, name: str):  # type: ignore[no-untyped-def]
        looks.append(name)
        return read(context, name)

    monkeypatch.setattr(gallery, "_pictures", counted)
    (folder / "note.md").write_text("Nothing to see.")
    cube.add(folder, options=HERE)
    assert looks == []
    for number in range(5):
        write(folder, f"n{number}.html", f"Letter {number}.", (saved(photograph(number)), ""))
    cube.add(folder, options=HERE)
    assert looks == ["kb"]


def test_another_writers_changes_that_a_run_missed_break_nothing(cube: CubeHandle) -> None:
    known = gallery.CubePictures(cube._context, "kb")
    options = FeedOptions(reader=InProcess(), pictures=known)
    first = cube.add_bytes(page("a", "A.", (QUAY, "")).encode(), "a.html", options=options)
    cube.delete(first.fed[0].root, erase=True)  # by another writer, as far as `known` can tell
    cube.add_bytes(page("b", "B.", (QUAY, "")).encode(), "b.html", options=options)
    assert stands_in(cube, only(cube).id) == {"b.html"}
    cube.delete(node_id("doc", "b.html"))
    cube.add_bytes(page("c", "C.", (QUAY, "")).encode(), "c.html", options=options)
    assert (stands_in(cube, only(cube).id), uris(only(cube))) == ({"c.html"}, ["c.html"])


def test_words_that_someone_gave_the_picture_stay_when_another_document_leaves(cube: CubeHandle, folder: Path) -> None:
    write(folder, "a.html", "One.", (QUAY, "A"))
    write(folder, "b.html", "Two.", (QUAY, "B"))
    report = cube.add(folder, options=HERE)
    cube.update(only(cube).id, "The quay, by hand")
    cube.delete(report.fed[1].root)
    assert only(cube).text == "The quay, by hand"


# --- in any order

NAMES = ("a.html", "b.html", "c.html")
PICTURES = {"quay": QUAY, "crane": CRANE, "logo": logo(), "smaller": SMALLER}
SAME = {"smaller": "quay"}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.one_of(
            st.sampled_from(["delete", "erase"]),
            st.lists(st.tuples(st.sampled_from(sorted(PICTURES)), st.sampled_from(["", "Old", "New"])), max_size=3),
        ),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=40)
@given(STEPS)
def test_in_whatever_order_documents_come_change_and_go_a_picture_is_there_while_one_of_them_has_it(
    steps: list[tuple[str, str | list[tuple[str, str]]]],
) -> None:
    graph = Graph(Context(store=InMemoryStore(), embedder=LetterEmbedder(), clock=Clock()))
    cube, known = graph.cube("kb"), gallery.CubePictures(graph.context, "kb")
    options = FeedOptions(reader=InProcess(), pictures=known)
    wanted: dict[str, set[str]] = {}
    given_ids: dict[str, str] = {}
    for name, what in steps:
        root = node_id("doc", name)
        if isinstance(what, str):
            if name in wanted:
                cube.delete(root, erase=what == "erase")
                del wanted[name]
        else:
            html = page(name[0], "Some words.", *((PICTURES[picture], alt) for picture, alt in what), "The end.")
            cube.add_bytes(html.encode(), name, options=options)
            assert cube.add_bytes(html.encode(), name, options=options).nodes == ()
            wanted[name] = {SAME.get(picture, picture) for picture, _ in what}
        check(cube, wanted, given_ids)
    assert all(finding.ok for finding in graph.check())


FOLDER_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.sets(st.sampled_from(sorted(PICTURES)), max_size=2)),
        st.tuples(st.just("remove"), st.sampled_from(NAMES)),
        st.tuples(st.just("rename"), st.permutations(NAMES)),
        st.tuples(st.just("forget")),
    ),
    min_size=2,
    max_size=7,
)


@settings(max_examples=25)
@given(FOLDER_STEPS)
def test_in_a_folder_that_is_fed_again_after_files_changed_moved_and_went_pictures_are_those_of_its_files(
    steps: list[tuple[Any, ...]],
) -> None:
    graph = Graph(Context(store=InMemoryStore(), embedder=LetterEmbedder(), clock=Clock()))
    cube = graph.cube("kb")
    with TemporaryDirectory() as made:
        folder = Path(made)
        has: dict[str, set[str]] = {}
        for at, (what, *given_) in enumerate(steps):
            if what == "write":
                name, pictures = given_
                write(folder, name, f"Written in step {at}.", *((PICTURES[each], "") for each in sorted(pictures)))
                has[name] = {SAME.get(each, each) for each in pictures}
            elif what == "remove":
                (folder / given_[0]).unlink(missing_ok=True)
                has.pop(given_[0], None)
            elif what == "rename":
                has = renamed(folder, has, dict(zip(NAMES, given_[0], strict=True)))
            else:
                for node in [node for node in cube.list(limit=100) if node.kind == "Document"]:
                    cube.delete(node.id)
            assert not cube.add(folder, options=PRUNE).failed
            found = {node.id: stands_in(cube, node.id) for node in images(cube)}
            wanted: dict[str, set[str]] = {}
            for name, pictures in has.items():
                for each in pictures:
                    wanted.setdefault(each, set()).add(name)
            assert sorted(map(sorted, found.values())) == sorted(map(sorted, wanted.values()))
            assert all(set(uris(node)) == found[node.id] for node in images(cube))
            assert not cube.add(folder, options=PRUNE).nodes


def renamed(folder: Path, has: dict[str, set[str]], to: dict[str, str]) -> dict[str, set[str]]:
    for name in has:
        (folder / name).rename(folder / f"{name}.moving")
    for name in has:
        (folder / f"{name}.moving").rename(folder / to[name])
    return {to[name]: pictures for name, pictures in has.items()}


def check(cube: CubeHandle, wanted: dict[str, set[str]], given_ids: dict[str, str]) -> None:
    """Each picture that is wanted is one live node, which stands in just the documents that want it."""
    nodes = images(cube)
    found = {node.id: stands_in(cube, node.id) for node in nodes}
    by_picture: dict[str, set[str]] = {}
    for name, pictures in wanted.items():
        for picture in pictures:
            by_picture.setdefault(picture, set()).add(name)
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, by_picture.values()))
    for node in nodes:
        assert set(uris(node)) == found[node.id]
        assert set(holders(node)) == {node_id("doc", name) for name in found[node.id]}
        assert len(places_of(node)) == len(node.sources)
