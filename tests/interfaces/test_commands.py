from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Cli


def test_what_add_returned_search_finds_with_its_path(cli: Cli) -> None:
    added = cli("add", "Anna signed off the valve on Monday.", "--tag", "valves", "--info", "team=north", "--json")
    assert added.code == 0
    assert added.json["new"] == 1
    (first, *_) = cli("search", "who signed off the valve?", "--json").rows
    assert first["id"] == added.json["sources"][0]["root"]
    assert first["rank"] == 1
    assert first["path"]


def test_search_explains_with_arms_that_sum_to_the_score(cli: Cli, spoken: str) -> None:
    (hit,) = cli("search", "valve", "--explain", "--json").rows
    assert sum(hit["arms"].values()) == pytest.approx(hit["score"], abs=1e-4)
    plain = cli("search", "valve", "--explain").out
    assert "arms" in plain
    assert spoken in plain


def test_search_obeys_kind_filter_and_top_k(cli: Cli) -> None:
    cli("add", "--text", "Red paint is in the shed.", "Red wine is in the cellar.", "--tag", "red")
    cli("add", "--text", "Blue paint is in the shed.", "--kind", "Note")
    assert len(cli("search", "paint", "--top-k", "1", "--json").rows) == 1
    assert {row["kind"] for row in cli("search", "paint", "--kind", "Note", "--json").rows} == {"Note"}
    tagged = cli("search", "paint", "--filter", '{"tags": {"contains": "red"}}', "--json").rows
    assert {row["tags"][0] for row in tagged} == {"red"}


def test_add_names_every_file_that_failed_and_takes_in_the_rest(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "good.md").write_text("# Pumps\n\nThe pump stands in the hall.\n")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 and then nothing of the sort")
    ran = cli("add", str(folder), str(tmp_path / "absent.md"), "--json")
    assert ran.code == 1
    told = {source["name"]: source for source in ran.json["sources"]}
    assert told["good.md"]["outcome"] == "new"
    assert told["bad.pdf"]["outcome"] == "failed"
    assert told["bad.pdf"]["problem"]
    assert "no such file" in told["absent.md"]["problem"]
    plain = cli("add", str(folder))
    assert "bad.pdf" in plain.out
    assert "1 unchanged, 1 failed" in plain.out


def test_adding_the_same_file_twice_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("# Pumps\n\nThe pump stands in the hall.\n")
    assert cli("add", "note.md", "--json").json["nodes"] > 0
    again = cli("add", "note.md", "--json").json
    assert (again["unchanged"], again["nodes"], again["edges"]) == (1, 0, 0)


def test_standard_input_is_a_text_and_with_a_name_a_file(cli: Cli) -> None:
    text = cli("add", "-", "--json", stdin=b"Anna signed off the valve.").json["sources"][0]
    assert text["root"].startswith("mem_")
    named = cli("add", "-", "--name", "pumps.md", "--json", stdin=b"# Pumps\n\nThe pump stands in the hall.").json
    assert named["sources"][0]["name"] == "pumps.md"
    for data, name in ((b"\xff\xfe\x00\xd8\x01", ()), (b"%PDF-1.4 nothing", ("--name", "x.pdf"))):
        ran = cli("add", "-", *name, "--json", stdin=data)
        assert (ran.code, ran.json["failed"]) == (1, 1)
        assert ran.json["sources"][0]["problem"]


def test_a_text_that_looks_like_a_path_needs_the_text_option(cli: Cli) -> None:
    assert cli("add", "docs/handbook.md").code == 1
    assert cli("add", "--text", "docs/handbook.md").code == 0


def test_an_update_keeps_the_id_and_the_old_text_as_a_version(cli: Cli, spoken: str) -> None:
    assert cli("update", spoken, "--text", "Ruth signed off the valve on Monday.").code == 0
    assert "Ruth" in cli("show", spoken).out
    history = cli("show", spoken, "--history", "--json").json["history"]
    assert {version["text"] for version in history["versions"]} == {"Anna signed off the valve on Monday."}
    assert history["versions"][0]["id"] == f"{spoken}@1"
    assert [change["reason"] for change in history["changes"]] == ["add", "update"]


def test_updated_fields_join_the_ones_that_were_there(cli: Cli) -> None:
    added = cli("add", "Anna signed off the valve.", "--info", "team=north", "--json").json["sources"][0]["root"]
    cli("update", added, "--info", "floor=2", "--tag", "new", "--status", "frozen")
    node = cli("show", added, "--json").json
    assert node["info"] == {"team": "north", "floor": 2}
    assert (node["tags"], node["status"]) == (["new"], "frozen")


