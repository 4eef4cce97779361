"""How much a process that parses may use; values to start from, all of them the caller's to change."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

_MB = 1024 * 1024
_READ_PAGES = 200  # of a scan; a longer one is told in part
_LEAST_PAGE = 256  # bytes; an empty page of a PDF, packed, takes about so many


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """Upper bounds of one worker. Time is for one file, memory and open files for the process."""

    cpu_seconds: float = 20.0  #: of processor time, for any file
    cpu_seconds_per_page: float = 1.0  #: on top of it
    cpu_seconds_per_read_page: float = 15.0  #: in its place where text in pictures can be read (rapidocr is installed)
    bytes_per_page: int = 50_000  #: where a format has no pages, or before they are counted, this much counts as one
    wall_ratio: float = 4.0  #: seconds by the clock for each second of processor time; other work shares the machine
    memory_bytes: int = 1024 * _MB  #: what the process may write to, everything it loads included
    result_bytes: int = 64 * _MB  #: what a file's elements may take on the way back
    items: int = 1_000_000  #: elements or messages of one file
    files: int = 200  #: after so many the worker is replaced
    growth_bytes: int = 640 * _MB  #: a worker that holds so much more than when it began is replaced; OCR keeps 550
    ahead_bytes: int = 64 * _MB  #: of files that `Sandbox.map` takes in before their turn
    open_files: int = 128
    threads: int = 64
    start_seconds: float = 30.0  #: for a worker to get ready

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not value > 0:
                raise ValueError(f"SandboxLimits.{name} = {value}: must be above 0")

    def cpu_budget(self, *, size: int, pages: int | None, most_pages: int) -> float:
        """Seconds of processor time for a file of `size` bytes; `pages` where they are counted, else by size.

        A small file that says it has many pages is not believed.
        """
        counted = size / self.bytes_per_page if pages is None else min(pages, 1 + size / _LEAST_PAGE)
        counted = min(counted, most_pages)
        read = min(counted, _READ_PAGES) if find_spec("rapidocr") is not None else 0
        return self.cpu_seconds + self.cpu_seconds_per_page * (counted - read) + self.cpu_seconds_per_read_page * read


DEFAULT_SANDBOX = SandboxLimits()
