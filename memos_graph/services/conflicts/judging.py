"""Ask a language model how two memories stand to each other, and believe only what can be a verdict.

Declines to know edges and stores. What the model says is data from outside: it is cut, cleaned and never run.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal, get_args

from memos_graph.engines.conflicts import Found
from memos_graph.model.graph import Node
from memos_graph.ports_language import LanguageModel
from memos_graph.prompts import prompt

Verdict = Literal["contradictory", "redundant", "independent"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

PROMPT = "conflict_v1"
_MOST_TEXT = 4_000  #: characters of a memory that are sent
_MOST_ANSWER = 20_000  #: characters of an answer that are looked at
_MOST_REASON = 300
_OBJECT = re.compile(r"\{[^{}]*\}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict and its reason, by `model`."""

    verdict: Verdict
    reason: str
    model: str


def judge(language: LanguageModel, one: Node, other: Node, found: Found) -> Judged | None:
    """What the model says of the two; None for an answer that is no verdict. One request.

    `Unavailable` when the model's service does not answer.
    """
    asked = {"one": _shown(one), "other": _shown(other), "differs": {"by": found.rule, "values": list(found.values)}}
    return verdict_of(language.complete(prompt(PROMPT), json.dumps(asked, ensure_ascii=False)), language.model)


def verdict_of(answer: str, model: str) -> Judged | None:
    """The verdict in `answer`: its one JSON object with a known verdict and a reason; None for anything else.

    An answer with two verdicts is none.
    """
    found = [each for text in _OBJECT.findall(answer[:_MOST_ANSWER]) if (each := _verdict(text, model)) is not None]
    return found[0] if len({each.verdict for each in found}) == 1 else None


def _verdict(text: str, model: str) -> Judged | None:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    verdict, reason = told.get("verdict"), told.get("reason", "")
    if not isinstance(verdict, str) or verdict not in VERDICTS or not isinstance(reason, str):
        return None
    said = " ".join(_UNSEEN.sub(" ", reason).split())[:_MOST_REASON]
    return Judged(verdict=verdict, reason=said, model=model)


def _shown(node: Node) -> dict[str, str | None]:
    return {
        "text": node.text[:_MOST_TEXT],
        "true_from": node.valid_from.isoformat() if node.valid_from else None,
        "true_to": node.valid_to.isoformat() if node.valid_to else None,
        "told": node.created_at.isoformat(),
    }
