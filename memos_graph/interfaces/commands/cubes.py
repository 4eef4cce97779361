"""cubes: list, create and drop the units of isolation."""

from __future__ import annotations

from typing import Annotated, cast, get_args

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.commands.changing import Yes, confirm
from memos_graph.interfaces.screen import Screen
from memos_graph.model.errors import Invalid

app = typer.Typer(help="List, create and drop cubes.", no_args_is_help=True)


@app.command("list")
def list_cubes(store: options.Store = None, embedder: options.Embedder = None, json: options.Json = False) -> None:
    """List the store's cubes.

    In a pipe: name, class, model, and when it was made, separated by tabs. --json: a line for each cube.
    """
    from memos_graph.model.codec import cube_to_json

    screen = Screen(json=json)
    with options.opened(options.settings_of(store, None, embedder)) as graph:
        found = graph.cubes()
    if screen.json:
        for cube in found:
            screen.value(cube_to_json(cube))
        return
    models = {cube.id: space.model for cube in found if (space := cube.space(cube.text_space))}
    rows = [(c.id, c.cube_class, models.get(c.id, ""), c.created_at.strftime("%Y-%m-%d %H:%M")) for c in found]
    screen.table(("cube", "class", "embedded by", "made"), rows)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="ASCII letters, digits, . _ @ -")],
    cube_class: Annotated[str, typer.Option("--class", help="user, public or knowledgebase.")] = "user",
    store: options.Store = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Create a cube; the store too, if it is not there.

    --json: the cube.
    """
    from memos_graph.model.codec import cube_to_json
    from memos_graph.model.graph import CubeClass, check_cube_id

    check_cube_id(name)
    if cube_class not in get_args(CubeClass):
        raise Invalid("--class", cube_class, "use user, public or knowledgebase")
    screen = Screen(json=json)
    with options.opened(options.settings_of(store, None, embedder), make=True) as graph:
        made = graph.create_cube(name, cube_class=cast(CubeClass, cube_class))
    if screen.json:
        screen.value(cube_to_json(made))
    else:
        screen.line(f"made cube {made.id}")


@app.command()
def drop(
    name: Annotated[str, typer.Argument(help="The cube.")],
    yes: Yes = False,
    store: options.Store = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Drop a cube with all that is in it, for good.

    Asks first on a terminal. --json: {"dropped": name}.
    """
    screen = Screen(json=json)
    with options.opened(options.settings_of(store, None, embedder)) as graph:
        graph.cube(name, create=False)
        confirm(f"Drop cube {name} with all that is in it?", yes)
        graph.drop_cube(name)
    if screen.json:
        screen.value({"dropped": name})
    else:
        screen.line(f"dropped cube {name}")
