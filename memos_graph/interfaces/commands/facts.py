"""claim and claims: facts as subject, attribute and value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from memos_graph.interfaces import options
from memos_graph.interfaces.screen import Screen

if TYPE_CHECKING:
    from datetime import datetime

    from memos_graph.services.claims.facts import Fact

Since = Annotated[str | None, typer.Option(help="Since when it is so (ISO 8601); else now.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="What held at this time.")]
KnownAt = Annotated[str | None, typer.Option("--known-at", metavar="TIME", help="What we knew at this time.")]


def claim(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Whom or what it is about, such as Ann.")],
    attribute: Annotated[str, typer.Argument(metavar="ATTRIBUTE", help='Such as "lives in", "job", "price".')],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Such as Berlin.")],
    since: Since = None,
    until: Annotated[str | None, typer.Option(help="Until when, exclusive.")] = None,
    said_at: Annotated[str | None, typer.Option("--said-at", help="When it was said, if not when it began.")] = None,
    ends: Annotated[bool, typer.Option("--not", help="It is not so, or no longer.")] = False,
    event: Annotated[bool, typer.Option("--event", help="It happened once; it ends nothing.")] = False,
    many: Annotated[bool, typer.Option("--many", help="One may have several of it at a time.")] = False,
    source: Annotated[str, typer.Option(help="Who or what says so.")] = "user",
    force: Annotated[bool, typer.Option("--force", help="Also when a frozen memory ends by it.")] = False,
    reason: Annotated[str, typer.Option(help="Kept in the history.")] = "claim",
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """Remember a fact; what held before in its place ends then, and stays readable (--as-of).

    The same fact again makes no memory: it adds its source. --json: the receipt, with the fact's id and outcome.
    """
    with options.opened_cube(options.settings_of(store, cube, embedder), make=True) as (_, kb):
        done = kb.claim(
            subject, attribute, value, since=options.moment(since, "--since"), until=options.moment(until, "--until"),
            said_at=options.moment(said_at, "--said-at"), polarity=not ends, event=event,
            single=False if many else None, source=source, force=force, reason=reason,
        )  # fmt: skip
        text = kb.get(done.id).text
    from memos_graph.interfaces.views import receipt_json

    screen = Screen(json=json)
    if screen.json:
        screen.value(receipt_json(done.receipt) | {"id": done.id, "outcome": done.outcome, "text": text})
    else:
        screen.table(("outcome", "id", "fact"), [(done.outcome, done.id, text)], wide="fact")


def claims(
    subject: Annotated[str | None, typer.Argument(metavar="[SUBJECT]", help="Only of this one.")] = None,
    attribute: Annotated[str | None, typer.Option(help='Only this attribute, such as "lives in".')] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also what holds no longer.")] = False,
    store: options.Store = None,
    cube: options.Cube = None,
    embedder: options.Embedder = None,
    json: options.Json = False,
) -> None:
    """List facts with their times, by subject, attribute and time.

    --json: an object a line.
    """
    screen = Screen(json=json)
    moments = {"as_of": options.moment(as_of, "--as-of"), "known_at": options.moment(known_at, "--known-at")}
    with options.opened_cube(options.settings_of(store, cube, embedder)) as (_, kb):
        found = kb.claims(subject, attribute, **moments, ended=ended)
    if screen.json:
        for one in found:
            screen.value(_json(one))
        return
    if not found:
        screen.note(
            "no such facts" if subject or attribute else "no facts yet; `claim` makes one, `add --facts` reads them"
        )
    rows = [
        (one.claim.name, one.claim.attribute, one.claim.value if one.claim.polarity else f"not {one.claim.value}",
         _day(one.claim.since), _day(one.claim.until), one.node.id)
        for one in found
    ]  # fmt: skip
    if rows:
        screen.table(("subject", "attribute", "value", "since", "until", "id"), rows, wide="value")


def _json(fact: Fact) -> dict[str, Any]:
    claim = fact.claim
    return {
        "id": fact.node.id, "subject": claim.name, "attribute": claim.attribute, "value": claim.value,
        "polarity": claim.polarity, "kind": claim.kind, "single": claim.single,
        "since": claim.since.isoformat() if claim.since else None,
        "until": claim.until.isoformat() if claim.until else None, "text": fact.node.text,
        "status": fact.node.status, "sources": [source.uri for source in fact.node.sources],
    }  # fmt: skip


def _day(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
