"""LoCoMo's whole protocol against an endpoint that says what the test says: what is asked, kept, scored and told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.__main__ import main
from benchmarks.locomo_llm_kept import Kept, Said, key_of
from benchmarks.locomo_llm_scores import Outcome, bleu1, f1, short, spread, tokens
from memos_graph.model.chat import TokenUsage
from tests.benchmarks.mini_locomo import QUESTIONS, written
from tests.providers.chat_server import ChatServer, completion, serving

ANSWERS = {"keep": "In the north harbour", "buy": "May 2021", "animals": "A parrot and, as I said, two goats",
           "submarine": "Not known."}  # fmt: skip


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with serving() as told:
        told.says = says
        yield told


def says(asked: str) -> str:
    """The answers above; as judge, CORRECT where the two begin alike."""
    if "Question: " in asked:
        question = asked.rpartition("Question: ")[2]
        return next(answer for word, answer in ANSWERS.items() if word in question)
    told = json.loads(asked)
    alike = told["given"].lower().split()[:2] == told["expected"].lower().split()[:2]
    return json.dumps({"verdict": "CORRECT" if alike else "WRONG"})


def measured(tmp_path: Path, server: ChatServer, *options: str) -> tuple[int, dict[str, Any], str]:
    """The exit code, the results and the page of one run."""
    out = tmp_path / "out"
    code = main(["locomo", "--data", str(written(tmp_path)), "--any-file", "--llm", server.url, "--model", "m",
                 "--out", str(out), *options])  # fmt: skip
    page = out / "locomo_llm.md"
    return (code, json.loads((out / "locomo_llm.json").read_text())["results"] if page.exists() else {},
            page.read_text() if page.exists() else "")  # fmt: skip


def test_every_question_is_answered_and_judged_in_every_run(tmp_path: Path, server: ChatServer) -> None:
    server.says = says
    code, found, page = measured(tmp_path, server, "--judge", "j", "--price", "1", "0.5", "2")
    assert code == 0
    asked = [each["body"]["model"] for each in server.seen]
    assert (asked.count("m"), asked.count("j")) == (3 * 4, 3 * 3 + 2 * 3)  # the adversarial one needs no judge
    scores = found["scores"]
    assert scores["categories 1-4"]["judge"] == {"mean": pytest.approx(2 / 3), "deviation": 0.0}
    assert (scores["single-hop"]["judge"]["mean"], scores["temporal"]["judge"]["mean"]) == (1.0, 0.0)
    assert scores["temporal"]["F1"]["mean"] == pytest.approx(0.8) and scores["temporal"]["asked"] == 1
    assert scores["adversarial"]["declined"]["mean"] == 1.0
    assert found["judge_tried"] == {"the expected answer": {"tried": 3, "accepted": 3},
                                    "another question's answer": {"tried": 3, "accepted": 0}}  # fmt: skip
    assert "| single-hop | 1 | 100.0 | 100.0 ± 0.0 |" in page and "adversarial, apart" in page


def test_a_model_reads_what_was_found_as_quoted_lines_and_never_the_expected_answer(
    tmp_path: Path, server: ChatServer
) -> None:
    measured(tmp_path, server, "--runs", "1")
    (body,) = [each["body"] for each in server.seen if "keep her boat?" in each["body"]["messages"][1]["content"]
               and "Question: " in each["body"]["messages"][1]["content"]]  # fmt: skip
    lines = body["messages"][1]["content"].split("\n\nQuestion: ")[0].splitlines()
    rows = [json.loads(line) for line in lines]
    assert {"day": "Tuesday 4 May 2021", "who": "Nora",
            "words": "My boat lies in the north harbour, next to the crane."} in rows  # fmt: skip
    assert "expected" not in json.dumps(body)


def test_a_run_that_broke_off_goes_on_and_asks_nothing_twice(
    tmp_path: Path, server: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = 0

    def runs_dry(question: str) -> str:
        nonlocal asked
        asked += 1
        if asked == 6:
            server.first = [(401, {"error": "pay first"})]
        return says(question)

    server.says = runs_dry
    code, _, page = measured(tmp_path, server)
    assert code == 2 and page == ""
    kept = tmp_path / "out" / "locomo_llm.answers.jsonl"
    before = len(kept.read_text().splitlines())
    said = capsys.readouterr().err
    assert before >= 6 and f"{before} answers are kept" in said and "MEMOS_GRAPH_LANGUAGE_MODEL_KEY" in said
    kept.write_text(kept.read_text() + '{"key": "cut o')  # as a crash leaves it
    server.says = says
    code, found, _ = measured(tmp_path, server)
    done = [json.dumps([each["body"]["messages"], each["body"].get("seed")]) for each in server.seen]
    del done[6]  # the one that was refused
    assert code == 0 and len(done) == len(set(done)) == 3 * 7 + 6
    assert found["requests_of_this_run"] == len(done) - before
    again = len(server.seen)
    assert measured(tmp_path, server)[1]["scores"] == found["scores"]
    assert len(server.seen) == again


def test_a_judge_without_a_verdict_is_told_and_counts_against_the_answer(tmp_path: Path, server: ChatServer) -> None:
    server.says = lambda asked: says(asked) if "Question: " in asked else "perhaps"
    code, found, page = measured(tmp_path, server, "--runs", "1", "--controls", "0")
    assert code == 1 and found["scores"]["categories 1-4"]["judge"]["mean"] == 0.0
    assert "3 of 4 answers got no verdict" in page


def test_a_judge_that_says_yes_to_everything_is_found_out(tmp_path: Path, server: ChatServer) -> None:
    server.says = lambda asked: says(asked) if "Question: " in asked else '{"verdict": "CORRECT"}'
    code, found, page = measured(tmp_path, server, "--runs", "1")
    assert code == 1 and found["scores"]["categories 1-4"]["judge"]["mean"] == 1.0
    assert "accepted 3 of 3 answers to other questions: its scores mean nothing" in page


def test_tokens_are_summed_as_told_and_priced(tmp_path: Path, server: ChatServer) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 600}}
    server.first = [(200, {**completion("Not known"), "usage": usage})]
    _, found, _ = measured(tmp_path, server, "--runs", "1", "--controls", "0", "--price", "10", "1", "100")
    assert found["tokens"]["answers"] == {"requests": 4, "untold": 3, "prompt": 1000, "cached": 600, "completion": 10}
    assert found["cost"]["answers"] == pytest.approx((400 * 10 + 600 * 1 + 10 * 100) / 1e6)


def test_a_sample_is_the_same_for_a_seed(tmp_path: Path, server: ChatServer) -> None:
    asked = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        server.seen.clear()
        measured(tmp_path / name, server, "--questions", "2", "--runs", "1", "--seed", "4", "--controls", "0")
        asked.append([each["body"]["messages"] for each in server.seen])
    assert asked[0] == asked[1] and len([m for m in asked[0] if "Question: " in m[1]["content"]]) == 2


def test_a_key_never_goes_to_another_endpoint_than_its_own(
    tmp_path: Path, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMOS_GRAPH_LANGUAGE_MODEL_KEY", "k-answers")
    with serving() as other:
        other.says = says
        measured(tmp_path, server, "--runs", "1", "--judge-llm", other.url, "--judge", "j")
        assert {each["key"] for each in server.seen} == {"Bearer k-answers"}
        assert {each["key"] for each in other.seen} == {None}
    assert "k-answers" not in "".join(file.read_text() for file in (tmp_path / "out").iterdir())


def test_a_model_that_is_not_named_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["locomo", "--data", str(written(tmp_path)), "--llm", "http://127.0.0.1:1/v1"]) == 2
    assert "--model" in capsys.readouterr().err


# scores


def test_f1_and_bleu_are_as_worked_out_by_hand() -> None:
    assert f1("the 3rd of May", "May 3rd, 2021") == pytest.approx(2 * 2 / (3 + 3))
    assert bleu1("the 3rd of May", "May 3rd, 2021") == pytest.approx(2 / 3)
    assert bleu1("May", "May 3rd, 2021") == pytest.approx(2.718281828 ** (1 - 3))
    assert f1("May May May", "May") == pytest.approx(0.5)  # a word counts as often as it is expected


@given(st.text(max_size=40), st.text(max_size=40))
def test_scores_lie_between_none_and_all_and_a_text_has_all_of_itself(one: str, other: str) -> None:
    for score in (f1, bleu1):
        assert 0.0 <= score(one, other) <= 1.0 and score(one, one) == 1.0


def test_an_answer_is_its_first_six_words_and_what_was_cut_is_known() -> None:
    assert short("\n  one two three four five six \n") == ("one two three four five six", False)
    assert short("one two three four five six seven") == ("one two three four five six", True)
    assert short("\n\n") == ("", False)


def test_the_spread_is_between_runs_and_not_between_questions() -> None:
    def outcome(run: int, correct: bool) -> Outcome:
        return Outcome(run=run, place=0, conversation="c", category=1, expected="x", answer="y", cut=False,
                       correct=correct, answering=TokenUsage())  # fmt: skip

    same = [outcome(run, correct) for run in (1, 2) for correct in (True, False)]
    assert spread(same, "judge").deviation == 0.0
    apart = [outcome(1, True), outcome(2, False)]
    assert spread(apart, "judge").mean == 0.5
    assert spread(apart, "judge").deviation == pytest.approx(0.7071, abs=1e-4)
    assert tokens([each.answering for each in same]).untold == 4


def test_what_is_kept_is_found_by_all_that_was_sent_and_a_cut_line_by_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    said = Said(text="Grüße\n", usage=TokenUsage(prompt=3, cached=0), seconds=0.5)
    Kept(path).put(key_of({"a": 1}), said)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40] + b'\n[]\n7\n{"key": "x"}\n' + whole[:30])
    kept = Kept(path)
    assert (len(kept), kept.get(key_of({"a": 1})), kept.get(key_of({"a": 2}))) == (1, said, None)
    kept.put("later", said)
    assert Kept(path).get("later") == said


def test_the_mini_file_has_every_kind_of_question_that_counts_apart() -> None:
    assert {category for *_, category in QUESTIONS} >= {1, 2, 4, 5}
