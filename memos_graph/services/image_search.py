"""Find pictures: those like a given one, or, with a model of words and pictures, those that words describe.

By vectors alone, in the space of pictures; what the pictures' own words say is `recall`'s to search. A picture that is
given is read as any file from outside is, in a process of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from memos_graph.model.errors import EmbedderMismatch, Invalid, NotSupported
from memos_graph.model.filter import Filter
from memos_graph.model.graph import LIVE, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.vectors import picture_space
from memos_graph.ports_images import ImageEmbedder, ImageTextEmbedder
from memos_graph.services.asking import MAX_TOP_K
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.hits import Hit
from memos_graph.services.remember.picture_vectors import vectors_of
from memos_graph.services.remember.reading import Reader, reader_for
from memos_ingest import Document, IngestError
from memos_ingest.limits import DEFAULT_LIMITS
from memos_ingest.sandbox import Job

ARM = "image"  #: the only arm of such a hit


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What is asked: a picture's bytes or its file, or words; and where to look."""

    query: bytes | Path | str  #: a str is words, never a path
    cubes: tuple[str, ...]
    top_k: int = 10
    filter: Filter | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None

    def __post_init__(self) -> None:
        if isinstance(self.top_k, bool) or not isinstance(self.top_k, int) or not 1 <= self.top_k <= MAX_TOP_K:
            raise Invalid("top_k", self.top_k, f"use a whole number from 1 to {MAX_TOP_K}")
        if not isinstance(self.query, bytes | Path | str):
            raise Invalid("query", type(self.query).__name__, "give a picture's bytes, its Path, or words")
        if isinstance(self.query, str) and not self.query.strip():
            raise Invalid("query", self.query, "ask something")


def search_images(context: Context, request: ImageRequest, *, reader: Reader | None = None) -> tuple[Hit, ...]:
    """The `top_k` pictures closest to the query by cosine, best first, ties by (cube, id).

    `NotSupported` without a model, or with words for one that knows only pictures; `Invalid` for what is no picture;
    `EmbedderMismatch` for a cube whose pictures another model embedded. A cube without pictures' vectors gives none.
    """
    model = context.images
    if model is None:
        raise NotSupported("search_images", "no model looks at pictures: set MEMOS_GRAPH_IMAGES, or open(..., images=)")
    spaces = {cube: space for cube in request.cubes if (space := _space(context, cube, model))}
    vector = _words(model, request.query) if isinstance(request.query, str) else _picture(model, request.query, reader)
    found = [
        scored
        for cube, space in spaces.items()
        for scored in context.store.near(_scope(context, request, cube), space, vector, request.top_k,
                                         filter=request.filter)
    ]  # fmt: skip
    best = sorted(found, key=lambda each: (-each.score, each.cube, each.id))[: request.top_k]
    nodes = {
        (node.cube, node.id): node
        for cube in spaces
        for node in context.store.get(_scope(context, request, cube), [each.id for each in best if each.cube == cube])
    }
    there = [(each, nodes[each.cube, each.id]) for each in best if (each.cube, each.id) in nodes]
    return tuple(
        Hit(node=node, score=each.score, rank=rank, arms={ARM: each.score}, routes=())
        for rank, (each, node) in enumerate(there, 1)
    )


def _space(context: Context, cube: str, model: ImageEmbedder) -> str:
    space = picture_space(find_cube(context.store, cube))
    if space is not None and space.model != model.model:
        raise EmbedderMismatch(cube, space.model, model.model)
    return "" if space is None else space.name


def _scope(context: Context, request: ImageRequest, cube: str) -> Scope:
    past = request.as_of is not None or request.known_at is not None
    return Scope(
        cubes=(cube,), as_of=request.as_of, known_at=request.known_at, states=LIVE | {"archived"} if past else LIVE,
        current_at=None if past else context.clock(),
    )  # fmt: skip


def _words(model: ImageEmbedder, words: str) -> Vector:
    if not knows_words(model):
        raise NotSupported("search_images", f"{model.model} knows pictures only: give a picture's bytes, or its Path")
    both: ImageTextEmbedder = model  # type: ignore[assignment]  # just looked at
    vector: Vector = both.embed_texts([words])[0]
    return vector


def knows_words(model: ImageEmbedder) -> bool:
    """Whether words can be embedded beside pictures: `ImageTextEmbedder`."""
    return callable(getattr(model, "embed_texts", None))


def _picture(model: ImageEmbedder, given: bytes | Path, reader: Reader | None) -> Vector:
    shown = f"{len(given):,} bytes" if isinstance(given, bytes) else str(given)
    for _, vector in vectors_of(model, [(0, _thumbnail(given, shown, reader))]):
        return vector
    raise Invalid("query", shown, f"{model.model} sees nothing in it; give another picture")


def _thumbnail(given: bytes | Path, shown: str, reader: Reader | None) -> bytes:
    """The picture as small as those on nodes are."""
    try:
        data = given if isinstance(given, bytes) else _file(given)
    except OSError as problem:
        raise Invalid("query", shown, f"the file can't be read: {problem.strerror}") from problem
    with reader_for(reader) as reads:
        ((_, came),) = reads.map([Job(data=data, name="query", limits=DEFAULT_LIMITS)])
    if isinstance(came, IngestError):
        raise Invalid("query", shown, came.reason)
    documents: Collection[Document] = [source for source in came if isinstance(source, Document)]
    for element in (element for document in documents for element in document.elements):
        if element.picture is not None and element.picture.thumbnail:
            return element.picture.thumbnail
    raise Invalid("query", shown, "there is no picture in it; give a PNG, JPEG, WebP, TIFF, GIF or BMP")


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(DEFAULT_LIMITS.file_bytes + 1)  # one more than the reader takes, which says so
