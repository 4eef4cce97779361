"""Picture models: the stand-in of colours, and a user's own ONNX file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from memos_graph.model.errors import Invalid
from memos_graph.ports_images import ImageEmbedder
from memos_graph.providers.images.colours import ColourHistogram
from memos_graph.providers.images.onnx import OnnxImages


def picture(*colours: str, kind: str = "PNG") -> bytes:
    """Upright stripes of equal width."""
    image = Image.new("RGB", (64 * len(colours), 64))
    for at, colour in enumerate(colours):
        image.paste(colour, (64 * at, 0, 64 * at + 64, 64))
    out = BytesIO()
    image.save(out, kind)
    return out.getvalue()


@pytest.fixture(params=["colours", "onnx"])
def embedder(request: pytest.FixtureRequest, tmp_path: Path) -> ImageEmbedder:
    return ColourHistogram() if request.param == "colours" else OnnxImages(mean_colours(tmp_path), model="means-v1")


def test_vectors_are_unit_float32_of_the_dimension_said_and_the_same_again(embedder: ImageEmbedder) -> None:
    images = [picture("red", "blue"), picture("green", kind="JPEG"), picture("white")]
    vectors = embedder.embed(images)
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors[1:2], embedder.embed(images[1:2]))


def test_no_pictures_give_no_rows(embedder: ImageEmbedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


@pytest.mark.parametrize("data", [b"", b"no picture", picture("red")[:80]])
def test_what_is_no_picture_is_refused(embedder: ImageEmbedder, data: bytes) -> None:
    with pytest.raises(Invalid):
        embedder.embed([picture("red"), data])


def test_a_picture_larger_than_any_thumbnail_is_refused_undecoded() -> None:
    out = BytesIO()
    Image.new("1", (2_500, 2_000)).save(out, "PNG")
    with pytest.raises(Invalid, match="thumbnail"):
        ColourHistogram().embed([out.getvalue()])


def test_pictures_of_like_colours_lie_closer_whatever_they_show() -> None:
    one, other, far = ColourHistogram().embed([picture("red", "blue"), picture("blue", "red"), picture("lime", "gold")])
    assert one @ other == pytest.approx(1)
    assert one @ far == pytest.approx(0)


def test_more_pictures_than_one_batch_come_back_in_their_order(tmp_path: Path) -> None:
    embedder = OnnxImages(mean_colours(tmp_path), model="means-v1")
    images = [picture("red"), picture("blue")] * 20
    vectors = embedder.embed(images)
    assert np.allclose(vectors[0::2], vectors[0])
    assert np.allclose(vectors[1::2], vectors[1])
    assert vectors[0] @ vectors[1] < 0.9


def test_a_missing_or_broken_model_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    for path in (broken, tmp_path / "missing.onnx"):
        with pytest.raises(Invalid, match=path.name):
            OnnxImages(path, model="x").embed([picture("red")])


def test_a_model_without_a_name_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = mean_colours(tmp_path)
    first = OnnxImages(path).model
    assert first.startswith("means@") and OnnxImages(path).model == first
    path.write_bytes(path.read_bytes() + b"\0")
    assert OnnxImages(path).model != first


def test_a_model_with_another_input_than_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="vision part"):
        OnnxImages(mean_colours(tmp_path, sizes=["height", "width"]), model="x").embed([picture("red")])


def mean_colours(folder: Path, sizes: list[int | str] | None = None) -> Path:
    """A model file that gives a picture's mean red, green and blue."""
    onnx = pytest.importorskip("onnx")
    make = onnx.helper
    pooled = make.make_node("GlobalAveragePool", ["pixels"], ["mean"])
    flat = make.make_node("Flatten", ["mean"], ["vector"])
    kind = onnx.TensorProto.FLOAT
    graph = make.make_graph(
        [pooled, flat],
        "means",
        [make.make_tensor_value_info("pixels", kind, ["n", 3, *(sizes or [32, 32])])],
        [make.make_tensor_value_info("vector", kind, ["n", 3])],
    )
    path = folder / "means.onnx"
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8), path)
    return path
