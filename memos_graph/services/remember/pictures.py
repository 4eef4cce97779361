"""What a picture's bytes say, as a node keeps it, and back. Pure; opens no picture."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from memos_graph.model.graph import Json, Node
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


def facts_of_node(node: Node) -> PictureFacts | None:
    """What `picture_info` put there; None where nothing, or something else, stands there."""
    info = _facts(node)
    taken, place = info.get("taken_at"), info.get("place")
    try:
        return PictureFacts(
            media_type=str(info["media_type"]), width=int(info["width"]), height=int(info["height"]),
            content_hash=str(info["content_hash"]), likeness=f"{int(str(info['likeness']), 16):016x}",
            thumbnail=thumbnail_of(node),
            taken_at=datetime.fromisoformat(taken) if isinstance(taken, str) else None,
            place=(float(place[0]), float(place[1])) if isinstance(place, Sequence) and len(place) == 2 else None,
        )  # fmt: skip
    except (KeyError, ValueError, TypeError):
        return None


def thumbnail_of(node: Node) -> bytes:
    """The small picture that the node keeps; b"" when it has none."""
    kept = _facts(node).get("thumbnail")
    try:
        return base64.b64decode(kept, validate=True) if isinstance(kept, str) else b""
    except binascii.Error:
        return b""


def _facts(node: Node) -> Mapping[str, Any]:
    """Of a document's picture they are in `info.picture`, of a message's in `info` itself."""
    kept = node.info.get("picture")
    return kept if isinstance(kept, Mapping) else node.info
