"""mem-cube dump, load and check; adapter add, remove and list: a cube as one directory, and adapters at a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Screen
from memos_graph.model.errors import NotSupported

if TYPE_CHECKING:
    from memos_graph.memories.cube_folder import CubeFolder
    from memos_graph.ports_language import AdapterServer

mem_cube = typer.Typer(no_args_is_help=True, help="A cube as one directory, each file checked (docs/memcube.md).")
adapter = typer.Typer(no_args_is_help=True, help="LoRA adapters at the model server: parametric memory's seat.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The directory.")]


@mem_cube.command()
def dump(
    directory: Folder,
    vectors: Annotated[bool, typer.Option("--vectors/--no-vectors", help="With the vectors of memories.")] = True,
    lora: Annotated[
        Path | None, typer.Option("--adapter", metavar="FOLDER", help="A LoRA adapter to go along.")
    ] = None,
    store: options.Store = None,
    cube: options.Cube = None,
    json: options.Json = False,
) -> None:
    """Write a cube into DIR: memories of every state with their versions and edges, no history; whole or not at all.

    --json: what DIR says of itself.
    """
    from memos_graph.memories.mem_cube import MemCube
    from memos_graph.memories.parametric import ParametricMemory

    settings = options.settings_of(store, cube, None)
    with options.opened(settings) as graph:
        parameters = None if lora is None else ParametricMemory(lora)
        made = MemCube(graph.context, settings.cube, para_mem=parameters).dump(directory, vectors=vectors)
    _tell(Screen(json=json), made)


@mem_cube.command()
def load(
    directory: Folder,
    reembed: Annotated[bool, typer.Option("--reembed", help="Make vectors of another embedder anew.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Take in what dump wrote, once every file was checked, into a cube that is there or a new one.

    --json: what DIR says of itself.
    """
    from memos_graph.memories.cube_folder import read_folder
    from memos_graph.memories.mem_cube import MemCube

    settings = options.settings_of(store, cube, embedder)
    with options.opened(settings) as graph:
        if any(known.id == settings.cube for known in graph.cubes()):
            MemCube(graph.context, settings.cube).load(directory, reembed=reembed)
        else:
            MemCube.init_from_dir(graph.context, directory, cube=settings.cube, reembed=reembed)
    _tell(Screen(json=json), read_folder(directory))


@mem_cube.command()
def check(directory: Folder, json: options.Json = False) -> None:
    """Read every file of DIR and compare it with what was written; an error names the one that differs.

    --json: what DIR says of itself.
    """
    from memos_graph.memories.cube_folder import read_folder

    _tell(Screen(json=json), read_folder(directory))


@adapter.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model name that chats will use.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The adapter, on the server's own disk.")],
    json: options.Json = False,
) -> None:
    """Have the model server answer as NAME with a LoRA adapter.

    --json: {"name", "base_model", "rank"}.
    """
    from memos_graph.memories.parametric import ParametricMemory

    memory = ParametricMemory(folder, name=name, server=_server())
    memory.register()
    said = {"name": memory.name, "base_model": memory.adapter.base_model, "rank": memory.adapter.rank}
    screen, doubt = Screen(json=json), memory.misfit()
    _rows(screen, said)
    if doubt:
        screen.note(doubt)


@adapter.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As it was added.")], json: options.Json = False
) -> None:
    """Have the model server forget an adapter.

    --json: {"removed"}.
    """
    _server().unload_adapter(name)
    _rows(Screen(json=json), {"removed": name})


@adapter.command(name="list")
def list_adapters(json: options.Json = False) -> None:
    """The names that the model server answers by, its model's own among them.

    --json: a list.
    """
    screen, names = Screen(json=json), _server().adapters()
    if screen.json:
        screen.value(list(names))
        return
    screen.table(["name"], [[name] for name in names])


def _server() -> AdapterServer:
    from memos_graph.app import make_language_model
    from memos_graph.app.prefix_server import make_prefix_server
    from memos_graph.ports_language import AdapterServer
    from memos_graph.settings import load_settings

    settings = load_settings()
    model = make_language_model(settings.language_model, key=settings.language_model_key)
    server: object = make_prefix_server(settings.prefix_server, model, key=settings.language_model_key)
    if not isinstance(server, AdapterServer):
        raise NotSupported("adapter", "no vLLM is set: MEMOS_GRAPH_LANGUAGE_MODEL=openai:MODEL@http://HOST:8000/v1")
    return server


def _tell(screen: Screen, folder: CubeFolder) -> None:
    said: dict[str, Any] = {"directory": str(folder.path), **folder.config, "files": dict(folder.files)}
    if screen.json:
        screen.value(said)
        return
    screen.line(f"{folder.path}: cube {folder.config.get('cube_id')}, every file is as it was written")
    screen.table(["file", "bytes"], sorted(folder.files.items()), wide="file")


def _rows(screen: Screen, said: dict[str, Any]) -> None:
    if screen.json:
        screen.value(said)
    else:
        screen.table(["", ""], list(said.items()))