def test_a_deleted_memory_is_gone_from_search_and_stays_readable_by_id(cli: Cli, spoken: str) -> None:
    assert cli("delete", spoken).code == 0
    assert cli("search", "valve", "--json").rows == []
    assert cli("show", spoken, "--json").json["retired_at"]
    assert cli("delete", spoken, "--erase", "--yes").code == 0
    assert cli("show", spoken).code == 4


def test_a_link_shows_at_both_ends_until_it_is_unlinked(cli: Cli, spoken: str) -> None:
    other = cli("add", "The harbour is safe.", "--json").json["sources"][0]["root"]
    edge = cli("link", spoken, other, "KEEPS_SAFE", "--weight", "0.7", "--evidence", "the report", "--json").json
    assert (edge["kind"], edge["weight"], edge["evidence"]) == ("KEEPS_SAFE", 0.7, "the report")
    for identity in (spoken, other):
        kinds = {e["kind"] for e in cli("show", identity, "--edges", "--json").json["edges"]}
        assert "KEEPS_SAFE" in kinds
    assert "-KEEPS_SAFE->" in cli("show", spoken, "--edges").out
    assert cli("unlink", edge["id"]).code == 0
    kinds = {e["kind"] for e in cli("show", spoken, "--edges", "--json").json["edges"]}
    assert "KEEPS_SAFE" not in kinds


