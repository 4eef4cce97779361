"""ILLUSTRATES from what a text calls by its number."""

from __future__ import annotations

import pytest

from memos_graph.app import CubeHandle, Graph

TEXT = """# Valves

The seaward valve is drawn in Figure 2. Its times are in Table 1.

## Chamber

The chamber lies under the quay.

![Figure 1: the chamber](chamber.png)

## Drawing

The drawing was made by Ruth Adeyemi.

![Figure 2: the seaward valve](valve.png)

## Times

Table 1. When it was shut

| Day | Time |
| --- | --- |
| Friday | 23:05 |
"""


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("kb")


def test_a_numbered_figure_or_table_illustrates_every_text_that_names_its_number(cube: CubeHandle) -> None:
    cube.add_bytes(TEXT.encode(), "valves.md")
    nodes = {node.id: node for node in cube.list(limit=100)}
    (naming,) = (node for node in nodes.values() if "is drawn in Figure 2" in node.text)
    found = {nodes[e.from_id].text.partition("\n")[0] for e in cube.edges(naming.id, kinds=["ILLUSTRATES"])}
    assert "Figure 2: the seaward valve" in found
    assert not any(text.startswith("Figure 1") for text in found)
    (beside,) = (node for node in nodes.values() if "was made by Ruth" in node.text)
    assert len(cube.edges(beside.id, kinds=["ILLUSTRATES"])) == 1  # the one that stands with it, once


def test_a_table_is_found_by_its_number_too(cube: CubeHandle) -> None:
    cube.add_bytes(TEXT.encode(), "valves.md")
    (table,) = cube.list(filter={"kind": "Table"})
    (edge,) = cube.edges(table.id, kinds=["ILLUSTRATES"])
    assert edge.from_id == table.id
    assert edge.evidence == "table 1"
    assert "Table 1" in cube.get(edge.to_id).text
