"""Names by a spaCy pipeline: a real one without a trained model, whose rules know two names."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_graph.app import open as open_graph
from memos_graph.app.naming import make_name_finder
from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.providers.names.spacy_pipeline import SpacyNames

pytestmark = pytest.mark.filterwarnings("ignore")  # what spaCy imports is not ours to mend

RULES = [
    {"label": "PLANT", "pattern": "sea holly"},
    {"label": "PERSON", "pattern": "mara"},
    {"label": "DATE", "pattern": "next spring"},
]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spacy = pytest.importorskip("spacy")
    made = spacy.blank("en")
    made.add_pipe("entity_ruler").add_patterns(RULES)
    folder = tmp_path_factory.mktemp("pipeline") / "rules"
    made.to_disk(folder)
    return folder


def test_names_are_found_in_each_text_with_their_type_and_place(pipeline: Path) -> None:
    texts = ["mara planted sea holly next spring", "", "nothing here", "for mara"]
    found = SpacyNames(str(pipeline)).find(texts)
    told = [[(text[one.start : one.end], one.type) for one in each] for text, each in zip(texts, found, strict=True)]
    assert told == [[("mara", "person"), ("sea holly", "plant")], [], [], [("mara", "person")]]


def test_names_in_a_long_text_keep_their_places(pipeline: Path) -> None:
    text = f"mara {'x' * 250_000} {'word ' * 50_000}sea holly"
    found = SpacyNames(str(pipeline)).find([text])[0]
    assert [text[one.start : one.end] for one in found] == ["mara", "sea holly"]


def test_a_graph_opened_with_a_pipeline_keeps_what_it_finds(pipeline: Path) -> None:
    with open_graph("memory:", name_finder=f"spacy:{pipeline}") as graph:
        cube = graph.cube("kb")
        cube.add_bytes(b"In May mara planted sea holly there.", "a.md")
        found = {node.key: node.info["type"] for node in cube.list(filter={"kind": "Entity"})}
    assert found == {"mara": "person", "sea holly": "plant"}


def test_a_pipeline_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    pytest.importorskip("spacy")
    for name in ("no_such_pipeline", str(tmp_path)):
        with pytest.raises(NotSupported, match=r"(?s)install it .*folder"):
            SpacyNames(name).find(["text"])


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "spacy", None)
    with pytest.raises(NotSupported, match=r"memos-graph\[ner\]"):
        SpacyNames("en_core_web_sm").find(["text"])


@pytest.mark.parametrize("name", ["spacy", "spacy:", "gliner:x"])
def test_a_setting_that_names_no_finder_lists_what_there_is(name: str) -> None:
    with pytest.raises(Invalid, match="spacy:NAME"):
        make_name_finder(name)


def test_no_finder_is_made_unless_one_is_named() -> None:
    assert make_name_finder("") is None and make_name_finder("none") is None
