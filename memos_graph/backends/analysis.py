"""Cut text into the terms that text search compares: one analysis for every store that has no index of its own.

Knows no index and no scores. Only equality of terms counts: what a text and a query share here, they share in search.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from itertools import pairwise
from unicodedata import normalize

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

LONGEST_TERM = 128  #: bytes of UTF-8; longer runs are encoded data, not words anyone types

#: Scripts that do not set words apart by spaces, or glue particles to them: Thai to Myanmar, Khmer, kana, bopomofo,
#: Han, Yi, Hangul.
_UNSPACED = re.compile(
    "[\u0e01-\u0e4e\u0e80-\u0ece\u1000-\u103f\u1100-\u11ff\u1780-\u17d3\u3005-\u3007\u3041-\u30fa\u30fc-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua48c\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_local = threading.local()


def terms(text: str) -> list[str]:
    """The terms of `text`, repeats kept, in no promised order; none holds a space. Never fails.

    Words are runs of letters and digits, lower-case, after NFKC, with English endings taken off (Snowball English, as
    tantivy's `en_stem`). Runs in scripts without spaces give each character and each pair of neighbours. Words of more
    than `LONGEST_TERM` bytes are left out. 3 (Chinese) to 8 (English) MB/s.
    """
    if not text.isascii():
        text = normalize("NFKC", _SURROGATE.sub(" ", text))
        runs = _UNSPACED.findall(text)
        if runs:
            spaced: list[str] = _analyzer().analyze(_UNSPACED.sub(" ", text))
            return spaced + [gram for run in runs for gram in _grams(run)]
    found: list[str] = _analyzer().analyze(text)
    return found


def _grams(run: str) -> Iterator[str]:
    yield from run
    yield from map("".join, pairwise(run))


def _analyzer() -> TextAnalyzer:
    # One per thread: analyze() borrows the analyzer mutably, and two threads in it at once would raise.
    analyzer = getattr(_local, "analyzer", None)
    if analyzer is None:
        builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(LONGEST_TERM + 1))
        analyzer = _local.analyzer = builder.filter(Filter.lowercase()).filter(Filter.stemmer("english")).build()
    return analyzer
