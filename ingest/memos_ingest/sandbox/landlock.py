"""Read-only for good, and only some folders, by the kernel's Landlock (Linux 5.13 and later, no privileges needed).

Source: linux/landlock.h and the kernel's userspace-api/landlock. Knows nothing of why a folder is needed.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every machine
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_PATH_BENEATH = 1
_O_PATH = 0o10000000


def read_only(folders: Iterable[str]) -> bool:
    """True when from now on this thread and those it starts read only under `folders`, and write and remove nothing.

    False where the kernel has no Landlock; then nothing has changed. Folders that are not there are passed over.
    From version 4 of Landlock it also refuses TCP, from 6 signals to others. Needs PR_SET_NO_NEW_PRIVS before it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = _call(libc, _CREATE, None, 0, 1)
    if version < 1:
        return False
    attributes = _attributes(version)
    rules = _call(libc, _CREATE, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        for folder in folders:
            _allow(libc, rules, Path(folder))
        return _call(libc, _RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)


def _attributes(version: int) -> bytes:
    """All rights that this version knows are taken away: files (13 to 16 kinds), TCP, signals and abstract sockets."""
    kinds = 13 + (version >= 2) + (version >= 3) + (version >= 5)
    out = struct.pack("=Q", (1 << kinds) - 1)
    if version >= 4:
        out += struct.pack("=Q", 3)
    if version >= 6:
        out += struct.pack("=Q", 3)
    return out


def _allow(libc: ctypes.CDLL, rules: int, folder: Path) -> None:
    try:
        place = os.open(folder, _O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rights = _READ_FILE | (_READ_DIR if folder.is_dir() else 0)
        _call(libc, _ADD, rules, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def _call(libc: ctypes.CDLL, number: int, *arguments: int | bytes | None) -> int:
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(libc.syscall(ctypes.c_long(number), *wide))
