"""Which URLs name a Neo4j server, and what keeps a password out of sight."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.backends.neo4j.url import PORT, SCHEMES, address
from memos_graph.backends.urls import without_secrets
from memos_graph.model.errors import Invalid


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_scheme_is_taken_with_and_without_port_user_and_database(scheme: str) -> None:
    bare = address(f"{scheme}://host")
    assert (bare.url, bare.user, bare.database) == (f"{scheme}://host:{PORT}", "neo4j", "")
    full = address(f"{scheme}://al%40home@host:99/notes", user="someone", database="other")
    assert (full.url, full.user, full.database) == (f"{scheme}://host:99", "al@home", "notes")
    assert full.encrypted == ("+s" in scheme)


def test_settings_name_the_user_and_database_where_the_url_does_not() -> None:
    found = address("bolt://[::1]", user="someone", database="other")
    assert (found.url, found.user, found.database) == (f"bolt://[::1]:{PORT}", "someone", "other")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://host", r"known: neo4j://, neo4j\+s://"),
        ("neo4j:host", "known: neo4j://"),
        ("neo4j://", "names no host"),
        ("neo4j://:7687", "names no host"),
        ("neo4j://host:x", "port"),
        ("neo4j://host:0", "port"),
        ("neo4j://host:70000", "port"),
        ("neo4j://[host", "host can't be read"),
        ("neo4j://host/a/b", "name one database"),
        ("neo4j://host?policy=eu", "leave out"),
    ],
)
def test_a_url_that_can_t_be_meant_is_refused_with_how_to_write_it(url: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        address(url)


_SECRET = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1).map("s3cret".__add__)


@given(scheme=st.sampled_from((*SCHEMES, "http", "nebula", "x")), secret=_SECRET)
def test_a_password_in_a_url_is_refused_and_never_repeated(scheme: str, secret: str) -> None:
    for url in (f"{scheme}://user:{secret}@host", f"{scheme}:user:{secret}@host", f"{scheme}://host?password={secret}"):
        with pytest.raises(Invalid) as refused:
            address(url)
        shown = str(refused.value) + repr(refused.value.value)
        assert "s3cret" not in shown
        assert "s3cret" not in without_secrets(url)
    with pytest.raises(Invalid, match="MEMOS_GRAPH_STORE_PASSWORD"):
        address("neo4j://user:s3cret@host")


def test_an_address_shows_all_but_its_password() -> None:
    shown = repr(address("neo4j://host", password="s3cret"))
    assert "neo4j://host" in shown
    assert "s3cret" not in shown


def test_certificates_of_ours_go_with_tls_that_checks_them(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    found = address("neo4j+s://host", certificates=str(file))
    assert (found.driver_url, found.encrypted) == (f"neo4j://host:{PORT}", True)  # the driver takes no other way
    for scheme in ("neo4j", "bolt+ssc"):
        with pytest.raises(Invalid, match="store_certificates"):
            address(f"{scheme}://host", certificates=str(file))
    with pytest.raises(Invalid, match="no such file"):
        address("bolt+s://host", certificates=str(tmp_path / "none.pem"))
