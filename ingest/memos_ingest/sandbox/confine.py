"""Give up what a parser does not need, for good: called once by a worker, before anything from outside is read.

Everywhere: processor time, core files, sizes of written files and open files are limited. On Linux also memory, and,
each where the kernel allows it without privileges: no new privileges, no capabilities, no network (an empty one, and
no sockets), no other program, no other process, no writing to disk, and reading of Python's own folders only. On
macOS memory, network and disk stay open: the clock and the processor time are all that holds a parser there.
Declines to know what is parsed.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import sys
import time

from memos_ingest.sandbox import landlock, seccomp
from memos_ingest.sandbox.limits import SandboxLimits

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_NEW_USER, _NEW_NET, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_CAPABILITIES_3 = 0x20080522
# Shared memory is no RLIMIT_DATA; stacks of threads and libraries take addresses that are never touched.
_ADDRESSES = 8


def die_with_parent(parent: int | None = None) -> None:
    """The kernel kills this process when the thread that started it ends; at once where `parent` is gone already."""
    # a mask goes on through exec; under one that holds SIGXCPU back, processor time would have no end
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(0)


def confine(limits: SandboxLimits) -> tuple[str, ...]:
    """The names of what holds from now on, of: rlimits, no_new_privs, namespaces, landlock, capabilities, seccomp.

    Only in a process with one thread. Cost: about 5 ms.
    """
    held = ["rlimits"]
    alone = False
    if sys.platform == "linux":
        libc = _libc()
        if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
            held.append("no_new_privs")
        alone = libc.unshare(_NEW_USER | _NEW_NET | _NEW_IPC) == 0
        if alone:
            held.append("namespaces")
    _limit(limits, alone=alone)
    if sys.platform == "linux":
        if landlock.read_only(_readable()):
            held.append("landlock")
        if _drop_capabilities():
            held.append("capabilities")
        if seccomp.refuse():
            held.append("seccomp")
    return tuple(held)


def limit_time(seconds: float) -> None:
    """From now on the process may use so much processor time; the kernel ends it by SIGXCPU."""
    soft = math.ceil(time.process_time() + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _limit(limits: SandboxLimits, *, alone: bool) -> None:
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_AS: limits.memory_bytes * _ADDRESSES,
    }
    if alone:  # outside of a user namespace of its own it would count all that this user runs
        wanted[resource.RLIMIT_NPROC] = limits.threads
    for what, most in wanted.items():
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):
            # macOS knows RLIMIT_AS and RLIMIT_DATA by name only
            if sys.platform == "linux":
                raise


def _readable() -> list[str]:
    """What imports need: Python, its packages, shared libraries, and what libraries ask of the machine."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH120, PTH100
    packages = [path for path in sys.path if "site-packages" in path or "dist-packages" in path]
    return [package, *packages, sys.prefix, sys.base_prefix, sys.exec_prefix, *_SYSTEM]


_SYSTEM = (
    "/usr", "/lib", "/lib64", "/nix/store", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/fonts",
    "/etc/localtime", "/etc/mime.types", "/etc/os-release", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/stat", "/proc/filesystems", "/proc/sys/vm", "/sys/devices/system", "/sys/fs/cgroup", "/dev/null",
    "/dev/zero", "/dev/urandom", "/dev/random",
)  # fmt: skip


def _drop_capabilities() -> bool:
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    return bool(_libc().capset(header, nothing) == 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
