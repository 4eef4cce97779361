"""The extras of a chat that came as a file, and that `read` took for one: it is parsed once more, as JSON alone.

Declines to know processes; Python's JSON module is the only one that looks at the bytes here.
"""

from __future__ import annotations

from memos_ingest.chat_parts import Extras, extras_of
from memos_ingest.limits import DEFAULT_LIMITS, Limits
from memos_ingest.parsers.base import Source
from memos_ingest.parsers.json_records import json_of
from memos_ingest.sniff import media_type_of

_SIGNS = ("image_url", "file_data", "file_id", "tool_call")


def extras_in(data: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS) -> Extras:
    """The extras of the chat that the bytes hold; none where no word of theirs is in it. Raises as `read`."""
    plain = data[:4].isascii() and b"\x00" not in data[:4]  # UTF-8 and its like; else it must be decoded to be searched
    if plain and not any(sign.encode() in data for sign in _SIGNS):
        return Extras(calls={})
    source = Source(data=data, name=name, limits=limits, media_type=media_type_of(data, name=name))
    return extras_of(json_of(source), limits=limits)
