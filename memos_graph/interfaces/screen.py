"""What a command shows: tables on a terminal, plain lines in a pipe, JSON when asked.

Results go to stdout, talk to stderr. Knows rich and the two streams; nothing of memories.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress

#: Letters that move a terminal's cursor or change its colours must not come out of a document.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def clean(text: str) -> str:
    """`text` with control characters (line ends and tabs apart) made visible."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))


def one_line(text: str, width: int = 0) -> str:
    """`text` on one line, cut to `width` characters if that is not 0."""
    line = " ".join(clean(text).split())
    return line if not width or len(line) <= width else f"{line[: width - 1]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where a command writes. `json`: one JSON value a line; `terminal`: stdout is one, and JSON was not asked for."""

    json: bool = False

    @property
    def terminal(self) -> bool:
        """Whether people read stdout as it comes."""
        return not self.json and _is_terminal(sys.stdout)

    def line(self, text: str = "") -> None:
        """One line of plain text on stdout."""
        sys.stdout.write(f"{text}\n")

    def value(self, value: Any) -> None:
        """One JSON value on a line of stdout."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")

    def note(self, text: str) -> None:
        """A remark on stderr."""
        sys.stderr.write((json.dumps({"note": text}, ensure_ascii=False) if self.json else text) + "\n")

    def show(self, *things: RenderableType) -> None:
        """Something drawn by rich, on stdout."""
        console = self.console()
        for thing in things:
            console.print(thing)

    def console(self) -> Console:
        """A rich console on stdout."""
        from rich.console import Console

        return Console(highlight=False, soft_wrap=False)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, wide: str = "") -> None:
        """Rows under headings: a table on a terminal, tab-separated lines without headings in a pipe.

        wide: the column that takes what room is left.
        """
        if not self.terminal:
            for row in rows:
                self.line("\t".join(one_line(_cell(value)) for value in row))
            return
        from rich import box
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        listed = [list(row) for row in rows]
        for at, name in enumerate(columns):
            numbers = bool(listed) and all(isinstance(row[at], int | float) for row in listed)
            table.add_column(
                name, justify="right" if numbers else "left", overflow="fold", ratio=1 if name == wide else None,
                no_wrap=numbers,
            )  # fmt: skip
        for row in listed:
            table.add_row(*(Text(clean(_cell(value))) for value in row))
        table.expand = bool(wide)
        self.show(table)

    @contextmanager
    def progress(self) -> Iterator[Progress | None]:
        """Bars on stderr while stderr is a terminal; None elsewhere and with --json."""
        if self.json or not _is_terminal(sys.stderr):
            yield None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(finished_text=" "), TextColumn("{task.description}"), BarColumn(bar_width=30),
            MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            yield progress


class Bars:
    """Turns the engine's progress calls into bars; without a Progress it stays silent."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}

    def heard(self, name: str, stage: str, done: int, total: int) -> None:
        """As the engine's Listener: one bar over the files, one for what is being worked on now."""
        if stage == "files":
            self._set("files", f"files {one_line(name, 40)}", done, total)
        else:
            self._set("within", f"{stage} {one_line(name, 40)}", done, total)

    def counted(self, stage: str, done: int, total: int) -> None:
        """As the keeping services' Progress: one bar a stage."""
        self._set(stage, stage, done, total)

    def _set(self, task: str, text: str, done: int, total: int) -> None:
        if self._progress is None:
            return
        from rich.markup import escape

        if task not in self._tasks:
            self._tasks[task] = self._progress.add_task(escape(text), total=total)
        self._progress.update(self._tasks[task], description=escape(text), completed=done, total=total)


def json_of(value: Any) -> str:
    """A value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else str(value)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed already
        return False
