"""A turn of a chat with a model, remembered: both messages through the feed that chats come by, as one Delta.

What the assistant said rests on the memories that it cited (DEPENDS_ON): when one of them falls, the answer ends with
it, so that no later search finds what no longer holds. The same turn remembered again writes nothing. A day (UTC) is
one session. Declines to know the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from memos_graph.model.errors import Invalid, MissingEndpoint
from memos_graph.model.graph import LIVE
from memos_graph.model.scope import Scope
from memos_graph.services.chatting.asking import Turn
from memos_graph.services.context import Context
from memos_graph.services.lifecycle.states import use
from memos_graph.services.remember.report import Fed
from memos_graph.services.remember.taking import DEFAULT, FeedOptions, feed_chat
from memos_ingest import Conversation, IngestError, Session, read_messages

_TRIES = 4


def remember_turn(context: Context, cube: str, conversation: str, turn: Turn, *,
                  options: FeedOptions = DEFAULT) -> Fed:  # fmt: skip
    """What became of `turn` as the next of the talk called `conversation`; `receipt` is "" when it was in already.

    `Invalid` for words that can't be a message, an empty answer among them.
    """
    if not turn.answer.strip():
        raise Invalid("answer", turn.answer, "there is nothing to remember")
    chat, (_, answer) = _read(conversation, turn)
    cited = [identity for at, identity in turn.rests_on if at == cube]
    for attempt in range(_TRIES):
        rests = _holding(context, cube, cited)
        try:
            return feed_chat(context, cube, chat, options=options, rests={answer: rests} if rests else {})[-1]
        except MissingEndpoint:  # one of them was erased since
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def count_uses(context: Context, cube: str, turn: Turn) -> None:
    """The memories of `cube` that the answer cites are used once more: what chats use comes first in prefixes."""
    used = _holding(context, cube, [identity for at, identity in turn.rests_on if at == cube])
    if used:
        use(context, cube, used, by="chat")


def _read(conversation: str, turn: Turn) -> tuple[Conversation, Sequence[str]]:
    """The turn as a part of the talk, and the ids of its messages."""
    at = turn.asked_at.astimezone(UTC)
    ids = [f"{at.isoformat()} {role}" for role in ("user", "assistant")]
    said = [
        {"role": "user", "content": turn.question, "id": ids[0]},
        {"role": "assistant", "content": turn.answer, "id": ids[1]},
    ]
    try:
        read = read_messages(said, chat_time=at, conversation_id=conversation, title=conversation)
    except IngestError as error:
        raise Invalid(error.name, "the turn", error.reason) from error
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    messages = tuple(message for session in read.sessions for message in session.messages)
    return replace(read, sessions=(Session(id="day", time=day, messages=messages),)), ids


def _holding(context: Context, cube: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Those of the memories that still hold."""
    if not ids:
        return ()
    scope = Scope(cubes=(cube,), states=LIVE, current_at=context.clock())
    return tuple(node.id for node in context.store.get(scope, ids))
