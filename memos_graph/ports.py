"""What the engine needs from outside, as Protocols that promise behaviour. No implementation here.

One contract suite per port (`memos_graph.testing`) says the same in tests; every backend inherits it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from memos_graph.model.delta import Change, Delta, Receipt
from memos_graph.model.fetched import Known, Visited
from memos_graph.model.filter import Filter
from memos_graph.model.graph import Cube, Edge, Node, Vector
from memos_graph.model.scope import Scope
from memos_graph.model.survey import Lexicon, Survey

Direction = Literal["out", "in", "both"]
Clock = Callable[[], datetime]  #: now, UTC
LOADING = "import_unfinished"  #: a cube's setting, true while it is being filled by `load`


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a store can do, as data. A gap is named with its reason, and its contract test must fail."""

    name: str
    durable: bool = True  #: acknowledged writes survive a kill
    shared: bool = False  #: several processes may open it at once
    cypher: bool = False  #: it is a `CypherStore` too
    exact_near: int | None = None  #: nodes in scope up to which `near` is exact, beyond them approximate; None: any
    whole_survey: int | None = None  #: nodes of a cube that a survey lays out whole; None: any
    gaps: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A node found, with its score in that search alone: scores of different searches do not compare."""

    cube: str
    id: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A node reached by a walk; `path` holds the edges from a start node to it, in walking order."""

    node: Node
    hops: int
    path: tuple[Edge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePage:
    """Some nodes in store order; pass `cursor` on for the next ones, None: there are none."""

    nodes: tuple[Node, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgePage:
    """Some edges in store order; pass `cursor` on for the next ones, None: there are none."""

    edges: tuple[Edge, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Sort by a node field, ties by (cube, id); nodes without the field come last."""

    field: str = "created_at"
    descending: bool = False


class GraphStore(Protocol):
    """Nodes, edges and their history. Safe to call from several threads. Nothing outside a Scope is ever returned.

    Every verb raises `NotFound` for a cube that does not exist, `Invalid` for a value that can't be used.
    A verb returns only once what was acknowledged before it, in this process, can be found by it.
    """

    can: Capabilities

    def close(self) -> None:
        """Release files and processes; a second call does nothing."""

    # --- cubes

    def cubes(self) -> tuple[Cube, ...]:
        """Every cube, by id."""

    def create_cube(self, cube: Cube) -> Cube:
        """Make `cube`, on disk before it returns. `AlreadyExists` when its id is taken."""

    def replace_cube(self, cube: Cube) -> Cube:
        """Set the class, spaces, text_space and settings of an existing cube.

        A space that stays keeps its model and dimension (`Invalid` else); one that goes takes its vectors with it.
        """

    def drop_cube(self, cube: str) -> None:
        """Remove a cube with all that is in it, its changes and index included."""

    # --- writes

    def apply(self, delta: Delta) -> Receipt:
        """Write all of `delta` or none, with its Change, on disk before it returns; again, and it changes nothing.

        A Delta that leaves everything as it was writes no Change. Vectors are checked against the cube's spaces first:
        `DimensionMismatch`, and `Invalid` for one that is not finite or all zero. `Conflict`, `MissingEndpoint`,
        `DiskFull`, `Refused` (the cube is LOADING): nothing was written. `IndexBehind`: all was, the index is late.
        """

    def load(self, cube: str, *, nodes: Sequence[Node] = (), edges: Sequence[Edge] = (),
             changes: Sequence[Change] = ()) -> None:  # fmt: skip
        """Put rows of another store's cube as they are: versions, times, retired ones, vectors, Changes with their seq.

        All of one call or none, on disk before it returns; rows that are there under the same id are replaced, so that
        a load cut short is simply done again. Makes no Change; the cube's counter becomes its highest seq: load one
        Change at least with nodes, indexes go by its number. Changes come in order, without gaps (`Invalid`). Only
        into a cube whose settings say LOADING: `Refused` else. Searches need not find what was loaded until
        `replace_cube` has taken that setting away. `MissingEndpoint` for an edge whose ends are not there.
        """

    # --- reads

    def get(self, scope: Scope, ids: Collection[str], *, vectors: bool = False) -> tuple[Node, ...]:
        """The nodes of these ids that the scope sees, in order of (position of the id, cube); others are left out."""

    def match(self, scope: Scope, *, filter: Filter | None = None, order: Order | None = None, limit: int = 100,
              offset: int = 0, vectors: bool = False) -> tuple[Node, ...]:  # fmt: skip
        """Nodes in scope that meet `filter`, sorted, `limit` of them from `offset`."""

    def count(self, scope: Scope, *, filter: Filter | None = None) -> int:
        """How many nodes in scope meet `filter`."""

    def shape(self, scope: Scope) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """Counts of nodes by kind and of edges by kind in scope, most first, ties by name."""

    def near(
        self, scope: Scope, space: str, vector: Vector, k: int, *, filter: Filter | None = None
    ) -> tuple[Scored, ...]:
        """The `k` nodes in scope and filter whose vectors lie closest by cosine, best first, ties by (cube, id).

        Exact up to `can.exact_near` nodes. Fewer than `k` only when there are no more.
        """

    def text(self, scope: Scope, query: str, k: int, *, filter: Filter | None = None) -> tuple[Scored, ...]:
        """The `k` nodes in scope and filter whose key and text match the words of `query` best (BM25, per cube).

        `query` is plain words: no operator in it means anything. Ties by (cube, id).
        """

    def around(self, scope: Scope, ids: Collection[str], *, kinds: Collection[str] | None = None,
               direction: Direction = "both", depth: int = 1, limit: int = 1000) -> tuple[Reached, ...]:  # fmt: skip
        """Nodes within `depth` (1 to 6) edges of the nodes `ids`, each once by a shortest path, the starts left out.

        Only over edges and through nodes that the scope sees; `kinds` None: edges of any kind. Nearest first, ties by
        (cube, id); the first `limit`. Among shortest paths the one whose edge ids sort first.
        """

    def edges(self, scope: Scope, *, ids: Collection[str] | None = None, touching: Collection[str] | None = None,
              kinds: Collection[str] | None = None, direction: Direction = "both", limit: int | None = None,
              ) -> tuple[Edge, ...]:  # fmt: skip
        """Edges the scope sees, by their `ids` or `touching` these nodes (their start for out, end for in), by id."""

    def scan(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000, vectors: bool = False) -> NodePage:
        """All nodes in scope, a page at a time, in an order that writes do not change: none is skipped or repeated."""

    def scan_edges(self, scope: Scope, *, cursor: str | None = None, limit: int = 1000) -> EdgePage:
        """All edges in scope, as `scan` does nodes."""

    def changes(self, cube: str, *, after: int = 0, limit: int = 1000) -> tuple[Change, ...]:
        """The cube's Changes with a seq above `after`, in order."""

    # --- recall

    def lexicon(self, scope: Scope) -> Mapping[str, Lexicon]:
        """By cube, the names of the Entity nodes the scope sees (a node's `key` is its canonical name)."""

    def survey(self, scope: Scope, space: str, vector: Vector | None, words: str, *,
               filter: Filter | None = None, k: int = 200) -> tuple[Survey, ...]:  # fmt: skip
        """For each cube in scope, its rows with their scores for `vector` (None: all 0) and the best `k` for `words`.

        Of a cube of up to `can.whole_survey` nodes all are laid out; of a larger one at least the best `k` by each
        search and what lies two edges around them. Edges and rows agree with `around` over the same Scope.
        """

    # --- keeping

    def backup(self, path: Path) -> None:
        """A copy of the whole store at `path`, which must not exist, taken while the store is open and in one state."""

    def check(self, *, mend: bool = False) -> tuple[Finding, ...]:
        """Compare what is derived with the graph, and the graph with itself; with `mend`, rebuild what is derived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that `check` looked at: ok or not, and whether it was mended."""

    what: str
    ok: bool
    detail: str = ""
    mended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of a Cypher query: plain JSON values (nodes and edges as mappings)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@runtime_checkable
class CypherStore(Protocol):
    """A store that people may query in Cypher."""

    def cypher(self, text: str, parameters: Mapping[str, Any] | None = None, *, write: bool = False) -> Table:
        """Run one statement; it sees every cube. `Refused`: a write without `write`, LOAD CSV, unlisted CALLs."""


@runtime_checkable
class KeptInFiles(Protocol):
    """A store whose files lie on this machine: an erasure is proved by their bytes."""

    def folders(self) -> tuple[Path, ...]:
        """All that it has written lies in these."""


class Embedder(Protocol):
    """Texts in, unit vectors out; the same text always gives the same vector."""

    @property
    def model(self) -> str:
        """Name and revision: vectors of different names never compare."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def limit(self) -> int:
        """How many tokens of one text it reads; what is beyond would be lost, so callers cut. 0: no limit known."""

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts), dimension] float32, each row of unit length. `Unavailable` when a service does not answer."""

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` is for this model, without those the model adds."""


class Reranker(Protocol):
    """Reads the query together with each text, which is slower and closer than comparing vectors."""

    @property
    def model(self) -> str:
        """Name of the model: scores of different models never compare."""

    def rerank(self, query: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """[len(texts)] a finite score for each text, higher is closer. `Unavailable` when a service does not answer."""


class Web(Protocol):
    """Asks the web, never for an address that is not public."""

    def crawl(self, url: str, *, depth: int = 0, pages: int = 100, same_host: bool = True,
              known: Known | None = None) -> Iterator[Visited]:  # fmt: skip
        """`url` and the pages up to `depth` links from it, nearest first, at most `pages`; failures as `Missed`.

        `known`: what is known of a page, so that it need not be sent again. `Invalid` at once when `url` is no URL.
        """
