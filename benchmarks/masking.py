"""Take the speakers' names out of a chat and of what is asked of it: what recall reaches without knowing who spoke.

Both speakers become one "Speaker", and their names within texts and questions become "someone". Short forms that
friends use for each other are not known here, and stay. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from memos_ingest import Conversation, ImageRef, Message

SPEAKER, SOMEONE = "Speaker", "someone"


def masked(chat: Conversation) -> Conversation:
    """`chat` as if it had one nameless speaker; ids and times stay."""
    names = speakers(chat)

    def hidden(message: Message) -> Message:
        images = tuple(_without(image, names) for image in message.images)
        return replace(message, speaker=SPEAKER, role="user", text=hide(message.text, names), images=images)

    sessions = tuple(replace(s, messages=tuple(map(hidden, s.messages))) for s in chat.sessions)
    return replace(chat, title=chat.id, sessions=sessions, content_hash=f"masked-{chat.content_hash}")


def speakers(chat: Conversation) -> tuple[str, ...]:
    """The speakers of `chat`, in order of their first message."""
    return tuple(dict.fromkeys(m.speaker for s in chat.sessions for m in s.messages))


def hide(text: str, names: Iterable[str]) -> str:
    """`text` with every one of `names`, and every word of them, as "someone", whatever its case."""
    words = sorted({part for name in names for part in (name, *name.split()) if part}, key=lambda w: (-len(w), w))
    if not words:
        return text
    return re.sub(rf"\b(?:{'|'.join(map(re.escape, words))})\b", SOMEONE, text, flags=re.IGNORECASE)


def _without(image: ImageRef, names: Iterable[str]) -> ImageRef:
    return replace(image, caption=hide(image.caption, names))
