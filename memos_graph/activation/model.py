"""A local transformers model that says what it has read: tokens, keys and values, the next tokens.

Greedy only, one sequence at a time. Knows no caches' ids and no files of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memos_graph.activation.caches import cache_of, cut, pairs_of
from memos_graph.activation.config import KVCacheMemoryConfig
from memos_graph.activation.fingerprint import origin_of
from memos_graph.activation.messages import Prompt, plain
from memos_graph.activation.needs import need
from memos_graph.model.errors import ContextOverflow, Invalid, NotFound, NotSupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What a model said."""

    text: str
    ids: tuple[int, ...]  #: the tokens it said, the end of text among them
    prompt: int  #: tokens of the whole prompt
    reused: int  #: of them, those that came from a cache
    exact: bool = True  #: whether the cache was one that the model itself would have made


class LocalModel:
    """A causal language model with full attention in every layer, and its tokenizer."""

    def __init__(self, model: Any, tokenizer: Any, *, name: str, revision: str = "") -> None:
        """`NotSupported` for a model whose layers keep something else than keys and values of every token."""
        utils = need("transformers.cache_utils")
        kinds = sorted({type(layer).__name__ for layer in utils.DynamicCache(config=model.config).layers})
        if kinds not in ([], ["DynamicLayer"]):
            raise NotSupported(f"KV caches of {name}", f"its layers keep {', '.join(kinds)}, not every token's keys")
        self.model, self.tokenizer, self.name = model.eval(), tokenizer, name
        self.keys_move = False  #: whether turning.check has found that they can be moved
        self.origin = origin_of(model, tokenizer, pairs_of(self.read([0])[0]), name=name, revision=revision)

    @classmethod
    def load(cls, config: KVCacheMemoryConfig) -> LocalModel:
        """The model that `config` names; only weights in safetensors, no code of the model's own.

        `NotFound` for a folder that is not there, `Invalid` for one that is no model.
        """
        torch, transformers = need("torch"), need("transformers")
        if not config.model:
            raise Invalid("model", "", "name a folder of a transformers model, or one at Hugging Face")
        folder = Path(config.model).expanduser()
        if not folder.is_dir() and (folder.is_absolute() or config.model.startswith((".", "~"))):
            raise NotFound("model folder", config.model)
        place = str(folder) if folder.is_dir() else config.model
        where: dict[str, Any] = {"revision": config.revision or None, "trust_remote_code": False}
        dtype = config.dtype if config.dtype == "auto" else getattr(torch, config.dtype)
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(place, **where)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                place, dtype=dtype, use_safetensors=True, **where
            ).to(config.device)
        except (OSError, ValueError, KeyError, RuntimeError, need("safetensors").SafetensorError) as error:
            raise Invalid("model", config.model, f"it can't be loaded: {str(error)[:300]}") from error
        name = config.name or (folder.resolve().name if folder.is_dir() else config.model)
        return cls(model, tokenizer, name=name, revision=getattr(model.config, "_commit_hash", None) or config.revision)

    @property
    def longest(self) -> int:
        """Tokens that the model takes; 0: it does not say."""
        return int(getattr(self.model.config.get_text_config(decoder=True), "max_position_embeddings", 0) or 0)

    def lead(self) -> tuple[int, ...]:
        """What the tokenizer puts before any text: the beginning-of-text token, or nothing."""
        start = self.tokenizer.bos_token_id
        first = self.tokenizer("a")["input_ids"][:1]
        bare = self.tokenizer("a", add_special_tokens=False)["input_ids"][:1]
        return (start,) if start is not None and first == [start] and bare != [start] else ()

    def encode(self, text: str, *, lead: bool = True) -> tuple[int, ...]:
        """The tokens of `text`, behind the lead if asked; no other special tokens are put around it.

        A text is data: what looks like a control token in it (<|im_end|>) is read letter by letter.
        """
        _no_broken(text)
        found = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
        return (*(self.lead() if lead else ()), *found)

    def prompt_ids(self, prompt: Prompt, *, reply: bool) -> tuple[int, ...]:
        """The tokens of a text, or of messages by the model's chat template; `reply`: up to where the answer begins.

        `Invalid` for a message that holds a control token of the model's: it would end the message it stands in.
        """
        if isinstance(prompt, str):
            return self.encode(prompt)
        messages = plain(prompt)
        control = {str(each) for each in self.tokenizer.added_tokens_decoder.values() if each.special}
        for message in messages:
            _no_broken(message["content"])
            found = sorted(each for each in control if each and each in message["content"])
            if found:
                raise Invalid("message", found[0], "a control token of the model: leave it out, or give the text alone")
        if not getattr(self.tokenizer, "chat_template", None):
            raise Invalid("prompt", self.name, "the model has no chat template: give a text")
        try:
            text = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=reply)
        except (ValueError, need("jinja2").TemplateError) as error:
            raise Invalid("prompt", messages, f"the model's chat template refuses it: {error}") from error
        return tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def read(self, ids: Sequence[int], cache: Any = None, *, first: int = 0, every: bool = False) -> tuple[Any, Any]:
        """The cache behind `ids`, read on from `cache` (left as it is), and the logits of the last token.

        Logits [1, vocabulary], or [tokens, vocabulary] with `every`. `first`: position of the first token where there
        is no cache. `ContextOverflow` for more tokens than the model takes.
        """
        torch = need("torch")
        before = len_of(cache)
        total = before + first + len(ids)
        if self.longest and total > self.longest:
            raise ContextOverflow(self.name, total, self.longest)
        numbers = torch.tensor([list(ids)], dtype=torch.long, device=self.model.device)
        at = torch.arange(before + first, total, device=self.model.device)[None]
        with torch.no_grad():
            out = self.model(
                input_ids=numbers,
                position_ids=at,
                past_key_values=cache_of(pairs_of(cache) if before else ()),
                use_cache=True,
                logits_to_keep=0 if every else 1,
            )
        return out.past_key_values, out.logits[0]

    def say(self, ids: Sequence[int], cache: Any = None, *, most: int = 32) -> tuple[int, ...]:
        """The `most` likeliest tokens one after the other behind `ids`, up to the end of text."""
        ends = _ends(self.model)
        said: list[int] = []
        step = list(ids)
        while len(said) < most:
            cache, logits = self.read(step, cache)
            step = [int(logits[-1].argmax())]
            said += step
            if step[0] in ends:
                break
        return tuple(said)

    def answer(self, ids: Sequence[int], cached: Sequence[int] = (), cache: Any = None, *, most: int = 32,
               exact: bool = True) -> Generated:  # fmt: skip
        """What follows the prompt `ids`, with the part of `cache` (of the tokens `cached`) that begins it.

        The last token of the prompt is always read: its logits say what comes next.
        """
        if not ids:
            raise Invalid("prompt", "", "give at least one token")
        reused = min(common(ids, cached), len(ids) - 1) if cache is not None else 0
        said = self.say(ids[reused:], cut(cache, reused) if reused else None, most=most)
        text = str(self.tokenizer.decode(list(said), skip_special_tokens=True))
        return Generated(text=text, ids=said, prompt=len(ids), reused=reused, exact=exact or not reused)


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def len_of(cache: Any) -> int:
    """Tokens in a cache; 0 for None."""
    return 0 if cache is None else int(cache.get_seq_length())


def _no_broken(text: str) -> None:
    """`Invalid` for a text that is no Unicode: half a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Invalid("text", text, f"it is no Unicode text: {error.reason} at {error.start}") from None


def _ends(model: Any) -> set[int]:
    ends = model.generation_config.eos_token_id if model.generation_config else model.config.eos_token_id
    return {ends} if isinstance(ends, int) else set(ends or ())
