"""How a KVCacheMemory is set: which model, where caches lie, how much they may take. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from pathlib import Path
from typing import Any

from memos_graph.model.errors import Invalid, require

DTYPES = ("auto", "float32", "bfloat16", "float16")
_SPEC_NAMES = {"model_name_or_path": "model", "torch_dtype": "dtype", "device_map": "device"}
_SPEC_TAKES = (*_SPEC_NAMES, "revision", "dtype", "device")


@dataclass(frozen=True, slots=True, kw_only=True)
class KVCacheMemoryConfig:
    """Settings of a KVCacheMemory.

    `extractor_llm` is the reference's way to name the model: {"backend": "huggingface", "config":
    {"model_name_or_path": ...}}, with `revision`, `dtype` and `device` in there too. `Invalid` names what is wrong.
    """

    model: str = ""  #: folder of a transformers model, or its name at Hugging Face
    name: str = ""  #: what caches are keyed by; "": the model's name, or the folder's
    revision: str = ""  #: commit, tag or branch of a model of Hugging Face; "": its newest
    dtype: str = "auto"  #: of weights and caches; auto: as the model was saved
    device: str = "cpu"  #: cpu, cuda, cuda:1, mps
    folder: str = ""  #: caches lie there, a file each; "": in this process's memory only
    quota_bytes: int = 0  #: what the files there may take; the least recently used go first; 0: no bound
    verify: bool = True  #: check a file's sum when this process opens it the first time
    vllm_url: str = ""  #: of a vLLM server, ending in /v1, for build_vllm_kv_cache
    vllm_model: str = ""  #: the model's name there
    vllm_key: str = field(default="", repr=False)  #: bearer token
    vllm_salt: str = field(default="", repr=False)  #: cache_salt to warm with; "": none
    vllm_timeout: float = 120.0  #: seconds that the server may take
    extractor_llm: InitVar[Mapping[str, Any] | None] = None

    def __post_init__(self, extractor_llm: Mapping[str, Any] | None) -> None:
        if extractor_llm is not None:
            for name, value in _from_spec(extractor_llm).items():
                object.__setattr__(self, name, value)
        for name in ("model", "name", "revision", "device", "folder", "vllm_url", "vllm_model"):
            value = getattr(self, name)
            if isinstance(value, Path):
                object.__setattr__(self, name, str(value))
            else:
                require(isinstance(value, str), name, value, "give a text")
        require(self.dtype in DTYPES, "dtype", self.dtype, f"use one of {', '.join(DTYPES)}")
        whole = isinstance(self.quota_bytes, int) and not isinstance(self.quota_bytes, bool)
        require(whole and self.quota_bytes >= 0, "quota_bytes", self.quota_bytes, "give a number of bytes; 0: no bound")
        require(
            bool(self.folder) or not self.quota_bytes, "quota_bytes", self.quota_bytes, "it bounds a folder: name it"
        )
        web = self.vllm_url.startswith(("http://", "https://"))
        require(
            web or not self.vllm_url, "vllm_url", self.vllm_url, "give an http:// or https:// address ending in /v1"
        )

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> KVCacheMemoryConfig:
        """The config that `given` says, by these fields' names, `extractor_llm` among them. `Invalid` for another."""
        unknown = sorted(set(given) - set(cls.__dataclass_fields__))
        if unknown:
            raise Invalid("config", unknown[0], f"it may have: {', '.join(cls.__dataclass_fields__)}")
        return cls(**given)


def _from_spec(extractor: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of ours that `extractor_llm` sets."""
    backend = extractor.get("backend", "huggingface")
    advice = "only huggingface has caches that can be kept; for vLLM set vllm_url"
    require(backend == "huggingface", "extractor_llm.backend", backend, advice)
    inner = extractor.get("config")
    if not isinstance(inner, Mapping):
        raise Invalid("extractor_llm.config", inner, 'give {"model_name_or_path": ...}')
    known = {name: value for name, value in inner.items() if name in _SPEC_TAKES and value is not None}
    require("model_name_or_path" in known, "extractor_llm.config", dict(inner), "give model_name_or_path")
    return {_SPEC_NAMES.get(name, name): value for name, value in known.items()}
