"""Pictures found by how they look: vectors in a space of their own, beside the texts' and never in their way."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from memos_graph.app import CubeHandle, Graph, make_images
from memos_graph.engines.versions import succeed
from memos_graph.model.delta import PutNode
from memos_graph.model.errors import EmbedderMismatch, Invalid, NotSupported
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.model.vectors import is_of_pictures, picture_space
from memos_graph.ports import Embedder
from memos_graph.providers.images.colours import ColourHistogram
from memos_graph.services import keep
from memos_graph.services.context import Context
from memos_graph.services.embed import space_name
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.picture_vectors import with_picture_vectors
from memos_graph.services.remember.pictures import picture_info
from memos_graph.services.remember.reading import InProcess
from memos_ingest.pictures import facts_of
from tests.memories.letters import LetterEmbedder
from tests.services.conftest import Clock
from tests.services.picture_files import images, page, saved

HERE = FeedOptions(reader=InProcess())
COLOURS = {"red": "#e01010", "green": "#10c010", "blue": "#1020e0"}


def plain(colour: str, kind: str = "PNG") -> bytes:
    """Nearly one colour, in two shades."""
    picture = Image.new("RGB", (120, 80), COLOURS[colour])
    picture.paste("white", (0, 0, 20, 20))
    return saved(picture, kind)


class Words(ColourHistogram):
    """Knows the names of three colours too."""

    model = "colour-words-1"

    def embed_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        said = [next((name for name in COLOURS if name in text.lower()), "green") for text in texts]
        return self.embed([saved(Image.new("RGB", (64, 64), COLOURS[name])) for name in said])


def seeing(graph: Graph, images: Any, embedder: Embedder | None = None) -> Graph:
    """The same store, opened with another model for pictures."""
    context = graph.context
    made = Context(store=context.store, embedder=embedder or context.embedder, clock=context.clock, images=images)
    return Graph(made, sandbox=graph._sandbox)


def fill(cube: CubeHandle, *colours: str) -> dict[str, str]:
    """A document for each colour; the ids of their pictures."""
    for colour in colours or COLOURS:
        words = f"The {colour} boat lies at the quay."
        cube.add_bytes(
            page(colour, words, (plain(colour), f"A {colour} boat")).encode(), f"{colour}.html", options=HERE
        )
    return {node.text.split()[1]: node.id for node in images(cube)}


def test_a_picture_finds_those_like_it_best_first(graph: Graph) -> None:
    cube = seeing(graph, ColourHistogram()).cube("kb")
    ids = fill(cube)
    for colour, identity in ids.items():
        hits = cube.search_images(plain(colour, "JPEG"), top_k=2)
        assert [hit.rank for hit in hits] == [1, 2] and hits[0].id == identity
        assert hits[0].arms == {"image": hits[0].score} and hits[0].score > hits[1].score


def test_a_picture_may_be_given_as_a_file_and_is_read_in_another_process(graph: Graph, tmp_path: Path) -> None:
    cube = seeing(graph, ColourHistogram()).cube("kb")
    ids = fill(cube)
    (tmp_path / "query.webp").write_bytes(plain("blue", "WEBP"))
    assert cube.search_images(tmp_path / "query.webp", top_k=1)[0].id == ids["blue"]


def test_a_model_of_words_and_pictures_finds_pictures_by_words(graph: Graph) -> None:
    cube = seeing(graph, Words()).cube("kb")
    ids = fill(cube)
    assert cube.search_images("something red", top_k=1)[0].id == ids["red"]
    with pytest.raises(NotSupported, match="knows pictures only"):
        seeing(graph, ColourHistogram()).cube("other").search_images("something red")


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (b"", "query"), (b"no picture at all", "no picture"), (Path("missing.png"), "can't be read"), (" ", "ask"),
        (7, "give"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_named(graph: Graph, query: Any, why: str) -> None:
    cube = seeing(graph, ColourHistogram()).cube("kb")
    with pytest.raises(Invalid, match=why):
        cube.search_images(query)


def test_without_a_model_texts_are_searched_as_ever_and_pictures_say_what_is_missing(graph: Graph) -> None:
    fill(seeing(graph, ColourHistogram()).cube("kb"))
    blind = graph.cube("kb")
    assert "red boat" in blind.search("where is the red boat?", top_k=1)[0].text
    with pytest.raises(NotSupported, match="MEMOS_GRAPH_IMAGES"):
        blind.search_images(plain("red"))
    changed = page("red", "The red boat has sunk.", (plain("red"), "A red boat that sank"))
    blind.add_bytes(changed.encode(), "red.html", options=HERE)
    hit = seeing(graph, ColourHistogram()).cube("kb").search_images(plain("red"), top_k=1)[0]
    assert hit.text == "A red boat that sank"


def test_another_models_pictures_are_refused_until_they_are_embedded_anew(graph: Graph) -> None:
    ids = fill(seeing(graph, ColourHistogram()).cube("kb"))
    other = seeing(graph, Words()).cube("kb")
    with pytest.raises(EmbedderMismatch, match="colours-4x4x4"):
        other.search_images("red")
    with pytest.raises(EmbedderMismatch):
        other.add_bytes(page("grey", "Grey.", (saved(Image.new("RGB", (90, 90), "#123456")), "")).encode(), "g.html",
                        options=HERE)  # fmt: skip
    assert other.reembed() == len(ids)
    assert other.search_images("red", top_k=1)[0].id == ids["red"]
    (record,) = graph.cubes()
    assert [space.model for space in record.spaces if is_of_pictures(space.name)] == ["colour-words-1"]
    assert other.reembed() == 0


def test_pictures_fed_without_a_model_get_their_vectors_from_reembed(graph: Graph) -> None:
    ids = fill(graph.cube("kb"))
    later = seeing(graph, ColourHistogram()).cube("kb")
    assert later.search_images(plain("red")) == ()
    assert later.reembed() == len(ids)
    assert later.search_images(plain("red"), top_k=1)[0].id == ids["red"]


def test_texts_embedded_anew_leave_pictures_as_they_are(graph: Graph) -> None:
    ids = fill(seeing(graph, ColourHistogram()).cube("kb"))
    before = vectors(graph, ids["red"])
    letters = seeing(graph, None, LetterEmbedder()).cube("kb")
    letters.reembed()
    now = vectors(graph, ids["red"])
    (space,) = [name for name in before if is_of_pictures(name)]
    assert np.array_equal(now[space], before[space]) and set(now) == {space, "letters_1"}
    assert letters.search("a red boat", top_k=3)
    both = seeing(graph, ColourHistogram(), LetterEmbedder()).cube("kb")
    assert both.search_images(plain("red"), top_k=1)[0].id == ids["red"]


def test_an_export_brings_the_pictures_vectors_along_to_another_embedder_too(graph: Graph) -> None:
    ids = fill(seeing(graph, ColourHistogram()).cube("kb"))
    lines = [json.loads(json.dumps(row)) for row in keep.export_lines(graph.context, "kb", vectors=True)]
    other = seeing(graph, ColourHistogram(), LetterEmbedder())
    keep.import_lines(other.context, lines, cube="copy")
    assert other.cube("copy").search_images(plain("green"), top_k=1)[0].id == ids["green"]


def test_a_thumbnail_that_is_none_costs_its_picture_the_vector_and_nothing_else(graph: Graph, clock: Clock) -> None:
    cube = seeing(graph, ColourHistogram()).cube("kb")
    facts = facts_of(plain("red"), name="red")
    false = replace(facts, thumbnail=b"\xff\xd8\xff no JPEG")
    at = clock()
    nodes = [
        Node(id=f"img_{n}", cube="kb", kind="Image", info={"picture": picture_info(each)}, created_at=at, updated_at=at)
        for n, each in enumerate((false, facts))
    ]
    written = with_picture_vectors(cube._context, "kb", [PutNode(node=node) for node in nodes])
    assert [bool(op.node.vectors) for op in written if isinstance(op, PutNode)] == [False, True]


def test_several_cubes_are_searched_together_and_those_without_pictures_give_none(graph: Graph) -> None:
    seeing_one = seeing(graph, ColourHistogram())
    fill(seeing_one.cube("kb"), "red")
    fill(seeing_one.cube("other"), "blue")
    seeing_one.cube("empty")
    hits = seeing_one.search_images(plain("blue"))
    assert [hit.cube for hit in hits] == ["other", "kb"]
    assert [hit.cube for hit in seeing_one.search_images(plain("blue"), cubes=["kb", "empty"])] == ["kb"]


def test_pictures_of_messages_are_found_too(graph: Graph) -> None:
    cube = seeing(graph, ColourHistogram()).cube("kb")
    url = "data:image/png;base64," + base64.b64encode(plain("blue")).decode()
    cube.add([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}], options=HERE)
    assert cube.search_images(plain("blue"), top_k=1)[0].kind == "Image"


def test_a_new_text_takes_away_the_texts_vector_and_leaves_the_pictures(clock: Clock) -> None:
    at = clock()
    vectors = {"image_x": np.ones(3, np.float32), "minilm": np.ones(4, np.float32)}
    node = Node(id="a", cube="kb", kind="Image", text="old", vectors=vectors, created_at=at, updated_at=at)
    head = succeed(node, at, at, text="new")[2]
    assert set(head.node.vectors) == {"image_x"}  # type: ignore[union-attr]


def test_no_text_model_is_taken_for_one_of_pictures() -> None:
    assert not is_of_pictures(space_name("Image-Embedder"))


def test_a_filter_and_the_past_hold_for_pictures_too(graph: Graph, clock: Clock) -> None:
    cube = seeing(graph, ColourHistogram()).cube("kb")
    ids = fill(cube, "red", "blue")
    hits = cube.search_images(plain("red"), filter={"id": ids["blue"]})
    assert [hit.id for hit in hits] == [ids["blue"]]
    then = clock.skip(days=1)
    clock.skip(days=1)
    cube.add_bytes(page("red", "No picture is here now.").encode(), "red.html", options=HERE)
    assert [hit.id for hit in cube.search_images(plain("red"))] == [ids["blue"]]
    assert {hit.id.partition("@")[0] for hit in cube.search_images(plain("red"), as_of=then)} == set(ids.values())


def test_a_setting_names_a_model_for_pictures_or_none(tmp_path: Path) -> None:
    assert make_images("") is make_images("none") is None
    assert isinstance(make_images("colours"), ColourHistogram)
    with pytest.raises(Invalid, match="ONNX"):
        make_images("clip")
    missing = make_images(str(tmp_path / "missing.onnx"))
    assert missing is not None
    with pytest.raises(Invalid, match=r"missing\.onnx"):
        missing.embed([plain("red")])


def vectors(graph: Graph, identity: str) -> dict[str, Any]:
    (node,) = graph.context.store.get(everything("kb"), [identity], vectors=True)
    assert picture_space(graph.cubes()[0]) is not None
    return dict(node.vectors)
