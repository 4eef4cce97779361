"""A cube with three subjects, and an embedder that is fast: a text's vector is the sum of its words'."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

import numpy as np
import numpy.typing as npt

from memos_graph.app import CubeHandle
from memos_graph.model.graph import Node
from memos_graph.services.remember.ids import node_id

SUBJECTS = {
    "gardening": ("roses", "compost", "tomatoes", "greenhouse", "weeds", "hedges", "tulips", "mulch"),
    "sailing": ("mast", "knots", "harbour", "storms", "keel", "anchor", "rudder", "jib"),
    "baking": ("sourdough", "oven", "flour", "yeast", "loaves", "crust", "dough", "rye"),
}
SAYINGS = (
    "Ann asked about {thing} while {subject} in the morning.",
    "Ann has a book on {thing} for {subject} at home.",
    "Ann said {thing} matter most when {subject} with friends.",
)


class Bag:
    """Words, each a fixed random direction; texts of equal words have equal vectors."""

    model = "bag"
    dimension = 64
    limit = 0

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.stack([self._one(text) for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)

    def _one(self, text: str) -> npt.NDArray[np.float32]:
        total = sum((_direction(word) for word in re.findall(r"\w+", text.lower())), np.zeros(64, np.float32))
        norm = float(np.linalg.norm(total))
        return np.asarray(total / norm if norm else _direction(""), np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


@cache
def _direction(word: str) -> npt.NDArray[np.float32]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    scale = 3 if word in SUBJECTS else 1
    return np.asarray(np.random.default_rng(seed).normal(size=64) * scale, np.float32)


def texts(subject: str) -> list[str]:
    return [saying.format(thing=thing, subject=subject) for thing in SUBJECTS[subject] for saying in SAYINGS]


def fill(kb: CubeHandle, *subjects: str) -> None:
    """24 memories on each of `subjects`."""
    at = datetime(2025, 1, 1, tzinfo=UTC)
    kb.put([
        Node(id=node_id("mem", "LongTermMemory", text), cube=kb.name, kind="LongTermMemory", text=text, created_at=at,
             updated_at=at)
        for subject in subjects or tuple(SUBJECTS) for text in texts(subject)
    ])  # fmt: skip


def everything_in(kb: CubeHandle) -> tuple[object, ...]:
    """What the cube holds: nodes, live edges, and how many changes there were."""
    nodes = sorted((n.id, n.kind, n.text, n.status, n.version, str(dict(n.info))) for n in kb.list(limit=10_000))
    edges = sorted((e.kind, e.from_id, e.to_id, round(e.weight, 3)) for e in kb.edges())
    return nodes, edges, len(kb.history(limit=10_000))
