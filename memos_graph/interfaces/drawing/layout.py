"""Places for cards on a page: none covers another, linked ones stand near. Pure numbers, the same each time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_ROUNDS = 300
_PULL = 0.02  #: towards the page's middle
_MARGIN = 16
_WIDER = 1.75  #: cards are wider than high, and so is the page
_RINGS = (0.0, 0.5, 0.92, 1.0)  #: distance from the middle by hops, as a share of the half page


@dataclass(frozen=True, slots=True)
class Box:
    """A card's size."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Point:
    """A card's middle."""

    x: float
    y: float


def place(
    boxes: Mapping[str, Box], hops: Mapping[str, int], links: Sequence[tuple[str, str]], width: float, height: float
) -> dict[str, Point]:
    """The middle of each card on a page of `width` by `height`: the one with 0 hops stays in the page's middle.

    Cards begin on rings by their hops, each near the card it hangs on; then links pull, cards push, and overlaps are
    moved apart. O(rounds · cards²); some dozens of cards take well under a second.
    """
    at = _rings(boxes, hops, links, width, height)
    pairs = [(a, b) for a, b in dict.fromkeys((min(e), max(e)) for e in links) if a in at and b in at and a != b]
    names = sorted(at)
    for turn in range(_ROUNDS):
        heat = 1 - turn / _ROUNDS
        for name, (x, y) in _forces(at, boxes, names, pairs, hops, width, height, heat).items():
            at[name] = (x, y)
        _part(at, boxes, names, hops)
        _hold(at, boxes, width, height)
    for _ in range(200):
        if not _part(at, boxes, names, hops):
            break
        _hold(at, boxes, width, height)
    return {name: Point(x, y) for name, (x, y) in at.items()}


def overlap(a: Point, size: Box, b: Point, other: Box, gap: float = 0.0) -> bool:
    """Whether two cards come nearer than `gap`."""
    across = (size.width + other.width) / 2 + gap - abs(a.x - b.x)
    down = (size.height + other.height) / 2 + gap - abs(a.y - b.y)
    return across > 0 and down > 0


_Places = dict[str, tuple[float, float]]


def _rings(boxes: Mapping[str, Box], hops: Mapping[str, int], links: Sequence[tuple[str, str]], width: float,
           height: float) -> _Places:  # fmt: skip
    beside: dict[str, set[str]] = {name: set() for name in boxes}
    for a, b in links:
        if a in beside and b in beside:
            beside[a].add(b)
            beside[b].add(a)
    angle: dict[str, float] = {}
    at: _Places = {}
    for ring in sorted({min(hops[name], 3) for name in boxes}):
        names = sorted(n for n in boxes if min(hops[n], 3) == ring)

        def wish(name: str) -> tuple[float, str]:
            inner = [angle[n] for n in beside[name] if n in angle]
            if not inner:
                return (0.0, name)
            # the mean of directions, not of numbers: 350 and 10 degrees meet at 0
            return (math.atan2(sum(map(math.sin, inner)), sum(map(math.cos, inner))) % math.tau, name)

        for nth, name in enumerate(sorted(names, key=wish)):
            turn = math.tau * (nth + 0.5 * (ring % 2)) / len(names)
            far = _RINGS[ring]
            angle[name] = turn
            reach = (far * width * 0.44, far * height * 0.42)
            at[name] = (width / 2 + reach[0] * math.cos(turn), height / 2 + reach[1] * math.sin(turn))
    return at


def _forces(at: _Places, boxes: Mapping[str, Box], names: Sequence[str], pairs: Sequence[tuple[str, str]],
            hops: Mapping[str, int], width: float, height: float, heat: float) -> _Places:  # fmt: skip
    ideal = 0.6 * math.sqrt(width * height / max(1, len(names)))
    push = {name: [0.0, 0.0] for name in names}
    for nth, a in enumerate(names):
        for b in names[nth + 1 :]:
            dx, dy = (at[a][0] - at[b][0]) / _WIDER, at[a][1] - at[b][1]
            far = math.hypot(dx, dy) or 1.0
            # short of two ideal lengths only: a push that reaches across the page piles cards up at its rim
            strength = max(0.0, ideal * ideal / far / far - 0.25)
            for name, sign in ((a, 1), (b, -1)):
                push[name][0] += sign * dx * strength * _WIDER
                push[name][1] += sign * dy * strength
    for a, b in pairs:
        dx, dy = at[a][0] - at[b][0], at[a][1] - at[b][1]
        far = math.hypot(dx, dy) or 1.0
        strength = (far - ideal) / far * 0.35
        for name, sign in ((a, -1), (b, 1)):
            push[name][0] += sign * dx * strength
            push[name][1] += sign * dy * strength
    limit = 4 + 26 * heat
    moved: _Places = {}
    for name in names:
        if hops[name] == 0:
            continue
        x = push[name][0] + (width / 2 - at[name][0]) * _PULL
        y = push[name][1] + (height / 2 - at[name][1]) * _PULL
        far = math.hypot(x, y) or 1.0
        step = min(limit, far)
        moved[name] = (at[name][0] + x / far * step, at[name][1] + y / far * step)
    return moved


def _part(at: _Places, boxes: Mapping[str, Box], names: Sequence[str], hops: Mapping[str, int]) -> bool:
    """Move overlapping cards apart along the shorter way; whether there were any."""
    any_moved = False
    for nth, a in enumerate(names):
        for b in names[nth + 1 :]:
            dx, dy = at[b][0] - at[a][0], at[b][1] - at[a][1]
            across = (boxes[a].width + boxes[b].width) / 2 + 22 - abs(dx)
            down = (boxes[a].height + boxes[b].height) / 2 + 22 - abs(dy)
            if across <= 0 or down <= 0:
                continue
            any_moved = True
            sideways = across < down
            by = (across if sideways else down) / 2 + 0.5
            sign = 1 if (dx if sideways else dy) >= 0 else -1
            shares = (0.0, 2.0) if hops[a] == 0 else ((2.0, 0.0) if hops[b] == 0 else (1.0, 1.0))
            for name, direction, share in ((a, -sign, shares[0]), (b, sign, shares[1])):
                x, y = at[name]
                at[name] = (x + direction * by * share, y) if sideways else (x, y + direction * by * share)
    return any_moved


def _hold(at: _Places, boxes: Mapping[str, Box], width: float, height: float) -> None:
    for name, (x, y) in at.items():
        half, tall = boxes[name].width / 2 + _MARGIN, boxes[name].height / 2 + _MARGIN
        at[name] = (min(max(x, half), width - half), min(max(y, tall), height - tall))
