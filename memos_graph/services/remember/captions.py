"""Words for pictures that have none, from a model that looks at them.

What the model says is data: it becomes the picture's words, with the model's name beside it, and never an instruction.
A model that does not answer leaves the picture without words and says so; it is asked again when the same bytes come
again. Each picture is asked about once, wherever it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from memos_graph.model.errors import Invalid, Unavailable
from memos_graph.model.graph import Node
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.remember.gallery import CubePictures, Gallery
from memos_ingest import Document, PictureFacts
from memos_ingest.pictures import FEATURELESS

AGAIN = "feed it again to ask again"  #: ends the sentence of pictures without words
MOST_SAID = 2_000  #: characters of what a model says that are kept
_LEAST_SIDE = 32  #: pixels; a smaller picture is a bullet or a rule
_ASKED = 8  #: pictures asked about between two looks at whether the model still answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What a model said of a picture."""

    text: str  #: "" when it had nothing to say
    by: str  #: its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Captions:
    """Of the pictures of one document, by the hash of their content; and a sentence for those it could not get."""

    said: Mapping[str, Caption] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


NONE = Captions()


def captions_of(context: Context, cube: str, document: Document, gallery: Gallery, known: CubePictures) -> Captions:
    """A caption for each picture of `document` without words: the one its node has, or else the model's."""
    if context.captioner is None:
        return NONE
    silent = dict(_silent(document))
    nodes = {hash: gallery.find(facts, "") for hash, (facts, _) in silent.items()}
    scope = replace(everything(cube), retired=False)
    stored = {node.id: node for node in context.store.get(scope, [i for i in nodes.values() if i is not None])}
    said: dict[str, Caption] = {}
    waiting: list[tuple[str, bytes, str]] = []
    for hash, (facts, hint) in silent.items():
        node = stored.get(nodes[hash] or "")
        before = None if node is None else _before(node)
        if before is not None:
            said[hash] = before
        elif node is None or not node.text:  # another document's words are words
            waiting.append((hash, facts.thumbnail, hint))
    asked = _ask(context, waiting, known)
    missing = len(waiting) - len(asked)
    why = f"{missing} picture{'s have' if missing > 1 else ' has'} no words: {known.silent}; {AGAIN}"
    return Captions(said=said | asked, unread=(why,) if missing else ())


def _silent(document: Document) -> Iterator[tuple[str, tuple[PictureFacts, str]]]:
    """The pictures that no words are given for and a model may see something in, with what stands around them."""
    heading = ""
    for element in document.elements:
        if element.kind in ("title", "heading"):
            heading = element.text
        facts = element.picture
        if element.kind != "image" or facts is None or not facts.thumbnail or facts.likeness == FEATURELESS:
            continue
        words = (element.text, element.alt, element.caption)
        if any(text and text.strip() for text in words) or min(facts.width, facts.height) < _LEAST_SIDE:
            continue
        yield facts.content_hash, (facts, " > ".join(dict.fromkeys(t for t in (document.title, heading) if t)))


def _before(node: Node) -> Caption | None:
    text, by = node.info.get("caption"), node.info.get("caption_by")
    return Caption(text=text, by=by) if isinstance(text, str) and isinstance(by, str) else None


def _ask(context: Context, waiting: list[tuple[str, bytes, str]], known: CubePictures) -> dict[str, Caption]:
    """What the model says of each, until it does not answer; for the rest of the run it is not asked again then."""
    model = context.captioner
    said: dict[str, Caption] = {}
    for start in range(0, len(waiting), _ASKED):
        chunk = waiting[start : start + _ASKED]
        if model is None or known.silent:
            break
        try:
            texts = model.caption([image for _, image, _ in chunk], [hint for _, _, hint in chunk])
        except (Unavailable, Invalid) as problem:
            known.silent = f"{model.model} did not say what they show: {problem}"[:300]
            break
        for (hash, _, _), text in zip(chunk, texts, strict=True):
            said[hash] = Caption(text=_cleaned(text), by=model.model)
    return said


def _cleaned(text: str) -> str:
    """One line of printable characters: what a model says may hold anything."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:MOST_SAID]
