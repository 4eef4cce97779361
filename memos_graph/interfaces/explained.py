"""Explanations in words: panels and bars on a terminal, plain lines with tabs in a pipe. Knows no store."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from memos_graph.interfaces.screen import Screen, one_line
from memos_graph.interfaces.views import count, minute
from memos_graph.services.explained import Answerability, Explanation, Meaning, Told, WhyNot
from memos_graph.services.hits import describe

_TEXT = 240  #: characters of a text that are shown; --json has all of it
_BAR = 24  #: letters of the longest bar


def explanation(screen: Screen, told: Explanation) -> None:
    """The query as it was read, the stages, the hits, what later stages left out, and the odds."""
    _part(screen, "read as", [line for meaning in told.meanings for line in _meaning(meaning, len(told.meanings) > 1)])
    _part(screen, "stages", [(stage.name, f"{stage.left:,}", stage.detail) for stage in told.stages])
    for one in told.hits:
        _hit(screen, one)
    if not told.hits:
        screen.note("nothing found")
    if told.lost:
        _part(screen, "left out", [(one.stage, one.id, one.detail) for one in told.lost])
    _part(screen, "answerable", _odds(told.answerability))


def loss(screen: Screen, told: WhyNot) -> None:
    """The stage, the reason, and the numbers beside those of the hit whose place it would have needed."""
    where = "" if told.cube is None else f"in cube {told.cube}"
    head = "found" if told.found else f"lost at: {told.stage}"
    _part(screen, head, [(told.detail, told.id, where)])
    if told.reasons:
        rows = [
            (why.field, f"asked {_cut(why.asked)}", f"found {_cut(str(why.found))}", _off(why.seconds_off))
            for why in told.reasons
        ]
        _part(screen, "because", rows)
    if told.rank is not None and told.score is not None:
        _part(screen, "by score", [(f"number {told.rank}", f"{told.score:.4f}", f"{told.top_k} asked for")])
    _arms(screen, told.arms or {})
    if told.rival is not None:
        rival = told.rival
        text = _cut(rival.text)
        _part(screen, "the last hit instead", [(f"number {rival.rank}", f"{rival.score:.4f}", rival.id, text)])
        _part(screen, "what that has more", [(arm, f"{gain:+.4f}") for arm, gain in rival.arms.items() if gain])


def _meaning(meaning: Meaning, named: bool) -> Iterator[tuple[str, ...]]:
    if named:
        yield "cube", meaning.cube
    for voice in meaning.voices:
        yield "compared" if voice.speaker is None else f"with {_cut(voice.speaker)}", _cut(voice.text)
    yield "words", _cut(meaning.words)
    for name, values in (("speakers", meaning.speakers), ("names", meaning.entities)):
        if values:
            yield name, _cut(", ".join(values))
    for span in meaning.times:
        yield "time", f"{minute(span.start)} to {minute(span.end)}"
    if meaning.asks_when:
        yield "asks", "when"


def _hit(screen: Screen, one: Told) -> None:
    hit = one.hit
    searches = ", ".join(f"{name} {place}" for name, place in one.searches.items())
    where = f"by score {one.ranked}" + (f"; by search alone: {searches}" if searches else "")
    ranked = "" if hit.reranked is None else f"reranked {hit.reranked:.3f}"
    facts = "  ".join(fact for fact in (hit.kind, hit.id, where, ranked) if fact)
    text = _cut(hit.text)
    if screen.terminal:
        from rich.padding import Padding
        from rich.text import Text

        head = Text.assemble((f"{hit.rank:>2} ", "bold cyan"), (f"{hit.score:.3f}  ", "bold"), (facts, "dim"))
        screen.show(Text(), head, Padding(Text(text), (0, 0, 0, 3)))
    else:
        screen.line(f"{hit.rank}\t{hit.score:.4f}\t{facts}")
        screen.line(f"\t{text}")
    _arms(screen, hit.arms)
    for route in hit.routes:
        line = f"{route.arm} {route.gain:+.3f}  {one_line(describe(route))}"
        if screen.terminal:
            from rich.padding import Padding
            from rich.text import Text

            screen.show(Padding(Text(line, style="green"), (0, 0, 0, 3)))
        else:
            screen.line(f"\troute\t{line}")


def _arms(screen: Screen, arms: Mapping[str, float]) -> None:
    """What each arm gave, with a bar; they sum to the score."""
    most = max((abs(gain) for gain in arms.values()), default=0.0) or 1.0
    for arm, gain in arms.items():
        if screen.terminal:
            from rich.text import Text

            bar = "█" * max(1, round(_BAR * abs(gain) / most)) if gain else ""
            screen.show(Text.assemble((f"   {arm:<12} {gain:+.3f} ", ""), (bar, "green" if gain > 0 else "red")))
        else:
            screen.line(f"\tarm\t{arm}\t{gain:+.4f}")


def _odds(odds: Answerability) -> list[tuple[str, ...]]:
    signs = odds.signs
    about = "" if signs.about is None else f"{_share(signs.about):.0%} of what matches best speaks of the one named"
    return [
        (f"{odds.probability:.0%}", "that the evidence is there"),
        ("nearest", f"{signs.cosine:.2f} cosine"),
        ("words", f"{signs.coverage:.0%} in one text, {signs.unknown:.0%} in none"),
        *([("person", about)] if about else []),
    ]


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _part(screen: Screen, title: str, given: Iterable[Sequence[str]]) -> None:
    rows = [[one_line(cell) for cell in row] for row in given]
    if not screen.terminal:
        for row in rows:
            screen.line("\t".join((title, *(cell for cell in row if cell))))
        return
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for row in rows:
        table.add_row("  ", *(Text(cell, overflow="fold") for cell in row))
    screen.show(Text(), Text(title, style="bold cyan"), table)


def _cut(text: str) -> str:
    return one_line(text, _TEXT)


def _off(seconds: float | None) -> str:
    if seconds is None:
        return ""
    days = seconds / 86400
    return f"off by {count(round(days), 'day')}" if days >= 1 else f"off by {seconds:,.0f} s"
