"""Text in Markdown whose marks would keep markdown-it busy for hours, or fill its memory, is read as it is written.

For each "[" markdown-it looks for its "]", so that a megabyte of them costs time squared; for each "*" it keeps a
token. What a person writes never comes near the bounds; nothing is lost, only marks in such a text stay. Declines to
know blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MOST_STEPS: Final = 200_000  #: characters passed over in looking for brackets, beyond the text's own length; some 2 s
MOST_MARKS: Final = 100_000  #: of emphasis, in one text; each takes half a kilobyte


def with_bounds(parser: MarkdownIt) -> MarkdownIt:
    """The parser, which from now on takes a text beyond the bounds for plain."""
    parser.core.ruler.at("inline", _inline)
    return parser


def steps(text: str) -> int:
    """How many characters lie between each "[" and its "]", or the text's end where it has none, all together. O(n)."""
    found, waiting = 0, list[int]()
    for at, char in enumerate(text):
        if char == "[":
            waiting.append(at)
        elif char == "]" and waiting:
            found += at - waiting.pop()
    return found + sum(len(text) - at for at in waiting)


def _inline(state: StateCore) -> None:
    """What markdown-it's own rule does, but for texts beyond the bounds."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = token.children or []
        if _is_beyond(token.content):
            token.children.extend(_plain(token.content.split("\n")))
        else:
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _is_beyond(text: str) -> bool:
    if len(text) > MOST_MARKS and sum(map(text.count, "*_~")) > MOST_MARKS:
        return True
    return "[" in text and steps(text) > MOST_STEPS + len(text)


def _plain(lines: Sequence[str]) -> list[Token]:
    made = []
    for at, line in enumerate(lines):
        made += [Token("softbreak", "br", 0)] if at else []
        made.append(Token("text", "", 0, content=line))
    return made
