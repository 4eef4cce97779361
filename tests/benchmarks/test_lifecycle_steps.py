"""Random steps beside the oracle, and the report: a difference must be seen, and said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks import lifecycle_steps as steps
from benchmarks.lifecycle_back import Back
from benchmarks.lifecycle_reader import Found, Read
from benchmarks.lifecycle_report import Measured, Row, accuracy, make_report
from benchmarks.lifecycle_same import differences, live
from benchmarks.made_up_words import Cheap
from benchmarks.report import to_markdown
from benchmarks.world.facts import World
from benchmarks.world.generate import make
from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.delta import Delta, PatchNode, Receipt
from memos_graph.services.context import Context


class Forgetful(InMemoryStore):
    """Loses every patch of tags."""

    def apply(self, delta: Delta) -> Receipt:
        kept = tuple(o for o in delta.operations if not (isinstance(o, PatchNode) and "tags" in o.set))
        return super().apply(replace(delta, operations=kept))


def walked(store: InMemoryStore, seed: int, count: int) -> tuple[list[str], Counter[str], Counter[str]]:
    done, refused, found = Counter[str](), Counter[str](), list[str]()
    steps._history(seed, count, InMemoryStore(), store, done, refused, found)
    return found, done, refused


def test_the_same_history_on_two_equal_stores_never_differs() -> None:
    found, done, refused = walked(InMemoryStore(), 4, 150)
    assert found == []
    assert len(done) > 10
    assert sum(refused.values()) > 10


def test_a_store_that_loses_one_kind_of_write_is_found_out() -> None:
    found, _, _ = walked(Forgetful(), 4, 150)
    assert len(found) == 1
    assert "seed 4 step" in found[0]


@pytest.fixture
def kb() -> CubeHandle:
    now = datetime(2025, 1, 1, tzinfo=UTC)

    def clock() -> datetime:
        nonlocal now
        now += timedelta(seconds=1)
        return now

    return Graph(Context(store=InMemoryStore(), embedder=Cheap(), clock=clock)).cube("same")


def test_what_is_live_does_not_change_by_an_update_that_is_undone_and_does_by_one_that_is_not(kb: CubeHandle) -> None:
    (identity,) = kb.add("The gate is green.").ids
    store = kb._context.store
    before = live(kb, store, ["gate"])
    receipt = kb.update(identity, "The gate is red.")
    assert any("red" in line for line in differences(before, live(kb, store, ["gate"])))
    kb.undo(receipt)
    assert differences(before, live(kb, store, ["gate"])) == []


def answered(world: World, *, share: float) -> dict[str, Found]:
    """The right value for the first `share` of the questions, nothing for the others."""
    found = {}
    for at, question in enumerate(world.questions):
        value = question.answer if at < share * len(world.questions) else ""
        hits = (Read(text=f"{question.subject}: {value}", time=None),) if value else ()
        found[question.id] = Found(hits=hits)
    return found


def test_the_report_gives_each_class_its_share_and_names_a_figure_that_was_missed() -> None:
    world = make(2, people=8, questions=40)
    shares = accuracy(world.questions, answered(world, share=1))
    assert shares["current"] == shares["as-of"] == shares["cascade"] == shares["deletion"] == 1
    assert shares["events"] == shares["previous"] == 0
    rows = (
        Row(name="ours", found=answered(world, share=0.5), milliseconds=(1.0,), target=0.98),
        Row(name="theirs", why_not="it was not installed"),
    )
    back = {"merge, unmerge": Back(times=3, differences=("- node x",))}
    report = make_report(Measured(world=world, rows=rows, back=back, stepped=None, killed=(), tidied=None, costs=None))
    assert [target.reached for target in report.targets] == [False, False]
    assert report.problems == ("merge, unmerge: - node x",)
    machine = {"cpu": "c", "cores": 2, "memory_gb": 1, "system": "s", "file_system": "f", "load_before": 0.0}
    run = {"machine": machine, "versions": {}, "commit": "x", "dirty": False, "date": "", "command": "x"}
    assert "it was not installed" in to_markdown(report, run)
