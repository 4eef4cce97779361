"""HTML: headings, paragraphs, lists, tables, code, quotes and pictures of a page's main part, in order.

Leaves out what a reader does not read as text: scripts, styles, navigation, footers, forms and hidden elements. Runs
nothing, follows nothing. Text before the HTML5 parser has no offsets, so elements carry no spans. The walk keeps its
own stack: nesting costs memory, never a crash.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from memos_ingest.decode import decode
from memos_ingest.elements import Element, ElementKind, Link
from memos_ingest.errors import TooLarge
from memos_ingest.links import bounded, link, placed
from memos_ingest.parsers.base import METADATA_CHARS, Parsed, Source, check_text_size
from memos_ingest.parsers.html_table import picture, read_table
from memos_ingest.parsers.html_tree import BLOCKS, attribute, depth_of, events
from memos_ingest.pictures import with_data_pictures
from memos_ingest.whitespace import HARD_BREAK, join_lines

_NUMBER = re.compile(r"-?\d{1,9}")
_LISTS = frozenset(("ul", "ol", "menu", "dl"))
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_META = frozenset((
    "author", "description", "keywords", "date", "dc.date", "dc.creator", "article:published_time",
    "article:modified_time", "og:site_name", "og:title", "citation_title", "citation_author",
))  # fmt: skip
_MAIN_SHARE = 0.25  # <main> counts when it holds at least this much of the page's text


def parse(source: Source) -> Parsed:
    """The main part of a page."""
    check_text_size(source)
    text = decode(source.data, name=source.name, encoding=source.encoding, html=True)
    if (depth := depth_of(text)) > source.limits.nesting:
        raise TooLarge(source.name, "nesting", source.limits.nesting, depth, "levels")
    tree = LexborHTMLParser(text)
    root = _main_part(tree)
    elements = with_data_pictures(_Walk().elements(root) if root is not None else (), name=source.name)
    base = attribute(tree.css_first("base[href]"), "href") or ""
    if base.startswith(("http://", "https://")):
        elements = tuple(placed(element, base) for element in elements)
    metadata = _metadata(tree)
    return Parsed(
        elements=elements,
        title=_title(tree, elements, metadata),
        language=attribute(tree.css_first("html[lang]"), "lang"),
        metadata=metadata,
    )


def elements_of(fragment: str, *, name: str = "a picture in HTML") -> tuple[Element, ...]:
    """The elements of a piece of HTML that stands in another format."""
    return with_data_pictures(raw_elements_of(fragment), name=name)


def raw_elements_of(fragment: str) -> list[Element]:
    """As `elements_of`, but data: URLs stand in `href`: for who calls `with_data_pictures` on the whole."""
    root = LexborHTMLParser(fragment).body
    return _Walk().elements(root) if root is not None else []


def _main_part(tree: LexborHTMLParser) -> LexborNode | None:
    body = tree.body or tree.root
    mains = tree.css('main, [role="main"]')
    if body is None or len(mains) != 1:
        return body
    share = len(mains[0].text(deep=True)) / max(1, len(body.text(deep=True)))
    return mains[0] if share >= _MAIN_SHARE else body


def _title(tree: LexborHTMLParser, elements: tuple[Element, ...], metadata: Mapping[str, str]) -> str | None:
    """The page's only top heading where <title> begins with it ("Duck - Wikipedia"), else <title>."""
    named = tree.css_first("head > title")
    title = join_lines(named.text(deep=True)) if named is not None else ""
    tops = [element.text for element in elements if element.kind == "heading" and element.level == 1]
    if len(tops) == 1 and (not title or title.startswith(tops[0])):
        return tops[0]
    return title or metadata.get("og:title") or (tops[0] if tops else None)


def _metadata(tree: LexborHTMLParser) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in tree.css("meta[content]"):
        key = (attribute(meta, "name") or attribute(meta, "property") or "").lower()
        value = (attribute(meta, "content") or "").strip()
        if key in _META and value:
            found.setdefault(key, value[:METADATA_CHARS])
    return found


