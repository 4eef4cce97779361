"""Which memories say the same thing once more, so surely that they may become one without anybody reading them.

Two agree when their vectors are near and their words are the same in the same order, but for articles, fillers, case,
punctuation, contractions and where the sentence begins ("Yesterday Ann rang" and "Ann rang yesterday"). A word put in
the place of another is never the same: vectors hold open and closed, loves and hates, Ann and Bob for near. Whether
such a pair is one is for a person or a language model to say. Declines to know stores.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from memos_graph.engines.organise.near_pairs import Pairs

LEAST_WORDS = 2  #: "Yes." twice are two answers
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[+\-−]?\d[\d.,:/]*\d|[+\-−]?\d|[^\W\d_]+(?:'[^\W\d_]+)*|%"
)
_FILLERS = frozenset(("a", "an", "the", "please", "well", "very", "really", "simply", "oh", "um", "uh"))
_SPELLED = {
    "isn't": "is not", "aren't": "are not", "wasn't": "was not", "weren't": "were not", "don't": "do not",
    "doesn't": "does not", "didn't": "did not", "won't": "will not", "can't": "can not", "cannot": "can not",
    "couldn't": "could not", "wouldn't": "would not", "shouldn't": "should not", "hasn't": "has not",
    "haven't": "have not", "hadn't": "had not", "i'm": "i am", "you're": "you are", "we're": "we are",
    "they're": "they are", "i've": "i have", "we've": "we have", "you've": "you have", "they've": "they have",
    "i'll": "i will", "we'll": "we will", "you'll": "you will", "they'll": "they will",
}  # fmt: skip


def words_of(text: str) -> tuple[str, ...]:
    """The words that say what `text` says, in order: folded, spelled out, without articles and fillers. O(len)."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    found = (spelled for word in _WORD.findall(folded) for spelled in _SPELLED.get(word, word).split())
    return tuple(word for word in found if word not in _FILLERS)


def same_words(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two word lists are one, begun at different places. O(words²) at worst, for equal sets of words only."""
    if len(one) != len(other) or len(one) < LEAST_WORDS:
        return False
    if tuple(one) == tuple(other):
        return True
    if sorted(one) != sorted(other) or len(one) > _LONGEST_TURN:
        return False
    twice = (*one, *one)
    return any(twice[at : at + len(one)] == tuple(other) for at in range(1, len(one)))


_LONGEST_TURN = 200  #: words of a text that may begin elsewhere; a longer one is no sentence


def duplicates(words: Sequence[Sequence[str]], voices: Sequence[object], pairs: Pairs) -> tuple[tuple[int, ...], ...]:
    """Groups of rows that say the same, each ascending, in order of their first row.

    words [n]: `words_of` each; voices [n]: rows of different voices are never one (who says it, of what kind, true
    when); pairs: those near enough by vector. Every row of a group agrees with its first one. O(m).
    """
    first: dict[int, int] = {}
    near = sorted(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    for one, other in near:
        if voices[one] != voices[other] or not same_words(words[one], words[other]):
            continue
        head = first.get(one, one)
        if other not in first and (head == one or same_words(words[head], words[other])):
            first[other] = head
    groups: dict[int, list[int]] = {}
    for row, head in sorted(first.items()):
        groups.setdefault(head, [head]).append(row)
    return tuple(tuple(group) for _, group in sorted(groups.items()))
