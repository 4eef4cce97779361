"""What `search` can be asked on the command line."""

from __future__ import annotations

import pytest

from tests.interfaces.conftest import Cli


@pytest.fixture
def fed(cli: Cli) -> Cli:
    for text, tag in (
        ("The winch at berth two is broken.", "winch"),
        ("The winch at berth two is broken!", "winch"),
        ("Paint for the hull arrives on Friday.", "paint"),
    ):
        assert cli("add", text, "--tag", tag, "--text").code == 0
    return cli


def found(cli: Cli, *options: str) -> list[str]:
    ran = cli("search", "broken winch", "--json", *options)
    assert ran.code == 0, ran.err
    return [row["text"] for row in ran.rows]


def test_each_option_reaches_the_search(fed: Cli) -> None:
    assert len(found(fed)) == 3
    assert found(fed, "--tag", "paint") == ["Paint for the hull arrives on Friday."]
    assert len(found(fed, "--dedup", "similar")) == 2
    assert len(found(fed, "--max-tokens", "9", "--dedup", "mmr")) == 1
    assert found(fed, "--relativity", "1") == []
    assert found(fed, "--created-until", "2020-01-01") == []
    assert len(found(fed, "--created-from", "2020-01-01", "--updated-from", "2020-01-01")) == 3
    assert found(fed, "--updated-until", "2020-01-01") == []
    assert len(found(fed, "--mode", "deep", "--recency", "30", "--include-archived", "--no-rerank")) == 3
    assert len(found(fed, "--profile", "chat")) == 3
    assert found(fed, "--filter", '{"user": {"tags": {"contains": "paint"}}}') == found(fed, "--tag", "paint")
    assert len(found(fed, "--filter", '{"public": {"tags": {"contains": "paint"}}}')) == 3


def test_cubes_are_named_one_by_one_and_hits_say_theirs(fed: Cli) -> None:
    assert fed("add", "A broken winch elsewhere.", "--text", "--cube", "north").code == 0
    rows = fed("search", "broken winch", "--json", "--in", "north", "--in", "default").rows
    assert {row["cube"] for row in rows} == {"north", "default"}
    assert found(fed, "--in", "north") == ["A broken winch elsewhere."]
    assert fed("search", "winch", "--in", "south").code == 4
    assert fed("search", "winch", "--in", "north", "--all-cubes").code == 3
    assert fed("search", "winch", "--in", "north").out.count("cube north") == 1


def test_hits_tell_their_relativity(fed: Cli) -> None:
    rows = fed("search", "broken winch", "--json").rows
    told = [row["relativity"] for row in rows]
    assert told == sorted(told, reverse=True) and 0 <= told[-1] < told[0] <= 1
    assert "reranked" not in rows[0]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--top-k", "0"), "top_k"), (("--top-k", "1000000"), "top_k"), (("--relativity", "2"), "relativity"),
        (("--recency", "-1"), "recency"), (("--dedup", "yes"), "dedup"), (("--mode", "slow"), "mode"),
        (("--max-tokens", "0"), "max_tokens"), (("--kind", "no kind"), "kind"), (("--rerank",), "rerank"),
        (("--created-from", "soon"), "--created-from"), (("--conversation", " "), "conversation"),
        (("--updated-from", "2025-02-01", "--updated-until", "2025-01-01"), "updated"),
        (("--filter", '{"user": {"scene": "x"}, "scene": "y"}'), "filter"), (("--filter", "{"), "--filter"),
        (("--profile", "novel"), "profile"),
    ],
)  # fmt: skip
def test_what_can_not_be_asked_is_one_line_that_names_it(fed: Cli, options: tuple[str, ...], named: str) -> None:
    ran = fed("search", "winch", "--json", *options)
    assert ran.code == 3 and ran.out == ""
    assert ran.error["data"]["field"].startswith(named)
    assert len(ran.err.splitlines()) == 1
