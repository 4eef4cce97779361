"""A bar chart as SVG, drawn by hand: no plotting library, no font, no script, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _LEFT, _RIGHT, _TOP = 860, 230, 60, 64
_BAR, _GAP, _BETWEEN = 13, 3, 14
_SHADES = ("#9ecae1", "#4292c6", "#08519c", "#54278f")
_OURS = ("#a1d99b", "#41ab5d", "#006d2c", "#00441b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One row of bars."""

    label: str
    values: tuple[float, ...]  #: one for each series, 0 to 100
    ours: bool = False  #: drawn in green


def bars(title: str, series: Sequence[str], groups: Sequence[Group]) -> str:
    """The chart, best first as given: a bar for each of `series` in every group, in percent.

    ValueError when a group has another number of values than there are series, or more than four.
    """
    if len(series) > len(_SHADES) or any(len(group.values) != len(series) for group in groups):
        raise ValueError(f"{len(series)} series; give as many values in each group, and at most {len(_SHADES)}")
    step = len(series) * (_BAR + _GAP) + _BETWEEN
    height = _TOP + step * len(groups) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="12" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-size="15" font-weight="600" fill="#222">{escape(title)}</text>',
        *_legend(series),
        *_grid(height),
    ]
    for at, group in enumerate(groups):
        parts += _group(group, _TOP + at * step)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(series: Sequence[str]) -> list[str]:
    drawn = []
    for at, name in enumerate(series):
        x = _LEFT + 90 * at
        drawn.append(f'<rect x="{x}" y="36" width="10" height="10" fill="{_SHADES[at]}"/>')
        drawn.append(f'<text x="{x + 15}" y="45" fill="#444">{escape(name)}</text>')
    return drawn


def _grid(height: int) -> list[str]:
    drawn = []
    for percent in range(0, 101, 20):
        x = _place(percent)
        drawn.append(f'<line x1="{x:g}" y1="{_TOP - 8}" x2="{x:g}" y2="{height - 16}" stroke="#ddd"/>')
        drawn.append(
            f'<text x="{x:g}" y="{height - 4}" text-anchor="middle" fill="#777" font-size="10">{percent}</text>'
        )
    return drawn


def _group(group: Group, top: int) -> list[str]:
    middle = top + len(group.values) * (_BAR + _GAP) / 2 + 3
    weight = ' font-weight="600"' if group.ours else ""
    drawn = [f'<text x="{_LEFT - 8}" y="{middle:g}" text-anchor="end" fill="#222"{weight}>{escape(group.label)}</text>']
    for at, value in enumerate(group.values):
        shade, y = (_OURS if group.ours else _SHADES)[at], top + at * (_BAR + _GAP)
        width = _place(max(0.0, min(100.0, value))) - _LEFT
        drawn.append(f'<rect x="{_LEFT}" y="{y}" width="{width:g}" height="{_BAR}" fill="{shade}"/>')
        drawn.append(f'<text x="{_LEFT + width + 4:g}" y="{y + 10}" fill="#444" font-size="10">{value:.1f}</text>')
    return drawn


def _place(percent: float) -> float:
    return round(_LEFT + percent * (_WIDTH - _LEFT - _RIGHT) / 100, 1)
