"""Retrieval over MuSiQue-100: questions whose answer takes two to four paragraphs, no language model.

Every paragraph becomes a document of its own under its title, in one cube, through the public API; the questions never
are. The files are given by their folder and never shipped (CC BY 4.0, Trivedi et al. 2022).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import memos_graph
from benchmarks import variants
from benchmarks.locomo_scores import OURS, Ingested
from benchmarks.machine import disk_mb, memory_mb
from benchmarks.metrics import fuse
from benchmarks.multihop_report import Asked, Measured, make_report
from benchmarks.report import Report
from benchmarks.watching import timed, watched
from memos_graph.app import CubeHandle, Graph
from memos_graph.model.filter import Filter, parse_filter
from memos_graph.model.graph import LIVE, Node
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import Scored
from memos_graph.services.embed import embed_whole, find_cube

QUESTIONS, CORPUS = "musique_train.json", "musique_train_corpus.json"
CUBE = "paragraphs"
TOP_K = 20  #: of the search that is timed and scored: ten paragraphs, some of them in two passages
_DEEP = 100  #: candidates that plain rankings are fused from
_TEXTS: Filter = parse_filter({"kind": {"in": ["Passage", "Table"]}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The paragraphs, and the questions with the places of the paragraphs that answer them."""

    paragraphs: tuple[tuple[str, str], ...]  #: title, text
    questions: tuple[tuple[str, frozenset[int]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fed:
    graph: Graph
    paragraphs: Mapping[str, int]  #: node id -> place of its paragraph
    titled: npt.NDArray[np.float32]  #: [paragraphs, dimension] of title and text together


def run(folder_of_data: Path, folder: Path, *, questions: int | None = None) -> Report:
    """The report over the files in `folder_of_data`, with the store in `folder`. ValueError for other files."""
    data = read(folder_of_data)
    data = replace(data, questions=data.questions[:questions])
    path = folder / "multihop.graph"
    with memos_graph.open(path) as graph:
        graph.context.embedder.embed(["warm"])  # loading the model is not taking in
        ingested = _ingest(graph, data)
        texts = [f"{title}\n{text}" for title, text in watched(data.paragraphs, "embedding with titles")]
        fed = _Fed(graph=graph, paragraphs=_places(graph), titled=embed_whole(graph.context.embedder, texts))
        seen = {name: replace(fed, graph=blind) for name, blind in variants.ablations(graph, (CUBE,)).items()}
        asked = [_ask(fed, seen, question, wanted) for question, wanted in watched(data.questions, "asking")]
        presets = tuple(f"{OURS}, {name}" for name in variants.presets() if name != "default")
        return make_report(
            Measured(
                asked=tuple(asked), paragraphs=len(data.paragraphs), ingested=ingested, memory=memory_mb(),
                disk_mb=disk_mb(path), embedder=graph.context.embedder.model, presets=presets, ablations=tuple(seen),
                ladder=tuple(variants.ladder()),
            )
        )  # fmt: skip


def read(folder: Path) -> Data:
    """The two files in `folder`. ValueError names what is missing in them."""
    corpus = json.loads((folder / CORPUS).read_text(encoding="utf-8"))
    asked = json.loads((folder / QUESTIONS).read_text(encoding="utf-8"))
    return data_from(corpus, asked)


def data_from(corpus: Sequence[Mapping[str, Any]], asked: Sequence[Mapping[str, Any]]) -> Data:
    """The data that two parsed files say."""
    paragraphs = tuple(dict.fromkeys((one["title"], one["text"]) for one in corpus))
    place = {paragraph: at for at, paragraph in enumerate(paragraphs)}
    questions = []
    for one in asked:
        wanted = [(p["title"], p["paragraph_text"]) for p in one["paragraphs"] if p["is_supporting"]]
        strange = [title for title, text in wanted if (title, text) not in place]
        if strange or not wanted:
            raise ValueError(f"{QUESTIONS}: {one['question']!r} rests on paragraphs that {CORPUS} lacks: {strange[:2]}")
        questions.append((one["question"], frozenset(place[paragraph] for paragraph in wanted)))
    return Data(paragraphs=paragraphs, questions=tuple(questions))


def _ingest(graph: Graph, data: Data) -> Ingested:
    cube = graph.cube(CUBE)
    nodes = edges = 0
    with timed() as took:
        for at, (title, text) in enumerate(watched(data.paragraphs, "feeding")):
            report = cube.add_bytes(f"# {title}\n\n{text}\n".encode(), _name(at))
            nodes, edges = nodes + len(report.nodes), edges + len(report.edges)
    return Ingested(turns=len(data.paragraphs), nodes=nodes, edges=edges, seconds=took.seconds, memory=memory_mb())


def _name(at: int) -> str:
    return f"{at:05d}.md"


def _places(graph: Graph) -> dict[str, int]:
    nodes = graph.context.store.match(everything(CUBE), filter=_TEXTS, limit=1_000_000)
    return {node.id: _place(node) for node in nodes}


def _place(node: Node) -> int:
    return int(Path(node.sources[0].uri).stem)


def _ask(fed: _Fed, blind: Mapping[str, _Fed], question: str, wanted: frozenset[int]) -> Asked:
    cube = fed.graph.cube(CUBE, create=False)
    with timed() as took:
        hits = cube.search(question, top_k=TOP_K)
    (query,) = embed_whole(fed.graph.context.embedder, [question])
    store, scope = fed.graph.context.store, Scope(cubes=(CUBE,), states=LIVE)
    near = _found(fed, store.near(scope, find_cube(store, CUBE).text_space, query, _DEEP, filter=_TEXTS))
    words = _found(fed, store.text(scope, question, _DEEP, filter=_TEXTS))
    rankings = {OURS: _hits(fed, [hit.id for hit in hits])}
    for name, profile in variants.presets().items():
        if name != "default":
            rankings[f"{OURS}, {name}"] = _hits(fed, _searched(cube, question, profile=profile))
    for name, profile in variants.ladder().items():
        rankings[name] = _hits(fed, _searched(cube, question, profile=profile))
    titled = [str(row) for row in np.argsort(-(fed.titled @ query), kind="stable")[:_DEEP]]
    rankings |= {"dense": near, "dense, titled": titled, "BM25": words, "RRF": fuse([near, words])}
    rankings["RRF, titled"] = fuse([titled, words])
    for name, other in blind.items():
        rankings[name] = _hits(fed, _searched(other.graph.cube(CUBE, create=False), question))
    return Asked(
        wanted=frozenset(map(str, wanted)), hops=len(wanted), milliseconds=took.seconds * 1000, rankings=rankings
    )


def _searched(cube: CubeHandle, question: str, **options: Any) -> list[str]:
    return [hit.id for hit in cube.search(question, top_k=TOP_K, **options)]


def _found(fed: _Fed, found: Sequence[Scored]) -> list[str]:
    return _hits(fed, [scored.id for scored in found])


def _hits(fed: _Fed, ids: Sequence[str]) -> list[str]:
    """Paragraphs by their place, best first, each once."""
    return list(dict.fromkeys(str(fed.paragraphs[identity]) for identity in ids if identity in fed.paragraphs))
