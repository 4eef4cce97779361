"""Read a query against the names of a cube: who is named, what is named, which times, and how its speaker would say it.

People tell of themselves in the first person ("I went to ..."), and are asked about in the third ("where did Ann go?").
So a query that names speakers is also put as each of them would say it; embedders place that nearer to what they said.
Names are looked up by the query's own n-grams: the cost does not grow with the number of names. Declines to know the
clock, the store and any language model. The rewriting is English; a query in another language is left as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from memos_graph.engines.timewords import TimeRange, asks_when, time_ranges

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
#: One character of a script without spaces is a word of its own, so that n-grams reach the names in it.
_WORD = re.compile(rf"[{_CJK}]|(?:(?![{_CJK}])\w)+(?:[-.](?:(?![{_CJK}])\w)+)*")
_LONGEST = 8  #: words in the longest name looked up
_MOST_WORDS = 256  #: words of a query that are looked up: past them it is a document, and names in it say little
#: English words that carry no subject: never a name when written small, and no help to BM25.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """a about after all also am an and any are as at be been before being between both but by can could did do does
        during each few for from get gets got had has have he her him his how i if in into is it its just kind many may
        me might more most much my no not of on or other our over s same say says she should so some such t than that
        the their them then there they this through to type under until up very was we were what when where which who
        whom whose why will with would you your""",
    )
)
_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """what when where which who whom whose why how did do does is are was were has have had the of and to would
        could should will can might for with about""",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The query as somebody would say it."""

    text: str  #: what to embed
    speaker: str | None = None  #: entity id of who would say it so; None: the query as it was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a query says before anything is searched."""

    voices: tuple[Voice, ...]  #: texts to embed; the first is for every row, the others for what their speaker said
    lexical_text: str  #: for BM25: no speakers' names (they are on all that they said), no common words
    named_speakers: frozenset[str] = frozenset()  #: entity ids
    entities: frozenset[str] = frozenset()  #: entity ids, speakers not among them
    times: tuple[TimeRange, ...] = ()  #: stretches of time that the query names
    asks_when: bool = False

    @property
    def dense_text(self) -> str:
        """The text to embed when only one is wanted."""
        return self.voices[0].text


@dataclass(frozen=True, slots=True)
class _Named:
    start: int
    end: int
    id: str


