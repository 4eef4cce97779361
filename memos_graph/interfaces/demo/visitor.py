"""The demo on a visitor's own folder: questions that the folder itself suggests, and a change made to a copy only.

Nobody has prepared answers here, so nothing is claimed right or wrong: what is shown is what search returns, where
vectors alone rank the same passage, and the path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memos_graph.interfaces.demo.steps import by_vector, containers, found
from memos_graph.model.graph import Node
from memos_graph.services.hits import Hit

if TYPE_CHECKING:
    from memos_graph.app import CubeHandle, Graph
    from memos_graph.services.remember.report import Fed

_TEXTS = frozenset({".md", ".markdown", ".txt", ".text", ".rst"})
_LARGEST = 2_000_000  #: bytes of a file that is copied to show a change
_NAMES = 8  #: names that questions are tried with


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """One question made from names that the folder's files share, and what search returns for it."""

    question: str
    why: str
    hits: tuple[tuple[Hit, int | None], ...]  #: each with its rank by vectors alone


def suggest(graph: Graph, kb: CubeHandle, wanted: int = 3) -> tuple[Suggested, ...]:
    """Up to `wanted` questions, those first whose hits the graph brought and vectors rank low."""
    tried = [_ask(graph, kb, question, why) for question, why in _questions(graph, kb)]
    tried = [one for one in tried if one.hits]
    gained = {id(one): sum(1 for _, rank in one.hits[:5] if not found(rank)) for one in tried}
    tried.sort(key=lambda one: -gained[id(one)])
    return tuple(tried[:wanted])


def _ask(graph: Graph, kb: CubeHandle, question: str, why: str) -> Suggested:
    near = by_vector(graph, kb, question)
    hits = kb.search(question, top_k=5)
    ranks = {identity: at for at, identity in enumerate(near, start=1)}
    return Suggested(question=question, why=why, hits=tuple((hit, ranks.get(hit.id)) for hit in hits))


def _questions(graph: Graph, kb: CubeHandle) -> Iterator[tuple[str, str]]:
    """Questions from the names that stand in most files; in a folder without such names, from its longest headings."""
    names = _shared_names(graph, kb)
    for at, (first, files) in enumerate(names):
        partner = next((other for other, others in names[at + 1 :] if not set(others) & set(files)), None)
        partner = partner or (names[at + 1][0] if at + 1 < len(names) else None)
        told = f"{first} stands in {len(files)} files"
        if partner is not None:
            yield f"How are {first} and {partner} connected?", f"{told}; {partner} in others"
        yield f"What happened with {first}?", told
    if not names:
        for section in kb.list(filter={"kind": "Section"}, limit=200)[:_NAMES]:
            yield f"What is said about {section.text}?", "a heading; no name stands in two files"
        for document in kb.list(filter={"kind": "Document"}, limit=200)[:_NAMES]:
            yield f"What does {document.text or document.key} say?", "a title; no name stands in two files"


def _shared_names(graph: Graph, kb: CubeHandle) -> list[tuple[str, tuple[str, ...]]]:
    """(name, files) of entities that several files mention, but not so many that they say little; most files first."""
    files: dict[str, set[str]] = defaultdict(set)
    mentions = kb.edges(kinds=["MENTIONS"])
    starts = {n.id: n for n in _nodes(kb, [e.from_id for e in mentions])}
    for edge in mentions:
        start = starts.get(edge.from_id)
        if start is not None and start.sources and start.kind not in containers():
            files[edge.to_id].add(start.sources[0].uri)
    shared = sorted((i for i, uris in files.items() if len(uris) > 1), key=lambda i: (-len(files[i]), i))[:_NAMES]
    names = {n.id: n.text for n in kb.get_many(shared)}
    return [(names[i], tuple(sorted(files[i]))) for i in shared if i in names]


def _nodes(kb: CubeHandle, ids: list[str]) -> Iterator[Node]:
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), 1000):
        yield from kb.get_many(unique[start : start + 1000])


def copy_with_a_change(place: Path, fed: tuple[Fed, ...]) -> tuple[str, bytes, bytes, str] | None:
    """(name, bytes, changed bytes, the words before the change) of one text file that was fed; None: there is none.

    The file itself is only read.
    """
    for one in fed:
        path = place / one.name if place.is_dir() else place
        if one.outcome == "failed" or path.suffix.lower() not in _TEXTS or not path.is_file():
            continue
        data = path.read_bytes()
        if len(data) > _LARGEST:
            continue
        try:
            lines = data.decode("utf-8").splitlines(keepends=True)
        except UnicodeDecodeError:
            continue
        prose = [i for i, line in enumerate(lines) if _is_prose(line)]
        at = next((i for i in prose if lines[i].rstrip().endswith((".", "!", "?", "。"))), prose[0] if prose else None)
        if at is None:
            continue
        old = lines[at].strip()
        lines[at] = lines[at].rstrip("\r\n") + " This sentence was added by the demo, on a copy.\n"
        return one.name, data, "".join(lines).encode(), old
    return None


def _is_prose(line: str) -> bool:
    text = line.strip()
    return len(text) > 30 and text[0].isalnum() and not text.startswith(("http://", "https://"))
