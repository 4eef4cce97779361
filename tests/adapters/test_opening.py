"""Which store an adapter opens: a database named twice, one that is not there, a tenant's own."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from memos_graph.adapters import opening
from memos_graph.adapters.opening import open_graph_db
from memos_graph.model.errors import Invalid, Unavailable
from memos_graph.ports import GraphStore
from memos_graph.settings import Settings


@pytest.mark.parametrize("url", ["neo4j://host/other", "nebula://host/other", "bolt://user@host:7687/al%69ce2"])
def test_two_names_for_one_database_are_refused(url: str) -> None:
    with pytest.raises(Invalid, match=r"db_name: 'alice' .*other|db_name: 'alice' .*alice2"):
        open_graph_db(url, db_name="alice", use_multi_db=True, settings=Settings())


@pytest.mark.parametrize(("url", "opened"), [
    ("neo4j://host", "neo4j://host/alice"), ("neo4j://host/", "neo4j://host/alice"),
    ("bolt://host:7687/alice", "bolt://host:7687/alice"), ("nebula://host:9669", "nebula://host:9669/alice"),
])  # fmt: skip
def test_a_tenant_s_database_is_the_one_that_is_opened_and_no_other_setting_counts(
    monkeypatch: pytest.MonkeyPatch, url: str, opened: str
) -> None:
    asked: list[tuple[str, bool]] = []

    class Asked(Exception):
        pass

    def open_nothing(url: str, *, settings: Settings, **_: object) -> GraphStore:
        asked.append((url, settings.store_multi_db))
        raise Asked

    monkeypatch.setattr(opening, "open", open_nothing)
    settings = Settings(store_database="shared", store_multi_db=True)
    with pytest.raises(Asked):
        open_graph_db(url, db_name="alice", use_multi_db=True, settings=settings)
    assert asked == [(opened, False)]


def test_a_database_to_be_made_on_a_server_that_is_not_there_is_unavailable() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        settings = Settings(store_retry_s=0, store_connect_s=1)
        with pytest.raises(Unavailable, match="see that the server runs"):
            open_graph_db(
                f"bolt://127.0.0.1:{taken.getsockname()[1]}", db_name="alice", use_multi_db=True, auto_create=True,
                settings=settings,
            )  # fmt: skip
