"""A transformers model small enough to be made anew in a test: random weights, a letter a token, some pairs too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from memos_graph.activation.model import LocalModel

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_CONTROL = ("<|end|>", "<|system|>", "<|user|>", "<|assistant|>")


def tokenizer(*, start: bool = False, merges: tuple[str, ...] = ("a b", "e r", "t h", "th e")) -> Any:
    """Bytes, and the pairs of `merges`; with `start`, texts begin with a token of their own."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*letters, *("".join(pair.split()) for pair in merges)]
    vocabulary = {word: number for number, word in enumerate(words)}
    inner = Tokenizer(BPE(vocab=vocabulary, merges=[(a, b) for a, b in (pair.split() for pair in merges)]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    inner.add_special_tokens([*_CONTROL, "<s>"])
    if start:
        first = ("<s>", inner.token_to_id("<s>"))
        inner.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[first])
    return PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", eos_token="<|end|>", chat_template=TEMPLATE)


def model(*, seed: int = 0, dtype: str = "float32", kind: str = "Llama", **config: Any) -> Any:
    """A random model with two layers."""
    import torch
    import transformers

    sizes = {
        "vocab_size": 270, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "max_position_embeddings": 4096, "initializer_range": 0.4, "eos_token_id": 260,
    }  # fmt: skip
    torch.set_num_threads(1)  # two threads wait for each other longer than these sizes take one of them
    torch.manual_seed(seed)
    settings = getattr(transformers, f"{kind}Config")(**(sizes | config))
    made = getattr(transformers, "GPT2LMHeadModel" if kind == "GPT2" else f"{kind}ForCausalLM")(settings)
    return made.to(getattr(torch, dtype))


def local(*, start: bool = False, name: str = "tiny", revision: str = "", **of_model: Any) -> LocalModel:
    """The two together."""
    return LocalModel(model(**of_model), tokenizer(start=start), name=name, revision=revision)


def saved(folder: Path, **of_model: Any) -> Path:
    """A folder that transformers can load."""
    model(**of_model).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder
