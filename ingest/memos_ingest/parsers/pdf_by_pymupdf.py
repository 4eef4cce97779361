"""PDF by PyMuPDF (extra `pymupdf`, AGPL-3.0): its blocks and tables, headings told by their type size.

Only the layout is PyMuPDF's: pictures, outline, title and limits are those of `pdf`. Runs nothing of PyMuPDF that
writes files or asks the network. Declines to know what is done with the file's own outline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pymupdf
import pypdfium2

from memos_ingest.elements import Box, Element, Provenance
from memos_ingest.errors import UnreadableFile
from memos_ingest.parsers.base import Parsed, Source
from memos_ingest.parsers.grid import table_element
from memos_ingest.parsers.pdf import Layout, parse_with
from memos_ingest.parsers.pdf_blocks import PageOf, finished

_BOLD = 16  # of a span's flags
_LARGER = 1.1  # times the size of most letters
_LONGEST = 200  # characters of a heading
_LINES = 3  # of a heading
_BULLETS = ("•", "◦", "▪", "‣", "●", "○", "■", "–", "*")
_TEXT = 0  # kind of a block


def parse(source: Source) -> Parsed:
    """The blocks of a PDF; errors as `pdf.parse`. Some 60 ms a page, most of it for finding tables."""
    return parse_with(source, _layout)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A text on a page."""

    text: str
    box: Box
    size: float  #: of most of its letters, points
    bold: bool  #: all of it
    lines: int


def _layout(source: Source, _: pypdfium2.PdfDocument) -> Layout:
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        with pymupdf.open(stream=source.data, filetype="pdf") as document:
            pages = [_page(document[at]) for at in range(len(document))]
    except (RuntimeError, ValueError, pymupdf.mupdf.FzErrorBase) as problem:
        said = " ".join(str(problem).split())[:200]
        raise UnreadableFile(source.name, f"cannot be read by PyMuPDF ({said}); try parsers pdf=default") from problem
    usual = _usual_size(block for page in pages for block in page.blocks)
    return Layout(
        elements=finished([_page_of(number, page, usual) for number, page in enumerate(pages, start=1)]),
        letters={number: page.letters for number, page in enumerate(pages, start=1)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    width: float
    height: float
    parts: Sequence[_Block | Element]  #: in reading order; tables and pictures are elements already, without a page
    letters: int

    @property
    def blocks(self) -> list[_Block]:
        return [part for part in self.parts if isinstance(part, _Block)]


def _page(page: Any) -> _Page:
    if page.rotation:
        page.remove_rotation()  # what PyMuPDF tells are places on the page as it lay before
    tables = [(tuple(table.bbox), _table(table)) for table in page.find_tables(use_layout=False).tables]
    tables = [(box, table) for box, table in tables if table is not None]
    flags = pymupdf.TEXTFLAGS_DICT & ~pymupdf.TEXT_PRESERVE_IMAGES & ~pymupdf.TEXT_PRESERVE_LIGATURES
    blocks = [made for block in page.get_text("dict", flags=flags)["blocks"] if (made := _block(block)) is not None]
    parts: list[_Block | Element] = [block for block in blocks if not any(_inside(block.box, box) for box, _ in tables)]
    for table in (table for _, table in tables if table is not None):
        _put(parts, table)
    for info in page.get_image_info():
        _put(parts, Element(kind="image", text="", provenance=Provenance(box=_box(info["bbox"]))))
    letters = sum(sum(map(str.isalnum, block.text)) for block in blocks)
    return _Page(width=page.rect.width, height=page.rect.height, parts=parts, letters=letters)


def _table(table: Any) -> Element | None:
    rows = [["" if cell is None else str(cell) for cell in row] for row in table.extract()]
    if len(rows) < 2 or max(map(len, rows), default=0) < 2:
        return None  # a frame around text
    return table_element(rows, provenance=Provenance(box=_box(table.bbox)))


def _block(block: Mapping[str, Any]) -> _Block | None:
    if block["type"] != _TEXT:
        return None
    spans = [span for line in block["lines"] for span in line["spans"] if span["text"].strip()]
    text = " ".join(_joined("".join(span["text"] for span in line["spans"]) for line in block["lines"]).split())
    if not spans or not text:
        return None
    sizes: Counter[float] = Counter()
    for span in spans:
        sizes[round(span["size"], 1)] += len(span["text"])
    return _Block(
        text=text, box=_box(block["bbox"]), size=sizes.most_common(1)[0][0],
        bold=all(span["flags"] & _BOLD for span in spans),
        lines=len({round(line["bbox"][1]) for line in block["lines"]}),
    )  # fmt: skip


def _joined(lines: Iterable[str]) -> str:
    """Lines as one text; a word that a hyphen parts at a line's end is put together where it goes on in lower case."""
    out = ""
    for line in (line.strip() for line in lines):
        parted = out[-1:] == "-" and out[-2:-1].isalpha() and line[:1].islower()
        out = out[:-1] + line if parted else f"{out} {line}"
    return out


def _usual_size(blocks: Iterable[_Block]) -> float:
    sizes: Counter[float] = Counter()
    for block in blocks:
        sizes[block.size] += len(block.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _page_of(number: int, page: _Page, usual: float) -> PageOf:
    return PageOf(width=page.width, height=page.height, elements=list(_elements(number, page.parts, usual)))


def _elements(number: int, parts: Iterable[_Block | Element], usual: float) -> Iterator[Element]:
    for part in parts:
        if isinstance(part, Element):
            where = Provenance(page=number, box=part.provenance.box)
            yield Element(kind=part.kind, text=part.text, cells=part.cells, provenance=where)
            continue
        where = Provenance(page=number, box=part.box)
        short = len(part.text) <= _LONGEST and part.lines <= _LINES and any(map(str.isalpha, part.text))
        if short and part.size >= usual * _LARGER:
            # ranks become levels later: the larger the type, the smaller the number
            yield Element(kind="heading", text=part.text, level=max(1, 1_000 - round(part.size * 10)), provenance=where)
        elif short and part.bold and part.lines == 1 and part.text[-1:] not in ".:;,":
            yield Element(kind="heading", text=part.text, level=1_000, provenance=where)
        elif part.text.startswith(_BULLETS) and part.text[1:2].isspace():
            yield Element(kind="list_item", text=part.text[1:].strip(), provenance=where)
        else:
            yield Element(kind="paragraph", text=part.text, provenance=where)


def _put(parts: list[_Block | Element], element: Element) -> None:
    """Put what has no place in the text's order before the first text below it that shares its column."""
    box = element.provenance.box
    assert box is not None
    for at, part in enumerate(parts):
        other = part.box if isinstance(part, _Block) else part.provenance.box
        if other is not None and other[1] >= box[1] and min(other[2], box[2]) > max(other[0], box[0]):
            parts.insert(at, element)
            return
    parts.append(element)


def _inside(box: Box, other: Any) -> bool:
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return bool(other[0] <= middle[0] <= other[2] and other[1] <= middle[1] <= other[3])


def _box(bbox: Any) -> Box:
    left, top, right, bottom = (float(side) for side in bbox)
    return left, top, right, bottom
