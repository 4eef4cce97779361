"""conflicts and resolve, as people run them."""

from __future__ import annotations

import pytest

from .conftest import Cli


@pytest.fixture
def two(cli: Cli) -> tuple[str, str]:
    """Two memories that contradict each other, the older one first."""
    first, second = (
        str(cli("add", "--text", text, "--json").json["sources"][0]["root"])
        for text in ("Ann lives in Berlin.", "Ann lives in Munich.")
    )
    return first, second


def test_conflicts_are_found_listed_with_both_texts_and_settled(cli: Cli, two: tuple[str, str]) -> None:
    ran = cli("conflicts")
    assert (ran.code, ran.out) == (0, "") and "--find" in ran.err
    ran = cli("conflicts", "--find")
    assert ran.code == 0
    assert "Ann lives in Berlin." in ran.out and "Ann lives in Munich." in ran.out
    assert "2 compared, 1 new" in ran.err
    (row,) = cli("conflicts", "--json").rows
    assert (row["rule"], row["offers"], {row["one"]["id"], row["other"]["id"]}) == ("value", "resolve", set(two))
    ran = cli("resolve", row["id"], "--keep", two[1], "--reason", "she moved", "--json")
    assert (ran.json["kept"], ran.json["ended"]) == ([two[1]], [two[0]])
    assert ran.json["receipt"]["delta"]
    assert cli("conflicts", "--json").rows == []
    assert cli("show", two[0], "--json").json["status"] == "archived"


def test_all_are_settled_by_rule_and_what_it_does_not_decide_is_named(cli: Cli, two: tuple[str, str]) -> None:
    cli("conflicts", "--find")
    ran = cli("resolve", "--all", "--rule", "trusted", "--json")
    assert ran.code == 0
    assert "name the one to keep" in ran.json["left"]
    ran = cli("resolve", "--all", "--rule", "newer")
    assert ran.out.startswith(f"kept {two[1]}, ended {two[0]}: the newer one")
    assert "no conflicts" in cli("resolve", "--all", "--rule", "newer").err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("resolve",), 2),
        (("resolve", "a", "b", "c", "--rule", "newer"), 2),
        (("resolve", "a", "--all", "--rule", "newer"), 2),
        (("resolve", "--all", "--keep", "a"), 3),
        (("resolve", "--all"), 3),
        (("resolve", "a"), 3),
        (("resolve", "a", "--rule", "best"), 3),
        (("resolve", "a", "--rule", "newer"), 4),
        (("conflicts", "--since", "3"), 2),
        (("conflicts", "--find", "--kind", "no kind"), 3),
    ],
)
def test_a_command_that_can_t_be_meant_says_so(
    cli: Cli, two: tuple[str, str], arguments: tuple[str, ...], code: int
) -> None:
    assert cli(*arguments).code == code
