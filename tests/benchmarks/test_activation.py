"""What the figures of activation memory rest on: the counted cache, the plan of a day, questions, and the plumbing."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import activation
from benchmarks.__main__ import main
from benchmarks.activation_cache import BlockCache
from benchmarks.activation_plan import Turn, plan
from benchmarks.activation_ttft import question_of
from memos_ingest import Conversation, Message, Question, Session
from tests.servers.fake_vllm import FakeVLLM, fake_vllm, pieces

PROMPTS = st.lists(st.tuples(st.lists(st.integers(0, 2), max_size=14), st.sampled_from(["", "a", "b"])), max_size=12)


def chat(sessions: int = 4, messages: int = 3) -> Conversation:
    said = [
        Session(id=str(s), time=None, messages=tuple(
            Message(id=f"D{s}:{m}", role="user", speaker="Ann", text=f"{s} {m}", time=None) for m in range(messages)
        ))
        for s in range(1, sessions + 1)
    ]  # fmt: skip
    return Conversation(id="c", title="c", sessions=tuple(said), content_hash="0")


def questions(of: Conversation) -> list[Question]:
    return [
        Question(conversation_id="c", question=f"What of {m.id}?", answer="", evidence=(m.id,), category=4)
        for s in of.sessions for m in s.messages
    ]  # fmt: skip


def days(seed: int, **more: object) -> tuple[Turn, ...]:
    of = chat()
    given_ = {"asked": 8, "every": 4, "where": "latest", "seed": seed, **more}
    return plan(of, questions(of), **given_)  # type: ignore[arg-type]


def session_of(message: str) -> int:
    return int(message.partition(":")[0].removeprefix("D"))


# --- the cache


@given(prompts=PROMPTS, block=st.integers(1, 4))
def test_what_is_counted_as_cached_is_what_the_fake_server_has_cached(
    prompts: Sequence[tuple[list[int], str]], block: int
) -> None:
    counted, fake = BlockCache(block), FakeVLLM(block=block)
    for ids, salt in prompts:
        if ids:
            assert counted.read(ids, salt) == fake.read(ids, salt)


def test_the_last_token_of_a_prompt_is_always_read() -> None:
    cache = BlockCache(4)
    assert [cache.read(range(8)), cache.read(range(8)), cache.read(range(9))] == [0, 4, 8]


def test_only_whole_blocks_are_found_and_only_under_the_same_salt() -> None:
    cache = BlockCache(4)
    cache.read(range(7), "mine")
    assert (cache.read(range(7), "mine"), cache.read(range(7), "yours")) == (4, 0)


def test_a_block_is_found_only_behind_the_blocks_it_was_read_behind() -> None:
    cache = BlockCache(2)
    cache.read([1, 2, 3, 4, 5])
    assert cache.read([9, 9, 3, 4, 5]) == 0


def test_a_full_cache_forgets_the_end_of_the_oldest_prompt_first() -> None:
    cache = BlockCache(1, capacity=4)
    cache.read([1, 2, 3, 4])
    cache.read([7])
    assert cache.read([1, 2, 3, 4, 5]) == 3


# --- the plan


@given(seed=st.integers(0, 50))
def test_nothing_is_asked_before_its_evidence_was_told(seed: int) -> None:
    assert all(session_of(each) <= turn.told for turn in days(seed) for each in turn.evidence)


@given(seed=st.integers(0, 50))
def test_every_question_is_asked_once(seed: int) -> None:
    asked = [turn.question for turn in days(seed)]
    assert len(set(asked)) == len(asked) > 4


def test_questions_are_spread_over_all_sessions() -> None:
    assert {turn.told for turn in days(1)} == {1, 2, 3, 4}


@given(seed=st.integers(0, 50))
def test_what_is_corrected_latest_is_of_the_session_told_last(seed: int) -> None:
    corrected = [(turn.told, each) for turn in days(seed) for each in turn.corrected]
    assert len(corrected) == 2
    assert all(session_of(each) == told for told, each in corrected)


def test_what_is_corrected_anywhere_is_also_of_older_sessions() -> None:
    turns = [turn for seed in range(20) for turn in days(seed, where="anywhere")]
    assert any(session_of(each) < turn.told for turn in turns for each in turn.corrected)


# --- questions


@given(seed=st.integers(0, 200), length=st.sampled_from([30, 300]))
def test_a_question_has_its_length_in_tokens_and_never_more(seed: int, length: int) -> None:
    found = len(pieces(question_of(length, random.Random(seed), lambda words: len(pieces(words)))))
    assert length - 3 <= found <= length


def test_two_questions_begin_differently() -> None:
    draw = random.Random(1)
    starts = [question_of(30, draw, lambda words: len(words.split()))[:12] for _ in range(50)]
    assert len(set(starts)) == 50


# --- the plumbing


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A talk in LoCoMo's form, about things that have names of their own."""
    things = ["kettle", "violin", "ladder", "tractor", "lantern", "saddle", "anchor", "compass"]
    talk: dict[str, object] = {"speaker_a": "Ann", "speaker_b": "Bo"}
    for at in range(4):
        talk[f"session_{at + 1}_date_time"] = f"1:56 pm on {at + 1} May, 2023"
        talk[f"session_{at + 1}"] = [
            {"speaker": "Ann" if side else "Bo", "dia_id": f"D{at + 1}:{side + 1}",
             "text": f"I keep my {things[2 * at + side]} in room {10 * at + side} of the old house by the sea."}
            for side in (0, 1)
        ]  # fmt: skip
    qa = [{"question": f"Where is the {thing}?", "answer": "", "evidence": [f"D{at // 2 + 1}:{at % 2 + 1}"],
           "category": 4} for at, thing in enumerate(things)]  # fmt: skip
    path = tmp_path / "talk.json"
    path.write_text(json.dumps([{"sample_id": "c1", "conversation": talk, "qa": qa}]), encoding="utf-8")
    return path


