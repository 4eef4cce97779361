"""What messages and texts claim, as facts beside them, and the same text given again.

Each fact rests on what says it (DEPENDS_ON), and is written in that one's own Delta. Who "I" is: the speaker, of a text
without one `USER`. What assistants and tools say is left out: it repeats, or makes up. Passages of documents too: they
change with their file, and "I" is nobody there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from memos_graph.engines.claims import read_claims, sentence_of, subject_key
from memos_graph.engines.naming import canonical
from memos_graph.engines.usage import used
from memos_graph.model.delta import Delta, Operation, PatchNode, PutNode, Receipt
from memos_graph.model.errors import Conflict, Invalid
from memos_graph.model.graph import Node, Source
from memos_graph.model.scope import ANY_STATE, Scope
from memos_graph.services.claims.facts import Stated, fact_operations
from memos_graph.services.context import Context
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.names import Names
from memos_graph.services.writing import apply_delta

FACTS = ("", "rules")  #: who reads facts: nobody, rules
USER = "the user"  #: who "I" is where no speaker is named
AGAIN = "said again"
_TRIES = 4
_SILENT = frozenset({"assistant", "system", "tool", "function", "developer"})
_FULL_STOP = re.compile(r"[\s.。]+$")  # no other mark: a question is no statement, and C++ is not C#

#: What else belongs in a Delta that writes the nodes and edges with these ids.
Also = Callable[[Collection[str]], Sequence[Operation]]


def check_facts(name: str) -> str:
    """`name`, if it names somebody who reads facts. `Invalid` else."""
    if name not in FACTS:
        raise Invalid("facts", name, 'give "rules", or nothing for none')
    return name


def facts_beside(context: Context, cube: str, nodes: Sequence[Node], at: datetime, names: Names) -> Also | None:
    """What writes the facts that the messages among `nodes` claim; None when they claim none."""
    stated = claimed_in(nodes, at)
    if not stated:
        return None
    return lambda written: fact_operations(context, cube, stated, at, names, written)


def claimed_in(nodes: Sequence[Node], at: datetime) -> list[Stated]:
    """The claims of messages and memories, in their order; what has no time was said just before `at`, one by one."""
    said: list[Stated] = []
    for number, node in enumerate(nodes):
        if node.kind == "Message" and node.info.get("role") in _SILENT:
            continue
        if node.kind not in ("Message", "LongTermMemory", "UserMemory"):
            continue
        speaker = node.key if node.kind == "Message" and node.key != "user" else USER
        when = node.valid_from or at - timedelta(microseconds=len(nodes) - number)
        for claim in read_claims(node.text, speaker=speaker, said_at=when):
            own = claim.subject == subject_key(speaker)
            said.append(
                Stated(
                    claim=claim, at=when, premise=node.id, kind="UserMemory" if own else "LongTermMemory",
                    source=node.sources[0] if node.sources else Source(uri=node.id), tags=node.tags,
                )
            )  # fmt: skip
    return said


def text_ids(kind: str, text: str) -> tuple[str, str]:
    """The ids that a memory of this text may have: by its words in one form for all spellings, and as it stands."""
    return node_id("mem", kind, _form(text)), node_id("mem", kind, text.strip())


def says_only(node: Node, at: datetime) -> Stated | None:
    """The one claim that the memory makes, where its text is that claim and nothing else."""
    stated = claimed_in([node], at)
    if len(stated) != 1 or _form(sentence_of(stated[0].claim)) != _form(node.text):
        return None
    return replace(stated[0], premise="", info=node.info)


def given_again(context: Context, cube: str, ids: Sequence[str], sources: Sequence[Source]) -> Receipt | None:
    """The Receipt of saying again what one of the memories `ids` says: its sources and a usage more, no node.

    None when there is none of them. A frozen one stays as it is.
    """
    scope = Scope(cubes=(cube,), states=ANY_STATE)
    for attempt in range(_TRIES):
        found = context.store.get(scope, ids, vectors=True)
        if not found:
            return None
        head, at = found[0], context.clock()
        if head.status == "frozen":
            return Receipt(delta="", cube=cube, seq=0, at=at, present_nodes=(head.id,))
        usage = used(head.usage, at, AGAIN)
        more = tuple(source for source in dict.fromkeys(sources) if source not in head.sources)
        operation: Operation = PatchNode(id=head.id, expects=head.version, set={"usage": usage})
        if more:
            operation = PutNode(node=replace(head, sources=(*head.sources, *more), usage=usage), replaces=head.version)
        delta = Delta(
            id=context.new_id(), cube=cube, actor=context.actor, reason=AGAIN, at=at, operations=(operation,)
        )  # fmt: skip
        try:
            return replace(apply_delta(context, delta)[0], present_nodes=(head.id,))
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def _form(text: str) -> str:
    """What spellings of one text share: case, spaces, width of letters, and the full stop at its end."""
    return _FULL_STOP.sub("", canonical(text)) or canonical(text)
