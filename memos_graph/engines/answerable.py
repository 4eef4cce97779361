"""How likely it is that what a query asks for is there at all, judged by what the searches found.

Two things tell. Whether any text holds what is asked: by meaning, by words, and by words that no text knows. And,
where the query names one person, whether the texts that match best speak of that person: a search for what Ann bought
finds what Ben bought just as well. A line's "I" is who says it, its "you" is who listens, and a question is put to the
other. Works on texts and their scores. Declines to know stores, embedders and how hits are ranked: being ranked first
says nothing, something always is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_]+(?:['’][^\W_]+)*")
_I = frozenset((
    "i", "my", "me", "mine", "myself", "we", "our", "us", "ours", "i'm", "i've", "i'd", "i'll", "we're", "we've",
    "we'd", "we'll", "我",
))  # fmt: skip
_YOU = frozenset(("you", "your", "yours", "yourself", "you're", "you've", "you'd", "you'll", "你", "您"))
_ENDINGS = ("ings", "ing", "ies", "ied", "edly", "ed", "es", "ly", "s", "e")
_SHORTEST = 3  #: letters that an ending must leave

# A line that scores _WARMTH less than the best counts 1/e of it: .05 is what parts the tenth hit from the first.
_WARMTH = 0.05
_LISTENED_TO = 20  #: best lines that say whom the evidence is about
_MOST = 30.0  #: log odds that are told apart from certainty
_UNSURE = 1e-3  #: of a line, added to both persons: evidence for neither is even odds
# A line without pronouns still tells of its speaker more often than of the listener.
_SPEAKER, _LISTENER = 0.3, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A text that the searches found, and how well it matches."""

    text: str
    cosine: float  #: with the query
    share: float  #: of the best text's BM25, 0 to 1
    asks: bool = False  #: it is a question
    speaker: str | None = None  #: who said it; None: it is not speech


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What tells whether the evidence is there; each can be checked by eye."""

    cosine: float  #: best of any text
    coverage: float  #: 0 to 1: the most of the query's telling words that one text holds
    unknown: float  #: 0 to 1: share of the query's telling words that no text found holds
    about: float | None  #: log odds that the best lines speak of the one person named; None: none, or several, are

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} is {value}; give a finite number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A logistic model over `Signs`: what each counts, in log odds."""

    constant: float
    cosine: float
    coverage: float
    unknown: float
    about: float = 0.0

    def odds(self, signs: Signs) -> float:
        """Log odds; an `about` of None counts nothing."""
        found = self.cosine * signs.cosine + self.coverage * signs.coverage + self.unknown * signs.unknown
        return self.constant + found + self.about * (signs.about or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Two models: whether one person is named decides what the other signs mean."""

    person: Weights
    thing: Weights  #: where `Signs.about` is None

    def chance(self, signs: Signs, *, prior: float = 0.5) -> float:
        """Between 0 and 1, exclusive. prior: how likely an answer was before looking, between 0 and 1, exclusive."""
        weights = self.thing if signs.about is None else self.person
        at = weights.odds(signs) + math.log(prior / (1 - prior))
        return 1 / (1 + math.exp(-min(max(at, -_MOST), _MOST)))


# Fitted by tools/fit_answerability.py on five chats for even odds before looking, measured on five others. `thing` is
# fitted on questions whose person was left aside; its cosine counts for more because who is spoken of tells it nothing.
DEFAULT = Judge(
    person=Weights(constant=-3.35, cosine=4.87, coverage=1.11, unknown=-0.96, about=0.77),
    thing=Weights(constant=-6.4, cosine=11.58, coverage=2.56, unknown=-1.35),
)


def signs(words: str, lines: Sequence[Line], named: Collection[str] = ()) -> Signs:
    """The signs in `lines`, any number in any order, for a query whose telling words are `words`.

    named: speakers that the query names, as `Line.speaker`. No lines: nothing is known. O(characters of the lines).
    """
    wanted = stems(words)
    held = [stems(line.text) & wanted for line in lines]
    covered = max((len(one) for one in held), default=0)
    return Signs(
        cosine=max((line.cosine for line in lines), default=0.0),
        coverage=covered / len(wanted) if wanted else 0.0,
        unknown=len(wanted - frozenset().union(*held)) / len(wanted) if wanted else 1.0,
        about=_about(lines, next(iter(named))) if len(named) == 1 else None,
    )


def stems(text: str) -> frozenset[str]:
    """The words of `text` without case and common English endings, so that "paints" meets "painted"."""
    return frozenset(_stem(word[0].casefold()) for word in _WORD.finditer(text))


def match(line: Line, *, lexical: float = 0.4, power: float = 1.5) -> float:
    """How well `line` itself matches, in cosines; the weights are those of `RecallProfile`."""
    return max(line.cosine, 0.0) + lexical * math.pow(max(line.share, 0.0), power)


def speaks_of(line: Line, person: str) -> float:
    """0 to 1: how much of `line` is about `person`, by who says it, its pronouns, and whether it asks."""
    words = [word[0].casefold().replace("’", "'") for word in _WORD.finditer(line.text)]
    i = sum(word in _I for word in words) + _SPEAKER
    you = sum(word in _YOU for word in words) + _LISTENER + (1 if line.asks else 0)
    return (i if line.speaker == person else you) / (i + you)


def _about(lines: Sequence[Line], person: str) -> float | None:
    said = sorted((line for line in lines if line.speaker is not None), key=match, reverse=True)[:_LISTENED_TO]
    if not said:
        return None
    best = match(said[0])
    mine = theirs = _UNSURE
    for line in said:
        weight = math.exp((match(line) - best) / _WARMTH)
        share = speaks_of(line, person)
        mine, theirs = mine + weight * share, theirs + weight * (1 - share)
    return math.log(mine / theirs)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word
