"""BM25 over the texts of one cube: a tantivy index in a folder, by row number.

Knows rows and bodies of text, no nodes and no Scope. What a commit holds is noted elsewhere by its stamp: tantivy's
own number of the commit, since the Python package has no room for a note inside it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tantivy

from memos_graph.backends.analysis import terms
from memos_graph.backends.sidecar.feed import IndexDamaged, IndexLate
from memos_graph.model.survey import Bools, Ints

_HEAP = 15_000_000  #: tantivy's least for one thread
_FOOTER_MAGIC = 1337
_FEW_ROWS = 64  #: up to here the rows asked for go into the query


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # signed: delete_documents_by_term finds nothing, in silence, on an unsigned field (tantivy 0.27)
    builder.add_integer_field("row", stored=False, indexed=True, fast=True)
    builder.add_text_field("body", stored=False, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


_SCHEMA = _schema()


class Searching:
    """The index as some commit left it. For all threads."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher

    def best(self, query: str, k: int, allowed: Bools) -> tuple[Ints, npt.NDArray[np.float64]]:
        """The `k` rows of `allowed` that match the words of `query` best, and all that tie with the last.

        Rows and BM25 scores, not sorted. Complete: looks on until `k` rows are inside or no row is left.
        """
        found = _query(query)
        inside = int(np.count_nonzero(allowed))
        if found is None or not inside or k < 1 or not self._searcher.num_docs:
            return _NONE
        with _guarded("searching"):
            if inside <= _FEW_ROWS:
                rows = np.flatnonzero(allowed).tolist()
                only = tantivy.Query.const_score_query(tantivy.Query.term_set_query(_SCHEMA, "row", rows), 0.0)
                must = tantivy.Occur.Must
                return self._found(tantivy.Query.boolean_query([(must, found), (must, only)]), k, allowed)
            return self._found(found, k, allowed)

    def _found(self, query: tantivy.Query, k: int, allowed: Bools) -> tuple[Ints, npt.NDArray[np.float64]]:
        limit, most = max(32, k + k // 4), max(1, self._searcher.num_docs)
        while True:
            hits = self._searcher.search(query, min(limit, most), count=False).hits
            rows = np.array(self._searcher.fast_field_values("row", [at for _, at in hits]), np.int32)
            scores = steady(np.array([score for score, _ in hits], np.float32))
            complete = len(hits) < limit or limit >= most
            lowest = float(scores[-1]) if len(scores) else 0.0
            if len(rows) and (int(rows.min()) < 0 or int(rows.max()) >= len(allowed)):
                raise IndexDamaged("the word index names rows that are not there")
            keep = allowed[rows]
            rows, scores = rows[keep], scores[keep]
            if len(rows) >= k:
                last = float(np.partition(scores, len(scores) - k)[len(scores) - k])
                if complete or lowest < last:
                    keep = scores >= last
                    return rows[keep], scores[keep]
            if complete:
                return rows, scores
            limit *= 4


_NONE: tuple[Ints, npt.NDArray[np.float64]] = (np.empty(0, np.int32), np.empty(0, np.float64))


class Words:
    """The index of one cube for its one writer. `IndexDamaged` when its files do not hold together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.stamp = 0  #: of the last commit; 0 before the first
        folder.mkdir(parents=True, exist_ok=True)
        existed = (folder / "meta.json").exists()
        if existed:
            self.stamp = _verified(folder)
        with _guarded("opening", damaged=existed):
            self._index = tantivy.Index(_SCHEMA, str(folder), reuse=True)
            self._index.config_reader("Manual", 0)
            self._index.reload()
        self._writer: tantivy.IndexWriter | None = None
        self.uncommitted = 0

    def put(self, docs: Iterable[tuple[int, str]], replaced: Sequence[int]) -> None:
        """Add a document by row, after those of the rows `replaced` are gone. Found after `commit`."""
        with _guarded("adding"):
            writer = self._open_writer()
            for row in replaced:
                writer.delete_documents_by_term("row", row)
            for row, body in docs:
                document = tantivy.Document()
                document.add_integer("row", row)
                document.add_text("body", " ".join(terms(body)))
                writer.add_document(document)
                self.uncommitted += 1
            self.uncommitted += len(replaced)

    def remove_from(self, row: int) -> None:
        """Remove the documents of `row` and all above it: a commit that the rows on disk do not know of."""
        with _guarded("removing"):
            above = tantivy.Query.range_query(_SCHEMA, "row", tantivy.FieldType.Integer, lower_bound=row)
            self._open_writer().delete_documents_by_query(above)
            self.uncommitted += 1

    def commit(self) -> int:
        """What was put, on disk and found from now on; the commit's stamp. About 10 ms: it waits for the disk."""
        if self.uncommitted:
            with _guarded("committing"):
                self.stamp = int(self._open_writer().commit())
                self._index.reload()
            self.uncommitted = 0
        return self.stamp

    def searching(self) -> Searching:
        """The index as the last commit left it."""
        with _guarded("reading"):
            return Searching(self._index.searcher())

    def rest(self) -> None:
        """Give back the writer's thread and memory, once its merges are done; what is not committed is lost."""
        writer, self._writer = self._writer, None
        self.uncommitted = 0
        if writer is not None:
            with _guarded("merging"):
                writer.wait_merging_threads()

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(_HEAP, 1)
        return self._writer


def steady(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Scores above 0 without their last 6 bits: those of equal texts differ there, by where the texts lie."""
    bits = (scores.view(np.int32) + 32) & ~np.int32(63)
    return np.maximum(bits.view(np.float32), np.finfo(np.float32).tiny).astype(np.float64)


def _query(text: str) -> tantivy.Query | None:
    wanted = dict.fromkeys(terms(text))
    if not wanted:
        return None
    should = tantivy.Occur.Should
    return tantivy.Query.boolean_query(
        [(should, tantivy.Query.term_query(_SCHEMA, "body", term, index_option="freq")) for term in wanted]
    )


def _verified(folder: Path) -> int:
    """The stamp of the commit in `folder`, once every file of it is there with the checksum in its footer.

    tantivy itself panics on a torn file, or answers wrongly. About 1 ms a megabyte.
    """
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        stamp, segments = int(meta["opstamp"]), {str(s["segment_id"]).replace("-", "") for s in meta["segments"]}
        for segment in segments:
            files = list(folder.glob(f"{segment}.*"))
            if not {".idx", ".term", ".fast", ".fieldnorm"} <= {file.suffix for file in files}:
                raise IndexDamaged("files of the word index are missing")
            for file in files:
                _check_footer(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(f"word index: {error}") from error
    return stamp


def _check_footer(file: Path) -> None:
    data = file.read_bytes()
    size, magic = int.from_bytes(data[-8:-4], "little"), int.from_bytes(data[-4:], "little")
    if magic != _FOOTER_MAGIC or size + 8 > len(data):
        raise IndexDamaged(f"word index: {file.name} has no footer")
    footer = json.loads(data[-8 - size : -8])
    if zlib.crc32(memoryview(data)[: -8 - size]) != footer["crc"]:
        raise IndexDamaged(f"word index: {file.name} has another checksum than its footer says")


@contextmanager
def _guarded(doing: str, *, damaged: bool = False) -> Iterator[None]:
    """tantivy's errors as ours; a panic inside it means files it can't read, and so does any error with `damaged`."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise (IndexDamaged if damaged else IndexLate)(f"{doing} words: {error}") from error
    except BaseException as error:
        if type(error).__module__ == "pyo3_runtime":  # PanicException, which no module exports
            raise IndexDamaged(f"{doing} words: {error}") from error
        raise
