"""What was measured over documents, laid out for people and programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.ingest_running import OURS, Outcome
from benchmarks.ingest_scores import Score
from benchmarks.report import Cell, Report, Table, Target

_NAMES = ("recall", "order", "headings", "levels", "cells")
_BOUNDS = {"recall": 0.98, "order": 0.97, "headings": 0.90, "levels": 0.90, "cells": 0.90}
_WHAT = {"recall": "text recall", "order": "order of words", "headings": "headings F1",
         "levels": "headings and levels F1", "cells": "table cells F1"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is made up and measured."""

    rounds: int  #: of parsers taking turns
    pdf_pages: int  #: of the made-up PDF that is read for speed
    fed: tuple[int, ...]  #: bytes of text in each folder that is fed for speed
    long_pdf: int  #: pages of the PDF that is fed for memory
    folder_text: int  #: bytes of text in the folder that is fed for memory
    folder_pictures: int  #: and of pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What ours has of one file too few or too many, each with how often, at most 12."""

    words: tuple[str, ...]
    headings: tuple[str, ...]
    made: tuple[str, ...]  #: headings that the reference does not have


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All of one run."""

    outcomes: Mapping[str, Outcome]  #: by parser, ours first
    scores: Mapping[str, Mapping[str, Score]]  #: by parser, by file; a file not read has zeros
    words: Mapping[str, int]  #: of each file's reference
    missing: Mapping[str, Lost]  #: by file
    unjudged: Mapping[str, str]  #: files without a reference -> why they were not read, or ""
    rates: Mapping[str, Mapping[str, Mapping[str, float]]]  #: parser -> PDF -> pages, cpu; empty: not measured
    fed: Mapping[str, Any]
    first: Mapping[str, Any]
    memory: Mapping[str, Any]
    sizes: Sizes
    short: bool
    ocr: bool  #: whether the extra `ocr` was there and used


def make_report(run: Measured) -> Report:
    """The whole report."""
    tables = [_every_file(run), _side_by_side(run)]
    tables += [_matrix(run)] if len(run.scores) > 1 else []
    tables += [_missing(run), _unjudged(run)]
    if run.rates:
        tables += [_pdf_speed(run), _feeding(run)]
    tables += [_memory(run)] if run.memory else []
    return Report(
        name="ingest", title="Documents", reading=_reading(run), tables=tuple(tables), targets=_targets(run),
        results=_results(run), problems=_problems(run),
    )  # fmt: skip


def pages_per_second(files: Mapping[str, Mapping[str, float]], *, real: bool) -> float:
    """Pages a second of CPU over the PDFs of the data (or over the made-up one); 0 when none was read."""
    chosen = [file for name, file in files.items() if (name != "made-up.pdf") == real]
    spent = sum(file["cpu"] for file in chosen)
    return sum(file["pages"] for file in chosen) / spent if spent else 0.0


def tokens_per_second(run: Measured, seconds: str) -> float:
    """Tokens a second over all rounds; seconds: the name of the time that counts."""
    rounds = run.fed["rounds"]
    spent = sum(of[seconds] for of in rounds)
    return float(sum(of["tokens"] for of in rounds) / spent) if spent else 0.0


def _targets(run: Measured) -> tuple[Target, ...]:
    ours = run.scores[OURS]
    targets = []
    for name in _NAMES:
        judged = {file: value for file, of in ours.items() if (value := getattr(of, name)) is not None}
        if judged:
            worst = min(judged, key=lambda file: judged[file])
            below = sum(value < _BOUNDS[name] for value in judged.values())
            what = f"{_WHAT[name]}, lowest of {len(judged)} files ({worst}; {below} below)"
            targets.append(Target(what=what, bound=_BOUNDS[name], measured=judged[worst], unit="", at_least=True))
    return (*targets, *(_speed_targets(run) if run.rates else ()), *(_memory_targets(run) if run.memory else ()))


def _speed_targets(run: Measured) -> tuple[Target, ...]:
    return (
        Target(what="PDF of the data, without OCR", bound=60.0, unit="pages/s a core", at_least=True,
               measured=pages_per_second(run.rates.get(OURS, {}), real=True)),
        Target(what="end to end into a graph, with embeddings", bound=5500.0, unit="tokens/s", at_least=True,
               measured=tokens_per_second(run, "seconds")),
        Target(what="first result searchable, of the whole time", bound=0.5, unit="", at_least=False,
               measured=run.first["first_s"] / run.first["all_s"] if run.first["first_s"] else 1.0),
    )  # fmt: skip


def _memory_targets(run: Measured) -> tuple[Target, ...]:
    return (
        Target(what=f"memory of the main process, a PDF of {run.sizes.long_pdf:,} pages", bound=1200.0, unit="MB",
               measured=run.memory["pdf"]["peak_mb"], at_least=False),
        Target(what=f"memory of the main process, a folder of {run.memory['folder']['mb']:.0f} MB", bound=1200.0,
               unit="MB", measured=run.memory["folder"]["peak_mb"], at_least=False),
    )  # fmt: skip


def _every_file(run: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for file, of in run.scores[OURS].items():
        shown = [_shown(getattr(of, name), _BOUNDS[name]) for name in _NAMES]
        note = run.outcomes[OURS].files[file].why_not
        rows.append((file, run.words[file], *shown[:2], _shown(of.precision), *shown[2:], of.tables,
                     of.extra_tables, note))  # fmt: skip
    return Table(
        title="Every file", rows=tuple(rows),
        columns=("file", "words", "recall", "order", "precision", "headings", "and levels", "cells", "tables",
                 "tables too many", "why not"),
        note="Bold: below the figure to reach. —: the reference has none, or all its headings are of one level. "
        f"The text in pictures was {'' if run.ocr else 'not '}read (extra ocr); PDF speed is without that.",
    )  # fmt: skip


def _side_by_side(run: Measured) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for parser, outcome in run.outcomes.items():
        if outcome.why_not:
            rows.append((parser, outcome.version, f"not run: {outcome.why_not}", *[""] * 11))
            continue
        of = run.scores[parser]
        read = sum(not said.why_not for said in outcome.files.values())
        pdfs = {file: value for file, value in of.items() if file.endswith(".pdf")}
        means = [_shown(_mean(group.values(), name)) for group in (of, pdfs) for name in _NAMES]
        speed = f"{pages_per_second(run.rates[parser], real=True):.1f}" if run.rates.get(parser) else "—"
        rows.append((parser, outcome.version, f"{read} of {len(of)}", *means, speed))
    groups = [
        f"{name}{where}" for where in ("", ", PDF") for name in ("recall", "order", "headings", "levels", "cells")
    ]
    return Table(
        title="Side by side", columns=("parser", "version", "files read", *groups, "PDF pages/s a core"),
        rows=tuple(rows), note="Means over the files that are judged; a file that a parser could not read counts as 0.",
    )  # fmt: skip


def _matrix(run: Measured) -> Table:
    parsers = [name for name in run.scores if run.scores[name]]
    rows = [(file, *(_in_short(run.scores[parser][file]) for parser in parsers)) for file in run.words]
    return Table(title="Every file and parser", columns=("file", *parsers), rows=tuple(rows),
                 note="Recall / order / headings F1 / cells F1.")  # fmt: skip


def _missing(run: Measured) -> Table:
    rows = tuple(
        (file, *(", ".join(texts) or "none" for texts in (lost.words, lost.headings, lost.made)))
        for file, lost in run.missing.items()
    )
    columns = ("file", "words left out", "headings left out", "headings that are none")
    return Table(title="What ours lacks", columns=columns, rows=rows, note="How often in brackets; at most 12 each.")


def _unjudged(run: Measured) -> Table:
    rows = tuple((file, why or "read") for file, why in run.unjudged.items())
    return Table(title="Files without a reference", columns=("file", "what became of it"), rows=rows)


def _pdf_speed(run: Measured) -> Table:
    files = {name: of["pages"] for parser in run.rates.values() for name, of in parser.items()}
    rows: list[tuple[Cell, ...]] = []
    for name, pages in files.items():
        by = [run.rates[parser].get(name) for parser in run.rates]
        rows.append((name, int(pages), *(f"{of['pages'] / of['cpu']:.1f}" if of and of["cpu"] else "—" for of in by)))
    return Table(
        title="PDF pages a second of CPU", columns=("file", "pages", *run.rates), rows=tuple(rows),
        note=f"Median of {run.sizes.rounds} rounds in which parsers take turns, each in a new process after one file "
        "that does not count.",
    )  # fmt: skip


def _feeding(run: Measured) -> Table:
    rounds = run.fed["rounds"]
    whole, alone = tokens_per_second(run, "seconds"), tokens_per_second(run, "embedder_seconds")
    names = ("tokens", "seconds", "cpu", "embedder_seconds", "embedder_cpu", "read_seconds", "nodes", "edges", "failed")
    total = {name: sum(of[name] for of in rounds) for name in names}
    rest = total["seconds"] - total["embedder_seconds"] - total["read_seconds"]
    rows: tuple[tuple[Cell, ...], ...] = (
        ("tokens fed", total["tokens"]),
        ("end to end, tokens/s", whole),
        ("the embedder alone on the same texts, tokens/s", alone),
        ("end to end, share of the embedder alone", whole / alone if alone else 0.0),
        ("seconds in all", total["seconds"]),
        ("seconds of CPU in all", total["cpu"]),
        ("seconds of CPU of the embedder alone", total["embedder_cpu"]),
        ("most that two idle cores could give, tokens/s", 2 * total["tokens"] / total["cpu"] if total["cpu"] else 0.0),
        ("of these the embedder alone takes, s", total["embedder_seconds"]),
        ("reading all files one by one takes, s", total["read_seconds"]),
        ("what is left for splitting, names, causes, comparing, writing, s", rest),
        ("nodes, edges written", f"{total['nodes']:,}, {total['edges']:,}"),
        ("sources that were not taken in", total["failed"]),
        ("first result searchable after, s", run.first["first_s"]),
        ("all in after, s (asking meanwhile)", run.first["all_s"]),
        ("memory at most, MB", run.fed["memory_mb"]["peak"]),
    )
    return Table(title="End to end", columns=("figure", "value"), rows=rows,
                 note="Markdown, HTML, CSV, PDF and DOCX in equal parts, no pictures. Tokens as the embedder counts "
                 "them, of every text that got a vector. Stages may overlap: what is left can be below 0.")  # fmt: skip


def _memory(run: Measured) -> Table:
    names = {
        "pdf": f"a PDF of {run.sizes.long_pdf:,} pages",
        "folder": f"a folder of {run.memory['folder']['mb']:.0f} MB",
    }
    rows = tuple(
        (what, of["peak_mb"], of["workers_mb"], of["files"], of["failed"], of["nodes"], of["seconds"],
         "; ".join(of["reasons"]))
        for name, what in names.items() for of in [run.memory[name]]
    )  # fmt: skip
    return Table(
        title="Memory", rows=rows,
        columns=("fed", "main process, MB", "workers, MB", "sources", "not taken in", "nodes", "s", "why not"),
        note="At most, the database's virtual machine and the embedding model included. One text in 20 is embedded by "
        "the model, the vectors of the others are made up, so that 20 MB of text take minutes.",
    )  # fmt: skip


def _problems(run: Measured) -> tuple[str, ...]:
    problems = [f"ours did not run: {run.outcomes[OURS].why_not}"] if run.outcomes[OURS].why_not else []
    if run.first and not run.first["first_s"]:
        problems.append("nothing of the folder was found, neither while it was fed nor after")
    return tuple(problems)


def _reading(run: Measured) -> str:
    size = "The short run: our scores alone, without OCR.\n\n" if run.short else ""
    return (
        size
        + """\
