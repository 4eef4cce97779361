"""The rankings that recall is compared with: dense, BM25 and their fusion, on the same cubes in the same run.

`dense` and `bm25` go through the store's own `near` and `text` over the vectors and words that recall uses;
`dense_dated` embeds "speaker: text (date)" besides, the usual way to lay out a chat for a vector database. None of them
sees an edge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memos_graph.app import Graph
from memos_graph.model.filter import Filter, parse_filter
from memos_graph.model.graph import LIVE
from memos_graph.model.scope import Scope
from memos_graph.ports import Embedder, Scored
from memos_graph.services.embed import find_cube
from memos_ingest import Conversation, Message

TURNS: Filter = parse_filter({"kind": {"in": ["Message", "Image"]}})

#: A node's id -> the id of the message that it is, or that its picture was sent with.
Turns = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedTurns:
    """One conversation's turns embedded as "speaker: text (date)"."""

    ids: tuple[str, ...]  #: of messages
    vectors: npt.NDArray[np.float32]  #: [turns, dimension], unit length


def embed_dated(embedder: Embedder, chat: Conversation) -> DatedTurns:
    """The vectors of "speaker: text (date)" for every turn of `chat`."""
    turns = [message for session in chat.sessions for message in session.messages]
    return DatedTurns(ids=tuple(turn.id for turn in turns), vectors=embedder.embed([dated_text(t) for t in turns]))


def dated_text(turn: Message) -> str:
    """What `dense_dated` embeds of a turn."""
    date = f" ({turn.time:%d %B %Y})" if turn.time else ""
    return f"{turn.speaker}: {turn.text}{date}"


def dense(graph: Graph, cube: str, turns: Turns, query: npt.NDArray[np.float32], k: int) -> list[str]:
    """Message ids by cosine of the query with the stored vectors (the bare text of a turn, or a picture's caption)."""
    space = find_cube(graph.context.store, cube).text_space
    return to_turns(graph.context.store.near(_scope(cube), space, query, k, filter=TURNS), turns)


def bm25(graph: Graph, cube: str, turns: Turns, words: str, k: int) -> list[str]:
    """Message ids by BM25 over speaker and text of a turn, or a picture's caption."""
    return to_turns(graph.context.store.text(_scope(cube), words, k, filter=TURNS), turns)


def dense_dated(chat: DatedTurns, query: npt.NDArray[np.float32], k: int) -> list[str]:
    """Message ids by cosine of the query with "speaker: text (date)"."""
    order = np.argsort(-(chat.vectors @ query), kind="stable")[:k]
    return [chat.ids[row] for row in order]


def to_turns(found: Sequence[Scored], turns: Turns) -> list[str]:
    """The messages of what was found, best first, each once; nodes that are no turn are left out."""
    return list(dict.fromkeys(turns[scored.id] for scored in found if scored.id in turns))


def _scope(cube: str) -> Scope:
    return Scope(cubes=(cube,), states=LIVE)
