"""Read the text in a picture: the port, and RapidOCR behind it (extra `ocr`), whose models are in its wheel.

Fetches nothing. Declines to know documents. Its models read English and other Latin scripts, Chinese and Japanese.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Protocol

import numpy as np
from PIL import Image

from memos_ingest.elements import Box

EXTRA: Final = "memos-graph[ocr]"
INSTALL: Final = f"python -m pip install '{EXTRA}', then add it again"
#: reasons why the text in a picture was not read
NOT_INSTALLED: Final = f"no OCR is installed: {INSTALL}"
BESIDE_TEXT: Final = "it stands beside text, and only image files and pages without text are read"
BEYOND: Final = "it lies beyond the limit read_pages; raise that limit"
NOT_ASKED: Final = "nobody asked for it"
_SURE = 0.5  # of a line; RapidOCR's own default
_LONGEST = 2_600  # pixels of the longer edge that are looked at; an A4 page of 200 dots an inch has 2,340
# Lines are sought at this size and read at full size. At the default, seeking alone took 11 s and 1 GB for an A4 page;
# here 3 s and .55 GB, with the same words found. At 960 it lost 4 of 100 words of a page in small print.
# One line a batch: a batch is as wide as its widest line.
_SOUGHT = 1_280  # pixels of the longer edge
_SMALL = 1_000  # pixels of the longer edge: smaller pictures are enlarged, since small letters are not found
_ENLARGED = 3.0  # times, at most
_THREADS = 1  # files are read side by side, each on its own core


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of text in a picture."""

    text: str
    box: Box  #: pixels from the picture's top left
    confidence: float  #: 0 to 1


class TextReader(Protocol):
    """Finds lines of text."""

    def lines(self, picture: Image.Image) -> tuple[Line, ...]:
        """The lines in an upright RGB or L picture, in no order that counts; () when it shows no text."""


@cache
def text_reader() -> TextReader | None:
    """The reader that is installed, kept for the process; None without the extra `ocr`. Loads nothing yet."""
    return RapidReader() if find_spec("rapidocr") is not None else None


class RapidReader:
    """RapidOCR with its default models (PP-OCRv6 small), on one core; some 0.7 s to load at the first picture."""

    def lines(self, picture: Image.Image) -> tuple[Line, ...]:
        """As `TextReader.lines`; seconds for a full page on one core."""
        scale = min(_ENLARGED, max(1.0, _SMALL / max(picture.size)))
        if scale > 1.0:
            picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
        pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]  # it takes blue first
        found = self._engine(np.ascontiguousarray(pixels))
        if found.boxes is None or found.txts is None:
            return ()
        rows = zip(found.boxes, found.txts, found.scores, strict=True)
        lines = (_line(corners / scale, text, float(score)) for corners, text, score in rows)
        return tuple(line for line in lines if line is not None)

    @cached_property
    def _engine(self) -> Any:
        return import_module("rapidocr").RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.max_side_len": _LONGEST,
                "Det.limit_type": "max",
                "Det.limit_side_len": _SOUGHT,
                "Rec.rec_batch_num": 1,
                "Global.text_score": _SURE,
                "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
                "EngineConfig.onnxruntime.inter_op_num_threads": _THREADS,
            }
        )


def _line(corners: Any, text: str, score: float) -> Line | None:
    xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
    box = min(xs), min(ys), max(xs), max(ys)
    text = " ".join(text.split())
    if not text or not all(map(math.isfinite, box)) or box[2] <= box[0] or box[3] <= box[1]:
        return None
    return Line(text=text, box=box, confidence=score)
