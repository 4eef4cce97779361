"""Several memories that say one thing, made one: which may be merged, and what the one says.

Without a model the text is the fullest one, and what the others say besides, sentence by sentence, each with the
memory that it comes from. Pure. Declines to know where memories are stored and who judged that they say one thing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memos_graph.engines.consequences.doubts import DOUBT, ENDED, REMADE
from memos_graph.engines.dedup import Said
from memos_graph.engines.transitions import BEFORE
from memos_graph.model.errors import Frozen, Invalid
from memos_graph.model.graph import Edge, Json, Node, make_edge
from memos_graph.model.times import to_micros

FROM = "merged_from"  #: in `info`: ids of the parts, the fullest first
#: In `info`: [start, end, id] of what each part gave to the text; a text that was given has none.
SPANS = "merged_spans"
MAKER = "rule:merge"  #: maker of the edges that a merged memory has from its parts
TO_MAKER = "rule:merge:to"  #: of those that lead to it: what rests on a part does so by its own edge
MOST = 500  #: memories in one merge
MOST_SENTENCES = 2000  #: of all parts together; each is compared with each
_NEVER = frozenset({"Document", "Section", "Session", "Message", "Entity", "Image", "Table"})
_LASTING = frozenset({"state", "habit"})
#: Of the parts alone: which versions they had, what they became, and what stands before and after them in their source.
_OWN_EDGES = frozenset({"SUPERSEDES", "MERGED_INTO", "FOLLOWS"})
_NOTES = frozenset({FROM, SPANS, DOUBT, ENDED, REMADE, BEFORE})
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_]+(?:['’][^\W_]+)*")
#: Words that make another statement of the words around them.
_TURNS = frozenset(
    re.findall(
        r"\S+",
        """no not never none nobody nothing neither nor without isn't aren't wasn't weren't don't doesn't didn't won't
        can't cannot couldn't shouldn't wouldn't hasn't haven't hadn't anymore longer stopped former formerly if unless
        may might maybe perhaps almost false denied 不 没 未 无 非 别 勿 若 如""",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A text, and where each piece of it comes from: (start, end, id), in order."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def check_parts(cube: str, parts: Sequence[Node]) -> None:
    """Nothing when `parts` may become one. `Frozen` names frozen ones; `Invalid` says what keeps the others apart."""
    if not 2 <= len(parts) <= MOST:
        raise Invalid("ids", tuple(part.id for part in parts), f"name 2 to {MOST} different memories")
    frozen = tuple(part.id for part in parts if part.status == "frozen")
    if frozen:
        raise Frozen(cube, frozen)
    for part in parts:
        if part.kind in _NEVER or not part.text.strip():
            raise Invalid("ids", part.id, f"a {part.kind} is no statement of its own; merge memories that have a text")
    kinds = {_claim_kind(part) for part in parts}
    spans = {(part.valid_from, part.valid_to) for part in parts}
    if "event" in kinds and (len(kinds) > 1 or len(spans) > 1):
        raise Invalid("ids", parts[0].id, "an event of one time is not another event, and no habit: leave them apart")
    begins = {part.valid_from for part in parts if part.valid_from is not None}
    ends = {part.valid_to for part in parts}
    if (len(begins) > 1 or len(ends) > 1) and not kinds <= _LASTING:
        shown = ", ".join(f"{part.id}: {_span(part)}" for part in parts[:5])
        raise Invalid("ids", shown, "they are true of different times, so they may be two events; give them one time")
    if not _touch(parts):
        raise Invalid("ids", ", ".join(part.id for part in parts[:5]), "there is a time between them: leave them apart")


def _claim_kind(node: Node) -> str:
    claim = node.info.get("claim")
    kind = claim.get("kind") if isinstance(claim, Mapping) else None
    return kind if isinstance(kind, str) else ""


def _span(node: Node) -> str:
    start, end = node.valid_from, node.valid_to
    return f"{start.isoformat() if start else 'always'} to {end.isoformat() if end else 'now'}"


def _touch(parts: Sequence[Node]) -> bool:
    """Whether the times they are true of make one span."""
    known = sorted(parts, key=lambda part: -(2**80) if part.valid_from is None else to_micros(part.valid_from))
    until = known[0].valid_to
    for part in known[1:]:
        if until is not None and part.valid_from is not None and part.valid_from > until:
            return False
        until = None if until is None or part.valid_to is None else max(until, part.valid_to)
    return True


def sentences(text: str) -> list[str]:
    """The sentences of `text`, as they stand there."""
    return [piece for piece in (part.strip() for part in _SENTENCE.split(text)) if piece]


def fullest_first(parts: Sequence[Node]) -> list[Node]:
    """`parts`, the one that says most first: by different words, then length, then id."""
    return sorted(parts, key=lambda part: (-len(Said(part.text).words), -len(part.text), part.id))


def compose(parts: Sequence[Node]) -> Composed:
    """The fullest text, and each sentence of the others that it does not say yet.

    One is said already when all its words stand, in their order, in one sentence of the text, which holds no word
    besides that turns it ("not", "if"). `Invalid` beyond MOST_SENTENCES. O(sentences² · words).
    """
    first, *others = fullest_first(parts)
    text = first.text.strip()
    spans = [(0, len(text), first.id)]
    fresh: dict[str, str] = {}
    for part in others:
        for sentence in sentences(part.text):
            fresh.setdefault(sentence, part.id)
    said = [_words(sentence) for sentence in sentences(text)]
    if len(said) + len(fresh) > MOST_SENTENCES:
        raise Invalid("ids", first.id, f"more than {MOST_SENTENCES} sentences together; give the text yourself")
    for sentence, identity in fresh.items():
        words = _words(sentence)
        if not words or any(_says(known, words) for known in said):
            continue
        said.append(words)
        text += "" if text[-1] in "。！？" else " "
        spans.append((len(text), len(text) + len(sentence), identity))
        text += sentence
    return Composed(text=text, spans=tuple(spans))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold().replace("’", "'") for word in _WORD.findall(text))


def _says(known: Sequence[str], words: Sequence[str]) -> bool:
    """Whether `words` stand in `known` in their order, and nothing there turns them."""
    if len(words) > len(known):
        return False
    rest = iter(known)
    return all(word in rest for word in words) and not (set(known) - set(words)) & _TURNS


def merged(identity: str, parts: Sequence[Node], given: str | None, at: datetime) -> Node:
    """The memory that `parts` become: their text (or the `given` one), sources, tags and the time they are true of."""
    first, *_ = ordered = fullest_first(parts)
    made = compose(parts) if given is None else Composed(text=given.strip(), spans=())
    info: dict[str, Json] = {}
    for part in reversed(ordered):
        info |= {name: value for name, value in part.info.items() if name not in _NOTES}
    info[FROM] = [part.id for part in ordered]
    if made.spans:
        info[SPANS] = [list(span) for span in made.spans]
    starts, ends = [part.valid_from for part in parts], [part.valid_to for part in parts]
    same = next((part for part in ordered if part.text == made.text), None)
    return Node(
        id=identity, cube=first.cube, kind=first.kind, text=made.text, key=first.key,
        confidence=max(part.confidence for part in parts),
        tags=tuple(dict.fromkeys(tag for part in ordered for tag in part.tags)),
        usage=tuple(dict.fromkeys(use for part in ordered for use in part.usage)),
        sources=tuple(dict.fromkeys(source for part in ordered for source in part.sources)), info=info,
        created_at=min(part.created_at for part in parts), updated_at=at,
        valid_from=None if None in starts else min(start for start in starts if start is not None),
        valid_to=None if None in ends else max(end for end in ends if end is not None),
        vectors={} if same is None else same.vectors,
    )  # fmt: skip


def remade(head: Node, parts: Sequence[Node]) -> Node | None:
    """The merged `head` as its `parts` that are left make it; None when its text was given, or changed by hand."""
    if not _is_composed(head):
        return None
    made = compose(parts)
    info: dict[str, Json] = {**head.info, FROM: [part.id for part in fullest_first(parts)]}
    info[SPANS] = [list(span) for span in made.spans]
    return replace(head, text=made.text, info=info, vectors={})


def _is_composed(head: Node) -> bool:
    """Whether its text is still the one that was put together."""
    spans = head.info.get(SPANS)
    if not isinstance(spans, Sequence) or isinstance(spans, str) or not spans:
        return False
    last = spans[-1]
    return isinstance(last, Sequence) and not isinstance(last, str) and len(last) == 3 and last[1] == len(head.text)


def inherited(merged_id: str, parts: Collection[str], edges: Sequence[Edge], at: datetime) -> tuple[Edge, ...]:
    """The `edges` of the parts as edges of what they became; of equal ones the heaviest. Those between parts go."""
    made: dict[str, Edge] = {}
    for edge in sorted(edges, key=lambda edge: (-edge.weight, edge.id)):
        ended = edge.retired_at is not None or (edge.valid_to is not None and edge.valid_to <= at)
        start = merged_id if edge.from_id in parts else edge.from_id
        end = merged_id if edge.to_id in parts else edge.to_id
        if ended or start == end or edge.kind in _OWN_EDGES:
            continue
        maker = MAKER if start == merged_id else TO_MAKER
        new = make_edge(
            edge.cube, edge.kind, start, end, created_at=at, weight=edge.weight, created_by=maker,
            evidence=edge.evidence, info=edge.info, valid_from=edge.valid_from, valid_to=edge.valid_to,
        )  # fmt: skip
        made.setdefault(new.id, new)
    return tuple(made.values())
