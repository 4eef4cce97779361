"""Whatever was done, undoing it newest first gives back what was, and leaves the past as it was known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.errors import MemosGraphError
from memos_graph.model.graph import Cube
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.context import Context
from tests.memories.letters import LetterEmbedder
from tests.services.conftest import Clock
from tests.services.test_undoing import live

NAMES = ("ana", "bea", "cai", "dov")
TEXTS = (
    "Calder Works sold the crane in Porto.", "Bea Lund repaired the crane of Calder Works.", "The pump leaks.",
    "Bea Lund moved to Lisbon in 2024.", "The crane of Calder Works was painted red.",
)  # fmt: skip
FILES = ("# Crane\n\nThe crane was sold.\n\nIt is red.", "# Crane\n\nThe crane was sold to Bea Lund.\n\nIt is red.")

one, text = st.sampled_from(NAMES), st.sampled_from(TEXTS)
Step = tuple[Any, ...]
steps = st.one_of(
    st.tuples(st.just("put"), one, text),
    st.tuples(st.just("update"), one, text),
    st.tuples(st.just("fix"), one, text),
    st.tuples(st.just("delete"), one),
    st.tuples(st.just("link"), one, one, st.sampled_from(("KNOWS", "DEPENDS_ON"))),
    st.tuples(st.just("unlink"), one),
    st.tuples(st.just("tag"), one),
    st.tuples(st.just("state"), one, st.sampled_from(("freeze", "thaw", "archive", "restore", "use"))),
    st.tuples(st.just("merge"), one, one),
    st.tuples(st.just("replace"), st.sampled_from(("crane", "Bea Lund")), st.sampled_from(("winch", "Lotte Hansen"))),
    st.tuples(st.just("same"), st.just("Calder Works"), st.just("Bea Lund")),
    st.tuples(st.just("feed"), st.sampled_from(FILES)),
    st.tuples(st.just("undo"), st.integers(1, 4)),
)


def take(cube: CubeHandle, step: Step) -> None:
    """Do `step`, if it can be done."""
    match step:
        case ("put", name, words):
            cube.put([cube._memory(name, words, "LongTermMemory", (), None)])
        case ("update", name, words):
            cube.update(name, words)
        case ("fix", name, words):
            cube.correct(name, words)
        case ("delete", name):
            cube.delete(name)
        case ("link", start, end, kind):
            cube.link(start, end, kind)
        case ("unlink", name):
            cube.unlink(next((e.id for e in cube.edges(name) if e.kind != "SUPERSEDES"), "none"))
        case ("tag", name):
            cube.update(name, tags=(*cube.get(name).tags, "x"), confidence=50.0)
        case ("state", name, event):
            getattr(cube, event)(name)
        case ("merge", first, second):
            cube.merge(first, second)
        case ("replace", old, new):
            cube.replace_keyword(old, new, preview=False, entities=True)
        case ("same", first, second):
            cube.same_as(first, second)
        case ("feed", words):
            cube.add_text(words, name="crane.md")
        case ("undo", back):
            changes = cube.history()
            cube.undo(changes[-back].delta if back <= len(changes) else "none")


def seen(cube: CubeHandle, moment: datetime) -> Any:
    """What a reader sees of `moment`: what was then known of it, and what is true of it by what is known now."""
    store = cube._context.store
    known = replace(everything(cube.name), retired=False, known_at=moment)
    then = sorted(
        (n.text, n.key, str(n.valid_from), str(n.valid_to), n.kind) for n in store.scan(known).nodes
    )  # fmt: skip
    now = replace(everything(cube.name), retired=False, as_of=moment)
    true = sorted((n.text, n.key, str(n.valid_from), n.kind) for n in store.scan(now).nodes)
    return then, true


def check_undoing(store: GraphStore, walk: list[Step]) -> None:
    clock = Clock()
    store.create_cube(Cube(id="walk", created_at=clock()))
    cube = Graph(Context(store=store, embedder=LetterEmbedder(), clock=clock)).cube("walk")
    states: list[tuple[int, Any, Any, datetime]] = []
    seq = 0
    for step in walk:
        before, moment = live(cube), clock.skip(hours=1)
        true = seen(cube, moment)
        clock.skip(hours=1)
        try:
            take(cube, step)
        except MemosGraphError:
            continue
        for change in cube.history(after=seq):
            seq = change.seq
            states.append((seq, before if change.seq == seq else None, true, moment))
    known = {moment: seen(cube, moment)[0] for *_, moment in states}
    for number, before, true, moment in reversed(states):
        cube.undo(number, force=True, reason="back")
        assert live(cube) == before
        assert seen(cube, moment)[1] == true[1]
    for moment, then in known.items():
        assert seen(cube, moment)[0] == then


@given(st.lists(steps, min_size=1, max_size=9))
@settings(max_examples=40)
def test_undoing_everything_newest_first_gives_back_every_state_and_keeps_the_past(walk: list[Step]) -> None:
    check_undoing(InMemoryStore(), [("put", "ana", TEXTS[0]), ("put", "bea", TEXTS[1]), *walk])


@given(st.lists(steps, min_size=1, max_size=7))
@settings(max_examples=3)
def test_so_it_does_in_the_embedded_store(arcade: GraphStore, walk: list[Step]) -> None:
    try:
        check_undoing(arcade, [("put", "ana", TEXTS[0]), ("put", "bea", TEXTS[1]), *walk])
    finally:
        arcade.drop_cube("walk")
