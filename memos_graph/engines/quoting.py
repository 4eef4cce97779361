"""Texts that come from outside, put into prompts so that they stay data: nothing in them starts a line, a message, a
quote or a citation of ours.

Chat templates turn certain words into control tokens wherever they stand in a message (`<|im_start|>`, `</s>`,
`[INST]`). In JSON such a word is broken by an escape, so that the text parses back to itself; in words that must stay
bare (a question, what was said before) by a zero-width space. Declines to know any one model's list of tokens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_INVISIBLE = "\u200b"
#: <, >; what some readers take for the end of a line; [INST] and its like; [3], which would look like a citation.
_BREAK = re.compile(
    r"[<>\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\u3010\u3011]|\[(?=/?(?:[A-Z_]{3,40}|gMASK)\]|[\s\d,;\u2013-]{1,40}\])"
)
#: <|...|>, its form with wide bars, <s>, </s>, <<SYS>>, <start_of_turn>, [INST], [/INST], [gMASK].
_CONTROL = re.compile(r"<(?=[|\uff5c/]|<?[A-Za-z_]{1,40}>)|\[(?=/?(?:[A-Z_]{3,40}|gMASK)\])")


def quoted(fields: Mapping[str, str | int]) -> str:
    """`fields` as one line of JSON, in their order, that parses back to them and holds no control token. O(length)."""
    written = json.dumps(dict(fields), ensure_ascii=False, separators=(",", ":"))
    return _BREAK.sub(lambda found: f"\\u{ord(found.group()):04x}", written)


def bare(text: str) -> str:
    """`text` with a zero-width space in whatever a chat template could take for a control token; else as it is."""
    return _CONTROL.sub(lambda found: found.group() + _INVISIBLE, text)
