"""What a KVCacheMemory can be told, and what it says where something is missing. No PyTorch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from memos_graph.activation import KVCacheMemory, KVCacheMemoryConfig
from memos_graph.activation.item import check_id, ids_digest
from memos_graph.app.kv_caches import make_kv_cache_memory
from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.settings import load_settings


def test_the_reference_s_way_to_name_a_model_is_understood() -> None:
    inner = {"model_name_or_path": "some/model", "torch_dtype": "bfloat16", "max_tokens": 100}
    config = KVCacheMemoryConfig(extractor_llm={"backend": "huggingface", "config": inner})
    assert (config.model, config.dtype) == ("some/model", "bfloat16")
    assert KVCacheMemoryConfig.from_dict({"extractor_llm": {"config": inner}}) == config


def test_a_key_is_not_shown() -> None:
    config = KVCacheMemoryConfig(vllm_url="http://localhost/v1", vllm_key="very-secret", vllm_salt="salty")
    assert "very-secret" not in repr(config)
    assert "salty" not in repr(config)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"dtype": "int4"}, "dtype"),
        ({"quota_bytes": -1, "folder": "x"}, "quota_bytes"),
        ({"quota_bytes": 100}, "quota_bytes"),
        ({"quota_bytes": True, "folder": "x"}, "quota_bytes"),
        ({"vllm_url": "localhost:8000"}, "vllm_url"),
        ({"model": 7}, "model"),
        ({"modle": "x"}, "config"),
        ({"extractor_llm": {"backend": "ollama"}}, "extractor_llm.backend"),
        ({"extractor_llm": {"backend": "huggingface"}}, "extractor_llm.config"),
        ({"extractor_llm": {"config": {"model": "x"}}}, "extractor_llm.config"),
    ],
)
def test_what_can_t_be_meant_is_named(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        KVCacheMemoryConfig.from_dict(given)
    assert caught.value.field == field


def test_without_pytorch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    mem = KVCacheMemory(KVCacheMemoryConfig(model=str(tmp_path), folder=str(tmp_path)))
    assert mem.ids() == ()
    with pytest.raises(NotSupported, match=r"memos-graph\[local\]"):
        mem.extract("a text")


@pytest.mark.parametrize("identity", ["../../etc/passwd", "", "x", "A3F0C1AD-4A3B-5A39-9D0A-6B3A8F0C7D11", None, 3])
def test_an_id_that_is_no_uuid_never_becomes_a_path(identity: Any) -> None:
    with pytest.raises(Invalid):
        check_id(identity)


def test_the_digest_of_tokens_is_the_same_on_any_machine() -> None:
    assert ids_digest((1, 2, 49_151)) == "19a39d30e0a52ceeea9db8ed7344085ebcec68f7f997fcdb32938973df010fcf"


def test_a_server_must_be_named_to_be_warmed() -> None:
    with pytest.raises(Invalid, match="vllm_model"):
        KVCacheMemory(KVCacheMemoryConfig()).build_vllm_kv_cache("You know things.")


def test_settings_describe_a_memory_and_nothing_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "memos-graph.toml").write_text(
        'kv_cache_folder = "caches"\nkv_cache_quota_mb = 5\nkv_cache_model = "a/b"\n'
    )
    mem = make_kv_cache_memory(load_settings({"MEMOS_GRAPH_KV_CACHE_DTYPE": "bfloat16"}, tmp_path))
    assert (mem.config.model, mem.config.dtype, mem.config.quota_bytes) == ("a/b", "bfloat16", 5_000_000)
    assert mem.config.folder == str(tmp_path / "caches")
    assert mem.get_all() == []
