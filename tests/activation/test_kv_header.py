"""A file that is not one of ours is refused by its header, in words, before a number of it is read. No PyTorch."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.activation.files import MOST_HEADER, head
from memos_graph.model.errors import Invalid, NotFound

pytestmark = pytest.mark.extra("safetensors")
_ID = "3f0c1ad4-3a3b-5a39-9d0a-6b3a8f0c7d11"


def _row(**changed: Any) -> dict[str, Any]:
    origin = {
        "model": "tiny", "revision": "", "config": "c", "weights": "w", "tokenizer": "t", "dtype": "float32",
        "layers": 2, "heads": 1, "width": 4,
    }  # fmt: skip
    row = {
        "kv_cache_id": _ID, "origin": origin | changed.pop("origin", {}), "tokens": 3, "lead": 0, "exact": True,
        "ids_sha256": "x", "crc32": 0, "metadata": {"source": "m1"},
    }  # fmt: skip
    return row | changed


def _file(path: Path, rows: Any, *, drop: str = "", metadata: dict[str, str] | None = None) -> Path:
    from safetensors.numpy import save_file

    tensors: dict[str, Any] = {f"{_ID}/ids": np.zeros(3, np.int64)}
    for layer in range(2):
        tensors |= {f"{_ID}/{kind}.{layer}": np.zeros((1, 1, 3, 4), np.float32) for kind in "kv"}
    tensors.pop(drop, None)
    said = {"format": "memos-graph-kv", "version": "1", "caches": json.dumps(rows)} if metadata is None else metadata
    save_file(tensors, str(path), metadata=said)
    return path


def _raw(path: Path, header: bytes, size: int | None = None, data: bytes = b"") -> Path:
    path.write_bytes((len(header) if size is None else size).to_bytes(8, "little") + header + data)
    return path


def test_a_header_of_ours_is_read_without_pytorch(tmp_path: Path) -> None:
    (entry,) = head(_file(tmp_path / "a", [_row()]))
    assert (entry.kv_cache_id, entry.tokens, entry.origin.layers, entry.metadata) == (_ID, 3, 2, {"source": "m1"})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"tokens": 4}, "its header's caches say"),
        ({"tokens": -1}, "can't be understood"),
        ({"tokens": 1 << 40}, "can't be understood"),
        ({"tokens": True}, "can't be understood"),
        ({"lead": "0"}, "lead is str"),
        ({"metadata": []}, "metadata is list"),
        ({"kv_cache_id": "../../a"}, "kv_cache_id"),
        ({"more": 1}, "can't be understood"),
        ({"origin": {"layers": 3}}, "its tensors are not those"),
        ({"origin": {"layers": 2_000_000_000}}, "can't be understood"),
        ({"origin": {"dtype": "bfloat16"}}, "its header's caches say"),
        ({"origin": {"dtype": None}}, "can't be understood"),
        ({"origin": {"width": 8}}, "its header's caches say"),
    ],
)
def test_a_header_whose_words_do_not_fit_its_tensors_is_refused(
    tmp_path: Path, changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        head(_file(tmp_path / "a", [_row(**changed)]))


@pytest.mark.parametrize("rows", [None, 3, "x", [3], [None], [[]], {}, [{"origin": {}}], [{"origin": 3}]])
def test_a_list_of_caches_that_is_none_is_refused(tmp_path: Path, rows: Any) -> None:
    with pytest.raises(Invalid, match=r"header|tensors"):
        head(_file(tmp_path / "a", rows))


def test_lists_nested_without_end_are_refused(tmp_path: Path) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    with pytest.raises(Invalid, match="can't be understood"):
        head(_file(tmp_path / "a", [], metadata={"format": "memos-graph-kv", "version": "1", "caches": deep}))


def test_a_file_of_another_kind_says_so(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="its format is 'pt'"):
        head(_file(tmp_path / "a", [], metadata={"format": "pt"}))
    with pytest.raises(Invalid, match="its version is '2', this reads 1"):
        head(_file(tmp_path / "b", [], metadata={"format": "memos-graph-kv", "version": "2"}))
    with pytest.raises(NotFound):
        head(tmp_path / "c")
    with pytest.raises(Invalid, match="can't be read"):
        head(tmp_path)


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"v\.1"):
        head(_file(tmp_path / "a", [_row()], drop=f"{_ID}/v.1"))


@pytest.mark.parametrize("size", [MOST_HEADER + 1, 1 << 40, (1 << 63) - 1, (1 << 64) - 1])
def test_a_header_that_claims_to_be_huge_is_refused_before_it_is_read(tmp_path: Path, size: int) -> None:
    with pytest.raises(Invalid, match="its header would be"):
        head(_raw(tmp_path / "a", b"{}", size))


@pytest.mark.parametrize(
    "tensor",
    [
        {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 1 << 50]},
        {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]},
        {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]},
        {"dtype": "X9", "shape": [2], "data_offsets": [0, 8]},
    ],
)
def test_a_tensor_with_lengths_that_can_t_be_is_refused(tmp_path: Path, tensor: dict[str, Any]) -> None:
    header = json.dumps({"a": tensor}).encode()
    with pytest.raises(Invalid):
        head(_raw(tmp_path / "a", header, data=b"12345678"))


def test_tensors_that_overlap_are_refused(tmp_path: Path) -> None:
    one = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    with pytest.raises(Invalid):
        head(_raw(tmp_path / "a", json.dumps({"a": one, "b": one}).encode(), data=b"12345678"))


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    import pickle

    (tmp_path / "a").write_bytes(pickle.dumps({"kv_cache": [1, 2, 3]}))
    with pytest.raises(Invalid):
        head(tmp_path / "a")


@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "a"
    path.write_bytes(data)
    with pytest.raises(Invalid):
        head(path)


@given(at=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_file_with_one_byte_changed_is_read_or_refused_in_words(
    at: float, byte: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = _file(tmp_path_factory.mktemp("one") / "a", [_row()])
    whole = bytearray(path.read_bytes())
    whole[int(at * len(whole))] = byte
    path.write_bytes(whole)
    with suppress(Invalid):
        assert len(head(path)) == 1
