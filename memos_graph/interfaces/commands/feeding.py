"""add: files, folders, chats, texts and standard input."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import exits, options
from memos_graph.interfaces.screen import Bars, Screen, one_line
from memos_graph.model.errors import EmbedderMismatch, Invalid

if TYPE_CHECKING:
    from memos_graph.app import CubeHandle
    from memos_graph.services.remember.report import Fed, Report

_SHOWN = 20  #: sources listed one by one on a terminal; past that only those that failed


def add(
    what: Annotated[list[str], typer.Argument(metavar="PATH|-|TEXT...", help="Files, folders, texts; - reads stdin.")],
    text: Annotated[bool, typer.Option("--text", help="Take every argument for a text, never for a path.")] = False,
    name: Annotated[str | None, typer.Option(help="What one file, text or stdin is known by.")] = None,
    chat_time: Annotated[str | None, typer.Option(help="When a chat without times was held (ISO 8601).")] = None,
    kind: Annotated[str, typer.Option(help="Kind of memories made from texts.")] = "LongTermMemory",
    tag: Annotated[list[str] | None, typer.Option(help="Tag of memories made from texts; may be repeated.")] = None,
    info: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A field of your own, likewise.")] = None,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Feed files, folders, chats and texts; fed again, only what changed is written.

    A text that is short becomes one memory, a long or named one a document. Standard input (-) without --name is a
    text; with --name it is a file of that name. --json: one object, with each source in "sources".
    """
    from memos_graph.model.kinds import node_kind
    from memos_graph.services.remember.report import Fed, Report

    screen = Screen(json=json)
    given: dict[str, Any] = {
        "kind": node_kind(kind), "tags": tuple(tag or ()), "info": options.pairs(info or (), "--info"),
    }  # fmt: skip
    if name is not None and len(what) > 1:
        raise typer.BadParameter("--name names one source; give one argument with it")
    options.moment(chat_time, "--chat-time")
    settings = options.settings_of(store, cube, embedder)
    fed: list[Fed] = []
    with options.opened_cube(settings, make=True) as (_, kb), screen.progress() as progress:
        hear = Bars(progress).heard
        for item in what:
            try:
                report = _feed(kb, item, text, name, chat_time, given, hear)
            except Exception as error:  # what concerns this source alone is told with it
                if _concerns_all(error):
                    raise
                report = Report(fed=(Fed(name=_shown(item), outcome="failed", problem=_problem(error)),))
            fed.extend(report.fed)
    whole = Report(fed=tuple(fed))
    _show(screen, settings.cube, whole)
    if whole.failed:
        raise typer.Exit(exits.PARTLY)


def _feed(
    kb: CubeHandle, item: str, text: bool, name: str | None, chat_time: str | None, given: dict[str, Any], hear: Any
) -> Report:
    from memos_graph.services.remember.feed import DEFAULT

    feed = replace(DEFAULT, chat_time=chat_time) if chat_time else DEFAULT
    if item == "-" and not text:
        data = sys.stdin.buffer.read()
        if name is not None:
            return kb.add_bytes(data, name, options=feed)
        try:
            item, text = data.decode("utf-8"), True
        except UnicodeDecodeError:
            raise Invalid("stdin", data[:20], "it is not UTF-8 text; say what it is with --name FILE.pdf") from None
    if text:
        return kb.add_text(item, name=name, options=feed, listen=hear, **given)
    if not item.strip():
        raise Invalid("text", item, "give it words")
    return kb.add(item, name=name, options=feed, listen=hear, **given)


def _problem(error: Exception) -> str:
    if isinstance(error, Invalid) and error.field == "add":  # what looks like a path and names nothing
        return "no such file or folder; if it is a text, use --text"
    return exits.sentence(error)


def _concerns_all(error: Exception) -> bool:
    """Whether the next source would meet it too."""
    code = exits.code_of(error)
    return code is None or code == exits.STORE or isinstance(error, EmbedderMismatch)


def _shown(item: str) -> str:
    return "stdin" if item == "-" else one_line(Path(item).name if len(item) < 200 and Path(item).suffix else item, 60)


def _show(screen: Screen, cube: str, report: Report) -> None:
    counts = {outcome: report.count(outcome) for outcome in ("new", "changed", "unchanged", "failed")}
    if screen.json:
        sources = [
            {"name": f.name, "outcome": f.outcome, "root": f.root, "nodes": len(f.nodes), "edges": len(f.edges),
             "present": len(f.present), "receipt": f.receipt, "problem": f.problem}
            for f in report.fed
        ]  # fmt: skip
        wrote = {"nodes": len(report.nodes), "edges": len(report.edges)}
        screen.value({"cube": cube, **counts, **wrote, "sources": sources})
        return
    listed = report.fed if len(report.fed) <= _SHOWN else report.failed
    if listed:
        rows = [(f.outcome, f.name, len(f.nodes), len(f.edges), f.problem or f.root) for f in listed]
        screen.table(("outcome", "source", "nodes", "edges", "id or problem"), rows, wide="id or problem")
    told = ", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number) or "nothing found"
    screen.line(f"{told}; wrote {len(report.nodes):,} nodes and {len(report.edges):,} edges into cube {cube}")
