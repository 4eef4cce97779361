"""A cube put in order: what is merged, linked and summed up, and that a second look finds nothing to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.engines.organise.clusters import Sizes
from memos_graph.model.delta import Delta, Receipt
from memos_graph.model.errors import Invalid, NotFound, NotSupported, Unavailable
from memos_graph.model.graph import Node
from memos_graph.services.context import Context
from memos_graph.services.embed import with_vectors
from memos_graph.services.organise import clustering
from memos_graph.services.organise.links import SAME_AS
from memos_graph.services.organise.organise import Organised, OrganisePolicy, resummarise
from memos_graph.services.organise.summing_up import summary_of
from memos_graph.services.writing import apply_delta
from tests.services.conftest import Clock
from tests.services.organise_kit import SUBJECTS, Bag, everything_in, fill, texts

POLICY = OrganisePolicy(sizes=Sizes(least=20, theme=24, topic=8, least_topic=4, alike=0.3), tokens=40)
ALONE = replace(POLICY, merge=False, relate=False, join_causes=False)


@pytest.fixture(params=["inmemory", pytest.param("arcade", marks=pytest.mark.long)])
def kb(request: pytest.FixtureRequest, clock: Clock) -> Iterator[CubeHandle]:
    store = InMemoryStore() if request.param == "inmemory" else request.getfixturevalue("arcade")
    yield Graph(Context(store=store, embedder=Bag(), clock=clock)).cube("kb")
    for cube in store.cubes():
        store.drop_cube(cube.id)


@pytest.fixture
def quick(clock: Clock) -> CubeHandle:
    return Graph(Context(store=InMemoryStore(), embedder=Bag(), clock=clock)).cube("kb")


def the_id(kb: CubeHandle, text: str, **options: Any) -> str:
    return str(kb.add(text, **options).fed[0].root)


def context_of(kb: CubeHandle) -> Context:
    return kb._context


def level_of(node: Node) -> str:
    said: Any = node.info["organised"]
    return str(said["level"])


def summaries(kb: CubeHandle) -> list[Node]:
    return [node for node in kb.list(limit=10_000) if node.kind == "Summary"]


def shown(kb: CubeHandle) -> tuple[object, object]:
    """What lives in the cube, without the versions that it left behind."""
    nodes = sorted((node.id, node.text, node.status) for node in kb.list(limit=10_000))
    return nodes, sorted((e.kind, e.from_id, e.to_id) for e in kb.edges() if e.kind != "SUPERSEDES")


def below(kb: CubeHandle, identity: str) -> set[str]:
    return {edge.from_id for edge in kb.edges(identity, kinds=["PARENT"]) if edge.to_id == identity}


def test_texts_of_a_subject_get_a_summary_above_topics_of_theirs(kb: CubeHandle) -> None:
    fill(kb)
    report = kb.organise(POLICY)
    made = {level: [n for n in summaries(kb) if level_of(n) == level] for level in ("theme", "topic")}
    assert len(made["theme"]) == 3
    assert made["topic"]
    assert {n.id for n in summaries(kb)} == set(report.summaries)
    placed = [text for node in summaries(kb) for text in below(kb, node.id) if not text.startswith("sum_")]
    assert len(placed) == len(set(placed)) == 72 - report.loose
    for theme in made["theme"]:
        under = below(kb, theme.id)
        members = {text for each in under for text in (below(kb, each) if each.startswith("sum_") else {each})}
        subjects = {subject for subject in SUBJECTS for text in members if subject in kb.get(text).text}
        assert len(subjects) == 1
        assert subjects.pop() in theme.text
        lines = theme.text.splitlines()
        assert {*lines} <= {kb.get(text).text for text in members}


def test_organising_again_writes_nothing(kb: CubeHandle) -> None:
    fill(kb)
    kb.add("At home Ann has a book on roses for gardening.")
    assert kb.organise(POLICY).wrote
    before = everything_in(kb)
    again = kb.organise(POLICY)
    assert not again.wrote
    assert again == Organised(cube="kb", dry_run=False, texts=again.texts, loose=again.loose)
    assert everything_in(kb) == before


def test_a_rehearsal_says_what_would_be_done_and_writes_nothing(quick: CubeHandle) -> None:
    fill(quick)
    quick.add("At home Ann has a book on roses for gardening.")
    before = everything_in(quick)
    planned = quick.organise(POLICY, dry_run=True)
    assert everything_in(quick) == before
    done = quick.organise(POLICY)
    assert (planned.merged, planned.joined, planned.receipts) == (done.merged, done.joined, ())
    assert (len(planned.summaries), planned.related) == (len(done.summaries), done.related)


def test_new_texts_change_only_the_clusters_they_lie_in(kb: CubeHandle) -> None:
    fill(kb)
    kb.organise(POLICY)
    before = {node.id: node for node in summaries(kb)}
    new = the_id(kb, "Ann asked about sourdough while baking in the evening.")
    report = kb.organise(POLICY)
    assert (report.summaries, report.joined) == ((), 1)
    after = {node.id: node for node in summaries(kb)}
    assert after.keys() == before.keys()
    changed = {identity for identity in before if after[identity] != before[identity]}
    assert changed == set(report.rewritten) != set()
    assert all("baking" in after[identity].text for identity in changed)
    assert any(new in below(kb, identity) for identity in changed)
    assert not kb.organise(POLICY).wrote


def test_a_new_subject_gets_a_theme_beside_those_that_stand(quick: CubeHandle) -> None:
    fill(quick, "gardening", "sailing")
    quick.organise(POLICY)
    before = {node.id: node for node in summaries(quick)}
    fill(quick, "baking")
    report = quick.organise(POLICY)
    after = {node.id: node for node in summaries(quick)}
    assert {identity: after[identity] for identity in before} == before
    assert [level_of(after[identity]) for identity in report.summaries].count("theme") == 1


def test_fewer_than_twenty_texts_are_no_neighbourhood(quick: CubeHandle) -> None:
    for text in texts("baking")[:19]:
        quick.add(text)
    assert quick.organise(ALONE).summaries == ()
    quick.add(texts("baking")[19])
    assert len(quick.organise(ALONE).summaries) >= 1


def test_what_is_said_again_becomes_one_memory_and_is_found_once(kb: CubeHandle) -> None:
    one = the_id(kb, "The pump in hall 7 does not run.")
    other = the_id(kb, "The pump in the hall 7 does not run!", tags=["pump"])
    kept = [
        the_id(kb, "The pump in hall 8 does not run."), the_id(kb, "The pump in hall 7 does run."),
        the_id(kb, "The pump in hall 7 does not run.", kind="UserMemory"),
    ]  # fmt: skip
    report = kb.organise(replace(POLICY, clusters=False))
    assert [set(group) for group in report.merged] == [{one, other}]
    assert {kb.get(one).status, kb.get(other).status} == {"merged"}
    assert {kb.get(identity).status for identity in kept} == {"activated"}
    assert len([hit for hit in kb.search("pump in hall 7 does not run") if hit.node.kind == "LongTermMemory"]) == 3


def test_events_of_different_times_and_frozen_memories_are_never_merged(quick: CubeHandle, clock: Clock) -> None:
    first, second = clock(), clock.skip(days=3)
    at = {"cube": "kb", "kind": "LongTermMemory", "created_at": first, "updated_at": first}
    nodes = [
        Node(id="run1", text="Ann ran the marathon.", valid_from=first, **at),  # type: ignore[arg-type]
        Node(id="run2", text="Ann ran the marathon.", valid_from=second, **at),  # type: ignore[arg-type]
        Node(id="ice1", text="Ann likes plain ice.", status="frozen", **at),  # type: ignore[arg-type]
        Node(id="ice2", text="Ann likes plain ice.", **at),  # type: ignore[arg-type]
        Node(id="bare", text="Ann hums.", info={"claim": "no mapping", "doubt": ""}, **at),  # type: ignore[arg-type]
    ]  # fmt: skip
    quick.put(nodes)
    assert quick.organise(replace(POLICY, clusters=False)).merged == ()


def test_passages_and_messages_keep_their_source_and_are_not_merged(quick: CubeHandle) -> None:
    said = [{"role": "user", "content": "I walked the dog."}, {"role": "user", "content": "I walked the dog."}]
    quick.add(said, conversation="c1", chat_time="2025-01-01T10:00:00")
    quick.add("The dog was walked in the park.", name="one.txt")
    quick.add("The dog was walked in the park.", name="two.txt")
    assert quick.organise(replace(POLICY, clusters=False)).merged == ()


def test_near_texts_are_linked_with_their_nearness_and_at_most_so_many_for_each(kb: CubeHandle) -> None:
    fill(kb, "baking")
    policy = replace(POLICY, merge=False, clusters=False, related=0.5, links=2)
    report = kb.organise(policy)
    edges = kb.edges(kinds=["RELATED_TO"])
    assert len(edges) == report.related > 0
    for edge in edges:
        cosine: Any = edge.info["cosine"]
        assert 0.5 <= cosine <= 1
        assert edge.weight == pytest.approx((cosine - 0.5) / 0.5, abs=1e-3)
    ends = [end for edge in edges for end in (edge.from_id, edge.to_id)]
    assert max(ends.count(end) for end in ends) == 2


def test_a_link_ends_when_its_texts_have_moved_apart_and_a_persons_link_never_does(quick: CubeHandle) -> None:
    one = the_id(quick, "Ann keeps sourdough for baking at home.")
    other = the_id(quick, "Ann keeps sourdough for baking at the shop.")
    by_hand = quick.link(one, the_id(quick, "Ships sail."), "RELATED_TO")
    policy = replace(POLICY, merge=False, clusters=False, related=0.6)
    assert quick.organise(policy).related == 1
    quick.update(other, "Nobody knows the weather of tomorrow.")
    assert quick.organise(policy).unrelated == 1
    assert [edge.id for edge in quick.edges(kinds=["RELATED_TO"])] == [by_hand.id]
    quick.update(other, "Ann keeps sourdough for baking at the shop.")
    assert quick.organise(policy).related == 1
    assert not quick.organise(policy).wrote


def test_a_chain_of_causes_goes_on_in_another_document(kb: CubeHandle) -> None:
    kb.add("The oil was lost. The bearing seized because the oil was lost.", name="shift.txt")
    kb.add("The pump stopped because the bearing seized.", name="report.txt")
    report = kb.organise(replace(POLICY, clusters=False))
    assert report.joined_causes == 1
    (edge,) = kb.edges(kinds=[SAME_AS])
    assert {kb.get(edge.from_id).text, kb.get(edge.to_id).text} == {"The bearing seized", "the bearing seized"}
    causes = kb.edges(kinds=["CAUSES"])
    assert edge.from_id in {e.to_id for e in causes}
    assert edge.to_id in {e.from_id for e in causes}
    walked = kb.around(edge.from_id, kinds=["CAUSES", SAME_AS], depth=3)
    assert any("stopped" in reached.node.text for reached in walked)
    assert not kb.organise(replace(POLICY, clusters=False)).wrote


class _Failing(InMemoryStore):
    """Fails each write once `left` of them were done; None: never."""

    left: int | None = None

    def apply(self, delta: Delta) -> Receipt:
        if self.left is not None:
            if self.left == 0:
                raise Unavailable("the store is away")
            self.left -= 1
        return super().apply(delta)


def test_a_run_cut_short_after_any_step_goes_on_to_the_same_end(clock: Clock) -> None:
    def organised(cut: int | None) -> tuple[object, ...]:
        store = _Failing()
        kb = Graph(Context(store=store, embedder=Bag(), clock=Clock())).cube("kb")
        fill(kb)
        kb.add("At home Ann has a book on roses for gardening.")
        store.left = cut
        try:
            kb.organise(POLICY)
        except Unavailable:
            assert all(finding.ok for finding in store.check())
            store.left = None
            kb.organise(POLICY)
        nodes, edges, _ = everything_in(kb)
        assert not kb.organise(POLICY).wrote
        return nodes, edges, store.left

    whole = organised(None)
    cuts = [organised(cut) for cut in range(6)]
    assert all(each[:2] == whole[:2] for each in cuts)
    assert cuts[0][2] is None  # it was cut


def test_what_was_undone_can_be_organised_again_to_the_same_end(kb: CubeHandle) -> None:
    fill(kb)
    kb.add("At home Ann has a book on roses for gardening.")
    before = [(node.id, node.text, node.status) for node in kb.list(limit=10_000)]
    report = kb.organise(POLICY)
    nodes, edges = shown(kb)
    for receipt in reversed(report.receipts):
        kb.undo(receipt)
    assert [(node.id, node.text, node.status) for node in kb.list(limit=10_000)] == before
    assert kb.organise(POLICY).summaries == report.summaries
    assert shown(kb) == (nodes, edges)
    assert not kb.organise(POLICY).wrote


def test_deleted_texts_leave_their_summaries_and_summaries_without_texts_end(kb: CubeHandle) -> None:
    fill(kb, "baking")
    kb.organise(ALONE)
    theme = next(node for node in summaries(kb) if level_of(node) == "theme")
    gone = [node.id for node in kb.list(limit=1000) if node.text in theme.text.splitlines()]
    said = [kb.get(identity).text for identity in gone]
    kb.delete(*gone)
    kb.organise(ALONE)
    left = [node for node in summaries(kb) if node.id == theme.id]
    assert all(text not in node.text for text in said for node in left)
    kb.delete(*(node.id for node in kb.list(limit=1000) if node.kind == "LongTermMemory"))
    kb.organise(ALONE)
    assert summaries(kb) == []


def test_resummarise_leaves_out_what_falls_and_keeps_the_text_before_as_a_version(kb: CubeHandle) -> None:
    fill(kb, "baking")
    kb.organise(ALONE)
    head = next(node for node in summaries(kb) if level_of(node) == "theme")
    quoted = [node.id for node in kb.list(limit=1000) if node.text in head.text.splitlines()]
    context = context_of(kb)
    operations = resummarise(context, "kb", head.id, quoted)
    at = context.clock()
    apply_delta(context, Delta(id="again", cube="kb", at=at, operations=with_vectors(context, "kb", operations)))
    after = kb.get(head.id)
    assert after.text
    assert not set(after.text.splitlines()) & set(head.text.splitlines())
    assert kb.get_many([f"{head.id}@{head.version}"])[0].text == head.text
    assert resummarise(context, "kb", quoted[0], ()) == ()
    assert resummarise(context, "kb", "nobody", ()) == ()
    forgotten = resummarise(context, "kb", head.id, quoted, forget=True)
    assert {type(op).__name__ for op in forgotten} == {"EraseNode"}
    assert len(forgotten) >= 2


def test_a_summary_is_no_hit_unless_it_is_asked_for_and_moves_no_other_hit(kb: CubeHandle) -> None:
    fill(kb)
    before = [hit.id for hit in kb.search("sourdough while baking", top_k=5)]
    kb.organise(ALONE)
    assert [hit.id for hit in kb.search("sourdough while baking", top_k=5)] == before
    asked = kb.search("sourdough while baking", kinds=["Summary"])
    assert {hit.node.kind for hit in asked} == {"Summary"}
    assert "baking" in asked[0].text
    assert kb.why_not("sourdough while baking", asked[0].id).stage == "kind"


class _Model:
    """A language model that always gives one answer."""

    model = "letters-1"

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def complete(self, system: str, prompt: str, *, max_tokens: int = 512) -> str:
        if self._answer == "away":
            raise Unavailable("nobody answers")
        asked = json.loads(prompt)
        assert asked["texts"]
        return self._answer


@pytest.mark.parametrize(
    ("answer", "believed"),
    [
        ('{"summary": "Ann talks about baking, sailing and gardening."}', True),
        ('Here you are:\n{"summary": "Ann bakes."}', True),
        ('{"summary": "Ann bought 40 loaves."}', False),
        ('{"summary": "Ann and Mallory bake."}', False),
        ('{"summary": "' + "bake " * 500 + '"}', False),
        ('{"summary": ""}', False),
        ('{"summary": ["Ann"]}', False),
        ("Ann bakes.", False),
        ("away", False),
    ],
)
def test_a_models_summary_is_believed_only_when_it_tells_what_the_texts_tell(
    clock: Clock, answer: str, believed: bool
) -> None:
    kb = Graph(Context(store=InMemoryStore(), embedder=Bag(), clock=clock, language=_Model(answer))).cube("kb")
    fill(kb, "baking")
    kb.organise(ALONE)
    said: list[Any] = [node.info["organised"] for node in summaries(kb)]
    assert {each["by"] for each in said} == ({"letters-1"} if believed else {"rule"})


def test_letters_that_no_one_sees_are_taken_out_of_a_models_summary() -> None:
    assert summary_of('{"summary": "Ann\\u202e bakes\\u0000."}', ["Ann bakes."], lambda text: True) == "Ann bakes ."


def test_without_the_library_nothing_is_written_and_the_error_says_what_to_install(
    quick: CubeHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(quick, "baking")
    before = everything_in(quick)
    monkeypatch.setitem(__import__("sys").modules, "sklearn.cluster", None)
    with pytest.raises(NotSupported, match=r"memos-graph\[organise\]"):
        quick.organise(POLICY)
    assert everything_in(quick) == before
    assert quick.organise(replace(POLICY, clusters=False)).related > 0
    assert clustering.library.__doc__


def test_equal_vectors_and_texts_without_one_are_no_fault(quick: CubeHandle, clock: Clock) -> None:
    assert quick.organise(POLICY) == Organised(cube="kb", dry_run=False, texts=0)
    at = clock()
    same = [Node(id=f"m{n}", cube="kb", kind="Message", text="Yes.", created_at=at, updated_at=at) for n in range(30)]
    quick.put(same)
    report = quick.organise(replace(POLICY, links=1))
    assert len(report.summaries) == 1
    assert quick.get(report.summaries[0]).text == "Yes."
    assert not quick.organise(replace(POLICY, links=1)).wrote


@pytest.mark.parametrize(
    "wrong",
    [
        {"near": 0.0}, {"related": 1.5}, {"links": -1}, {"tokens": 3}, {"sizes": Sizes(least=1)},
        {"sizes": Sizes(alike=float("nan"))}, {"sizes": Sizes(least=50, theme=20)},
    ],
)  # fmt: skip
def test_a_policy_that_can_not_be_followed_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="policy"):
        OrganisePolicy(**wrong)


def test_an_unknown_cube_is_not_found(quick: CubeHandle) -> None:
    with pytest.raises(NotFound):
        CubeHandle(context_of(quick), "nobody").organise(POLICY)
