"""Adapter folders: taken as PEFT writes them, and refused when they could not be what they say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_graph.memories.parametric import ParametricMemory, read_adapter
from memos_graph.model.errors import Invalid, NotFound, NotSupported
from tests.memories.adapters import safetensors, write_adapter


class Seat:
    """A model server that remembers names."""

    def __init__(self) -> None:
        self.names: dict[str, Path] = {}

    def load_adapter(self, name: str, folder: Path) -> None:
        self.names[name] = folder

    def unload_adapter(self, name: str) -> None:
        del self.names[name]

    def adapters(self) -> tuple[str, ...]:
        return ("base", *self.names)

    def base_names(self) -> tuple[str, ...]:
        return ("base", "/models/A-Base/")


def test_a_folder_says_what_it_is(tmp_path: Path) -> None:
    adapter = read_adapter(write_adapter(tmp_path / "a"))
    assert (adapter.base_model, adapter.rank, adapter.targets, adapter.tensors) == (
        "a-base",
        4,
        ("q_proj", "v_proj"),
        8,
    )


def test_an_adapter_is_registered_once_and_forgotten_once(tmp_path: Path) -> None:
    seat = Seat()
    memory = ParametricMemory(write_adapter(tmp_path / "a"), name="harbour", server=seat)
    assert (memory.register(), memory.register(), memory.registered()) == ("harbour", "harbour", True)
    assert seat.names == {"harbour": (tmp_path / "a").absolute()}
    memory.unregister()
    memory.unregister()
    assert not memory.registered()


def test_an_adapter_of_a_model_with_another_name_is_told_of(tmp_path: Path) -> None:
    own = ParametricMemory(write_adapter(tmp_path / "a", base="someone/a-base"), name="own", server=Seat())
    other = ParametricMemory(write_adapter(tmp_path / "b", base="someone/b-base"), name="other", server=Seat())
    silent = ParametricMemory(write_adapter(tmp_path / "c", base=""), name="silent", server=Seat())
    assert (own.misfit(), silent.misfit()) == ("", "")
    assert "someone/b-base" in other.misfit() and "base at /models/A-Base/" in other.misfit()


def test_without_a_server_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(NotSupported, match="MEMOS_GRAPH_LANGUAGE_MODEL"):
        ParametricMemory(write_adapter(tmp_path / "a")).register()


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "a" * 129, "é"])
def test_a_name_that_could_lead_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_adapter(tmp_path / "a")
    if not name:
        assert ParametricMemory(folder).name == "a"
        return
    with pytest.raises(Invalid, match="adapter name"):
        ParametricMemory(folder, name=name)


@pytest.mark.parametrize(
    ("config", "said"),
    [({"peft_type": "IA3"}, "peft_type"), ({"r": 0}, "rank"), ({"r": True}, "rank"), ({"r": 8}, "rank 8"),
     ({"target_modules": []}, "target_modules"), ({"target_modules": [1]}, "target_modules")],
)  # fmt: skip
def test_a_config_that_does_not_go_with_the_weights_is_refused(
    tmp_path: Path, config: dict[str, object], said: str
) -> None:
    folder = write_adapter(tmp_path / "a")
    read = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**read, **config}))
    with pytest.raises(Invalid, match=said):
        read_adapter(folder)


def test_pickled_weights_and_links_are_refused_even_beside_good_ones(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / "adapter_model.bin").write_bytes(b"")
    with pytest.raises(Invalid, match="pickled"):
        read_adapter(folder)
    (folder / "adapter_model.bin").unlink()
    (folder / "notes").symlink_to(tmp_path)
    with pytest.raises(Invalid, match="links"):
        read_adapter(folder)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        read_adapter(tmp_path / "nowhere")
    folder = write_adapter(tmp_path / "a")
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(NotFound, match=r"adapter_model\.safetensors"):
        read_adapter(folder)


def test_tensors_that_are_no_lora_are_refused(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / "adapter_model.safetensors").write_bytes(safetensors({"lm_head.weight": np.zeros((4, 4), np.float32)}))
    with pytest.raises(Invalid, match=r"lm_head\.weight"):
        read_adapter(folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.integers(0, 400))
def test_bytes_of_any_kind_are_an_adapter_or_an_error(tmp_path: Path, junk: bytes, at: int) -> None:
    folder = tmp_path / "a"
    if not folder.exists():
        write_adapter(folder)
        (tmp_path / "good").write_bytes((folder / "adapter_model.safetensors").read_bytes())
    good = (tmp_path / "good").read_bytes()
    (folder / "adapter_model.safetensors").write_bytes(good[:at] + junk + good[at + len(junk) :])
    try:
        read_adapter(folder)
    except Invalid as error:
        assert "adapter" in str(error)
