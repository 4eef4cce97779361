"""A talk on a terminal: question after question, each with what was said before. Keeps it in memory alone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from memos_graph.interfaces import exits
from memos_graph.interfaces.answers import shown, why
from memos_graph.interfaces.screen import Screen
from memos_graph.model.chat import ChatMessage
from memos_graph.model.errors import MemosGraphError
from memos_graph.services.chatting.chat import chat_model

if TYPE_CHECKING:
    from memos_graph.app import Graph
    from memos_graph.services.chatting.asking import ChatAnswer

_HELP = (
    "/why: what the last answer was made from; /forget: drop what was said; /quit, Ctrl-D: end; Ctrl-C: stop an answer"
)


class Talk:
    """A talk with `graph`. turns: questions with their answers that go along with the next one, at most."""

    def __init__(self, screen: Screen, graph: Graph, wanted: dict[str, Any], *, turns: int) -> None:
        self._screen, self._graph, self._wanted, self._turns = screen, graph, wanted, turns
        self._said: list[ChatMessage] = []
        self._last: ChatAnswer | None = None

    def run(self) -> None:
        """Ask and answer until the end of input or /quit. `NotSupported` without a model, before anything is asked."""
        chat_model(self._graph.context)
        with suppress(ImportError):
            import readline  # noqa: F401  # lines can be edited and had again
        self._screen.note(_HELP)
        while True:
            try:
                line = input("> ").strip()
            except EOFError:
                self._screen.line()
                return
            if line in ("/quit", "/exit"):
                return
            if line:
                self._heard(line)

    def _heard(self, line: str) -> None:
        if line == "/why":
            if self._last is None:
                self._screen.note("nothing was answered yet")
            else:
                why(self._screen, self._last)
        elif line == "/forget":
            self._said.clear()
            self._screen.note("what was said is dropped; what was remembered is kept")
        elif line.startswith("/") and " " not in line:
            self._screen.note(_HELP)
        else:
            self._ask(line)

    def _ask(self, question: str) -> None:
        """One turn; what is broken off or fails leaves what was said as it was."""
        try:
            answer = shown(self._screen, self._graph.chat_stream(question, history=tuple(self._said), **self._wanted))
        except KeyboardInterrupt:
            self._screen.line()
            self._screen.note("stopped: this turn is dropped, nothing of it is remembered")
            return
        except MemosGraphError as error:
            self._screen.note(f"memos-graph: {exits.sentence(error)}")
            return
        self._last = answer
        self._said += [ChatMessage("user", question), ChatMessage("assistant", answer.text)]
        del self._said[: max(0, len(self._said) - 2 * self._turns)]
