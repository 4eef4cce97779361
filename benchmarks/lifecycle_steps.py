"""Random steps of life on the embedded store and on the oracle side by side: 0 differences are wanted.

The same calls of the public API go to a cube in the in-memory store and to one in the embedded store, with the same
clock, ids and embedder; outcomes (errors with their words too) are compared at each step, all contents (nodes with
their versions and vectors, edges, changes) every few. Legal and illegal steps alike: memories are drawn from all there
are, whatever became of them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.made_up_words import Cheap
from benchmarks.watching import timed, watched
from memos_graph.app import CubeHandle, Graph, open_store
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.policies import Policies
from memos_graph.model.delta import Receipt
from memos_graph.model.errors import MemosGraphError
from memos_graph.model.scope import everything
from memos_graph.ports import GraphStore
from memos_graph.services.claims.facts import Claimed
from memos_graph.services.context import Context
from memos_graph.settings import Settings
from memos_graph.testing.bench import contents

_START = datetime(2025, 1, 1, tzinfo=UTC)
_CUBE = "life"
_EVERY = 25  #: steps between two comparisons of everything
_MEMORIES = ("LongTermMemory", "UserMemory", "Summary", "Entity")
_WHO = ("Ann Meyer", "Bob Stone", "Eva Lang")
_WHAT = ("lives in", "works at", "drives", "phone")
_VALUES = ("Rome", "Oslo", "Volvo", "Fiat", "555-1", "555-2", "Nordbank")
_TEXTS = (
    "The lamp in the hall is {}.", "{} waters the plants.", "The gate opens at {}.", "We paint the fence {}.",
    "The boat belongs to {}.", "{} keeps the key of the cellar.",
)  # fmt: skip
_WORDS = ("red", "blue", "Ann Meyer", "Bob Stone", "nine", "ten", "Rome", "old")

Step = Callable[[CubeHandle], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """What came of all histories."""

    seeds: tuple[int, ...]
    steps: int
    done: dict[str, int]  #: by step, how often it did something
    refused: dict[str, int]  #: how often it was refused, alike by both
    compared: int  #: comparisons of everything
    differences: tuple[str, ...]
    seconds: float


@dataclass(slots=True)
class _Side:
    """One store with its cube, clock and ids."""

    store: GraphStore
    cube: CubeHandle = field(init=False)
    _now: datetime = _START
    _number: int = 0

    def __post_init__(self) -> None:
        context = Context(store=self.store, embedder=Cheap(), clock=self.clock, new_id=self.new_id)
        self.cube = Graph(context).cube(_CUBE)

    def at(self, step: int) -> None:
        """Begin step `step`: an hour and a bit later."""
        self._now, self._number = _START + timedelta(hours=step), step * 1000

    def clock(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def new_id(self) -> str:
        self._number += 1
        return f"delta-{self._number}"


def run(folder: Path, *, histories: int, steps: int, seed: int) -> Stepped:
    """`histories` of `steps` each, seeds from `seed` on."""
    seeds = tuple(range(seed, seed + histories))
    done, refused = Counter[str](), Counter[str]()
    differences: list[str] = []
    compared = 0
    store = open_store(str(folder / "steps.graph"), Settings())
    try:
        with timed() as took:
            for each in watched(seeds, "random steps"):
                compared += _history(each, steps, InMemoryStore(), store, done, refused, differences)
                store.drop_cube(_CUBE)
    finally:
        store.close()
    return Stepped(
        seeds=seeds, steps=histories * steps, done=dict(sorted(done.items())), refused=dict(sorted(refused.items())),
        compared=compared, differences=tuple(differences), seconds=took.seconds,
    )  # fmt: skip


def _history(seed: int, steps: int, oracle: GraphStore, store: GraphStore, done: Counter[str], refused: Counter[str],
             differences: list[str]) -> int:  # fmt: skip
    draw = random.Random(seed)
    wanted, found = _Side(oracle), _Side(store)
    compared = 0
    for number in range(1, steps + 1):
        name, step = _drawn(draw, wanted)
        outcomes = []
        for side in (wanted, found):
            side.at(number)
            outcomes.append(_outcome(side.cube, step))
        (refused if outcomes[0][0] == "refused" else done)[name] += 1
        if outcomes[0] != outcomes[1]:
            differences.append(f"seed {seed} step {number} {name}: {outcomes[0]} / {outcomes[1]}"[:600])
        if number % _EVERY == 0 or number == steps:
            compared += 1
            other = _differing(oracle, store)
            differences += [f"seed {seed} step {number}: {other}"] if other else []
        if differences:  # what follows would only repeat it
            return compared
    return compared


def _outcome(cube: CubeHandle, step: Step) -> tuple[str, str]:
    try:
        result = step(cube)
    except MemosGraphError as error:
        return "refused", f"{type(error).__name__}: {error}"
    if isinstance(result, Receipt):
        result = (result.seq, result.nodes, result.edges, result.present_nodes)
    return "done", repr(result)


def _differing(oracle: GraphStore, store: GraphStore) -> str:
    """The first thing that differs; "" when nothing does."""
    one, other = contents(oracle, _CUBE), contents(store, _CUBE)
    for part in ("nodes", "edges", "vectors", "changes", "cube"):
        wanted, found = getattr(one, part), getattr(other, part)
        if wanted != found:
            if isinstance(wanted, tuple):
                wanted, found = next(((a, b) for a, b in zip(wanted, found, strict=False) if a != b), ("", "longer"))
            return f"{part}: {str(wanted)[:250]} / {str(found)[:250]}"
    return ""


# --- what a step may be


def _drawn(draw: random.Random, side: _Side) -> tuple[str, Step]:
    names = list(STEPS)
    name = draw.choices(names, [STEPS[name][0] for name in names])[0]
    return name, STEPS[name][1](_Draw(draw, side))


class _Draw:
    """Random arguments, from what the oracle holds."""

    def __init__(self, draw: random.Random, side: _Side) -> None:
        self.draw, self._side = draw, side

    def text(self) -> str:
        return self.draw.choice(_TEXTS).format(self.draw.choice(_WORDS))

    def id(self, prefix: str = "") -> str:
        """Of any memory that ever was; one in thirty is of none."""
        page = self._side.store.scan(everything(_CUBE), limit=100_000)
        ids = [n.id for n in page.nodes if "@" not in n.id and n.kind in _MEMORIES and n.id.startswith(prefix)]
        return self.draw.choice(ids) if ids and self.draw.random() > 0.03 else "nobody"

    def delta(self) -> str:
        """Of one of the last Deltas."""
        changes = self._side.store.changes(_CUBE, limit=1_000_000)[-8:]
        return self.draw.choice(changes).delta if changes else "none"

    def since(self) -> datetime | None:
        return _START + timedelta(days=self.draw.randint(-400, 20)) if self.draw.random() < 0.5 else None


def _add(d: _Draw) -> Step:
    text = d.text()
    return lambda kb: kb.add_text(text).nodes


def _claim(d: _Draw) -> Step:
    who, what, value, since = d.draw.choice(_WHO), d.draw.choice(_WHAT), d.draw.choice(_VALUES), d.since()
    event = d.draw.random() < 0.15
    denied = d.draw.random() < 0.15
    return lambda kb: _claimed(kb.claim(who, what, value, since=since, event=event, polarity=not denied))


def _update(d: _Draw) -> Step:
    identity, text, correction = d.id(), d.text(), d.draw.random() < 0.4
    return lambda kb: kb.update(identity, text, correction=correction)


def _tag(d: _Draw) -> Step:
    identity, tag = d.id(), d.draw.choice("abc")
    return lambda kb: kb.update(identity, tags=(tag,))


def _delete(d: _Draw) -> Step:
    identity, erase = d.id(), d.draw.random() < 0.2
    return lambda kb: kb.delete(identity, erase=erase)


def _state(verb: str) -> Callable[[_Draw], Step]:
    def make(d: _Draw) -> Step:
        identity = d.id()
        return lambda kb: getattr(kb, verb)(identity)

    return make


def _depend(d: _Draw) -> Step:
    one, other, how = d.id(), d.id(), d.draw.choice(("doubt", "retire", "keep"))
    return lambda kb: kb.link(one, other, "DEPENDS_ON", info={"on_fall": how}).id


def _merge(d: _Draw) -> Step:
    ids = [d.id() for _ in range(d.draw.choice((2, 2, 3)))]
    return lambda kb: kb.merge(*ids)


def _unmerge(d: _Draw) -> Step:
    identity = d.id("mrg")
    return lambda kb: kb.unmerge(identity)


def _undo(d: _Draw) -> Step:
    delta = d.delta()
    return lambda kb: kb.undo(delta)


def _correct(d: _Draw) -> Step:
    identity, text = d.id(), d.text()
    return lambda kb: kb.correct(identity, text)


def _replace(d: _Draw) -> Step:
    old, new = d.draw.choice(_WORDS), d.draw.choice(_WORDS)
    return lambda kb: kb.replace_keyword(old, new, preview=False, limit=20)


def _conflicts(_: _Draw) -> Step:
    return lambda kb: kb.find_conflicts()


def _resolve(_: _Draw) -> Step:
    return lambda kb: kb.resolve_all(rule="newer")


def _tidy(d: _Draw) -> Step:
    policies = Policies(
        idle_days={"LongTermMemory": d.draw.choice((3, 30))}, capacity={"LongTermMemory": d.draw.choice((5, 40))}
    )
    return lambda kb: kb.tidy(policies, dry_run=False).decided


def _impact(d: _Draw) -> Step:
    identity = d.id()
    return lambda kb: kb.impact(identity)


def _past(d: _Draw) -> Step:
    identity = d.id()
    return lambda kb: repr(kb.history_of(identity)) + repr(kb.why(identity))


def _claimed(done: Claimed) -> object:
    return done.id, done.outcome, done.receipt.nodes, done.receipt.edges


#: How often each is drawn, beside the others, and what makes it.
STEPS: dict[str, tuple[float, Callable[[_Draw], Step]]] = {
    "add": (12, _add), "claim": (14, _claim), "update": (8, _update), "tag": (4, _tag), "delete": (6, _delete),
    "use": (5, _state("use")), "activate": (2, _state("activate")), "freeze": (5, _state("freeze")),
    "thaw": (4, _state("thaw")), "archive": (4, _state("archive")), "restore": (5, _state("restore")),
    "depend": (7, _depend), "merge": (5, _merge), "unmerge": (4, _unmerge), "undo": (7, _undo),
    "correct": (3, _correct), "replace keyword": (1, _replace), "find conflicts": (1.5, _conflicts),
    "resolve": (1, _resolve), "tidy": (0.5, _tidy), "impact": (2, _impact), "history, why": (1, _past),
}  # fmt: skip
