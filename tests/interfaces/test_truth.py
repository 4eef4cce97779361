"""merge, unmerge, impact and reaffirm on the command line, and doubts in what search shows."""

from __future__ import annotations

from .conftest import Cli


def added(cli: Cli, text: str) -> str:
    root: str = cli("add", text, "--json").json["sources"][0]["root"]
    return root


def test_impact_tells_beforehand_what_search_then_shows_in_doubt(cli: Cli) -> None:
    premise, conclusion = added(cli, "The bridge is closed."), added(cli, "Deliveries go over Villach.")
    assert cli("link", conclusion, premise, "DEPENDS_ON").code == 0
    (row,) = cli("impact", premise, "--json").rows
    assert (row["id"], row["what"], row["because"], row["why"]) == (conclusion, "doubt", [premise], "retired")
    assert cli("impact", premise).out == f"{conclusion}\tdoubtful\tDeliveries go over Villach.\t{premise}\n"
    assert "doubt" not in cli("search", "deliveries", "--json").rows[0]
    cli("delete", premise)
    (hit,) = cli("search", "deliveries", "--json").rows
    assert hit["doubt"]["because"] == [premise]
    assert f"doubt it rests on {premise}, which was retired" in cli("search", "deliveries").out
    assert cli("reaffirm", conclusion, "--reason", "seen there").code == 0
    assert "doubt" not in cli("search", "deliveries", "--json").rows[0]
    assert cli("impact", conclusion).err == "nothing rests on it\n"


def test_merge_gives_the_new_memory_and_unmerge_the_old_ones(cli: Cli) -> None:
    one, two = added(cli, "Ana lives in Porto."), added(cli, "Ana lives in Porto. She rows.")
    new = cli("merge", one, two, "--json").json
    assert new["text"] == "Ana lives in Porto. She rows." and new["id"] in new["nodes"]
    assert [row["id"] for row in cli("search", "Ana", "--json").rows] == [new["id"]]
    assert cli("unmerge", new["id"]).code == 0
    assert {row["id"] for row in cli("search", "Ana", "--json").rows} == {one, two}
    assert cli("merge", one, two).out == f"{new['id']}\tAna lives in Porto. She rows.\n"


def test_what_can_t_be_done_ends_with_its_reason(cli: Cli) -> None:
    one = added(cli, "Ana lives in Porto.")
    for command, code in (
        (("merge", one), 3), (("merge", one, "nobody"), 4), (("unmerge", one), 3), (("impact", "nobody"), 4),
        (("link", one, one, "DEPENDS_ON"), 3), (("reaffirm", one, "--reason", "x"), 3),
    ):  # fmt: skip
        ran = cli(*command, "--json")
        assert ran.code == code and ran.error["message"]
