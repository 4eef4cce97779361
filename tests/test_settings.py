"""Where settings come from, and which ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from memos_graph.model.errors import Invalid
from memos_graph.settings import load_settings


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "memos-graph.toml").write_text('store = "data/kb.graph"\ncube = "notes"\nheap_mb = 256\n')
    settings = load_settings({"MEMOS_GRAPH_CUBE": "other"}, inner)
    assert settings.store == str(tmp_path / "data/kb.graph")
    assert (settings.cube, settings.embedder, settings.heap_mb) == ("other", "minilm", 256)


@pytest.mark.parametrize(
    "text",
    [
        'sotre = "x"',
        "store = [1]",
        'embedder_key = "secret"',
        'reranker_key = "secret"',
        'captioner_key = "secret"',
        'language_model_key = "secret"',
        "store = ",
        "heap_mb = 1",
        'heap_mb = "lots"',
        'store_password = "x"',
        "store_pool_size = 0",
        "store_pool_size = 1.5",
        "store_pool_size = true",
        "store_multi_db = 3",
        'store_query_s = "nan"',
        "store_retry_s = -1",
        "cube = true",
        "store_connect_s = 0",
    ],
)
def test_a_file_that_can_t_be_meant_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "memos-graph.toml").write_text(text)
    with pytest.raises(Invalid, match=r"memos-graph\.toml"):
        load_settings({}, tmp_path)


def test_a_url_or_memory_store_in_a_file_is_left_as_it_is(tmp_path: Path) -> None:
    for store in ("memory:", "neo4j://host:7687"):
        (tmp_path / "memos-graph.toml").write_text(f'store = "{store}"')
        assert load_settings({}, tmp_path).store == store


def test_what_a_server_needs_is_read_as_the_type_it_has(tmp_path: Path) -> None:
    (tmp_path / "memos-graph.toml").write_text(
        'store_multi_db = true\nstore_query_s = 5\nstore_certificates = "ca.pem"\nstore_pool_size = 4\n'
    )
    found = load_settings({"MEMOS_GRAPH_STORE_RETRY_S": "0.5", "MEMOS_GRAPH_STORE_PASSWORD": "s3cret"}, tmp_path)
    assert (found.store_multi_db, found.store_query_s, found.store_pool_size, found.store_retry_s) == (
        True,
        5.0,
        4,
        0.5,
    )
    assert found.store_certificates == str(tmp_path / "ca.pem")
    assert load_settings({"MEMOS_GRAPH_STORE_MULTI_DB": "no"}, tmp_path).store_multi_db is False


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    environment = {"MEMOS_GRAPH_STORE_PASSWORD": "s3cret", "MEMOS_GRAPH_EMBEDDER_KEY": "t0ken"}
    environment["MEMOS_GRAPH_CAPTIONER_KEY"] = "w0rd"
    environment["MEMOS_GRAPH_LANGUAGE_MODEL_KEY"] = "ph4se"
    shown = repr(load_settings(environment, Path("/")))
    assert "s3cret" not in shown
    assert "t0ken" not in shown
    assert "w0rd" not in shown
    assert "ph4se" not in shown


def test_a_secret_in_a_file_is_refused_without_being_repeated(tmp_path: Path) -> None:
    (tmp_path / "memos-graph.toml").write_text('store_password = "s3cret"')
    with pytest.raises(Invalid, match="MEMOS_GRAPH_STORE_PASSWORD") as refused:
        load_settings({}, tmp_path)
    assert "s3cret" not in str(refused.value)


def test_a_model_for_pictures_in_a_file_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "memos-graph.toml").write_text('images = "models/eye.onnx"')
    assert load_settings({}, tmp_path).images == str(tmp_path / "models" / "eye.onnx")
    (tmp_path / "memos-graph.toml").write_text('images = "colours"')
    assert load_settings({}, tmp_path).images == "colours"
