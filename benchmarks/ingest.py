"""Documents: what parsers give of files whose text is known, how fast, and what feeding them costs.

Ours and other systems read the same files, each in a process of its own. Feeding is measured through the public API,
on made-up folders, in processes of their own too.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import pypdfium2

from benchmarks import documents, ingest_running
from benchmarks.ingest_report import Lost, Measured, Sizes, make_report
from benchmarks.ingest_running import OURS, PEERS, Outcome
from benchmarks.ingest_scores import Score, score
from benchmarks.ingest_text import Content, from_markdown
from benchmarks.launching import command
from benchmarks.report import Report
from benchmarks.watching import watched

_MB = 1_000_000
WHOLE = Sizes(rounds=3, pdf_pages=50, fed=(300_000, 300_000), long_pdf=2_000, folder_text=20 * _MB,
              folder_pictures=180 * _MB)  # fmt: skip
MADE_PDF = "made-up.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Data:
    expected: Mapping[str, Content]  #: by file name
    files: tuple[Path, ...]  #: those
    others: tuple[Path, ...]  #: that have no reference
    sentences: tuple[str, ...]


def run(data: Path, folder: Path, *, peers: Path | None = None, names: Sequence[str] = PEERS, short: bool = False,
        scores_only: bool = False, memory_only: bool = False, speed_only: bool = False, sizes: Sizes = WHOLE,
        seed: int = 1) -> Report:  # fmt: skip
    """The report over the documents in `data` with their Markdown in `data`/expected; what is made lies in `folder`.

    peers: the folder of their environments; None: ours alone. scores_only, memory_only, speed_only: those
    parts alone, and scores.
    short: a check for every commit, our scores alone, without OCR.
    ValueError when `data` has no document with its Markdown, OSError for a process that failed.
    """
    given = _data(data)
    wanted = (OURS, *(names if peers and not short else ()))
    ocr = not short and find_spec("rapidocr") is not None
    outcomes = {
        name: ingest_running.run(name, given.files, folder, venvs=peers, ocr=ocr) for name in watched(wanted, "parsers")
    }
    unjudged = ingest_running.run(OURS, given.others, folder / "others", venvs=None, ocr=ocr)
    rates: dict[str, dict[str, dict[str, float]]] = {}
    fed: dict[str, Any] = {}
    first: dict[str, Any] = {}
    memory: dict[str, Any] = {}
    if not (scores_only or memory_only or short):
        running = [name for name in wanted if not outcomes[name].why_not]
        rates = _pdf_rates(given, running, folder, peers, sizes, seed)
        fed, first = _fed(given, folder, sizes, seed)
    if not (scores_only or speed_only or short):
        memory = _memory(given, folder, sizes, seed)
    return make_report(
        Measured(
            outcomes=outcomes, scores={name: _scores(given, outcome) for name, outcome in outcomes.items()},
            words={name: len(content.words) for name, content in given.expected.items()},
            missing=_missing(given, outcomes[OURS]), unjudged={n: s.why_not for n, s in unjudged.files.items()},
            rates=rates, fed=fed, first=first, memory=memory, sizes=sizes, short=short,
            ocr=ocr,
        )
    )  # fmt: skip


def _data(data: Path) -> _Data:
    texts = {file.name.removesuffix(".md"): file for file in sorted((data / "expected").glob("*.md"))}
    files = [file for file in sorted(data.iterdir()) if file.is_file()] if data.is_dir() else []
    judged = tuple(file for file in files if file.name in texts)
    if not judged:
        raise ValueError(f"{data} holds no document with its Markdown in expected/NAME.md; give --data such a folder")
    said = {file.name: texts[file.name].read_text(encoding="utf-8") for file in judged}
    return _Data(
        expected={name: from_markdown(text) for name, text in said.items()}, files=judged,
        others=tuple(file for file in files if file not in judged and file.name != "README.md"),
        sentences=documents.sentences_of(list(said.values())),
    )  # fmt: skip


def _scores(given: _Data, outcome: Outcome) -> dict[str, Score]:
    """By file name; a file that the parser could not read has nothing of what it should have."""
    if outcome.why_not:
        return {}
    found = {}
    for name, expected in given.expected.items():
        said = outcome.files[name].content
        found[name] = score(expected, said if said is not None else Content(words=(), headings=(), tables=()))
    return found


def _missing(given: _Data, ours: Outcome) -> dict[str, Lost]:
    """What our parser left out, the most frequent first; files that it could not read are left out."""
    found = {}
    for name, expected in given.expected.items():
        said = ours.files[name].content if name in ours.files else None
        if said is not None:
            wanted, had = ([heading.text for heading in of.headings] for of in (expected, said))
            found[name] = Lost(
                words=_beyond(expected.words, said.words), headings=_beyond(wanted, had), made=_beyond(had, wanted)
            )
    return found


def _beyond(one: Iterable[str], two: Iterable[str]) -> tuple[str, ...]:
    """What `one` has oftener than `two`, with how much oftener."""
    return tuple(f"{text} ({times})" for text, times in (Counter(one) - Counter(two)).most_common(12))


def _pdf_rates(given: _Data, parsers: Sequence[str], folder: Path, peers: Path | None, sizes: Sizes,
               seed: int) -> dict[str, dict[str, dict[str, float]]]:  # fmt: skip
    """Parser -> file -> pages and seconds of CPU: the median of rounds in which parsers take turns."""
    made = folder / MADE_PDF
    made.write_bytes(documents.pdf(documents.Prose(seed, given.sentences), sizes.pdf_pages))
    files = [*(file for file in given.files if file.suffix == ".pdf"), made]
    pages = {file.name: _pages(file) for file in files}
    taken: dict[str, dict[str, list[float]]] = {parser: {} for parser in parsers}
    for _ in watched(range(sizes.rounds), "PDF, rounds"):
        for parser in parsers:
            outcome = ingest_running.run(parser, files, folder / "rates", venvs=peers, warm=files[0], ocr=False)
            for name, said in outcome.files.items():
                if said.content is not None:
                    taken[parser].setdefault(name, []).append(said.cpu[0])
    return {
        parser: {name: {"pages": pages[name], "cpu": median(times)} for name, times in of.items()}
        for parser, of in taken.items()
    }


def _pages(file: Path) -> int:
    document = pypdfium2.PdfDocument(file.read_bytes())
    try:
        return len(document)
    finally:
        document.close()


def _fed(given: _Data, folder: Path, sizes: Sizes, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    folders = []
    for number, size in enumerate(sizes.fed):
        folders.append(folder / f"fed-{number}")
        documents.mixed_folder(folders[-1], text=size, pictures=0, seed=seed + number, sentences=given.sentences)
    fed = _child("speed", folder / "speed.graph", folders)
    return fed, _child("first", folder / "first.graph", folders[:1])


def _memory(given: _Data, folder: Path, sizes: Sizes, seed: int) -> dict[str, Any]:
    long = folder / "long"
    long.mkdir()
    (long / "long.pdf").write_bytes(documents.pdf(documents.Prose(seed, given.sentences), sizes.long_pdf))
    found = {"pdf": _child("memory", folder / "long.graph", [long])}
    mixed = folder / "mixed"
    made = documents.mixed_folder(
        mixed, text=sizes.folder_text, pictures=sizes.folder_pictures, seed=seed, sentences=given.sentences
    )
    found["folder"] = _child("memory", folder / "mixed.graph", [mixed]) | {"mb": made.size / _MB}
    return found


def _child(what: str, store: Path, folders: Sequence[Path]) -> dict[str, Any]:
    arguments = [what, str(store), *map(str, folders)]
    done = subprocess.run(command("benchmarks.ingest_feeding", arguments), capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"feeding for {what} failed: {done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
