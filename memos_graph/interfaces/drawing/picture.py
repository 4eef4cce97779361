"""Draw a neighbourhood as one SVG file that needs nothing else: cards by kind, edges named, a legend. Strings only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from memos_graph.interfaces.drawing.layout import Box, Point, overlap, place
from memos_graph.interfaces.screen import clean
from memos_graph.interfaces.views import minute, name_of, readable
from memos_graph.interfaces.views import place as source_place
from memos_graph.model.graph import Edge, Node

WIDTH, HEIGHT, TOP, SIDE = 1500, 980, 96, 210
_KINDS = {
    "Document": "#7a5195", "Section": "#9a86c4", "Passage": "#2f6f9f", "Table": "#2a8c8c", "Image": "#b5651d",
    "Session": "#6d8f3c", "Message": "#3d8b57", "Entity": "#d08a1d", "Summary": "#8a4f7d",
    "Query": "#b08900",
}  # fmt: skip
_OTHER_KIND = "#5a6472"
_EDGES = {
    "MENTIONS": "#d9a441", "PARENT": "#a79bc9", "FOLLOWS": "#7fa8c9", "SAID_BY": "#7bb58d", "ILLUSTRATES": "#c98a54",
    "SUPERSEDES": "#b04a4a", "CAUSES": "#a3395f", "RELATED_TO": "#6f8f9f",
    "FINDS": "#cfc4a0",
}  # fmt: skip
_OTHER_EDGE = "#8a8f98"
_COMMON = frozenset({"MENTIONS", "PARENT", "SAID_BY"})
_LETTER = 6.3  #: width of a letter of 11.5 px text, on average; Chinese ones are twice as wide
_STYLE = (
    "text{font-family:'Segoe UI',system-ui,-apple-system,'Helvetica Neue',Arial,'Noto Sans','Noto Sans CJK SC',"
    "sans-serif;font-size:11.5px;fill:#22303c}.k{font-size:9.5px;font-weight:600;letter-spacing:.4px}"
    ".e{font-size:9px;fill:#55606b;paint-order:stroke;stroke:#fbfaf7;stroke-width:3.5px;stroke-linejoin:round}"
    ".h{font-size:21px;font-weight:600}.s{font-size:13px;fill:#55606b}.l{font-size:12px}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """A memory, what lies around it, and the edges between all of these."""

    centre: str
    nodes: tuple[Node, ...]
    hops: Mapping[str, int]  #: by node, how many edges from the centre
    edges: tuple[Edge, ...]  #: both ends among the nodes
    walked: frozenset[tuple[str, str]]  #: pairs of ids that the search walked between, either way round
    labels: Mapping[str, str] = field(default_factory=dict)  #: by edge id, what to write on it instead of its kind


def hops_from(centre: str, edges: Iterable[Edge], there: set[str]) -> dict[str, int]:
    """By node of `there`, how many of `edges` (ends among them) lie between it and `centre`; 3 where none lead."""
    beside: dict[str, set[str]] = {identity: set() for identity in there}
    for edge in edges:
        beside[edge.from_id].add(edge.to_id)
        beside[edge.to_id].add(edge.from_id)
    hops, layer = {centre: 0}, [centre]
    while layer:
        following = [n for i in layer for n in sorted(beside[i]) if n not in hops]
        hops |= {n: hops[i] + 1 for i in layer for n in sorted(beside[i]) if n not in hops}
        layer = list(dict.fromkeys(following))
    return hops | {identity: 3 for identity in there if identity not in hops}


@dataclass(frozen=True, slots=True)
class _Card:
    node: Node
    lines: tuple[str, ...]
    box: Box
    colour: str


def draw(seen: Neighbourhood, *, title: str, subtitle: str = "") -> str:
    """The SVG document. Every text in it is escaped; card titles hold the whole text for the pointer to show."""
    cards = {node.id: _card(node, big=node.id == seen.centre) for node in seen.nodes}
    width, height = WIDTH - SIDE, HEIGHT - TOP - 12
    links = [(edge.from_id, edge.to_id) for edge in seen.edges]
    at = place({i: card.box for i, card in cards.items()}, seen.hops, links, width, height)
    at = {i: Point(p.x, p.y + TOP) for i, p in at.items()}
    lines, names = _edges(seen, cards, at)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(clean(title), quote=True)}">',
        f"<style>{_STYLE}</style>",
        _markers(sorted({_edge_colour(edge) for edge in seen.edges})),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fbfaf7"/>',
        _text(28, 42, _fit(title, 118), "h"),
        _text(28, 68, _fit(subtitle, 190), "s"),
        *lines,
        *(_drawn(card, at[i], centre=i == seen.centre) for i, card in cards.items()),
        *names,
        _legend(seen),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _card(node: Node, *, big: bool) -> _Card:
    colour = _KINDS.get(node.kind, _OTHER_KIND)
    text = readable(node)
    letters, most = (22, 2) if node.kind == "Entity" else ((42, 6) if big else (27, 3))
    lines = _wrap(text, letters, most)
    width = max([_width(line) for line in lines] + [len(_label(node)) * 6.9]) + 26
    return _Card(node, tuple(lines), Box(max(width, 62), 25 + 15 * len(lines)), colour)


def _label(node: Node) -> str:
    where = source_place(node.sources[:1]).split(", characters")[0] if node.kind != "Entity" else ""
    if node.kind == "Message":
        where = ", ".join(part for part in (node.key, minute(node.valid_from)[:10]) if part)
    return _fit(f"{node.kind.upper()}  {where}".rstrip(), 36)


def _drawn(card: _Card, at: Point, *, centre: bool) -> str:
    left, top = at.x - card.box.width / 2, at.y - card.box.height / 2
    radius = card.box.height / 2 if card.node.kind == "Entity" and len(card.lines) == 1 else 7
    whole = " ".join(clean(name_of(card.node)).split())
    lines = [
        f"<g><title>{escape(_fit(whole, 900))}</title>",
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{card.box.width:.1f}" height="{card.box.height:.1f}" '
        f'rx="{radius:.1f}" fill="{"#fff6dc" if centre else "#ffffff"}" stroke="{card.colour}" '
        f'stroke-width="{3 if centre else 1.4}"/>',
        f'<text class="k" x="{left + 13:.1f}" y="{top + 15:.1f}" style="fill:{card.colour}">',
        f"{escape(_label(card.node))}</text>",
    ]
    lines += [_text(left + 13, top + 30 + 15 * nth, line) for nth, line in enumerate(card.lines)]
    return "".join((*lines, "</g>"))


def _edges(seen: Neighbourhood, cards: dict[str, _Card], at: dict[str, Point]) -> tuple[list[str], list[str]]:
    """The lines, and their names to be drawn on top of all else; parallel edges bend apart."""
    lines: list[str] = []
    names: list[str] = []
    nth: dict[tuple[str, str], int] = {}
    for edge in sorted(seen.edges, key=lambda e: ((e.from_id, e.to_id) in seen.walked, e.kind, e.id)):
        ends = (min(edge.from_id, edge.to_id), max(edge.from_id, edge.to_id))
        turn = nth[ends] = nth.get(ends, -1) + 1
        bend = 16 * ((turn + 1) // 2) * (1 if turn % 2 else -1) if turn else 0.0
        start, end = at[edge.from_id], at[edge.to_id]
        far = math.hypot(end.x - start.x, end.y - start.y) or 1.0
        across = Point(-(end.y - start.y) / far, (end.x - start.x) / far)
        middle = Point((start.x + end.x) / 2 + across.x * bend * 2, (start.y + end.y) / 2 + across.y * bend * 2)
        first = _border(start, cards[edge.from_id].box, middle)
        last = _border(end, cards[edge.to_id].box, middle, gap=4)
        walked = (edge.from_id, edge.to_id) in seen.walked
        colour = _edge_colour(edge)
        lines.append(
            f'<path d="M{first.x:.1f} {first.y:.1f}Q{middle.x:.1f} {middle.y:.1f} {last.x:.1f} {last.y:.1f}" '
            f'fill="none" stroke="{colour}" stroke-width="{3.6 if walked else 1.3}" '
            f'stroke-opacity="{1 if walked else 0.75}" marker-end="url(#a{colour[1:]})"/>'
        )
        seat = Point((first.x + 2 * middle.x + last.x) / 4, (first.y + 2 * middle.y + last.y) / 4)
        # where every line bore its name none could be read: colours tell the common ones apart
        named = edge.kind not in _COMMON or seen.centre in ends
        label = seen.labels.get(edge.id, edge.kind)
        if walked or (named and _clear(seat, label, cards, at)):
            weight = "700" if walked else "400"
            names.append(
                f'<text class="e" text-anchor="middle" x="{seat.x:.1f}" y="{seat.y + 3:.1f}" '
                f'style="font-weight:{weight}">{escape(clean(label))}</text>'
            )
    return lines, names


def _clear(seat: Point, name: str, cards: dict[str, _Card], at: dict[str, Point]) -> bool:
    """Whether an edge's name can stand at `seat` without covering a card."""
    box = Box(len(name) * 6.0, 12)
    return not any(overlap(seat, box, at[identity], card.box) for identity, card in cards.items())


