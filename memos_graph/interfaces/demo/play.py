"""The demo from beginning to end: each step done, then shown."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from memos_graph.app import CubeHandle, Graph
from memos_graph.interfaces import options
from memos_graph.interfaces.demo import material, steps, visitor
from memos_graph.interfaces.demo.neighbourhood import neighbourhood
from memos_graph.interfaces.demo.stage import Stage
from memos_graph.interfaces.drawing.picture import draw
from memos_graph.interfaces.screen import Bars, one_line
from memos_graph.interfaces.views import count

if TYPE_CHECKING:
    from memos_graph.services.hits import Hit
    from memos_graph.services.remember.report import Fed

_COPY = "demo-copy"  #: cube in which a visitor's file is changed, so that the other one stays as the files are


def play(graph: Graph, cube: str, data: Path | None, urls: Sequence[str], picture: Path, stage: Stage) -> None:
    """Every step on the examples, or on `data`, and on the pages at `urls`."""
    kb = graph.cube(cube, create=False)
    place = data if data is not None else material.folder()
    sources: list[Path | str] = [place] if data is not None else [place / name for name in material.FED]
    sources += urls
    began = time.perf_counter()
    with stage.screen.progress() as progress:
        fed = steps.feed(kb, sources, Bars(progress).heard)
    stage.fed(place, fed, time.perf_counter() - began)
    shape = steps.shape(kb)
    stage.shape(shape)
    _places(kb, picture, stage)
    shown = _prepared(graph, kb, place, stage) if data is None else _suggested(graph, kb, stage)
    stage.twice(steps.feed_again(kb, sources, fed))  # before the change: afterwards the old roster would be news again
    if data is None:
        changed = steps.change(graph, kb, material.CHANGED_QUESTION, material.ROSTER,
                               (place / material.CHANGED).read_bytes(), graph.context.clock)  # fmt: skip
        stage.changed(changed, f"{material.CHANGED} fed under the name {material.ROSTER}")
    else:
        _copy(graph, place, fed, stage)
    if shown is not None:
        question, hit = shown
        _picture(kb, question, hit, picture, stage)


def _places(kb: CubeHandle, picture: Path, stage: Stage) -> None:
    placed = steps.places(kb)
    page = next((one for one in placed if one.page is not None), None)
    if page is None or page.page is None:
        stage.places(placed, None)
        return
    target = _written(picture.with_name(f"{picture.stem}-page.png"), page.page)
    stage.places(placed, (page.node, target.resolve()))


def _prepared(graph: Graph, kb: CubeHandle, place: Path, stage: Stage) -> tuple[str, Hit] | None:
    asked = [a for q in material.questions(place) if (a := steps.ask(graph, kb, q)) is not None]
    chosen = steps.choose(asked)
    stage.asked(chosen, asked)
    walked = [(a.question, a.hit) for a in chosen if a.hit is not None and a.hit.routes]
    # a walk over a name joins files, and shows more than one within a chat
    return next((w for w in walked if "-MENTIONS-" in w[1].path), walked[0] if walked else None)


def _suggested(graph: Graph, kb: CubeHandle, stage: Stage) -> tuple[str, Hit] | None:
    suggested = visitor.suggest(graph, kb)
    stage.suggested(suggested)
    hits = [(s.question, hit) for s in suggested for hit, _ in s.hits]
    return next((one for one in hits if one[1].routes), hits[0] if hits else None)


def _copy(graph: Graph, place: Path, fed: tuple[Fed, ...], stage: Stage) -> None:
    copied = visitor.copy_with_a_change(place, fed)
    if copied is None:
        stage.skipped("A changed fact", "no text or Markdown file in this folder to change a copy of")
        return
    name, data, changed, words = copied
    kb = graph.cube(_COPY)
    kb.add_bytes(data, name)
    told = steps.change(graph, kb, words, name, changed, graph.context.clock)
    stage.changed(told, f"a copy of {name} with one sentence added, in a cube of its own; your file is untouched")


def _picture(kb: CubeHandle, question: str, hit: Hit, target: Path, stage: Stage) -> None:
    seen = neighbourhood(kb, hit)
    told = f"{count(len(seen.nodes), 'memory')} and {count(len(seen.edges), 'edge')} around the answer (yellow)"
    text = draw(seen, title=question, subtitle=f"{told}: {one_line(hit.path)}")
    stage.picture(_written(target, text.encode()).resolve(), seen)


def _written(target: Path, data: bytes) -> Path:
    """Where it was written: `target`, or a temporary folder when that one can't be written to."""
    try:
        with options.whole_file(target, binary=True) as file:
            file.write(data)
    except OSError:
        target = Path(tempfile.mkdtemp(prefix="memos-graph-")) / target.name
        with options.whole_file(target, binary=True) as file:
            file.write(data)
    return target
