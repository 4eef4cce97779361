"""What DOCX and PPTX share: a package of XML parts that point to each other, their properties, pictures and charts.

Declines to know words and slides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from memos_ingest.elements import Element, Provenance
from memos_ingest.errors import UnreadableFile
from memos_ingest.parsers.base import METADATA_CHARS, Source
from memos_ingest.parsers.grid import Cells, table_element
from memos_ingest.parsers.media import Media
from memos_ingest.parsers.package import Package, resolve
from memos_ingest.parsers.xml_tree import Node, attribute, child, children, local, xml_tree
from memos_ingest.whitespace import join_lines

NESTING = 200  #: of an office file's XML; the readers call themselves level by level
_PROPERTIES = {"creator": "author", "lastModifiedBy": "last_modified_by", "created": "created", "modified": "modified",
               "subject": "subject", "keywords": "keywords", "description": "description", "category": "category",
               "title": "title", "language": "language"}  # fmt: skip
_ALT_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Link:
    """Where a part points."""

    kind: str  #: the last word of its type: "image", "header", "slide"
    target: str  #: a member of the package, or a URL
    external: bool


@dataclass(slots=True)
class Office:
    """An open package; parts are read once."""

    source: Source
    package: Package
    cells: Cells
    media: Media
    _links: dict[str, Mapping[str, Link]] = field(default_factory=dict)

    @classmethod
    def open(cls, source: Source) -> Office:
        """The package that the source is. Raises as Package does."""
        return cls(source, Package(source), Cells(source.name, source.limits), Media(source.name))

    def main_part(self) -> str:
        """The part that the package is about. UnreadableFile when there is none."""
        for link in self.links("").values():
            if link.kind == "officeDocument" and link.target in self.package:
                return link.target
        raise UnreadableFile(self.source.name, "has no main part, so it is no whole office file; save it again")

    def tree(self, part: str) -> Node | None:
        """The part's XML; None where there is no such part."""
        data = self.package.get(part)
        if data is None:
            return None
        nesting = min(NESTING, self.source.limits.nesting)
        return xml_tree(data, name=f"{self.source.name}: {part}", nesting=nesting)

    def links(self, part: str) -> Mapping[str, Link]:
        """Where the part points, by id; "" stands for the package itself."""
        if part not in self._links:
            folder, _, name = part.rpartition("/")
            root = self.tree(f"{folder}/_rels/{name}.rels".lstrip("/"))
            self._links[part] = {attribute(node, "Id") or "": _link(part, node) for node in children(
                root, "Relationship")}  # fmt: skip
        return self._links[part]

    def properties(self) -> dict[str, str]:
        """Author, title, dates and such, as the file says them."""
        part = next((link.target for link in self.links("").values() if link.kind == "core-properties"), "")
        found: dict[str, str] = {}
        root = self.tree(part) if part else None
        for node in root if root is not None else ():
            value = " ".join("".join(node.itertext()).split())[:METADATA_CHARS]
            if value and local(node.tag) in _PROPERTIES:
                found[_PROPERTIES[local(node.tag)]] = value
        return found

    def drawing(self, node: Node, part: str, where: Provenance) -> list[Element]:
        """The pictures and charts inside the drawing."""
        said = next((d for d in node.iter() if local(d.tag) in ("docPr", "cNvPr")), None)
        alt = _alt(said)
        out: list[Element] = []
        for inside in node.iter():
            tag = local(inside.tag)
            if tag in ("blip", "imagedata"):
                link = self.links(part).get(attribute(inside, "embed") or attribute(inside, "id") or "")
                if link is not None and link.kind == "image":
                    out.append(self.picture(link, alt or join_lines(attribute(inside, "title") or ""), where))
            elif tag == "chart" and (link := self.links(part).get(attribute(inside, "id") or "")) is not None:
                out.extend(self._chart(link, where))
        return out

    def picture(self, link: Link, alt: str, where: Provenance) -> Element:
        """The picture as an element, with its facts where its bytes are there."""
        data = self.package.get(link.target) if not link.external else None
        return self.media.element(link.target, data, alt, where)

    def _chart(self, link: Link, where: Provenance) -> list[Element]:
        root = self.tree(link.target) if not link.external else None
        if root is None:
            return []
        title = join_lines("".join(t.text or "" for t in _all(child(root, "chart", "title"), "t")))
        series = [node for node in root.iter() if local(node.tag) == "ser"]
        columns = [
            (join_lines(" ".join(_points(one, "tx"))), _points(one, "cat", "xVal"), _points(one, "val", "yVal"))
            for one in series
        ]
        names = max((names for _, names, _ in columns), key=len, default=[])
        height = max((len(values) for _, _, values in columns), default=0)
        rows = [["", *(name for name, _, _ in columns)]]
        for at in range(height):
            self.cells.take(len(rows[0]))
            rows.append([names[at] if at < len(names) else "", *(v[at] if at < len(v) else "" for _, _, v in columns)])
        table = table_element(rows, provenance=where, caption=title or None) if height else None
        return [table] if table is not None else []


def _link(part: str, node: Node) -> Link:
    external = (attribute(node, "TargetMode") or "").lower() == "external"
    target = attribute(node, "Target") or ""
    kind = (attribute(node, "Type") or "").rpartition("/")[2]
    return Link(kind, target if external else resolve(part, target), external)


def _alt(node: Node | None) -> str:
    if node is None:
        return ""
    return join_lines((attribute(node, "descr") or attribute(node, "title") or "")[:_ALT_CHARS])


def _all(node: Node | None, name: str) -> list[Node]:
    return [inside for inside in node.iter() if local(inside.tag) == name] if node is not None else []


def _points(series: Node, *names: str) -> list[str]:
    """The cached values of a chart's axis or series, in order; of the first of the names that there is."""
    node = next((found for name in names if (found := child(series, name)) is not None), None)
    points = [join_lines(v.text or "") for point in _all(node, "pt") for v in children(point, "v")]
    return points or [join_lines(v.text or "") for v in children(node, "v")]