class _Walk:
    """Gathers inline text until a block begins or ends, and then knows what that text was."""

    def __init__(self) -> None:
        self._out: list[Element] = []
        self._text: list[str] = []
        self._images: list[Element] = []  # met inside the open text; they follow it
        self._links: list[Link | None] = []  # of the open text
        self._href, self._since = "", 0  # of the open link, and where in the open text its words begin
        self._lists: list[int | None] = []  # open lists: an ordered one's next number, else None
        self._marker: str | None = None  # of the open list item, until its first text
        self._heading = 0
        self._quotes = 0
        self._figures: list[int] = []  # where in _out each open figure began
        self._captions: list[str] = []  # of the open figure
        self._in_caption = False

    def elements(self, root: LexborNode) -> list[Element]:
        for entering, node in events(root, self._take):
            tag = node.tag or ""
            if tag == "-text":
                if entering:
                    self._text.append(node.text_content or "")
            elif tag == "a":
                self._close_link()
                self._href, self._since = (attribute(node, "href") or "") if entering else "", len(self._text)
            elif entering:
                self._enter(tag, node)
            else:
                self._leave(tag)
        self._flush()
        return self._out

    def _take(self, node: LexborNode) -> bool:
        """Deal with an element that is read as a whole."""
        if node.tag == "img":
            image = picture(node)
            if image is not None:
                self._images.append(image)
            return True
        if node.tag == "br":
            self._text.append(HARD_BREAK)
            return True
        if node.tag == "pre":
            self._flush()
            self._add("code", node.text(deep=True).strip("\n"))
            return True
        if node.tag == "table" and (table := read_table(node)) is not None:
            self._flush()
            if table.element is not None:
                self._out.append(table.element)
            elif table.caption:
                self._add("paragraph", table.caption)
            self._out.extend(table.images)
            return True
        return False

    def _enter(self, tag: str, node: LexborNode) -> None:
        if tag not in BLOCKS:
            return
        self._flush()
        if tag in _HEADINGS:
            self._heading = _HEADINGS[tag]
        elif tag in _LISTS:
            start = attribute(node, "start") or "1"
            self._lists.append((int(start) if _NUMBER.fullmatch(start) else 1) if tag == "ol" else None)
        elif tag in ("li", "dd"):
            self._marker = self._next_marker()
        elif tag == "blockquote":
            self._quotes += 1
        elif tag == "figure":
            self._figures.append(len(self._out))
        elif tag == "figcaption" and self._figures:
            self._in_caption = True

    def _leave(self, tag: str) -> None:
        if tag not in BLOCKS:
            return
        self._flush()
        if tag in _HEADINGS:
            self._heading = 0
        elif tag in _LISTS:
            if self._lists:
                self._lists.pop()
        elif tag in ("li", "dd"):
            self._marker = None
        elif tag == "blockquote":
            self._quotes -= 1
        elif tag == "figcaption":
            self._in_caption = False
        elif tag == "figure":
            self._close_figure()

    def _next_marker(self) -> str:
        if not self._lists or (number := self._lists[-1]) is None:
            return ""
        self._lists[-1] = number + 1
        return f"{number}. "

    def _close_figure(self) -> None:
        """Give the figure's caption to what it shows, or keep it as text where that is not a picture or a table."""
        begin = self._figures.pop()
        caption = join_lines(" ".join(self._captions))
        if self._figures or not caption:
            return  # an outer figure's caption is still to come
        self._captions = []
        shown = [at for at in range(begin, len(self._out)) if self._out[at].kind in ("image", "table")]
        for at in shown:
            element = self._out[at]
            text = caption if element.kind == "image" else element.text
            self._out[at] = replace(element, text=text, caption=caption)
        if not shown:
            self._add("caption", caption)

    def _flush(self) -> None:
        self._close_link()
        text, links = join_lines("".join(self._text)), bounded(self._links)
        images, self._text, self._images, self._links, self._since = self._images, [], [], [], 0
        if text:
            self._add_text(text, links)
        self._out.extend(images)

    def _close_link(self) -> None:
        """Note where the words since the link began lead; a link may go on in the next block."""
        words = join_lines("".join(self._text[self._since :])) if self._href else ""
        if words:
            self._links.append(link(self._href, words))

    def _add_text(self, text: str, links: tuple[Link, ...]) -> None:
        if self._in_caption:
            self._captions.append(text)
        elif self._heading and not self._quotes:
            self._add("heading", " ".join(text.split()), self._heading, links)
        elif self._marker is not None:
            marker, self._marker = self._marker, None
            self._add("list_item", marker + text, max(0, len(self._lists) - 1), links)
        else:
            self._add("quote" if self._quotes else "paragraph", text, links=links)

    def _add(self, kind: ElementKind, text: str, level: int = 0, links: tuple[Link, ...] = ()) -> None:
        if text.strip():
            self._out.append(Element(kind=kind, text=text, level=level, links=links))
