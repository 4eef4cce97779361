"""search, list and show: what is there, and how it was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.commands import wishes
from memos_graph.interfaces.screen import Screen, clean, one_line
from memos_graph.model.errors import Invalid

if TYPE_CHECKING:
    from memos_graph.services.explained import Absence
    from memos_graph.services.hits import Hit
    from memos_graph.settings import Settings

_TEXT = 480  #: characters of a hit's text that are shown; --json has all of it

Cubes = Annotated[list[str] | None, typer.Option("--in", metavar="CUBE", help="Search this cube; may be repeated.")]


def search(
    query: Annotated[str, typer.Argument(help="A question or words.")],
    top_k: wishes.TopK = 10,
    filter: wishes.Filter = None,
    kind: wishes.Kinds = None,
    tag: wishes.Tags = None,
    created_from: wishes.CreatedFrom = None,
    created_until: wishes.CreatedUntil = None,
    updated_from: wishes.UpdatedFrom = None,
    updated_until: wishes.UpdatedUntil = None,
    include_archived: wishes.Archived = False,
    as_of: wishes.AsOf = None,
    known_at: wishes.KnownAt = None,
    recency: wishes.Recency = None,
    relativity: wishes.Relativity = None,
    dedup: wishes.Dedup = None,
    max_tokens: wishes.MaxTokens = None,
    conversation: wishes.Conversation = None,
    mode: wishes.Mode = None,
    rerank: wishes.Rerank = None,
    profile: wishes.Profile = None,
    cubes: Cubes = None,
    all_cubes: Annotated[bool, typer.Option("--all-cubes", help="Search every cube of the store.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show with numbers what gave each its score.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Find memories by vector, text and graph together, each with the path that led to it.

    --json: a line for each hit, best first. docs/search.md says what each option does.
    """
    asked = wishes.wishes(locals())
    screen = Screen(json=json)
    hits, absence = _found(query, asked, options.settings_of(store, cube, embedder), cubes, every=all_cubes)
    for line in _once(absence):
        screen.note(line)
    if screen.json:
        from memos_graph.interfaces.views import hit_json

        for hit in hits:
            more = {} if hit.reranked is None else {"reranked": round(hit.reranked, 6)}
            screen.value(hit_json(hit, explain=explain) | {"relativity": round(hit.relativity, 4)} | more)
        return
    if not hits:
        screen.note("nothing found")
    for hit in hits:
        _hit(screen, hit, explain=explain, named=all_cubes or bool(cubes))


def _found(
    query: str, asked: dict[str, Any], settings: Settings, cubes: list[str] | None, *, every: bool
) -> tuple[tuple[Hit, ...], Absence | None]:
    """The hits in the cubes named, in `every` cube of the store, or in the one that settings name; and what was once
    known of it."""
    if cubes and every:
        raise Invalid("--in", ", ".join(cubes), "leave it out beside --all-cubes")
    if not cubes and not every:
        with options.opened_cube(settings) as (_, kb):
            return kb.search(query, **asked), kb.absence(query, **asked)
    with options.opened(settings) as graph:
        if cubes:
            handles = [graph.cube(name, create=False) for name in dict.fromkeys(cubes)]
            names = [handle.name for handle in handles]
            return graph.search(query, cubes=names, **asked), graph.absence(query, cubes=names, **asked)
        return (graph.search(query, **asked), graph.absence(query, **asked)) if graph.cubes() else ((), None)


def _once(absence: Absence | None) -> list[str]:
    """What was once known and holds no more, a line for the best."""
    from memos_graph.interfaces.views import minute

    if absence is None or not absence.once:
        return []
    best = absence.once[0]
    what = "deleted" if best.deleted else "until"
    told = f'once known: "{one_line(best.node.text, 200)}" ({what} {minute(best.until)}, {best.memory})'
    after = best.successor
    now = "; nothing took its place" if after is None else f'; now: "{one_line(after.text, 200)}" ({after.id})'
    return [told + now]


