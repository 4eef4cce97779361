"""Walking an HTML tree in document order without recursion, past what a reader does not read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from selectolax.lexbor import LexborNode

_DROPPED = frozenset((
    "script", "style", "noscript", "template", "nav", "footer", "iframe", "object", "embed", "svg", "canvas",
    "video", "audio", "map", "math", "dialog", "head", "title", "button", "select", "option", "input", "textarea",
    "datalist", "meter", "progress", "rp",
))  # fmt: skip
_DROPPED_ROLES = frozenset((
    "navigation", "contentinfo", "search", "menu", "menubar", "toolbar", "dialog", "alertdialog", "banner",
))  # fmt: skip
# of MediaWiki, whose pages are the commonest long HTML: links to edit, menus, and what is not printed
_DROPPED_CLASSES = frozenset(
    ("mw-editsection", "noprint", "mw-portlet", "after-portlet", "vector-dropdown", "mw-jump-link", "mw-indicators")
)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_RAW_TEXT = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))
_NEVER_OPEN = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "rt", "rp", "html",
    "head", "body", "colgroup", "caption",
))  # fmt: skip
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html",
    "legend", "li", "main", "menu", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul", "caption",
))  # fmt: skip


def attribute(node: LexborNode | None, name: str) -> str | None:
    """The attribute's value; None where it is absent or empty."""
    return (node.attributes.get(name) or None) if node is not None else None


def is_dropped(node: LexborNode) -> bool:
    """Whether a reader of the page's text would not read this element."""
    if node.tag in _DROPPED:
        return True
    attributes = node.attributes
    if not attributes:
        return False
    return (
        "hidden" in attributes
        or (attributes.get("role") or "").lower() in _DROPPED_ROLES
        or not _DROPPED_CLASSES.isdisjoint((attributes.get("class") or "").split())
        or _HIDDEN.search(attributes.get("style") or "") is not None
    )


def depth_of(html: str) -> int:
    """How deep the tags nest at most, nearly: end tags that HTML lets one leave out are not asked for. O(html).

    Counted before the page is parsed, since an HTML5 parser looks through all open elements at many a tag.
    """
    deepest, at = 0, 0
    open_tags: list[str] = []
    counts: dict[str, int] = {}
    while (tag := _TAG.search(html, at)) is not None:
        at = tag.end()
        name = tag.group(2).lower()
        if name in _NEVER_OPEN:
            continue
        if tag.group(1):
            while counts.get(name):
                last = open_tags.pop()
                counts[last] -= 1
                if last == name:
                    break
        elif name in _RAW_TEXT:
            close = html.find("</", at)
            while close >= 0 and html[close + 2 : close + 2 + len(name)].lower() != name:
                close = html.find("</", close + 2)
            if close < 0:
                break  # the rest is this element's text
            at = close
        else:
            open_tags.append(name)
            counts[name] = counts.get(name, 0) + 1
            deepest = max(deepest, len(open_tags))
    return deepest


def events(root: LexborNode, take: Callable[[LexborNode], bool]) -> Iterator[tuple[bool, LexborNode]]:
    """(True, node) on the way in and (False, node) on the way out, in document order.

    Passes over dropped elements, and over those that `take` has dealt with as a whole (it returned True). O(nodes).
    """
    node, depth = root, 0
    while True:
        text = node.tag == "-text"
        child = None
        if text or not (is_dropped(node) or (depth and take(node))):
            yield True, node
            child = None if text else node.child
            if child is not None:
                node, depth = child, depth + 1
                continue
            yield False, node
        while depth and (following := node.next) is None:
            parent = node.parent
            if parent is None:
                return
            node, depth = parent, depth - 1
            yield False, node
        if not depth or following is None:
            return
        node = following
