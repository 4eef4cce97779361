"""MemCube: textual, activation and parametric memory together, and the directory in which they travel.

    config.json                     what it is, and every other file with its SHA-256
    textual_memory.json             nodes of every state, their versions, edges, vectors; no history
    activation_memory.safetensors   KV caches; only when act_mem is set
    parametric_memory.adapter/      a LoRA adapter; only when para_mem is set

The names are the reference API's, but for its pickle, which is never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, get_args

from memos_graph.memories.cube_folder import CubeFolder, read_folder, write_folder
from memos_graph.memories.parametric import ParametricMemory, adapter_name
from memos_graph.memories.tree import FILE as TEXTUAL
from memos_graph.memories.tree import TreeTextMemory
from memos_graph.model.errors import EmbedderMismatch, Invalid, NotSupported
from memos_graph.model.graph import Cube, CubeClass, check_cube_id
from memos_graph.ports_language import AdapterServer
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube

ACTIVATION, PARAMETRIC = "activation_memory.safetensors", "parametric_memory.adapter"


class CacheMemory(Protocol):
    """Activation memory as a MemCube needs it (`memos_graph.activation.KVCacheMemory` is one)."""

    def dump(self, directory: str | Path) -> Any:
        """All its caches in `directory`/activation_memory.safetensors."""

    def load(self, directory: str | Path) -> Any:
        """The caches that `dump` wrote, or an error, and then it is as it was."""


class MemCube:
    """The three memories of one cube. `text_mem` is always there; the others say so when they are not set."""

    def __init__(self, context: Context, cube: str, *, act_mem: CacheMemory | None = None,
                 para_mem: ParametricMemory | None = None) -> None:  # fmt: skip
        self._context, self._cube = context, cube
        self._text, self._act, self._para = TreeTextMemory(context, cube), act_mem, para_mem

    @property
    def cube_id(self) -> str:
        """The cube's name."""
        return self._cube

    @property
    def text_mem(self) -> TreeTextMemory:
        """The cube's memories as items."""
        return self._text

    @property
    def act_mem(self) -> CacheMemory:
        """KV caches. `NotSupported` when none is set."""
        if self._act is None:
            raise NotSupported("act_mem", "not set: MemCube(..., act_mem=KVCacheMemory(...))")
        return self._act

    @act_mem.setter
    def act_mem(self, memory: CacheMemory | None) -> None:
        self._act = memory

    @property
    def para_mem(self) -> ParametricMemory:
        """A LoRA adapter. `NotSupported` when none is set."""
        if self._para is None:
            raise NotSupported("para_mem", "not set: MemCube(..., para_mem=ParametricMemory(FOLDER))")
        return self._para

    @para_mem.setter
    def para_mem(self, memory: ParametricMemory | None) -> None:
        self._para = memory

    def dump(self, directory: str | Path, *, vectors: bool = True) -> CubeFolder:
        """All that is set, in `directory`: written beside and renamed, so it is there whole or not at all.

        The history (Changes) stays behind: `memos-graph export` carries it. An earlier MemCube there is replaced; a
        directory that holds anything else is `Refused`.
        """
        return write_folder(Path(directory), lambda folder: self._fill(folder, vectors))

    def load(self, directory: str | Path, *, reembed: bool = False) -> None:
        """Take in what `dump` wrote, every file checked before anything is taken: memories that are equal stay.

        What a memory of another kind than the dump's needs is said (`Invalid`). Vectors of another embedder:
        `EmbedderMismatch`, or with reembed made anew here.
        """
        folder = read_folder(Path(directory))
        _check_embedder(folder, self._context, self._cube, reembed=reembed)
        parameters = self._adapter_in(folder)
        if ACTIVATION in folder.files:
            self.act_mem.load(folder.path)
        self._text.load(folder.path)
        self._para = parameters or self._para

    @classmethod
    def init_from_dir(cls, context: Context, directory: str | Path, *, cube: str | None = None, reembed: bool = False,
                      act_mem: CacheMemory | None = None, server: AdapterServer | None = None) -> MemCube:  # fmt: skip
        """A new cube with what `dump` wrote, called `cube` or as it was. `AlreadyExists` when there is one.

        act_mem: takes the caches in, where the dump has any; without it they stay in the directory. server: where the
        adapter will be registered. A load that fails leaves no cube behind.
        """
        folder = read_folder(Path(directory))
        name = check_cube_id(cube or str(folder.config.get("cube_id", "")))
        _check_embedder(folder, context, name, reembed=reembed)
        said = folder.config.get("cube_class")
        kinds: tuple[CubeClass, ...] = get_args(CubeClass)
        kind = next((each for each in kinds if each == said), kinds[0])
        context.store.create_cube(Cube(id=name, cube_class=kind, created_at=context.clock()))
        try:
            made = cls(context, name, act_mem=act_mem)
            made._para = made._adapter_in(folder, server)
            if act_mem is not None and ACTIVATION in folder.files:
                act_mem.load(folder.path)
            made._text.load(folder.path)
        except BaseException:
            context.store.drop_cube(name)
            raise
        return made

    def _fill(self, folder: Path, vectors: bool) -> Mapping[str, Any]:
        record = find_cube(self._context.store, self._cube)
        self._text.dump(folder, vectors=vectors)
        if self._act is not None:
            self._act.dump(folder)
        if self._para is not None:
            self._para.dump(folder / PARAMETRIC)
        space = next((space for space in record.spaces if space.name == record.text_space), None)
        return {
            "cube_id": self._cube,
            "cube_class": record.cube_class,
            "embedder": None if space is None else {"model": space.model, "dimension": space.dimension},
            "text_mem": {"backend": "tree_text", "vectors": vectors},
            "act_mem": {"backend": "kv_cache"} if (folder / ACTIVATION).is_file() else None,
            "para_mem": None if self._para is None else {
                "backend": "lora", "name": self._para.name, "base_model": self._para.adapter.base_model,
            },
        }  # fmt: skip

    def _adapter_in(self, folder: CubeFolder, server: AdapterServer | None = None) -> ParametricMemory | None:
        said = folder.config.get("para_mem")
        if not any(name.startswith(f"{PARAMETRIC}/") for name in folder.files):
            return None
        name = said.get("name") if isinstance(said, Mapping) else None
        known_as = adapter_name(name) if isinstance(name, str) else "adapter"
        return ParametricMemory(folder.path / PARAMETRIC, name=known_as, server=server)


def _check_embedder(folder: CubeFolder, context: Context, cube: str, *, reembed: bool) -> None:
    if TEXTUAL not in folder.files:
        raise Invalid("MemCube", str(folder.path), f"it has no {TEXTUAL}: dump it again")
    said, embedder = folder.config.get("embedder"), context.embedder
    if reembed or not isinstance(said, Mapping):
        return
    if said.get("model") != embedder.model or said.get("dimension") != embedder.dimension:
        raise EmbedderMismatch(cube, f"{said.get('model')} ({said.get('dimension')} numbers)", embedder.model)
