"""Caches as safetensors files: written whole or not at all, read by mapping the file, checked before use.

A file holds one cache or many. Tensors are named ID/ids, ID/k.0, ID/v.0, ...; what is known about each cache is JSON
in the header. Nothing is unpickled: a foreign file can be wrong, it can't run anything. The sum finds damage, not
malice: whoever may write the file may write what the model then reads.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import orjson

from memos_graph.activation.caches import Pair, cache_of, own_pairs
from memos_graph.activation.item import KVCacheItem, Origin, check_id, ids_digest
from memos_graph.activation.needs import need
from memos_graph.model.errors import DiskFull, Invalid, NotFound, Unavailable
from memos_graph.model.graph import Json

FORMAT = "memos-graph-kv"
VERSION = 1
MOST_HEADER = 64 << 20  #: bytes of a header; a cache of 100 layers takes 20 KB
_DTYPES = {"float32": "F32", "bfloat16": "BF16", "float16": "F16"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a file's header says of one cache."""

    kv_cache_id: str
    origin: Origin
    tokens: int
    lead: int
    exact: bool
    ids_sha256: str
    crc32: int  #: of its keys and values, in the order k.0, v.0, k.1, ...
    metadata: Mapping[str, Json] = field(default_factory=dict)

    def names(self) -> list[str]:
        """Its tensors of keys and values, in order."""
        return [f"{self.kv_cache_id}/{kind}.{layer}" for layer in range(self.origin.layers) for kind in "kv"]


def write(path: Path, items: Sequence[KVCacheItem]) -> None:
    """`items` in one file at `path`, in place of one that was there; on disk when this returns.

    Written beside it as `.NAME.new` and renamed. `DiskFull` leaves all as it was.
    """
    torch, save = need("torch"), need("safetensors.torch").save_file
    tensors: dict[str, Any] = {}
    entries = []
    for item in items:
        pairs = [(k.detach().to("cpu").contiguous(), v.detach().to("cpu").contiguous()) for k, v in own_pairs(item)]
        entry = _entry(item, _crc(pairs))
        tensors[f"{item.kv_cache_id}/ids"] = torch.tensor(item.token_ids, dtype=torch.int64)
        tensors |= zip(entry.names(), (tensor for pair in pairs for tensor in pair), strict=True)
        entries.append(asdict(entry))
    try:
        said = {"format": FORMAT, "version": str(VERSION), "caches": orjson.dumps(entries).decode()}
    except TypeError as error:
        raise Invalid("metadata", str(error), "give JSON: texts, numbers, lists, mappings") from error
    fresh = path.with_name(f".{path.name}.new")
    try:
        save(tensors, str(fresh), metadata=said)
        if _header_bytes(fresh) > MOST_HEADER:
            fresh.unlink()
            raise Invalid(
                "caches", len(items), f"their header is longer than {MOST_HEADER} bytes: keep fewer in a file"
            )
        sync(fresh)
        fresh.replace(path)
        sync(path.parent)
    except (OSError, need("safetensors").SafetensorError) as error:
        fresh.unlink(missing_ok=True)
        raise _write_error(path, error) from error


def head(path: Path) -> tuple[Entry, ...]:
    """What the caches in a file are; reads its header alone, needs no PyTorch.

    `NotFound` without the file, `Invalid` for one that is not ours, newer, cut off, or says what can't be.
    """
    try:
        size = _header_bytes(path)
    except FileNotFoundError:
        raise NotFound("KV cache file", str(path)) from None
    except OSError as error:
        raise _foreign(path, f"it can't be read: {error}") from error
    if size > MOST_HEADER:
        raise _foreign(path, f"its header would be {size} bytes, a KV cache's has at most {MOST_HEADER}")
    try:
        with need("safetensors").safe_open(str(path), framework="numpy") as opened:
            said = opened.metadata() or {}
            if said.get("format") != FORMAT:
                raise _foreign(path, f"its format is {str(said.get('format'))[:40]!r}, not {FORMAT!r}")
            if said.get("version") != str(VERSION):
                raise _foreign(path, f"its version is {str(said.get('version'))[:40]!r}, this reads {VERSION}")
            entries = _entries(path, said.get("caches", ""))
            expected = {name: want for entry in entries for name, want in _tensors(entry).items()}
            if set(opened.keys()) != set(expected):
                odd = sorted(set(opened.keys()) ^ set(expected))[0]
                raise _foreign(path, f"its tensors are not those of its caches: {odd[:80]!r}")
            for name, want in expected.items():
                part = opened.get_slice(name)
                found = (part.get_dtype(), list(part.get_shape()))
                if found != want:
                    raise _foreign(path, f"{name} is {found}, its header's caches say {want}")
    except (need("safetensors").SafetensorError, OSError) as error:
        raise _foreign(path, str(error)[:200]) from error
    return entries


