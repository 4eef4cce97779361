"""The prefix on a real vLLM: built, warmed, proved, found by chats, given up when a memory changes; who can't see it.

What the fake server of the everyday tests does is compared with what the real one does, request by request.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

import memos_graph
from memos_graph.app import CubeHandle, Graph
from memos_graph.model.chat import ChatMessage
from memos_graph.model.prefix import Prefix
from memos_graph.ports_language import ChatModel
from memos_graph.services.prefix.building import current
from memos_graph.services.prefix.warming import warm
from memos_graph.settings import Settings
from tests.servers.fake_vllm import fake_vllm
from tests.servers.vllm import VLLM

PLACES = ("hall", "yard", "tower", "cellar", "office", "garage", "kitchen", "library", "chapel", "harbour", "mill")
TOKENS = 560  #: four blocks of 128 on a CPU


@pytest.fixture
def graph(vllm_server: VLLM) -> Iterator[Graph]:
    """A store of its own, whose keys nobody had before: nothing of it can be cached yet."""
    with memos_graph.open(
        "memory:", language_model=f"openai:{vllm_server.model}@{vllm_server.url}",
        settings=Settings(prefix_tokens=TOKENS, language_model_timeout_s=300),
    ) as opened:  # fmt: skip
        yield opened


@pytest.fixture
def kb(graph: Graph) -> CubeHandle:
    return filled(graph, "home")


def filled(graph: Graph, name: str) -> CubeHandle:
    """A cube with memories of about 500 tokens, the same for every name."""
    cube = graph.cube(name)
    for number, place in enumerate(PLACES):
        cube.add_text(f"The pump in the {place} leaks on day {number} of a month, and Ann orders its seal from Bremen.")
    return cube


def asked(graph: Graph, prefix: Prefix, words: str, *, salt: str | None = None) -> tuple[int, int]:
    """Tokens of a prompt after `prefix`, and those found cached."""
    model = graph.context.language
    assert isinstance(model, ChatModel)
    messages = (ChatMessage("system", prefix.text), ChatMessage("user", words))
    usage = model.chat(messages, max_tokens=1, salt=prefix.salt if salt is None else salt).usage
    assert usage.prompt is not None
    assert usage.cached is not None
    return usage.prompt, usage.cached


def test_a_prefix_that_was_warmed_is_found_by_the_chat_that_follows(kb: CubeHandle) -> None:
    built = kb.build_prefix()
    assert built.block == 128
    assert built.tokens % built.block == 0
    assert len(built.entries) >= 5
    done = kb.warm_prefix()
    assert done.digest == built.digest
    assert done.hit
    assert done.proved == done.tokens == built.tokens
    assert done.read is not None
    assert done.read > built.tokens
    answer = kb.chat("Who orders the seal?", max_tokens=4, top_k=1)
    assert answer.prefix_digest == built.digest
    assert answer.usage.cached is not None
    assert answer.usage.cached >= 0.9 * built.tokens
    sums = kb.prefix_stats()
    assert (sums.answers, sums.told, sums.warmed, sums.missed) == (1, 1, 1, 0)
    assert sums.hit_rate is not None
    assert sums.hit_rate >= 0.9


def test_a_memory_that_changes_is_gone_before_the_next_answer_and_what_stands_before_it_is_still_cached(
    kb: CubeHandle, graph: Graph
) -> None:
    before = kb.prefix()
    kb.warm_prefix()
    last = before.entries[-1]
    node = kb.get(last.id)
    kb.update(last.id, "The pump was sold.")
    after = current(graph.context, (kb.name,))
    assert after.stale
    assert node.text not in after.text
    assert 0 < after.kept < before.tokens
    _, cached = asked(graph, after, "Who?")
    assert cached >= after.kept // after.block * after.block
    assert kb.prefix_stats().rebuilt == 1
    assert kb.warm_prefix().hit


def test_no_other_cube_set_or_tenant_finds_what_one_has_sent(kb: CubeHandle, graph: Graph, vllm_server: VLLM) -> None:
    mine = kb.prefix()
    warm(graph.context, mine)
    assert asked(graph, mine, "Who?")[1] == mine.tokens
    theirs = filled(graph, "work").prefix()
    assert theirs.text == mine.text, "the same memories are the same bytes in any cube"
    both = current(graph.context, ("home", "work"))
    assert len({mine.salt, theirs.salt, both.salt}) == 3
    for salt in (theirs.salt, uuid.uuid4().hex):
        assert asked(graph, mine, "Who?", salt=salt)[1] == 0
    with memos_graph.open(
        "memory:", language_model=f"openai:{vllm_server.model}@{vllm_server.url}",
        settings=Settings(prefix_tokens=TOKENS, language_model_timeout_s=300),
    ) as tenant:  # fmt: skip
        same = filled(tenant, "home").prefix()
        assert same.text == mine.text
        assert asked(tenant, same, "Who?")[1] == 0


def test_a_prefix_that_does_not_fill_its_blocks_loses_the_last_and_the_aligned_one_does_not(
    kb: CubeHandle, graph: Graph
) -> None:
    aligned = kb.prefix()
    whole = aligned.text.rstrip()
    bare = replace(aligned, text=whole[: len(whole) - 60], salt=uuid.uuid4().hex)  # as it comes, without its padding
    server = graph.context.prefix_server
    assert server is not None
    one, other = (
        server.tokens((ChatMessage("system", bare.text), ChatMessage("user", word))) for word in ("Why", "3?")
    )
    assert one is not None
    assert other is not None
    tokens = next(at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    assert tokens % 128, "this text happens to fill its blocks: cut it elsewhere"
    done = warm(graph.context, replace(bare, tokens=tokens))
    assert done.proved == tokens // 128 * 128
    found = warm(graph.context, aligned)
    assert found.proved == aligned.tokens


REQUESTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1, "cache_salt": "a"}),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1, "cache_salt": ""}),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 0}),
    ("/v1/chat/completions", {"messages": [], "max_tokens": 1}),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": 7}], "max_tokens": 1}),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "no " * 20_000}], "max_tokens": 1}),
    ("/v1/chat/completions", {"model": "nobody", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}),
    ("/tokenize", {"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": True}),
    ("/tokenize", {"model": "nobody", "messages": [{"role": "user", "content": "Hi"}]}),
    ("/v1/load_lora_adapter", {"lora_name": "a", "lora_path": "/there/is/none"}),
    ("/v1/load_lora_adapter", {"lora_name": "", "lora_path": ""}),
    ("/v1/unload_lora_adapter", {"lora_name": "nobody"}),
    ("/nowhere", {}),
)


@pytest.mark.parametrize(("path", "body"), REQUESTS, ids=lambda value: str(value)[:60])
def test_the_fake_server_answers_as_the_real_one(path: str, body: dict[str, Any], vllm_server: VLLM) -> None:
    with fake_vllm(context=8192) as fake:
        theirs, ours = (
            httpx.post(root + path, json={"model": model, **body}, timeout=120)
            for root, model in ((vllm_server.root, vllm_server.model), (fake.root, fake.model))
        )
    assert ours.status_code == theirs.status_code
    real, made = theirs.json(), ours.json()
    if "error" in real:
        assert set(made["error"]) == set(real["error"])
        assert (made["error"]["code"], made["error"]["type"]) == (real["error"]["code"], real["error"]["type"])
        return
    assert set(made) <= set(real)
    for name in ("usage", "choices"):
        if name in made:
            one, other = (made[name], real[name]) if name == "usage" else (made[name][0], real[name][0])
            assert set(one) <= set(other)


def test_the_fake_s_metrics_and_models_have_the_names_of_the_real_one(vllm_server: VLLM) -> None:
    with fake_vllm() as fake:
        ours, theirs = (httpx.get(f"{root}/metrics").text for root in (fake.root, vllm_server.root))
        for line in ours.splitlines():
            if not line.startswith("#"):
                assert f"\n{line.partition('{')[0]}{{" in theirs
        made, real = (httpx.get(f"{root}/v1/models").json()["data"][0] for root in (fake.root, vllm_server.root))
    assert set(made) <= set(real)
    assert made["owned_by"] == real["owned_by"]
