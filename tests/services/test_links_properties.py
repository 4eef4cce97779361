"""Whatever is fed, changed and deleted in whatever order, the links are those of what is there at the end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.app import Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.graph import LIVE
from memos_graph.model.scope import Scope
from memos_graph.services.context import Context
from tests.services.conftest import Clock

NAMES = ("amber", "birch", "cedar", "dogwood")
#: a document, and which others it links to and names; None: it is deleted
Said = tuple[str, tuple[frozenset[str], frozenset[str]] | None]
some = st.frozensets(st.sampled_from(NAMES))
steps = st.lists(st.tuples(st.sampled_from(NAMES), st.tuples(some, some) | st.none()), min_size=1, max_size=12)


class OneVector:
    """Every text means the same: nothing here is about meaning."""

    model, dimension, limit = "one", 2, 0

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.tile(np.array([1, 0], np.float32), (len(texts), 1))

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def text_of(name: str, links: frozenset[str], names: frozenset[str]) -> str:
    linked = "".join(f"\n\nIt goes with [the other]({other}.md)." for other in sorted(links))
    named = "".join(f"\n\nRead the {other.title()} Harbour Sheet first." for other in sorted(names))
    return f"# {name.title()} Harbour Sheet\n\nThis is about {name}.{linked}{named}\n"


@settings(max_examples=60)
@given(steps, st.booleans())
def test_the_links_are_always_those_between_what_is_there(said: list[Said], reopened: bool) -> None:
    store, clock = InMemoryStore(), Clock()
    cube = Graph(Context(store=store, embedder=OneVector(), clock=clock)).cube("kb")
    there: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    roots: dict[str, str] = {}
    for at, (name, refers) in enumerate(said):
        if reopened and at == len(said) // 2:
            cube = Graph(Context(store=store, embedder=OneVector(), clock=clock)).cube("kb")
        if refers is not None:
            (roots[name],) = cube.add_bytes(text_of(name, *refers).encode(), f"{name}.md").ids
            there[name] = refers
        elif name in there:
            cube.delete(roots[name])
            del there[name]
    scope = Scope(cubes=("kb",), states=LIVE, current_at=clock())
    documents = {identity: name for name, identity in roots.items()}
    sources = {
        node.id: node.sources[0].uri.removesuffix(".md") for node in store.match(scope, limit=1000) if node.sources
    }
    pairs = [
        (sources[edge.from_id], documents[edge.to_id])
        for edge in store.edges(scope, kinds=["REFERS_TO"])
        if edge.from_id in sources and edge.to_id in sources
    ]
    wanted = {(name, to) for name, (links, names) in there.items() for to in (links | names) & there.keys() - {name}}
    assert set(pairs) == wanted
    # one edge from a text to a document, however often it came back
    assert len(pairs) == len(set(pairs))
