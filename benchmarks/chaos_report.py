"""What was left after the kills, laid out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.report import Cell, Report, Table
from benchmarks.tracing import Synced


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One kill."""

    number: int
    moment: str  #: of the kill
    acked: int  #: Deltas acknowledged before it
    under_way_kept: bool  #: the Delta after them was there, whole
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Torn:
    """One damaged log."""

    kind: str
    what: str
    acked: int
    kept: int  #: Deltas that were there; -1: no whole number of them
    problems: tuple[str, ...]


def make_report(killed: Sequence[Round], torn: Sequence[Torn], synced: Sequence[Synced], why_not: str) -> Report:
    """The whole report."""
    problems = [f"round {r.number}: {problem}" for r in killed for problem in r.problems]
    problems += [f"torn log, {t.kind}: {problem}" for t in torn for problem in t.problems]
    unsynced = [s.ack for s in synced if not s.in_order]
    if unsynced:
        problems.append(f"{len(unsynced)} acknowledgements were given before the log was synced: {unsynced[:10]}")
    elif not synced and not why_not:
        problems.append("strace saw no acknowledgement")
    return Report(
        name="chaos", title="Killed while writing", reading=_reading(killed, synced, why_not),
        tables=(_rounds(killed), _torn(torn), _syncs(synced, why_not)), problems=tuple(problems),
        results={
            "rounds": [asdict(r) for r in killed], "torn": [asdict(t) for t in torn],
            "syncs": [asdict(s) for s in synced], "syncs_not_seen_because": why_not,
        },
    )  # fmt: skip


def _rounds(killed: Sequence[Round]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (r.number, r.moment, r.acked, "there, whole" if r.under_way_kept else "not there",
         "all acknowledged there" if not r.problems else "**broken**")
        for r in killed
    ]  # fmt: skip
    broken = sum(bool(r.problems) for r in killed)
    note = f"{sum(r.acked for r in killed)} Deltas acknowledged in all, {broken} rounds broken."
    return Table(
        title="Kills",
        columns=("round", "killed", "acknowledged", "the Delta under way", "found"),
        rows=tuple(rows),
        note=note,
    )


def _torn(torn: Sequence[Torn]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (t.kind, t.what, f"{t.kept} of {t.acked}" if t.kept >= 0 else "no prefix", "**no**" if t.problems else "yes")
        for t in torn
    ]  # fmt: skip
    note = (
        "The store was killed as it entered the sync of a write's log, so that the last record is of a Delta that was"
        " not acknowledged: cut or garbled, that Delta must be gone, whole, and no other. Bytes that were synced and"
        " acknowledged are not destroyed here: no log mends that."
    )
    return Table(title="Torn logs", columns=("damage", "done", "Deltas there", "survived"), rows=tuple(rows), note=note)


def _syncs(synced: Sequence[Synced], why_not: str) -> Table:
    good = sum(s.in_order for s in synced)
    rows: list[tuple[Cell, ...]] = [
        ("acknowledgements", len(synced)),
        ("with the log synced after its last write and before them", good),
        ("writes to the log in all", sum(s.log_writes for s in synced)),
        ("fsync or fdatasync of the log in all", sum(s.log_syncs for s in synced)),
    ]
    return Table(title="Syncs, by strace", columns=("", "count"), rows=tuple(rows), note=why_not)


def _reading(killed: Sequence[Round], synced: Sequence[Synced], why_not: str) -> str:
    watched = why_not or f"strace followed {len(synced)} single adds"
    return f"""\
A child process writes Deltas (adds, links, updates, patches, retirements, erasures; one in ten with 150 nodes) and says
"ack" on a pipe after each `apply`. It is killed with SIGKILL {len(killed)} times over the same store: somewhere in the
write that follows a random acknowledgement, while it starts, or (where strace is there) as it enters a random fsync.
Another process opens what is left and hashes all nodes with vectors, edges and Changes; the same Deltas go into the
in-memory store. The hashes must agree with it after the acknowledged Deltas, or after one more, whole. `check` must
find the index equal to the graph, both searches must find the last acknowledged marker first, and applying the last
Deltas again must change nothing.

A kill leaves the kernel's memory alone, so that it can't show a missing sync; hence the third table: {watched}.
The moments are drawn from a seed, but where in a write they fall depends on the machine: two runs differ. A power cut,
a disk that lies about its cache, and several writers at once are not simulated."""
