"""A MemCube's directory: written whole or not at all, and read only when every byte is the one that was written.

`config.json` names each file with its SHA-256; nothing else may lie there. Declines to know what the files mean.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memos_graph.model.errors import Invalid, NotFound, Refused

CONFIG = "config.json"
FORMAT = "memos-graph-memcube"
VERSION = 1
_MAX_CONFIG = 4_000_000  #: bytes of config.json
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CubeFolder:
    """A directory whose files are those its config.json names, byte for byte."""

    path: Path
    config: Mapping[str, Any]  #: what was given to `write_folder`
    files: Mapping[str, int]  #: path in the directory, with /: bytes


def write_folder(target: Path, fill: Callable[[Path], Mapping[str, Any]]) -> CubeFolder:
    """The directory `target`, filled by `fill` (which returns what config.json is to say), on disk when this returns.

    It is written beside and renamed, so a dump cut short leaves what was there. An earlier MemCube is replaced; a
    directory that holds anything else is `Refused`.
    """
    target = target.absolute()
    _may_be_replaced(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        config = dict(fill(part))
        files = {name: {"sha256": _digest(path), "bytes": path.stat().st_size} for name, path in _walk(part)}
        whole = {"format": FORMAT, "version": VERSION, **config, "files": dict(sorted(files.items()))}
        (part / CONFIG).write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        for _, path in _walk(part):
            _to_disk(path)
        _to_disk(part)
        part.chmod(0o755)  # mkdtemp lets nobody else in; a MemCube is there to be shared
        _put_in_place(part, target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return read_folder(target)


def read_folder(path: Path) -> CubeFolder:
    """The MemCube at `path`, every file of it checked. `NotFound`, `Invalid` with the file, what it holds and should.

    Reads all bytes once. Links and files that config.json does not name are refused, but for a readme.
    """
    config = _config(path)
    named = _named(config)
    found = dict(_walk(path))
    found.pop(CONFIG, None)
    for name in sorted(set(found) - set(named)):
        if "/" not in name and name.endswith(".md"):
            continue  # a repository's readme is no memory
        raise Invalid("MemCube", str(path / name), f"{CONFIG} does not name this file: remove it, or dump again")
    for name, (digest, size) in named.items():
        file = found.get(name)
        if file is None:
            raise Invalid("MemCube", str(path / name), f"{CONFIG} names this file, and it is not there: copy it again")
        if file.stat().st_size != size or (digest != (got := _digest(file))):
            has = f"{file.stat().st_size} bytes" if file.stat().st_size != size else f"SHA-256 {got}"
            wanted = f"{size} bytes" if file.stat().st_size != size else digest
            raise Invalid("MemCube", str(file), f"it has {has}, {CONFIG} says {wanted}: copy it again, or dump again")
    rest = {key: value for key, value in config.items() if key not in ("format", "version", "files")}
    return CubeFolder(path=path, config=rest, files={name: size for name, (_, size) in named.items()})


def _config(path: Path) -> Mapping[str, Any]:
    file = path / CONFIG
    if not file.is_file() or file.is_symlink():
        raise NotFound("MemCube", str(path), f"it has no {CONFIG}; give the directory that dump() was given")
    if file.stat().st_size > _MAX_CONFIG:
        raise Invalid("MemCube", str(file), f"it has more than {_MAX_CONFIG} bytes: it is no MemCube's")
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Invalid("MemCube", str(file), f"it is no JSON: {error}") from error
    if not isinstance(read, dict) or read.get("format") != FORMAT:
        raise Invalid("MemCube", str(file), f'it has not "format": "{FORMAT}"; give a directory that dump() wrote')
    if not isinstance(read.get("version"), int) or not 1 <= read["version"] <= VERSION:
        raise Invalid("MemCube", str(file), f"it has version {read.get('version')!r}, this one reads up to {VERSION}")
    return read


def _named(config: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """The files that `config` names: digest and size of each."""
    files = config.get("files")
    named: dict[str, tuple[str, int]] = {}
    for name, said in files.items() if isinstance(files, dict) else ():
        digest, size = (said.get("sha256"), said.get("bytes")) if isinstance(said, dict) else (None, None)
        if not isinstance(digest, str) or not isinstance(size, int):
            raise Invalid("MemCube", name, f"{CONFIG} gives no sha256 and bytes for it: dump again")
        named[name] = (digest, size)
    if not named:
        raise Invalid("MemCube", CONFIG, "it names no files: dump again")
    return named


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file below `folder` by its path in there; a link, or what is no plain file, is `Invalid`.

    What begins with a dot there is not looked at: .git, a download's notes.
    """
    for path in sorted(folder.rglob("*")):
        if path.relative_to(folder).parts[0].startswith("."):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise Invalid("MemCube", str(path), "it is a link or no plain file: a MemCube holds neither")
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _digest(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def _may_be_replaced(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise Refused(f"{target} is no directory: name another")
    if target.is_dir() and any(target.iterdir()):
        try:
            _config(target)
        except (NotFound, Invalid) as error:
            raise Refused(f"{target} holds something else than a MemCube ({error}): name another directory") from error


def _put_in_place(part: Path, target: Path) -> None:
    """`part` becomes `target`; what was there goes. A crash between leaves it as NAME.old, whole."""
    old = target.with_name(f"{target.name}.old")
    if target.exists():
        if old.exists():
            _may_be_replaced(old)
            shutil.rmtree(old)
        target.rename(old)
    part.rename(target)
    _to_disk(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
