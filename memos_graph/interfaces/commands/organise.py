"""organise and working: put a cube in order, and see what is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Bars, Screen, one_line

if TYPE_CHECKING:
    from memos_graph.services.organise.organise import Organised

_STEPS = "Steps"


def organise(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")] = False,
    merge: Annotated[bool, typer.Option(help="Merge memories that say the same.", rich_help_panel=_STEPS)] = True,
    relate: Annotated[bool, typer.Option(help="Link texts near in meaning.", rich_help_panel=_STEPS)] = True,
    causes: Annotated[bool, typer.Option(help="Join causal chains of documents.", rich_help_panel=_STEPS)] = True,
    clusters: Annotated[
        bool, typer.Option(help="Sum up themes and topics (extra organise).", rich_help_panel=_STEPS)
    ] = True,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Put a cube in order: merge what is said twice, link, join causes, sum up clusters.

    Stopped, it goes on when given again; given again, it writes only what is new. --json: one object.
    """
    from memos_graph.services.organise.organise import OrganisePolicy

    policy = OrganisePolicy(merge=merge, relate=relate, join_causes=causes, clusters=clusters)
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb), screen.progress() as progress:
        report = kb.organise(policy, dry_run=dry_run, progress=Bars(progress).counted)
        texts = {node.id: node.text for node in kb.get_many(report.summaries)} if not dry_run else {}
    if screen.json:
        screen.value(report_json(report))
        return
    for note in report.notes:
        screen.note(note)
    for line in report_lines(report):
        screen.line(line)
    if texts:
        screen.table(("summary", "text"), [(i, one_line(texts.get(i, ""), 200)) for i in report.summaries], wide="text")


def working(
    refresh: Annotated[bool, typer.Option("--refresh", help="Choose it anew, as a whole.")] = False,
    capacity: Annotated[
        int | None, typer.Option(min=1, help="With --refresh: how many; else the cube's policy.")
    ] = None,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Show working memory: the most recent and most used memories.

    --json: a line for each memory, most at hand first.
    """
    if capacity is not None and not refresh:
        raise typer.BadParameter("--capacity goes with --refresh")
    screen = Screen(json=json)
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb), screen.progress() as progress:
        if refresh:
            kb.refresh_working_memory(capacity=capacity, progress=Bars(progress).counted)
        held = kb.working_memory()
    if screen.json:
        from memos_graph.interfaces.views import node_json

        for node in held:
            screen.value(node_json(node))
        return
    if not held:
        screen.note("working memory is empty; --refresh chooses it")
    screen.table(("id", "kind", "text"), [(n.id, n.kind, one_line(n.text, 200)) for n in held], wide="text")


def report_json(report: Organised) -> dict[str, Any]:
    """What `organise --json` prints."""
    return {
        "cube": report.cube, "dry_run": report.dry_run, "texts": report.texts,
        "merged": [list(group) for group in report.merged], "related": report.related, "unrelated": report.unrelated,
        "joined_causes": report.joined_causes, "summaries": list(report.summaries),
        "rewritten": list(report.rewritten), "ended": list(report.ended), "joined": report.joined,
        "loose": report.loose, "receipts": list(report.receipts), "notes": list(report.notes),
    }  # fmt: skip


def report_lines(report: Organised) -> list[str]:
    """What `organise` prints besides the summaries."""
    verb = "would be " if report.dry_run else ""
    told = [
        (len(report.merged), f"groups of memories that say the same {verb}merged"),
        (report.related, f"pairs of near texts {verb}linked"),
        (report.unrelated, f"links {verb}ended"),
        (report.joined_causes, f"causes {verb}joined across documents"),
        (len(report.summaries), f"summaries {verb}made"),
        (len(report.rewritten), f"summaries {verb}rewritten"),
        (len(report.ended), f"summaries {verb}ended"),
        (report.joined, f"texts {verb}put in clusters that were there"),
    ]
    lines = [f"{count} {what}" for count, what in told if count]
    return [*(lines or ["nothing to do"]), f"{report.texts} texts looked at, {report.loose} of no cluster"]
