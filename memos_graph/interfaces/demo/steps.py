"""What the demo does, as steps that return data. Prints nothing; every number shown is computed here, live."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from memos_graph.app import CubeHandle, Graph
from memos_graph.interfaces.demo.material import Prepared
from memos_graph.model.graph import Node
from memos_graph.model.scope import Scope, everything
from memos_graph.services.hits import Hit

if TYPE_CHECKING:
    from memos_graph.services.remember.report import Fed, Listener

TOP = 5  #: a hit counts as found while it ranks so or better
_MOST = 2_000
_PDF = "application/pdf"
_SHOWN = ("Image", "Table", "Passage")
LOOKED = 100  #: ranks past that are told as below it


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How much there is, by kind."""

    nodes: Mapping[str, int]
    edges: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question: the passage that answers it, where each way of searching ranks it, and our path to it."""

    question: str
    answer: str  #: as prepared; "" for a visitor's own folder
    why: str
    proof: Node  #: the passage that holds the answer
    vector_rank: int | None  #: from 1, by vectors alone; None: not in the first `LOOKED`
    rank: int | None  #: from 1, by search
    vector_first: Node | None  #: what vectors alone put first
    hit: Hit | None  #: ours, for `proof`
    hits: tuple[Hit, ...]  #: our first ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A fact before and after its document changed, and what leads from one to the other."""

    question: str
    before: Hit | None  #: asked before the change
    after: Hit | None  #: asked after it
    as_of: Hit | None  #: asked after it, as of before
    moment: datetime  #: what `as_of` was asked for
    old: Node
    new: Node
    wrote: tuple[int, int]  #: nodes and edges
    untouched: int  #: pieces of the document that stayed as they were


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """The same sources fed a second time."""

    first: tuple[Fed, ...]
    second: tuple[Fed, ...]
    nodes: tuple[int, int]  #: before and after
    edges: tuple[int, int]
    changes: tuple[int, int]  #: number of the cube's last change, before and after


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A memory of one format, and the page it came from as it looks."""

    media_type: str
    node: Node
    page: bytes | None  #: PNG; None where the format has no pages, and for all but the first


def feed(kb: CubeHandle, sources: Sequence[Path | str], listen: Listener | None = None) -> tuple[Fed, ...]:
    """Feed `sources`, files, folders and URLs; what became of each file."""
    return tuple(fed for source in sources for fed in kb.add(source, listen=listen).fed)


def shape(kb: CubeHandle) -> Shape:
    """The cube's counts by kind."""
    nodes, edges = kb.stats()
    return Shape(nodes=nodes, edges=edges)


def places(kb: CubeHandle) -> tuple[Placed, ...]:
    """For each format that was fed, from files and from the web, one memory with its place: a picture that says
    something, a table, or text."""
    documents = {d.key: str(d.info.get("media_type", "")) for d in kb.list(filter={"kind": "Document"}, limit=_MOST)}
    found: dict[tuple[str, bool], Node] = {}
    nodes = [node for kind in _SHOWN for node in kb.list(filter={"kind": kind}, limit=_MOST)]
    for node in sorted(nodes, key=_tells_most):
        uri = node.sources[0].uri if node.sources else ""
        if media_type := documents.get(uri):
            found.setdefault((media_type, "://" in uri), node)
    return tuple(
        Placed(
            media_type=media_type, node=node, page=kb.page_image(node.id) if media_type == _PDF and not web else None
        )
        for (media_type, web), node in found.items()
    )


def _tells_most(node: Node) -> tuple[bool, int, bool]:
    return not node.text, _SHOWN.index(node.kind), not node.sources or node.sources[0].box is None


def feed_again(kb: CubeHandle, sources: Sequence[Path | str], first: tuple[Fed, ...]) -> Twice:
    """Feed `sources` once more, and count what that wrote."""
    before, seq = shape(kb), last_change(kb)
    second = feed(kb, sources)
    after = shape(kb)
    return Twice(
        first=first, second=second, nodes=(sum(before.nodes.values()), sum(after.nodes.values())),
        edges=(sum(before.edges.values()), sum(after.edges.values())), changes=(seq, last_change(kb)),
    )  # fmt: skip


