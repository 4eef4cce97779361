"""Correct what is remembered by saying so: a memory named by id or by its words, or a remark in plain words.

No model is asked: what the rules of `engines.feedback` are not sure of is refused with a way to say it. Nothing is
deleted; what was believed stays readable as a version. Each is one Delta.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from memos_graph.engines.claims import read_claims
from memos_graph.engines.feedback import MAX_FEEDBACK, Remark, bare, read_feedback
from memos_graph.engines.keywords import Keyword
from memos_graph.engines.values import values
from memos_graph.engines.wording import is_embedded
from memos_graph.model.delta import Receipt
from memos_graph.model.errors import Conflict, Invalid, NotFound, Unclear
from memos_graph.model.filter import Where, all_of
from memos_graph.model.graph import Node, Source
from memos_graph.model.scope import Scope, everything
from memos_graph.ports import Order
from memos_graph.services.asking import RecallRequest
from memos_graph.services.context import Context
from memos_graph.services.corrections.rewording import Place, replace_keyword, write_words
from memos_graph.services.embed import embed_whole, find_cube
from memos_graph.services.evolve import live_node, put_memories
from memos_graph.services.recall import recall
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.names import names_of

_TRIES = 4
_LEAST = 0.5  #: cosine with what was said, below which a memory is not meant
_LIKELY = 0.3  #: below which it is no candidate either
_MARGIN = 0.1  #: by which the memory that is meant lies before the next
_MOST = 50  #: candidates that are compared
_EXPLICIT = (
    'say it as `correct ID TEXT`, `replace OLD NEW` or `add TEXT`; in words: \'replace "A" with "B"\','
    " 'it is A, not B', 'remember that ...'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What a remark was taken for and what it changed, or with a preview would; `receipt` None then."""

    taken_for: Literal["replacement", "correction", "addition"]
    places: tuple[Place, ...]
    receipt: Receipt | None = None


def correct(context: Context, cube: str, what: str, new: str, *, ids: Collection[str] | None = None,
            reason: str = "", force: bool = False) -> Receipt:  # fmt: skip
    """The memory `what` (an id, or words that say the same) says `new`, and always did; its id stays.

    ids: the memories that may be meant, from a search before. `Unclear` lists the candidates when words fit none or
    several; `NotFound` for an id in `ids` that there is not; `Frozen` without `force`.
    """
    if not new.strip():
        raise Invalid("new", new, "give it words; to remove a memory use delete")
    if not what.strip():
        raise Invalid("what", what, "name a memory by id, or say what it says")
    find_cube(context.store, cube)
    head = _by_id(context, cube, what) or _meant(context, cube, what, ids)
    return _corrected(context, cube, head, new.strip(), reason or "correct", force)


def react(context: Context, cube: str, said: str, *, ids: Collection[str] | None = None, preview: bool = False,
          limit: int = 100, reason: str = "") -> Reaction:  # fmt: skip
    """What the remark `said` was taken for, and what it changed: words replaced, a memory corrected, or one added.

    ids: the memories that were shown before it; a correction without them must name what was wrong. `Unclear` when no
    rule is sure, or no one memory is meant: nothing is written then.
    """
    if not said.strip() or len(said) > MAX_FEEDBACK:
        raise Invalid("feedback", said, f"say something, in {MAX_FEEDBACK} characters at most; longer texts: add")
    find_cube(context.store, cube)
    remark = read_feedback(said)
    if remark is None:
        raise Unclear(said, (), _EXPLICIT)
    why = reason or f"feedback: {' '.join(said.split())}"
    if remark.wanted == "replacement":
        return _replace(context, cube, said, remark, ids, preview, limit, why)
    if remark.wanted == "addition":
        return _add(context, cube, remark.text, preview, why)
    head, text = _target(context, cube, said, remark, ids)
    place = Place(id=head.id, kind=head.kind, field="text", before=head.text, after=text)
    receipt = None if preview else _corrected(context, cube, head, text, why, False)
    return Reaction(taken_for="correction", places=(place,), receipt=receipt)


