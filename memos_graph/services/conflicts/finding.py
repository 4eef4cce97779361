"""Find what contradicts what in a cube, and keep it as CONFLICTS_WITH edges.

Memories are compared, not passages: what two files say is theirs, and a file fed again would say it again. Ask for
Passage in `kinds` to compare those too. Who is right is settled in `resolving`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from memos_graph.engines.conflicts import Found, Pair, contradiction
from memos_graph.model.delta import Delta, Operation, PatchEdge, PutEdge, Receipt, RetireEdge
from memos_graph.model.errors import Conflict, Invalid, MissingEndpoint, Unavailable
from memos_graph.model.graph import Edge, Json, Node, make_edge
from memos_graph.model.kinds import node_kind
from memos_graph.model.scope import Scope, everything
from memos_graph.model.times import to_micros
from memos_graph.ports import GraphStore
from memos_graph.services.conflicts.candidates import Candidates, candidates, last_seq, pairs
from memos_graph.services.conflicts.contradictions import CONFLICTS_WITH, Contradiction, holding
from memos_graph.services.conflicts.judging import Judged, judge
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube
from memos_graph.services.writing import apply_delta

KINDS = frozenset({"LongTermMemory", "UserMemory", "Preference"})  #: memories that claim something
_TRIES = 4
_BATCH = 500  #: edges a Delta
_MOST_EVIDENCE = 300
_MOST_VALUE = 120
_ByPair = Mapping[frozenset[str], Sequence[Edge]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a search for conflicts did."""

    looked: int  #: memories that were compared
    found: tuple[Contradiction, ...]  #: those that are new
    over: int  #: edges that ended: what they joined does not disagree any more, or a model says it never did
    judged: int  #: verdicts that a language model gave
    unjudged: int  #: pairs that wait for a verdict: the model gave none, or `questions` was reached
    trouble: str  #: why the model was not asked further; "" when it was
    seq: int  #: the cube's Change up to which this has looked; `since` of the next search
    receipts: tuple[Receipt, ...]  #: of what was written; none: nothing was

    def to_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        return {
            "looked": self.looked, "found": [one.to_json() for one in self.found], "over": self.over,
            "judged": self.judged, "unjudged": self.unjudged, "trouble": self.trouble, "seq": self.seq,
            "receipts": [receipt.delta for receipt in self.receipts],
        }  # fmt: skip


def find_conflicts(context: Context, cube: str, *, since: int | None = None, kinds: Collection[str] = KINDS,
                   questions: int = 200, dry_run: bool = False) -> Checked:  # fmt: skip
    """Compare the memories of `kinds` that hold now, and mark those that contradict each other.

    since: only what changed after that Change (`Checked.seq` of the last search), against what mentions the same or
    lies near; None: everything. questions: how many pairs the context's language model is asked about at most. A pair
    that was settled is left alone until one of the two changes. Over unchanged memory nothing is written. `Invalid` for
    kinds or numbers that can't be used.
    """
    _check(since, kinds, questions)
    find_cube(context.store, cube)
    for attempt in range(_TRIES):
        try:
            return _search(context, cube, since, frozenset(kinds), questions, dry_run=dry_run)
        except (Conflict, MissingEndpoint):  # someone changed what was looked at: look again
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


@dataclass(slots=True, kw_only=True)
class _Run:
    """A search under way: what it will write."""

    context: Context
    cube: str
    at: datetime
    left: int  #: questions that may be asked still
    operations: list[Operation] = field(default_factory=list)
    later: list[Operation] = field(default_factory=list)  #: on edges that `operations` write too: a Delta after them
    new: list[Contradiction] = field(default_factory=list)
    over: int = 0
    judged: int = 0
    unjudged: int = 0
    trouble: str = ""

    def ask(self, one: Node, other: Node, found: Found) -> Judged | None:
        """The model's verdict, if there is a model and it gives one."""
        language = self.context.language
        if language is None:
            return None
        verdict = None
        if self.left > 0 and not self.trouble:
            self.left -= 1
            try:
                verdict = judge(language, one, other, found)
            except Unavailable as error:  # what rules found is kept; the next search asks
                self.trouble = str(error)
        self.judged += verdict is not None
        self.unjudged += verdict is None
        return verdict

    def known(self, edge: Edge, one: Node, other: Node, found: Found) -> None:
        """A pair that has an open edge: give it the verdict that it waits for."""
        if not _ours(edge) or edge.info.get("verdict") or (verdict := self.ask(one, other, found)) is None:
            return
        told = {**edge.info, **_told(verdict)}
        self.operations.append(PatchEdge(id=edge.id, expects=edge.version, set={"info": told}))
        if verdict.verdict == "independent":
            self.later.append(RetireEdge(id=edge.id))
            self.over += 1

    def fresh(self, one: Node, other: Node, found: Found, mark: str) -> None:
        """A pair without an edge."""
        verdict = self.ask(one, other, found)
        if verdict is None and not found.sure:
            return
        edge = _edge(self.cube, one, other, found, verdict, mark, self.at)
        if verdict is not None and verdict.verdict == "independent":
            # ended as it begins: kept, so that nobody asks again, and seen by no search
            self.operations.append(PutEdge(edge=replace(edge, retired_at=self.at)))
            return
        self.operations.append(PutEdge(edge=edge))
        self.new.append(Contradiction(edge=edge, one=one, other=other))


