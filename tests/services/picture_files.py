"""Pictures and pages that hold them, made as real files."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from memos_graph.app import CubeHandle
from memos_graph.model.graph import Node


def photograph(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture of soft coloured shapes: many shades, no ground colour."""
    chance = random.Random(seed)
    small = Image.new("RGB", (8, 6))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(48)])
    picture = small.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(6):
        x, y, r = chance.randrange(size[0]), chance.randrange(size[1]), chance.randrange(10, 50)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(chance.randrange(256) for _ in range(3)))
    return picture


def saved(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The picture's file."""
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def logo() -> bytes:
    """A drawing, mostly white: alike to others of its kind, and the same only by its bytes."""
    picture = Image.new("RGB", (200, 120), "white")
    ImageDraw.Draw(picture).ellipse((60, 20, 140, 100), fill="navy")
    return saved(picture)


def page(title: str, *parts: str | tuple[bytes, str]) -> str:
    """HTML: a heading, and for each part a section with a paragraph, or a picture with its alternative text."""
    body = [f"<h1>{title}</h1>"]
    for at, part in enumerate(parts):
        if isinstance(part, str):
            body.append(f"<h2>Part {at}</h2><p>{part}</p>")
        else:
            data, alt = part
            packed = base64.b64encode(data).decode()
            body.append(f'<p><img src="data:image/png;base64,{packed}" alt="{alt}"></p>')
    return f"<html><head><title>{title}</title></head><body>{''.join(body)}</body></html>"


def images(cube: CubeHandle) -> list[Node]:
    """The cube's live pictures."""
    return [node for node in cube.list(limit=10_000) if node.kind == "Image"]


def stands_in(cube: CubeHandle, identity: str) -> set[str]:
    """Keys of the live documents that PARENT edges lead to."""
    found: set[str] = set()
    seen: set[str] = set()
    layer: Sequence[str] = [identity]
    while layer:
        edges = [e for e in cube.edges(*layer, kinds=["PARENT"]) if e.from_id in layer]
        seen.update(layer)
        above = [node for node in cube.get_many([e.to_id for e in edges]) if node.valid_to is None]
        found |= {node.key for node in above if node.kind == "Document"}
        layer = [node.id for node in above if node.kind != "Document" and node.id not in seen]
    return found