def read(path: Path, *, device: str = "cpu", verify: bool = True,
         only: str = "") -> tuple[KVCacheItem, ...]:  # fmt: skip
    """The caches in a file, or the `only` one; on the CPU their numbers stay in the file, mapped, until used.

    `verify` reads all once to check its sum. Errors as `head`, and `Invalid` for a wrong sum.
    """
    items = []
    entries = [entry for entry in head(path) if only in ("", entry.kv_cache_id)]
    try:
        with need("safetensors").safe_open(str(path), framework="pt", device=device) as opened:
            for entry in entries:
                ids = tuple(opened.get_tensor(f"{entry.kv_cache_id}/ids").tolist())
                if ids_digest(ids) != entry.ids_sha256:
                    raise _foreign(path, "its tokens are not those its header names")
                flat = [opened.get_tensor(name) for name in entry.names()]
                pairs = list(zip(flat[::2], flat[1::2], strict=True))
                if verify and (found := _crc(pairs)) != entry.crc32:
                    raise _foreign(path, f"its sum is {found}, its header says {entry.crc32}: damaged; delete it")
                items.append(_item(entry, ids, pairs))
    except FileNotFoundError:
        raise NotFound("KV cache file", str(path)) from None
    except (need("safetensors").SafetensorError, OSError) as error:
        raise _foreign(path, str(error)[:200]) from error
    return tuple(items)


def sync(path: Path) -> None:
    """What was written to a file, or renamed in a folder, is on disk when this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _header_bytes(path: Path) -> int:
    """How long a file says its header is."""
    with path.open("rb") as opened:
        return int.from_bytes(opened.read(8), "little")


def _entry(item: KVCacheItem, crc32: int) -> Entry:
    return Entry(
        kv_cache_id=item.kv_cache_id,
        origin=item.origin,
        tokens=len(item),
        lead=item.lead,
        exact=item.exact,
        ids_sha256=ids_digest(item.token_ids),
        crc32=crc32,
        metadata=dict(item.metadata),
    )


def _item(entry: Entry, ids: tuple[int, ...], pairs: list[Pair]) -> KVCacheItem:
    return KVCacheItem(
        kv_cache_id=entry.kv_cache_id,
        kv_cache=cache_of(pairs),
        token_ids=ids,
        origin=entry.origin,
        lead=entry.lead,
        exact=entry.exact,
        metadata=entry.metadata,
    )


def _tensors(entry: Entry) -> dict[str, tuple[str, list[int]]]:
    """Type and shape that each of the entry's tensors must have."""
    o = entry.origin
    numbers = (_DTYPES.get(o.dtype, o.dtype), [1, o.heads, entry.tokens, o.width])
    return {f"{entry.kv_cache_id}/ids": ("I64", [entry.tokens]), **dict.fromkeys(entry.names(), numbers)}


def _entries(path: Path, text: str) -> tuple[Entry, ...]:
    """The header's entries, each checked field by field."""
    try:
        rows = orjson.loads(text)
        return tuple(_checked(row) for row in rows)
    except (ValueError, TypeError, KeyError) as error:  # JSONDecodeError and Invalid are ValueErrors
        raise _foreign(path, f"its header can't be understood: {str(error)[:200]}") from error


def _checked(row: dict[str, Any]) -> Entry:
    numbers = [*(row["origin"][name] for name in ("layers", "heads", "width")), row["tokens"]]
    counted = all(isinstance(each, int) and not isinstance(each, bool) and 0 < each < 1 << 31 for each in numbers)
    texts = [row["origin"][each.name] for each in fields(Origin) if each.name not in ("layers", "heads", "width")]
    if not counted or not all(isinstance(each, str) for each in texts) or row["origin"]["layers"] > 10_000:
        raise ValueError("counts and names of another kind")
    kinds = (("lead", int), ("exact", bool), ("ids_sha256", str), ("crc32", int), ("metadata", dict))
    for name, kind in kinds:
        if not isinstance(row[name], kind):
            raise TypeError(f"{name} is {type(row[name]).__name__}")
    check_id(row["kv_cache_id"])
    return Entry(**{**row, "origin": Origin(**row["origin"])})


def _crc(pairs: list[Pair]) -> int:
    """CRC-32 of all numbers: about a gigabyte a second, where SHA-256 without its instructions does a tenth of it."""
    torch, total = need("torch"), 0
    for pair in pairs:
        for tensor in pair:
            flat = tensor.detach().to("cpu").contiguous().view(torch.uint8).reshape(-1)
            total = zlib.crc32(flat.numpy(), total)
    return total


def _foreign(path: Path, why: str) -> Invalid:
    return Invalid("KV cache file", str(path), why)


def _write_error(path: Path, error: Exception) -> Exception:
    """What the caller does about a failed write. safetensors says the number of the system's error in its words."""
    found = re.search(r"os error (\d+)", str(error))
    number = error.errno if isinstance(error, OSError) else int(found[1]) if found else 0
    if number in (28, 122, 27):  # ENOSPC, EDQUOT, EFBIG
        return DiskFull(f"no room for {path.name} in {path.parent}: {error}; nothing was written")
    return Unavailable(f"{path} can't be written: {error}; nothing was written")
