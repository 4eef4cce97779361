"""How the demo is shown: drawn on a terminal, plain lines in a pipe, one JSON object when asked. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memos_graph.interfaces.demo.steps import LOOKED, TOP, Asked, Changed, Placed, Shape, Twice, found
from memos_graph.interfaces.demo.visitor import Suggested
from memos_graph.interfaces.drawing.picture import Neighbourhood
from memos_graph.interfaces.screen import Screen, one_line
from memos_graph.interfaces.views import count, hit_json, minute, name_of, node_json, place, readable
from memos_graph.model.graph import Node
from memos_graph.services.hits import Hit

if TYPE_CHECKING:
    from memos_graph.services.remember.report import Fed

_TEXT = 330  #: characters of a passage that are shown


class Stage:
    """Shows each step as it comes; with JSON it keeps them, and `close` writes one object."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self._told: dict[str, Any] = {}

    def fed(self, where: Path, fed: Sequence[Fed], seconds: float) -> None:
        """What was fed, file by file."""
        rows = [(f.name, f.outcome, len(f.nodes), len(f.edges), f.problem) for f in fed]
        self._keep("fed", {"from": str(where), "seconds": round(seconds, 2), "sources": [
            {"name": n, "outcome": o, "nodes": k, "edges": e, "problem": p} for n, o, k, e, p in rows]})  # fmt: skip
        failed = sum(1 for f in fed if f.outcome == "failed")
        self._head("Feed", f"{count(len(fed) - failed, 'source')} of {where} in {seconds:.1f} s"
                   + (f", {failed} not taken in" if failed else ""))  # fmt: skip
        columns = ("source", "outcome", "nodes", "edges", *(["problem"] if failed else []))
        shown = rows if len(rows) <= 24 else [*rows[:12], *(r for r in rows[12:] if r[1] == "failed")]
        self._table(columns, [row[: len(columns)] for row in shown])
        if len(shown) < len(rows):
            self._line(f"... and {len(rows) - len(shown)} more")

    def shape(self, shape: Shape) -> None:
        """Counts by kind."""
        self._keep("shape", {"nodes": dict(shape.nodes), "edges": dict(shape.edges)})
        nodes, edges = sum(shape.nodes.values()), sum(shape.edges.values())
        self._head("A graph", f"{nodes:,} nodes and {edges:,} edges")
        if not self.screen.terminal:
            self._table(("nodes", "count"), list(shape.nodes.items()))
            self._table(("edges", "count"), list(shape.edges.items()))
        elif not self.screen.json:
            self._bars(shape)

    def places(self, placed: Sequence[Placed], page: tuple[Node, Path] | None) -> None:
        """A memory of each format with the place it came from; `page`: the one whose page was drawn, and where."""
        rows = [(one.node.kind, _placed(one.node), one_line(_seen(one.node), 110)) for one in placed]
        self._keep("places", {
            "memories": [node_json(one.node) | {"media_type": one.media_type} for one in placed],
            "page": None if page is None else {"id": page[0].id, "path": str(page[1])},
        })  # fmt: skip
        self._head("Where it came from", "each memory knows its file, page and box")
        self._table(("memory", "from", "what it says"), rows)
        if page is not None:
            self._field("page", f"{page[1]}, as memos-graph show {page[0].id} --source draws it", style="green")

    def asked(self, chosen: Sequence[Asked], asked: Sequence[Asked]) -> None:
        """Three questions with both ranks, and how all of them went."""
        ours, theirs = sum(found(a.rank) for a in asked), sum(found(a.vector_rank) for a in asked)
        all_told = {"asked": len(asked), "top": TOP, "search": ours, "vectors": theirs}
        self._keep("questions", {"all": all_told, "shown": [_asked_json(a) for a in chosen]})
        self._head("Ask", f"of {len(asked)} prepared questions the answer is in the first {TOP} for {ours} by search, "
                   f"for {theirs} by vectors alone")  # fmt: skip
        for one in chosen:
            self._question(one)

    def _question(self, one: Asked) -> None:
        self._strong(f"? {one.question}")
        self._ranks(one.rank, one.vector_rank)
        self._field("answer", one.answer)
        where = place(one.hit.sources if one.hit else one.proof.sources)
        self._field("passage", f"{one_line(readable(one.proof), _TEXT)}  [{where}]")
        if one.hit is not None:
            self._field("path", one_line(one.hit.path), style="green")
        if one.vector_first is not None and not found(one.vector_rank):
            first = f"{one_line(readable(one.vector_first), 110)}  [{place(one.vector_first.sources)}]"
            self._field("vectors", f"put first: {first}", style="dim")
        self._line()

    def suggested(self, suggested: Sequence[Suggested]) -> None:
        """Questions that a visitor's folder suggests, with hits and both ranks."""
        self._keep("questions", [
            {"question": s.question, "why": s.why,
             "hits": [hit_json(hit, explain=True) | {"vector_rank": rank} for hit, rank in s.hits]}
            for s in suggested
        ])  # fmt: skip
        self._head("Ask", "nobody prepared answers for these files: see for yourself what search brings, and where "
                   "vectors alone rank it" if suggested else "nothing in these files to ask about")  # fmt: skip
        for one in suggested:
            self._strong(f"? {one.question}")
            self._field("why", one.why, style="dim")
            for hit, rank in one.hits[:3]:
                self._line()
                self._ranks(hit.rank, rank)
                self._field("passage", f"{one_line(readable(hit.node), 220)}  [{place(hit.sources)}]")
                self._field("path", one_line(hit.path), style="green")
            self._line()

    def twice(self, twice: Twice) -> None:
        """The same sources once more."""
        unchanged = sum(1 for f in twice.second if f.outcome == "unchanged")
        wrote = sum(len(f.nodes) + len(f.edges) for f in twice.second)
        receipt = next((f.receipt for f in twice.first if f.receipt), "")
        told = {"sources": len(twice.second), "unchanged": unchanged, "wrote": wrote, "nodes": list(twice.nodes),
                "edges": list(twice.edges), "last_change": list(twice.changes), "receipt": receipt}  # fmt: skip
        self._keep("twice", told)
        told_short = f"{unchanged} of {count(len(twice.second), 'source')} unchanged, {wrote} things written"
        self._head("Feed again", told_short)
        self._table(
            ("", "before", "after"),
            [("nodes", *twice.nodes), ("edges", *twice.edges), ("last change", *twice.changes)],
        )
        known = twice.second[0] if twice.second else None
        if known is not None:
            first = twice.first[0]
            again = known.receipt or "none, as nothing was written"
            wrote_first = f"{first.receipt or '-'} ({count(len(first.nodes), 'node')})"
            self._field("receipt", f"{first.name}: first {wrote_first}; then {again} ({len(known.present)} were there)")

    def changed(self, told: Changed | None, how: str) -> None:
        """A fact before and after."""
        if told is None:
            self.skipped("A changed fact", f"{how}: nothing was superseded")
            return
        self._keep("changed", {
            "question": told.question, "how": how, "as_of_moment": told.moment.isoformat(),
            "before": _hit_json(told.before), "after": _hit_json(told.after), "as_of": _hit_json(told.as_of),
            "old": node_json(told.old), "new": node_json(told.new), "nodes": told.wrote[0], "edges": told.wrote[1],
            "untouched": told.untouched,
        })  # fmt: skip
        self._head("A changed fact", how)
        self._strong(f"? {one_line(told.question, 120)}")
        self._field("before", _hit_line(told.before))
        self._field("now", _hit_line(told.after))
        self._field("as of", f"{told.moment:%Y-%m-%d %H:%M:%S} UTC: {_hit_line(told.as_of)}")
        walk = f"{_brief(told.new)} -SUPERSEDES-> {_brief(told.old)}"
        self._field("path", f"{walk}, true until {minute(told.old.valid_to)}", style="green")
        self._field("wrote", f"{count(told.wrote[0], 'node')} and {count(told.wrote[1], 'edge')}; "
                    f"{count(told.untouched, 'piece')} of the document stayed as they were")  # fmt: skip

    def skipped(self, step: str, why: str) -> None:
        """A step that can't be shown, and why."""
        self._keep(step.lower().replace(" ", "_"), {"skipped": why})
        self._head(step, why)

    def picture(self, path: Path, seen: Neighbourhood) -> None:
        """Where the drawing is."""
        self._keep("picture", {"path": str(path), "nodes": len(seen.nodes), "edges": len(seen.edges)})
        self._head("A picture", "of what lies around one of the answers")
        self._field("open", str(path))
        self._field("shows", f"{count(len(seen.nodes), 'node')} and {count(len(seen.edges), 'edge')}")

    def kept(self, path: Path, cube: str) -> None:
        """That the store stays, and how to go on with it."""
        self._keep("kept", {"store": str(path), "cube": cube})
        self._head("Kept", "go on with it:")
        self._line(f"  memos-graph search 'your question' --store {path} --cube {cube} --explain")

    def close(self) -> None:
        """The JSON object, if it was asked for."""
        if self.screen.json:
            self.screen.value(self._told)

    # --- drawing

    def _keep(self, step: str, told: Any) -> None:
        self._told[step] = told

    def _head(self, title: str, told: str) -> None:
        if self.screen.json:
            return
        if not self.screen.terminal:
            self._line(f"\n== {title}: {told}")
            return
        from rich.panel import Panel
        from rich.text import Text

        body = Text.assemble((f"{title}  ", "bold cyan"), told)
        self.screen.show(Text(), Panel(body, border_style="cyan", padding=(0, 1)))

    def _strong(self, text: str) -> None:
        if self.screen.terminal:
            from rich.text import Text

            self.screen.show(Text(one_line(text), style="bold"))
        else:
            self._line(text)

    def _ranks(self, ours: int | None, vectors: int | None) -> None:
        told = (("search", ours), ("vectors alone", vectors))
        if not self.screen.terminal:
            self._field("rank", ", ".join(f"{_rank(rank)} by {by}" for by, rank in told))
            return
        from rich.text import Text

        line = Text("  rank     ", style="dim")
        for by, rank in told:
            line.append(f" {_rank(rank)} ", "bold white on green4" if found(rank) else "bold white on dark_red")
            line.append(f" by {by}   ")
        self.screen.show(line)

    def _field(self, name: str, text: str, style: str = "") -> None:
        if self.screen.json:
            return
        if not self.screen.terminal:
            self._line(f"  {name:<8} {one_line(text)}")
            return
        from rich.table import Table
        from rich.text import Text

        row = Table.grid(padding=(0, 1))
        row.add_column(width=10, style="dim")
        row.add_column(overflow="fold")
        row.add_row(f"  {name}", Text(one_line(text), style=style))
        self.screen.show(row)

    def _table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        if not self.screen.json:
            self.screen.table(columns, rows)

    def _line(self, text: str = "") -> None:
        if not self.screen.json:
            self.screen.line(text)

    def _bars(self, shape: Shape) -> None:
        from rich.columns import Columns

        self.screen.show(Columns([_bar_table("nodes", shape.nodes), _bar_table("edges", shape.edges)], padding=(0, 4)))


