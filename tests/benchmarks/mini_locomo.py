"""A chat of a few turns in the shape of the LoCoMo file, made up: for tests of what is done with the real one."""

from __future__ import annotations

import json
from pathlib import Path

QUESTIONS = (
    ("Where does Nora keep her boat?", "in the north harbour", ["D1:1"], 4),
    ("When did Nora buy the boat?", "3 May 2021", ["D1:3"], 2),
    ("What animals do Nora and Emil have?", "a parrot and two goats", ["D1:2", "D2:1"], 1),
    ("What did Emil say about his submarine?", "", ["D2:2"], 5),
)


def written(folder: Path) -> Path:
    """The path of the file, made in `folder`."""
    qa = [
        {"question": question, "evidence": evidence, "category": category,
         ("adversarial_answer" if category == 5 else "answer"): answer or "that it leaks"}
        for question, answer, evidence, category in QUESTIONS
    ]  # fmt: skip
    conversation = {
        "speaker_a": "Nora", "speaker_b": "Emil",
        "session_1_date_time": "1:56 pm on 4 May, 2021",
        "session_1": [
            {"speaker": "Nora", "dia_id": "D1:1", "text": "My boat lies in the north harbour, next to the crane."},
            {"speaker": "Emil", "dia_id": "D1:2", "text": "Does the parrot of yours come aboard?"},
            {"speaker": "Nora", "dia_id": "D1:3", "text": "Always! I bought the boat only yesterday, we are learning."},
        ],
        "session_2_date_time": "9:10 am on 2 June, 2021",
        "session_2": [
            {"speaker": "Emil", "dia_id": "D2:1", "text": "My two goats ate the fence again."},
            {"speaker": "Nora", "dia_id": "D2:2", "text": "Buy a submarine, they can not follow you there."},
        ],
    }  # fmt: skip
    path = folder / "mini.json"
    path.write_text(json.dumps([{"sample_id": "mini-1", "conversation": conversation, "qa": qa}]), encoding="utf-8")
    return path
