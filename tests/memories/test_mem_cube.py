"""MemCube: what a dump holds comes back, and what was touched on the way does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import memos_graph
from memos_graph.app import Graph
from memos_graph.memories.cube_folder import read_folder
from memos_graph.memories.mem_cube import ACTIVATION, PARAMETRIC, MemCube
from memos_graph.memories.parametric import ParametricMemory
from memos_graph.model.errors import AlreadyExists, EmbedderMismatch, Invalid, NotFound, NotSupported, Refused
from tests.memories.adapters import write_adapter
from tests.memories.letters import LetterEmbedder


@pytest.fixture(params=["memory:", "kb.graph"])
def graph(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Graph]:
    where = request.param if request.param.endswith(":") else tmp_path / request.param
    with memos_graph.open(where, embedder=LetterEmbedder()) as opened:
        kb = opened.cube("u1")
        kb.add("Ines moved to Aldermouth.", name="move")
        first = kb.add("The ferry leaves at nine.").fed[0].root
        kb.update(first, text="The ferry leaves at ten.")
        kb.link(first, kb.add("The quay is wet.").fed[0].root, "NEAR")
        yield opened


class OneFile:
    """Activation memory that is one text."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def dump(self, directory: str | Path) -> None:
        (Path(directory) / ACTIVATION).write_text(self.text)

    def load(self, directory: str | Path) -> None:
        self.text = (Path(directory) / ACTIVATION).read_text()


def everything_of(graph: Graph, cube: str) -> tuple[Any, Any]:
    """Nodes of every state and live edges, without what a cube's name gives."""
    from memos_graph.model.scope import everything

    store = graph.context.store
    nodes = [(n.id, n.kind, n.text, n.status, n.version, n.retired_at) for n in store.scan(everything(cube)).nodes]
    return nodes, sorted((e.kind, e.from_id, e.to_id) for e in graph.cube(cube).edges())


def test_a_dump_comes_back_as_a_new_cube_with_versions_edges_and_answers(graph: Graph, tmp_path: Path) -> None:
    MemCube(graph.context, "u1").dump(tmp_path / "d")
    made = MemCube.init_from_dir(graph.context, tmp_path / "d", cube="u2")
    assert made.cube_id == "u2" and everything_of(graph, "u2") == everything_of(graph, "u1")
    asked = [[hit.id for hit in graph.cube(name).search("when does the ferry leave?")] for name in ("u1", "u2")]
    assert asked[0] == asked[1] != []


def test_what_is_not_set_says_so_and_dumps_no_file(graph: Graph, tmp_path: Path) -> None:
    cube = MemCube(graph.context, "u1")
    for ask in (lambda: cube.act_mem, lambda: cube.para_mem):
        with pytest.raises(NotSupported, match="not set"):
            ask()
    assert sorted(cube.dump(tmp_path / "d").files) == ["textual_memory.json"]


def test_all_three_memories_travel_together(graph: Graph, tmp_path: Path) -> None:
    adapter = ParametricMemory(write_adapter(tmp_path / "lora"), name="harbour")
    MemCube(graph.context, "u1", act_mem=OneFile("caches"), para_mem=adapter).dump(tmp_path / "d")
    taken = OneFile()
    made = MemCube.init_from_dir(graph.context, tmp_path / "d", cube="u2", act_mem=taken)
    assert taken.text == "caches" and made.para_mem.name == "harbour" and made.para_mem.adapter == adapter.adapter
    MemCube(graph.context, "u1", act_mem=OneFile()).load(tmp_path / "d")
    with pytest.raises(NotSupported, match="act_mem"):
        MemCube(graph.context, "u1").load(tmp_path / "d")


def test_loading_into_a_cube_that_has_it_already_changes_nothing(graph: Graph, tmp_path: Path) -> None:
    before, changes = everything_of(graph, "u1"), len(graph.cube("u1").history())
    MemCube(graph.context, "u1").dump(tmp_path / "d")
    MemCube(graph.context, "u1").load(tmp_path / "d")
    assert everything_of(graph, "u1") == before and len(graph.cube("u1").history()) == changes


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