def _bar_table(title: str, counts: Mapping[str, int]) -> Any:
    from rich import box
    from rich.bar import Bar
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(title)
    table.add_column("count", justify="right")
    table.add_column("")
    most = max(counts.values(), default=1)
    for kind, number in counts.items():
        table.add_row(Text(kind), f"{number:,}", Bar(most, 0, number, width=18, color="cyan"))
    return table


def _placed(node: Node) -> str:
    box = node.sources[0].box if node.sources else None
    return place(node.sources) + (f", box {' '.join(f'{side:.0f}' for side in box)}" if box else "")


def _seen(node: Node) -> str:
    """What it says; of a picture that says nothing, why."""
    facts = node.info.get("picture")
    if node.text.strip() or not isinstance(facts, dict):
        return readable(node)
    return f"{facts.get('width')} x {facts.get('height')} pixels; {facts.get('unread') or 'no text in it'}"


def _asked_json(one: Asked) -> dict[str, Any]:
    return {
        "question": one.question, "answer": one.answer, "why": one.why, "proof": one.proof.id, "text": one.proof.text,
        "rank": one.rank, "vector_rank": one.vector_rank, "hit": _hit_json(one.hit),
        "vectors_put_first": one.vector_first.text if one.vector_first else None,
    }  # fmt: skip


def _hit_json(hit: Hit | None) -> dict[str, Any] | None:
    return hit_json(hit, explain=True) if hit is not None else None


def _hit_line(hit: Hit | None) -> str:
    return f"{one_line(readable(hit.node), 160)}  [{place(hit.sources)}]" if hit is not None else "nothing found"


def _brief(node: Node) -> str:
    return f'"{one_line(name_of(node), 70)}"'


def _rank(rank: int | None) -> str:
    return str(rank) if rank is not None else f"below {LOOKED}"
