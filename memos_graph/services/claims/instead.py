"""Claims that name a value and no attribute ("switched from A to B", "sold my A"): the attribute is the one that had A.

Looked for among the subject's facts, and among the claims said before it in the same call. Declines to guess: where no
fact has the value, or several do, the claim stays as the rules read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from memos_graph.engines.claims import Claim, claim_of, is_single, value_key
from memos_graph.model.filter import Where, all_of
from memos_graph.model.scope import Scope
from memos_graph.services.context import Context

_MOST = 1_000  #: facts of the subjects that are looked at
_LEFT = "left"  #: read of "left Acme"; alone it says nothing that can be kept


def with_attributes(context: Context, cube: str, claims: Sequence[Claim]) -> list[Claim | None]:
    """The claims, in order of saying, each with its attribute; None for one that says nothing by itself.

    One read when any claim names no attribute, else none.
    """
    if not any(claim.instead for claim in claims):
        return list(claims)
    subjects = tuple(dict.fromkeys(claim.subject for claim in claims if claim.instead))
    known = _known(context, cube, subjects)
    out: list[Claim | None] = []
    for claim in claims:
        if claim.instead:
            had = known.get((claim.subject, value_key(claim.instead)), set())
            attribute = next(iter(had)) if len(had) == 1 else claim.attribute
            resolved = replace(claim, attribute=attribute, single=is_single(attribute))
            out.append(None if attribute == _LEFT else resolved)
        else:
            out.append(claim)
        _learn(known, (claim if out[-1] is None else out[-1],))
    return out


def _known(context: Context, cube: str, subjects: Sequence[str]) -> dict[tuple[str, str], set[str]]:
    scope = Scope(cubes=(cube,))
    wanted = all_of(Where("info.subject", "in", subjects), Where("id", "like", "fact_*"))
    found: dict[tuple[str, str], set[str]] = {}
    nodes = context.store.match(scope, filter=wanted, limit=_MOST)
    _learn(found, (claim for node in nodes if (claim := claim_of(node)) is not None))
    return found


def _learn(known: dict[tuple[str, str], set[str]], claims: Iterable[Claim]) -> None:
    for claim in claims:
        if claim.kind == "state" and claim.polarity and claim.attribute != _LEFT:
            known.setdefault((claim.subject, claim.key), set()).add(claim.attribute)
