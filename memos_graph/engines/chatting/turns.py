"""The messages of a chat about memories, and the lines by which memories are quoted in them.

One memory is one line of JSON, whatever its text holds; history and question go in as bare words. Declines to know
where memories come from, and what comes first (`engines.prefix`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from string import Template

from memos_graph.engines.chatting.citing import without_citations
from memos_graph.engines.consequences.doubts import doubt_of
from memos_graph.engines.quoting import bare, quoted
from memos_graph.model.chat import ChatMessage
from memos_graph.model.graph import Node


def memory_line(number: int, node: Node) -> str:
    """`node` as a line of JSON: its number, its text, since when it holds, of a message who said it, and its doubt."""
    fields: dict[str, str | int] = {"n": number, "text": node.text}
    if node.valid_from is not None:
        fields["when"] = node.valid_from.date().isoformat()
    if node.kind == "Message" and node.key:
        fields["by"] = node.key
    doubt = doubt_of(node.info)
    if doubt:
        fields["doubt"] = f"it rests on what was {doubt[0].why}"
    return quoted(fields)


def messages_of(system: str, history: Sequence[ChatMessage], question: str, *, template: str,
                lines: Sequence[str] = (), above: Sequence[int] = ()) -> tuple[ChatMessage, ...]:  # fmt: skip
    """What is sent: `system` byte for byte, what was said before, then what was found with the question.

    lines: memories found that are not in the prefix; above: numbers of those that are. template: the last message
    where anything was found, with $lines, $above and $question; its lines that would hold nothing are left out.
    """
    said = [ChatMessage(m.role, _said(m)) for m in history]
    last = bare(question)
    if lines or above:
        told = {"lines": "\n".join(lines), "above": ", ".join(f"[{n}]" for n in above), "question": last}
        wanted = [part for part in template.split("\n\n") if all(told[name] for name in _names(part))]
        last = "\n\n".join(Template(part).substitute(told) for part in wanted).strip()
    return (ChatMessage("system", system), *said, ChatMessage("user", last))


def _said(message: ChatMessage) -> str:
    return bare(without_citations(message.content) if message.role == "assistant" else message.content)


def _names(part: str) -> list[str]:
    return [name for name in Template(part).get_identifiers() if name != "question"]


def memories_in(system: str) -> dict[int, str]:
    """By number, the texts of the memories that stand in a system message."""
    return {number: text for line in system.splitlines() if (found := _memory(line)) for number, text in [found]}


def without_memories(system: str, numbers: Collection[int]) -> str:
    """`system` without the lines of these memories."""
    gone = frozenset(numbers)
    lines = system.split("\n")
    return "\n".join(line for line in lines if not ((found := _memory(line)) and found[0] in gone))


def _memory(line: str) -> tuple[int, str] | None:
    """Number and text of the memory that `line` is; None for a line of ours."""
    if not line.startswith('{"n"'):
        return None
    try:
        read = json.loads(line)
    except ValueError:
        return None
    return (read["n"], read["text"]) if isinstance(read.get("n"), int) and isinstance(read.get("text"), str) else None
