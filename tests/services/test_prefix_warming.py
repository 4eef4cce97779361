"""A prefix warmed at a server, proved, and counted: over a server that answers as vLLM does, without a model."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.app import Graph
from memos_graph.engines.prefix.salts import salt_of
from memos_graph.model.chat import TokenUsage
from memos_graph.model.errors import Conflict, Invalid, NotFound, NotSupported, Unavailable
from memos_graph.model.prefix import Prefix, PrefixEntry, PrefixStats
from memos_graph.providers.language.openai import OpenAIChat
from memos_graph.providers.language.vllm import VLLMServer
from memos_graph.services.context import Context
from memos_graph.services.prefix import state
from memos_graph.services.prefix import stats as counted
from memos_graph.services.prefix.kept import read_state
from memos_graph.services.prefix.salting import salt_for
from memos_graph.services.prefix.state import add_stats, load
from memos_graph.services.prefix.stats import flush, record, stats
from memos_graph.services.prefix.warming import warm
from tests.servers.fake_vllm import FakeVLLM, fake_vllm, pieces, templated

LOG = "memos_graph.prefix"


@pytest.fixture
def fake() -> Iterator[FakeVLLM]:
    with fake_vllm() as server:
        yield server


@pytest.fixture
def context(graph: Graph, fake: FakeVLLM) -> Context:
    for name in ("home", "work"):
        graph.cube(name)
    return asking(graph.context, fake)


def asking(context: Context, fake: FakeVLLM, **others: Any) -> Context:
    """`context` with the fake as its model and its prefix server."""
    model = OpenAIChat(fake.url, fake.model, pause=lambda _: None)
    return replace(context, language=model, prefix_server=VLLMServer(fake.url, fake.model), **others)


def prefix_of(context: Context, *cubes: str, words: int = 200, aligned: bool = True, block: int = 16) -> Prefix:
    """A prefix of about `words` words, of whole blocks if `aligned`."""
    text = "Answer from this. " + " ".join(f"fact{number}" for number in range(words))
    while True:
        chats = [[{"role": "system", "content": text}, {"role": "user", "content": said}] for said in ("Hi", "Why")]
        two = [pieces(templated(chat)) for chat in chats]
        tokens = next(at for at, (one, other) in enumerate(zip(*two, strict=False)) if one != other)
        if (tokens % block == 0) == aligned:
            break
        text += "."
    entry = PrefixEntry(number=1, id="m1", cube="home", digest="", tokens=tokens, part="stable", reason="frozen")
    return Prefix(
        cubes=cubes or ("home",), text=text, entries=(entry,), template="t", salt=salt_for(context, cubes or ("home",)),
        tokens=tokens, counted_by="fake", block=block, kept=0, built_at=datetime(2025, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def test_a_warmed_prefix_is_read_once_and_found_whole_by_the_next_question(context: Context) -> None:
    prefix = prefix_of(context)
    first, again = warm(context, prefix), warm(context, prefix)
    assert first.hit
    assert first.proved == first.tokens == prefix.tokens
    assert first.told_by == "usage"
    assert first.read is not None
    assert first.read > prefix.tokens
    assert again.read is not None
    assert again.read < 16
    sums = stats(context, ("home",))
    assert (sums.warmed, sums.missed, sums.answers) == (2, 0, 0)


def test_what_is_sent_is_the_system_message_byte_for_byte_with_its_salt(context: Context, fake: FakeVLLM) -> None:
    prefix = prefix_of(context)
    warm(context, prefix)
    assert len(fake.asked) == 2
    for asked in fake.asked:
        assert asked["messages"][0] == {"role": "system", "content": prefix.text}
        assert asked["cache_salt"] == prefix.salt
        assert asked.get("max_completion_tokens", asked.get("max_tokens")) == 1


def test_a_server_whose_answers_say_nothing_is_proved_by_its_counters(context: Context, fake: FakeVLLM) -> None:
    fake.details = False
    done = warm(context, prefix_of(context))
    assert done.hit
    assert done.told_by == "metrics"
    assert done.read is None


def test_counters_that_others_moved_prove_nothing(
    context: Context, fake: FakeVLLM, caplog: pytest.LogCaptureFixture
) -> None:
    def while_another_asks(messages: Sequence[dict[str, Any]]) -> str:
        fake.read(range(50), "another")
        return "yes"

    fake.details, fake.answer = False, while_another_asks
    with caplog.at_level(logging.WARNING, LOG):
        done = warm(context, prefix_of(context), pause=lambda _: None)
    assert done.proved is None
    assert not done.hit
    assert "--enable-prompt-tokens-details" in done.reason
    assert [entry.levelname for entry in caplog.records if entry.name == LOG] == ["WARNING"]
    sums = stats(context, ("home",))
    assert (sums.warmed, sums.missed) == (1, 0)


@pytest.mark.parametrize(("set_to", "how", "reason"), [
    ({"caching": False}, {}, "prefix caching is off"),
    ({"cache_tokens": 160}, {}, "its cache holds 160 tokens"),
    ({"block": 1024}, {"block": 16}, "shorter than a block of 1024"),
    ({"block": 128}, {"block": 112}, "laid out for blocks of 112 tokens"),
    ({"block": 128}, {"aligned": False, "block": 128, "words": 150}, "fill no block of 128"),
])  # fmt: skip
def test_a_miss_is_an_error_in_the_log_and_in_the_stats_with_its_reason(
    graph: Graph, caplog: pytest.LogCaptureFixture, set_to: dict[str, Any], how: dict[str, Any], reason: str
) -> None:
    graph.cube("home")
    with fake_vllm(**set_to) as fake:
        context = asking(graph.context, fake)
        with caplog.at_level(logging.ERROR, LOG):
            done = warm(context, prefix_of(context, **how))
        assert not done.hit
        assert reason in done.reason
        (logged,) = [entry for entry in caplog.records if entry.name == LOG]
        assert logged.levelname == "ERROR"
        assert reason in logged.getMessage()
        sums = stats(context, ("home",))
    assert (sums.warmed, sums.missed) == (1, 1)
    assert reason in sums.last_miss


def test_a_prefix_whose_salt_is_not_the_cube_s_any_more_says_so_when_it_misses(
    context: Context, fake: FakeVLLM
) -> None:
    prefix = prefix_of(context)
    fake.caching = False
    assert "salt has changed" not in warm(context, prefix).reason
    assert "salt has changed" in warm(replace(context, prefix_secret="another"), prefix).reason


def test_without_a_model_or_with_its_server_down_it_is_an_error_and_counts_nothing(
    context: Context, graph: Graph, fake: FakeVLLM
) -> None:
    prefix = prefix_of(context)
    with pytest.raises(NotSupported, match="MEMOS_GRAPH_LANGUAGE_MODEL"):
        warm(graph.context, prefix)
    with pytest.raises(Invalid, match="no memories"):
        warm(context, replace(prefix, entries=()))
    fake.trouble = "503"
    with pytest.raises(Unavailable):
        warm(context, prefix)
    assert stats(context, ("home",)) == PrefixStats()


def test_no_cube_hits_what_another_sent_and_a_set_of_cubes_has_a_salt_of_its_own(context: Context) -> None:
    alone, other, both = prefix_of(context, "home"), prefix_of(context, "work"), prefix_of(context, "work", "home")
    assert len({alone.salt, other.salt, both.salt}) == 3
    assert both.salt == salt_for(context, ("home", "work"))
    for prefix in (alone, other, both):
        done = warm(context, prefix)
        assert done.read is not None
        assert done.read > prefix.tokens, "nothing of the same words was there under this salt"


def test_cubes_of_one_name_in_two_stores_have_two_salts_and_a_secret_changes_all(context: Context) -> None:
    from memos_graph.backends.inmemory import InMemoryStore

    elsewhere = replace(context, store=InMemoryStore())
    Graph(elsewhere).cube("home")
    assert salt_for(context, ("home",)) == salt_for(context, ("home",))
    assert salt_for(context, ("home",)) != salt_for(elsewhere, ("home",))
    assert salt_for(context, ("home",)) != salt_for(replace(context, prefix_secret="s"), ("home",))


def test_a_server_that_is_no_vllm_gets_no_salt(context: Context) -> None:
    assert salt_for(replace(context, prefix_server=None), ("home",)) == ""
    with fake_vllm(tells=False, make="library") as other:
        assert salt_for(asking(context, other), ("home",)) == ""


def test_a_server_that_can_t_be_asked_now_gets_the_salt_that_it_will_get_later(context: Context) -> None:
    down = replace(context, prefix_server=VLLMServer("http://127.0.0.1:1", "m"))
    assert salt_for(down, ("home",)) == salt_for(context, ("home",)) != ""


def test_a_server_that_refuses_the_salt_says_so_without_showing_it(context: Context, fake: FakeVLLM) -> None:
    prefix = prefix_of(context)
    fake.salts = False
    with pytest.raises(Invalid, match="cache_salt") as refused:
        warm(context, prefix)
    assert prefix.salt not in str(refused.value)


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), min_size=1, max_size=4), st.text())
def test_a_salt_follows_from_the_set_and_never_from_its_order(keys: dict[str, str], secret: str) -> None:
    salt = salt_of(keys, secret=secret)
    assert salt == salt_of(dict(reversed(keys.items())), secret=secret)
    assert len(salt) == 44
    assert salt != salt_of({**keys, "one more name": "key"}, secret=secret)
    first = min(keys)
    assert salt != salt_of({**keys, first: keys[first] + "x"}, secret=secret)


def test_names_and_keys_that_run_together_alike_are_told_apart() -> None:
    assert salt_of({"a": "bc"}) != salt_of({"ab": "c"})
    assert salt_of({"a": "1", "b": "2"}) != salt_of({"a": '1"], ["b", "2'})


def test_answers_are_counted_and_twenty_of_them_make_one_change(context: Context) -> None:
    prefix = prefix_of(context)
    before = len(context.store.changes("home", after=0, limit=1000))
    for _ in range(45):
        record(context, prefix, TokenUsage(prompt=prefix.tokens + 100, cached=prefix.tokens + 16, completion=5))
    assert len(context.store.changes("home", after=0, limit=1000)) == before + 2
    sums = stats(context, ("home",))
    assert (sums.answers, sums.told, sums.prompt) == (45, 45, 45 * (prefix.tokens + 100))
    assert (sums.prefix, sums.cached, sums.beyond) == (45 * prefix.tokens, 45 * prefix.tokens, 45 * 16)
    assert sums.hit_rate == 1.0
    assert sums.saved == 45 * (prefix.tokens + 16)


def test_an_answer_that_says_nothing_of_its_cache_counts_as_an_answer_alone(context: Context) -> None:
    prefix = prefix_of(context)
    record(context, prefix, TokenUsage(prompt=500))
    record(context, prefix, TokenUsage())
    assert stats(context, ("home",)) == PrefixStats(answers=2)
    assert stats(context, ("home",)).hit_rate is None


def test_an_answer_without_memories_before_it_proves_nothing_and_is_not_counted(context: Context) -> None:
    record(context, replace(prefix_of(context), entries=()), TokenUsage(prompt=50, cached=16))
    assert stats(context, ("home",)) == PrefixStats()


def test_an_answer_over_several_cubes_counts_once(context: Context) -> None:
    record(context, prefix_of(context, "work", "home"), TokenUsage(prompt=500, cached=100))
    assert stats(context, ("home", "work")).answers == 1
    assert stats(context, ("home", "home")).answers == 1
    with pytest.raises(NotFound):
        stats(context, ("home", "nowhere"))


def test_closing_the_graph_writes_what_waited(context: Context, clock: Any) -> None:
    prefix = prefix_of(context)
    record(context, prefix, TokenUsage(prompt=500, cached=100))
    assert (load(context, "home") or pytest.fail("no key?")).stats.answers == 0
    flush(context)
    held = load(context, "home")
    assert held is not None
    assert held.stats.answers == 1


def test_counts_of_a_cube_that_is_busy_wait_and_those_of_one_that_is_gone_go(
    context: Context, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    prefix = prefix_of(context)

    def busy(*_: Any, **__: Any) -> None:
        raise Conflict("home", {"stats": 1}, {"stats": 2})

    with monkeypatch.context() as busily, caplog.at_level(logging.WARNING, LOG):
        busily.setattr(counted, "add_stats", busy)
        for _ in range(25):
            record(context, prefix, TokenUsage(prompt=500, cached=100))
    assert stats(context, ("home",)).answers == 25
    record(context, replace(prefix, cubes=("work",)), TokenUsage(prompt=500, cached=100))
    context.store.drop_cube("work")
    flush(context)
    assert context.prefix_counts.take() == {}


def test_a_writer_that_finds_its_very_sums_written_by_another_adds_its_own(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = iter([read_state(context.store, "home")])
    add_stats(context, "home", PrefixStats(answers=20))
    monkeypatch.setattr(state, "read_state", lambda store, cube: next(before, None) or read_state(store, cube))
    assert add_stats(context, "home", PrefixStats(answers=20)).answers == 40


def test_several_writers_lose_no_count(context: Context) -> None:
    prefix = prefix_of(context)
    others = [asking_anew(context) for _ in range(4)]

    def answer(one: Context) -> None:
        for _ in range(25):
            record(one, prefix, TokenUsage(prompt=500, cached=100))
        flush(one)

    threads = [threading.Thread(target=answer, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        flush(one)  # what met another writer too often waited
    assert stats(context, ("home",)).answers == 100


def asking_anew(context: Context) -> Context:
    """`context` as another process has it: with counts of its own."""
    from memos_graph.services.prefix.counting import Counts

    return replace(context, prefix_counts=Counts())


@given(st.integers(1, 3000), st.one_of(st.none(), st.integers(0, 5000)), st.one_of(st.none(), st.integers(0, 5000)))
def test_a_hit_rate_is_a_share_whatever_a_server_says(tokens: int, prompt: int | None, cached: int | None) -> None:
    entry = PrefixEntry(number=1, id="m", cube="c", digest="", tokens=1, part="stable", reason="")
    prefix = Prefix(
        cubes=("c",), text="x", entries=(entry,), template="t", salt="", tokens=tokens, counted_by="estimate", block=16,
        kept=0, built_at=datetime(2025, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    sums = counted._sums(prefix, TokenUsage(prompt=prompt, cached=cached))
    assert sums.hit_rate is None or 0 <= sums.hit_rate <= 1
    assert 0 <= sums.saved <= sums.prompt
