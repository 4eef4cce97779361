"""Which model this is: digests of its configuration, its weights, its tokenizer.

A name says little: a folder keeps its name when another training is put into it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from memos_graph.activation.caches import Pair
from memos_graph.activation.item import Origin
from memos_graph.activation.needs import need
from memos_graph.model.errors import NotSupported

#: of a configuration, what does not change what the model computes
_IDLE = ("_name_or_path", "_commit_hash", "transformers_version", "architectures", "dtype", "torch_dtype", "use_cache")
_SAMPLE = 64  #: numbers looked at in each weight, evenly spread


def origin_of(model: Any, tokenizer: Any, made: Sequence[Pair], *, name: str, revision: str) -> Origin:
    """The Origin of what `model` makes; `made`: what it made of one token.

    Reads a sample of every weight: milliseconds, not a pass over gigabytes. `NotSupported` for a model whose keys and
    values, or layers, have several shapes.
    """
    shapes = {tuple(each.shape) for pair in made for each in pair}
    if len(shapes) != 1:
        raise NotSupported(f"KV caches of {name}", f"its keys and values have several shapes: {sorted(shapes)}")
    ((_, heads, _, width),) = shapes
    return Origin(
        model=name,
        revision=revision,
        config=_config_digest(model.config.to_dict()),
        weights=_weights_digest(model),
        tokenizer=_tokenizer_digest(tokenizer),
        dtype=str(made[0][0].dtype).removeprefix("torch."),
        layers=len(made),
        heads=heads,
        width=width,
    )


def _config_digest(config: dict[str, Any]) -> str:
    kept = {name: value for name, value in config.items() if name not in _IDLE}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()


def _weights_digest(model: Any) -> str:
    torch = need("torch")
    digest = hashlib.sha256()
    for name, weight in sorted(model.state_dict().items()):
        flat = weight.detach().reshape(-1)
        step = max(1, flat.numel() // _SAMPLE)
        sample = flat[::step][:_SAMPLE].to("cpu", torch.float64).contiguous()
        digest.update(f"{name} {tuple(weight.shape)}".encode())
        digest.update(sample.numpy().tobytes())
    return digest.hexdigest()


def _tokenizer_digest(tokenizer: Any) -> str:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        said = backend.to_str()
    else:  # a slow tokenizer: its words, and how it is set
        said = json.dumps([sorted(tokenizer.get_vocab().items()), tokenizer.init_kwargs], default=str, sort_keys=True)
    return hashlib.sha256(f"{tokenizer.bos_token_id} {said}".encode()).hexdigest()
