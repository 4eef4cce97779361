"""One folder per cube: how a cube's name becomes a folder's, and how a folder goes away at once.

Knows nothing of what lies inside.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
_LONGEST = 200  #: file systems stop at 255 bytes a name
_TRASH = ".trash-"


def folder_name(cube: str) -> str:
    """A name for `cube`'s folder: its own for each cube, also where case is ignored or `con` is a device.

    Capitals, dots and @ are written as = and two hexadecimal digits; a name too long ends in its SHA-256.
    """
    name = "c_" + "".join(c if c in _PLAIN else f"={ord(c):02x}" for c in cube)
    if len(name) <= _LONGEST:
        return name
    return f"{name[:100]}=={hashlib.sha256(cube.encode()).hexdigest()}"


def remove_folder(folder: Path) -> None:
    """Remove `folder` with what is in it; a kill on the way leaves all of it or only trash. Absent: nothing."""
    trash = folder.parent / f"{_TRASH}{uuid.uuid4().hex}"
    try:
        folder.rename(trash)
    except FileNotFoundError:
        return
    shutil.rmtree(trash, ignore_errors=True)


def empty_trash(root: Path) -> None:
    """Remove what a kill left of folders on their way out."""
    for trash in root.glob(f"{_TRASH}*"):
        shutil.rmtree(trash, ignore_errors=True)
