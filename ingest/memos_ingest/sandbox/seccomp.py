"""System calls that no parser needs are refused by the kernel: sockets, programs, processes, signals, writing to disk.

A seccomp filter on x86-64 and AArch64; a refused call fails as if it were not permitted, so that a library can say so.
Source: linux/seccomp.h, linux/filter.h, asm/unistd.h. Knows nothing of what is parsed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16  # places in struct seccomp_data
_X32 = 0x40000000  # the same machine's other numbers
_CLONE_THREAD = 0x00010000
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    audit: int  #: AUDIT_ARCH_*
    denied: tuple[int, ...]
    missing: tuple[int, ...]  #: answered as by an older kernel, so that libc takes the older call
    opens: tuple[tuple[int, int], ...]  #: (call, which argument holds its flags)
    clone: int
    to_self: tuple[int, ...]  #: allowed when the first argument is this process
    limits: int  #: prlimit64: this process, or 0


# by name, so that a line can be checked against asm/unistd.h
_X86_64 = {
    "socket": 41, "connect": 42, "execve": 59, "execveat": 322, "fork": 57, "vfork": 58, "ptrace": 101,
    "process_vm_readv": 310, "process_vm_writev": 311, "process_madvise": 440, "tkill": 200, "pidfd_open": 434,
    "pidfd_send_signal": 424, "pidfd_getfd": 438, "setsid": 112, "setpgid": 109, "mount": 165, "umount2": 166,
    "unshare": 272, "setns": 308, "pivot_root": 155, "chroot": 161, "move_mount": 429, "fsopen": 430, "fsmount": 432,
    "open_tree": 428, "mount_setattr": 442, "bpf": 321, "keyctl": 250, "add_key": 248, "request_key": 249,
    "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_by_handle_at": 304, "init_module": 175, "finit_module": 313, "delete_module": 176, "reboot": 169,
    "kexec_load": 246, "kexec_file_load": 320, "swapon": 167, "swapoff": 168, "acct": 163, "quotactl": 179,
    "syslog": 103, "settimeofday": 164, "clock_settime": 227, "adjtimex": 159, "clock_adjtime": 305, "creat": 85,
    "unlink": 87, "unlinkat": 263, "rename": 82, "renameat": 264, "renameat2": 316, "link": 86, "linkat": 265,
    "symlink": 88, "symlinkat": 266, "mkdir": 83, "mkdirat": 258, "rmdir": 84, "mknod": 133, "mknodat": 259,
    "truncate": 76, "chmod": 90, "fchmod": 91, "fchmodat": 268, "fchmodat2": 452, "chown": 92, "fchown": 93,
    "lchown": 94, "fchownat": 260, "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280, "setxattr": 188,
    "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "mq_open": 240,
    "shmget": 29, "msgget": 68, "semget": 64, "memfd_create": 319, "memfd_secret": 447, "fanotify_init": 300,
    "setpriority": 141, "ioprio_set": 251, "personality": 135, "modify_ldt": 154, "iopl": 172, "ioperm": 173,
}  # fmt: skip
_AARCH64 = {
    "socket": 198, "connect": 203, "execve": 221, "execveat": 281, "ptrace": 117, "process_vm_readv": 270,
    "process_vm_writev": 271, "process_madvise": 440, "tkill": 130, "pidfd_open": 434, "pidfd_send_signal": 424,
    "pidfd_getfd": 438, "setsid": 157, "setpgid": 154, "mount": 40, "umount2": 39, "unshare": 97, "setns": 268,
    "pivot_root": 41, "chroot": 51, "move_mount": 429, "fsopen": 430, "fsmount": 432, "open_tree": 428,
    "mount_setattr": 442, "bpf": 280, "keyctl": 219, "add_key": 217, "request_key": 218, "perf_event_open": 241,
    "userfaultfd": 282, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_by_handle_at": 265, "init_module": 105, "finit_module": 273, "delete_module": 106, "reboot": 142,
    "kexec_load": 104, "kexec_file_load": 294, "swapon": 224, "swapoff": 225, "acct": 89, "quotactl": 60,
    "syslog": 116, "settimeofday": 170, "clock_settime": 112, "adjtimex": 171, "clock_adjtime": 266, "unlinkat": 35,
    "renameat": 38, "renameat2": 276, "linkat": 37, "symlinkat": 36, "mkdirat": 34, "mknodat": 33, "truncate": 45,
    "fchmod": 52, "fchmodat": 53, "fchmodat2": 452, "fchown": 55, "fchownat": 54, "utimensat": 88, "setxattr": 5,
    "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16, "mq_open": 180,
    "shmget": 194, "msgget": 186, "semget": 190, "memfd_create": 279, "memfd_secret": 447, "fanotify_init": 262,
    "setpriority": 140, "ioprio_set": 30, "personality": 92,
}  # fmt: skip
_MACHINES = {
    # missing: clone3, openat2; to_self: kill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo
    "x86_64": _Machine(audit=0xC000003E, denied=tuple(_X86_64.values()), missing=(435, 437), opens=((2, 1), (257, 2)),
                       clone=56, to_self=(62, 234, 129, 297), limits=302),
    "aarch64": _Machine(audit=0xC00000B7, denied=tuple(_AARCH64.values()), missing=(435, 437), opens=((56, 2),),
                        clone=220, to_self=(129, 131, 138, 240), limits=261),
}  # fmt: skip


def refuse() -> bool:
    """True when the filter holds, for this thread and all that it starts; False where it is not to be had.

    Needs PR_SET_NO_NEW_PRIVS before it, and one thread. Cost: some 0.1 us on each system call.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    steps = program(machine, os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    filter_program = _Program(len(steps), ctypes.cast(code, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(filter_program), 0, 0) == 0)


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


_Step = tuple[int, int, int, int]  # code, steps to pass over when true, when false, value


def program(machine: _Machine, pid: int) -> list[_Step]:
    """The filter's steps for the process `pid`; anything not named is allowed."""
    allow, deny = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    steps = [
        (_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine.audit), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), deny,
    ]  # fmt: skip
    for number in machine.denied:
        steps += [(_EQUAL, 0, 1, number), deny]
    for number in machine.missing:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    for number, flags in machine.opens:
        steps += [(_EQUAL, 0, 4, number), _argument(flags), (_ANY_BIT, 0, 1, _WRITES), deny, allow]
    steps += [(_EQUAL, 0, 4, machine.clone), _argument(0), (_ANY_BIT, 1, 0, _CLONE_THREAD), deny, allow]
    for number in machine.to_self:
        steps += [(_EQUAL, 0, 4, number), _argument(0), (_EQUAL, 1, 0, pid), deny, allow]
    steps += [
        (_EQUAL, 0, 5, machine.limits), _argument(0), (_EQUAL, 2, 0, pid), (_EQUAL, 1, 0, 0), deny, allow,
    ]  # fmt: skip
    return [*steps, allow]


def _argument(at: int) -> _Step:
    """Load the lower half of an argument; both machines are little-endian."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * at)
