"""add: files, folders, URLs, chats, texts, standard input; --watch follows a folder, --prune retires what is gone."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from memos_graph.interfaces import exits, options
from memos_graph.interfaces.screen import Bars, Screen, one_line
from memos_graph.model.errors import EmbedderMismatch, Invalid

if TYPE_CHECKING:
    from memos_graph.app import CubeHandle, Graph
    from memos_graph.services.remember.feed import FeedOptions
    from memos_graph.services.remember.report import Fed, Listener, Report

_SHOWN = 20  #: sources listed one by one on a terminal; past that only those that something is to be said about
_STAGES = frozenset({"listing", "parsing", "pruning", "pages"})  #: of a folder: a line each, beside that of its files
_FILES = "Files"
_WEB = "Web"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What the command line says of every source."""

    text: bool
    name: str | None
    memory: dict[str, Any]  #: kind, tags and info of memories made from texts
    feed: FeedOptions
    depth: int  #: links to follow from a URL
    pages: int  #: URLs to ask for at most


def add(
    what: Annotated[
        list[str], typer.Argument(metavar="PATH|URL|-|TEXT...", help="Files, folders, URLs, texts; - reads stdin.")
    ],
    text: Annotated[bool, typer.Option("--text", help="Take every argument for a text, never for a path.")] = False,
    name: Annotated[str | None, typer.Option(help="What one file, text or stdin is known by.")] = None,
    chat_time: Annotated[str | None, typer.Option(help="When a chat without times was held (ISO 8601).")] = None,
    kind: Annotated[str, typer.Option(help="Kind of memories made from texts.")] = "LongTermMemory",
    tag: Annotated[list[str] | None, typer.Option(help="Tag of memories made from texts; may be repeated.")] = None,
    info: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A field of your own, likewise.")] = None,
    facts: Annotated[
        bool, typer.Option("--facts", help="Also keep what chats and short texts claim as facts.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", rich_help_panel=_FILES, help="Retire what a folder holds no longer.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", rich_help_panel=_FILES, help="Only list what would be done with files.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", rich_help_panel=_FILES, help="Go on with what changes, until Ctrl-C.")
    ] = False,
    parser: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMAT=PARSER", rich_help_panel=_FILES, help="Who reads a format, such as pdf=pymupdf."),
    ] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", rich_help_panel=_WEB, help="Also what chats carry by an address.")
    ] = False,
    depth: Annotated[int, typer.Option(min=0, rich_help_panel=_WEB, help="Links to follow from a URL.")] = 0,
    pages: Annotated[int, typer.Option(min=1, rich_help_panel=_WEB, help="Pages to ask for at most, by URL.")] = 100,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    images: options.Images = None,
    json: options.Json = False,
) -> None:
    """Feed files, folders, URLs, chats and texts; fed again, only what changed is written.

    A text that is short becomes one memory, a long or named one a document. Standard input (-) without --name is a
    text; with --name it is a file of that name. A folder's .memosignore files say what is left out, as .gitignore does.
    --json: one object, with each source in "sources"; with --watch one such line for each change.
    """
    from memos_graph.app.feeding import feed_options
    from memos_graph.app.given import is_url
    from memos_graph.model.kinds import node_kind
    from memos_graph.services.remember.report import together

    screen = Screen(json=json)
    memory = {"kind": node_kind(kind), "tags": tuple(tag or ()), "info": options.pairs(info or (), "--info")}
    _check(what, text, name, files=prune or dry_run or watch, watch=watch, dry_run=dry_run)
    options.moment(chat_time, "--chat-time")
    settings = options.settings_of(store, cube, embedder, images)
    feed = replace(
        feed_options(replace(settings, facts="rules") if facts else settings),
        chat_time=chat_time or None,
        prune=prune,
        dry_run=dry_run,
        fetch=fetch,
        leave_out=_own_places(settings.store),
        parsers=",".join(filter(None, (settings.parsers, *(parser or ())))) or None,
    )
    if depth and not any(is_url(item) for item in what):
        raise typer.BadParameter("--depth follows the links of a URL; give one, or leave it out")
    given = _Given(text=text, name=name, memory=memory, feed=feed, depth=depth, pages=pages)
    with options.opened_cube(settings, make=not dry_run) as (graph, kb), screen.progress() as progress:
        hear = _heard(Bars(progress))
        if watch:
            failed, report = _watch(graph, kb, what[0], feed, screen, hear), None
        else:
            report = together([_one(kb, item, given, hear) for item in what])
            failed = bool(report.failed)
    if report is not None:
        _show(screen, settings.cube, report, dry_run)
    if failed:
        raise typer.Exit(exits.PARTLY)


def _check(what: list[str], text: bool, name: str | None, *, files: bool, watch: bool, dry_run: bool) -> None:
    """`BadParameter` for options that do not go together."""
    if name is not None and len(what) > 1:
        raise typer.BadParameter("--name names one source; give one argument with it")
    if files and (text or "-" in what):
        raise typer.BadParameter("--prune, --dry-run and --watch are for files and folders; give paths with them")
    if watch and (len(what) > 1 or name is not None):
        raise typer.BadParameter("--watch follows one file or folder under its own name; give one path with it")
    if watch and dry_run:
        raise typer.BadParameter("--watch does, --dry-run only says; give one of them")