def _border(inside: Point, box: Box, towards: Point, gap: float = 0.0) -> Point:
    """Where the line from a card's middle to `towards` leaves the card."""
    dx, dy = towards.x - inside.x, towards.y - inside.y
    if not dx and not dy:
        return inside
    share = min(
        (box.width / 2 + gap) / abs(dx) if dx else math.inf, (box.height / 2 + gap) / abs(dy) if dy else math.inf, 1.0
    )
    return Point(inside.x + dx * share, inside.y + dy * share)


def _markers(colours: Sequence[str]) -> str:
    made = (
        f'<marker id="a{c[1:]}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.6L8 4L0 7.4z" fill="{c}"/></marker>'
        for c in colours
    )
    return f"<defs>{''.join(made)}</defs>"


def _legend(seen: Neighbourhood) -> str:
    left, row = WIDTH - SIDE + 16, TOP + 26
    parts = [f'<line x1="{left - 16}" y1="{TOP}" x2="{left - 16}" y2="{HEIGHT - 30}" stroke="#e2ded4"/>']
    parts.append(_text(left, row, "Memories", "l", bold=True))
    for kind in sorted({node.kind for node in seen.nodes}):
        row += 24
        number = sum(1 for node in seen.nodes if node.kind == kind)
        colour = _KINDS.get(kind, _OTHER_KIND)
        parts.append(f'<rect x="{left}" y="{row - 11}" width="16" height="13" rx="4" fill="#fff" stroke="{colour}" '
                     'stroke-width="2"/>')  # fmt: skip
        parts.append(_text(left + 26, row, f"{kind}  {number}", "l"))
    row += 44
    parts.append(_text(left, row, "Edges", "l", bold=True))
    for kind in sorted({edge.kind for edge in seen.edges}):
        row += 24
        number = sum(1 for edge in seen.edges if edge.kind == kind)
        colour = _EDGES.get(kind, _OTHER_EDGE)
        parts.append(f'<line x1="{left}" y1="{row - 4}" x2="{left + 17}" y2="{row - 4}" stroke="{colour}" '
                     f'stroke-width="2" marker-end="url(#a{colour[1:]})"/>')  # fmt: skip
        parts.append(_text(left + 26, row, f"{kind}  {number}", "l"))
    row += 44
    parts.append(_text(left, row, "Bold: the path the search", "l"))
    parts.append(_text(left, row + 17, "walked to the answer", "l"))
    return "".join(parts)


