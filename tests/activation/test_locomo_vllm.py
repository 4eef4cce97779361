"""LoCoMo's whole protocol with a real model: three made-up questions, for the plumbing; what it scores says nothing."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.__main__ import main
from tests.benchmarks.mini_locomo import written
from tests.servers.vllm import VLLM


def test_three_questions_are_answered_judged_and_counted(vllm_server: VLLM, tmp_path: Path) -> None:
    code = main(["locomo", "--data", str(written(tmp_path)), "--any-file", "--llm", vllm_server.url,
                 "--model", vllm_server.model, "--questions", "3", "--runs", "1", "--controls", "1",
                 "--max-tokens", "32", "--context", "200", "--out", str(tmp_path / "out")])  # fmt: skip
    assert code in (0, 1)  # 1: the small judge gave no verdict
    found = json.loads((tmp_path / "out" / "locomo_llm.json").read_text())["results"]
    answers = found["tokens"]["answers"]
    assert (found["questions"], answers["requests"], answers["untold"]) == (3, 3, 0)
    assert answers["prompt"] > 300 and 3 <= answers["completion"] <= 3 * 32
    assert found["tokens"]["verdicts"]["requests"] >= 3 and found["judge_tried"]["the expected answer"]["tried"] == 1
