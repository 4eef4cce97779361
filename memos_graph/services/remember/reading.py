"""Who reads the bytes of files: processes of their own, or for small plain texts this one.

A reader maps files to what they hold, in their order, a few ahead of the one that is asked for; so files are parsed
while the graph is written. Declines to know what becomes of what was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from memos_graph.model.errors import Invalid
from memos_ingest import Conversation, Document, IngestError, media_type_of, read
from memos_ingest.errors import NoSuchParser
from memos_ingest.parsers.choosing import chosen
from memos_ingest.sandbox import Job, Sandbox

Read = tuple[Document | Conversation, ...] | IngestError

#: Formats whose parsers are a few lines of Python over text, and up to how many bytes they are read in this process.
PLAIN_TEXT = frozenset({"text/plain", "text/markdown"})
SMALL_TEXT = 256 * 1024


class Reader(Protocol):
    """As `memos_ingest.sandbox.Sandbox`, which is one."""

    def map(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Read]]:
        """Each job with what it gave, in the order of `jobs`; what can't be read is an IngestError there."""


class InProcess:
    """Reads in this process, one after the other: for what we trust our own parsers with."""

    def map(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Read]]:
        """As `Reader.map`; nothing is read ahead."""
        for job in jobs:
            yield job, _read(job)


@contextmanager
def reader_for(given: Reader | None, *, small_text: bool = False) -> Iterator[Reader]:
    """`given`; without one, this process for a small text, and else a Sandbox that ends with the block."""
    if given is not None:
        yield given
    elif small_text:
        yield InProcess()
    else:
        with Sandbox() as sandbox:
            yield sandbox


def is_small_text(data: bytes, name: str) -> bool:
    """Whether starting a process for this would cost more than it could be worth."""
    return len(data) <= SMALL_TEXT and media_type_of(data, name=name) in PLAIN_TEXT


def _read(job: Job) -> Read:
    try:
        return read(
            job.data, name=job.name, media_type=job.media_type, chat_time=job.chat_time, encoding=job.encoding,
            limits=job.limits, parsers=job.parsers or {},
        )  # fmt: skip
    except IngestError as problem:
        return problem


def check_parsers(given: str | Mapping[str, str]) -> None:
    """`Invalid` for a choice of parsers that names one that is none, or is not installed."""
    try:
        chosen(given)
    except NoSuchParser as problem:
        raise Invalid("parsers", given, problem.reason) from problem