def _corrected(context: Context, cube: str, head: Node, text: str, reason: str, force: bool) -> Receipt:
    """The Receipt of the correction of `head`; when it changed meanwhile, `Conflict`: it was another text that was
    corrected."""
    if force and not reason.strip():
        raise Invalid("reason", reason, "say why frozen memories are to change, or leave force out")
    at = context.clock()
    if head.text == text:
        return Receipt(delta="", cube=cube, seq=0, at=at, present_nodes=(head.id,))
    seen = {head.id: Place(id=head.id, kind=head.kind, field="text", before=head.text, after=text)}
    for attempt in range(_TRIES):
        try:
            return write_words(
                context, cube, {head.id: {"text": text}}, at=context.clock(), since=None, reason=reason, force=force,
                seen=seen,
            )  # fmt: skip
        except Conflict as conflict:  # an entity of its words, perhaps; the memory itself is not tried again
            if attempt == _TRIES - 1 or head.id in conflict.ids:
                raise
    raise AssertionError("the loop returns or raises")


def _by_id(context: Context, cube: str, what: str) -> Node | None:
    if len(what) > 256 or not what.isprintable():
        return None
    found = context.store.get(replace(everything(cube), retired=False), [what])
    return found[0] if found else None


def _meant(context: Context, cube: str, what: str, ids: Collection[str] | None) -> Node:
    """The one memory that says `what`. `Unclear` when there is none or several."""
    candidates = _given(context, cube, ids) if ids is not None else _exact(context, cube, what)
    same = [node for node in candidates if _folded(node.text) == _folded(what)]
    if len(same) == 1:
        return same[0]
    if ids is None and not same:
        hits = recall(context, RecallRequest(query=what, cubes=(cube,), top_k=10))
        candidates = [hit.node for hit in hits]
    return _clearly(context, what, same or candidates)


def _given(context: Context, cube: str, ids: Collection[str]) -> list[Node]:
    if isinstance(ids, str) or not ids:
        raise Invalid("ids", ids, "give the ids of the memories that may be meant, or leave it out")
    found = {node.id: node for node in context.store.get(replace(everything(cube), retired=False), list(ids))}
    for identity in ids:
        if identity not in found:
            raise NotFound("memory", identity, f"in cube {cube!r}")
    return list(found.values())


def _exact(context: Context, cube: str, what: str) -> list[Node]:
    scope = Scope(cubes=(cube,), current_at=context.clock())
    return list(context.store.match(scope, filter=Where("text", "eq", what.strip()), limit=_MOST))


def _clearly(context: Context, what: str, candidates: Sequence[Node]) -> Node:
    """The one of `candidates` that lies clearly nearest to `what`. `Unclear` when none does."""
    able = [node for node in candidates if is_embedded(node)][:_MOST]
    shown = tuple((node.id, node.text) for node in able)
    if not able:
        raise Unclear(what, shown, "no memory says anything like it; name one by id, or add it as a new one")
    vectors = embed_whole(context.embedder, [what, *(node.text for node in able)])
    near = vectors[1:] @ vectors[0]
    order = sorted(range(len(able)), key=lambda at: (-round(float(near[at]), 6), able[at].id))
    ranked = tuple(shown[at] for at in order)
    if near[order[0]] < _LEAST:
        near_it = tuple(shown[at] for at in order if near[at] >= _LIKELY)
        raise Unclear(what, near_it, "no memory is near enough to it; name one by id")
    if len(order) > 1 and near[order[0]] - near[order[1]] < _MARGIN:
        raise Unclear(what, ranked, "several memories may be meant; name one by id")
    return able[order[0]]


def _target(context: Context, cube: str, said: str, remark: Remark, ids: Collection[str] | None) -> tuple[Node, str]:
    """The memory that a correction means and what it says from then on."""
    if remark.whole:
        given = _given(context, cube, ids) if ids is not None else None
        one = given[0] if given is not None and len(given) == 1 else _meant(context, cube, remark.text, ids)
        return one, remark.new
    if remark.old:
        return _holding(context, cube, said, remark, ids)
    if ids is None:
        raise Unclear(said, (), f"it does not say what was wrong: give the ids that were shown, or {_EXPLICIT}")
    fitting = [(node, text) for node in _given(context, cube, ids) if (text := _revalued(node.text, remark.new))]
    if len(fitting) != 1:
        raise Unclear(said, tuple((node.id, node.text) for node, _ in fitting), f"which words go is open; {_EXPLICIT}")
    return fitting[0]


