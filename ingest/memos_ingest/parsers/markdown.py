"""Markdown (CommonMark with tables): blocks as a reader sees them, without the marks.

Offsets are those of the Markdown source of each block, so `text` is shorter than its span where marks were taken
out. Front matter becomes metadata; raw HTML goes through the HTML parser. Of a link the text has the words, and
`links` the address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from memos_ingest.decode import decode
from memos_ingest.elements import Element, ElementKind, Link, Provenance
from memos_ingest.errors import UnreadableFile
from memos_ingest.links import bounded, link
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Source, check_text_size
from memos_ingest.parsers.grid import table_element
from memos_ingest.parsers.html import raw_elements_of
from memos_ingest.parsers.markdown_bounds import with_bounds
from memos_ingest.pictures import with_data_pictures
from memos_ingest.whitespace import HARD_BREAK, join_lines

_LINE = re.compile(r"\r\n|\n|\r")
_FRONT = re.compile(r"---[ \t]*(?:\r\n|\n|\r)(.*?)(?:\r\n|\n|\r)(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|$)", re.DOTALL)
_FRONT_FIELD = re.compile(r"""([A-Za-z][\w -]{0,60})\s*:\s*["']?(.+?)["']?\s*""")
_TAG_IMAGE = re.compile(r"<img\b", re.IGNORECASE)
_TAG_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG_LINK = re.compile(r"""<a\s(?:[^>]*?\s)?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_TAG_UNLINK = re.compile(r"</a\s*>", re.IGNORECASE)
# markdown-it-py recurses some four Python frames a level of nesting, and drops what lies deeper than it is told
_DEEPEST = 100


def parse(source: Source) -> Parsed:
    """The blocks of a Markdown file; its title is its only heading of the highest level, or front matter's."""
    check_text_size(source)
    text = decode(source.data, name=source.name, encoding=source.encoding)
    metadata, skip = _front_matter(text)
    # blanked, not cut, so that offsets stay those of the file
    tokens = _parser().parse(re.sub(r"[^\r\n]", " ", text[:skip]) + text[skip:])
    if max((token.level for token in tokens), default=0) >= _DEEPEST - 1:
        raise UnreadableFile(source.name, f"nests lists or quotes {_DEEPEST} levels deep; flatten them")
    elements = with_data_pictures(_Blocks(tokens, text).elements(), name=source.name)
    return Parsed(
        elements=elements,
        title=metadata.get("title") or _title(elements),
        language=metadata.get("lang") or metadata.get("language"),
        metadata=metadata,
    )


def _parser() -> MarkdownIt:
    return with_bounds(MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"]))


def _title(elements: Sequence[Element]) -> str | None:
    headings = [element for element in elements if element.kind == "heading"]
    if not headings:
        return None
    highest = min(heading.level for heading in headings)
    top = [heading.text for heading in headings if heading.level == highest]
    return top[0] if len(top) == 1 and headings[0].level == highest else None


def _front_matter(text: str) -> tuple[Mapping[str, str], int]:
    """Plain `key: value` lines of YAML front matter, and where the body begins; nested YAML is passed over."""
    front = _FRONT.match(text) if text.startswith("---") else None
    if front is None:
        return {}, 0
    fields = (_FRONT_FIELD.fullmatch(line) for line in _LINE.split(front.group(1)))
    return {f.group(1).strip().lower(): f.group(2)[:METADATA_CHARS] for f in fields if f}, front.end()


def _line_starts(text: str) -> list[int]:
    return [0, *(line.end() for line in _LINE.finditer(text)), len(text)]


class _Blocks:
    """One walk over markdown-it's flat list of tokens."""

    def __init__(self, tokens: Sequence[Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._starts = _line_starts(text)
        self._out: list[Element] = []
        self._lists: list[str | None] = []  # open lists: an ordered one's next number, else None
        self._first_in_item: str | None = None  # the marker that the next paragraph takes
        self._quotes = 0
        self._heading = 0
        self._rows: list[list[str]] | None = None
        self._table = Provenance()
        self._table_images: list[Element] = []
        self._table_links: list[Link | None] = []
        self._block: Provenance = Provenance()

    def elements(self) -> tuple[Element, ...]:
        for token in self._tokens:
            if token.map is not None and token.type != "inline":
                self._block = self._span(token.map)
            handle = getattr(self, f"_on_{token.type}", None)
            if handle is not None:
                handle(token)
        return tuple(self._out)

    def _span(self, lines: Sequence[int]) -> Provenance:
        last = len(self._starts) - 1
        start, end = self._starts[min(lines[0], last)], self._starts[min(lines[1], last)]
        block = self._text[start:end]
        return Provenance(start=end - len(block.lstrip()), end=start + len(block.rstrip()))

    def _add(self, kind: ElementKind, text: str, level: int = 0, links: Sequence[Link | None] = ()) -> None:
        if text.strip():
            self._out.append(Element(kind=kind, text=text, level=level, provenance=self._block, links=bounded(links)))

    def _on_heading_open(self, token: Token) -> None:
        self._heading = int(token.tag[1])

    def _on_heading_close(self, token: Token) -> None:
        self._heading = 0

    def _on_blockquote_open(self, token: Token) -> None:
        self._quotes += 1

    def _on_blockquote_close(self, token: Token) -> None:
        self._quotes -= 1

    def _on_bullet_list_open(self, token: Token) -> None:
        self._lists.append(None)

    def _on_ordered_list_open(self, token: Token) -> None:
        self._lists.append("ordered")

    def _on_bullet_list_close(self, token: Token) -> None:
        self._lists.pop()

    _on_ordered_list_close = _on_bullet_list_close

    def _on_list_item_open(self, token: Token) -> None:
        # of an ordered item `info` is the number as written
        self._first_in_item = f"{token.info}{token.markup} " if token.info else ""

    def _on_list_item_close(self, token: Token) -> None:
        self._first_in_item = None

    def _on_fence(self, token: Token) -> None:
        self._add("code", token.content.rstrip("\n"))

    _on_code_block = _on_fence

    def _on_html_block(self, token: Token) -> None:
        for element in raw_elements_of(token.content):
            self._out.append(_moved(element, self._block))

    def _on_table_open(self, token: Token) -> None:
        self._rows, self._table = [], self._block

    def _on_tr_open(self, token: Token) -> None:
        if self._rows is not None:
            self._rows.append([])

    def _on_table_close(self, token: Token) -> None:
        self._block = self._table  # each row's own span has replaced it
        table = table_element(self._rows or [], provenance=self._block)
        if table is not None:
            self._out.append(replace(table, links=bounded(self._table_links)))
        self._out.extend(self._table_images)
        self._rows, self._table_images, self._table_links = None, [], []

    def _on_inline(self, token: Token) -> None:
        if token.map is not None and self._rows is None:
            self._block = self._span(token.map)
        inline = _inline(token.children or [], self._block)
        text, images, links = inline.text, inline.images, inline.links
        if self._rows is not None:
            self._rows[-1].append(text)
            self._table_images.extend(images)
            self._table_links.extend(links)
            return
        if self._heading and not self._lists and not self._quotes:
            self._add("heading", " ".join(text.split()), self._heading, links)
        elif self._lists and self._first_in_item is not None:
            marker, self._first_in_item = self._first_in_item, None
            self._add("list_item", (marker + text) if text.strip() else "", len(self._lists) - 1, links)
        else:
            self._add("quote" if self._quotes else "paragraph", text, links=links)
        self._out.extend(images)


def _moved(element: Element, provenance: Provenance) -> Element:
    return replace(element, provenance=provenance)


@dataclass(slots=True)
class _Inline:
    """What a reader sees of a line: its text, the images in it, and where its words lead."""

    text: str
    images: list[Element]
    links: list[Link | None]


def _inline(tokens: Sequence[Token], provenance: Provenance) -> _Inline:
    parts: list[str] = []
    images: list[Element] = []
    links: list[Link | None] = []
    href, since = "", 0  # of the open link; CommonMark puts none into another
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type == "softbreak":
            parts.append("\n")
        elif token.type == "hardbreak" or (token.type == "html_inline" and _TAG_BREAK.fullmatch(token.content)):
            parts.append(HARD_BREAK)
        elif token.type == "image":
            images.append(_image(token, provenance))
        elif token.type == "html_inline" and _TAG_IMAGE.match(token.content):
            images.extend(_moved(image, provenance) for image in raw_elements_of(token.content))
        elif opened := _opened_link(token):
            href, since = opened, len(parts)
        elif href and (token.type == "link_close" or _TAG_UNLINK.fullmatch(token.content)):
            links.append(link(href, join_lines("".join(parts[since:]))))
            href = ""
    return _Inline(join_lines("".join(parts)), images, links)


def _opened_link(token: Token) -> str:
    """Where the link leads that begins with the token; "" when none does."""
    if token.type == "link_open":
        return str(token.attrs.get("href") or "")
    tag = _TAG_LINK.match(token.content) if token.type == "html_inline" else None
    return unescape(next(filter(None, tag.groups()), "")) if tag is not None else ""


def _image(token: Token, provenance: Provenance) -> Element:
    alt = _inline(token.children or [], provenance).text.strip()
    caption = str(token.attrs.get("title") or "").strip() or None
    return Element(
        kind="image", text=caption or alt, provenance=provenance,
        href=str(token.attrs.get("src") or "") or None, alt=alt or None, caption=caption,
    )  # fmt: skip
