"""What texts name, as nodes: dates and amounts, names that the cube knows, short names and what they stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import LIVE, Edge, Node
from memos_graph.model.scope import Scope
from memos_graph.ports_names import FoundName
from memos_graph.services.remember.entities import MOST_VALUES
from memos_graph.services.remember.feed import FeedOptions
from memos_graph.services.remember.reading import InProcess
from tests.services.conftest import Clock

PRUNE = FeedOptions(reader=InProcess(), prune=True)


@pytest.fixture
def cube(graph: Graph) -> CubeHandle:
    return graph.cube("kb")


def add(cube: CubeHandle, name: str, text: str) -> None:
    (fed,) = cube.add_bytes(text.encode(), name).fed
    assert fed.outcome in ("new", "changed"), fed


def live(cube: CubeHandle) -> dict[str, Node]:
    return {node.id: node for node in cube.list(limit=1000)}


def types(cube: CubeHandle) -> dict[str, object]:
    """The type of each entity, by key."""
    return {node.key: node.info.get("type") for node in live(cube).values() if node.kind == "Entity"}


def named(cube: CubeHandle, words: str) -> set[str]:
    """Keys of the entities that the one passage with `words` mentions."""
    nodes = live(cube)
    (passage,) = [node.id for node in nodes.values() if node.kind in ("Passage", "LongTermMemory", "Message")
                  and words in node.text]  # fmt: skip
    return {nodes[edge.to_id].key for edge in mentions(cube) if edge.from_id == passage}


def mentions(cube: CubeHandle) -> Sequence[Edge]:
    return cube._context.store.edges(Scope(cubes=(cube.name,), states=LIVE), kinds=["MENTIONS"])


def aliases(cube: CubeHandle) -> set[tuple[str, str]]:
    nodes = live(cube)
    edges = cube._context.store.edges(Scope(cubes=(cube.name,), states=LIVE), kinds=["ALIAS_OF"])
    return {(nodes[edge.from_id].key, nodes[edge.to_id].key) for edge in edges}


# --- values


def test_spellings_of_one_date_or_amount_are_one_node_with_its_type(cube: CubeHandle) -> None:
    add(cube, "a.md", "The valve was shut on 7 May 2023. Its bolts are 40 mm long. See https://example.org/v/.")
    add(cube, "b.md", "2023-05-07: they took bolts of 40 millimetres, see www.example.org/v#bolts.")
    add(cube, "c.md", "他们于2023年5月7日换了40毫米的螺栓，花费12亿元。")
    shared = {"2023-05-07": "date", "40-millimetre": "quantity"}
    assert {key: kind for key, kind in types(cube).items() if key in shared} == shared
    assert types(cube)["1200000000-yuan"] == "money" and types(cube)["example.org/v"] == "url"
    assert named(cube, "The valve was shut") >= {*shared, "example.org/v"} <= named(cube, "they took bolts") | {*shared}
    assert named(cube, "螺栓") >= set(shared)


def test_a_value_weighs_less_than_a_name_and_so_does_a_name_in_small_letters(cube: CubeHandle) -> None:
    add(cube, "a.md", "# Pump Control Unit\n\nA lid.")
    add(cube, "b.md", "Mara Lindqvist signed for the pump control unit on 7 May 2023.")
    nodes = live(cube)
    weights = {nodes[edge.to_id].key: edge.weight for edge in mentions(cube) if "signed" in nodes[edge.from_id].text}
    assert 0 < weights["2023-05-07"] < weights["pump control unit"] < weights["mara lindqvist"] < 1


def test_a_query_finds_a_date_that_is_spelled_otherwise_over_its_node(cube: CubeHandle) -> None:
    add(cube, "a.md", "2023-05-07: the gate jammed.")
    add(cube, "b.md", "2023-05-08: the gate was mended.")
    hits = cube.search("what was there on 7 May 2023?", top_k=2)
    assert "jammed" in hits[0].text and hits[0].arms.get("MENTIONS", 0) > 0
    assert "MENTIONS" not in hits[1].arms


def test_a_word_of_an_amount_names_nothing(cube: CubeHandle) -> None:
    add(cube, "a.md", "The pipe is 40 millimetres wide.")
    assert all("MENTIONS" not in hit.arms for hit in cube.search("are there 40 of them in millimetres?"))


# --- names that the cube knows


def test_a_known_name_is_found_in_small_letters_in_what_is_fed_later(cube: CubeHandle) -> None:
    add(cube, "a.md", "# Pump Control Unit\n\nIt has a red lid.")
    add(cube, "b.md", "Whoever opens the pump control unit wears gloves.")
    assert "pump control unit" in named(cube, "wears gloves")
    cube.add("the pump control unit hums at night")
    assert "pump control unit" in named(cube, "hums at night")


def test_names_of_a_dropped_cube_are_forgotten(graph: Graph) -> None:
    add(graph.cube("kb"), "a.md", "# Pump Control Unit\n\nThe World Health Organization (WHO) has one.")
    graph.drop_cube("kb")
    add(graph.cube("kb"), "b.md", "Whoever opens the pump control unit for the WHO wears gloves.")
    assert named(graph.cube("kb"), "wears gloves") <= {"who"}


def test_a_run_over_a_folder_reads_the_names_of_the_cube_once(
    cube: CubeHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        text = "# Pump Control Unit\n\nA lid." if not number else f"File {number} opens the pump control unit."
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    store, asked = cube._context.store, list[Scope]()
    lexicon = store.lexicon

    def counted(scope: Scope) -> object:
        asked.append(scope)
        return lexicon(scope)

    monkeypatch.setattr(store, "lexicon", counted)
    cube.add(tmp_path, options=FeedOptions(reader=InProcess()))
    assert len(asked) == 1
    for number in range(1, 5):  # what the first file names is known to the others
        assert "pump control unit" in named(cube, f"File {number}")


# --- short names


def test_a_short_name_stands_for_the_long_one_from_then_on(cube: CubeHandle) -> None:
    add(cube, "a.md", "The World Health Organization (WHO) met in Oslo. Then the WHO voted.")
    add(cube, "b.md", "In Bergen the WHO slept.")
    assert aliases(cube) == {("who", "world health organization")}
    assert "world health organization" in named(cube, "slept") and "who" not in named(cube, "slept")
    cube.add("Mara likes the WHO building")
    assert "world health organization" in named(cube, "building")
    cube.add([{"role": "user", "content": "Is the WHO open?"}], conversation="quay")
    assert "world health organization" in named(cube, "open?")


def test_a_query_by_either_name_reaches_what_was_said_under_the_other(cube: CubeHandle) -> None:
    add(cube, "before.md", "The tanks belong to the MVB and are green.")
    add(cube, "a.md", "The Mossvik Valve Board (MVB) sits in Oslo.")
    add(cube, "after.md", "The ferry of the MVB is blue.")
    assert "mvb" in named(cube, "green") and "mossvik valve board" in named(cube, "blue")
    for query in ("what colours has the MVB?", "what colours has the Mossvik Valve Board?"):
        by = {hit.text: hit.arms for hit in cube.search(query)}
        assert all(by[text].get("MENTIONS", 0) > 0 for text in by if "green" in text or "blue" in text), query
        assert len(by) == 3


def test_a_short_name_of_several_long_ones_is_its_own(cube: CubeHandle) -> None:
    add(cube, "a.md", "The Mossvik Valve Board (MVB) sits in Oslo.")
    add(cube, "b.md", "The Metal Vessel Bureau (MVB) sits in Bergen; the MVB is old.")
    add(cube, "c.md", "Nobody knows where the MVB is.")
    assert len(aliases(cube)) == 2
    assert named(cube, "Nobody") == {"mvb"}
    assert {"mossvik valve board", "metal vessel bureau"} & named(cube, "is old") == {"metal vessel bureau"}


def test_a_chinese_short_name_is_found_where_it_was_introduced_elsewhere(cube: CubeHandle) -> None:
    add(cube, "a.md", "本项目由上海阀门机械有限公司（以下简称“沪阀机械”）承担。")
    add(cube, "b.md", "昨天沪阀机械交了货。")
    assert "上海阀门机械有限公司" in named(cube, "昨天")


def test_the_same_bytes_write_nothing_and_a_pruned_file_leaves_no_names(cube: CubeHandle, tmp_path: Path) -> None:
    text = "The Mossvik Valve Board (MVB) met on 7 May 2023. The MVB spent $1.2 million."
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    (tmp_path / "b.md").write_text("Oskar Brandt keeps the key.", encoding="utf-8")
    cube.add(tmp_path, options=PRUNE)
    before = set(live(cube))
    assert {"mvb", "mossvik valve board", "2023-05-07", "1200000-dollar"} <= types(cube).keys()
    assert cube.add(tmp_path, options=PRUNE).nodes == ()
    (tmp_path / "a.md").unlink()
    cube.add(tmp_path, options=PRUNE)
    assert types(cube).keys() == {"oskar brandt"}
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    cube.add(tmp_path, options=PRUNE)
    assert set(live(cube)) == before and aliases(cube) == {("mvb", "mossvik valve board")}


def test_a_name_that_others_use_outlives_the_file_that_explained_it(cube: CubeHandle, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The Mossvik Valve Board (MVB) met.", encoding="utf-8")
    cube.add(tmp_path, options=PRUNE)
    (tmp_path / "b.md").write_text("The MVB slept.", encoding="utf-8")
    cube.add(tmp_path, options=PRUNE)
    (tmp_path / "a.md").unlink()
    cube.add(tmp_path, options=PRUNE)
    assert named(cube, "slept") == {"mossvik valve board"}


def test_a_memory_that_is_reworded_names_what_its_new_words_name(cube: CubeHandle, clock: Clock) -> None:
    add(cube, "a.md", "The Mossvik Valve Board (MVB) met.")
    identity = cube.add("the MVB paid on 7 May 2023").ids[0]
    clock.skip(days=1)
    cube.update(identity, text="the MVB paid on 8 May 2023")
    assert named(cube, "the MVB paid") == {"mossvik valve board", "2023-05-08"}


# --- a model of the user's own


class _Finder:
    """Knows one word, and marks it where it stands."""

    model = "one-word"

    def __init__(self, word: str, type: str, shift: int = 0) -> None:
        self._word, self._type, self._shift = word, type, shift
        self.calls = 0

    def find(self, texts: Sequence[str]) -> list[list[FoundName]]:
        self.calls += 1
        return [list(self._in(text)) for text in texts]

    def _in(self, text: str) -> Iterator[FoundName]:
        at = text.find(self._word)
        if at >= 0:
            end = at + len(self._word) + self._shift
            yield FoundName(start=at + self._shift, end=end, type=self._type)


def finding(graph: Graph, finder: _Finder) -> CubeHandle:
    return Graph(replace(graph.context, name_finder=finder)).cube("kb")


def test_a_finder_adds_names_that_the_rules_do_not_see_with_its_type(graph: Graph) -> None:
    cube = finding(graph, _Finder("heron", "bird"))
    add(cube, "a.md", "At dawn a heron met Mara Lindqvist.")
    cube.add("a heron again")
    assert types(cube) == {"heron": "bird", "mara lindqvist": "name"}
    assert named(cube, "again") == {"heron"}


def test_a_finder_sees_all_texts_of_a_document_or_chat_at_once(graph: Graph) -> None:
    finder = _Finder("heron", "bird")
    cube = finding(graph, finder)
    text = "\n\n".join(f"# Chapter {n}\n\nOn day {n} a heron came." for n in range(20))
    add(cube, "a.md", text)
    assert finder.calls == 1
    assert sum(edge.evidence == "heron" for edge in mentions(cube)) == 20
    cube.add([{"role": "user", "content": f"a heron, {n}"} for n in range(20)], conversation="quay")
    assert finder.calls == 2


@pytest.mark.parametrize(("kind", "shift"), [("bird", 500), ("bird", -100), ("", 0), ("x" * 65, 0)])
def test_a_finder_that_answers_nonsense_is_named_in_the_error(graph: Graph, kind: str, shift: int) -> None:
    cube = finding(graph, _Finder("heron", kind, shift))
    with pytest.raises(Invalid, match="one-word"):
        cube.add_bytes(b"At dawn a heron came.", "a.md")
    assert not live(cube)


def test_a_table_of_measurements_is_not_all_edges(cube: CubeHandle) -> None:
    rows = "\n".join(f"| part {number} | {number + 100} mm |" for number in range(60))
    add(cube, "a.md", f"| part | width |\n| --- | --- |\n{rows}\n")
    per: dict[str, int] = {}
    for edge in mentions(cube):
        per[edge.from_id] = per.get(edge.from_id, 0) + 1
    assert 0 < max(per.values()) <= MOST_VALUES


def test_a_name_that_was_pruned_is_there_again_when_a_memory_names_it(cube: CubeHandle, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The gate was shut by Mara Lindqvist.", encoding="utf-8")
    (tmp_path / "b.md").write_text("Nothing to see.", encoding="utf-8")
    cube.add(tmp_path, options=PRUNE)
    (tmp_path / "a.md").unlink()
    cube.add(tmp_path, options=PRUNE)
    assert types(cube) == {}
    cube.add("then Mara Lindqvist slept")
    assert named(cube, "slept") == {"mara lindqvist"}
