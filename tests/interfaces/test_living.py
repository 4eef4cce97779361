"""The commands that lead memories through their states."""

from __future__ import annotations

import pytest

from .conftest import Cli


@pytest.fixture
def spoken(cli: Cli) -> str:
    root: str = cli("add", "Anna signed off the valve on Monday.", "--json").json["sources"][0]["root"]
    return root


def test_a_frozen_memory_refuses_update_and_delete_until_they_are_forced(cli: Cli, spoken: str) -> None:
    assert cli("freeze", spoken, "--reason", "audit").code == 0
    for command in (("update", spoken, "--text", "Ruth signed it."), ("delete", spoken)):
        refused = cli(*command, "--json")
        assert (refused.code, refused.error["error"]) == (3, "Frozen")
        assert refused.error["data"]["ids"] == [spoken]
        assert cli(*command, "--force").code == 3
    assert cli("update", spoken, "--text", "Ruth signed it.", "--force", "--reason", "a typo").code == 0
    assert cli("thaw", spoken, "--json").json["nodes"] == [spoken]
    assert cli("delete", spoken).code == 0


def test_an_illegal_step_tells_the_legal_ones(cli: Cli, spoken: str) -> None:
    refused = cli("thaw", spoken, "--json")
    assert (refused.code, refused.error["error"]) == (3, "IllegalTransition")
    assert "frozen" in refused.error["data"]["legal"]
    assert cli("freeze", "nobody").code == 4


def test_an_archived_memory_comes_back_by_restore_and_by_use(cli: Cli, spoken: str) -> None:
    for back in (("restore", spoken), ("use", spoken, "--by", "the report")):
        assert cli("archive", spoken).code == 0
        assert cli("search", "valve", "--json").rows == []
        assert cli(*back).code == 0
        assert [row["id"] for row in cli("search", "valve", "--json").rows] == [spoken]
    assert cli("show", spoken, "--json").json["usage"][-1].endswith("the report")


def test_tidy_only_tells_until_it_is_applied_and_then_has_no_more_to_do(cli: Cli, spoken: str) -> None:
    cli("add", "Ben signed off the pump on Friday.")
    limit = ("--capacity", "LongTermMemory=1")
    told = cli("tidy", *limit, "--json").json
    assert (told["dry_run"], told["counts"]) == (True, {"evicted": 1})
    assert [each["id"] for each in told["decided"]] == [spoken]
    assert "more than 1 LongTermMemory" in cli("tidy", *limit).out
    assert cli("show", spoken, "--json").json["status"] == "activated"
    assert len(cli("tidy", *limit, "--keep", "--apply", "--json").json["receipts"]) == 1
    assert cli("show", spoken, "--json").json["status"] == "archived"
    assert cli("tidy", "--apply", "--json").json["decided"] == []


@pytest.mark.parametrize(
    "given", [("--idle", "LongTermMemory=-1"), ("--capacity", "x y=3"), ("--ttl", "Note=soon"), ("--idle", "Note"),
              ("--capacity", "Note=1.5"), ("--ttl", "Note=true")],
)  # fmt: skip
def test_a_policy_that_can_t_be_one_is_refused_before_anything_is_done(
    cli: Cli, spoken: str, given: tuple[str, ...]
) -> None:
    ran = cli("tidy", *given, "--apply", "--json")
    assert ran.code in (2, 3) and given[1].partition("=")[0] in ran.error["message"]
    assert cli("show", spoken, "--json").json["status"] == "activated"


def test_a_kind_without_a_value_takes_its_policy_away(cli: Cli, spoken: str) -> None:
    cli("add", "Ben signed off the pump on Friday.")
    cli("tidy", "--capacity", "LongTermMemory=1", "--keep")
    assert cli("tidy", "--capacity", "LongTermMemory=", "--json").json["decided"] == []
