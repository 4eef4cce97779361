"""A server that answers as vLLM's OpenAI server does, without a model: for everyday tests, in this process.

Written from what a real vLLM 0.32 answered to the same requests (paths, fields, status codes, error texts, usage, the
shape of its metrics), and from what its prefix cache was measured to do: whole blocks only, never the prompt's last
token, apart by `cache_salt`, oldest out first when full. tests/activation/test_prefix_vllm.py asks the real one the
same things. What it is not: a tokenizer (ids are hashes of pieces of words), a language model (`answer` makes the
text), fast or slow.
"""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.servers.fake_vllm_state import FakeVLLM as FakeVLLM
from tests.servers.fake_vllm_state import Message
from tests.servers.fake_vllm_state import pieces as pieces
from tests.servers.fake_vllm_state import templated as templated


@contextmanager
def fake_vllm(**set_to: Any) -> Iterator[FakeVLLM]:
    """A running fake with `set_to` as its fields, at `.url`; it is gone at the end of the block."""
    fake = FakeVLLM(**set_to)

    class Handler(_Handler):
        server_of = fake

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Failed(Exception):
    """An error answer."""

    def __init__(self, status: int, message: str, kind: str = "BadRequestError", param: str | None = None) -> None:
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": status}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: FakeVLLM

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: tests are quiet."""

    def do_GET(self) -> None:
        fake = self.server_of
        fake.paths.append(f"GET {self.path}")
        if not self._may():
            return
        if self.path == "/metrics" and fake.tells:
            self._send(200, fake.metrics().encode(), "text/plain; version=0.0.4")
        elif self.path == "/v1/models":
            names = [(fake.model, None), *((name, fake.model) for name in fake.adapters)]
            data = [
                {"id": name, "object": "model", "owned_by": fake.make, "parent": parent,
                 "root": fake.adapters.get(name, f"/models/{fake.model}"),
                 "max_model_len": None if parent else fake.context}
                for name, parent in names
            ]  # fmt: skip
            self._json(200, {"object": "list", "data": data})
        elif self.path in ("/health", "/ping"):
            self._send(200, b"", "text/plain")
        elif self.path == "/version" and fake.tells:
            self._json(200, {"version": "0.32.0"})
        else:
            self._json(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        fake = self.server_of
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake.paths.append(f"POST {self.path}")
        if not self._may():
            return
        ways = {"/v1/chat/completions": self._chat, "/v1/load_lora_adapter": self._load,
                "/v1/unload_lora_adapter": self._unload}  # fmt: skip
        if fake.tells:
            ways |= {"/tokenize": self._tokenize, "/reset_prefix_cache": self._reset}
        if self.path not in ways:
            self._json(404, {"detail": "Not Found"})
            return
        try:
            ways[self.path](json.loads(sent) if sent else {})
        except json.JSONDecodeError as error:
            self._json(400, _Failed(400, f"JSON decode error: {error}", "Bad Request").body)
        except _Failed as failed:
            self._json(failed.status, failed.body)

    def _may(self) -> bool:
        key = self.server_of.key  # the real one guards /v1 alone
        if key and self.path.startswith("/v1") and self.headers.get("Authorization") != f"Bearer {key}":
            self._json(401, {"error": "Unauthorized"})
            return False
        return True

    def _tokenize(self, body: dict[str, Any]) -> None:
        self._known(body)
        if "messages" in body:
            ids = _ids(templated(_checked(body["messages"]), answer_next=body.get("add_generation_prompt", True)))
        else:
            ids = _ids(str(body.get("prompt", "")))
        context = self.server_of.context
        self._json(200, {"count": len(ids), "max_model_len": context, "tokens": ids, "token_strs": None})

    def _reset(self, body: dict[str, Any]) -> None:
        self.server_of.reset()
        self._send(200, b"", "text/plain")

    def _load(self, body: dict[str, Any]) -> None:
        name, path = body.get("lora_name"), body.get("lora_path")
        if not name or not path:
            raise _Failed(400, "Both 'lora_name' and 'lora_path' must be provided.", "InvalidUserInput")
        if name in self.server_of.adapters:
            raise _Failed(400, f"The lora adapter '{name}' has already been loaded.", "InvalidUserInput")
        if not (Path(path) / "adapter_config.json").is_file():
            raise _Failed(404, f"Loading lora {name} failed: No adapter found for {path}", "NotFoundError")
        self.server_of.adapters[name] = path
        self._send(200, f"Success: LoRA adapter '{name}' added successfully.".encode(), "text/plain")

    def _unload(self, body: dict[str, Any]) -> None:
        name = body.get("lora_name")
        if name not in self.server_of.adapters:
            raise _Failed(404, f"The lora adapter '{name}' cannot be found.", "NotFoundError")
        del self.server_of.adapters[name]
        self._send(200, f"Success: LoRA adapter '{name}' removed successfully.".encode(), "text/plain")

    def _chat(self, body: dict[str, Any]) -> None:
        fake = self.server_of
        fake.asked.append(body)
        if self._goes_wrong():
            return
        name = self._known(body)
        ids = _ids(templated(_checked(body.get("messages"))))
        salt, most = self._salt(body), body.get("max_completion_tokens", body.get("max_tokens", 512))
        if most is not None and most < 1:
            raise _Failed(400, f"max_tokens must be at least 1, got {most}. (parameter=max_tokens, value={most})")
        if len(ids) >= fake.context:
            raise _Failed(400, f"This model's maximum context length is {fake.context} tokens. However, your prompt "
                               f"contains at least {fake.context + 1} input tokens, which exceeds this limit even "
                               "without any output tokens. Please reduce the length of the input prompt. "
                               f"(parameter=input_tokens, value={fake.context + 1})", param="input_tokens")  # fmt: skip
        cached = fake.read(ids, f"{name}\n{salt}")
        said = pieces(fake.answer(body["messages"]))
        short = said[: min(most or 512, fake.context - len(ids))]
        usage: dict[str, Any] = {"prompt_tokens": len(ids), "completion_tokens": len(short),
                                 "total_tokens": len(ids) + len(short), "prompt_tokens_details": None}  # fmt: skip
        if fake.details:
            usage["prompt_tokens_details"] = {"cached_tokens": cached, "multimodal_tokens": None}
        finish = "length" if len(short) < len(said) else "stop"
        if body.get("stream"):
            with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
            self._stream(name, short, finish, usage if with_usage else None)
            return
        message = {"role": "assistant", "content": "".join(short), "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        self._json(200, {"id": "chatcmpl-1", "object": "chat.completion", "created": int(time.time()), "model": name,
                         "choices": [choice], "usage": usage})  # fmt: skip

    def _goes_wrong(self) -> bool:
        """Whether the chat was answered by `trouble`."""
        fake = self.server_of
        if fake.trouble in ("500", "503", "429"):
            status = int(fake.trouble)
            self._json(status, {"error": {"message": "trouble", "type": "ServerError", "param": None, "code": status}})
        elif fake.trouble == "garbage":
            self._send(200, b"<html>It works!</html>", "text/html")
        elif fake.trouble == "form":
            self._json(200, {"choices": [{"message": {"content": {"no": "text"}}}]})
        elif fake.trouble == "empty":
            self._json(200, {"choices": []})
        else:
            if fake.trouble == "slow":
                time.sleep(fake.slow_s)
            return False
        return True

    def _known(self, body: dict[str, Any]) -> str:
        name = body.get("model") or self.server_of.model
        if name != self.server_of.model and name not in self.server_of.adapters:
            known = f"Valid aliases: {self.server_of.model}."
            raise _Failed(404, f"The model `{name}` does not exist. {known}", "NotFoundError", "model")
        return str(name)

    def _salt(self, body: dict[str, Any]) -> str:
        if "cache_salt" not in body:
            return ""
        if not self.server_of.salts:
            raise _Failed(400, "Unrecognized request argument supplied: cache_salt", "invalid_request_error")
        salt = body["cache_salt"]
        if not isinstance(salt, str) or not salt:
            raise _Failed(400, "Parameter 'cache_salt' must be a non-empty string if provided. (parameter=cache_salt)",
                          param="cache_salt")  # fmt: skip
        return salt

    def _stream(self, name: str, said: Sequence[str], finish: str, usage: dict[str, Any] | None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._event(name, {"role": "assistant", "content": ""}, None)
        for at, piece in enumerate(said):
            if self.server_of.trouble == "cut" and at == max(1, len(said) // 2):
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
                return
            self._event(name, {"content": piece}, finish if at + 1 == len(said) else None)
        if not said:
            self._event(name, {}, finish)
        if usage is not None:
            self._chunk({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": name,
                         "choices": [], "usage": usage})  # fmt: skip
        self._write(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, name: str, delta: dict[str, Any], finish: str | None) -> None:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        self._chunk({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": name,
                     "choices": [choice]})  # fmt: skip

    def _chunk(self, body: dict[str, Any]) -> None:
        self._write(f"data: {json.dumps(body)}\n\n".encode())

    def _write(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, data: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _ids(text: str) -> list[int]:
    return [zlib.crc32(piece.encode()) % 100_000 for piece in pieces(text)]


def _checked(messages: Any) -> list[Message]:
    if not isinstance(messages, list) or not messages:
        raise _Failed(400, "Cannot apply chat template to an empty conversation. Provide at least one message.")
    for each in messages:
        if not isinstance(each, dict) or not isinstance(each.get("content"), str):
            raise _Failed(400, "Input should be a valid string", "Bad Request", "body.messages.0.content")
    return messages
