"""A language model, as a Protocol: it is asked for a verdict or a summary, and is never needed."""

from __future__ import annotations

from typing import Protocol


class LanguageModel(Protocol):
    """Answers one question at a time. What it says comes from outside: whoever asks checks it."""

    @property
    def model(self) -> str:
        """Its name, kept beside what it said."""

    def complete(self, system: str, prompt: str, *, max_tokens: int = 512) -> str:
        """Its answer to `prompt` under the instruction `system`. `Unavailable` when a service does not answer."""
