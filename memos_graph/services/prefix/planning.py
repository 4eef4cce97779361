"""What the prefix of one cube is to be now: what stood there and holds, then what is chosen behind it. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from memos_graph.engines.chatting.turns import memory_line
from memos_graph.engines.prefix.choose import (
    WORKING_SHARE,
    Candidate,
    Choice,
    Chosen,
    choose,
    choose_working,
    unfit,
    worth_most,
)
from memos_graph.engines.prefix.layout import Padded, digest_of, lay_out, padded, up_to
from memos_graph.model.graph import Node
from memos_graph.prompts import prompt
from memos_graph.services.context import Context
from memos_graph.services.prefix.kept import Kept, Manifest
from memos_graph.services.prefix.looking import CHANGES, Progress, Seen, candidate, look_at_all, look_since
from memos_graph.services.prefix.sizing import Sizes, block_of, budget_of, sizes_of

TEMPLATE = "prefix_v1"
_MOST = 400  #: memories of a cube that are chosen from, and others that are told of as left out, at most ...
_TOKENS_EACH = 8  #: ... or more, where a budget may hold more of so many tokens
_NUMBER = 10  #: stands for a memory's number where its line is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a prefix is to be made."""

    tokens: int | None = None  #: of all that comes before the user's own words; None: as before, else the setting
    all: bool = False  #: look at all memories, not only at what came
    fresh: bool = False  #: choose as if nothing had been sent
    progress: Progress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The prefix of a cube as it is to be."""

    manifest: Manifest
    nodes: tuple[Node, ...]  #: of its entries, in order
    text: str
    same: int  #: entries at its beginning that stand there as before
    kept: int  #: tokens that stand there as before
    stale: tuple[str, ...] = ()  #: why the one before may not be sent any more
    left_out: tuple[tuple[str, str], ...] = ()
    write: bool = True  #: whether it differs from what is kept

    @property
    def whole(self) -> int:
        """Its tokens in whole blocks: what of it can be cached."""
        return _whole(self.manifest.tokens, self.manifest.block)


class Ruler:
    """Who counts, asked when something is to be counted: an answer for which nothing changed asks nobody."""

    def __init__(self, context: Context, before: int = 0) -> None:
        self._context, self._before = context, before

    @cached_property
    def sizes(self) -> Sizes:
        """Who counts."""
        return sizes_of(self._context)

    @cached_property
    def block(self) -> int:
        """Tokens of a block."""
        return block_of(self._context)

    @cached_property
    def budget(self) -> int:
        """Tokens that a prefix may have, unless a cube's own number is kept; `before`: what it had."""
        return budget_of(self._context, self._before)

    @cached_property
    def head(self) -> int:
        """Tokens of a prefix without memories."""
        return self.sizes.before_user(lay_out(prompt(TEMPLATE), ()))

    def most(self, tokens: int) -> int:
        """How much of `tokens` a prefix may fill: whole blocks, where they can be filled."""
        return tokens // self.block * self.block if self.sizes.exact and tokens >= self.block else tokens

    def lines(self, nodes: Sequence[Node]) -> dict[str, int]:
        """Tokens of the line of each of `nodes`, by id."""
        known = {node.id: memory_line(_NUMBER, node) for node in nodes}
        return dict(zip(known, self.sizes.lines(list(known.values())), strict=True))


