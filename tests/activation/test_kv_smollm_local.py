"""A real model: SmolLM2-135M-Instruct, made as tests/servers/smollm.py says."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from memos_graph.activation import KVCacheMemory, KVCacheMemoryConfig
from memos_graph.activation.model import LocalModel
from tests.servers.smollm import model_folder

pytestmark = [pytest.mark.extra("torch"), pytest.mark.servers]
FACTS = (
    "Anna moved from Bern to Lisbon in March and works for the harbour.",
    "The bridge over the Aare was closed on 4 March because of a flood.",
    "Ben is allergic to peanuts, so the cake was baked with almonds.",
    "The archive keeps letters for thirty years and then burns them.",
    "Clara's train leaves at 7:40 from platform nine, on Sundays at 8:10.",
    "The bakery sold 312 loaves on Friday, twice as many as on Monday.",
)
QUESTIONS = (
    "\nQuestion: What do you know?\nAnswer:",
    " Therefore",
    "\n\nIn other words:",
    " Nobody asked why, but",
    "\nQuestion: When was it?\nAnswer:",
)


@cache
def _model() -> LocalModel:
    return LocalModel.load(KVCacheMemoryConfig(model=str(model_folder()), dtype="float32"))


@pytest.mark.timeout(900)  # two hundred steps of a real model; half a minute where nothing else runs
def test_thirty_prompts_are_answered_with_the_same_tokens_from_memory_and_from_file(tmp_path: Path) -> None:
    mem = KVCacheMemory(KVCacheMemoryConfig(folder=str(tmp_path)), model=_model())
    for fact in FACTS:
        item = mem.extract(fact)
        mem.add([item])
        mapped = KVCacheMemory(KVCacheMemoryConfig(folder=str(tmp_path)), model=_model()).get(item.kv_cache_id)
        assert mapped is not None
        for question in QUESTIONS:
            whole = mem.complete(fact + question, most=3)
            assert mem.complete(fact + question, using=mapped, most=3).ids == whole.ids


def test_messages_by_its_own_template_reuse_the_system_message() -> None:
    mem = KVCacheMemory(KVCacheMemoryConfig(), model=_model())
    system = {"role": "system", "content": " ".join(FACTS)}
    item = mem.extract([system])
    prompt = [system, {"role": "user", "content": "Where does Anna work?"}]
    used = mem.complete(prompt, using=item, most=8)
    assert used.reused == len(item) > 80
    assert used.ids == mem.complete(prompt, most=8).ids


def test_keys_of_a_real_model_can_be_moved_and_reading_more_again_drifts_less() -> None:
    mem = KVCacheMemory(KVCacheMemoryConfig(), model=_model())
    items = [mem.extract(fact + " ") for fact in FACTS[:3]]
    mem.add(items)
    names = [item.kv_cache_id for item in items]
    rough, finer = (mem.drift(names, "So Anna", boundary=boundary) for boundary in (0, 8))
    assert rough.divergence > finer.divergence > 0
