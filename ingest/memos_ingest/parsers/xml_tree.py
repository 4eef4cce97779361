"""XML to a tree by expat, with everything refused that makes XML dangerous.

No document type, so no entities, no external files and no expansion; a limit on depth and on the number of nodes.
Declines to know any vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pyexpat import ExpatError, ParserCreate
from typing import TypeAlias
from xml.etree.ElementTree import Element, TreeBuilder  # the tree alone: its parser is never used

from memos_ingest.errors import UnreadableFile

Node: TypeAlias = Element

_NODES = 20_000_000


def xml_tree(data: bytes | str, *, name: str, nesting: int, skip_doctype: bool = False) -> Node:
    """The root of the tree; tags are "namespace}local" or "local", so `local(tag)` gives what is asked for.

    Raises as `xml_walk`. O(bytes); a tree takes some 20 times the memory of its text.
    """
    builder = TreeBuilder()
    xml_walk(
        data, name=name, nesting=nesting, skip_doctype=skip_doctype,
        start=builder.start, end=builder.end, text=builder.data,
    )  # fmt: skip
    return builder.close()


def xml_walk(
    data: bytes | str,
    *,
    name: str,
    nesting: int,
    start: Callable[[str, dict[str, str]], object],
    end: Callable[[str], object],
    text: Callable[[str], object],
    skip_doctype: bool = False,
) -> None:
    """Call `start`, `end` and `text` as the elements go by; the memory is that of the text.

    UnreadableFile for what is no XML, is nested deeper than `nesting`, or declares a document type (`skip_doctype`
    passes over one that declares nothing of its own, as XHTML has it). What the callbacks raise is raised. Comments
    and instructions are left out. O(bytes).
    """
    parser = ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = nodes = 0

    def enter(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, nodes
        depth += 1
        nodes += 1
        if depth > nesting:
            raise UnreadableFile(name, f"is XML nested over {nesting} levels deep; flatten it")
        if nodes > _NODES:
            raise UnreadableFile(name, f"has over {_NODES:,} XML elements; split the file")
        start(tag, attributes)

    def leave(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(tag)

    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = partial(_refuse_doctype, name, skip_doctype)
    parser.EntityDeclHandler = partial(_refuse_entity, name)
    try:
        parser.Parse(data, True)
    except ExpatError as problem:
        raise UnreadableFile(name, f"is not well-formed XML: {problem}; repair the file") from problem
    except (ValueError, LookupError) as problem:  # an encoding that expat or Python does not have
        raise UnreadableFile(name, f"is XML that cannot be decoded: {problem}; save it as UTF-8") from problem


def _refuse_doctype(
    name: str, skip: bool, _root: str, _system: str | None, _public: str | None, has_internal_subset: int
) -> None:
    if has_internal_subset or not skip:
        raise _declares(name)


def _refuse_entity(name: str, *_: object) -> None:
    raise _declares(name)


def local(tag: str) -> str:
    """The name without its namespace."""
    return tag.rpartition("}")[2]


def attribute(node: Node, wanted: str) -> str | None:
    """The value of the attribute whose local name is `wanted`, in whatever namespace."""
    value = node.attrib.get(wanted)
    if value is not None:
        return value
    return next((value for key, value in node.attrib.items() if local(key) == wanted), None)


def child(node: Node | None, *path: str) -> Node | None:
    """The first descendant along the local names."""
    for name in path:
        node = next((c for c in node if local(c.tag) == name), None) if node is not None else None
    return node


def children(node: Node | None, name: str) -> list[Node]:
    """The node's own children of that local name."""
    return [c for c in node if local(c.tag) == name] if node is not None else []


def _declares(name: str) -> UnreadableFile:
    return UnreadableFile(
        name, "declares a document type or entities, which are never expanded; save it without the DOCTYPE"
    )
