"""Start a module of this package in a process of its own, with exactly the modules that this process has.

A subprocess, not a fork: the database's virtual machine does not survive one, and what is killed must be a process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

_START = """\
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from importlib import import_module
sys.exit(import_module(sys.argv[2]).main(sys.argv[3:]))
"""


def command(module: str, arguments: Sequence[str]) -> list[str]:
    """The command line that calls `main(arguments)` of `module`, such as benchmarks.writing."""
    return [sys.executable, "-c", _START, json.dumps(sys.path), module, *arguments]
