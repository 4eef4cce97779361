"""What a picture's bytes say, as a node keeps it. Pure; opens no picture."""

from __future__ import annotations

import base64

from memos_graph.model.graph import Json
from memos_ingest import PictureFacts


def picture_info(facts: PictureFacts) -> dict[str, Json]:
    """The facts as JSON: media_type, width, height, content_hash, likeness; taken_at, place, unread and thumbnail
    (base64) where there are any."""
    info: dict[str, Json] = {
        "media_type": facts.media_type, "width": facts.width, "height": facts.height,
        "content_hash": facts.content_hash, "likeness": facts.likeness,
    }  # fmt: skip
    if facts.taken_at is not None:
        info["taken_at"] = facts.taken_at.isoformat()
    if facts.place is not None:
        info["place"] = list(facts.place)
    if facts.unread is not None:
        info["unread"] = facts.unread
    if facts.thumbnail:
        info["thumbnail"] = base64.b64encode(facts.thumbnail).decode()
    return info
