"""One prefix of the prefixes of several cubes. Asks who counts; reads and writes nothing in the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memos_graph.engines.prefix.choose import WORKING_SHARE
from memos_graph.engines.prefix.layout import Padded, lay_out, padded, up_to
from memos_graph.engines.prefix.sharing import shares
from memos_graph.model.graph import Node
from memos_graph.prompts import prompt
from memos_graph.services.context import Context
from memos_graph.services.prefix.kept import Kept
from memos_graph.services.prefix.planning import TEMPLATE, Plan, Ruler


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A memory in it."""

    cube: str
    kept: Kept  #: as its own cube keeps it
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """The prefix of several cubes."""

    rows: tuple[Row, ...]
    filled: Padded
    counted_by: str
    block: int
    kept: int  #: tokens that stand there as they did, if all of it was sent before
    left_out: tuple[tuple[str, str], ...]


def together(context: Context, plans: Mapping[str, Plan], tokens: int | None) -> Together:
    """The first memories of each of `plans`, as many as an equal share of `tokens` holds; what one leaves, others get.

    tokens: None: as the setting or the model says. Cubes by name, what is stable of all of them before the working
    memory of all.
    """
    ruler, template = Ruler(context, max(made.manifest.tokens for made in plans.values())), prompt(TEMPLATE)
    sizes, most = ruler.sizes, ruler.most(ruler.budget if tokens is None else tokens)
    wanted = {cube: sum(row.tokens for row in made.manifest.entries) for cube, made in plans.items()}
    given = shares(wanted, max(0, most - ruler.head))
    taken = {cube: _within(made, given[cube]) for cube, made in plans.items()}
    rows = [row for part in ("stable", "working") for cube in sorted(plans) for row in _rows(cube, taken[cube], part)]
    while rows and sizes.before_user(lay_out(template, [row.node for row in rows])) > most:
        rows.pop()
    text = lay_out(template, [row.node for row in rows])
    filled = (
        padded(text, ruler.block, sizes.before_user) if sizes.exact
        else Padded(text=text, padding="", tokens=sizes.before_user(text))
    )  # fmt: skip
    still = _unmoved(rows, plans)
    kept = filled.tokens
    if still is not None:
        kept = sizes.shared(filled.text, up_to(template, [row.node for row in rows[:still]]))
    there = {(row.cube, row.kept.id) for row in rows}
    short = tuple(
        (row.id, f"no room left for cube {cube} beside the others")
        for cube, made in sorted(plans.items()) for row in made.manifest.entries if (cube, row.id) not in there
    )  # fmt: skip
    return Together(
        rows=tuple(rows), filled=filled, counted_by=sizes.by, block=ruler.block, left_out=short,
        kept=kept // ruler.block * ruler.block,
    )  # fmt: skip


def _within(made: Plan, room: int) -> list[tuple[Kept, Node]]:
    """The first stable memories that fit in `room`, and working memory in what is left or kept free for it."""
    entries = made.manifest.entries
    reserve = min(sum(row.tokens for row in entries if row.part == "working"), room // WORKING_SHARE)
    taken: list[tuple[Kept, Node]] = []
    for part, limit in (("stable", room - reserve), ("working", room)):
        for row, node in zip(entries, made.nodes, strict=True):
            if row.part != part:
                continue
            if sum(kept.tokens for kept, _ in taken) + row.tokens > limit:
                break
            taken.append((row, node))
    return taken


def _rows(cube: str, taken: Sequence[tuple[Kept, Node]], part: str) -> list[Row]:
    return [Row(cube=cube, kept=row, node=node) for row, node in taken if row.part == part]


def _unmoved(rows: Sequence[Row], plans: Mapping[str, Plan]) -> int | None:
    """How many rows, from the first on, stand there as they did; None: nothing moved."""
    moved = {cube: made.same for cube, made in plans.items() if made.kept < made.whole}
    if not moved:
        return None
    for place, row in enumerate(rows):
        if row.cube in moved and row.kept.number > moved[row.cube]:
            return place
        # what was taken from a cube's end leaves a gap behind its last memory
        if any(cube < row.cube and row.kept.part == "stable" for cube in moved):
            return place
    return len(rows)
