"""XML of any vocabulary: headings, paragraphs, and records with the path at which they stand.

An element with words of its own is a paragraph; one whose children hold single values is a record of "name: value"
lines; a title among others is a heading. Entities and document types are refused. Knows no vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator

from memos_ingest.elements import Element
from memos_ingest.parsers.base import Parsed, Source, check_text_size
from memos_ingest.parsers.ooxml import NESTING
from memos_ingest.parsers.xml_tree import Node, attribute, local, xml_tree
from memos_ingest.whitespace import join_lines

_TITLES = frozenset(("title", "heading", "head"))
_DEEPEST = 6
# names of structure and of links to what describes it, no data
_NOT_DATA = frozenset(("schemaLocation", "noNamespaceSchemaLocation", "space", "base", "lang", "xmlns"))
_LONG = 200  # characters; above this a value is prose, and stands alone


def parse(source: Source) -> Parsed:
    """The elements of the file, in its order."""
    check_text_size(source)
    data: bytes | str = source.data.decode(source.encoding) if source.encoding else source.data
    root = xml_tree(data, name=source.name, nesting=min(NESTING, source.limits.nesting))
    elements = tuple(_blocks(root, (), 0))
    title = next((e.text for e in elements if e.kind == "heading"), None)
    return Parsed(elements=elements, title=title, language=attribute(root, "lang"), metadata={"root": local(root.tag)})


def _blocks(node: Node, path: tuple[str, ...], level: int) -> Iterator[Element]:
    here = (*path, local(node.tag))
    if not len(node) or _has_words(node):
        text = join_lines("".join(node.itertext()))
        lines = [*_attributes(node), *([text] if text else [])]
        if text and not _has_words(node) and len(text) <= _LONG and not lines[:-1]:
            lines = [f"{local(node.tag)}: {text}"] if path else [text]
        if lines:
            yield Element(kind="paragraph", text="\n".join(lines))
        return
    if _is_record(node):
        yield Element(kind="paragraph", text="\n".join((" / ".join(here), *_attributes(node), *_values(node))))
        return
    if own := list(_attributes(node)):
        yield Element(kind="paragraph", text="\n".join((" / ".join(here), *own)))
    inner = level
    for child in node:
        text = join_lines("".join(child.itertext())) if local(child.tag).lower() in _TITLES else ""
        if text and len(text) <= _LONG:
            inner = min(level + 1, _DEEPEST)
            yield Element(kind="heading", text=text, level=inner)
        else:
            yield from _blocks(child, here, inner)


def _has_words(node: Node) -> bool:
    """Whether words stand beside its children, as in a paragraph with emphasis."""
    return bool(len(node)) and (bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node))


def _is_record(node: Node) -> bool:
    """Whether each child holds one value, no longer than a line or two."""
    return all(not len(child) and len(child.text or "") <= _LONG for child in node) and len(node) > 0


def _values(node: Node) -> Iterator[str]:
    for child in node:
        said = [value for value in (join_lines(child.text or ""), *_attributes(child)) if value]
        if said:
            yield f"{local(child.tag)}: {', '.join(said)}"


def _attributes(node: Node) -> Iterator[str]:
    for key, value in node.attrib.items():
        if value.strip() and local(key) not in _NOT_DATA:
            yield f"{local(key)}: {join_lines(value)}"
