"""Which pictures of one document are read: as long as a reader, the limit on pages and processor time are there.

A page takes seconds; a process that may use so many and no more would lose the whole document at the last of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PIL import Image

from memos_ingest.pictures.limits import DEFAULT_PICTURE_LIMITS, PictureLimits
from memos_ingest.pictures.ocr import BEYOND, NOT_INSTALLED, Line, TextReader

NO_TIME: Final = "the processor time for this file was used up; raise SandboxLimits(cpu_seconds_per_page=...)"
_FIRST = 5.0  # seconds that a page is thought to take before one was read
_ROOM = 1.5  # times the slowest page so far; the rest of the document wants its time too


def seconds_left() -> float:
    """Processor time that this process may still use; infinite where none is set, or none can be (Windows)."""
    try:
        import resource
    except ImportError:
        return math.inf
    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    return math.inf if soft == resource.RLIM_INFINITY else soft - time.process_time()


@dataclass(slots=True)
class Turns:
    """Reads one document's pictures in turn (a TextReader), and says when it no longer will."""

    reader: TextReader | None
    limits: PictureLimits = DEFAULT_PICTURE_LIMITS
    left: Callable[[], float] = seconds_left
    read: int = 0
    slowest: float = _FIRST

    def why_not(self) -> str | None:
        """The reason why the next picture is not read; None when it can be."""
        if self.reader is None:
            return NOT_INSTALLED
        if self.read >= self.limits.read_pages:
            return BEYOND
        return NO_TIME if self.left() < _ROOM * self.slowest else None

    def lines(self, picture: Image.Image) -> tuple[Line, ...]:
        """The lines in the picture. Ask `why_not` before."""
        assert self.reader is not None
        began = time.process_time()
        found = self.reader.lines(picture)
        self.read += 1
        self.slowest = max(self.slowest, time.process_time() - began)
        return found