def _hit(screen: Screen, hit: Hit, *, explain: bool, named: bool) -> None:
    from memos_graph.interfaces.views import place, when
    from memos_graph.services.hits import describe

    facts = [hit.kind, place(hit.sources), when(hit.node), f"cube {hit.cube}" if named else "", hit.id]
    about = "  ".join(fact for fact in facts if fact)
    text = one_line(hit.text, _TEXT)
    told = [f"path  {one_line(hit.path)}"]
    doubt = hit.doubt
    if explain:
        told = ["arms  " + "  ".join(f"{arm} {share:.3f}" for arm, share in hit.arms.items())]
        told += [f"route {route.arm} {route.gain:+.3f}  {one_line(describe(route))}" for route in hit.routes]
        told += [] if hit.routes else ["route direct"]
    if doubt is not None:
        way = " -> ".join(map(one_line, doubt.path))
        told.append(f"doubt it rests on {way}, which was {doubt.why} ({one_line(doubt.since)[:10]})")
    if not screen.terminal:
        screen.line(f"{hit.rank}\t{hit.score:.4f}\t{about}")
        for line in (text, *told):
            screen.line(f"\t{line}")
        return
    from rich.padding import Padding
    from rich.text import Text

    head = Text.assemble((f"{hit.rank:>2} ", "bold cyan"), (f"{hit.score:.3f}  ", "bold"), (about, "dim"))
    screen.show(head, Padding(Text(text), (0, 0, 0, 3)))
    screen.show(*(Padding(Text(line, style="green"), (0, 0, 0, 3)) for line in told), Text())


def list_memories(
    kind: wishes.Kinds = None,
    filter: wishes.Filter = None,
    order: Annotated[str, typer.Option(help="A field such as created_at, valid_from, kind.")] = "created_at",
    descending: Annotated[bool, typer.Option("--descending", help="Largest or latest first.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="Leave out so many first.")] = 0,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """List memories in order, a page of them.

    In a pipe: id, kind, time, place and text, separated by tabs. --json: a line for each memory.
    """
    from memos_graph.interfaces.views import name_of, node_json, place, when

    screen = Screen(json=json)
    parts = [options.json_option(filter, "--filter")] if filter else []
    parts += [{"kind": {"in": list(kind)}}] if kind else []
    tree = {"and": parts} if len(parts) > 1 else (parts[0] if parts else None)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        nodes = kb.list(filter=tree, order=order, descending=descending, limit=limit, offset=offset)
    if screen.json:
        for node in nodes:
            screen.value(node_json(node))
        return
    rows = [(n.id, n.kind, when(n), place(n.sources), one_line(name_of(n), 160)) for n in nodes]
    screen.table(("id", "kind", "true of", "from", "text"), rows, wide="text")
    if len(nodes) == limit:
        screen.note(f"{limit} shown; --offset {offset + limit} shows the next")


def show(
    identity: Annotated[str, typer.Argument(metavar="ID", help="A memory's id, or id@n for an earlier version.")],
    source: Annotated[
        bool,
        typer.Option(
            "--source", help="Also where it stands: section, document, and the page, drawn; a terminal opens it."
        ),
    ] = False,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", metavar="FILE", help="Where --source draws the page (PNG); else in a temporary folder."
        ),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Also its versions and changes.")] = False,
    edges: Annotated[bool, typer.Option("--edges", help="Also its edges, with what is at their other ends.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show one memory.

    --json: one object, with "source", "history" and "edges" when asked for.
    """
    from memos_graph.interfaces.commands import details

    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (graph, kb):
        node = details.find(graph, kb, identity)
        told: dict[str, Any] = {}
        if source:
            told["source"] = details.source(graph, kb, node, picture)
        if edges:
            told["edges"] = details.edges(kb, node)
        if history:
            told["history"] = details.history(kb, node)
    if screen.json:
        from memos_graph.interfaces.views import node_json

        screen.value(node_json(node) | told)
        return
    details.fields(screen, node)
    screen.line()
    screen.line(clean(node.text))
    for part, rows in told.items():
        screen.line()
        screen.line(f"{part}:")
        details.part(screen, part, rows)
    if screen.terminal and "page" in told.get("source", {}):
        typer.launch(told["source"]["page"])
