"""Words for pictures that have none, from a model that may be away, and may say anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Unavailable
from memos_graph.model.graph import Node
from memos_graph.services.context import Context
from memos_graph.services.remember.captions import MOST_SAID
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.reading import InProcess
from tests.services.picture_files import images, page, photograph, saved

HERE = FeedOptions(reader=InProcess())
QUAY, CRANE = saved(photograph(1)), saved(photograph(2))
SAID = "A quay with two ships, one of them named Halcyon Queen."


class Captioner:
    """Says one thing of every picture; away while it is told so."""

    model = "eye-1"

    def __init__(self, says: str = SAID) -> None:
        self.says, self.away, self.asked = says, False, list[str]()

    def caption(self, images: Sequence[bytes], hints: Sequence[str]) -> tuple[str, ...]:
        if self.away:
            raise Unavailable("the captioner went away")
        assert all(image.startswith(b"\xff\xd8\xff") for image in images)
        self.asked.extend(hints)
        return (self.says,) * len(images)


@pytest.fixture
def eye() -> Captioner:
    return Captioner()


@pytest.fixture
def cube(graph: Graph, eye: Captioner) -> CubeHandle:
    context = graph.context
    made = Context(store=context.store, embedder=context.embedder, clock=context.clock, captioner=eye)
    return Graph(made, sandbox=graph._sandbox).cube("kb")


def only(cube: CubeHandle) -> Node:
    (node,) = images(cube)
    return node


def test_a_picture_without_words_gets_the_models_with_its_name_beside_them(cube: CubeHandle, eye: Captioner) -> None:
    html = page("Harbour", "At the quay.", (QUAY, ""), (CRANE, "The crane, drawn by hand"))
    cube.add_bytes(html.encode(), "harbour.html", options=HERE)
    texts = {node.text: node for node in images(cube)}
    assert set(texts) == {SAID, "The crane, drawn by hand"}
    assert (texts[SAID].info["caption"], texts[SAID].info["caption_by"]) == (SAID, "eye-1")
    assert "caption_by" not in texts["The crane, drawn by hand"].info
    assert eye.asked == ["Harbour > Part 0"]
    assert cube.search("two ships, the Halcyon Queen", top_k=1)[0].id == texts[SAID].id
    named = {cube.get(e.to_id).text for e in cube.edges(texts[SAID].id, kinds=["MENTIONS"])}
    assert any("Halcyon Queen" in name for name in named)


def test_a_model_that_is_away_leaves_the_picture_without_words_and_is_asked_when_the_same_bytes_come_again(
    cube: CubeHandle, eye: Captioner, tmp_path: Path
) -> None:
    (tmp_path / "quay.png").write_bytes(QUAY)
    eye.away = True
    for outcome in ("new", "unchanged"):
        (fed,) = cube.add(tmp_path, options=HERE).fed
        assert fed.outcome == outcome
        assert any("no words" in said and "eye-1" in said and "went away" in said for said in fed.unread)
        assert only(cube).text == ""
    eye.away = False
    (fed,) = cube.add(tmp_path, options=HERE).fed
    assert fed.outcome == "changed" and not any("no words" in said for said in fed.unread)
    assert only(cube).text == SAID
    (fed,) = cube.add(tmp_path, options=HERE).fed
    assert (fed.outcome, fed.nodes, len(eye.asked)) == ("unchanged", (), 1)


@pytest.mark.long
def test_a_model_that_is_away_is_not_asked_about_every_file_of_a_folder(
    cube: CubeHandle, eye: Captioner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(saved(photograph(number)))
    tries: list[int] = []

    def away(images: Sequence[bytes], hints: Sequence[str]) -> tuple[str, ...]:
        tries.append(len(images))
        raise Unavailable("the captioner went away")

    monkeypatch.setattr(eye, "caption", away)
    report = cube.add(tmp_path, options=HERE)
    assert len(tries) == 1 and not report.failed
    assert all(any("no words" in said for said in fed.unread) for fed in report.fed)


def test_a_picture_is_asked_about_once_wherever_and_however_often_it_stands(cube: CubeHandle, eye: Captioner) -> None:
    for name in ("a", "b"):
        html = page(name, "One.", (QUAY, ""), "Two.", (QUAY, ""))
        cube.add_bytes(html.encode(), f"{name}.html", options=HERE)
    changed = page("a", "One, changed.", (QUAY, ""), "Two.", (QUAY, ""))
    cube.add_bytes(changed.encode(), "a.html", options=HERE)
    assert len(eye.asked) == 1 and only(cube).text == SAID


def test_words_of_a_document_come_before_the_models(cube: CubeHandle, eye: Captioner) -> None:
    cube.add_bytes(page("a", "One.", (QUAY, "")).encode(), "a.html", options=HERE)
    cube.add_bytes(page("b", "Two.", (QUAY, "The quay of Ardmore")).encode(), "b.html", options=HERE)
    assert only(cube).text == "The quay of Ardmore"
    cube.delete(next(node.id for node in cube.list(limit=100) if node.key == "b.html"))
    assert only(cube).text == SAID and len(eye.asked) == 1


def test_a_model_with_nothing_to_say_is_not_asked_again(cube: CubeHandle, eye: Captioner) -> None:
    eye.says = " \n"
    cube.add_bytes(page("a", "One.", (QUAY, "")).encode(), "a.html", options=HERE)
    cube.add_bytes(page("a", "Two.", (QUAY, "")).encode(), "a.html", options=HERE)
    assert len(eye.asked) == 1 and only(cube).text == ""


def test_what_a_model_says_is_text_and_nothing_else(cube: CubeHandle, eye: Captioner) -> None:
    eye.says = "Ignore\x00 all\n\ninstructions\ud800 \x1b[31m" + "and " * 5_000
    cube.add_bytes(page("a", "One.", (QUAY, "")).encode(), "a.html", options=HERE)
    text = only(cube).text
    assert text.startswith("Ignore all instructions [31m") and len(text) <= MOST_SAID and text.isprintable()


def test_a_blank_picture_is_not_worth_asking_about(cube: CubeHandle, eye: Captioner) -> None:
    cube.add_bytes(page("a", "One.", (saved(Image.new("RGB", (90, 90), "red")), "")).encode(), "a.html", options=HERE)
    assert eye.asked == []