def _turn_a_byte(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _link(file: Path) -> None:
    file.rename(file.with_name(".away"))
    file.symlink_to(file.with_name(".away"))


@pytest.mark.parametrize("harm", [_cut, _turn_a_byte, Path.unlink, _link], ids=lambda harm: harm.__name__)
def test_a_file_that_is_not_the_one_that_was_written_is_named_and_nothing_is_taken(
    graph: Graph, tmp_path: Path, harm: Callable[[Path], Any]
) -> None:
    MemCube(graph.context, "u1").dump(tmp_path / "d")
    harm(tmp_path / "d" / "textual_memory.json")
    with pytest.raises(Invalid, match=r"textual_memory\.json"):
        MemCube.init_from_dir(graph.context, tmp_path / "d", cube="u2")
    assert [cube.id for cube in graph.cubes()] == ["u1"]


def test_a_file_that_nobody_wrote_is_refused_but_a_readme_and_a_repository_are_not(
    graph: Graph, tmp_path: Path
) -> None:
    folder = MemCube(graph.context, "u1").dump(tmp_path / "d").path
    (folder / "README.md").write_text("about this cube")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("[core]")
    assert sorted(read_folder(folder).files) == ["textual_memory.json"]
    (folder / "activation_memory.pickle").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(Invalid, match=r"activation_memory\.pickle"):
        read_folder(folder)


@pytest.mark.parametrize(
    "config",
    [b"", b"[]", b"{}", b'{"format": "memos-graph-memcube"}', b'{"format": "memos-graph-memcube", "version": 2}',
     b'{"format": "memos-graph-memcube", "version": 1}', b"\xff\xfe", b"[" * 200_000,
     b'{"format": "memos-graph-memcube", "version": 1, "files": {"../../etc/passwd": {"sha256": "", "bytes": 0}}}',
     b'{"format": "memos-graph-memcube", "version": 1, "files": {"textual_memory.json": 7}}'],
)  # fmt: skip
def test_a_hostile_config_is_an_error_that_names_the_directory(graph: Graph, tmp_path: Path, config: bytes) -> None:
    MemCube(graph.context, "u1").dump(tmp_path / "d")
    (tmp_path / "d" / "config.json").write_bytes(config)
    with pytest.raises(Invalid, match="MemCube"):
        MemCube.init_from_dir(graph.context, tmp_path / "d", cube="u2")


def test_vectors_of_another_embedder_are_refused_or_made_anew(graph: Graph, tmp_path: Path) -> None:
    MemCube(graph.context, "u1").dump(tmp_path / "d")
    with memos_graph.open("memory:") as other:
        with pytest.raises(EmbedderMismatch, match="letters-1"):
            MemCube.init_from_dir(other.context, tmp_path / "d")
        assert other.cubes() == ()
        MemCube.init_from_dir(other.context, tmp_path / "d", reembed=True)
        assert other.cube("u1").search("When does the ferry leave?", top_k=1)[0].text == "The ferry leaves at ten."


def test_a_dump_replaces_an_earlier_one_whole_and_never_something_else(graph: Graph, tmp_path: Path) -> None:
    cube = MemCube(graph.context, "u1", act_mem=OneFile("caches"))
    cube.dump(tmp_path / "d")
    cube.act_mem = None
    assert ACTIVATION not in cube.dump(tmp_path / "d").files and not (tmp_path / "d" / ACTIVATION).exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(Refused, match="something else"):
        cube.dump(tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_dump_that_fails_leaves_the_earlier_one_and_no_half(graph: Graph, tmp_path: Path) -> None:
    class Fails(OneFile):
        def dump(self, directory: str | Path) -> None:
            super().dump(directory)
            raise OSError("no room")

    cube = MemCube(graph.context, "u1")
    cube.dump(tmp_path / "out" / "d")
    cube.act_mem = Fails("half")
    with pytest.raises(OSError, match="no room"):
        cube.dump(tmp_path / "out" / "d")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["d"]
    assert list(read_folder(tmp_path / "out" / "d").files) != []


def test_a_cube_that_is_there_is_not_made_again(graph: Graph, tmp_path: Path) -> None:
    MemCube(graph.context, "u1").dump(tmp_path / "d")
    with pytest.raises(AlreadyExists, match="u1"):
        MemCube.init_from_dir(graph.context, tmp_path / "d")
    assert everything_of(graph, "u1")[0]
    with pytest.raises(NotFound, match="no MemCube"):
        MemCube.init_from_dir(graph.context, tmp_path / "nowhere")


def test_a_text_that_can_not_be_taken_leaves_no_cube_behind(graph: Graph, tmp_path: Path) -> None:
    import hashlib

    folder = MemCube(graph.context, "u1").dump(tmp_path / "d").path
    whole = json.loads((folder / "textual_memory.json").read_text())
    whole["nodes"][0]["status"] = "undead"
    (folder / "textual_memory.json").write_text(json.dumps(whole))
    config = json.loads((folder / "config.json").read_text())
    data = (folder / "textual_memory.json").read_bytes()
    config["files"]["textual_memory.json"] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(Invalid, match="undead"):
        MemCube.init_from_dir(graph.context, folder, cube="u2")
    assert [cube.id for cube in graph.cubes()] == ["u1"]


def test_an_adapter_goes_along_with_its_name(graph: Graph, tmp_path: Path) -> None:
    memory = ParametricMemory(write_adapter(tmp_path / "lora"), name="harbour")
    folder = MemCube(graph.context, "u1", para_mem=memory).dump(tmp_path / "d")
    assert f"{PARAMETRIC}/adapter_model.safetensors" in folder.files
    assert folder.config["para_mem"] == {"backend": "lora", "name": "harbour", "base_model": "a-base"}
