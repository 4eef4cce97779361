"""Neo4j from docker-compose.yml, where a Docker engine answers. Knows the service's name and its port there."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_docker.plugin import get_docker_services

from tests.servers.server import PASSWORD, Server, free_port

COMPOSE = Path(__file__).parents[2] / "docker-compose.yml"


def missing() -> str:
    """What keeps Docker from serving here; "" when nothing does."""
    if shutil.which("docker") is None:
        return "no docker"
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        try:
            answer = subprocess.run(command, capture_output=True, timeout=10)
        except subprocess.TimeoutExpired:
            return f"`{' '.join(command)}` gives no answer"
        if answer.returncode:
            return "no Docker engine answers" if command[1] == "info" else "docker has no compose plugin"
    return ""


@dataclass(slots=True)
class DockerServer(Server):
    """The compose service `neo4j` under a project name of this process."""

    project: str

    def _compose(self, *arguments: str) -> None:
        subprocess.run(["docker", "compose", "-f", str(COMPOSE), "-p", self.project, *arguments], check=True)

    def start(self) -> None:
        self._compose("start", "neo4j")
        self.wait()

    def stop(self) -> None:
        self._compose("stop", "neo4j")

    def kill(self) -> None:
        self._compose("kill", "-s", "KILL", "neo4j")


@contextmanager
def docker_server() -> Iterator[Server]:
    """A server that runs until the block ends; its volumes go with it."""
    port, project = free_port(), f"memos-graph-{os.getpid()}"
    # what docker-compose.yml reads
    os.environ.update(NEO4J_PORT=str(port), NEO4J_HTTP_PORT=str(free_port()), NEO4J_PASSWORD=PASSWORD)
    with get_docker_services("docker compose", [str(COMPOSE)], project, ["up -d --wait neo4j"], ["down -v"]):
        server = DockerServer(f"bolt://127.0.0.1:{port}", "neo4j", PASSWORD, project)
        server.wait()
        yield server
