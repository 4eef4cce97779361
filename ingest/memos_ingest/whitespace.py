"""White space that a reader does not see."""

from __future__ import annotations

import re

# no space is written between two of these: Han, kana, full-width and CJK punctuation
_CJK = r"\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff"
_SOFT_CJK = re.compile(rf"(?<=[{_CJK}])[ \t\r\f]*\n[ \t\r\f]*(?=[{_CJK}])")
_RUN = re.compile(r"[ \t\n\r\f]+")
_BREAK = re.compile(r" ?\v[ \v]*")

HARD_BREAK = "\v"  #: put into a text where its author broke the line on purpose


def join_lines(text: str) -> str:
    """`text` on one line: each line end a space, but nothing between two CJK characters; a hard break a line end."""
    line = _RUN.sub(" ", _SOFT_CJK.sub("", text)).strip()
    return _BREAK.sub("\n", line).strip() if HARD_BREAK in line else line
