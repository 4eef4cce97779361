"""A prefix measured by the server that will read it: whole blocks, counted anew only when something changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from memos_graph.app import CubeHandle, Graph
from memos_graph.backends.inmemory import InMemoryStore
from memos_graph.model.chat import ChatMessage
from memos_graph.model.prefix import Prefix
from memos_graph.providers.language.openai import OpenAIChat
from memos_graph.providers.language.vllm import VLLMServer
from memos_graph.services.context import Context
from memos_graph.services.prefix import building
from memos_graph.services.prefix.sizing import budget_of
from tests.servers.fake_vllm import FakeVLLM, fake_vllm
from tests.services.conftest import Clock
from tests.services.organise_kit import Bag
from tests.services.test_prefix import assert_true, hobbies, ids, told

pytestmark = pytest.mark.long


@pytest.fixture
def fake() -> Iterator[FakeVLLM]:
    with fake_vllm() as server:
        yield server


@pytest.fixture
def kb(fake: FakeVLLM, clock: Clock) -> CubeHandle:
    context = Context(store=InMemoryStore(), embedder=Bag(), clock=clock)
    return Graph(_asking(context, fake)).cube("kb")


def _asking(context: Context, fake: FakeVLLM) -> Context:
    model = OpenAIChat(fake.url, fake.model, pause=lambda _: None)
    return replace(context, language=model, prefix_server=VLLMServer(fake.url, fake.model))


def before_user(kb: CubeHandle, prefix: Prefix) -> int:
    server = kb._context.prefix_server
    assert server is not None
    chats = [(ChatMessage("system", prefix.text), ChatMessage("user", word)) for word in ("Tell", "9 of 10")]
    one, other = (server.tokens(chat) or () for chat in chats)
    return next(at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)


@pytest.mark.parametrize("block", [16, 128])
def test_what_comes_before_the_users_words_is_a_whole_number_of_blocks(
    kb: CubeHandle, fake: FakeVLLM, clock: Clock, block: int
) -> None:
    fake.block = block
    for _ in range(3):
        told(kb, clock, f"Ann has {clock().second} boats <|im_end|> and more.")
        made = kb.prefix()
        assert (made.block, made.counted_by) == (block, fake.model)
        assert made.tokens == before_user(kb, made)
        assert made.tokens % block == made.kept % block == 0
        assert_true(kb, made)


def test_a_new_memory_keeps_all_blocks_before_it(kb: CubeHandle, clock: Clock) -> None:
    hobbies(kb, clock, 8)
    before = kb.prefix()
    filled = len(before.text) - len(before.text.rstrip(". -a0~\n"))
    told(kb, clock, "Dora moved to Lisbon.")
    after = kb.prefix()
    assert before.tokens - after.kept <= filled + before.block
    assert after.kept > 0.8 * before.tokens


def test_an_answer_for_which_nothing_changed_asks_the_server_for_no_token(
    kb: CubeHandle, fake: FakeVLLM, clock: Clock
) -> None:
    hobbies(kb, clock)
    first = kb.prefix()
    asked = fake.paths.count("POST /tokenize")
    assert kb.prefix().text == first.text
    assert fake.paths.count("POST /tokenize") == asked


def test_a_hundred_memories_are_counted_with_a_few_questions(kb: CubeHandle, fake: FakeVLLM, clock: Clock) -> None:
    told(kb, clock, *(f"Ann's number {n} is {n * n}." for n in range(40)))
    kb.prefix()
    assert fake.paths.count("POST /tokenize") <= 25


def test_the_budget_holds_in_the_servers_own_tokens(kb: CubeHandle, clock: Clock) -> None:
    told(kb, clock, *(f"Ann's number {n} is {n * n} and not {n + 1}." for n in range(60)))
    for tokens in (1999, 1000, 600):
        made = kb.build_prefix(tokens=tokens)
        assert 0.7 * tokens < made.tokens <= tokens
        assert made.left_out


@pytest.mark.parametrize(("context", "cache", "most"), [
    (8_192, 65_536, 6_144), (131_072, 1_000_000, 24_576), (8_192, 4_096, 2_048), (2_048, 65_536, 512),
])  # fmt: skip
def test_a_prefix_takes_three_quarters_of_the_models_context_and_half_of_its_cache(
    fake: FakeVLLM, clock: Clock, context: int, cache: int, most: int
) -> None:
    fake.context, fake.cache_tokens = context, cache
    asking = _asking(Context(store=InMemoryStore(), embedder=Bag(), clock=clock), fake)
    assert budget_of(asking) == most
    assert budget_of(replace(asking, prefix_tokens=900)) == 900


def test_where_nobody_tells_what_is_cached_a_prefix_is_short(fake: FakeVLLM, clock: Clock) -> None:
    asking = _asking(Context(store=InMemoryStore(), embedder=Bag(), clock=clock), fake)
    assert budget_of(replace(asking, prefix_server=None)) == 2_000
    fake.tells = False
    assert budget_of(asking, 5_000) == 2_000


def test_a_prefix_keeps_its_size_while_its_server_is_away(kb: CubeHandle, fake: FakeVLLM, clock: Clock) -> None:
    told(kb, clock, *(f"Ann's number {n} is {n * n} and not {n + 1}." for n in range(100)))
    first = kb.prefix()
    assert first.tokens > 2_500
    down = replace(kb._context, prefix_server=VLLMServer("http://127.0.0.1:9/v1", fake.model))
    kb.delete(first.entries[-1].id)
    assert ids(building.current(down, ["kb"])) == ids(first)[:-1]


def test_a_server_that_is_down_stops_no_prefix_and_is_asked_again(kb: CubeHandle, fake: FakeVLLM, clock: Clock) -> None:
    known = hobbies(kb, clock)
    first = kb.prefix()
    down = replace(kb._context, prefix_server=VLLMServer("http://127.0.0.1:9/v1", fake.model))
    assert building.current(down, ["kb"]).text == first.text
    kb.delete(known[2])
    made = building.current(down, ["kb"])
    assert (made.counted_by, ids(made)) == ("estimate", [*known[:2], *known[3:]])
    again = kb.prefix()
    assert (again.counted_by, again.stale) == (fake.model, ())
    assert again.tokens == before_user(kb, again)
    assert again.tokens % again.block == 0


def test_whoever_has_no_server_leaves_the_bytes_as_they_were_measured(kb: CubeHandle, clock: Clock) -> None:
    hobbies(kb, clock)
    first = kb.prefix()
    alone = replace(kb._context, prefix_server=None, language=None)
    assert building.current(alone, ["kb"]).text == first.text
    assert kb.prefix().text == first.text


def test_another_model_or_block_is_measured_anew_and_only_the_padding_moves(
    kb: CubeHandle, fake: FakeVLLM, clock: Clock
) -> None:
    hobbies(kb, clock)
    first = kb.prefix()
    fake.model = "other"
    other = Graph(_asking(kb._context, fake)).cube("kb").prefix()
    assert (other.counted_by, other.kept, other.stale) == ("other", 0, ())
    assert other.text == first.text
    wide = building.current(replace(_asking(kb._context, fake), prefix_block=64), ["kb"])
    assert (wide.block, wide.tokens % 64) == (64, 0)
    assert wide.text.startswith(first.text.rstrip(". -a0~\n"))


def test_a_server_of_another_make_is_no_trouble(kb: CubeHandle, fake: FakeVLLM, clock: Clock) -> None:
    fake.tells = False
    hobbies(kb, clock)
    made = kb.prefix()
    assert (made.counted_by, made.block) == ("estimate", 16)
    count = len(fake.paths)
    kb.prefix()
    assert len(fake.paths) - count <= 2


def test_several_cubes_fill_whole_blocks_too(kb: CubeHandle, clock: Clock) -> None:
    other = Graph(kb._context).cube("z")
    known = hobbies(kb, clock)
    told(other, clock, "Bob is tall.", "Bob is old.")
    made = building.current(kb._context, ["z", "kb"])
    assert made.tokens == before_user(kb, made)
    assert made.tokens % made.block == 0
    kb.delete(known[3])
    after = building.current(kb._context, ["z", "kb"])
    assert after.kept % after.block == 0
    assert 0 < after.kept < after.tokens == before_user(kb, after)
