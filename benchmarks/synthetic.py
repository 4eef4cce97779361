"""Made-up cubes of any size: the same arguments always give the same graph.

Shaped like fed documents: sections of 20 passages that follow each other, entities that some passages mention often and
most never. Words come as words do (Zipf), from a vocabulary that grows slower than the text. Vectors are random
directions, which is harder on an index than real ones: nothing clusters. Declines to know stores and clocks.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from memos_graph.model.graph import Edge, Node, Source, make_edge

T = TypeVar("T")
VOCABULARY = 20_000
_SECTION = 20  #: passages in a section
_ENTITIES = 0.08  #: share of nodes
_START = datetime(2025, 1, 1, tzinfo=UTC)
_SYLLABLES = ("ba", "den", "fi", "gor", "hal", "jo", "kem", "lu", "mir", "no", "pas", "qui", "rod", "sel", "tu", "vex")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """One cube's nodes and edges; every node carries a vector in `space`."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    vectors: npt.NDArray[np.float32]  #: [nodes, dimension], rows as `nodes`


def make(cube: str, nodes: int, edges: int, *, space: str, dimension: int, seed: int) -> MadeUp:
    """About `nodes` nodes and at most `edges` edges of `cube`: PARENT and FOLLOWS first, MENTIONS for the rest."""
    generator = np.random.default_rng([seed, int.from_bytes(hashlib.sha256(cube.encode()).digest()[:4])])
    entities = max(1, round(nodes * _ENTITIES))
    sections = max(1, round((nodes - entities) / (_SECTION + 1)))
    passages = max(1, nodes - entities - sections)
    vectors = unit_rows(generator, entities + sections + passages, dimension)
    texts = iter(sentences(generator, entities + sections + passages))
    kinds = ("Entity",) * entities + ("Section",) * sections + ("Passage",) * passages
    made = tuple(
        _node(cube, kind, at, next(texts), {space: vectors[at]}) for at, kind in enumerate(kinds)
    )  # fmt: skip
    by_kind = [made[:entities], made[entities : entities + sections], made[entities + sections :]]
    linked = tuple(itertools.islice(_edges(cube, by_kind[0], by_kind[1], by_kind[2], generator), edges))
    return MadeUp(nodes=made, edges=linked, vectors=vectors)


def sentences(generator: np.random.Generator, count: int, *, shortest: int = 20, longest: int = 60) -> list[str]:
    """`count` texts of `shortest` to `longest` words; the r-th commonest word is 1/r as common as the first."""
    lengths = generator.integers(shortest, longest + 1, size=count)
    weights = 1 / np.arange(1, VOCABULARY + 1)
    ranks = generator.choice(VOCABULARY, size=int(lengths.sum()), p=weights / weights.sum())
    ends = np.cumsum(lengths)
    return [
        " ".join(word(int(rank)) for rank in ranks[end - length : end]).capitalize() + "."
        for end, length in zip(ends, lengths, strict=True)
    ]


def word(rank: int) -> str:
    """The word of this rank: syllables, so that no two ranks share one and common ones are short."""
    parts = [_SYLLABLES[rank % 16]]
    while rank := rank // 16:
        parts.append(_SYLLABLES[rank % 16])
    return "".join(parts) + "n"


def unit_rows(generator: np.random.Generator, rows: int, dimension: int) -> npt.NDArray[np.float32]:
    """[rows, dimension] float32 of unit length, all directions alike."""
    drawn = generator.standard_normal((rows, dimension), dtype=np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), dtype=np.float32)


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in order, `size` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def _node(cube: str, kind: str, at: int, text: str, vectors: dict[str, npt.NDArray[np.float32]]) -> Node:
    identity = f"{kind[:3].lower()}_{hashlib.sha256(f'{cube}/{at}'.encode()).hexdigest()[:24]}"
    known = _START + timedelta(seconds=at)
    shown = " ".join(text.split()[:3]) if kind != "Passage" else text
    return Node(
        id=identity, cube=cube, kind=kind, text=shown, key=shown.lower() if kind == "Entity" else "",
        sources=(Source(uri=f"document-{at // 500}.md", start=at * 300, end=at * 300 + len(text)),),
        info={"order": at}, created_at=known, updated_at=known, vectors=vectors,
    )  # fmt: skip


def _edges(cube: str, entities: Sequence[Node], sections: Sequence[Node], passages: Sequence[Node],
           generator: np.random.Generator) -> Iterator[Edge]:  # fmt: skip
    for at, passage in enumerate(passages):
        section = sections[min(at // _SECTION, len(sections) - 1)]
        yield make_edge(cube, "PARENT", passage.id, section.id, created_at=_START)
        if at % _SECTION:
            yield make_edge(cube, "FOLLOWS", passage.id, passages[at - 1].id, created_at=_START)
    weights = 1 / np.arange(1, len(entities) + 1)
    seen: set[tuple[int, int]] = set()
    while len(seen) < len(passages) * len(entities):
        drawn = zip(
            generator.integers(0, len(passages), size=1000).tolist(),
            generator.choice(len(entities), size=1000, p=weights / weights.sum()).tolist(),
            strict=True,
        )
        for passage_at, entity_at in drawn:
            if (passage_at, entity_at) not in seen:
                seen.add((passage_at, entity_at))
                yield make_edge(cube, "MENTIONS", passages[passage_at].id, entities[entity_at].id, created_at=_START,
                                weight=0.5)  # fmt: skip