def plan(context: Context, cube: str, kept: Manifest | None, wish: Wish) -> Plan:
    """What the prefix of `cube` is to be, where `kept` is what it was; None: there was none, so all are looked at."""
    was = kept or Manifest()
    ruler = Ruler(context, was.tokens)
    entries = () if wish.fresh else was.entries
    if wish.all or kept is None:
        most = max(_MOST, (wish.tokens or was.budget or ruler.budget) // _TOKENS_EACH)
        seen = look_at_all(context, cube, entries, partial(_worth, most=most), wish.progress)
    else:
        seen = look_since(context, cube, entries, was.seq)
    budget = was.budget if wish.tokens is None else wish.tokens
    if kept is not None and not wish.all and not wish.fresh and budget == was.budget:
        same = _as_it_was(context, was, seen, ruler)
        if same is not None:
            return same
    return _chosen(was, seen, ruler, wish, budget)


def _as_it_was(context: Context, was: Manifest, seen: Seen, ruler: Ruler) -> Plan | None:
    """The prefix that was sent last, if nothing has changed of it and nothing is to go in; None else."""
    holds = _holding(was.entries, seen.faults) == was.sent and was.template == TEMPLATE
    if not holds or _window(seen) != was.window or any(_fits(node, seen) for node in seen.fresh):
        return None
    nodes = tuple(seen.held[entry.id] for entry in was.entries)
    text = lay_out(prompt(TEMPLATE), nodes) + was.padding
    here = context.language.model if context.prefix_server is not None and context.language is not None else ""
    recount = here not in ("", was.counted_by) and ruler.sizes.by != was.counted_by
    blocks = recount or context.prefix_block not in (0, was.block)
    if blocks or _digest(text) != was.digest:
        return None
    behind = seen.looked * 2 >= CHANGES  # what has been looked at need not be looked at before every answer
    return Plan(
        manifest=replace(was, seq=seen.seq) if behind else was, nodes=nodes, text=text, same=len(nodes),
        kept=_whole(was.tokens, was.block), write=behind,
    )  # fmt: skip


def _fits(node: Node, seen: Seen) -> bool:
    """Whether `node` may go in, however long it is."""
    return not unfit(candidate(node, 0, seen.troubles.get(node.id, "")), 0)


def _window(seen: Seen) -> str:
    """What tells one working memory from another; "" when it is empty."""
    ids = "\x1f".join(node.id for node in seen.window)
    return hashlib.sha256(ids.encode("utf-8", "surrogatepass")).hexdigest()[:16] if ids else ""


def _holding(entries: Sequence[Kept], faults: Mapping[str, str]) -> int:
    """How many of `entries`, from the first on, hold and stand where they stood."""
    return next((n for n, entry in enumerate(entries) if entry.id in faults or entry.number != n + 1), len(entries))


def _worth(nodes: Sequence[Node], *, most: int) -> list[Node]:
    """Those of `nodes` that may go in and are worth most, then a few of the others, to be told of."""
    known = {node.id: node for node in nodes}
    rows = [candidate(node, 0) for node in known.values()]
    fit, unfitting = [row for row in rows if not unfit(row, 0)], [row for row in rows if unfit(row, 0)]
    return [known[row.id] for row in (*worth_most(fit, most), *worth_most(unfitting, _MOST))]


def _chosen(was: Manifest, seen: Seen, ruler: Ruler, wish: Wish, budget: int | None) -> Plan:
    """A prefix chosen anew behind what holds."""
    entries = () if wish.fresh else was.entries
    most = ruler.most(ruler.budget if budget is None else budget)
    room = max(0, most - ruler.head)
    nodes = {node.id: node for node in (*seen.held.values(), *seen.window, *seen.fresh)}
    tokens = {entry.id: entry.tokens for entry in entries if entry.id in seen.held and entry.id not in seen.faults}
    if was.counted_by != ruler.sizes.by:
        tokens = {}
    choice = _choose(entries, seen, room, tokens, nodes, ruler, scan=wish.all or wish.fresh or not was.template)
    return _laid(was, seen, ruler, choice, nodes, most, budget)


def _choose(entries: Sequence[Kept], seen: Seen, room: int, tokens: Mapping[str, int], nodes: Mapping[str, Node],
            ruler: Ruler, *, scan: bool) -> Choice:  # fmt: skip
    """What goes in, in `room` tokens. tokens: of lines that are counted already; the others are counted here."""
    uncounted = [
        node for node in nodes.values() if node.id not in tokens and (node.id in seen.held or _fits(node, seen))
    ]
    sizes = {**tokens, **ruler.lines([*uncounted, *(node for node in seen.window if node.id not in tokens)])}

    def row(node: Node) -> Candidate:
        return candidate(node, sizes.get(node.id, 0), seen.troubles.get(node.id, ""))

    stable = [entry for entry in entries if entry.part == "stable"]
    holding = stable[: _holding(stable, seen.faults)]
    previous = [Chosen(id=entry.id, tokens=sizes[entry.id], reason=entry.reason) for entry in holding]
    before = {entry.id for entry in holding}
    at_hand = [row(node) for node in seen.window if node.id not in before]
    limit = room - min(sum(each.tokens for each in at_hand), room // WORKING_SHARE)
    if scan:  # a quarter stays free for what is learned until the next build
        limit = min(limit, max(room - room // WORKING_SHARE, sum(each.tokens for each in previous)))
    others = [nodes[entry.id] for entry in stable if entry.id in seen.held and entry.id not in before]
    choice = choose(list(map(row, (*others, *seen.fresh))), budget=limit, previous=previous)
    left = room - sum(each.tokens for each in choice.entries)
    working = choose_working(
        at_hand, room=min(left, room // WORKING_SHARE), besides=frozenset(each.id for each in choice.entries),
        previous=[entry.id for entry in entries if entry.part == "working"],
    )  # fmt: skip
    return Choice(entries=(*choice.entries, *working.entries), left_out=(*choice.left_out, *working.left_out))


def _laid(was: Manifest, seen: Seen, ruler: Ruler, choice: Choice, nodes: Mapping[str, Node], most: int,
          budget: int | None) -> Plan:  # fmt: skip
    """`choice` as bytes, with what of it stands there as before."""
    sizes, template = ruler.sizes, prompt(TEMPLATE)
    entries, left = list(choice.entries), list(choice.left_out)
    while entries and sizes.before_user(lay_out(template, [nodes[each.id] for each in entries])) > most:
        left.append((entries.pop().id, f"no room left in {most} tokens"))
    chosen = tuple(nodes[each.id] for each in entries)
    text = lay_out(template, chosen)
    filled = padded(text, ruler.block, sizes.before_user) if sizes.exact else _unpadded(text, sizes)
    rows = tuple(
        Kept(number=n, id=each.id, digest=digest_of(node), tokens=each.tokens, part=each.part, reason=each.reason)
        for n, (each, node) in enumerate(zip(entries, chosen, strict=True), 1)
    )
    alike = was.template == TEMPLATE and was.counted_by == sizes.by
    same = _alike(was.entries, rows) if alike else 0
    unmoved = alike and _digest(filled.text) == was.digest
    kept = filled.tokens if unmoved else sizes.shared(filled.text, up_to(template, chosen[:same])) if alike else 0
    manifest = Manifest(
        entries=rows, template=TEMPLATE, digest=_digest(filled.text), tokens=filled.tokens, padding=filled.padding,
        counted_by=sizes.by, block=ruler.block, sent=len(rows), window=_window(seen), seq=seen.seq, budget=budget,
        built_at=was.built_at if unmoved else seen.now,
    )  # fmt: skip
    return Plan(
        manifest=manifest, nodes=chosen, text=filled.text, same=same, kept=_whole(kept, ruler.block),
        stale=_stale(was, seen), left_out=tuple(left), write=manifest != was,
    )  # fmt: skip


def _stale(was: Manifest, seen: Seen) -> tuple[str, ...]:
    """Why the prefix `was` may not be sent any more, a line each."""
    told = [f"[{e.number}] {e.id} {seen.faults[e.id]}" for e in was.entries if e.id in seen.faults]
    there = {entry.number for entry in was.entries}
    return (*told, *(f"[{number}] was erased or expired" for number in range(1, was.sent + 1) if number not in there))


def _alike(was: Sequence[Kept], now: Sequence[Kept]) -> int:
    """How many entries, from the first on, stand there as they did."""
    pairs = enumerate(zip(was, now, strict=False))
    moved = (n for n, (a, b) in pairs if (a.id, a.digest, a.number) != (b.id, b.digest, b.number))
    return next(moved, min(len(was), len(now)))


def _unpadded(text: str, sizes: Sizes) -> Padded:
    return Padded(text=text, padding="", tokens=sizes.before_user(text))


def _whole(tokens: int, block: int) -> int:
    return tokens // block * block if block else tokens


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
