"""What all office formats need at the end: white space as a reader sees it, and captions given to what they name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from memos_ingest.elements import Element

_BLANKS = re.compile(r"[ \t\f\u00a0\u2007\u202f]+")
_BREAKS = re.compile(r" *\n[ \n]*")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\u00ad\ufeff\ue000-\uf8ff\ufffe\uffff]")


def tidy(text: str) -> str:
    """The text without what is not seen; runs of blanks as one, and the line ends that its author set."""
    return _BREAKS.sub("\n", _BLANKS.sub(" ", _UNSEEN.sub("", text))).strip()


def captioned(elements: Sequence[Element]) -> list[Element]:
    """Captions beside a picture or table given to it; those that stand alone stay as they are.

    A picture has its caption below, a table above; where that side has nothing, the other is taken.
    """
    out: list[Element] = []
    waiting: Element | None = None  # a caption with nothing above to belong to
    for element in elements:
        if element.kind == "caption":
            if waiting is not None:
                out.append(waiting)
                waiting = None
            if out and out[-1].kind == "image" and out[-1].caption is None:
                out[-1] = replace(out[-1], caption=element.text, text=element.text)
            else:
                waiting = element
            continue
        if waiting is not None:
            if element.kind in ("image", "table") and element.caption is None:
                text = waiting.text if element.kind == "image" else element.text
                element = replace(element, caption=waiting.text, text=text)
            elif out and out[-1].kind == "table" and out[-1].caption is None:
                out[-1] = replace(out[-1], caption=waiting.text)
            else:
                out.append(waiting)
            waiting = None
        out.append(element)
    if waiting is not None:
        if out and out[-1].kind == "table" and out[-1].caption is None:
            out[-1] = replace(out[-1], caption=waiting.text)
        else:
            out.append(waiting)
    return out
