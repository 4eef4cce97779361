"""chat: answers from memory, one question or a talk."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import exits, options
from memos_graph.interfaces.commands.finding import Cubes
from memos_graph.interfaces.screen import Screen, one_line
from memos_graph.model.errors import Invalid, NotSupported

if TYPE_CHECKING:
    from memos_graph.app import Graph
    from memos_graph.services.chatting.asking import ChatAnswer
    from memos_graph.services.hits import Hit

_HITS = 200  #: characters of a hit that are shown where no model answers
Ask = Callable[..., "Iterator[str | ChatAnswer]"]


def chat(
    question: Annotated[str | None, typer.Argument(help="One question; without it a talk begins.")] = None,
    remember: Annotated[bool, typer.Option("--remember/--no-remember", help="Keep question and answer.")] = False,
    conversation: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the talk is called; what was said in it counts more.")
    ] = None,
    turns: Annotated[int, typer.Option(min=0, help="Questions and answers before that go along, at most.")] = 20,
    top_k: Annotated[int, typer.Option("--top-k", "-k", help="Memories that a search adds, 1 to 10000.")] = 8,
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="Tokens of an answer at most.")] = 512,
    temperature: Annotated[float, typer.Option(help="0: the likeliest words; up to 2.")] = 0.0,
    seed: Annotated[int | None, typer.Option(help="For answers that can be had again.")] = None,
    prefix: Annotated[bool, typer.Option("--prefix/--no-prefix", help="The cube's prefix stands first.")] = True,
    cubes: Cubes = None,
    all_cubes: Annotated[bool, typer.Option("--all-cubes", help="Answer from every cube of the store.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Ask a language model, which answers from memory and says from which.

    Without a question, on a terminal: a talk; /why shows what an answer was made from, /forget drops what was said,
    /quit ends. In a pipe the question may come from stdin. --json: one object. docs/chat.md has the rest.
    """
    screen = Screen(json=json)
    if question is None and not sys.stdin.isatty():
        question = sys.stdin.read().strip()
    if question is not None and not question.strip():
        raise typer.BadParameter("say what you ask")
    if cubes and all_cubes:
        raise Invalid("--in", ", ".join(cubes), "leave it out beside --all-cubes")
    wanted: dict[str, Any] = {
        "conversation": conversation, "top_k": top_k, "max_tokens": max_tokens, "temperature": temperature,
        "seed": seed, "prefix": prefix,
    }  # fmt: skip
    settings = options.settings_of(store, cube, embedder)
    with options.opened(settings) as graph:
        names = [known.id for known in graph.cubes()] if all_cubes else list(dict.fromkeys(cubes or (settings.cube,)))
        wanted |= {"cubes": names, "remember_in": settings.cube if remember else ""}
        for name in (*names, *filter(None, [wanted["remember_in"]])):
            graph.cube(name, create=False)
        if question is not None:
            _once(screen, graph, question, wanted)
            return
        from memos_graph.interfaces.talk import Talk

        Talk(screen, graph, wanted, turns=turns).run()


def _once(screen: Screen, graph: Graph, question: str, wanted: dict[str, Any]) -> None:
    from memos_graph.interfaces.answers import shown

    try:
        pieces = graph.chat_stream(question, **wanted)
    except NotSupported as error:
        if error.what == "chat":  # no model: what it would have answered from is there still
            _found(screen, graph.search(question, cubes=wanted["cubes"], top_k=wanted["top_k"]))
        raise
    answer = shown(screen, pieces)
    if answer.not_remembered:
        raise typer.Exit(exits.PARTLY)


def _found(screen: Screen, hits: tuple[Hit, ...]) -> None:
    if screen.json:
        from memos_graph.interfaces.views import hit_json

        screen.value({"text": None, "hits": [hit_json(hit, explain=False) for hit in hits]})
        return
    for hit in hits:
        screen.line(f"{hit.rank}\t{hit.id}\t{one_line(hit.text, _HITS)}")
