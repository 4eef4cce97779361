"""Moves keys to other positions: rotary embeddings turn each pair of numbers by an angle that grows with the position.

RoPE (Su et al. 2021): keys at position p + d are those at p, turned by d times each pair's frequency, in every layer,
because attention sees only distances. That holds where frequencies do not depend on the length of the text (default,
linear, llama3, yarn) and for one layout of the pairs; so it is tried on the model itself before anything is merged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from memos_graph.activation.caches import Pair, pairs_of
from memos_graph.activation.model import LocalModel
from memos_graph.activation.needs import need
from memos_graph.model.errors import NotSupported

STEADY = ("default", "linear", "llama3", "yarn")  #: kinds whose frequencies do not depend on the text's length
_TRIED = (0, 7, 64)  #: positions that the trial moves to
_STRIDE = 977  #: between the ids that the trial reads; a prime
_TOLERATED = {"float32": 1e-3, "bfloat16": 5e-2, "float16": 1e-2}  #: relative; a wrong layout is off by about 1


def turned(model: LocalModel, pairs: Iterable[Pair], by: int) -> list[Pair]:
    """`pairs` as they would be `by` positions later; values have no position. Call `check` on the model first."""
    torch = need("torch")
    angles = by * _frequencies(model).to("cpu", torch.float64)
    moved = []
    for keys, values in pairs:
        half = len(angles)
        cos, sin = (f(angles).to(keys.device, torch.float32) for f in (torch.cos, torch.sin))
        first, second, rest = keys.float().split([half, half, keys.shape[-1] - 2 * half], dim=-1)
        new = torch.cat([first * cos - second * sin, second * cos + first * sin, rest], dim=-1)
        moved.append((new.to(keys.dtype), values))
    return moved


def check(model: LocalModel) -> None:
    """Nothing where keys of `model` can be moved. `NotSupported` says why they can't be.

    Runs the model on a few tokens at several positions and compares: whatever the configuration says, a model whose
    keys move otherwise is refused. Done once for a model.
    """
    if model.keys_move:
        return
    torch = need("torch")
    what = f"an approximate merge with {model.name}"
    advice = "merge with exact=True, which reads the texts again"
    kind = _kind(model)
    if kind not in STEADY:
        raise NotSupported(what, f"its rotary embedding is {kind}, not one of {', '.join(STEADY)}; {advice}")
    # from all over the vocabulary: its first ids are control tokens and bytes, some models go wild on a row of those
    vocabulary = model.model.config.get_text_config(decoder=True).vocab_size
    ids = [_STRIDE * each % vocabulary for each in range(3, 19)]
    here = pairs_of(model.read(ids)[0])
    most = _TOLERATED.get(model.origin.dtype, 1e-3)
    for by in _TRIED:
        there = pairs_of(model.read(ids, first=by)[0])
        for layer, ((moved, _), (keys, _)) in enumerate(zip(turned(model, here, by), there, strict=True)):
            off = float(torch.linalg.norm(moved.float() - keys.float()) / torch.linalg.norm(keys.float()))
            if not off <= most:
                raise NotSupported(what, f"layer {layer}'s keys, moved by {by}, are off by {off:.2g}; {advice}")
    model.keys_move = True


def _kind(model: LocalModel) -> str:
    config = model.model.config.get_text_config(decoder=True)
    rope = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    if not hasattr(model.model.base_model, "rotary_emb"):
        return "none that we know"
    return str(rope.get("rope_type", rope.get("type", "default")))


def _frequencies(model: LocalModel) -> Any:
    """Radians that each pair of numbers is turned by, per position: [pairs], as the model itself has them."""
    return model.model.base_model.rotary_emb.inv_freq
