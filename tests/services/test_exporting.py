"""A cube written for other tools, and read back by them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # of files written here
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph.app import Graph
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.graph import Node, make_edge
from memos_graph.ports import CypherStore, GraphStore
from memos_graph.services.exporters.graphml import graphml, token, xml_text
from memos_graph.services.exporters.script import cypher_script, literal, name_of
from memos_graph.services.exporters.selection import selection

AT = datetime(2025, 1, 1, tzinfo=UTC)
_NS = "{http://graphml.graphdrawing.org/xmlns}"
_TOKEN = re.compile(r"[A-Za-z0-9._\-]+")


def filled(graph: Graph) -> None:
    kb = graph.cube("k@b")
    nodes = [
        Node(id="a b/ü", cube="k@b", kind="Passage", text="Ines <said> & \"left\"\x07\r\n 'so' \\u0041; done",
             info={"shelf": 4, "odd name": "x", "deep": {"a": [1]}, "ok": True, "tags": ["p", "q"], "bad`name": 1},
             tags=("x", "y"), created_at=AT, updated_at=AT, valid_from=AT),
        Node(id="b", cube="k@b", kind="Recipe", text="Ruth cooks", info={"shelf": 4.5}, created_at=AT, updated_at=AT),
    ]  # fmt: skip
    edges = [
        make_edge("k@b", "CAUSES", "a b/ü", "b", created_at=AT, weight=0.25, evidence="it's <so>", info={"page": 7}),
        make_edge("k@b", "CAUSES", "a b/ü", "b", created_at=AT, discriminator="2"),
    ]
    kb.put(nodes, edges)


def graphml_of(graph: Graph, **options: Any) -> str:
    return "".join(graphml(graph.context, "k@b", selection(graph.context, "k@b", **options)))


def script_of(graph: Graph, *, vectors: bool = False, **options: Any) -> str:
    scope = selection(graph.context, "k@b", **options)
    return "".join(cypher_script(graph.context, "k@b", scope, vectors=vectors))


def test_graphml_follows_the_rules_of_its_schema(graph: Graph) -> None:
    filled(graph)
    whole = ET.fromstring(graphml_of(graph))
    assert whole.tag == f"{_NS}graphml"
    assert [child.tag for child in whole] == [f"{_NS}key"] * (len(whole) - 1) + [f"{_NS}graph"]
    keys = {key.get("id"): key.get("for") for key in whole.iter(f"{_NS}key")}
    assert len(keys) == len(whole) - 1
    inner = whole[-1]
    assert inner.get("edgedefault") == "directed"
    nodes, edges = inner.findall(f"{_NS}node"), inner.findall(f"{_NS}edge")
    ids = [thing.get("id") or "" for thing in (*nodes, *edges)]
    assert len(set(ids)) == len(ids)
    assert all(_TOKEN.fullmatch(name) for name in (*ids, inner.get("id") or ""))
    for edge in edges:
        assert {edge.get("source"), edge.get("target")} <= {node.get("id") for node in nodes}
    for of, things in (("node", nodes), ("edge", edges)):
        for thing in things:
            used = [data.get("key") for data in thing]
            assert len(set(used)) == len(used)
            assert {keys[name] for name in used} == {of}


def test_networkx_reads_the_graphml_with_types(graph: Graph, tmp_path: Path) -> None:
    filled(graph)
    path = tmp_path / "cube.graphml"
    path.write_text(graphml_of(graph), encoding="utf-8", newline="")
    read = networkx.read_graphml(path, force_multigraph=True)
    nodes = {values["id"]: values for _, values in read.nodes(data=True)}
    assert nodes["a b/ü"]["text"] == "Ines <said> & \"left\"\ufffd\r\n 'so' \\u0041; done"
    assert (nodes["a b/ü"]["info.shelf"], nodes["b"]["info.shelf"]) == (4.0, 4.5)
    assert nodes["a b/ü"]["info.ok"] is True
    assert nodes["a b/ü"]["confidence"] == 100.0
    assert nodes["a b/ü"]["valid_from"] == "2025-01-01T00:00:00.000000+00:00"
    causes = [values for *_, values in read.edges(data=True) if values["kind"] == "CAUSES"]
    assert sorted(values["weight"] for values in causes) == [0.25, 1.0]


@given(st.text(max_size=30), st.text(max_size=30))
def test_different_ids_give_different_tokens(one: str, other: str) -> None:
    assert (token(one) == token(other)) == (one == other)
    assert one == "" or _TOKEN.fullmatch(token(one))


@given(st.text(st.characters(), max_size=40))
def test_any_text_comes_back_from_xml_but_for_what_xml_cannot_hold(text: str) -> None:
    element = ET.fromstring(f"<a>{xml_text(text)}</a>")
    kept = re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    assert (element.text or "") == kept


def test_an_export_holds_the_past_when_asked(graph: Graph) -> None:
    filled(graph)
    graph.cube("k@b").delete("b")
    assert "Ruth cooks" not in graphml_of(graph)
    assert "Ruth cooks" in graphml_of(graph, retired=True)
    assert "CAUSES" not in script_of(graph)
    assert "CAUSES" in script_of(graph, retired=True)
    with pytest.raises(NotFound):
        selection(graph.context, "absent")


def test_a_script_holds_one_statement_after_another(graph: Graph) -> None:
    filled(graph)
    script = script_of(graph)
    statements = script.rstrip("\n").split(";\n")
    assert statements[0].endswith(
        "CREATE CONSTRAINT memory_id IF NOT EXISTS FOR (n:Memory) REQUIRE (n.cube, n.id) IS UNIQUE"
    )
    assert [s for s in statements if "CREATE (n:Memory:Passage) SET n = row" in s]
    assert [s for s in statements if "CREATE (n:Memory:Recipe) SET n = row" in s]
    assert [s for s in statements if "CREATE (a)-[r:CAUSES]->(b) SET r = row.p" in s]
    assert "`info.odd name`: 'x'" in script
    assert "bad`name" not in script.replace('\\"', '"').replace('"bad`name": 1', "")
    assert "VECTOR INDEX" not in script
    assert "v_" not in script


def test_vectors_are_in_a_script_by_choice_alone(graph: Graph) -> None:
    filled(graph)
    script = script_of(graph, vectors=True)
    (space,) = graph.cubes()[0].spaces
    assert f"CREATE VECTOR INDEX memory_v_{space.name} IF NOT EXISTS" in script
    found = re.search(rf"v_{space.name}: \[([^\]]+)\]", script)
    assert found is not None
    assert len(found.group(1).split(",")) == space.dimension


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(blacklist_categories=["Cs"]) | st.sampled_from(list("\\u'\"`;\n{}[]0041")), max_size=12),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=300)
@given(_JSON)
def test_a_literal_says_what_it_was_made_from(value: Any) -> None:
    assert _evaluated(literal(value)) == value
    assert "\\u" not in literal(value).replace("\\u00", "").replace("\\u2028", "").replace("\\u2029", "") or (
        "\\\\u" not in literal(value)
    )


def test_a_literal_that_no_property_can_hold_is_refused() -> None:
    for value in (float("nan"), 2**63, "\ud800", {1, 2}):
        with pytest.raises(Invalid, match="literal"):
            literal(value)
    with pytest.raises(Invalid, match="property name"):
        name_of("a`b")


def test_arrays_and_times_are_written_as_cypher_has_them() -> None:
    assert literal(np.asarray([0.5, 1e20], dtype=np.float32)) == "[0.5, 1.0000000200408773e20]"
    assert literal(AT) == "datetime('2025-01-01T00:00:00.000000+00:00')"
    assert literal({"a": 1, "b c": "d"}) == "{a: 1, `b c`: 'd'}"


def test_the_database_reads_a_literal_as_what_it_was(arcade: GraphStore) -> None:
    assert isinstance(arcade, CypherStore)
    for text in ("plain", "it's", 'a "b"', "a\\b", "a\\u0041", "\\\\u", "x\ny\t", "ü 喜 😀", "; // no comment"):
        assert arcade.cypher(f"RETURN {literal(text)} AS v").rows == ((text,),)


def _evaluated(text: str) -> Any:
    """What a Cypher parser makes of a literal, written apart from the encoder."""
    value, rest = _value(text)
    assert rest == ""
    return value


def _value(text: str) -> tuple[Any, str]:
    if text.startswith("("):
        inner, rest = _value(text[1:])
        while rest.startswith((" + ", " - ")):
            more, after = _value(rest[3:])
            inner, rest = (inner + more if rest[1] == "+" else inner - more), after
        assert rest.startswith(")")
        return inner, rest[1:]
    if text.startswith("["):
        items, rest = [], text[1:]
        while not rest.startswith("]"):
            item, rest = _value(rest)
            items.append(item)
            rest = rest.removeprefix(", ")
        return items, rest[1:]
    if text.startswith("'"):
        return _quoted(text[1:])
    found = re.match(r"null|true|false|-?[0-9.]+(?:e-?[0-9]+)?", text)
    assert found is not None, text
    word, rest = found.group(), text[found.end() :]
    named = {"null": None, "true": True, "false": False}
    if word in named:
        return named[word], rest
    return (float(word) if "." in word or "e" in word else int(word)), rest


def _quoted(text: str) -> tuple[str, str]:
    made, at = [], 0
    simple = {"n": "\n", "r": "\r", "t": "\t", "'": "'", "\\": "\\"}
    while text[at] != "'":
        if text[at] != "\\":
            made.append(text[at])
            at += 1
        elif text[at + 1] == "u":
            made.append(chr(int(text[at + 2 : at + 6], 16)))
            at += 6
        else:
            made.append(simple[text[at + 1]])
            at += 2
    return "".join(made), text[at + 1 :]


def test_a_page_of_many_nodes_is_cut_into_statements_of_at_most_200_rows(graph: Graph) -> None:
    kb = graph.cube("k@b")
    one = Node(id="n", cube="k@b", kind="Section", text="part", created_at=AT, updated_at=AT)
    kb.put([replace(one, id=f"n{i}") for i in range(450)])
    statements = [s for s in script_of(graph).split(";\n") if "Memory:Section" in s]
    assert [s.count("\n{") for s in statements] == [200, 200, 50]
