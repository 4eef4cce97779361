"""undo, correct, replace, feedback, same-as, split on the command line."""

from __future__ import annotations

from tests.interfaces.conftest import Cli


def test_a_step_is_undone_by_its_receipt_or_by_the_number_that_was_printed(cli: Cli, spoken: str) -> None:
    receipt = cli("update", spoken, "--text", "Anna signed nothing.", "--json").json
    assert cli("undo", receipt["delta"], "--reason", "a joke", "--json").rows[0]["nodes"]
    assert cli("show", spoken, "--json").json["text"] == "Anna signed off the valve on Monday."
    told = cli("update", spoken, "--text", "Anna signed nothing.").out
    number = told.strip().rsplit(" ", 1)[1]
    assert cli("undo", number).out.startswith("wrote ")
    assert cli("show", spoken, "--json").json["text"] == "Anna signed off the valve on Monday."


def test_a_step_that_others_followed_is_refused_with_their_receipts(cli: Cli, spoken: str) -> None:
    first = cli("update", spoken, "--text", "Anna signed nothing.", "--json").json["delta"]
    second = cli("update", spoken, "--text", "Anna signed it.", "--json").json["delta"]
    ran = cli("undo", first, "--json")
    assert ran.code == 3 and ran.error["error"] == "Overtaken"
    assert ran.error["data"]["later"][0][0] == second
    assert cli("undo", second, first).code == 0
    assert cli("undo", "nothing").code == 4


def test_words_are_replaced_only_with_apply(cli: Cli, spoken: str) -> None:
    seen = cli("replace", "Anna", "Bea")
    assert seen.code == 0 and f"{spoken}\tAnna signed off" in seen.out and "1 place in 1 memory" in seen.err
    assert cli("show", spoken, "--json").json["text"].startswith("Anna")
    assert cli("replace", "Anna", "Bea", "--filter", '{"kind": "Passage"}', "--json").json["memories"] == 0
    done = cli("replace", "anna", "Bea", "--apply", "--ignore-case", "--json").json
    assert done["times"] == 1 and done["receipt"]["delta"]
    assert cli("show", spoken, "--json").json["text"] == "Bea signed off the valve on Monday."
    assert cli("replace", "valve", "pump", "--apply", "--limit", "0").code == 3
    assert cli("replace", "valve", "pump", "--document", "x", "--filter", "{}").code == 2


def test_a_memory_is_corrected_by_words_and_by_a_remark(cli: Cli, spoken: str) -> None:
    assert cli("correct", "Anna signed off the valve on Monday", "Anna signed off the pump on Monday.").code == 0
    assert cli("feedback", "It was Tuesday, not Monday.").code == 3  # of what?
    seen = cli("feedback", "It was Tuesday, not Monday.", "--id", spoken, "--dry-run")
    assert "taken for a correction" in seen.err and "on Tuesday" in seen.out
    done = cli("feedback", "It was Tuesday, not Monday.", "--id", spoken, "--json").json
    assert done["taken_for"] == "correction" and done["receipt"]["nodes"]
    assert cli("show", spoken, "--json").json["text"] == "Anna signed off the pump on Tuesday."
    assert cli("feedback", "hm").code == 3


def test_names_are_joined_and_parted(cli: Cli) -> None:
    cli("add", "Robert Miller signed the contract.")
    cli("add", "Bob Miller bought a boat.")
    assert cli("same-as", "Robert Miller", "Bob Miller", "--json").json["edges"]
    assert cli("split", "Bob Miller", "--json").json["edges"]
    assert cli("split", "Bob Miller").code == 3
    assert cli("same-as", "Robert Miller", "Nobody Else").code == 4
