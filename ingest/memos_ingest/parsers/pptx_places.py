"""In which order a slide's shapes are read: the title, then from the top, and from the left where they stand in a row.

Declines to know what the shapes hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from memos_ingest.parsers.xml_tree import Node, attribute, child, local

TITLES = frozenset(("title", "ctrTitle"))
_SAME_ROW = 230_000  # EMU of a slide some 6.9 million high; 914,400 are an inch

Spot = tuple[int, int]  # down, right


def shapes_of(tree: Node | None) -> list[tuple[Node, Spot | None]]:
    """Every shape with where its upper left corner is set; those of a group stay together. Hidden ones left out."""
    return list(_shapes(tree, None))


def _shapes(tree: Node | None, group: Spot | None) -> Iterator[tuple[Node, Spot | None]]:
    for node in tree if tree is not None else ():
        tag = local(node.tag)
        if tag == "grpSp":
            yield from _shapes(node, group or _spot(child(node, "grpSpPr", "xfrm")))
        elif tag == "AlternateContent":
            yield from _shapes(node[0] if len(node) else None, group)
        elif tag in ("sp", "pic", "graphicFrame"):
            said = next((d for part in node for d in part if local(d.tag) == "cNvPr"), None)
            if said is None or attribute(said, "hidden") not in ("1", "true"):
                own = child(node, "spPr", "xfrm") if tag != "graphicFrame" else child(node, "xfrm")
                yield node, group or _spot(own)


def place_of(shape: Node) -> tuple[str, str]:
    """The kind and number of the place that the layout holds ready for the shape; ("", "") when it has none."""
    for part in shape:
        place = child(part, "nvPr", "ph")
        if place is not None:
            return attribute(place, "type") or "obj", attribute(place, "idx") or "0"
    return "", ""


def spots_of(root: Node | None) -> Mapping[tuple[str, str], Spot]:
    """Where a layout or master puts its places; by kind and number, and by ("", number) as well."""
    found: dict[tuple[str, str], Spot] = {}
    for shape, spot in shapes_of(child(root, "cSld", "spTree")):
        kind, index = place_of(shape)
        if spot is not None and kind:
            found.setdefault((kind, index), spot)
            found.setdefault(("", index), spot)
            found.setdefault((kind, ""), spot)
    return found


def in_reading_order(shapes: Sequence[tuple[Node, Spot | None]], *inherited: Mapping[tuple[str, str], Spot]
                     ) -> list[Node]:  # fmt: skip
    """The shapes in the order of reading; one that is set nowhere keeps its turn after the one before it."""
    placed: list[tuple[Node, Spot]] = []
    last: Spot = (0, 0)
    for shape, spot in shapes:
        last = spot or _inherited(shape, inherited) or last
        placed.append((shape, last))
    titles = [shape for shape, _ in placed if place_of(shape)[0] in TITLES]
    rest = sorted((item for item in placed if place_of(item[0])[0] not in TITLES), key=lambda item: item[1][0])
    out: list[Node] = titles
    row: list[tuple[Node, Spot]] = []
    for item in rest:
        if row and item[1][0] - row[0][1][0] > _SAME_ROW:
            out.extend(shape for shape, _ in sorted(row, key=lambda member: member[1][1]))
            row = []
        row.append(item)
    out.extend(shape for shape, _ in sorted(row, key=lambda member: member[1][1]))
    return out


def _inherited(shape: Node, layouts: Sequence[Mapping[tuple[str, str], Spot]]) -> Spot | None:
    kind, index = place_of(shape)
    if not kind:
        return None
    for spots in layouts:
        for key in ((kind, index), ("", index), (kind, ""), ("body", "")):
            if key in spots:
                return spots[key]
    return None


def _spot(transform: Node | None) -> Spot | None:
    offset = child(transform, "off")
    if offset is None:
        return None
    try:
        return int(attribute(offset, "y") or ""), int(attribute(offset, "x") or "")
    except ValueError:
        return None
