"""A claim as a sentence that says all of it, whoever reads it alone: "Ann lives in Berlin."

Declines to know what else the text said.
"""

from __future__ import annotations

import re
from datetime import timedelta

from memos_graph.engines.claims.attributes import BEING, CHINESE, NOTHING, PHRASES, VERBS
from memos_graph.engines.claims.claim import Claim

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


def sentence_of(claim: Claim) -> str:
    """The claim in English, or in Chinese where its value is and the rule was; an event with when it was."""
    if claim.kind == "event":
        return f"{_opening(claim.name)} {claim.attribute} {claim.value}".strip() + f"{_day(claim)}."
    if claim.attribute in CHINESE and _HAN.search(claim.value):
        return CHINESE[claim.attribute][0 if claim.polarity else 1].format(subject=claim.name, value=claim.value)
    return _opening(f"{_said(claim)}.")


def _opening(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:] if sentence.startswith("the ") else sentence


def _day(claim: Claim) -> str:
    """When it was, as closely as it is known: a day, a month, a year; of a week its first day."""
    if claim.since is None:
        return ""
    length = timedelta() if claim.until is None else claim.until - claim.since
    if length <= timedelta(days=1):
        return f" on {claim.since:%Y-%m-%d}"
    if length <= timedelta(days=2):
        return f" on the weekend of {claim.since:%Y-%m-%d}"
    if length <= timedelta(days=7):
        return f" in the week of {claim.since:%Y-%m-%d}"
    return f" in {claim.since:%B %Y}" if length <= timedelta(days=31) else f" in {claim.since:%Y}"


def _said(claim: Claim) -> str:
    subject, attribute, value = claim.name, claim.attribute, claim.value
    if not value:
        return f"{subject} no longer has {NOTHING.get(attribute, f'any {attribute}')}"
    if attribute in PHRASES:
        return PHRASES[attribute][0 if claim.polarity else 1].format(subject=subject, value=value)
    if attribute in VERBS:
        verb = attribute if claim.polarity else f"does not {VERBS[attribute]}"
        return f"{subject} {verb} {value}"
    if attribute in BEING:
        return f"{subject} is {'' if claim.polarity else 'not '}{attribute} {value}"
    return f"{subject}'s {attribute} is {'' if claim.polarity else 'not '}{value}"
