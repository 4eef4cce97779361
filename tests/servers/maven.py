"""Neo4j Community without Docker: its jars from Maven, run by the Java that is there (17 or 21)."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import neo4j

from tests.servers.server import PASSWORD, Server, free_port, shakes_hands

VERSION = os.environ.get("MEMOS_GRAPH_TEST_NEO4J_VERSION", "5.26.30")
POM = """<project><modelVersion>4.0.0</modelVersion>
 <groupId>local</groupId><artifactId>neo4j-runtime</artifactId><version>1</version><packaging>pom</packaging>
 <dependencies>
  <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version></dependency>
  <dependency><groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>{version}</version></dependency>
 </dependencies></project>
"""
CONFIGURATION = """server.bolt.enabled=true
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
dbms.security.auth_enabled=true
server.memory.pagecache.size=64m
dbms.usage_report.enabled=false
dbms.cypher.min_replan_interval=1h
internal.server.bolt.thread_pool_shutdown_wait_time=0s
"""
FLAGS = (
    "-Xms128m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",  # starts sooner and stays small
    "--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "-Dfile.encoding=UTF-8", "-Dlog4j2.disable.jmx=true",
)  # fmt: skip


def missing() -> str:
    """What keeps Maven's Neo4j from running here; "" when nothing does."""
    needs = ["java"] if (_folder() / "complete").exists() else ["java", "mvn"]
    return " and ".join(f"no {need}" for need in needs if shutil.which(need) is None)


def jars() -> Path:
    """The folder of the server's jars, fetched through mvn if they are not there: 213 jars, 123 MB, about 10 s.

    Processes that want them at once wait for the first one.
    """
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder / "lib", ignore_errors=True)
            (folder / "pom.xml").write_text(POM.format(version=VERSION))
            command = [
                "mvn", "-q", "-B", "-f", str(folder / "pom.xml"), "dependency:copy-dependencies",
                "-DincludeScope=runtime", f"-DoutputDirectory={folder / 'lib'}",
            ]  # fmt: skip
            fetched = subprocess.run(command, capture_output=True, text=True, timeout=600)
            if fetched.returncode:
                raise RuntimeError(f"mvn could not fetch Neo4j {VERSION}: {(fetched.stdout + fetched.stderr)[-2000:]}")
            (folder / "complete").touch()
    return folder / "lib"


def _folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "neo4j-maven" / VERSION


@dataclass(slots=True)
class MavenServer(Server):
    """A server of the tests' own, in `home`: its data stays there from one start to the next."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @staticmethod
    def make(home: Path) -> MavenServer:
        """A server that has not been started, with nothing in it."""
        for part in ("conf", "data", "logs", "plugins", "import"):
            (home / part).mkdir(parents=True, exist_ok=True)
        port = free_port()
        (home / "conf" / "neo4j.conf").write_text(CONFIGURATION.format(port=port))
        return MavenServer(f"bolt://127.0.0.1:{port}", "neo4j", PASSWORD, home, port)

    def start(self) -> None:
        """Call it from the main thread: the server goes when the thread that started it does."""
        if self.process is not None:
            return
        dies_with_us = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        command = [
            *dies_with_us, "java", *FLAGS, "-cp", f"{jars()}/*", "org.neo4j.server.CommunityEntryPoint",
            f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}",
        ]  # fmt: skip
        with (self.home / "logs" / "console.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait_for_bolt()
        if not self.answers():
            self._set_password()
        self.wait()

    def stop(self) -> None:
        self._end(kill=False)

    def kill(self) -> None:
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        if self.process is None:
            return
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait(60)
        self.process = None

    def _wait_for_bolt(self, seconds: float = 120) -> None:
        until = time.monotonic() + seconds
        while not shakes_hands(self.port):
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > until:
                log = (self.home / "logs" / "console.log").read_text(errors="replace")[-2000:]
                self._end(kill=True)
                raise RuntimeError(f"Neo4j did not start in {self.home}: {log}")
            time.sleep(0.1)

    def _set_password(self) -> None:
        """Take the place of the first password, as a person would at the first login; nothing when that was done."""
        try:
            with neo4j.GraphDatabase.driver(self.url, auth=("neo4j", "neo4j")) as driver:
                driver.execute_query(
                    "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=self.password, database_="system"
                )
        except neo4j.exceptions.AuthError:  # it was set before: the database is only not up yet
            return