def test_show_source_leads_up_to_the_document(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("# Pumps\n\n## The hall\n\nThe pump stands in the hall.\n")
    cli("add", "note.md")
    (passage,) = cli("list", "--kind", "Passage", "--json").rows
    source = cli("show", passage["id"], "--source", "--json").json["source"]
    assert [w["kind"] for w in source["within"]] == ["Section", "Section", "Document"]
    assert source["places"][0]["uri"] == "note.md"


def test_list_orders_filters_and_pages(cli: Cli) -> None:
    for text in ("Alpha is first of all.", "Beta is second of all.", "Gamma is third of all."):
        cli("add", "--text", text)
    texts = [row["text"] for row in cli("list", "--kind", "LongTermMemory", "--order", "text", "--json").rows]
    assert texts == sorted(texts)
    back = cli(
        "list", "--kind", "LongTermMemory", "--order", "text", "--descending", "--limit", "1", "--offset", "1", "--json"
    )
    assert [row["text"] for row in back.rows] == ["Beta is second of all."]
    both = cli("list", "--filter", '{"text": {"like": "*second*"}}', "--kind", "LongTermMemory")
    assert len(both.out.splitlines()) == 1
    assert both.out.count("\t") == 4


def test_cubes_keep_apart_what_is_in_them(cli: Cli, spoken: str) -> None:
    assert cli("cubes", "create", "other", "--class", "public").code == 0
    assert cli("search", "valve", "--cube", "other", "--json").rows == []
    assert cli("cubes", "create", "other").code == 3
    assert [cube["id"] for cube in cli("cubes", "list", "--json").rows] == ["default", "other"]
    assert len(cli("search", "valve", "--all-cubes", "--json").rows) == 1
    assert cli("cubes", "drop", "other", "--json").json == {"dropped": "other"}
    assert cli("search", "valve", "--cube", "other").code == 4


@pytest.mark.parametrize("vectors", [(), ("--no-vectors",)])
def test_an_export_imports_as_an_equal_cube(cli: Cli, spoken: str, tmp_path: Path, vectors: tuple[str, ...]) -> None:
    cli("update", spoken, "--text", "Ruth signed off the valve on Monday.")
    told = cli("export", "-o", "cube.jsonl", *vectors, "--json").json
    assert [path.name for path in tmp_path.iterdir()] == ["cube.jsonl"]  # nothing half-written beside it
    assert cli("import", "cube.jsonl", "--cube", "copy", "--json").json == {
        "cube": "copy", "nodes": told["nodes"], "edges": told["edges"], "changes": 2,
        "embedded": 3 if vectors else 0,  # what is held, was believed, was true
    }  # fmt: skip
    shapes = {cube["cube"]: (cube["nodes"], cube["edges"]) for cube in cli("stats", "--json").json["cubes"]}
    assert shapes["copy"] == shapes["default"]
    assert cli("search", "valve", "--cube", "copy", "--json").rows[0]["id"] == spoken
    assert cli("show", spoken, "--cube", "copy", "--history", "--json").json["history"]["versions"]
    assert cli("import", "cube.jsonl").code == 3


def test_an_export_to_stdout_imports_from_stdin(cli: Cli, spoken: str) -> None:
    lines = cli("export").out
    assert cli("import", "-", "--cube", "copy", stdin=lines.encode()).code == 0
    assert cli("show", spoken, "--cube", "copy").code == 0


def test_a_broken_import_names_its_line_and_makes_no_cube(cli: Cli, spoken: str, tmp_path: Path) -> None:
    lines = cli("export").out.splitlines()
    (tmp_path / "broken.jsonl").write_text("\n".join([*lines[:3], "{not json", *lines[3:]]))
    ran = cli("import", "broken.jsonl", "--cube", "copy")
    assert ran.code == 3
    assert "line 4" in ran.err
    assert [cube["id"] for cube in cli("cubes", "list", "--json").rows] == ["default"]


def test_stats_counts_by_kind_and_doctor_finds_all_well(cli: Cli, spoken: str) -> None:
    (cube,) = cli("stats", "--json").json["cubes"]
    assert cube["nodes"]["LongTermMemory"] == 1
    assert "default\tnodes\tLongTermMemory\t1" in cli("stats").out.splitlines()
    ran = cli("doctor", "--json")
    assert ran.code == 0
    assert all(row["ok"] for row in ran.rows)
    assert any("embedder" in row["what"] for row in ran.rows)


def test_doctor_and_search_say_so_when_another_embedder_is_asked_for(cli: Cli, spoken: str) -> None:
    other = ("--embedder", "openai:other@http://127.0.0.1:9/v1")
    ran = cli("doctor", *other)
    assert ran.code == 1
    assert "reembed --cube default" in ran.out
    refused = cli("search", "valve", *other)
    assert refused.code in (3, 5)  # the mismatch, or the service that does not answer: whichever is met first
    assert len(refused.err.splitlines()) == 1


def test_reembed_with_the_same_embedder_has_nothing_to_do(cli: Cli, spoken: str) -> None:
    assert cli("reembed", "--json").json == {"cube": "default", "embedded": 0, "model": "all-MiniLM-L6-v2-int8-dynamic"}


def test_the_nearest_toml_file_and_the_flags_say_which_cube(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "memos-graph.toml").write_text('cube = "fromfile"\n')
    assert cli("add", "Anna signed off the valve.", "--json").json["cube"] == "fromfile"
    assert cli("add", "Anna signed off the valve.", "--cube", "flag", "--json").json["cube"] == "flag"


def test_a_memory_store_holds_no_cypher_and_says_so(cli: Cli, spoken: str) -> None:
    ran = cli("cypher", "-e", "MATCH (n) RETURN n", "--json")
    assert ran.code == 3
    notes = [json.loads(line) for line in ran.err.splitlines()]
    assert "all cubes" in notes[0]["note"]
    assert notes[-1]["error"] == "NotSupported"


@pytest.mark.long
def test_a_store_on_disk_runs_shipped_queries_by_name_and_backs_up(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("# Pumps\n\nGreta Sollis cleared pump P-2 in the hall.\n")
    where = ("--store", "kb.graph", "--cube", "pumps")
    root = cli("add", "note.md", *where, "--json").json["sources"][0]["root"]
    shape = cli("cypher", "shape", *where)
    assert {"from_kind": "Section", "edge": "PARENT", "to_kind": "Document", "found": 1} in shape.rows
    assert "all cubes" in shape.err
    tree = cli("cypher", "tree", "--param", f"id={root}", *where).rows
    assert [row["kind"] for row in tree] == ["Document", "Section", "Passage"]
    assert len(cli("cypher", "changed_since", "-p", "since=2020-01-01", *where).rows) == 1
    assert cli("cypher", "changed_since", "-p", "since=2999-01-01", *where).rows == []
    missing = cli("cypher", "tree", *where)
    assert (missing.code, "--param id=" in missing.err) == (3, True)
    (tmp_path / "own.cypher").write_text("MATCH (n:Document {cube_id: $cube}) RETURN n.key AS key")
    assert cli("cypher", "own.cypher", "-p", "cube=pumps", *where).json == {"key": "note.md"}
    refused = cli("cypher", "-e", "MATCH (n) SET n.text = 'x'", *where)
    assert (refused.code, "--write" in refused.err) == (3, True)
    assert cli("backup", "copy.graph", *where[:2], "--json").json["bytes"] > 0
    assert cli("backup", "copy.graph", *where[:2]).code == 3
    assert cli("search", "Greta", "--store", "copy.graph", "--cube", "pumps", "--json").rows
    assert all(row["ok"] for row in cli("doctor", "--store", "copy.graph", "--json").rows)


def test_every_shipped_query_is_listed_with_what_it_takes(cli: Cli) -> None:
    rows = cli("cypher", "--list", "--json").rows
    assert {"tree", "mentions", "neighbourhood", "shape", "orphans"} <= {row["name"] for row in rows}
    assert all(row["about"] and row["out"] for row in rows)
