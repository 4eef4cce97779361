"""What a document says, in the one shape that scores compare: words in order, headings, tables.

Made from Markdown or from blocks that a driver wrote; declines to know who parsed the document.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

Cells = tuple[tuple[str, ...], ...]

# Chinese and Japanese put no spaces: there each character counts as a word
_WIDE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(f"[{_WIDE}]|[^\\W_{_WIDE}]+")
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_MARKER = re.compile(r"^(?:\d{1,2}|[a-zA-Z])[.)]\s+")
_LIST_NUMBERS = 99  #: "1998. A good year" is no list item


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading; `text` is its words, joined by spaces."""

    level: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A document as scores see it. A cell's text is its words, joined by spaces."""

    words: tuple[str, ...]  #: reading order; a merged cell counts once
    headings: tuple[Heading, ...]
    tables: tuple[Cells, ...]  #: without rows and columns that hold nothing


def words_of(text: str) -> list[str]:
    """The words of `text`: letters and digits, without case, accents set apart, soft hyphens and ligatures."""
    plain = "".join(
        char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) not in ("Mn", "Cf")
    )
    return _WORD.findall(plain.casefold())


def from_blocks(blocks: Iterable[Mapping[str, Any]]) -> Content:
    """The content of blocks {kind, text, level, cells}: kind heading or table, or anything else for plain text."""
    words: list[str] = []
    headings: list[Heading] = []
    tables: list[Cells] = []
    for block in blocks:
        if block["kind"] == "table" and block.get("cells"):
            table = _table(block["cells"])
            words += _once(table)
            tables += [table] if table else []
            continue
        text = block.get("text", "")
        found = words_of(_MARKER.sub("", text) if block["kind"] == "list_item" else text)
        words += found
        if block["kind"] == "heading" and found:
            headings.append(Heading(level=int(block.get("level", 1)), text=" ".join(found)))
    return Content(words=tuple(words), headings=tuple(headings), tables=tuple(tables))


def from_markdown(text: str) -> Content:
    """The content of a Markdown text, tables as GitHub writes them.

    Only # makes a heading: a line of dashes below plain text is no sign in what converters write.
    """
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable(["lheading", "code"])
    return from_blocks(_blocks(parser.parse(text)))


def _blocks(tokens: Sequence[Token]) -> Iterable[dict[str, Any]]:
    heading = 0
    cells: list[list[str]] | None = None
    for token in tokens:
        if token.type == "heading_open":
            heading = int(token.tag[1:])
        elif token.type == "table_open":
            cells = []
        elif token.type == "tr_open" and cells is not None:
            cells.append([])
        elif token.type == "table_close":
            yield {"kind": "table", "cells": cells}
            cells = None
        elif token.type == "list_item_open" and token.info.isdigit() and int(token.info) > _LIST_NUMBERS:
            yield {"kind": "text", "text": token.info}
        elif token.type == "inline":
            text = _inline(token.children or ())
            if cells is not None:
                cells[-1].append(text)
            else:
                yield {"kind": "heading" if heading else "text", "level": heading, "text": text}
            heading = 0
        elif token.type in ("fence", "code_block"):
            yield {"kind": "code", "text": token.content}
        elif token.type == "html_block":
            yield {"kind": "text", "text": _TAG.sub(" ", token.content)}


def _inline(tokens: Sequence[Token]) -> str:
    """What a reader sees of a line: no addresses, no tags."""
    parts = []
    for token in tokens:
        if token.type == "image":
            parts.append(_inline(token.children or ()))
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "html_inline":
            parts.append(_TAG.sub(" ", token.content))
        else:
            parts.append(token.content)
    return "".join(parts)


def _table(rows: Sequence[Sequence[str]]) -> Cells:
    texts = [[" ".join(words_of(cell)) for cell in row] for row in rows]
    width = max(map(len, texts), default=0)
    filled = [row + [""] * (width - len(row)) for row in texts if any(row)]
    kept = [at for at in range(width) if any(row[at] for row in filled)]
    return tuple(tuple(row[at] for at in kept) for row in filled)


def _once(table: Cells) -> list[str]:
    """The words of a table; a cell that repeats the one on its left or above it is one that was merged."""
    found: list[str] = []
    for at, row in enumerate(table):
        for column, text in enumerate(row):
            left = row[column - 1] if column else ""
            above = table[at - 1][column] if at else ""
            if text not in (left, above):
                found += text.split()
    return found
