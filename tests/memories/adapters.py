"""LoRA adapter folders as PEFT writes them, with numbers of no meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def write_adapter(
    folder: Path, *, base: str = "a-base", rank: int = 4, layers: int = 2, hidden: int = 16,
    widths: Mapping[str, int] | None = None, scale: float = 0.1, **config: Any,
) -> Path:  # fmt: skip
    """A LoRA of `rank` on the modules `widths` (name: outputs) of every layer, its numbers drawn once for all."""
    widths = widths or {"q_proj": 16, "v_proj": 16}
    draw = np.random.default_rng(7)
    tensors: dict[str, np.ndarray[Any, np.dtype[np.float32]]] = {}
    for layer in range(layers):
        for module, width in widths.items():
            name = f"base_model.model.model.layers.{layer}.self_attn.{module}"
            tensors[f"{name}.lora_A.weight"] = draw.normal(0, scale, (rank, hidden)).astype(np.float32)
            tensors[f"{name}.lora_B.weight"] = draw.normal(0, scale, (width, rank)).astype(np.float32)
    folder.mkdir(parents=True)
    said = {
        "peft_type": "LORA", "base_model_name_or_path": base, "r": rank, "lora_alpha": 2 * rank, "lora_dropout": 0.0,
        "bias": "none", "task_type": "CAUSAL_LM", "target_modules": sorted(widths), **config,
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(said))
    (folder / "adapter_model.safetensors").write_bytes(safetensors(tensors))
    return folder


def safetensors(tensors: Mapping[str, np.ndarray[Any, np.dtype[np.float32]]]) -> bytes:
    """The bytes of a safetensors file: the header's length, the header, the numbers."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, tensor in tensors.items():
        raw = tensor.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data
