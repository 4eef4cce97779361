"""What a model is asked: a text, or messages. Checked here, for what runs in this process and what is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from memos_graph.model.chat import ChatMessage
from memos_graph.model.errors import Invalid

Messages = Sequence[ChatMessage | Mapping[str, str]]
Prompt = str | Messages


def plain(messages: Messages) -> list[dict[str, str]]:
    """The messages as {"role", "content"}. `Invalid` for none, and for one that is something else."""
    if not messages:
        raise Invalid("messages", messages, "give at least one")
    return [_plain(each) for each in messages]


def _plain(given: object) -> dict[str, str]:
    if isinstance(given, Mapping):
        role, content = given.get("role"), given.get("content")
        if not isinstance(content, str):
            raise Invalid("message", given, 'give {"role": ..., "content": ...}')
        given = ChatMessage(role, content)  # type: ignore[arg-type]  # which checks it
    if not isinstance(given, ChatMessage):
        raise Invalid("message", given, 'give a ChatMessage or {"role": ..., "content": ...}')
    return {"role": given.role, "content": given.content}
