"""Every attack there is here: a name, what it tries, and a function that makes its bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A file made to hurt a parser."""

    name: str  #: of the file; its extension may lie
    what: str  #: in a few words
    make: Callable[[], bytes]
    must_fail: bool = False  #: nothing can honestly be read from it


def attacks() -> tuple[Attack, ...]:
    """All of them, in a fixed order. Making one costs up to a second and some ten MB."""
    from tests.ingest.hostile import archives, markup, mislabelled, pdf, pictures, tables

    return tuple(
        attack
        for module in (pdf, archives, markup, tables, pictures, mislabelled)
        for attack in of(module.ATTACKS, module.MUST_FAIL)
    )


def of(made: Mapping[tuple[str, str], Callable[[], bytes]], must_fail: frozenset[str]) -> tuple[Attack, ...]:
    """Attacks from (name, what) -> maker."""
    return tuple(
        Attack(name=name, what=what, make=make, must_fail=what in must_fail) for (name, what), make in made.items()
    )
