"""What the fake vLLM keeps: its settings, what it was asked, and its prefix cache. Knows no HTTP (`fake_vllm`)."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Message = dict[str, Any]
Trouble = Literal["", "500", "503", "429", "garbage", "slow", "cut", "empty", "form"]
_PIECE = re.compile(r"<\|im_start\|>|<\|im_end\|>| ?\w{1,6}|[^\w\s]|\s")


def pieces(text: str) -> list[str]:
    """`text` in tokens: control tokens whole, words in pieces of at most six letters, each with a space before it."""
    return _PIECE.findall(text)


def templated(messages: Sequence[Message], *, answer_next: bool = True) -> str:
    """The chat as the model would read it (ChatML). Control tokens in a message are control tokens, as in real ones."""
    said = "".join(f"<|im_start|>{each['role']}\n{each['content']}<|im_end|>\n" for each in messages)
    return said + ("<|im_start|>assistant\n" if answer_next else "")


def last_words(messages: Sequence[Message]) -> str:
    """What the fake says unless told otherwise: the last message's words again."""
    return f"You said: {messages[-1]['content']}"


@dataclass(slots=True)
class FakeVLLM:
    """What the server is set to, and what it was asked. Set fields between requests."""

    model: str = "fake"
    block: int = 16
    context: int = 8192
    cache_tokens: int = 65_536  #: how many its cache holds
    caching: bool = True  #: --enable-prefix-caching
    details: bool = True  #: --enable-prompt-tokens-details
    tells: bool = True  #: /metrics and /tokenize are there; False: a server of another make
    make: str = "vllm"  #: who /v1/models says owns its models
    salts: bool = True  #: False: refuses cache_salt, as servers that check their fields do
    key: str = field(default="", repr=False)  #: --api-key
    answer: Callable[[Sequence[Message]], str] = last_words
    trouble: Trouble = ""  #: how the next chats go wrong
    slow_s: float = 5.0  #: how long "slow" waits before it answers
    url: str = ""  #: ends in /v1
    asked: list[dict[str, Any]] = field(default_factory=list)  #: bodies of the chats it was sent
    paths: list[str] = field(default_factory=list)  #: "POST /tokenize", ...
    adapters: dict[str, str] = field(default_factory=dict)  #: name and folder of what was loaded
    queried: int = 0
    hit: int = 0
    _blocks: OrderedDict[int, None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def root(self) -> str:
        """Its address without /v1."""
        return self.url.removesuffix("/v1")

    def reset(self) -> None:
        """An empty cache."""
        with self._lock:
            self._blocks.clear()

    def read(self, ids: Sequence[int], salt: str) -> int:
        """How many of a prompt's tokens were cached; all its whole blocks are from now on."""
        with self._lock:
            self.queried += len(ids)
            if not self.caching:
                return 0
            keys = self._keys(ids, salt)
            most = (len(ids) - 1) // self.block  # the last token is always read: its answer is needed
            found = next((at for at, key in enumerate(keys[:most]) if key not in self._blocks), most)
            for key in keys:
                self._blocks[key] = None
                self._blocks.move_to_end(key)
            while len(self._blocks) * self.block > self.cache_tokens:
                self._blocks.popitem(last=False)
            self.hit += found * self.block
            return found * self.block

    def _keys(self, ids: Sequence[int], salt: str) -> list[int]:
        """A key for each whole block: of its tokens, all before them, and the salt."""
        keys: list[int] = []
        before = hash(("salt", salt))
        for at in range(len(ids) // self.block):
            before = hash((before, tuple(ids[at * self.block : (at + 1) * self.block])))
            keys.append(before)
        return keys

    def metrics(self) -> str:
        """As /metrics tells it."""
        name = f'{{engine="0",model_name="{self.model}"}}'
        config = {
            "block_size": self.block, "cache_dtype": "auto", "enable_prefix_caching": self.caching, "engine": 0,
            "kv_cache_size_tokens": self.cache_tokens, "num_gpu_blocks": self.cache_tokens // self.block,
        }  # fmt: skip
        labels = ",".join(f'{key}="{value}"' for key, value in config.items())
        return (
            "# HELP vllm:prefix_cache_queries_total Prefix cache queries, in terms of number of queried tokens.\n"
            "# TYPE vllm:prefix_cache_queries_total counter\n"
            f"vllm:prefix_cache_queries_total{name} {float(self.queried)}\n"
            "# TYPE vllm:prefix_cache_hits_total counter\n"
            f"vllm:prefix_cache_hits_total{name} {float(self.hit)}\n"
            "# TYPE vllm:cache_config_info gauge\n"
            f"vllm:cache_config_info{{{labels}}} 1.0\n"
        )
