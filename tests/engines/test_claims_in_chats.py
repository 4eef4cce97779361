"""What chats claim in the words that people use: how much of it is read, and that what is read was said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.engines.claims import Claim, Said, attribute_name, read_claims, spans, subject_key, value_key
from memos_graph.engines.claims.chat import spelled
from memos_graph.engines.claims.restating import restated
from memos_graph.engines.claims.slots import ALWAYS, NEVER

SAID = datetime(2024, 6, 12, 10, tzinfo=UTC)
_SINCE = re.compile(r"@(\d{4}(?:-\d\d){0,2})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A claim that a sentence makes, as it was labelled by hand."""

    optional: bool
    kind: str
    over: bool  #: no longer, or once
    subjects: tuple[str, ...]
    attribute: str
    values: tuple[str, ...]
    since: str
    until: str

    def fits(self, claim: Claim) -> bool:
        """Whether `claim` is this one, its times apart."""
        if claim.kind != self.kind or claim.subject not in self.subjects:
            return False
        if self.kind == "event":
            return any(subject_key(value) in f"{claim.attribute} {claim.value}".casefold() for value in self.values)
        if self.kind == "habit":
            return claim.polarity != self.over and all(word in claim.value for word in self.values[0].split()[1:])
        same = attribute_name(self.attribute) == claim.attribute or bool(claim.instead)
        values = {value_key(value) for value in self.values}
        ended = not claim.polarity or (claim.until is not None and claim.until <= SAID + timedelta(days=1))
        return same and value_key(claim.value) in values and ended == self.over

    def is_dated(self, claim: Claim) -> bool:
        """Whether the times of `claim` are those that it should have."""
        since, until = (moment.isoformat() if moment else "" for moment in (claim.since, claim.until))
        return since.startswith(self.since) and (until or since).startswith(self.until)


def label(text: str) -> Label:
    """The label that is written so."""
    optional, rest = text.startswith("?"), text.lstrip("?")
    subject, _, rest = rest.rpartition("|")
    optional, rest = optional or rest.startswith("?"), rest.lstrip("?")
    kind = "event" if rest.startswith("!") else "habit" if rest.startswith("~") else "state"
    rest = rest.lstrip("!~")
    over = rest[:1] in ("-", "^")
    rest, until = rest.lstrip("-^"), ""
    if kind != "habit" and ".." in rest:
        rest, _, until = rest.rpartition("..")
    since = _SINCE.search(rest)
    rest = rest[: since.start()] if since else rest
    attribute, _, value = ("habit", "", rest) if kind == "habit" else rest.partition("=")
    return Label(
        optional=optional, kind=kind, over=over, attribute=attribute, values=tuple(value.split("/")), until=until,
        subjects=tuple(subject_key(one.lstrip("?")) for one in (subject or "Ann").split("/")),
        since=since[1] if since else "",
    )  # fmt: skip


def lines(name: str) -> Iterator[tuple[str, list[str]]]:
    """Each sentence with its labels."""
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            text, _, labels = line.partition(" ::")
            yield text, [one.strip() for one in labels.split(" ; ") if one.strip()]


@cache
def claims_of(text: str) -> list[Claim]:
    """What is read, with the values that others took the place of."""
    read = read_claims(text, speaker="Ann", said_at=SAID)
    gone = [replace(claim, value=claim.before, before="", polarity=False) for claim in read if claim.before]
    return [*gone, *read]


