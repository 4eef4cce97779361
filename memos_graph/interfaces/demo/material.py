"""The demo's material: the files under examples/ that are fed, and the questions with their proofs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from memos_graph.model.errors import Invalid, NotFound

FED = (
    "handbook.md", "incident-report.pdf", "visit.html", "chat.json", "notes", "duty-roster.md", "pump-tests.docx",
    "dive-slip.png",
)  # fmt: skip
ROSTER = "duty-roster.md"
CHANGED = "changes/duty-roster.md"
CHANGED_QUESTION = "Who may sign off valve work?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A question with its answer and the words that prove it: `quote` stands in the last passage of the walk."""

    question: str
    answer: str
    quote: str
    why: str


def folder() -> Path:
    """Where examples/ is: in the installed package, else in the checkout."""
    package = Path(__file__).resolve().parents[2]
    for place in (package / "examples", package.parent / "examples"):
        if (place / "questions.json").is_file():
            return place
    raise NotFound("folder", "examples", "install memos-graph again, or use --data DIR")


def questions(place: Path) -> tuple[Prepared, ...]:
    """The prepared questions in `place`, in their order, without the one about the fact that changes."""
    try:
        read = json.loads((place / "questions.json").read_text(encoding="utf-8"))
        made = tuple(
            Prepared(question=q["question"], answer=q["answer"], quote=q["evidence"][-1]["quote"], why=q["why"])
            for q in read
        )
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise Invalid("questions.json", str(place), f"it can't be read: {error!r}") from error
    return tuple(q for q in made if q.question != CHANGED_QUESTION)
