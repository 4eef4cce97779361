"""Corrected keys for LoCoMo: an audit's word on which turns hold an answer, in place of the file's.

A file is a JSON list. Each entry names a question by "question" (and "conversation" where two chats ask the same) or by
"question_id" ("locomo_0_qa_12": chat and question, both counted from 0), and gives its turns as "correct_evidence" or
"evidence". An entry without turns takes its question out. Pure, but for `read`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memos_ingest import Question

_TURN = re.compile(r"D\d+:\d+")
_NUMBERED = re.compile(r"locomo_(\d+)_qa_?(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """What an audit changes."""

    evidence: Mapping[int, tuple[str, ...]]  #: by the question's place in the file; () takes it out

    def __len__(self) -> int:
        return len(self.evidence)

    def of(self, place: int, evidence: tuple[str, ...]) -> tuple[str, ...]:
        """The turns of the question at `place` of the file, which gives `evidence`; () takes it out."""
        return self.evidence.get(place, evidence)


def read(path: Path, questions: Sequence[Question]) -> Corrections:
    """The corrections in the file at `path` for `questions`, all of the data's, in its order.

    ValueError names an entry that is none, or that names no question of the data.
    """
    entries = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(entries, list):
        raise ValueError(f"{path.name} is {type(entries).__name__}; give a list of entries, each an object")
    return corrections(entries, questions, name=path.name)


def corrections(entries: Sequence[Any], questions: Sequence[Question], *, name: str = "corrections") -> Corrections:
    """As `read`, of a parsed file."""
    chats = list(dict.fromkeys(q.conversation_id for q in questions))
    by_number: dict[tuple[int, int], int] = {}
    by_text: dict[tuple[str, str], int] = {}
    seen = dict.fromkeys(chats, 0)
    for place, question in enumerate(questions):
        by_number[chats.index(question.conversation_id), seen[question.conversation_id]] = place
        seen[question.conversation_id] += 1
        for conversation in (question.conversation_id, ""):
            by_text.setdefault((conversation, _plain(question.question)), place)
    found: dict[int, tuple[str, ...]] = {}
    for at, entry in enumerate(entries):
        where = f"{name}[{at}]"
        if not isinstance(entry, Mapping):
            raise ValueError(f"{where} is {type(entry).__name__}; give an object with question and correct_evidence")
        named = _place(entry, by_number, by_text)
        if named is None:
            raise ValueError(f"{where} names no question of the data; give its question_id, or its question in full")
        found[named] = _turns(entry, where)
    return Corrections(evidence=found)


def _place(entry: Mapping[str, Any], by_number: Mapping[tuple[int, int], int],
           by_text: Mapping[tuple[str, str], int]) -> int | None:  # fmt: skip
    numbered = _NUMBERED.fullmatch(str(entry.get("question_id", "")))
    if numbered:
        return by_number.get((int(numbered[1]), int(numbered[2])))
    return by_text.get((str(entry.get("conversation") or ""), _plain(str(entry.get("question", "")))))


def _turns(entry: Mapping[str, Any], where: str) -> tuple[str, ...]:
    given = entry.get("correct_evidence", entry.get("evidence")) or []
    if not isinstance(given, list) or not all(isinstance(turn, str) and _TURN.fullmatch(turn) for turn in given):
        raise ValueError(f"{where}.correct_evidence is {given!r}; give turns such as D1:3, or none to leave it out")
    return tuple(dict.fromkeys(given))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
