"""A day of chat as a plan: what is told when, what is taken back, what is asked. Pure; seeded.

Questions are spread evenly over the sessions, each drawn from those whose evidence has been told by then, however long
ago: a day's questions are about all that was ever said. Between some of them a statement is corrected.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from memos_ingest import Conversation, Question

Where = Literal["latest", "anywhere"]  #: what is corrected: something of the session told last, or anything told


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question, with what happens before it."""

    told: int  #: sessions that have been told by now
    corrected: tuple[str, ...]  #: ids of messages that are corrected just before
    question: str
    evidence: tuple[str, ...]  #: ids of messages, at least one; all told


def plan(chat: Conversation, questions: Sequence[Question], *, asked: int, every: int, where: Where,
         seed: int) -> tuple[Turn, ...]:  # fmt: skip
    """At most `asked` turns over `chat`, in order of time; before one in `every` something is corrected.

    Questions of `chat` alone count, those of categories 1 to 4 whose evidence is all there; fewer turns where a session
    comes before enough of them.
    """
    draw = random.Random(seed)
    told = [[message.id for message in session.messages] for session in chat.sessions]
    place = {identity: at for at, session in enumerate(told) for identity in session}
    open_ = [
        question for question in questions
        if question.conversation_id == chat.id and question.category in (1, 2, 3, 4) and question.evidence
        and all(each in place for each in question.evidence)
    ]  # fmt: skip
    turns: list[Turn] = []
    for number in range(asked):
        last = number * len(told) // asked
        can = [question for question in open_ if max(place[each] for each in question.evidence) <= last]
        if not can:
            continue
        chosen = draw.choice(can)
        open_.remove(chosen)
        known = told[last] if where == "latest" else [each for session in told[: last + 1] for each in session]
        corrected = (draw.choice(known),) if number % every == every // 2 else ()
        turns.append(Turn(told=last + 1, corrected=corrected, question=chosen.question, evidence=chosen.evidence))
    return tuple(turns)
