"""The rules for causes in texts against sentences that people marked: Causal News Corpus V2, training split (CC0).

The corpus is cut in two by a hash of each document's name: the rules were written, and their confidences set, on one
half; the other was left unread until they were done. It is given by its folder and never shipped.
"""

from __future__ import annotations

import ast
import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.causal_report import Counts, Half, make_report
from benchmarks.report import Report
from memos_ingest.causal import Causal, Span, causes

SENTENCES, SPANS = "train_sentences.csv", "train_spans.csv"
_TAG = re.compile(r"</?(?:ARG0|ARG1|SIG\d)>")
#: the words that come to mind first, with no test of what stands around them
_BARE = re.compile(
    r"\b(?:because|due to|led to|leads? to|as a result|result(?:s|ed|ing)? (?:in|from)|therefore|thus|hence|so that"
    r"|caus(?:e|es|ed|ing)|trigger(?:s|ed|ing)?|prompt(?:s|ed|ing)?|spark(?:s|ed|ing)?|in response to|following|after"
    r"|since|if|unless|over|in order to)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of the corpus, and the pairs of spans that people marked in it."""

    document: str
    text: str
    causal: bool
    pairs: tuple[tuple[Span, Span], ...]  #: cause, effect


def run(folder_of_data: Path) -> Report:
    """The report over the files in `folder_of_data`. ValueError names what is strange in them."""
    sentences = read(folder_of_data)
    halves = {
        held_out: [one for one in sentences if is_held_out(one.document) is held_out] for held_out in (False, True)
    }
    return make_report(_measured(halves[False]), _measured(halves[True]))


def is_held_out(document: str) -> bool:
    """Whether the document belongs to the half that the rules were not written on."""
    return bool(hashlib.sha256(f"{document}".encode()).digest()[0] & 1)


def read(folder: Path) -> list[Sentence]:
    """The sentences of the two files in `folder`, in their order."""
    with (folder / SPANS).open(encoding="utf-8-sig", newline="") as file:
        marked = {f"{row['doc_id']}_{row['sent_id']}": row["causal_text_w_pairs"] for row in csv.DictReader(file)}
    with (folder / SENTENCES).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = {"index", "text", "label"} - set(rows[0] if rows else ())
    if missing:
        raise ValueError(f"{SENTENCES} lacks {', '.join(sorted(missing))}: take the training split of version 2")
    return [
        Sentence(
            document=row["index"].rpartition("_")[0], text=row["text"], causal=row["label"] == "1",
            pairs=tuple(_pairs(marked.get(row["index"], "[]"))),
        )
        for row in rows
    ]  # fmt: skip


def _pairs(marked: str) -> Iterator[tuple[Span, Span]]:
    """Cause and effect of each marked copy of a sentence, as characters of the sentence without its marks."""
    for copy in ast.literal_eval(marked):
        at: dict[str, int] = {}
        length = before = 0
        for tag in _TAG.finditer(copy):
            length += tag.start() - before
            before = tag.end()
            at[tag.group()] = length
        yield Span(at["<ARG0>"], at["</ARG0>"]), Span(at["<ARG1>"], at["</ARG1>"])


def _measured(sentences: Sequence[Sentence]) -> Half:
    whole, bare = Counts(), Counts()
    rules: dict[str, Counts] = {}
    seconds = 0.0
    for sentence in sentences:
        start = perf_counter()
        found = causes(sentence.text)
        seconds += perf_counter() - start
        whole.add(said=bool(found), causal=sentence.causal)
        bare.add(said=_BARE.search(sentence.text) is not None, causal=sentence.causal)
        for rule in {one.rule for one in found}:
            rules.setdefault(rule, Counts()).add(said=True, causal=sentence.causal)
        for one in found:
            turned = direction(one, sentence.pairs)
            if turned is not None:
                whole.turn(right=turned)
                rules[one.rule].turn(right=turned)
    return Half(
        sentences=len(sentences), whole=whole, bare=bare, rules=rules,
        characters=sum(len(sentence.text) for sentence in sentences), seconds=seconds,
    )  # fmt: skip


def direction(found: Causal, pairs: Sequence[tuple[Span, Span]]) -> bool | None:
    """Whether the pair that the statement fits best has its cause where the statement has it; None: it fits none.

    A statement fits a pair by as many characters as the lesser of its two spans shares with the pair's.
    """
    fits = [
        (min(_shared(found.cause, cause), _shared(found.effect, effect)),
         min(_shared(found.cause, effect), _shared(found.effect, cause)))
        for cause, effect in pairs
    ]  # fmt: skip
    right, wrong = max(fits, key=max, default=(0, 0))
    return None if right == wrong == 0 else right >= wrong


def _shared(one: Span, other: Span) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))
