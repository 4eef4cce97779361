from __future__ import annotations

from .conftest import Cli


def test_organise_says_what_it_did_and_then_finds_nothing_to_do(cli: Cli) -> None:
    cli("add", "--text", "The pump in hall 7 leaks.", "--json")
    cli("add", "--text", "Pump in hall 7 leaks!", "--json")
    planned = cli("organise", "--dry-run", "--json").json
    assert (planned["dry_run"], len(planned["merged"]), planned["receipts"]) == (True, 1, [])
    done = cli("organise", "--json").json
    assert done["merged"] == planned["merged"]
    assert len(done["receipts"]) == 1
    assert len(cli("search", "pump", "--json").rows) == 1
    again = cli("organise")
    assert again.code == 0
    assert again.out.startswith("nothing to do\n")


def test_organise_leaves_out_the_steps_that_are_switched_off(cli: Cli) -> None:
    cli("add", "--text", "The pump in hall 7 leaks.")
    cli("add", "--text", "Pump in hall 7 leaks!")
    ran = cli("organise", "--no-merge", "--no-relate", "--no-clusters", "--no-causes", "--json")
    assert (ran.code, ran.json["merged"], ran.json["receipts"]) == (0, [], [])
    assert cli("organise", "--cube", "nobody").code == 4


def test_working_shows_what_refresh_chose(cli: Cli) -> None:
    root = cli("add", "--text", "Ann has a dog.", "--json").json["sources"][0]["root"]
    empty = cli("working")
    assert (empty.code, empty.out) == (0, "")
    assert "--refresh" in empty.err
    assert [row["id"] for row in cli("working", "--refresh", "--json").rows] == [root]
    assert cli("working").out == f"{root}\tLongTermMemory\tAnn has a dog.\n"
    assert cli("working", "--capacity", "3").code == 2
    assert cli("working", "--refresh", "--capacity", "0").code == 2
