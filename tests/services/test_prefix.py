"""The prefix of a cube: what is in it is true now, whatever happened to it; bytes stay where nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.policies import Policies
from memos_graph.model.delta import Receipt
from memos_graph.model.errors import Conflict, Invalid, NotFound
from memos_graph.model.graph import Node
from memos_graph.model.prefix import Prefix
from memos_graph.model.scope import Scope, everything
from memos_graph.prompts import prompt
from memos_graph.services.context import Context
from memos_graph.services.exporting import export_lines
from memos_graph.services.importing import import_lines
from memos_graph.services.prefix import building
from memos_graph.services.prefix.kept import IDS, KEY_ID, SEEN_ID, read_state
from memos_graph.services.prefix.looking import STATES
from memos_graph.services.prefix.state import ensure_key, load, save
from tests.services.conftest import Clock
from tests.services.organise_kit import Bag

WORDS = ["gardening", "swimming", "chess", "painting", "sewing", "boxing", "rowing", "diving", "baking", "hiking"]


@pytest.fixture(params=["inmemory", pytest.param("arcade", marks=pytest.mark.long)])
def kb(request: pytest.FixtureRequest, clock: Clock) -> Iterator[CubeHandle]:
    store = InMemoryStore() if request.param == "inmemory" else request.getfixturevalue("arcade")
    yield Graph(Context(store=store, embedder=Bag(), clock=clock)).cube("kb")
    for cube in store.cubes():
        store.drop_cube(cube.id)


def fresh(clock: Clock, **fields: object) -> CubeHandle:
    context = Context(store=InMemoryStore(), embedder=Bag(), clock=clock)
    return Graph(replace(context, **fields)).cube("kb")  # type: ignore[arg-type]


def told(kb: CubeHandle, clock: Clock, *texts: str, kind: str = "LongTermMemory") -> list[str]:
    """Each a day after the one before, so that they stand in this order."""
    ids = []
    for text in texts:
        clock.skip(days=1)
        ids.append(str(kb.add(text, kind=kind).fed[0].root))
    return ids


def hobbies(kb: CubeHandle, clock: Clock, count: int = 6) -> list[str]:
    return told(kb, clock, *(f"{word} is what Ann does on day {n}." for n, word in enumerate(WORDS[:count])))


def lines(prefix: Prefix) -> list[dict[str, object]]:
    return [json.loads(line) for line in prefix.text.split("\n") if line.startswith('{"n"')]


def ids(prefix: Prefix) -> list[str]:
    return [entry.id for entry in prefix.entries]


def changes(kb: CubeHandle) -> int:
    return len(kb._context.store.changes(kb.name))


def assert_true(kb: CubeHandle, prefix: Prefix) -> None:
    """Every line of `prefix` is a memory that may stand there, in its very words, and nothing else is."""
    now = kb._context.clock.time  # type: ignore[attr-defined]
    scope = Scope(cubes=prefix.cubes, states=STATES, as_of=now)
    there = {(node.cube, node.id): node for node in kb._context.store.get(scope, ids(prefix))}
    nodes = [there[entry.cube, entry.id] for entry in prefix.entries]
    assert [(line["n"], line["text"]) for line in lines(prefix)] == [(n, x.text) for n, x in enumerate(nodes, 1)]
    assert [entry.number for entry in prefix.entries] == list(range(1, len(nodes) + 1))


# --- every way in which a memory can change


def _updated(kb: CubeHandle, clock: Clock, at: str) -> None:
    kb.update(at, text="Ann gave it up.")


def _patched_valid_to(kb: CubeHandle, clock: Clock, at: str) -> None:
    kb.update(at, valid_to=clock.skip(seconds=0) + timedelta(days=3))
    kb.prefix()
    clock.skip(days=4)


def _merged(kb: CubeHandle, clock: Clock, at: str) -> None:
    (other,) = told(kb, clock, "Ann does many things.")
    kb.merge(at, other, text="Ann does many things on many days.")


def _superseded(kb: CubeHandle, clock: Clock, at: str) -> None:
    now = clock.skip(days=1)
    kb.claim("Dora", "lives in", "Ghent", since=now)
    assert "Ghent" in kb.prefix().text
    kb.claim("Dora", "lives in", "Lisbon", since=clock.skip(days=1))


def _resolved(kb: CubeHandle, clock: Clock, at: str) -> None:
    one, other = told(kb, clock, "Cleo's cat is black.", "Cleo's cat is white.")
    kb.prefix()
    kb.link(one, other, "CONFLICTS_WITH")
    kb.resolve((one, other), keep=other)


def _doubted(kb: CubeHandle, clock: Clock, at: str) -> None:
    (premise,) = told(kb, clock, "It is summer.")
    kb.archive(premise)
    kb.restore(premise)
    kb.link(at, premise, "DEPENDS_ON")
    kb.delete(premise)


def _in_conflict(kb: CubeHandle, clock: Clock, at: str) -> None:
    (other,) = told(kb, clock, "Ann does nothing at all.")
    kb.prefix()
    kb.link(at, other, "CONFLICTS_WITH")


def _undone(kb: CubeHandle, clock: Clock, at: str) -> None:
    receipt = kb.update(at, text="Ann gave it up for a while.")
    kb.prefix()
    kb.undo(receipt)


def _expired(kb: CubeHandle, clock: Clock, at: str) -> None:
    clock.skip(days=30)
    kb.tidy(Policies(ttl_days={"LongTermMemory": 20}), dry_run=False)


def _idle(kb: CubeHandle, clock: Clock, at: str) -> None:
    clock.skip(days=100)
    kb.tidy(dry_run=False)


WAYS: dict[str, tuple[Callable[[CubeHandle, Clock, str], object], str]] = {
    "update": (_updated, "says something else now"),
    "correct": (lambda kb, clock, at: kb.correct(at, "Ann never did."), "says something else now"),
    "delete": (lambda kb, clock, at: kb.delete(at), "was deleted"),
    "archive": (lambda kb, clock, at: kb.archive(at), "is archived"),
    "merge": (_merged, "is merged"),
    "erase": (lambda kb, clock, at: kb.erase(at), "was erased"),
    "valid_to passes": (_patched_valid_to, "is not true since 2025-01"),
    "valid_to is set": (
        lambda kb, clock, at: kb.update(at, valid_to=clock.time, correction=True), "is not true since"
    ),
    "a fact supersedes it": (_superseded, "is archived"),
    "a conflict is resolved": (_resolved, "is archived"),
    "a conflict is found": (_in_conflict, "is in conflict with"),
    "its premise falls": (_doubted, "is in doubt"),
    "an update is undone": (_undone, "says something else now"),
    "its time to live passes": (_expired, "was erased or expired"),
    "tidy archives it": (_idle, "is archived"),
}  # fmt: skip


class TestTruth:
    @pytest.mark.parametrize("way", WAYS)
    def test_no_prefix_holds_a_memory_that_is_not_so_any_more(self, kb: CubeHandle, clock: Clock, way: str) -> None:
        change, why = WAYS[way]
        at = hobbies(kb, clock)[3]
        before = kb.prefix()
        old = kb.get(at).text
        change(kb, clock, at)
        rebuilt_before = _stats(kb)[0]
        after = kb.prefix()
        assert any(why in line for line in after.stale), after.stale
        assert_true(kb, after)
        if way not in ("an update is undone", "a fact supersedes it", "a conflict is resolved"):
            assert old not in after.text
        assert after.kept < after.tokens
        assert _stats(kb)[0] == rebuilt_before + 1
        assert _stats(kb)[1] >= after.tokens - after.kept
        again = kb.prefix()
        assert (again.text, again.stale) == (after.text, ())
        assert before.text != after.text

    def test_what_stands_before_the_change_keeps_its_bytes(self, kb: CubeHandle, clock: Clock) -> None:
        known = hobbies(kb, clock)
        before = kb.prefix()
        kb.delete(known[3])
        after = kb.prefix()
        assert ids(after) == [*known[:3], *known[4:]]
        shared = before.text[: before.text.index('\n{"n":4')]
        assert after.text.startswith(shared)
        assert 0 < after.kept <= after.tokens
        assert after.kept % after.block == 0

    @pytest.mark.parametrize("verb", ["freeze", "use"])
    def test_what_changes_no_word_changes_no_byte(self, kb: CubeHandle, clock: Clock, verb: str) -> None:
        known = hobbies(kb, clock)
        before = kb.prefix()
        getattr(kb, verb)(known[3])
        count = changes(kb)
        after = kb.prefix()
        assert (after.text, after.stale, after.entries) == (before.text, (), before.entries)
        assert changes(kb) == count

    def test_nothing_is_written_when_nothing_changed(self, kb: CubeHandle, clock: Clock) -> None:
        hobbies(kb, clock)
        first = kb.prefix()
        count = changes(kb)
        for _ in range(3):
            clock.skip(days=1)
            again = kb.prefix()
            assert (again.text, again.built_at) == (first.text, first.built_at)
        kb.add("A file says this. " * 3, name="a.txt")
        kb.prefix()
        assert changes(kb) == count + 1

    def test_an_erased_memory_is_in_no_version_of_what_a_cube_keeps(self, kb: CubeHandle, clock: Clock) -> None:
        known = hobbies(kb, clock)
        digest = kb.prefix().entries[2].digest
        kb.delete(known[5])
        kb.prefix()
        report = kb.erase(known[2])
        assert report.ok
        assert {place.name: place.looked for place in report.places}["prefixes"]
        held = json.dumps([str(node.info) for node in kb._context.store.get(_all(kb), sorted(IDS))])
        past = json.dumps(
            [i.before for c in kb._context.store.changes("kb") for i in c.images if i.id in IDS], default=str
        )
        assert known[2] not in held + past
        assert digest not in held + past
        assert kb.prefix().stale == ("[3] was erased or expired",)

    def test_erasing_the_last_memory_of_a_prefix_is_noticed(self, kb: CubeHandle, clock: Clock) -> None:
        known = hobbies(kb, clock)
        kb.prefix()
        kb.erase(known[5])
        after = kb.prefix()
        assert after.stale == ("[6] was erased or expired",)
        assert ids(after) == known[:5]

    def test_a_memory_not_true_yet_or_not_in_use_does_not_stand_in_it(self, kb: CubeHandle, clock: Clock) -> None:
        (one,) = told(kb, clock, "Ann is here.")
        later = clock.skip(seconds=0) + timedelta(days=10)
        at = clock()
        node = Node(id="later", cube="kb", kind="UserMemory", text="Ann is gone.", valid_from=later, created_at=at,
                    updated_at=at)  # fmt: skip
        kb.put([node, replace(node, id="made", text="Ann may go.", valid_from=None, status="generated")])
        assert ids(kb.prefix()) == [one]
        kb.activate("made")
        assert ids(kb.prefix()) == [one, "made"]
        clock.skip(days=11)
        assert ids(kb.build_prefix()) == [one, "made", "later"]

    @settings(max_examples=15)
    @given(st.lists(st.tuples(st.sampled_from(
        ["add", "update", "delete", "archive", "restore", "freeze", "thaw", "use", "skip", "erase", "build", "window"]
    ), st.integers(0, 7)), max_size=12))  # fmt: skip
    def test_whatever_happens_a_prefix_tells_what_is_so(self, steps: list[tuple[str, int]]) -> None:
        clock = Clock()
        kb = fresh(clock, prefix_tokens=400)
        known = hobbies(kb, clock, 4)
        before = kb.prefix()
        for verb, number in steps:
            at = known[number % len(known)]
            _step(kb, clock, verb, at, known)
            after = kb.prefix()
            assert_true(kb, after)
            assert after.tokens <= 400
            if not after.stale and verb not in ("build", "window"):
                same = [e.id for e in before.entries if e.part == "stable"]
                assert ids(after)[: len(same)] == same
            assert kb.prefix().text == after.text
            before = after


def _step(kb: CubeHandle, clock: Clock, verb: str, at: str, known: list[str]) -> None:
    if verb == "add":
        known += told(kb, clock, f"{WORDS[len(known) % 10]} again, for the {len(known)}th time.")
    elif verb == "skip":
        clock.skip(days=40)
    elif verb == "window":
        kb.refresh_working_memory(capacity=2)
    elif verb == "build":
        kb.build_prefix(fresh=True)
    else:
        try:
            if verb == "update":
                kb.update(at, text=f"{at} is otherwise since {clock().isoformat()}.")
            else:
                getattr(kb, verb)(at)
        except Exception as error:
            if not isinstance(error, NotFound) and "Frozen" not in repr(error) and "Illegal" not in repr(error):
                raise


def _stats(kb: CubeHandle) -> tuple[int, int]:
    state = load(kb._context, kb.name)
    assert state is not None
    return state.stats.rebuilt, state.stats.rebuilt_tokens


def _all(kb: CubeHandle) -> Scope:
    return everything(kb.name)


class TestStability:
    def test_a_new_memory_stands_behind_the_others_and_costs_only_itself(self, kb: CubeHandle, clock: Clock) -> None:
        hobbies(kb, clock)
        before = kb.prefix()
        (new,) = told(kb, clock, "Dora moved to Lisbon.")
        after = kb.prefix()
        assert after.text.startswith(before.text + "\n")
        assert ids(after) == [*ids(before), new]
        assert after.stale == ()
        assert _stats(kb) == (0, 0)
        assert after.kept > 0.8 * before.tokens

    def test_the_same_memories_give_the_same_bytes_in_another_store(self, kb: CubeHandle, clock: Clock) -> None:
        hobbies(kb, clock)
        rows = list(export_lines(kb._context, "kb"))
        other = Graph(Context(store=InMemoryStore(), embedder=Bag(), clock=clock))
        import_lines(other.context, rows)
        assert other.cube("kb").prefix().digest == kb.prefix().digest

    def test_uses_move_nothing_until_a_fresh_build(self, kb: CubeHandle, clock: Clock) -> None:
        known = hobbies(kb, clock)
        before = kb.prefix()
        for _ in range(9):
            kb.use(known[5])
        kb.freeze(known[4])
        assert kb.build_prefix().text == before.text
        told_ = kb.build_prefix(fresh=True, dry_run=True)
        assert ids(told_)[0] == known[4]
        assert told_.kept < told_.tokens
        assert kb.prefix().text == before.text
        assert kb.build_prefix(fresh=True).text == told_.text == kb.prefix().text

    def test_a_smaller_budget_takes_from_the_tail_and_is_kept(self, kb: CubeHandle, clock: Clock) -> None:
        known = hobbies(kb, clock)
        whole = kb.prefix()
        small = kb.build_prefix(tokens=whole.tokens - 1)
        assert ids(small) == known[: len(ids(small))] != known
        assert small.tokens < whole.tokens
        assert ids(kb.prefix()) == ids(small)
        told(kb, clock, "Dora lives in Lisbon and has a very long name that does not fit in there at all.")
        assert kb.prefix().tokens < whole.tokens

    def test_a_build_leaves_room_for_what_is_learned_next(self, clock: Clock) -> None:
        kb = fresh(clock, prefix_tokens=500)
        told(kb, clock, *(f"{a} comes before {b} for Ann." for a in WORDS for b in WORDS[:4]))
        built = kb.build_prefix()
        assert built.left_out
        (new,) = told(kb, clock, "Dora is here.")
        assert ids(kb.prefix())[-1] == new

    def test_working_memory_stands_last_and_is_not_said_twice(self, clock: Clock) -> None:
        kb = fresh(clock, prefix_tokens=2000)
        known = hobbies(kb, clock, 3)
        feed = kb.add("Cleo sells boats by the river.", name="boats.txt")
        passage = next(i for i in feed.fed[0].nodes if kb.get(i).kind == "Passage")
        kb.use(passage)
        kb.refresh_working_memory()
        made = kb.prefix()
        assert ids(made) == [*known, passage]
        assert [entry.part for entry in made.entries] == ["stable"] * 3 + ["working"]
        (new,) = told(kb, clock, "Dora came too.")
        assert ids(kb.prefix()) == [*known, new, passage]
        kb.delete(passage)
        after = kb.prefix()
        assert ids(after) == [*known, new]
        assert after.stale == (f"[5] {passage} was deleted",)

    def test_messages_passages_and_summaries_go_in_by_use_and_each_is_told_why(self, clock: Clock) -> None:
        kb = fresh(clock)
        (given_,) = told(kb, clock, "Ann is a nurse.")
        fed = kb.add("Boats need paint.", name="boats.txt")
        passage = next(i for i in fed.fed[0].nodes if kb.get(i).kind == "Passage")
        shown = kb.show_prefix()
        assert ids(shown) == [given_]
        assert dict(shown.left_out)[passage] == "Passage: never used; it goes in when frozen or used 3 times"
        for _ in range(3):
            kb.use(passage)
        assert ids(kb.prefix()) == [given_, passage]
        assert "used 3 times" in kb.prefix().entries[1].reason

    def test_an_answer_of_the_assistants_is_no_memory_that_stands_first_until_it_is_used(self, clock: Clock) -> None:
        kb = fresh(clock)
        turns = [{"role": "user", "content": "I moved to Ghent."}, {"role": "assistant", "content": "You own a boat."}]
        kb.add(turns, chat_time="2024-12-30T10:00:00Z")
        said = {node.key: node.id for node in kb.list() if node.kind == "Message"}
        shown = kb.show_prefix()
        assert ids(shown) == [said["user"]]
        assert "answer of the assistant's" in dict(shown.left_out)[said["assistant"]]
        for _ in range(3):
            kb.use(said["assistant"])
        assert ids(kb.build_prefix()) == [said["assistant"], said["user"]]


class TestKeeping:
    def test_showing_writes_nothing(self, kb: CubeHandle, clock: Clock) -> None:
        known = hobbies(kb, clock)
        count = changes(kb)
        assert ids(kb.show_prefix()) == known
        kb.prefix()
        kb.delete(known[0])
        count = changes(kb)
        shown = kb.show_prefix()
        assert shown.stale
        assert changes(kb) == count
        assert kb.prefix().text == shown.text

    def test_what_is_kept_holds_no_words(self, kb: CubeHandle, clock: Clock) -> None:
        hobbies(kb, clock)
        kb.prefix()
        nodes = kb._context.store.get(_all(kb), sorted(IDS))
        assert nodes
        assert all(not node.text and not node.key for node in nodes)
        assert not any(word in str(node.info) for node in nodes for word in (*WORDS, "Ann"))

    def test_no_search_finds_it_and_no_export_holds_it(self, kb: CubeHandle, clock: Clock) -> None:
        hobbies(kb, clock)
        kb.prefix()
        key = ensure_key(kb._context, "kb")
        kb.delete(ids(kb.prefix())[0])
        kb.prefix()
        assert all(hit.kind != "Prefix" for hit in kb.search("prefix manifest", top_k=50))
        rows = json.dumps(list(export_lines(kb._context, "kb")), default=str)
        assert key not in rows
        assert '"Prefix"' not in rows
        assert not any(identity in rows for identity in IDS)

    def test_a_dropped_prefix_leaves_nothing_not_even_in_the_history(self, kb: CubeHandle, clock: Clock) -> None:
        hobbies(kb, clock)
        kb.prefix()
        key = ensure_key(kb._context, "kb")
        kb.delete(ids(kb.prefix())[0])
        kb.prefix()
        assert kb.drop_prefix()
        assert not kb._context.store.get(_all(kb), sorted(IDS))
        assert all(i.before is None for c in kb._context.store.changes("kb") for i in c.images if i.id in IDS)
        assert not kb.drop_prefix()
        assert kb.prefix().entries
        assert ensure_key(kb._context, "kb") != key

    @pytest.mark.parametrize(
        "info", [{}, {"manifest": 7}, {"manifest": {"entries": [[1, "x"]]}}, {"manifest": {"entries": None}}]
    )
    def test_what_someone_wrote_over_it_is_no_prefix(self, clock: Clock, info: dict[str, object]) -> None:
        kb = fresh(clock)
        known = hobbies(kb, clock)
        first = kb.prefix()
        state = read_state(kb._context.store, "kb")
        (held,) = [i for i in state.nodes if i not in (KEY_ID,) and "manifest" in state.nodes[i].info]
        kb.update(held, info=info)
        assert kb.prefix().text == first.text
        kb.delete(held)
        assert ids(kb.prefix()) == known

    def test_another_writer_in_between_is_built_upon(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        kb = fresh(clock)
        known = hobbies(kb, clock)
        real = save
        spoiled: list[int] = []

        def late(*arguments: object, **options: object) -> Receipt:
            if not spoiled:
                spoiled.append(1)
                kb.delete(known[2])
                raise Conflict("kb", {"x": 1}, {"x": 2})
            return real(*arguments, **options)  # type: ignore[arg-type]

        monkeypatch.setattr("memos_graph.services.prefix.building.save", late)
        made = kb.prefix()
        assert ids(made) == [*known[:2], *known[3:]]
        assert_true(kb, made)

    def test_readers_and_writers_at_once_end_with_one_true_prefix(self, clock: Clock) -> None:
        kb = fresh(clock)
        known = hobbies(kb, clock, 10)

        def ask() -> None:
            for _ in range(5):
                with suppress(Conflict):
                    kb.prefix()

        with ThreadPoolExecutor(3) as threads:
            asking = [threads.submit(ask) for _ in range(3)]
            for identity in known[::3]:
                kb.delete(identity)
        for each in asking:
            each.result()
        assert_true(kb, kb.prefix())
        assert ids(kb.prefix()) == [identity for n, identity in enumerate(known) if n % 3]


class TestSeveral:
    def test_several_cubes_stand_by_name_with_numbers_running_on(self, kb: CubeHandle, clock: Clock) -> None:
        graph = Graph(kb._context)
        other = graph.cube("a")
        mine, theirs = hobbies(kb, clock, 3), told(other, clock, "Bob is tall.", "Bob is old.")
        made = building.current(kb._context, ["kb", "a"])
        assert [(e.number, e.cube, e.id) for e in made.entries] == [
            (1, "a", theirs[0]), (2, "a", theirs[1]), (3, "kb", mine[0]), (4, "kb", mine[1]), (5, "kb", mine[2])
        ]  # fmt: skip
        assert building.current(kb._context, ["a", "kb"]).text == made.text
        count = changes(kb)
        building.current(kb._context, ["a", "kb"])
        assert changes(kb) == count
        for name, foreign in (("a", mine), ("kb", theirs)):
            nodes = kb._context.store.get(Scope(cubes=(name,)), sorted(IDS))
            assert not any(identity in str(node.info) for node in nodes for identity in foreign)

    def test_what_falls_in_one_cube_is_gone_from_the_prefix_of_both(self, kb: CubeHandle, clock: Clock) -> None:
        other = Graph(kb._context).cube("z")
        mine = hobbies(kb, clock, 3)
        told(other, clock, "Bob is tall.")
        building.current(kb._context, ["kb", "z"])
        kb.delete(mine[1])
        made = building.current(kb._context, ["kb", "z"])
        assert made.stale == (f"kb: [2] {mine[1]} was deleted",)
        assert mine[1] not in ids(made)
        assert 0 < made.kept < made.tokens

    def test_the_budget_is_shared_and_what_one_leaves_the_other_takes(self, clock: Clock) -> None:
        kb = fresh(clock, prefix_tokens=600)
        other = Graph(kb._context).cube("z")
        told(kb, clock, *(f"{a} comes before {b} for Ann." for a in WORDS for b in WORDS[:3]))
        told(other, clock, "Bob is tall.")
        made = building.current(kb._context, ["kb", "z"])
        assert made.tokens <= 600
        assert [e.cube for e in made.entries].count("z") == 1
        assert [e.cube for e in made.entries].count("kb") >= 5


class TestAsking:
    def test_without_a_budget_the_instructions_stand_alone_and_nothing_is_kept(self, clock: Clock) -> None:
        kb = fresh(clock, prefix_tokens=0)
        hobbies(kb, clock)
        count = changes(kb)
        made = kb.prefix()
        assert made.entries == ()
        assert made.text == prompt("prefix_v1").partition("{memories}")[0].rstrip("\n")
        assert changes(kb) == count

    def test_an_empty_cube_has_a_prefix_without_memories(self, kb: CubeHandle) -> None:
        made = kb.prefix()
        assert made.entries == ()
        assert kb.prefix().text == made.text

    def test_a_cube_that_is_not_there_is_named(self, kb: CubeHandle) -> None:
        with pytest.raises(NotFound, match="nowhere"):
            building.current(kb._context, ["nowhere"])
        with pytest.raises(Invalid):
            building.current(kb._context, [])
        with pytest.raises(Invalid):
            kb.build_prefix(tokens=0)

    def test_a_template_longer_than_the_budget_stands_alone(self, clock: Clock) -> None:
        kb = fresh(clock, prefix_tokens=20)
        hobbies(kb, clock)
        assert kb.prefix().entries == ()

    def test_the_number_of_reads_does_not_grow_with_the_cube(self, clock: Clock) -> None:
        counts = []
        for size in (3, 10):
            kb = fresh(clock)
            hobbies(kb, clock, size)
            kb.prefix()
            store = Counting(kb._context.store)
            building.current(replace(kb._context, store=store), ["kb"])  # type: ignore[arg-type]
            counts.append(store.calls)
        assert counts[0] == counts[1] <= 12


class Counting:
    """A store that counts what it is asked."""

    def __init__(self, store: object) -> None:
        self._store, self.calls = store, 0

    def __getattr__(self, name: str) -> object:
        found = getattr(self._store, name)
        if callable(found):
            self.calls += 1
        return found


def test_many_changes_that_mean_nothing_to_a_prefix_are_looked_at_once(clock: Clock) -> None:
    kb = fresh(clock)
    known = hobbies(kb, clock)
    first = kb.prefix()
    for _ in range(25):
        for identity in known:
            kb.use(identity)
    assert kb.prefix().text == first.text
    last = kb._context.store.changes("kb")[-1]
    assert (last.reason, last.ids("node")) == ("prefix: looked", (SEEN_ID,))
    count = changes(kb)
    assert kb.prefix().text == first.text
    assert changes(kb) == count
