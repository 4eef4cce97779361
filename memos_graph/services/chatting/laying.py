"""A prompt about memories, and what of it fits: the prefix, what was said before, what was found, the question.

Each memory has one number in it: those of the prefix theirs, the others found the next ones in their order of rank.
Sends nothing. Declines to know what the model makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from memos_graph.engines.chatting.citing import without_citations
from memos_graph.engines.chatting.fitting import Kept, Sizes, less
from memos_graph.engines.chatting.turns import memories_in, memory_line, messages_of, without_memories
from memos_graph.model.chat import ChatMessage
from memos_graph.model.errors import ContextOverflow, Invalid, Unavailable
from memos_graph.model.prefix import Prefix
from memos_graph.ports_language import ChatModel
from memos_graph.prompts import prompt
from memos_graph.services.chatting.asking import ChatRequest, Citation
from memos_graph.services.context import Context
from memos_graph.services.hits import Hit
from memos_graph.services.recall import recall

TEMPLATE = "chat_v1"
_AROUND = 8  #: tokens that a chat template puts around a message, about
_DOUBT = 1.15  #: another tokenizer than the model's counts so much less, at times


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """All that could be sent; `Kept` says how much of it is."""

    request: ChatRequest
    prefix: Prefix
    hits: tuple[Hit, ...]
    found: tuple[tuple[int, Hit], ...]  #: those that the prompt does not hold yet, by rank, with their numbers
    above: tuple[int, ...]  #: numbers of those that are, by rank
    lines: tuple[str, ...]  #: of `found`, as they are sent
    sizes: Sizes
    rest: int  #: tokens of what always stays, about

    def messages(self, kept: Kept) -> tuple[ChatMessage, ...]:
        """What is sent of it."""
        gone = [entry.number for entry in self.prefix.entries[kept.prefix :]]
        system = without_memories(self.prefix.text, gone) if gone else self.prefix.text
        history = self.request.history[len(self.request.history) - kept.history :]
        above = [number for number in self.above if number not in gone]
        return messages_of(system, history, self.request.question, template=prompt(TEMPLATE),
                           lines=self.lines[: kept.hits], above=above)  # fmt: skip

    def numbers(self, kept: Kept) -> dict[int, tuple[str, str]]:
        """By number, cube and id of the memories that `kept` sends."""
        first = {entry.number: (entry.cube, entry.id) for entry in self.prefix.entries[: kept.prefix]}
        return first | {number: (hit.cube, hit.id) for number, hit in self.found[: kept.hits]}

    def trimmed(self, kept: Kept) -> tuple[str, ...]:
        """What `kept` leaves out, a line for each sort."""
        parts = (
            ("history: the oldest {} of {} messages", kept.history, len(self.sizes.history)),
            ("found: the lowest {} of {} memories", kept.hits, len(self.sizes.hits)),
            ("prefix: the last {} of {} memories", kept.prefix, len(self.sizes.prefix)),
        )
        return tuple(line.format(whole - stays, whole) for line, stays, whole in parts if stays < whole)

    def citation(self, number: int, of: Mapping[int, tuple[str, str]]) -> Citation:
        """What `number` stands for: the memory as the prompt held it."""
        cube, identity = of[number]
        hit = next((each for each in self.hits if (each.cube, each.id) == (cube, identity)), None)
        entry = next((each for each in self.prefix.entries if each.number == number), None)
        text = memories_in(self.prefix.text).get(number, "") if hit is None else hit.text
        path = hit.path if hit is not None else f"in the prefix: {entry.reason}" if entry is not None else ""
        return Citation(number=number, id=identity, cube=cube, text=text, path=path)


def lay(context: Context, request: ChatRequest, prefix: Prefix) -> Laid:
    """The prompt for `request`, whole. One search."""
    hits = recall(context, request.search)
    first = {(entry.cube, entry.id): entry.number for entry in prefix.entries}
    next_number = max(first.values(), default=0) + 1
    said = _said(request)
    fresh = [
        hit for hit in hits if (hit.cube, hit.id) not in first and not (hit.kind == "Message" and hit.text in said)
    ]
    found = tuple(enumerate(fresh, next_number))
    lines = tuple(memory_line(number, hit.node) for number, hit in found)
    count = context.embedder.count_tokens
    sizes = Sizes(
        history=[count(message.content) + _AROUND for message in request.history],
        hits=[count(line) for line in lines],
        prefix=[entry.tokens for entry in prefix.entries],
    )
    rest = prefix.tokens - sum(sizes.prefix) + count(request.question) + count(prompt(TEMPLATE)) + 2 * _AROUND
    return Laid(request=request, prefix=prefix, hits=hits, found=found, lines=lines, sizes=sizes, rest=rest,
                above=tuple(first[at] for hit in hits if (at := (hit.cube, hit.id)) in first))  # fmt: skip


def _said(request: ChatRequest) -> frozenset[str]:
    """Words that the prompt holds as they are: the question, which was asked before perhaps, and the history."""
    return frozenset((request.question.strip(), *(without_citations(m.content).strip() for m in request.history)))


def fit(context: Context, model: ChatModel, laid: Laid) -> Kept:
    """How much of `laid` fits the model, before it is asked; all where it does not say what it takes.

    Counted by the server where it counts, else estimated. `ContextOverflow` when the question alone does not fit,
    `Invalid` when the answer asked for leaves no room.
    """
    kept, most = laid.sizes.all, model.context_tokens()
    if most is None:
        return kept
    room = most - laid.request.max_tokens
    if room <= 0:
        advice = f"{model.model} takes {most} tokens, prompt and answer together: ask for a shorter answer"
        raise Invalid("max_tokens", laid.request.max_tokens, advice)
    tried = 0
    while (need := _tokens(context, laid, kept, room)) > room:
        left = less(laid.sizes, kept, (need - room) * 2**tried)  # our sizes are about right: a few counts are enough
        if left is None:
            raise ContextOverflow(model.model, need, room)
        kept, tried = left, tried + 1
    return kept


def shorter(laid: Laid, kept: Kept, said: ContextOverflow, attempt: int) -> Kept:
    """What to send after the server found `kept` too long: less by what it said, or by half. Raises `said` at the end.

    attempt: from 0; after a few, all that may go goes.
    """
    left = laid.sizes.of(kept)
    room = said.most - laid.request.max_tokens
    over = round((said.found - room) * _DOUBT) if said.found and said.most else 0
    left_out = less(laid.sizes, kept, left if attempt >= 5 else max(over, 1) if over > 0 else left // 2)
    if left_out is None:
        raise said
    return left_out


def _tokens(context: Context, laid: Laid, kept: Kept, room: int) -> int:
    """Tokens of what `kept` sends; the server is asked only where it may matter, and only it counts exactly."""
    about = round(_DOUBT * (laid.rest + laid.sizes.of(kept)))
    server = context.prefix_server
    if server is None or about < room // 2:
        return about
    try:
        counted = server.tokens(laid.messages(kept))
    except Unavailable:  # who can't count may answer yet
        return about
    return about if counted is None else len(counted)
