"""A LoRA adapter at a real vLLM: it answers by its name as long as it is registered, and otherwise than the model."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from memos_graph.memories.parametric import ParametricMemory
from memos_graph.model.errors import NotFound, Refused
from memos_graph.providers.language.vllm import VLLMServer
from tests.memories.adapters import write_adapter
from tests.servers.smollm import model_folder
from tests.servers.vllm import VLLM


@pytest.fixture
def seat(vllm_server: VLLM) -> VLLMServer:
    return VLLMServer(vllm_server.root, vllm_server.model)


def a_lora(folder: Path) -> Path:
    """One that fits the small model and turns its answers round."""
    shape = json.loads((model_folder() / "config.json").read_text())
    head = shape["hidden_size"] // shape["num_attention_heads"]
    widths = {"q_proj": shape["hidden_size"], "v_proj": shape["num_key_value_heads"] * head}
    return write_adapter(
        folder, base=str(model_folder()), rank=8, layers=shape["num_hidden_layers"], hidden=shape["hidden_size"],
        widths=widths, scale=0.5,
    )  # fmt: skip


def answer(server: VLLM, model: str) -> httpx.Response:
    asked = {"model": model, "max_tokens": 8, "temperature": 0, "messages": [{"role": "user", "content": "Count: 1 2"}]}
    return httpx.post(f"{server.url}/chat/completions", json=asked, timeout=120)


def test_an_adapter_answers_by_its_name_until_it_is_unregistered(
    vllm_server: VLLM, seat: VLLMServer, tmp_path: Path
) -> None:
    memory = ParametricMemory(a_lora(tmp_path / "lora"), name="turned-round", server=seat)
    assert answer(vllm_server, "turned-round").status_code == 404
    memory.register()
    try:
        assert "turned-round" in seat.adapters()
        said, plain = (answer(vllm_server, name).json()["choices"][0] for name in ("turned-round", vllm_server.model))
        assert said["message"]["content"] != plain["message"]["content"]
    finally:
        memory.unregister()
    assert answer(vllm_server, "turned-round").status_code == 404 and not memory.registered()


def test_an_adapter_that_the_server_does_not_take_is_refused_with_its_words(seat: VLLMServer, tmp_path: Path) -> None:
    misfit = ParametricMemory(write_adapter(tmp_path / "lora", rank=32), name="misfit", server=seat)
    with pytest.raises(Refused, match=r"misfit.* rank 32"):
        misfit.register()
    assert not misfit.registered()
    with pytest.raises(NotFound, match="nobody"):
        seat.unload_adapter("nobody")
