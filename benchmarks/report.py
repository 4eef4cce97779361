"""A report as data, and as the two files it is written to: JSON for programs, Markdown for people.

Declines to know what is measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Cell = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A figure to reach."""

    what: str
    bound: float
    measured: float
    unit: str
    at_least: bool  #: else at most

    @property
    def reached(self) -> bool:
        """Whether the measured value is on the right side of the bound."""
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows for people, with what to know about them."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run of one benchmark."""

    name: str
    title: str
    reading: str  #: how to read it: what was done, and what the figures do not say
    tables: tuple[Table, ...]
    results: Mapping[str, Any]  #: JSON values: everything measured
    targets: tuple[Target, ...] = field(default=())
    problems: tuple[str, ...] = field(default=())  #: what went wrong; empty when all held
    pictures: Mapping[str, str] = field(default_factory=dict)  #: file name -> SVG, written beside the report

    @property
    def good(self) -> bool:
        """Whether every target is reached and nothing went wrong."""
        return not self.problems and all(target.reached for target in self.targets)


def write(report: Report, run: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """The paths of NAME.json and NAME.md, written in `folder`, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    as_json, as_markdown = folder / f"{report.name}.json", folder / f"{report.name}.md"
    as_json.write_text(json.dumps(to_json(report, run), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    as_markdown.write_text(to_markdown(report, run), encoding="utf-8")
    for name, drawn in report.pictures.items():
        (folder / name).write_text(drawn, encoding="utf-8")
    return as_json, as_markdown


def to_json(report: Report, run: Mapping[str, Any]) -> dict[str, Any]:
    """The report as JSON values; `run`: what `machine.facts` says."""
    targets = [
        {"what": t.what, "bound": t.bound, "at_least": t.at_least, "measured": t.measured, "unit": t.unit,
         "reached": t.reached}
        for t in report.targets
    ]  # fmt: skip
    return {
        "benchmark": report.name, "run": run, "how_to_read": report.reading, "targets": targets,
        "problems": list(report.problems), "results": report.results,
    }  # fmt: skip


def to_markdown(report: Report, run: Mapping[str, Any]) -> str:
    """The report as a Markdown page."""
    parts = [f"# {report.title}", report.reading]
    if report.problems:
        parts.append("## Problems\n" + "\n".join(f"- {problem}" for problem in report.problems))
    if report.targets:
        rows = [(t.what, f"{'≥' if t.at_least else '≤'} {_cell(t.bound)} {t.unit}", f"{_cell(t.measured)} {t.unit}",
                 "yes" if t.reached else "**no**") for t in report.targets]  # fmt: skip
        parts.append("## Figures to reach\n\n" + table_text(("figure", "target", "measured", "reached"), rows))
    parts += [f"![{name.removesuffix('.svg')}]({name})" for name in report.pictures]
    for table in report.tables:
        note = f"\n\n{table.note}" if table.note else ""
        parts.append(f"## {table.title}\n\n{table_text(table.columns, table.rows)}{note}")
    parts.append("## This run\n\n" + table_text(("", ""), _run_rows(run)))
    return "\n\n".join(parts) + "\n"


def table_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A Markdown table; numbers are aligned right and cut to what they are worth."""
    kept = [tuple(row) for row in rows]
    shown = [[_cell(value).replace("|", "\\|") for value in row] for row in kept]
    right = [bool(kept) and all(isinstance(row[at], int | float) for row in kept) for at in range(len(columns))]
    ruler = ["---:" if number else "---" for number in right]
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(columns), ruler, *shown])


def _cell(value: Cell) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else value


def _run_rows(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    machine, versions = run["machine"], run["versions"]
    return [
        ("command", f"`{run['command']}`"),
        ("commit", f"{run['commit']}{' with uncommitted changes' if run['dirty'] else ''}"),
        ("date", str(run["date"])),
        ("machine", f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}"),
        ("stores on", str(machine["file_system"])),
        ("load before", str(machine["load_before"])),
        *((name, str(number)) for name, number in versions.items()),
    ]
