"""All rows of a cube, page by page: what copying and exporting read. Holds a page or two at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from memos_graph.model.delta import Change
from memos_graph.model.graph import Edge, Node
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore

PAGE = 1000  #: nodes or edges
CHANGES = 50  #: Changes, each of which may hold the before-images of thousands
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some rows, and from where the next ones are read: None when these are the last."""

    rows: tuple[T, ...]
    cursor: str | None


def node_pages(
    store: GraphStore, cube: str, *, vectors: bool = True, cursor: str | None = None
) -> Iterator[Page[Node]]:
    """Every node version, retired ones too, in the store's order."""
    while True:
        found = store.scan(everything(cube), cursor=cursor, limit=PAGE, vectors=vectors)
        yield Page(rows=found.nodes, cursor=found.cursor)
        if (cursor := found.cursor) is None:
            return


def edge_pages(store: GraphStore, cube: str, *, cursor: str | None = None) -> Iterator[Page[Edge]]:
    """Every edge, retired ones too, in the store's order."""
    while True:
        found = store.scan_edges(everything(cube), cursor=cursor, limit=PAGE)
        yield Page(rows=found.edges, cursor=found.cursor)
        if (cursor := found.cursor) is None:
            return


def change_pages(store: GraphStore, cube: str, *, after: int = 0) -> Iterator[Page[Change]]:
    """Every Change above `after`, in order; a page's cursor is the number of its last one."""
    while changes := store.changes(cube, after=after, limit=CHANGES):
        after = changes[-1].seq
        yield Page(rows=changes, cursor=str(after))


def last_seq(store: GraphStore, cube: str) -> int:
    """The number of the cube's last Change, 0 for none. O(log of it) reads: numbers leave no gaps."""
    low, step = 0, 1
    while store.changes(cube, after=low + step - 1, limit=1):
        low, step = low + step, step * 2
    high = low + step  # no Change has this number
    while high - low > 1:
        middle = (low + high) // 2
        if store.changes(cube, after=middle - 1, limit=1):
            low = middle
        else:
            high = middle
    return low


def ahead(pages: Iterator[T], beside: Callable[[T], U]) -> Iterator[tuple[T, U]]:
    """Each of `pages` and what `beside` says of it, made in a thread of its own while the one before is worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as pool:

        def following() -> tuple[T, U] | None:
            page = next(pages, None)
            return None if page is None else (page, beside(page))

        coming = pool.submit(following)
        while (found := coming.result()) is not None:
            coming = pool.submit(following)
            yield found


def coming(pages: Iterator[T]) -> Iterator[T]:
    """`pages`, each read while the one before is worked on."""
    return (page for page, _ in ahead(pages, lambda page: None))
