"""What a vLLM server tells of its prefix cache, and the adapters it takes; chatting is `openai`'s.

Source: vLLM 0.32, "OpenAI-Compatible Server" (/tokenize, LoRA), "Production Metrics", "Automatic Prefix Caching"; what
it did when asked is in tests/activation. A server of another make answers 404 and is asked once. All that comes back
is bounded, and read as its type or not at all.
"""

from __future__ import annotations

import hashlib
import json
import time
import weakref
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from memos_graph.model.chat import CacheCounters, CacheSetup, ChatMessage
from memos_graph.model.errors import Invalid, NotFound, Refused, Unavailable
from memos_graph.providers.language.metrics import cache_counters, cache_setup

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 16_000_000  #: of an answer; ids of a million tokens are 7 MB
_REMEMBERED = 32  #: chats whose ids are kept: a build asks for the same again and again
_SETUP_S = 60.0  #: seconds that a cache's setup is taken to last: the server may be started anew
_ELSEWHERE = frozenset({404, 405, 501})  #: no such path here


class _Lost(Unavailable):
    """The connection broke."""


class VLLMServer:
    """The server at `url` (with or without /v1), as it speaks of `model`. Implements PrefixServer and AdapterServer.

    Makes no request until it is asked something. `Unavailable` when it does not answer, or fails; the key is sent as
    a bearer token and never shown. Threads may share it.
    """

    def __init__(self, url: str, model: str, *, key: str = "", timeout: float = 30.0) -> None:
        if set("@?#") & set(url):
            raise Invalid("prefix_server", "***", "give it without a password and without ?, # and what follows")
        if not url.startswith(("http://", "https://")):
            raise Invalid("prefix_server", url, "give an http:// or https:// address")
        self._root, self._model, self._timeout = url.rstrip("/").removesuffix("/v1"), model, timeout
        self._headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._ids: OrderedDict[bytes, tuple[int, ...]] = OrderedDict()
        self._silent: set[str] = set()  # paths that are not there
        self._setup: tuple[float, CacheSetup | None] | None = None
        self._salts: bool | None = None
        self._lock = Lock()
        self._made: httpx.Client | None = None

    def __repr__(self) -> str:
        return f"VLLMServer({self._root!r}, {self._model!r})"

    def tokens(self, messages: Sequence[ChatMessage], *, answer_next: bool = True) -> tuple[int, ...] | None:
        """Ids of the tokens that `messages` become by the model's own chat template; None: it does not tell."""
        sent = {
            "model": self._model, "add_generation_prompt": answer_next,
            "messages": [{"role": each.role, "content": each.content} for each in messages],
        }  # fmt: skip
        known_by = hashlib.sha256(json.dumps(sent).encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if known_by in self._ids:
                self._ids.move_to_end(known_by)
                return self._ids[known_by]
        answer = self._asked("POST", "/tokenize", sent)
        ids = None if answer is None else _token_ids(_json(answer))
        if ids is not None:
            with self._lock:
                self._ids[known_by] = ids
                while len(self._ids) > _REMEMBERED:
                    self._ids.popitem(last=False)
        return ids

    def block_tokens(self) -> int | None:
        """Tokens of a block of its cache; None: it does not tell."""
        setup = self.cache()
        return None if setup is None else setup.block

    def cache(self) -> CacheSetup | None:
        """How its cache is set up; asked again after a minute. None: it does not tell."""
        with self._lock:
            if self._setup is not None and time.monotonic() - self._setup[0] < _SETUP_S:
                return self._setup[1]
        setup = cache_setup(self._metrics())
        with self._lock:
            self._setup = (time.monotonic(), setup)
        return setup

    def takes_salt(self) -> bool:
        """Whether it is a vLLM, by its metrics or, behind a proxy that hides them, by how it lists its models."""
        if self._salts is None:
            self._salts = self.cache() is not None or any(row.get("owned_by") == "vllm" for row in self._models())
        return self._salts

    def counters(self) -> CacheCounters | None:
        """What its cache was asked and had, all models and engines of it together; None: it does not tell."""
        return cache_counters(self._metrics())

    def load_adapter(self, name: str, folder: Path) -> None:
        """It answers as `name` with the adapter in `folder`, a path on its own disk.

        `Refused` says why not: no such folder there, a name that is taken, adapters not allowed.
        """
        self._change("load", {"lora_name": name, "lora_path": str(folder)})

    def unload_adapter(self, name: str) -> None:
        """It does not answer as `name` any more. `NotFound` when it never did."""
        self._change("unload", {"lora_name": name})

    def adapters(self) -> tuple[str, ...]:
        """The names it answers by, the model's own among them."""
        return tuple(name for row in self._models() if isinstance(name := row.get("id"), str))

    def base_names(self) -> tuple[str, ...]:
        """What the model under the adapters is called: by who asks, and where it was loaded from."""
        own = (row for row in self._models() if row.get("parent") is None)
        return tuple(name for row in own for key in ("id", "root") if isinstance(name := row.get(key), str))

    def _change(self, verb: str, sent: dict[str, str]) -> None:
        """Load or unload an adapter."""
        status, body = self._answer("POST", f"/v1/{verb}_lora_adapter", sent)
        said = _said(body)
        if status < 400:
            return
        if status == 404 and sent["lora_name"] in said:
            if verb == "unload":
                raise NotFound("adapter", sent["lora_name"])
            raise Refused(f"{self._root} finds no adapter in {sent['lora_path']} on its own disk: {said}")
        how = "start it with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True" if status == 404 else said
        raise Refused(f"{self._root} does not {verb} the adapter {sent['lora_name']} (HTTP {status}): {how}")

    def _models(self) -> list[Mapping[str, Any]]:
        answer = self._asked("GET", "/v1/models")
        rows = None if answer is None else (_json(answer) or {}).get("data")
        return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []

    def _metrics(self) -> str:
        answer = self._asked("GET", "/metrics")
        return "" if answer is None else answer.decode("utf-8", "replace")

    def _asked(self, method: str, path: str, sent: dict[str, Any] | None = None) -> bytes | None:
        """The answer's bytes; None when the server won't tell, remembered where there is no such path."""
        if path in self._silent:
            return None
        try:
            status, body = self._answer(method, path, sent)
        except _Lost:  # a connection that the server had closed meanwhile: asking again does no harm
            status, body = self._answer(method, path, sent)
        if status == 200:
            return body
        if status == 429 or (status >= 500 and status not in _ELSEWHERE):
            raise Unavailable(f"{self._root}{path} answered HTTP {status}: {_said(body)}", 5.0)
        if status in _ELSEWHERE and "model" not in _said(body):  # a model that it does not know may come
            self._silent.add(path)
        return None

    def _answer(self, method: str, path: str, sent: dict[str, Any] | None = None) -> tuple[int, bytes]:
        """Status and body, not decompressed. `Unavailable` when none came whole, in time and of bearable size."""
        import httpx

        read, until = bytearray(), time.monotonic() + self._timeout
        try:
            with self._client().stream(method, self._root + path, json=sent) as answer:
                for part in answer.iter_raw():
                    read += part
                    if len(read) > _MOST_BYTES:
                        raise Unavailable(f"{self._root}{path} answered more than {_MOST_BYTES} bytes", 5.0)
                    if time.monotonic() > until:
                        raise Unavailable(f"{self._root}{path} took longer than {self._timeout:g} s", 5.0)
                return answer.status_code, bytes(read)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            lost = isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError)
            said = f"{self._root}{path} did not answer: {type(error).__name__}: {error}"
            raise (_Lost if lost else Unavailable)(said, 5.0) from error

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._made is None:
                import httpx  # a third of a second that nobody else should pay

                self._made = httpx.Client(headers=self._headers, timeout=self._timeout)
                weakref.finalize(self, self._made.close)
            return self._made


def _json(body: bytes) -> Mapping[str, Any] | None:
    """`body` as a JSON object; None for anything else."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _token_ids(answer: Mapping[str, Any] | None) -> tuple[int, ...] | None:
    """The ids of /tokenize's answer; None when they are none."""
    ids = (answer or {}).get("tokens")
    if not isinstance(ids, list) or not all(type(each) is int and 0 <= each < 2**31 for each in ids):
        return None
    return tuple(ids)


def _said(body: bytes) -> str:
    """The message of an error answer, or its beginning."""
    error = (_json(body) or {}).get("error")
    message = error.get("message") if isinstance(error, Mapping) else error
    return (message if isinstance(message, str) else body[:1000].decode("utf-8", "replace"))[:300]