def _search(context: Context, cube: str, since: int | None, kinds: frozenset[str], questions: int, *,
            dry_run: bool) -> Checked:  # fmt: skip
    store, scope = context.store, holding(context, cube)
    seq = last_seq(store, cube)
    found = candidates(store, scope, kinds, since)
    run = _Run(context=context, cube=cube, at=context.clock(), left=questions)
    edges = _edges(store, cube, found)
    differ = dict(_compared(found, find_cube(store, cube).text_space))
    for (a, b), difference in differ.items():
        one, other = found.nodes[a], found.nodes[b]
        there = edges.get(frozenset((one.id, other.id)), ())
        is_live = next((edge for edge in there if edge.retired_at is None), None)
        if is_live is not None:
            run.known(is_live, one, other, difference)
        elif not _settled(there, one, other):
            run.fresh(one, other, difference, f"again-{to_micros(run.at)}" if there else "")
    ended = _over(store, scope, found, edges, differ)
    run.operations.extend(RetireEdge(id=edge.id) for edge in ended)
    return Checked(
        looked=len(found.nodes), found=tuple(run.new), over=run.over + len(ended), judged=run.judged,
        unjudged=run.unjudged, trouble=run.trouble, seq=seq, receipts=() if dry_run else tuple(_write(run)),
    )  # fmt: skip


def _compared(found: Candidates, space: str) -> Iterable[tuple[Pair, Found]]:
    """Pairs that contradict each other, in order of their ids; those that the rules are sure of first."""
    seen = [
        (pair, difference)
        for pair, cosine in sorted(pairs(found, space).items())
        if (difference := contradiction(*(found.statements[at] for at in pair), cosine=cosine)) is not None
    ]
    return sorted(seen, key=lambda item: not item[1].sure)


def _edges(store: GraphStore, cube: str, found: Candidates) -> _ByPair:
    """The CONFLICTS_WITH edges of what is compared, ended ones too, by the two they join."""
    touching = None if found.whole else sorted({found.nodes[at].id for at in found.fresh})
    read = () if touching == [] else store.edges(everything(cube), touching=touching, kinds=[CONFLICTS_WITH])
    by_pair: dict[frozenset[str], list[Edge]] = {}
    for edge in read:
        by_pair.setdefault(frozenset((edge.from_id, edge.to_id)), []).append(edge)
    return by_pair


def _settled(edges: Sequence[Edge], one: Node, other: Node) -> bool:
    """Whether an edge between the two ended when both were what they are now."""
    changed = max(one.updated_at, other.updated_at)
    return any(edge.retired_at is not None and edge.retired_at >= changed for edge in edges)


def _over(store: GraphStore, scope: Scope, found: Candidates, edges: _ByPair,
          differ: Collection[Pair]) -> list[Edge]:  # fmt: skip
    """Open edges of ours whose ends do not contradict each other any more, or do not both hold."""
    place = {node.id: at for at, node in enumerate(found.nodes)}
    ours = [edge for group in edges.values() for edge in group if edge.retired_at is None and _ours(edge)]
    elsewhere = {end for edge in ours for end in (edge.from_id, edge.to_id)} - place.keys()
    hold = place.keys() | ({node.id for node in store.get(scope, sorted(elsewhere))} if elsewhere else set())
    gone = []
    for edge in ours:
        if edge.from_id not in hold or edge.to_id not in hold or edge.info.get("verdict") == "independent":
            gone.append(edge)
        elif edge.from_id in place and edge.to_id in place:
            a, b = sorted((place[edge.from_id], place[edge.to_id]))
            judged = bool(edge.info.get("verdict")) and _unchanged_since(edge, found.nodes[a], found.nodes[b])
            if (
                not judged and (a, b) not in differ and (a in found.fresh or b in found.fresh)
                and contradiction(found.statements[a], found.statements[b], cosine=1.0) is None
            ):  # fmt: skip
                gone.append(edge)
    return gone


def _unchanged_since(edge: Edge, *nodes: Node) -> bool:
    return all(node.updated_at <= edge.created_at for node in nodes)


def _write(run: _Run) -> Iterable[Receipt]:
    for operations in (run.operations, run.later):
        for start in range(0, len(operations), _BATCH):
            delta = Delta(
                id=run.context.new_id(), cube=run.cube, actor=run.context.actor, reason="find conflicts", at=run.at,
                operations=tuple(operations[start : start + _BATCH]),
            )  # fmt: skip
            receipt, _ = apply_delta(run.context, delta)
            if receipt.wrote:
                yield receipt


def _edge(cube: str, one: Node, other: Node, found: Found, verdict: Judged | None, mark: str, at: datetime) -> Edge:
    first, second = (value[:_MOST_VALUE] for value in found.values)
    about = ": ".join(part for part in (found.subject, found.attribute) if part)
    info: dict[str, Json] = {"rule": found.rule, "values": [first, second]}
    info |= {"subject": found.subject, "attribute": found.attribute} if found.subject else {}
    return make_edge(
        cube, CONFLICTS_WITH, one.id, other.id, created_at=at, discriminator=mark,
        created_by="rule" if found.sure else "model", info={**info, **(_told(verdict) if verdict else {})},
        evidence=f"{about + ': ' if about else ''}{first} / {second}"[:_MOST_EVIDENCE],
    )  # fmt: skip


def _told(verdict: Judged) -> dict[str, Json]:
    return {"verdict": verdict.verdict, "reason": verdict.reason, "model": verdict.model}


def _ours(edge: Edge) -> bool:
    return edge.created_by in ("rule", "model") and isinstance(edge.info.get("rule"), str)


def _check(since: int | None, kinds: Collection[str], questions: int) -> None:
    if isinstance(kinds, str) or not kinds:
        raise Invalid("kinds", kinds, "give a list of at least one kind of node")
    for kind in kinds:
        node_kind(kind)
    for name, value in (("since", since if since is not None else 0), ("questions", questions)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise Invalid(name, value, "use a whole number from 0 on")
