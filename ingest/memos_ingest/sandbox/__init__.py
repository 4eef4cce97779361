"""Parse in other processes, so that a crash, a hang, a memory bomb or an escape costs one file and nothing else.

    with Sandbox(workers=2) as sandbox:
        for job, outcome in sandbox.map(Job(data=path.read_bytes(), name=path.name) for path in paths):
            ...

Same arguments, results and errors as `memos_ingest.read`, and four errors more. Declines to know what is parsed; how
much a parser may use is in `limits`, what it gives up in `confine`. What this does not stop: a file that takes a worker
over can make it lie about the files that come after it, until the worker is replaced; `SandboxLimits(files=1)` gives
every file its own, for some .3 s each.
"""

from memos_ingest.sandbox.asking import Job, Look, Pixels
from memos_ingest.sandbox.limits import DEFAULT_SANDBOX, SandboxLimits
from memos_ingest.sandbox.pool import Outcome, Sandbox

__all__ = ["DEFAULT_SANDBOX", "Job", "Look", "Outcome", "Pixels", "Sandbox", "SandboxLimits"]
