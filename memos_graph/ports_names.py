"""Port for models that find names in texts (NER), beside the rules that always run. No implementation here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundName:
    """A name that a model sees in a text: text[start:end]."""

    start: int
    end: int  #: exclusive
    type: str  #: what it is, in the model's own words in small letters: person, org, gpe; kept as the Entity's type


class NameFinder(Protocol):
    """Finds names in texts. The same text always gives the same names."""

    @property
    def model(self) -> str:
        """Name of the model, for messages."""

    def find(self, texts: Sequence[str]) -> Sequence[Sequence[FoundName]]:
        """For each text its names, in any order; of those that overlap the first, then the longest counts.

        `Unavailable` when a service does not answer, `NotSupported` when what it needs is not installed.
        """
