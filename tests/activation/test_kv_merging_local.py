"""Several caches as one: exact when the texts are read again, approximate and said to be so otherwise, or refused."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.activation import KVCacheMemory, KVCacheMemoryConfig
from memos_graph.activation.caches import cache_of, pairs_of
from memos_graph.activation.merging import drift
from memos_graph.activation.model import LocalModel
from memos_graph.activation.turning import check, turned
from memos_graph.model.errors import Invalid, NotFound, NotSupported
from tests.activation import tiny

pytestmark = pytest.mark.extra("torch")
TEXTS = ("The bridge was closed on 4 March. ", "Anna lives in Bern, in the old town. ", "The ferry runs at noon. ")
_LLAMA3 = {
    "rope_type": "llama3", "rope_theta": 10_000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 256,
}  # fmt: skip
_YARN = {"rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0, "original_max_position_embeddings": 256}
_LINEAR = {"rope_type": "linear", "rope_theta": 10_000.0, "factor": 4.0}
_DYNAMIC = {"rope_type": "dynamic", "rope_theta": 10_000.0, "factor": 4.0}


@cache
def _model(*, start: bool = False) -> LocalModel:
    return tiny.local(start=start)


def _kept(model: LocalModel, texts: tuple[str, ...] = TEXTS) -> tuple[KVCacheMemory, list[str]]:
    mem = KVCacheMemory(KVCacheMemoryConfig(), model=model)
    items = [mem.extract(text) for text in texts]
    mem.add(items)
    return mem, [item.kv_cache_id for item in items]


@settings(max_examples=10)
@given(texts=st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=4), start=st.booleans())
def test_an_exact_merge_is_what_the_model_makes_of_all_tokens_at_once(texts: list[str], start: bool) -> None:
    import torch

    mem, names = _kept(_model(start=start), tuple(texts))
    item = mem.merge(names)
    assert item.exact
    assert item.token_ids == (*mem.model.lead(), *(t for text in texts for t in mem.model.encode(text, lead=False)))
    whole, _ = mem.model.read(item.token_ids)
    for (keys, values), (other_keys, other_values) in zip(pairs_of(item.kv_cache), pairs_of(whole), strict=True):
        torch.testing.assert_close(keys, other_keys, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(values, other_values, rtol=1e-4, atol=1e-4)
    assert (
        mem.generate("So", after=item).ids
        == mem.model.answer((*item.token_ids, *mem.model.encode("So", lead=False))).ids
    )


def test_an_approximate_merge_says_so_wherever_it_is_used() -> None:
    mem, names = _kept(_model())
    item = mem.merge(names, exact=False, boundary=4)
    assert not item.exact
    assert str(item.metadata["merge"]).startswith("approximate")
    assert item.metadata["read_again"] == 8
    assert item.token_ids == mem.merge(names).token_ids
    assert item.kv_cache_id != mem.merge(names).kv_cache_id
    assert not mem.generate("So", after=item).exact
    assert mem.generate("So", after=mem.merge(names)).exact


def test_an_exact_merge_behind_an_approximate_one_reads_that_again_too() -> None:
    mem, names = _kept(_model())
    rough = mem.merge(names[:2], exact=False, boundary=0)
    mem.add([rough])
    mended = mem.merge([rough.kv_cache_id, names[2]])
    assert mended.exact
    assert mended.metadata["read_again"] == len(mended)
    assert mem.merge([rough.kv_cache_id]).exact
    measured = drift(mem.model, mem.merge(names).kv_cache, mended.kv_cache, "So")
    assert measured.most < 1e-4
    assert measured.same_answer


def test_the_more_of_each_text_is_read_again_the_less_a_merge_drifts() -> None:
    mem, names = _kept(_model())
    none, all_of_it = (mem.drift(names, "So where?", boundary=boundary) for boundary in (0, 1000))
    assert none.most > 0.01
    assert none.divergence > 0
    assert all_of_it.most < 1e-4
    assert all_of_it.same_first == 1
    assert all_of_it.same_answer
    assert mem.merge(names, exact=False, boundary=1000).exact


def test_merging_leaves_the_parts_as_they_were() -> None:
    mem, names = _kept(_model())
    before = [[(k.clone(), v.clone()) for k, v in pairs_of(item.kv_cache)] for item in mem.get_all()]
    for exact in (True, False):
        mem.merge(names, exact=exact)
    for pairs, item in zip(before, mem.get_all(), strict=True):
        assert all(
            (a == b).all()
            for one, two in zip(pairs, pairs_of(item.kv_cache), strict=True)
            for a, b in zip(one, two, strict=True)
        )


@pytest.mark.parametrize("rope", [None, _LINEAR, _LLAMA3, _YARN], ids=["default", "linear", "llama3", "yarn"])
@settings(max_examples=5)
@given(by=st.integers(0, 2000), seed=st.integers(0, 5))
def test_moved_keys_are_those_that_the_model_makes_there(rope: dict[str, Any] | None, by: int, seed: int) -> None:
    import torch

    scaled: dict[str, Any] = {"rope_parameters": rope} if rope else {}
    model = tiny.local(seed=seed, **scaled)
    check(model)
    ids = model.encode("moved from here")
    here, there = (pairs_of(model.read(ids, first=first)[0]) for first in (0, by))
    for (keys, values), (other_keys, other_values) in zip(turned(model, here, by), there, strict=True):
        torch.testing.assert_close(keys, other_keys, rtol=1e-2, atol=1e-2)
        torch.testing.assert_close(values, other_values, rtol=1e-2, atol=1e-2)


def test_numbers_beyond_the_rotated_part_of_a_key_stay() -> None:
    model = tiny.local(kind="StableLm", rope_parameters={
        "rope_type": "default", "rope_theta": 10_000.0, "partial_rotary_factor": 0.5})  # fmt: skip
    check(model)
    pairs = pairs_of(model.read([5, 6, 7])[0])
    for (keys, _), (moved, _) in zip(pairs, turned(model, pairs, 9), strict=True):
        assert (keys[..., 4:] == moved[..., 4:]).all()
        assert (keys[..., :4] != moved[..., :4]).any()


def test_keys_whose_turning_depends_on_the_length_are_not_moved() -> None:
    mem, names = _kept(tiny.local(rope_parameters=_DYNAMIC))
    with pytest.raises(NotSupported, match="dynamic"):
        mem.merge(names, exact=False)
    assert mem.merge(names).exact


def test_a_model_without_rotary_positions_is_merged_by_reading_only() -> None:
    sizes: dict[str, Any] = {
        "vocab_size": 270,
        "n_embd": 32,
        "n_layer": 2,
        "n_head": 4,
        "num_key_value_heads": 4,
        "bos_token_id": 264,
    }
    mem, names = _kept(LocalModel(tiny.model(kind="GPT2", **sizes), tiny.tokenizer(), name="absolute"))
    with pytest.raises(NotSupported, match="none that we know"):
        mem.merge(names, exact=False)
    assert mem.merge(names).exact


def test_a_model_that_pairs_its_numbers_otherwise_is_found_out_by_trying() -> None:
    mem, names = _kept(LocalModel(tiny.model(kind="Cohere", pad_token_id=0), tiny.tokenizer(), name="interleaved"))
    with pytest.raises(NotSupported, match="off by"):
        mem.merge(names, exact=False)


@pytest.mark.parametrize("boundary", [-1, 1.5, True, "4"])
def test_a_boundary_that_is_no_number_of_tokens_is_refused(boundary: Any) -> None:
    mem, names = _kept(_model())
    with pytest.raises(Invalid, match="boundary"):
        mem.merge(names, exact=False, boundary=boundary)


def test_a_merge_of_what_is_not_there_says_what_is_missing() -> None:
    mem, names = _kept(_model())
    mem.delete(names[1:2])
    with pytest.raises(NotFound, match=names[1]):
        mem.get_cache(names)
    with pytest.raises(Invalid, match="name at least one"):
        mem.get_cache([])


def test_the_sources_of_a_merge_are_those_of_its_parts() -> None:
    mem = KVCacheMemory(KVCacheMemoryConfig(), model=_model())
    items = [mem.extract(text, metadata={"source": f"m{number}"}) for number, text in enumerate(TEXTS)]
    mem.add(items)
    whole = mem.merge([item.kv_cache_id for item in items])
    mem.add([whole])
    assert mem.made_from("m1") == (items[1].kv_cache_id, whole.kv_cache_id)


def test_a_drift_of_a_cache_from_itself_is_none() -> None:
    mem, names = _kept(_model())
    own = mem.get_cache(names)
    measured = drift(mem.model, own, cache_of(pairs_of(own)), "So where?")
    assert (measured.most, measured.mean, measured.divergence, measured.same_first) == (0, 0, 0, 1)