@pytest.mark.long
def test_a_short_run_writes_times_and_a_day_that_the_server_confirms(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with fake_vllm(block=16) as server:
        main(["activation", "--llm", server.url, "--model", server.model, "--data", str(data), "--any-file", "--short",
              "--out", str(out), "--work", str(tmp_path)])  # fmt: skip
    written = json.loads((out / "activation.json").read_text(encoding="utf-8"))
    (case,) = written["results"]["ttft"]["cases"]
    assert {arm: len(of["ms"]) for arm, of in case["arms"].items()} == dict.fromkeys(case["arms"], 1)
    assert case["arms"]["warm"]["cached_tokens"] == [case["arms"]["warm"]["prefix_tokens"]]
    assert case["arms"]["cold"]["cached_tokens"] == [0]
    (day,) = written["results"]["day"]
    told = [each for arm in day["arms"].values() for each in arm["prompts"]]
    assert len(told) == 12
    assert all(counted == said for _, counted, said in told)
    assert day["arms"]["ours"]["recall"] == 1.0
    assert "A day of chat" in (out / "activation.md").read_text(encoding="utf-8")


def test_counting_alone_sends_no_question_of_the_day(data: Path, tmp_path: Path) -> None:
    with fake_vllm(block=16) as server:
        wanted = activation.Wanted(parts=("day",), short=True, count_only=True)
        activation.run(tmp_path, llm=server.url, model=server.model, data=data, any_file=True, wanted=wanted)
        assert len(server.asked) == 1  # whether it is there


def test_a_part_that_lacks_what_it_needs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"can't measure day: .* day --data"):
        activation.run(tmp_path, llm="", model="", wanted=activation.Wanted(parts=("day",)))


def test_a_server_that_is_not_there_could_not_be_measured(tmp_path: Path) -> None:
    asked = ["activation", "--llm", "http://127.0.0.1:9/v1", "--model", "m", "--out", str(tmp_path)]
    assert main(asked) == 2


def test_a_local_model_without_its_packages_is_a_problem_of_the_report_not_a_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    found = activation.run(tmp_path, llm="", model="", kv=tmp_path, wanted=activation.Wanted(short=True))
    assert not found.good
    assert "local" in found.problems[0]
