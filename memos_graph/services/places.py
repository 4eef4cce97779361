"""Where a memory came from, to look at: the page of the file as it is now, with a frame around the place.

Reads the file that was fed, never fetches; hostile files are drawn in a process of their own.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.graph import Node, Source
from memos_graph.model.scope import everything
from memos_graph.services.context import Context
from memos_graph.services.remember.known import Origin, origin_of
from memos_ingest import IngestError
from memos_ingest.sandbox import Job, Look, Sandbox
from memos_ingest.showing import png_of

_INSIDE = "!/"
_DEPTH = 6  #: containers that are climbed at a time
_CLIMBS = 50


def page_image(context: Context, cube: str, node: Node, *, longest: int = 2_000) -> bytes:
    """A PNG of the page, or of the picture, that `node` came from, its place framed; at most `longest` pixels a side.

    `NotFound` when the file lies there no longer; `Invalid` for what came by no file, for a format without pages, and
    for a file that was changed since it was fed. Some .4 s, most of it for the process that draws.
    """
    document = _document_of(context, cube, node)
    origin = None if document is None else origin_of(document)
    if document is None or origin is None:
        raise Invalid("memory", node.id, "came by no file that could be looked at; `places` says what is known of it")
    place = next((source for source in node.sources if source.uri == document.key), Source(uri=document.key))
    data = _bytes_of(origin)
    inner = document.key if document.key.startswith(f"{origin.file}{_INSIDE}") else origin.file
    if inner == origin.file and hashlib.sha256(data).hexdigest() != document.content_hash:
        raise Invalid("memory", node.id, f"came from {origin.path}, which has been changed since; feed it again")
    media_type = str(document.info.get("media_type", ""))
    look = Look(inner=inner, media_type=media_type, page=place.page, box=place.box, longest=longest)
    try:
        with Sandbox(workers=1) as sandbox:
            drawn = sandbox.draw(Job(data=data, name=origin.file), look)
    except IngestError as error:
        raise Invalid("memory", node.id, f"came from {error.name}, which {error.reason}") from error
    return png_of(drawn.width, drawn.height, drawn.rgb)


def _document_of(context: Context, cube: str, node: Node) -> Node | None:
    """The Document that the node is, or is a piece of."""
    if node.kind == "Document":
        return node
    scope = replace(everything(cube), retired=False)
    uris, layer = [source.uri for source in node.sources], [node.id]
    for _ in range(_CLIMBS):
        above = context.store.around(scope, layer, kinds=["PARENT"], direction="out", depth=_DEPTH)
        found = {reached.node.key: reached.node for reached in above if reached.node.kind == "Document"}
        if found or not above:
            return next((found[uri] for uri in uris if uri in found), None)
        layer = [above[-1].node.id]
    return None


def _bytes_of(origin: Origin) -> bytes:
    path = Path(origin.path)
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound("file", str(path), "it was fed from there, and has been moved or deleted since") from error
    except OSError as error:
        raise Invalid("file", str(path), f"it can't be read ({error.strerror})") from error