def plain(name: str) -> str:
    """`name` as the key of a lexicon: compatibility forms folded, no case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def lexicon(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """(name, entity id) pairs as the mapping that `understand` looks up, also by first and last words of names.

    "Ann Lee" is found as "Ann" too while no other entity is.

    A whole name wins over a part; what two entities share finds neither. O(names), to be kept by the caller.
    """
    whole: dict[str, set[str]] = {}
    parts: dict[str, set[str]] = {}
    for name, entity in names:
        key = plain(name)
        if not key:
            continue
        whole.setdefault(key, set()).add(entity)
        words = key.split(" ")
        for part in {words[0], words[-1]} - {key} - _COMMON:
            if len(part) > 1:
                parts.setdefault(part, set()).add(entity)
    found = {part: next(iter(ids)) for part, ids in parts.items() if len(ids) == 1 and part not in whole}
    return found | {key: next(iter(ids)) for key, ids in whole.items() if len(ids) == 1}


def understand(
    query: str,
    *,
    now: datetime | None,
    speakers: Mapping[str, str],
    entities: Mapping[str, str],
    canonical: Callable[[str], str] = plain,
) -> Understood:
    """What `query` names: speakers, entities, times; and the texts to search with.

    speakers: name -> entity id as `lexicon` makes it; entities: canonical name -> entity id, and canonical, the
    function that made those names. now: what relative times count from, None for nothing. O(words of the query),
    whatever the size of the lexicons.
    """
    said = tuple(_lookup(query, speakers, plain, cased=True))
    taken = [(n.start, n.end) for n in said]
    named = frozenset(n.id for n in _lookup(query, entities, canonical, taken=taken))
    order = tuple(dict.fromkeys(n.id for n in said))
    return Understood(
        voices=_voices(query, said, order),
        lexical_text=_telling(query, said),
        named_speakers=frozenset(order),
        entities=named - frozenset(order),
        times=time_ranges(query, now=now),
        asks_when=asks_when(query),
    )


def _lookup(
    query: str,
    names: Mapping[str, str],
    canonical: Callable[[str], str],
    *,
    taken: Iterable[tuple[int, int]] = (),
    cased: bool = False,
) -> Iterator[_Named]:
    """The names in `query`, longest first from the left, none overlapping another or `taken`."""
    if not names:
        return
    words = [w for w in _WORD.finditer(query) if not any(a < w.end() and w.start() < b for a, b in taken)][:_MOST_WORDS]
    shouting = cased and query.casefold() != query  # a query that uses capitals uses them for names
    at = 0
    while at < len(words):
        for last in range(min(at + _LONGEST, len(words)), at, -1):
            start, end = words[at].start(), words[last - 1].end()
            surface = query[start:end]
            if last == at + 1 and (surface in _COMMON or (shouting and surface[0].islower())):
                continue
            found = names.get(canonical(surface))
            if found is not None:
                yield _Named(start, end, found)
                at = last - 1
                break
        at += 1


def _telling(query: str, said: Iterable[_Named]) -> str:
    """The words of `query` that BM25 should look for: no names of speakers, no common words.

    When nothing else is left, with the common words; then the query itself.
    """
    left = query
    for name in sorted(said, key=lambda n: -n.start):
        left = left[: name.start] + " " + re.sub(r"^['’]s\b", "", left[name.end :])
    telling = _WORD.sub(lambda m: "" if m[0].casefold() in _COMMON else m[0], left)
    return next((" ".join(text.split()) for text in (telling, left) if _WORD.search(text)), query)


# -- the first person

_ME, _YOU = "\x00", "\x01"  # stand for the speaker and for the one spoken to while the words around them are fitted
_VERB = {"does": "do", "is": "am", "has": "have", "was": "was"}
_AFTER = (
    "to|for|with|from|about|of|by|at|on|in|than|like|help|helps|helped|give|gave|gives|given|tell|told|ask|asked|let|make"
    "|made|makes|support|supported|describe|describes|inspire|inspired|motivate|motivated|bring|brought|cause|caused"
)
_FIT: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"{_ME}(?:['’]s|['’](?=\W))", re.IGNORECASE), "my"),
    (re.compile(rf"{_YOU}(?:['’]s|['’](?=\W))", re.IGNORECASE), "your"),
    (re.compile(rf"\b(does|is|has|was) {_ME}", re.IGNORECASE), lambda m: f"{_VERB[m[1].lower()]} I"),
    (re.compile(rf"\b(does|is|has|was) {_YOU}", re.IGNORECASE),
     lambda m: {"does": "do", "is": "are", "has": "have", "was": "were"}[m[1].lower()] + " you"),
    (re.compile(rf"{_ME} (does|is|has)\b", re.IGNORECASE), lambda m: f"I {_VERB[m[1].lower()]}"),
    (re.compile(rf"\b({_AFTER}) {_ME}", re.IGNORECASE), r"\1 me"),
    (re.compile(rf"(?<=\w) {_ME}(?=\W*$)", re.IGNORECASE), " me"),
    (re.compile(_ME), "I"),
    (re.compile(_YOU), "you"),
)  # fmt: skip
_OWN = {
    "her": "my", "his": "my", "their": "my", "she": "I", "he": "I", "they": "I", "him": "me", "herself": "myself",
    "himself": "myself", "hers": "mine",
}  # fmt: skip
_OWN_WORD = re.compile(rf"\b(?:{'|'.join(_OWN)})\b")


def _voices(query: str, said: tuple[_Named, ...], order: tuple[str, ...]) -> tuple[Voice, ...]:
    words = {w[0].casefold() for w in _WORD.finditer(query)}
    if not order or not words & _ENGLISH:
        return (Voice(text=query),)
    if len(order) == 1:
        return (Voice(text=_as_said_by(query, said, order[0])),)
    # Past two names the voices differ little, and each costs an embedding.
    return (Voice(text=query), *(Voice(text=_as_said_by(query, said, who), speaker=who) for who in order[:2]))


def _as_said_by(query: str, said: Iterable[_Named], speaker: str) -> str:
    """`query` with `speaker` as I, and any other speaker as you."""
    text, alone = query, True
    for name in sorted(said, key=lambda n: -n.start):
        alone = alone and name.id == speaker
        text = text[: name.start] + (_ME if name.id == speaker else _YOU) + text[name.end :]
    for pattern, put in _FIT:
        text = pattern.sub(put, text)
    # With one person named, she or he is that person.
    return _OWN_WORD.sub(lambda m: _OWN[m[0]], text) if alone else text