@dataclass(slots=True)
class Score:
    """Counts over a file."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    misdated: int = 0

    def add(self, text: str, written: list[str]) -> None:
        """Count one sentence."""
        wild = any(one in ("?", "?~") for one in written)
        labels = [label(one) for one in written if one not in ("?", "?~")]
        for claim in claims_of(text):
            fitting = sorted((one for one in labels if one.fits(claim)), key=lambda one: one.optional)
            if fitting:
                labels.remove(fitting[0])
                self.right += not fitting[0].optional
                self.misdated += not fitting[0].is_dated(claim)
            else:
                self.wrong += not wild
        self.missed += sum(not one.optional for one in labels)


@pytest.mark.parametrize(("name", "recall"), [("chat_claims_learned.txt", 0.97), ("chat_claims_kept_apart.txt", 0.94)])
def test_of_what_chats_claim_nearly_all_is_read_and_hardly_anything_else(name: str, recall: float) -> None:
    score = Score()
    for text, written in lines(name):
        score.add(text, written)
    assert score.right / (score.right + score.wrong) >= 0.98
    assert score.right / (score.right + score.missed) >= recall
    assert score.misdated == 0


@pytest.mark.parametrize("name", ["chat_claims_learned.txt", "chat_claims_kept_apart.txt"])
def test_questions_plans_hearsay_and_small_talk_claim_nothing(name: str) -> None:
    silent = [text for text, written in lines(name) if not written]
    assert len(silent) > 60
    assert [text for text in silent if claims_of(text)] == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("im living in faro 🎉", "I'm living in Faro"),
        ("Moved to Oslo!", "I moved to Oslo!"),
        ("Working at Acme now.", "I'm working at Acme now."),
        ("no longer working at Acme", "I'm no longer working at Acme"),
        ("Living in Oslo is expensive.", "Living in Oslo is expensive."),
        ("United Airlines is late.", "United Airlines is late."),
        ("i live in hope", "I live in hope"),
    ],
)
def test_typing_is_read_as_it_is_meant(typed: str, meant: str) -> None:
    assert spelled(typed) == meant


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("You can reach me on 555 0123 4567.", "My phone number is 555 0123 4567."),
        ("Globex hired me as a nurse.", "I was hired by Globex as a nurse."),
        ("Marta, who works at Bayer, lives in Cologne.", "Marta works at Bayer; Marta lives in Cologne."),
        ("My tea isn't green but black.", "My tea isn't green; My tea is black."),
        ("I live in Rome.", "I live in Rome."),
    ],
)
def test_a_turn_of_speech_says_a_plain_thing(said: str, plain: str) -> None:
    assert restated(said) == plain


def test_where_one_merely_is_one_does_not_work_unless_work_is_spoken_of() -> None:
    assert claims_of("I'm at Globex now.") == []
    assert [claim.attribute for claim in claims_of("New job! I'm at Globex now.")] == ["works at"]
    assert [claim.attribute for claim in claims_of("I've been at Globex since 2019.")] == ["works at"]


def test_what_gave_way_is_said_to_have_been_so() -> None:
    old, new = claims_of("I moved from Rome to Oslo in March 2024.")
    assert (old.value, old.polarity, old.was) == ("Rome", False, True) and new.value == "Oslo"
    (ended,) = claims_of("I no longer live in Rome.")
    assert not ended.polarity and not ended.was


@given(st.text(max_size=200))
def test_any_text_can_be_spelled_and_restated(text: str) -> None:
    assert len(restated(spelled(text))) <= 400


# --- what was so until a time, from nobody knows when


def was(value: str, at: int, end: int) -> Said:
    """That `value` held until `end`."""
    return Said(at=at, start=ALWAYS, end=end, value=value)


def now(value: str, at: int) -> Said:
    """That `value` holds from `at` on."""
    return Said(at=at, start=at, value=value)


def held(*said: Said) -> list[tuple[str, int, int]]:
    return [(span.value, span.start, span.end) for span in spans(said)]


def test_of_a_time_of_which_nothing_is_known_the_past_takes_all() -> None:
    assert held(was("a", 9, 5), now("b", 9)) == [("a", ALWAYS, 5), ("b", 9, NEVER)]


def test_what_was_known_to_hold_then_keeps_its_beginning_and_ends() -> None:
    assert held(now("a", 2), was("a", 9, 9), now("b", 9)) == [("a", 2, 9), ("b", 9, NEVER)]


def test_another_value_that_was_believed_gives_way_for_an_instant_alone() -> None:
    assert held(now("c", 2), was("a", 9, 9), now("b", 9)) == [("c", 2, 8), ("a", 8, 9), ("b", 9, NEVER)]
