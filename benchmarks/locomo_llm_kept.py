"""What models said, kept line by line: a run that was stopped goes on where it was, and asks nothing twice.

Each line is keyed by all that was sent, so what is found again is the answer to that very question. A line cut off by a
crash is passed over. Declines to know what is asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from memos_graph.model.chat import TokenUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer of a model."""

    text: str
    usage: TokenUsage
    seconds: float
    broken: str = ""  #: why it is no answer: another form than asked for


class Kept:
    """Answers in the file `path`, by key; those that are there already are read first. Threads may share it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self._lock = path, threading.Lock()
        self._said = dict(_read(path)) if path.exists() else {}
        self._ends = not path.exists() or path.read_bytes()[-1:] in (b"", b"\n")

    def __len__(self) -> int:
        return len(self._said)

    def get(self, key: str) -> Said | None:
        """What was said; None when that was never asked."""
        return self._said.get(key)

    def put(self, key: str, said: Said) -> None:
        """Kept, on disk, before it returns."""
        line = json.dumps({"key": key, **asdict(said)}, ensure_ascii=False)
        with self._lock, self.path.open("a", encoding="utf-8") as out:
            out.write(line + "\n" if self._ends else f"\n{line}\n")
            out.flush()
            os.fsync(out.fileno())
            self._ends = True
            self._said[key] = said


def key_of(sent: Mapping[str, Any]) -> str:
    """A name for `sent` and for nothing else: SHA-256, hex."""
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> list[tuple[str, Said]]:
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told = json.loads(line)
            found.append((str(told.pop("key")), Said(**{**told, "usage": TokenUsage(**told["usage"])})))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # cut off
    return found
