"""Names by a spaCy pipeline that the user has: a package that is installed, or a folder (extra `ner`).

spaCy of the libraries that run such models: MIT, kept since 2015, small (no torch), and pipelines in 25 languages,
Chinese among them, as packages that pip installs. Nothing is fetched here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from memos_graph.model.errors import NotSupported
from memos_graph.ports_names import FoundName

#: What rules find with a key that all spellings share; a model only says where it stands.
_VALUES = frozenset({"date", "time", "percent", "money", "quantity", "ordinal", "cardinal"})
_UNUSED = ("parser", "lemmatizer", "senter", "textcat", "textcat_multilabel")  # parts that entities don't need
_MOST = 100_000  #: characters read at once; spaCy takes about a gigabyte of memory for ten times as many


class SpacyNames:
    """What the pipeline's `ner` or `entity_ruler` marks, but for dates and numbers; about 10,000 words a second.

    Loaded at the first use.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def model(self) -> str:
        """The pipeline's name or folder."""
        return self._name

    def find(self, texts: Sequence[str]) -> list[list[FoundName]]:
        """For each text the spans of its names. `NotSupported` when spaCy or the pipeline is not installed."""
        found: list[list[FoundName]] = [[] for _ in texts]
        parts = ((part, (at, start)) for at, text in enumerate(texts) for start, part in _parts(text))
        for doc, (at, start) in self._pipeline.pipe(parts, as_tuples=True):
            found[at].extend(
                FoundName(start=start + entity.start_char, end=start + entity.end_char, type=entity.label_.lower())
                for entity in doc.ents
                if entity.label_.lower() not in _VALUES and entity.text.strip()
            )
        return found

    @cached_property
    def _pipeline(self) -> Any:
        try:
            import spacy
        except ImportError as error:
            raise NotSupported("name finder", "install it: python -m pip install 'memos-graph[ner]'") from error
        try:
            return spacy.load(self._name, exclude=_UNUSED)
        except (OSError, ValueError, ImportError) as error:
            raise NotSupported(
                "name finder",
                f"spaCy can't load the pipeline {self._name!r}: install it (python -m spacy download NAME), "
                f"or name the folder of one: {error}"[:500],
            ) from error


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """The text in parts with where each begins, cut between words where there are any."""
    start = 0
    while start < len(text):
        end = start + _MOST
        if end < len(text):
            end = max(text.rfind(" ", start, end), text.rfind("\n", start, end)) + 1
            end = end if end > start else start + _MOST
        yield start, text[start:end]
        start = end