Real documents, parsed, against the Markdown that a careful parse should give (docling's test data; another parser's
output, not truth in every comma). *Recall*: the share of the reference's words that are there, each as often as it
should be; *precision*: the share of ours that the reference has. *Order*: of the words in both, the share that the
longest common subsequence holds. *Headings*: F1 by their text; *and levels*: by text and level, all levels moved by
as much as fits best, where the reference knows more than one. *Cells*: F1 of a table's cells by text and column, in
aligned rows, empty rows and columns aside; tables are paired by what they share. Words are letters and digits without
case; a merged cell counts once. Headers and footers of pages are left out, as they are from passages.

Every parser reads in a process of its own, peers by their own public API in environments of their own with pinned
versions. Pages a second count the CPU time of the whole process, so that threads win nothing."""
    )


def _results(run: Measured) -> dict[str, Any]:
    return {
        "scores": {parser: {file: asdict(of) for file, of in files.items()} for parser, files in run.scores.items()},
        "parsers": {
            name: {"version": of.version, "why_not": of.why_not, "memory_mb": of.memory_mb,
                   "failed": {file: said.why_not for file, said in of.files.items() if said.why_not}}
            for name, of in run.outcomes.items()
        },
        "missing": {file: asdict(lost) for file, lost in run.missing.items()}, "unjudged": dict(run.unjudged),
        "pdf": {parser: {file: dict(of) for file, of in files.items()} for parser, files in run.rates.items()},
        "fed": dict(run.fed), "first": dict(run.first), "memory": dict(run.memory), "sizes": asdict(run.sizes),
        "ocr": run.ocr,
    }  # fmt: skip


def _mean(scores: Iterable[Score], name: str) -> float | None:
    values = [value for of in scores if (value := getattr(of, name)) is not None]
    return sum(values) / len(values) if values else None


def _in_short(of: Score) -> str:
    return " / ".join(map(_shown, (of.recall, of.order, of.headings, of.cells)))


def _shown(value: float | None, bound: float = 0.0) -> str:
    if value is None:
        return "—"
    return f"**{value:.3f}**" if value < bound else f"{value:.3f}"
