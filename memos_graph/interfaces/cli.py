"""The command line, put together: which commands there are, and how each run ends.

Knows no memories: commands live in `commands/`, what they print in `screen` and `views`, exit codes in `exits`. Nothing
heavy is imported before a command runs, so that --help and completion answer at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from memos_graph.interfaces import exits
from memos_graph.interfaces.commands import (
    changing,
    chat,
    conflicts,
    copying,
    cubes,
    cypher,
    demonstrate,
    erasing,
    exchanging,
    explaining,
    facts,
    feeding,
    finding,
    keeping,
    life,
    living,
    mem_cube,
    organise,
    prefix,
    seeing,
    timeline,
    truth,
    undoing,
    warming,
)  # fmt: skip

_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]  # click's; typer brings a copy of its own or does not
_EPILOG = "Exit codes\n\n" + "\n\n".join(f"{e.code:>3}  {e.when}" for e in exits.EXITS)
_CONTEXT = {"help_option_names": ["--help", "-h"], "max_content_width": 110}


class _Interrupted(Exception):
    """Ctrl-C."""


class _ReaderGone(Exception):
    """Whoever read our stdout stopped."""


class _Commands(TyperGroup):
    """typer answers these two itself, each with an exit of its own; this hands them on to `run`."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        with _handed_on():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:
        with _handed_on():
            return super().invoke(ctx)


@contextmanager
def _handed_on() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        raise _Interrupted from None
    except BrokenPipeError:
        raise _ReaderGone from None


app = typer.Typer(
    cls=_Commands,
    name="memos-graph", no_args_is_help=True, epilog=_EPILOG, context_settings=_CONTEXT, rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="A graph-native knowledge and memory engine: feed it documents and chats, find what you need, see the path.",
)  # fmt: skip


def _version(asked: bool) -> None:
    if asked:
        from memos_graph import __version__

        sys.stdout.write(f"memos-graph {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """What comes before a command."""


for _command, _name in (
    (feeding.add, "add"),
    (finding.search, "search"),
    (chat.chat, "chat"),
    (seeing.search_images, "search-images"),
    (explaining.explain, "explain"),
    (explaining.why_not, "why-not"),
    (finding.show, "show"),
    (finding.list_memories, "list"),
    (timeline.timeline, "timeline"),
    (life.history, "history"),
    (life.why, "why"),
    (life.diff, "diff"),
    (facts.claim, "claim"),
    (facts.claims, "claims"),
    (changing.update, "update"),
    (changing.delete, "delete"),
    (erasing.erase, "erase"),
    (changing.link, "link"),
    (changing.unlink, "unlink"),
    (conflicts.conflicts, "conflicts"),
    (conflicts.resolve, "resolve"),
    (truth.merge, "merge"),
    (truth.unmerge, "unmerge"),
    (truth.impact, "impact"),
    (truth.reaffirm, "reaffirm"),
    (living.use, "use"),
    (living.activate, "activate"),
    (living.freeze, "freeze"),
    (living.thaw, "thaw"),
    (living.archive, "archive"),
    (living.restore, "restore"),
    (living.tidy, "tidy"),
    (undoing.undo, "undo"),
    (undoing.correct, "correct"),
    (undoing.replace, "replace"),
    (undoing.feedback, "feedback"),
    (undoing.same_as, "same-as"),
    (undoing.split, "split"),
    (cypher.cypher, "cypher"),
    (keeping.stats, "stats"),
    (keeping.export, "export"),
    (keeping.import_cube, "import"),
    (exchanging.export_as, "export-as"),
    (exchanging.import_from, "import-from"),
    (copying.copy, "copy"),
    (keeping.backup, "backup"),
    (keeping.reembed, "reembed"),
    (keeping.doctor, "doctor"),
    (organise.organise, "organise"),
    (organise.working, "working"),
    (demonstrate.demo, "demo"),
):
    app.command(_name)(_command)
app.add_typer(cubes.app, name="cubes")
prefix.app.command()(warming.warm)
prefix.app.command()(warming.stats)
app.add_typer(prefix.app, name="prefix")
app.add_typer(mem_cube.mem_cube, name="mem-cube")
app.add_typer(mem_cube.adapter, name="adapter")


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. Every error ends here: as a line on stderr, with --json as an object."""
    as_json = _wants_json(arguments)
    try:
        code = typer.main.get_command(app).main(args=list(arguments), prog_name="memos-graph", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else exits.OK
    except _USAGE_ERROR as error:
        return _usage(error, as_json)
    except (_Interrupted, KeyboardInterrupt, typer.Abort):
        return _failed("Interrupted", "interrupted; what was acknowledged before is kept", exits.INTERRUPTED, as_json)
    except (_ReaderGone, BrokenPipeError):
        _forget_stdout()
        return exits.CLOSED_PIPE
    except Exception as error:  # noqa: BLE001  # the process's edge: settle it
        code = exits.code_of(error)
        if code is None:
            traceback.print_exc()
            told = f"{exits.sentence(error)} (a fault in memos-graph)"
            return _failed(type(error).__name__, told, exits.BUG, as_json)
        if as_json:
            _stderr(json.dumps(exits.as_json(error, code), ensure_ascii=False))
            return code
        return _failed(type(error).__name__, exits.sentence(error), code, as_json)


def main() -> None:
    """The entry point `memos-graph`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that can't show a letter must not end the run
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # stores are closed on the way out
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        code = exits.CLOSED_PIPE
    sys.exit(code)


def _wants_json(arguments: Sequence[str]) -> bool:
    before = list(arguments)[: list(arguments).index("--")] if "--" in arguments else arguments
    return "--json" in before


def _usage(error: Exception, as_json: bool) -> int:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    if not message:  # no command at all: the help was shown
        return exits.USAGE
    if context is not None and not as_json:
        _stderr(f"{context.get_usage()}\nTry '{context.command_path} --help'.")
    return _failed("Usage", message, exits.USAGE, as_json)


def _failed(name: str, message: str, code: int, as_json: bool) -> int:
    told = {"error": name, "message": message, "exit": code}
    _stderr(json.dumps(told, ensure_ascii=False) if as_json else f"memos-graph: {message}")
    return code


def _stderr(line: str) -> None:
    try:
        sys.stderr.write(line + "\n")
    except BrokenPipeError:
        return


def _forget_stdout() -> None:
    """Point stdout elsewhere: Python flushes it once more at exit, and would complain then."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