def _edge_colour(edge: Edge) -> str:
    return _EDGES.get(edge.kind, _OTHER_EDGE)


def _text(x: float, y: float, text: str, style: str = "", *, bold: bool = False) -> str:
    look = (f' class="{style}"' if style else "") + (' style="font-weight:600"' if bold else "")
    return f'<text{look} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _width(line: str) -> float:
    return sum(_LETTER * (2 if ord(letter) > 0x2E7F else 1) for letter in line)


def _fit(text: str, letters: int) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= letters else f"{line[: letters - 1]}…"


def _wrap(text: str, letters: int, most: int) -> list[str]:
    """`text` in lines of about `letters` Latin letters, at most `most`; text without spaces breaks anywhere."""
    lines, line = [], ""
    for word in _pieces(text, letters):
        joined = f"{line} {word}" if line and not _wide(word[0]) else line + word
        if line and _width(joined) > letters * _LETTER:
            lines.append(line)
            line = word
        else:
            line = joined
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][: letters - 1]}…"]
    return [each or " " for each in lines]


def _pieces(text: str, letters: int) -> list[str]:
    pieces: list[str] = []
    for word in text.split():
        if any(_wide(letter) for letter in word):
            pieces.extend(word)
        else:
            pieces.extend(word[i : i + letters] for i in range(0, len(word), letters))
    return pieces or [text or " "]


def _wide(letter: str) -> bool:
    return ord(letter) > 0x2E7F
