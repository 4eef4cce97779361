"""docker-compose.yml without Docker: what it says can be read, and holds what it promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).parents[1] / "docker-compose.yml"
#: What the Compose specification lets a service hold, of what is used here.
KNOWN = {"image", "command", "entrypoint", "ports", "environment", "volumes", "healthcheck", "depends_on", "hostname"}
KNOWN |= {"profiles", "ipc", "deploy"}
SERVERS = ("neo4j", "metad", "storaged", "graphd", "redis", "vllm")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read


def test_every_server_is_watched_by_a_health_check_and_holds_no_unknown_key(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(SERVERS) <= set(services)
    for name, service in services.items():
        assert set(service) <= KNOWN, name
        assert ":" in service["image"], name
    for name in SERVERS:
        assert {"test", "interval", "timeout", "retries"} <= set(services[name]["healthcheck"]), name


def test_what_a_service_waits_for_and_where_it_keeps_its_data_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        kept = {volume.partition(":")[0] for volume in service.get("volumes", ()) if not volume.startswith("${")}
        assert kept <= set(compose["volumes"])
        for after, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][after]


def test_nothing_listens_beyond_this_machine(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_password_can_be_set_from_outside(compose: dict[str, Any]) -> None:
    said = [
        value
        for service in compose["services"].values()
        for name, value in service.get("environment", {}).items()
        if "PASSWORD" in name or "AUTH" in name
    ]
    assert len(said) == 3
    assert all("_PASSWORD:-" in value for value in said)


def test_only_who_asks_for_a_gpu_gets_the_model_server_and_it_tells_what_it_had_cached(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if service.get("profiles")] == ["vllm"]
    assert {"--enable-prefix-caching", "--enable-prompt-tokens-details", "--enable-lora"} <= set(
        compose["services"]["vllm"]["command"]
    )