def last_change(kb: CubeHandle) -> int:
    """The number of the cube's last change; 0 when there is none."""
    after = 0
    while page := kb.history(after=after):
        after = page[-1].seq
    return after


def ask(graph: Graph, kb: CubeHandle, question: Prepared) -> Asked | None:
    """Both ranks of the passage that proves the answer; None when no passage holds its words."""
    proofs = [n for n in kb.list(filter={"text": {"contains": question.quote}}, limit=50) if n.kind not in containers()]
    if not proofs:
        return None
    near = by_vector(graph, kb, question.question)
    hits = kb.search(question.question, top_k=LOOKED)
    ours = {hit.id: hit for hit in hits}
    proof = min(proofs, key=lambda n: (ours[n.id].rank if n.id in ours else LOOKED + 1, n.id))
    hit = ours.get(proof.id)
    first = kb.get_many(near[:1])
    return Asked(
        question=question.question, answer=question.answer, why=question.why, proof=proof,
        vector_rank=near.index(proof.id) + 1 if proof.id in near[:LOOKED] else None,
        rank=hit.rank if hit else None, vector_first=first[0] if first else None, hit=hit, hits=hits[:TOP],
    )  # fmt: skip


def by_vector(graph: Graph, kb: CubeHandle, question: str) -> list[str]:
    """Ids of the memories nearest to `question` by its vector alone, best first; containers are left out for both."""
    store = graph.context.store
    space = next(cube.text_space for cube in store.cubes() if cube.id == kb.name)
    kinds = sorted(set(kb.stats()[0]) - containers())
    if not space or not kinds:
        return []
    from memos_graph.model.filter import where

    (vector,) = graph.context.embedder.embed([question])
    found = store.near(kb.scope(), space, vector, LOOKED, filter=where("kind", "in", kinds))
    return [scored.id for scored in found]


def containers() -> frozenset[str]:
    """Kinds that are ways and never hits."""
    from memos_graph.engines.profile import RecallProfile

    return RecallProfile().hidden_kinds


def choose(asked: Sequence[Asked]) -> tuple[Asked, ...]:
    """Three to show: first those the graph finds and vectors miss, then one that vectors find too."""
    won = [a for a in asked if found(a.rank) and not found(a.vector_rank)]
    won.sort(key=lambda a: (-(a.vector_rank or LOOKED), a.rank))
    both = [a for a in asked if found(a.rank) and found(a.vector_rank)]
    rest = [a for a in asked if a not in won and a not in both]
    plain = both[-1:]  # the plain question comes last
    return tuple([*won[: 3 - len(plain)], *plain, *both[:-1], *won[2:], *rest][:3])


def found(rank: int | None) -> bool:
    """Whether a rank counts as found."""
    return rank is not None and rank <= TOP


def change(
    graph: Graph, kb: CubeHandle, question: str, name: str, data: bytes, clock: Callable[[], datetime]
) -> Changed | None:
    """Feed `data` as the next version of source `name`, asking before and after; None when nothing was superseded."""
    before = kb.search(question, top_k=1)
    moment = clock()
    (fed,) = kb.add_bytes(data, name).fed
    after = kb.search(question, top_k=1)
    then = kb.search(question, top_k=1, as_of=moment)
    written = set(fed.nodes)
    superseded = [
        e for e in graph.context.store.edges(every(kb), touching=written, kinds=["SUPERSEDES"]) if e.from_id in written
    ] if written else []  # fmt: skip
    nodes = {n.id: n for n in graph.context.store.get(every(kb), [i for e in superseded for i in (e.from_id, e.to_id)])}
    pairs = [(nodes[e.to_id], nodes[e.from_id]) for e in superseded if nodes[e.from_id].kind not in containers()]
    pairs = [(old, new) for old, new in pairs if old.text != new.text and new.valid_to is None]
    if not pairs:
        return None
    old, new = pairs[0]
    return Changed(
        question=question, before=_first(before), after=_first(after), as_of=_first(then), moment=moment, old=old,
        new=new, wrote=(len(fed.nodes), len(fed.edges)), untouched=len(fed.present),
    )  # fmt: skip


def every(kb: CubeHandle) -> Scope:
    """A scope over all the cube holds, superseded things too."""
    return everything(kb.name)


def _first(hits: Sequence[Hit]) -> Hit | None:
    return hits[0] if hits else None
