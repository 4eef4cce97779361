"""Cut a document into sections, passages and pictures: by its structure first, by length only where it must be.

Declines to know how text was parsed and which model will read it; the length of a text is the caller's to count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from memos_ingest.blocks import Block, Joints, blocks_of, joined, pack
from memos_ingest.elements import MARGINS, Document, Element, Passage, Picture, Piece, Provenance, Section
from memos_ingest.links import bounded

_MAX_TITLE = 300  # characters; a longer "heading" is a paragraph that a parser took for one


def split(document: Document, *, max_tokens: int = 200, overlap: int = 0,
          count_tokens: Callable[[str], int]) -> tuple[Piece, ...]:  # fmt: skip
    """The document's pieces in reading order: each Section before what stands in it.

    Paragraphs, list items, quotes and code of one section are put together up to `max_tokens`; tables stand alone,
    cut between rows under a repeated head when they are too long; a longer paragraph is cut at sentences. No text is
    lost: every character but white space of every element is in a Section's title, a Passage or a Picture, but for
    headers and footers of pages. overlap: a passage that goes on where the one before it was full (not after a heading
    or a table) begins with up to so many of that one's last tokens, whole sentences of them.

    `count_tokens` gives the length of any text, as the embedder counts; what it says of "" (markers at both ends) is
    taken to be added once per passage. It is called about once for each element and once for each passage.
    ValueError when `max_tokens` leaves no room for text, or `overlap` takes more than half of it.
    """
    markers = count_tokens("")
    if max_tokens <= markers:
        raise ValueError(f"max_tokens = {max_tokens} leaves no room for text; use more than {markers}")
    if not 0 <= overlap <= (max_tokens - markers) // 2:
        raise ValueError(f"overlap = {overlap}: must be 0 to {(max_tokens - markers) // 2}, half of a passage")
    joints = Joints.of(lambda text: max(0, count_tokens(text) - markers), max_tokens - markers)
    out: list[Piece] = []
    open_sections: list[int] = []  # positions in out, outermost first
    for run in _runs(document.elements):
        if run.heading is not None:
            open_sections = _open(out, open_sections, run.heading)
        _emit(out, open_sections[-1] if open_sections else None, run, joints, overlap)
    return tuple(out)


@dataclass(slots=True)
class _Run:
    """A heading and what follows it up to the next."""

    heading: Element | None
    elements: list[Element] = field(default_factory=list)


def _runs(elements: Iterable[Element]) -> list[_Run]:
    runs = [_Run(None)]
    for element in elements:
        if element.kind in ("title", "heading") and element.text.strip() and len(element.text) <= _MAX_TITLE:
            runs.append(_Run(element))
        elif element.kind not in MARGINS:
            runs[-1].elements.append(element)
    return runs


def _open(out: list[Piece], open_sections: Sequence[int], heading: Element) -> list[int]:
    """Append the heading's Section, and give the sections that are open then."""
    level = 0 if heading.kind == "title" else max(1, heading.level)
    enclosing = [at for at in open_sections if isinstance(section := out[at], Section) and section.level < level]
    parent = enclosing[-1] if enclosing else None
    above = out[parent].heading_path if parent is not None else ()
    title = " ".join(heading.text.split())
    out.append(
        Section(title=title, level=level, heading_path=(*above, title), parent=parent, provenance=heading.provenance,
                links=heading.links)
    )  # fmt: skip
    return [*enclosing, len(out) - 1]


def _emit(out: list[Piece], section: int | None, run: _Run, joints: Joints, overlap: int) -> None:
    """Append the run's passages, and each picture after the passage that it follows in the document.

    A picture before all text of its run stands first and belongs to the passage behind it.
    """
    heading_path = out[section].heading_path if section is not None else ()
    blocks: list[Block] = []
    room = replace(joints, limit=joints.limit - overlap)
    pictures: list[tuple[int, Picture]] = []  # (how many blocks are before it, picture)
    for element in run.elements:
        if element.kind == "image":
            pictures.append((len(blocks), _picture(element, heading_path, section)))
        else:
            blocks.extend(blocks_of(element, room))
    groups = pack(blocks, joints, overlap)
    if not groups:
        out.extend(picture for _, picture in pictures)
        return
    leading = sum(before == 0 for before, _ in pictures)
    first = len(out) + leading
    out.extend([replace(picture, illustrates=first) for _, picture in pictures[:leading]])
    at, seen = leading, 0
    for group in groups:
        position = len(out)
        out.append(_passage(group, heading_path, section))
        seen += sum(not block.again for block in group)
        while at < len(pictures) and pictures[at][0] <= seen:
            out.append(replace(pictures[at][1], illustrates=position))
            at += 1


def _picture(element: Element, heading_path: tuple[str, ...], section: int | None) -> Picture:
    texts = dict.fromkeys(text for text in (element.caption, element.alt, element.text) if text and text.strip())
    return Picture(
        text="\n".join(texts),
        href=element.href,
        heading_path=heading_path,
        section=section,
        illustrates=None,
        provenance=element.provenance,
        alt=element.alt,
        caption=element.caption,
        facts=element.picture,
    )


def _passage(group: Sequence[Block], heading_path: tuple[str, ...], section: int | None) -> Passage:
    places = [block.provenance for block in group]
    return Passage(
        text=joined(group),
        heading_path=heading_path,
        section=section,
        provenance=_together(places),
        kinds=tuple(dict.fromkeys(block.kind for block in group)),
        pages=tuple(dict.fromkeys(place.page for place in places if place.page is not None)),
        links=bounded(one for block in group for one in block.links),
    )


def _together(places: Sequence[Provenance]) -> Provenance:
    """The first page of the places, the box of those on it, and one span from the first start to the last end."""
    page = next((place.page for place in places if place.page is not None), None)
    boxes = [place.box for place in places if place.box is not None and place.page == page]
    starts = [place.start for place in places if place.start is not None]
    ends = [place.end for place in places if place.end is not None]
    return Provenance(
        page=page,
        box=(
            min(box[0] for box in boxes), min(box[1] for box in boxes),
            max(box[2] for box in boxes), max(box[3] for box in boxes),
        ) if boxes else None,
        start=min(starts, default=None),
        end=max(ends, default=None),
    )  # fmt: skip
