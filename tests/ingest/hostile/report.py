"""What becomes of every attack, as Markdown: `PYTHONPATH=.:ingest python -m tests.ingest.hostile.report`.

The limits are the tests' own, tighter than the defaults, unless `--defaults` is given.
"""

from __future__ import annotations

import sys
import time

from memos_ingest import Document, IngestError
from memos_ingest.sandbox import Job, Outcome, Sandbox, SandboxLimits
from tests.ingest.hostile.corpus import attacks

TIGHT = SandboxLimits(
    cpu_seconds=2, cpu_seconds_per_page=0.001, wall_ratio=5, memory_bytes=512 << 20, result_bytes=16 << 20
)  # fmt: skip


def told(outcome: Outcome) -> str:
    """The outcome in a cell."""
    if isinstance(outcome, IngestError):
        return f"{type(outcome).__name__}: {outcome.reason[:110]}".replace("|", "\\|").replace("\n", " ")
    counts = [len(one.elements if isinstance(one, Document) else one.sessions) for one in outcome]
    return f"read: {len(counts)} with {sum(counts):,} elements"


def main() -> None:
    limits = SandboxLimits() if "--defaults" in sys.argv else TIGHT
    chosen = [word for word in sys.argv[1:] if not word.startswith("-")]
    print("| file | attack | bytes | s | outcome |\n| --- | --- | ---: | ---: | --- |")
    with Sandbox(limits, workers=1) as sandbox:
        sandbox.read(b"some words to warm it", name="warm.txt")
        for attack in attacks():
            if chosen and not any(word in attack.name for word in chosen):
                continue
            job = Job(data=attack.make(), name=attack.name)
            begun = time.perf_counter()
            ((_, outcome),) = sandbox.map([job])
            seconds = time.perf_counter() - begun
            print(
                f"| {attack.name} | {attack.what} | {len(job.data):,} | {seconds:.2f} | {told(outcome)} |", flush=True
            )
            sandbox.read(b"some words to see that it lives", name="alive.txt")


if __name__ == "__main__":
    main()
