"""What a vLLM is asked of its prefix cache and its adapters, over the fake one and over hostile ones."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.model.chat import CacheSetup, ChatMessage
from memos_graph.model.errors import Invalid, NotFound, Refused, Unavailable
from memos_graph.ports_language import AdapterServer, PrefixServer
from memos_graph.providers.language import vllm
from memos_graph.providers.language.metrics import cache_counters, cache_setup
from memos_graph.providers.language.vllm import VLLMServer
from tests.servers.fake_vllm import FakeVLLM, fake_vllm, templated

HELLO = (ChatMessage("system", "Know this."), ChatMessage("user", "Hello there"))


@pytest.fixture
def fake() -> Iterator[FakeVLLM]:
    with fake_vllm(block=32, cache_tokens=640) as server:
        yield server


@contextmanager
def answering(body: bytes, status: str = "200 OK", *, hold: bool = False) -> Iterator[str]:
    """The URL of a server that gives every request `body`; hold: says it will be longer, and sends no more."""
    listening = socket.create_server(("127.0.0.1", 0))
    gone = threading.Event()

    def serve() -> None:
        while True:
            try:
                talk, _ = listening.accept()
            except OSError:
                return
            with talk:
                talk.recv(65_536)
                length = len(body) + (1000 if hold else 0)
                talk.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode())
                try:
                    talk.sendall(body)
                except OSError:
                    continue
                if hold:
                    gone.wait(10)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        gone.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def test_it_is_both_ports_and_asks_nothing_before_it_is_asked() -> None:
    server = VLLMServer("http://127.0.0.1:1/v1", "m", key="secret")
    assert isinstance(server, PrefixServer)
    assert isinstance(server, AdapterServer)
    assert "secret" not in repr(server)


def test_tokens_are_those_of_the_whole_chat_and_the_answer_s_beginning_is_a_choice(fake: FakeVLLM) -> None:
    server = VLLMServer(fake.url, "fake")
    whole, shorter = server.tokens(HELLO), server.tokens(HELLO, answer_next=False)
    assert whole is not None
    assert shorter is not None
    assert whole[: len(shorter)] == shorter
    assert len(whole) > len(shorter)


def test_the_same_chat_is_counted_once_and_the_memory_of_it_is_bounded(
    fake: FakeVLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vllm, "_REMEMBERED", 3)
    server = VLLMServer(fake.url, "fake")
    assert server.tokens(HELLO) == server.tokens(HELLO)
    assert fake.paths.count("POST /tokenize") == 1
    for number in range(3):
        server.tokens((ChatMessage("user", str(number)),))
    server.tokens(HELLO)
    assert fake.paths.count("POST /tokenize") == 5


def test_block_size_setup_and_counters_are_the_server_s(fake: FakeVLLM) -> None:
    server = VLLMServer(fake.root, "fake")
    assert server.block_tokens() == 32
    assert server.cache() == CacheSetup(block=32, tokens=640, on=True, engines=1)
    fake.read(range(100), "")
    fake.read(range(100), "")
    counters = server.counters()
    assert counters is not None
    assert (counters.queried, counters.hit) == (200, 96)


def test_a_server_of_another_make_tells_nothing_and_is_asked_once() -> None:
    with fake_vllm(tells=False) as other:
        server = VLLMServer(other.url, "fake")
        for _ in range(3):
            assert server.tokens(HELLO) is None
            assert server.block_tokens() is None
            assert server.counters() is None
        assert other.paths.count("POST /tokenize") == other.paths.count("GET /metrics") == 1


def test_a_vllm_that_hides_its_metrics_still_takes_a_salt_and_others_do_not() -> None:
    with fake_vllm(tells=False) as hidden:
        assert VLLMServer(hidden.url, "fake").takes_salt()
    models = json.dumps({"object": "list", "data": [{"id": "gpt", "owned_by": "system"}, "vllm", {"owned_by": 3}]})
    with answering(models.encode()) as url:
        assert not VLLMServer(url, "gpt").takes_salt()


def test_a_model_that_is_not_there_yet_is_asked_for_again(fake: FakeVLLM, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    server = VLLMServer(fake.url, "tuned")
    assert server.tokens(HELLO) is None
    server.load_adapter("tuned", tmp_path)
    assert server.tokens(HELLO) is not None


def test_adapters_come_and_go_by_name(fake: FakeVLLM, tmp_path: Path) -> None:
    server = VLLMServer(fake.url, "fake")
    with pytest.raises(Refused, match="on its own disk"):
        server.load_adapter("tuned", tmp_path)
    (tmp_path / "adapter_config.json").write_text("{}")
    server.load_adapter("tuned", tmp_path)
    assert server.adapters() == ("fake", "tuned")
    assert server.base_names() == ("fake", "/models/fake")
    with pytest.raises(Refused, match="already"):
        server.load_adapter("tuned", tmp_path)
    server.unload_adapter("tuned")
    assert server.adapters() == ("fake",)
    with pytest.raises(NotFound):
        server.unload_adapter("tuned")


def test_a_server_without_adapters_says_how_to_start_it() -> None:
    with answering(b'{"detail":"Not Found"}', "404 Not Found") as url, pytest.raises(Refused, match="--enable-lora"):
        VLLMServer(url, "m").load_adapter("tuned", Path("/x"))


@pytest.mark.parametrize("body", [
    b"", b"null", b"[]", b"{}", b'{"tokens": 3}', b'{"tokens": ["1"]}', b'{"tokens": [1, true]}', b'{"tokens": [-1]}',
    b'{"tokens": [1e9]}', b'{"tokens": [99999999999999]}', b"\xff\xfe", b"[" * 100_000, b'{"tokens": [1, 2',
])  # fmt: skip
def test_an_answer_of_another_form_counts_as_none(body: bytes) -> None:
    with answering(body) as url:
        server = VLLMServer(url, "m")
        assert server.tokens(HELLO) is None
        assert server.cache() is None
        assert server.counters() is None
        assert server.adapters() == ()


def test_a_server_that_is_down_stuck_or_endless_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="did not answer"):
            VLLMServer(f"http://127.0.0.1:{taken.getsockname()[1]}", "m").tokens(HELLO)
    with answering(b"{", hold=True) as url, pytest.raises(Unavailable):
        VLLMServer(url, "m", timeout=0.2).tokens(HELLO)
    monkeypatch.setattr(vllm, "_MOST_BYTES", 1000)
    with answering(b" " * 5000) as url, pytest.raises(Unavailable, match="more than 1000 bytes"):
        VLLMServer(url, "m").counters()
    with answering(b"{}", "503 Service Unavailable") as url, pytest.raises(Unavailable, match="503"):
        VLLMServer(url, "m").block_tokens()


@pytest.mark.parametrize(
    "url", ["", "server", "ftp://server", "http://user:secret@server", "http://server/?key=secret"]
)
def test_an_address_that_is_none_or_holds_a_password_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        VLLMServer(url, "m")
    assert "secret" not in str(refused.value)


def test_the_key_goes_to_the_server_and_into_no_error() -> None:
    with fake_vllm(key="secret") as guarded:
        assert VLLMServer(guarded.url, "fake", key="secret").adapters() == ("fake",)
        assert VLLMServer(guarded.url, "fake", key="wrong").adapters() == ()
        guarded_url = guarded.url
    with pytest.raises(Unavailable) as down:
        VLLMServer(guarded_url, "fake", key="secret").adapters()
    assert "secret" not in str(down.value)


def test_counters_of_several_engines_add_up_and_the_smallest_cache_counts() -> None:
    text = "\n".join(
        f'vllm:prefix_cache_queries_total{{engine="{n}",model_name="m"}} {100 * n}.0\n'
        f'vllm:prefix_cache_hits_total{{engine="{n}",model_name="m"}} {10 * n}.0\n'
        f'vllm:cache_config_info{{block_size="16",engine="{n}",kv_cache_size_tokens="{4000 - n}"}} 1.0'
        for n in (1, 2)
    )
    assert cache_setup(text) == CacheSetup(block=16, tokens=3998, on=None, engines=2)
    counters = cache_counters(text)
    assert counters is not None
    assert (counters.queried, counters.hit) == (300, 30)


def test_a_hit_s_own_unit_goes_before_the_block_and_blocks_make_a_size_where_none_is_given() -> None:
    hybrid = 'vllm:cache_config_info{block_size="16",cache_hit_alignment_tokens="528",num_gpu_blocks="100"} 1.0'
    assert cache_setup(hybrid) == CacheSetup(block=528, tokens=1600)


@pytest.mark.parametrize("text", [
    'vllm:cache_config_info{block_size="0"} 1', 'vllm:cache_config_info{block_size="-16"} 1',
    'vllm:cache_config_info{block_size="16e9"} 1', 'vllm:cache_config_info{block_size="9999999999"} 1',
    'vllm:cache_config_info{} 1', "vllm:cache_config_info", 'vllm:cache_config_infox{block_size="16"} 1',
    'vllm:cache_config_info{block_size="16"} x', 'vllm:cache_config_info{block_size="16"',
])  # fmt: skip
def test_a_setup_that_can_be_none_is_none(text: str) -> None:
    assert cache_setup(text) is None


@given(st.text(max_size=300), st.sampled_from(["", "vllm:cache_config_info{", "vllm:prefix_cache_queries_total "]))
def test_no_metrics_text_breaks_the_reader(noise: str, before: str) -> None:
    for text in (before + noise, noise + "\n" + before, f'{before}block_size="{noise}"}} 1'):
        setup, counters = cache_setup(text), cache_counters(text)
        assert setup is None or 1 <= setup.block <= 65_536
        assert counters is None or counters.queried >= 0


def test_the_fake_s_cache_gives_whole_blocks_but_the_last_token_and_keeps_salts_apart(fake: FakeVLLM) -> None:
    ids: list[int] = list(range(64))
    assert fake.read(ids, "a") == 0
    assert fake.read(ids, "a") == 32  # the second block ends with the last token
    assert fake.read([*ids, 7], "a") == 64
    assert fake.read([*ids, 7], "b") == 0
    for salt in range(20):
        fake.read(ids, f"other {salt}")
    assert fake.read([*ids, 7], "a") == 0  # it holds 640 tokens


def test_the_fake_reads_control_tokens_in_texts_as_real_tokenizers_do() -> None:
    def count(messages: list[dict[str, Any]]) -> int:
        return templated(messages).count("<|im_end|>")

    assert count([{"role": "user", "content": "<|im_end|>"}]) == count([{"role": "user", "content": "x"}] * 2)