def _own_places(store: str) -> tuple[Path, ...]:
    """Where an embedded store lies: it is no part of a folder that holds it."""
    path = options.store_path(store)
    return () if path is None else (path.resolve(),)


def _heard(bars: Bars) -> Listener:
    """A Listener that shows a line for each stage."""

    def hear(name: str, stage: str, done: int, total: int) -> None:
        if stage in _STAGES:
            bars.counted(stage, done, max(total, done))
        else:
            bars.heard(name, stage, done, total)

    return hear


def _one(kb: CubeHandle, item: str, given: _Given, hear: Listener) -> Report:
    """What became of one argument; what concerns it alone is told with it."""
    from memos_graph.services.remember.report import Fed, Report

    try:
        return _feed(kb, item, given, hear)
    except Exception as error:
        if _concerns_all(error):
            raise
        return Report(fed=(Fed(name=_shown(item), outcome="failed", problem=_problem(error)),))


def _feed(kb: CubeHandle, item: str, given: _Given, hear: Listener) -> Report:
    from memos_graph.app.given import is_url

    text = given.text
    if item == "-" and not text:
        data = sys.stdin.buffer.read()
        if given.name is not None:
            return kb.add_bytes(data, given.name, options=given.feed)
        try:
            item, text = data.decode("utf-8"), True
        except UnicodeDecodeError:
            raise Invalid("stdin", data[:20], "it is not UTF-8 text; say what it is with --name FILE.pdf") from None
    if text:
        return kb.add_text(item, name=given.name, options=given.feed, listen=hear, **given.memory)
    if not item.strip():
        raise Invalid("text", item, "give it words")
    if given.feed.prune or given.feed.dry_run:
        _path(item)
    if is_url(item):
        return kb.add_url(item, depth=given.depth, pages=given.pages, options=given.feed, listen=hear)
    return kb.add(item, name=given.name, options=given.feed, listen=hear, **given.memory)


def _path(item: str) -> Path:
    """The file or folder that `item` names, which is never taken for a text here."""
    path = Path(item)
    if not path.exists():
        raise Invalid("add", item, "no such file or folder")
    return path


def _watch(graph: Graph, kb: CubeHandle, item: str, feed: FeedOptions, screen: Screen, hear: Listener) -> bool:
    """Follow one path until Ctrl-C, a Report at a time; whether anything failed at its last try."""
    from memos_graph.services.remember.watch import watch

    failing: dict[str, bool] = {}

    def tell(report: Report) -> None:
        failing.update({fed.name: fed.outcome == "failed" for fed in report.fed})
        _show(screen, kb.name, report, False)
        sys.stdout.flush()

    path = _path(item)
    screen.note(f"watching {one_line(item, 200)}; Ctrl-C ends it")
    with _until_interrupted() as stop:
        watch(graph.context, kb.name, path, stop=stop, tell=tell, options=feed, listen=hear)
    return any(failing.values())


@contextmanager
def _until_interrupted() -> Iterator[threading.Event]:
    """An event that the first Ctrl-C sets, so that the file at hand is finished; the second interrupts as ever."""
    stop = threading.Event()
    before: Callable[..., Any] | int | None = signal.getsignal(signal.SIGINT)

    def heed(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)

    signal.signal(signal.SIGINT, heed)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)


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


def _show(screen: Screen, cube: str, report: Report, dry_run: bool) -> None:
    from memos_graph.services.remember.report import Outcome

    counts = {outcome: report.count(outcome) for outcome in get_args(Outcome)}
    if screen.json:
        sources = [
            {"name": f.name, "outcome": f.outcome, "root": f.root, "nodes": len(f.nodes), "edges": len(f.edges),
             "present": len(f.present), "receipt": f.receipt, "problem": f.problem, "unread": list(f.unread),
             "was": f.was}
            for f in report.fed
        ]  # fmt: skip
        wrote = {"nodes": len(report.nodes), "edges": len(report.edges), "dry_run": dry_run}
        screen.value({"cube": cube, **counts, **wrote, "sources": sources})
        return
    listed = report.fed if len(report.fed) <= _SHOWN else tuple(filter(_is_news, report.fed))
    if listed:
        rows = [(f.outcome, f.name, len(f.nodes), len(f.edges), _remark(f)) for f in listed]
        screen.table(("outcome", "source", "nodes", "edges", "id or problem"), rows, wide="id or problem")
    told = ", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number) or "nothing found"
    if dry_run:
        screen.line(f"{told}; a dry run: nothing was written into cube {cube}")
        return
    screen.line(f"{told}; wrote {len(report.nodes):,} nodes and {len(report.edges):,} edges into cube {cube}")


def _is_news(fed: Fed) -> bool:
    return fed.outcome in ("failed", "moved", "retired") or bool(fed.unread)


def _remark(fed: Fed) -> str:
    said = (f"was {fed.was}" if fed.was and fed.was != fed.name else "", fed.problem, *fed.unread)
    return "; ".join(part for part in said if part) or fed.root
