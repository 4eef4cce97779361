"""A formula of an office file as one line of text: fractions, powers, indices and roots as one would type them.

Declines to lay anything out, and to be complete: what it has no form for is its parts in a row.
"""

from __future__ import annotations

from memos_ingest.parsers.xml_tree import Node, attribute, child, children, local


def formula(node: Node) -> str:
    """The formula's text, such as "(a + b)/(2c)" or "x^2"."""
    return " ".join(_of(node).split())


def _of(node: Node | None) -> str:
    if node is None:
        return ""
    tag = local(node.tag)
    if tag == "t":
        return node.text or ""
    if tag == "f":
        return f"{_group(child(node, 'num'))}/{_group(child(node, 'den'))}"
    if tag == "sSup":
        return f"{_of(child(node, 'e'))}^{_group(child(node, 'sup'))}"
    if tag == "sSub":
        return f"{_of(child(node, 'e'))}_{_group(child(node, 'sub'))}"
    if tag == "sSubSup":
        return f"{_of(child(node, 'e'))}_{_group(child(node, 'sub'))}^{_group(child(node, 'sup'))}"
    if tag == "rad":
        return f"√{_group(child(node, 'e'), always=True)}"
    if tag == "nary":
        return _nary(node)
    if tag == "d":
        begin = attribute(mark, "val") if (mark := child(node, "dPr", "begChr")) is not None else "("
        end = attribute(mark, "val") if (mark := child(node, "dPr", "endChr")) is not None else ")"
        return f"{begin}{', '.join(_of(e) for e in children(node, 'e'))}{end}"
    return "".join(map(_of, node))


def _nary(node: Node) -> str:
    mark = child(node, "naryPr", "chr")
    sign = (attribute(mark, "val") if mark is not None else None) or "∫"
    below, above = _of(child(node, "sub")), _of(child(node, "sup"))
    limits = (f"_({below})" if below.strip() else "") + (f"^({above})" if above.strip() else "")
    return f"{sign}{limits} {_of(child(node, 'e'))}"


def _group(node: Node | None, *, always: bool = False) -> str:
    text = _of(node).strip()
    return text if (len(text) == 1 and not always) or (text.isalnum() and not always) else f"({text})"
