"""Parametric memory: what was trained into weights, as a LoRA adapter folder that a model server loads by name.

Sources: Hu et al. 2021 (LoRA); the folder is PEFT's (adapter_config.json, adapter_model.safetensors). Nothing is
trained here, and no tensor is read: the header of the weights says whether they can be those the config speaks of.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memos_graph.model.errors import Invalid, NotFound, NotSupported
from memos_graph.ports_language import AdapterServer

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_PICKLED = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"}
_MAX_JSON = 1_000_000  #: bytes of adapter_config.json
_MAX_HEADER = 50_000_000  #: bytes of the weights' header
_LORA = re.compile(r"\.lora_(?:[AB]|embedding_[AB])(?:\.\w+)*$|\.lora_magnitude_vector")


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """What an adapter folder says of itself."""

    base_model: str  #: name or path of the model that it was trained on
    rank: int
    targets: tuple[str, ...]  #: modules that it changes
    tensors: int
    bytes: int  #: of the weights


class ParametricMemory:
    """A LoRA adapter in a folder, and its seat at a model server (vLLM: --enable-lora, runtime updating allowed).

    folder: as the server sees it too, when it is to be registered: the server reads it from its own disk.
    """

    def __init__(self, folder: str | Path, *, name: str = "", server: AdapterServer | None = None) -> None:
        self._folder = Path(folder)
        self._name = adapter_name(name or self._folder.name)
        self._server = server
        self._adapter = read_adapter(self._folder)

    @property
    def name(self) -> str:
        """What the server knows it by: the `model` of a chat that is to use it."""
        return self._name

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._folder

    @property
    def adapter(self) -> Adapter:
        """What it says of itself."""
        return self._adapter

    def register(self) -> str:
        """The name by which the server answers with this adapter from now on; nothing when it does already."""
        if not self.registered():
            self._seat().load_adapter(self._name, self._folder.absolute())
        return self._name

    def unregister(self) -> None:
        """The server forgets the adapter; nothing when it does not know it."""
        if self.registered():
            self._seat().unload_adapter(self._name)

    def registered(self) -> bool:
        """Whether the server answers by this name."""
        return self._name in self._seat().adapters()

    def misfit(self) -> str:
        """Why the adapter seems to be another model's, by what both are called; "" when nothing says so.

        A vLLM compares no shapes. A model may have many names, so this is a reason to look, not to refuse.
        """
        served, own = self._seat().base_names(), self._adapter.base_model
        if not own or not served or _last(own) in map(_last, served):
            return ""
        there = " at ".join(dict.fromkeys(served))
        return f"{self._name} was trained on {own}, the server has {there}: look whether that is the same model"

    def dump(self, directory: str | Path) -> Path:
        """The folder `directory`, with the adapter's files copied into it."""
        target = Path(directory)
        target.mkdir(parents=True, exist_ok=True)
        for file in sorted(self._folder.iterdir()):
            if file.is_file():
                shutil.copyfile(file, target / file.name)
        return target

    def _seat(self) -> AdapterServer:
        if self._server is None:
            raise NotSupported(
                "para_mem", "no model server is set that takes adapters: set MEMOS_GRAPH_LANGUAGE_MODEL to a vLLM's"
            )
        return self._server


def _last(name: str) -> str:
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2].casefold()


def adapter_name(name: str) -> str:
    """`name`, if a server may know an adapter by it. `Invalid` else."""
    if not _NAME.fullmatch(name):
        raise Invalid("adapter name", name, "use letters, digits, '.', '_' and '-', 128 at most")
    return name


def read_adapter(folder: Path) -> Adapter:
    """What the adapter in `folder` is. `NotFound`, `Invalid` with the file and what is wrong with it.

    Pickled weights are refused: to read them is to run them.
    """
    if not folder.is_dir():
        raise NotFound("adapter folder", str(folder), f"give one with {CONFIG} and {WEIGHTS}")
    for file in sorted(folder.iterdir()):
        if file.is_symlink() or file.suffix.lower() in _PICKLED:
            raise Invalid("adapter", str(file), "links and pickled weights are not taken: save it as safetensors")
    config = _config(folder / CONFIG)
    if str(config.get("peft_type", "")).upper() != "LORA":
        raise Invalid("adapter", str(folder / CONFIG), f'"peft_type" is {config.get("peft_type")!r}; give a LoRA')
    rank, base, targets = config.get("r"), config.get("base_model_name_or_path"), config.get("target_modules")
    if not isinstance(rank, int) or isinstance(rank, bool) or not 1 <= rank <= 4096:
        raise Invalid("adapter", str(folder / CONFIG), f'"r" is {rank!r}; it must be a rank from 1 to 4096')
    modules = (targets,) if isinstance(targets, str) else tuple(targets) if isinstance(targets, list) else ()
    if not modules or not all(isinstance(each, str) for each in modules):
        raise Invalid("adapter", str(folder / CONFIG), '"target_modules" names no modules')
    header, size = _header(folder / WEIGHTS)
    return Adapter(
        base_model=base if isinstance(base, str) else "", rank=rank, targets=modules,
        tensors=_check_tensors(folder / WEIGHTS, header, rank), bytes=size,
    )  # fmt: skip


def _config(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        raise NotFound("adapter", str(file), "an adapter folder has one: save the adapter by PEFT's save_pretrained")
    if file.stat().st_size > _MAX_JSON:
        raise Invalid("adapter", str(file), f"it has more than {_MAX_JSON} bytes")
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Invalid("adapter", str(file), f"it is no JSON: {error}") from error
    if not isinstance(read, dict):
        raise Invalid("adapter", str(file), "it holds no JSON object")
    return read


def _header(file: Path) -> tuple[Mapping[str, Any], int]:
    """The header of the safetensors file (its length in 8 bytes, then JSON), and the bytes of the file."""
    if not file.is_file():
        raise NotFound("adapter", str(file), "save the adapter with safe_serialization=True")
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if not 2 <= length <= min(_MAX_HEADER, size - 8):
            raise Invalid("adapter", str(file), "it is no safetensors file: its header has an impossible length")
        try:
            read = json.loads(opened.read(length).decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise Invalid("adapter", str(file), f"it is no safetensors file: {error}") from error
    if not isinstance(read, dict):
        raise Invalid("adapter", str(file), "it is no safetensors file: its header is no JSON object")
    ends = [_end(file, name, entry) for name, entry in read.items() if name != "__metadata__"]
    if max(ends, default=0) + 8 + length != size:
        raise Invalid("adapter", str(file), "it was cut short, or holds more than its header says: copy it again")
    return read, size


def _end(file: Path, name: str, entry: Any) -> int:
    offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
    if not (isinstance(offsets, list) and len(offsets) == 2 and all(isinstance(o, int) for o in offsets)):
        raise Invalid("adapter", str(file), f"its header says nothing of where {name!r} lies")
    return int(offsets[1])


def _check_tensors(file: Path, header: Mapping[str, Any], rank: int) -> int:
    """How many tensors there are, each a part of a LoRA of this rank."""
    names = [name for name in header if name != "__metadata__"]
    if not names:
        raise Invalid("adapter", str(file), "it holds no tensors")
    for name in names:
        shape = header[name].get("shape")
        if not isinstance(shape, list) or _LORA.search(name) is None:
            raise Invalid("adapter", str(file), f"tensor {name!r} is no part of a LoRA")
        if ".lora_" in name and "magnitude" not in name and rank not in shape:
            raise Invalid("adapter", str(file), f"tensor {name!r} has shape {shape}, the config says rank {rank}")
    return len(names)
