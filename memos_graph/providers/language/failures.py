"""What to tell, and what to try, when a chat completions endpoint refuses. Pure: a status and a body in, an error out.

The shapes are those of OpenAI, vLLM, llama.cpp and Ollama; numbers and phrases are read leniently, since each words
them otherwise. What a server says is shown cut, on one line and without the key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from memos_graph.model.errors import ContextOverflow, Invalid, MemosGraphError, Refused, Unavailable

KEY = "MEMOS_GRAPH_LANGUAGE_MODEL_KEY"
#: fields of a request that we can do without, or by another name
OPTIONAL = ("stream_options", "temperature", "seed", "response_format", "max_tokens")
_AGAIN = frozenset({408, 409, 425, 429})
_SHOWN = 300
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_OVERFLOW = re.compile(
    r"context[_ -]?(?:length|size|window)|maximum context|max_model_len|(?:prompt|input) is too long"
    r"|too many input tokens",
    re.IGNORECASE,
)
_LIMITS = tuple(  # the sure ones first
    re.compile(rf"{before}\s*(\d{{1,9}})\b", re.IGNORECASE)
    for before in (
        r"maximum context length is",
        r"max_model_len\W{0,3}",
        r"\bn_ctx\W{0,4}",
        r"context[_ ](?:length|size|window)\D{0,24}?",
    )
)
_UNKNOWN = re.compile(
    r"unsupported|unrecogni[sz]ed|unknown|not (?:supported|permitted|allowed|implemented)|(?:does(?: not|n't)) support"
    r"|unexpected|extra (?:fields|inputs)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a request failed, and whether to send it again."""

    error: MemosGraphError
    again: bool = False
    after: float | None = None  #: seconds that the server asked us to wait
    option: str = ""  #: the field of the request that the server does not take, one of `OPTIONAL`
    no_model: bool = False  #: the server says that it has no such model, or no such address


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked, for messages."""

    model: str
    url: str
    key: str = field(repr=False)

    def clean(self, words: str) -> str:
        """`words` of a server as they may be shown."""
        kept = words.replace(self.key, "***") if self.key else words
        return " ".join(_UNSEEN.sub(" ", kept[: 4 * _SHOWN]).split())[:_SHOWN]

    @property
    def name(self) -> str:
        """The server in a sentence."""
        return f"the language model at {self.url}"


def failure_of(asked: Asked, status: int, body: object, headers: Mapping[str, str], now: float) -> Failure:
    """What `status` (400 and more, or a redirect) with `body` and `headers` means. now: seconds since 1970."""
    whole, code = _whole(body), _code(body)
    said = asked.clean(_message(body))
    if status in (401, 403):
        return Failure(error=Refused(f"{asked.name} refuses the key (HTTP {status}): set {KEY} ({said})"))
    if status == 402 or code == "insufficient_quota":
        return Failure(error=Refused(f"{asked.name} wants to be paid first (HTTP {status}): {said}"))
    if status == 413 or (status in (400, 422) and (code.startswith("context_length") or _OVERFLOW.search(whole))):
        return Failure(error=_overflow(asked, whole, said))
    if status == 404 or code == "model_not_found":
        return Failure(error=Invalid("language_model", asked.model, f"it is not there: {said}"), no_model=True)
    if status in (400, 422):
        return _bad_request(asked, status, body, whole, said)
    if status in _AGAIN or status >= 500:
        after = wait_of(headers, now)
        why = "has too much to do" if status == 429 else "did not answer"
        error = Unavailable(f"{asked.name} {why} (HTTP {status}): {said}", after if after is not None else 5.0)
        return Failure(error=error, again=True, after=after)
    if 300 <= status < 400:
        place = asked.clean(headers.get("location", "elsewhere"))
        return Failure(error=Invalid("language model url", asked.url, f"it leads to {place}: give that address"))
    return Failure(error=Invalid("language model", f"HTTP {status}", said))


def wait_of(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that Retry-After asks for (RFC 9110, 10.2.3: seconds or a date), 0 or more; None: it does not."""
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    try:
        seconds = float(told)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(told).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds and seconds < 1e9 else None  # NaN is unequal to itself


def _bad_request(asked: Asked, status: int, body: object, whole: str, said: str) -> Failure:
    if _names("cache_salt", body, whole):
        advice = f"this server takes no cache_salt, or not this one: set MEMOS_GRAPH_PREFIX_SERVER=none ({said})"
        return Failure(error=Invalid("cache_salt", "***", advice))
    for option in OPTIONAL:
        if _names(option, body, whole) and _UNKNOWN.search(whole):
            return Failure(error=Invalid(option, f"HTTP {status}", said), option=option)
    return Failure(error=Invalid("language model", f"HTTP {status}", said))


def _overflow(asked: Asked, whole: str, said: str) -> ContextOverflow:
    """With the numbers where they can be read: the limit after a word for it, the prompt the largest number above."""
    most = next((int(found[1]) for limit in _LIMITS if (found := limit.search(whole))), 0)
    numbers = [int(each) for each in re.findall(r"(?<![\d.])\d{1,9}(?![\d.]*\d)", whole)] if most else []
    return ContextOverflow(asked.model, max((each for each in numbers if each > most), default=0), most, said)


def _names(option: str, body: object, whole: str) -> bool:
    param = body.get("param") if isinstance(body, dict) else None
    return param == option or re.search(rf"\b{option}\b", whole) is not None


def _code(body: object) -> str:
    told = (body.get("code") or body.get("type")) if isinstance(body, dict) else None
    return told if isinstance(told, str) else ""


def _message(body: object) -> str:
    """The sentence in an error's body."""
    if isinstance(body, dict):
        for name in ("message", "detail", "error"):
            if isinstance(body.get(name), str) and body[name]:
                return str(body[name])
    return body if isinstance(body, str) else _whole(body)


def _whole(body: object) -> str:
    """All of an error's body that is looked at, as text."""
    if isinstance(body, str):
        return body[:8_000]
    try:
        told: Any = json.dumps(body, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        told = ""
    return str(told)[:8_000]
