"""How the word index of one cube follows its rows: what it has yet to take, and how far it says it is.

Opened when first needed. It commits on its own time, so a note on disk tells which rows its last commit holds; what
a kill or an error kept from it is found again by the rows' `text_seq`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from memos_graph.backends.sidecar.columns import Columns
from memos_graph.backends.sidecar.disk import Disk, Notes
from memos_graph.backends.sidecar.feed import IndexDamaged, IndexLate
from memos_graph.backends.sidecar.folders import remove_folder
from memos_graph.backends.sidecar.rows import body
from memos_graph.backends.sidecar.words import Searching, Words

PUT_AT = 2048  #: changed texts that wait before they go to the word index without being asked for
_COMMIT_AT = 20_000  #: documents after which the word index commits by itself


class TrailingWords:
    """The word index in a folder of its own. Not for two threads at once; what it hands out is for all."""

    def __init__(self, folder: Path, disk: Disk, notes: Notes, nodes: Columns) -> None:
        self._folder, self._disk, self._notes, self._nodes = folder, disk, notes, nodes
        self._words: Words | None = None
        self._pending: dict[int, str] = {}  # bodies by row that the word index has yet to take
        self._replaced: set[int] = set()

    @property
    def waiting(self) -> int:
        """How many texts wait to be taken."""
        return len(self._pending)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to take, as far as is known, and the index is not open."""
        return self._words is None and not self._pending

    def wait(self, row: int, text: str, *, replaces: bool) -> None:
        """Let the text of `row` wait to be taken, in place of an older one if it `replaces` one."""
        self._pending[row] = text
        if replaces:
            self._replaced.add(row)

    def take(self, seq: int, *, commit: bool) -> None:
        """Give the index what waits; commit it if asked to, or if much is uncommitted. seq: of the rows."""
        try:
            words = self._open()
            if self._pending:
                words.put(self._pending.items(), sorted(self._replaced))
                self._pending, self._replaced = {}, set()
            if words.uncommitted and (commit or words.uncommitted >= _COMMIT_AT):
                self._notes.set(words_next=seq)
                stamp = words.commit()
                self._notes.set(words_stamp=stamp, words_seq=seq, words_next=None)
        except (IndexLate, IndexDamaged):
            self.leave()  # what it had not committed is found again by text_seq
            raise

    def searching(self, seq: int) -> Searching:
        """The index once it has taken all that waits. About 10 ms for a commit after texts changed."""
        self.take(seq, commit=True)
        return self._open().searching()

    def rest(self, seq: int) -> None:
        """Commit, and give back the writer's thread and memory, if the index is open."""
        if self._words is not None:
            self.take(seq, commit=True)
            self._words.rest()

    def leave(self) -> None:
        """Close the index without a commit."""
        words, self._words = self._words, None
        self._pending, self._replaced = {}, set()
        if words is not None:
            try:
                words.rest()
            except (IndexLate, IndexDamaged):
                return  # its files are looked at again when it is next opened

    def erase(self) -> None:
        """Remove the index with every byte of it; it is made anew when next needed."""
        self.leave()
        remove_folder(self._folder)

    def _open(self) -> Words:
        if self._words is None:
            self._words, known = self._found()
            self._catch_up(self._words, known)
        return self._words

    def _found(self) -> tuple[Words, int]:
        """The index in the folder, and the seq of the rows that it holds: -1 for an empty one."""
        try:
            words = Words(self._folder)
        except IndexDamaged:
            remove_folder(self._folder)
            words = Words(self._folder)
        if words.stamp and words.stamp == self._notes.get("words_stamp"):
            return words, int(self._notes.get("words_seq"))
        if words.stamp and self._notes.get("words_next") is not None:
            words.remove_from(self._nodes.size)
            return words, int(self._notes.get("words_next"))
        if words.stamp:
            remove_folder(self._folder)
            words = Words(self._folder)
        return words, -1

    def _catch_up(self, words: Words, known: int) -> None:
        due = np.flatnonzero(self._nodes.array("alive") & (self._nodes.array("text_seq") > known)).tolist()
        self._pending, self._replaced = {}, set()
        for start in range(0, len(due), PUT_AT):
            rows = due[start : start + PUT_AT]
            texts = self._disk.texts(rows)
            docs = [(row, body(self._nodes.get("key", row), texts[row][0])) for row in rows]
            words.put(docs, rows if words.stamp else ())
