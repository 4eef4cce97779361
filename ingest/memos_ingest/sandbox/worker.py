"""The process that parses: `python -m memos_ingest.sandbox.worker`, started by `process.py` and by nobody else.

Takes files from its standard input, one after the other, and writes what they hold to its standard output; what a
library prints goes to standard error. Ends when its input ends. A bug or a bomb ends it too: that is what it is for.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator

from memos_ingest.elements import Conversation, Document
from memos_ingest.errors import IngestError, UnreadableFile
from memos_ingest.parsing import inner_bytes, read
from memos_ingest.sandbox.asking import Ask, Look, Pixels, Setup, answer_frames, pixel_frames, refusal_frame
from memos_ingest.sandbox.codec import dumps, from_json, loads
from memos_ingest.sandbox.confine import confine, die_with_parent, limit_time
from memos_ingest.sandbox.frames import frame, read_frame, write_all
from memos_ingest.sandbox.limits import SandboxLimits
from memos_ingest.sniff import media_type_of

_PDF = "application/pdf"


def main() -> None:
    """Answer until the input ends."""
    die_with_parent()
    inlet, outlet = _own_pipes()
    told = read_frame(inlet)
    if told is None:
        return
    setup = from_json(Setup, loads(told))
    die_with_parent(setup.parent)
    guards = confine(setup.limits)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write_all(outlet, frame(dumps({"ready": [peak, *guards]})))
    while (asked := read_frame(inlet)) is not None:
        data = read_frame(inlet)
        if data is None:
            return
        for said in _answer(from_json(Ask, loads(asked)), data, setup.limits):
            write_all(outlet, frame(said))


def _own_pipes() -> tuple[int, int]:
    """Descriptors for frames alone: what a library reads or prints must not mix with them."""
    inlet, outlet = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return inlet, outlet


def _answer(ask: Ask, data: bytes, limits: SandboxLimits) -> Iterator[bytes]:
    """The frames that answer one file: pages, parts and their end, or what stood in the way."""
    most = ask.limits.pages
    limit_time(limits.cpu_budget(size=len(data), pages=None, most_pages=most))
    pages = _pages(ask, data)
    if pages is not None:
        limit_time(limits.cpu_budget(size=len(data), pages=pages, most_pages=most))
        yield dumps({"pages": pages})
    try:
        if ask.look is not None:
            yield from pixel_frames(_drawn(ask, ask.look, data))
            return
        yield from answer_frames(_read(ask, data), name=ask.name, limits=limits)
    except IngestError as problem:
        yield refusal_frame(problem)
    except RecursionError:
        yield refusal_frame(UnreadableFile(ask.name, "is nested too deep to be read; look at the file, or convert it"))
    except MemoryError:
        yield b'{"spent":"memory"}'


def _read(ask: Ask, data: bytes) -> tuple[Document | Conversation, ...]:
    return read(
        data, name=ask.name, media_type=ask.media_type, chat_time=ask.chat_time_at or ask.chat_time,
        encoding=ask.encoding, limits=ask.limits, parsers=ask.parsers,
    )  # fmt: skip


def _drawn(ask: Ask, look: Look, data: bytes) -> Pixels:
    from memos_ingest.showing import look_at

    inner = inner_bytes(data, name=ask.name, inner=look.inner, limits=ask.limits)
    picture = look_at(
        inner, name=look.inner, media_type=look.media_type, page=look.page, box=look.box, longest=look.longest
    )
    return Pixels(width=picture.width, height=picture.height, rgb=picture.tobytes())


def _pages(ask: Ask, data: bytes) -> int | None:
    """Pages of a PDF; None for other formats, and for a PDF that the parser will have something to say about."""
    if (ask.media_type or media_type_of(data, name=ask.name)) != _PDF or len(data) > ask.limits.file_bytes:
        return None
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return None
    try:
        return len(document)
    finally:
        document.close()


if __name__ == "__main__":
    main()
