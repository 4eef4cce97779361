"""Figures of KV caches as tables. Pure."""

from __future__ import annotations

from benchmarks.activation_kv import KVFigures
from benchmarks.report import Cell, Table


def tables(figures: KVFigures) -> tuple[Table, ...]:
    """For people: exactness, times, files, merges."""
    return _equality(figures), _first(figures), _disk(figures), _drift(figures)


def problems(figures: KVFigures) -> tuple[str, ...]:
    """What must hold: in float32 every answer is the same, and every merge is made."""
    differing = tuple(
        f"KV injection: {each.prompts - each.equal} of {each.prompts} answers differ in float32"
        for each in figures.equality
        if each.dtype == "float32" and each.equal < each.prompts
    )
    return (*differing, *figures.refused)


def _equality(figures: KVFigures) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (each.dtype, each.prompts, each.tokens, each.equal, round(each.rate, 3)) for each in figures.equality
    ]
    note = "The whole answer, token by token. bfloat16 has exact ties, which another order of adding breaks otherwise."
    columns = ("numbers", "prompts", "tokens of an answer", "the same", "rate")
    return Table(
        title=f"KV injection beside the full prompt, {figures.model}", columns=columns, rows=tuple(rows), note=note
    )


def _first(figures: KVFigures) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for each in figures.first:
        for what in ("full", "injected", "from_file", "unchecked"):
            at = getattr(each, what)
            rows.append((each.dtype, each.memory, each.question, what.replace("_", " "), round(at["p50"], 1),
                         round(at["p95"], 1), round(each.times(what), 1)))  # fmt: skip
    note = "From file: mapped, its sum checked, as the first use in a process does; unchecked: the sum taken on trust."
    columns = ("numbers", "memory", "question", "memory is", "p50 ms", "p95 ms", "times faster")
    return Table(title="KV injection: time to the first token", columns=columns, rows=tuple(rows), note=note)


def _disk(figures: KVFigures) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (each.dtype, each.caches, each.tokens, round(each.bytes / 1e6, 1), round(each.bytes / each.tokens / 1e3, 1),
         round(each.write_mb_s), round(each.load_mb_s))
        for each in figures.disk
    ]  # fmt: skip
    columns = ("numbers", "caches", "tokens", "MB", "KB a token", "dump MB/s", "load MB/s")
    note = "Dump: until it is on disk. Load: every number read and its sum checked."
    return Table(title="KV caches in a file", columns=columns, rows=tuple(rows), note=note)


def _drift(figures: KVFigures) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (each.dtype, each.texts, each.tokens, each.boundary, round(each.read), round(each.exact_ms),
         round(each.merge_ms), round(each.most, 2), round(each.divergence, 4), round(each.same_first, 3),
         round(each.same_answer, 2))
        for each in figures.drift
    ]  # fmt: skip
    columns = ("numbers", "texts", "tokens", "read again of each", "read again", "exact ms", "merge ms",
               "largest difference of a logit", "KL, nats", "same next token", "same answer")  # fmt: skip
    note = (
        "Approximate merges beside the exact merge of the same texts, at a question and the exact answer of 16 tokens."
    )
    return Table(title="Merging KV caches without reading all again", columns=columns, rows=tuple(rows), note=note)