def _holding(context: Context, cube: str, said: str, remark: Remark, ids: Collection[str] | None) -> tuple[Node, str]:
    """The one memory that says `old` as the remark has it, with `new` in its place."""
    pairs = [(remark.old, remark.new), (bare(remark.old), bare(remark.new))]
    for old, new in dict.fromkeys(pairs):
        try:
            keyword = Keyword(old=old, new=new, case=False)
        except Invalid:
            continue
        found = _given(context, cube, ids) if ids is not None else _saying(context, cube, keyword)
        holding = [(node, text) for node in found for text, times in [keyword.replaced(node.text)] if times]
        if len(holding) == 1 and ids is not None:
            return holding[0]
        if holding:
            one = _clearly(context, remark.text, [node for node, _ in holding])
            return next((node, text) for node, text in holding if node.id == one.id)
    raise Unclear(said, (), f"no memory says {remark.old!r}; {_EXPLICIT}")


def _saying(context: Context, cube: str, keyword: Keyword) -> list[Node]:
    scope = Scope(cubes=(cube,), current_at=context.clock())
    condition = all_of(Where("text", "like", keyword.like()))
    found = context.store.match(scope, filter=condition, order=Order(field="updated_at", descending=True), limit=1000)
    return [node for node in found if is_embedded(node)]


def _revalued(text: str, new: str) -> str | None:
    """`text` with `new` for its one value of that kind, or for the value of its one claim; None when there is none."""
    kinds = {value.kind for value in values(new)}
    old = [value for value in values(text) if value.kind in kinds]
    if len(old) == 1:
        return text[: old[0].start] + new + text[old[0].end :]
    claimed = [claim.value for claim in read_claims(text, speaker="I") if claim.value]
    if len(claimed) != 1 or text.count(claimed[0]) != 1 or kinds:
        return None
    return text.replace(claimed[0], new)


def _replace(context: Context, cube: str, said: str, remark: Remark, ids: Collection[str] | None, preview: bool,
             limit: int, reason: str) -> Reaction:  # fmt: skip
    chosen = None if remark.everywhere or ids is None else [node.id for node in _given(context, cube, ids)]
    done = replace_keyword(
        context, cube, Keyword(old=remark.old, new=remark.new), ids=chosen, preview=preview, limit=limit,
        since=context.clock() if remark.from_now else None, entities=True, reason=reason,
    )  # fmt: skip
    if not done.memories:
        raise Unclear(said, (), f"no memory holds {remark.old!r}; {_EXPLICIT}")
    return Reaction(taken_for="replacement", places=done.places, receipt=done.receipt)


def _add(context: Context, cube: str, text: str, preview: bool, reason: str) -> Reaction:
    kind, at = "LongTermMemory", context.clock()
    identity = node_id("mem", kind, text)
    place = Place(id=identity, kind=kind, field="text", before="", after=text)
    if preview:
        return Reaction(taken_for="addition", places=(place,))
    there = context.store.get(replace(everything(cube), retired=False), [identity])
    if there:
        known = live_node(context.store, cube, identity)
        receipt = Receipt(delta="", cube=cube, seq=0, at=at, present_nodes=(known.id,))
        return Reaction(taken_for="addition", places=(replace(place, before=known.text),), receipt=receipt)
    node = Node(
        id=identity, cube=cube, kind=kind, text=text, sources=(Source(uri="user"),), created_at=at, updated_at=at
    )  # fmt: skip
    receipt = put_memories(context, cube, [node], reason=reason[:200], names=names_of(context, cube))
    return Reaction(taken_for="addition", places=(place,), receipt=receipt)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(".!。")
