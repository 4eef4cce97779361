"""KV caches of a local model: are injected ones exact, how much sooner is the first token, what do files cost, and how
far does a merge that is not exact drift.

Texts are made up of a seed. Needs the extra `local`; uses memos_graph.activation as anyone would.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.metrics import percentiles
from benchmarks.watching import timed, watched
from memos_graph.activation import KVCacheItem, KVCacheMemory, KVCacheMemoryConfig
from memos_graph.activation.model import LocalModel
from memos_graph.activation.turning import check
from memos_graph.model.errors import NotSupported

DTYPES = ("float32", "bfloat16")
_WHO = ("Anna", "Ben", "Clara", "Dmitri", "Elena", "Farid", "Grace", "Hugo")
_DID = ("moved to", "called from", "wrote about", "bought a boat in", "left", "met Ines in", "sold a house in")
_WHERE = ("Bern", "Lisbon", "Oslo", "Kyoto", "Lima", "Tallinn", "Accra", "Quebec")
_WHY = ("because of the flood", "after the strike", "for a new job", "to see the comet", "against all advice")
_ASKED = (
    "Who moved, and where to?",
    "When was it?",
    "What do we know of Clara?",
    "Why did Ben leave?",
    "Say it in short.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Equality:
    """Whether greedy answers are the same, injected as in full."""

    dtype: str
    prompts: int
    equal: int  #: all tokens the same
    tokens: int  #: of each answer at most

    @property
    def rate(self) -> float:
        """0 to 1."""
        return self.equal / self.prompts


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """Milliseconds to the first token, by what the prompt's memory is, as percentiles."""

    dtype: str
    memory: int  #: tokens
    question: int
    full: dict[str, float]  #: read with the question
    injected: dict[str, float]  #: in this process already
    from_file: dict[str, float]  #: mapped from its file, its sum checked
    unchecked: dict[str, float]  #: mapped, its sum taken on trust

    def times(self, what: str) -> float:
        """How many times faster `what` is than full, by the medians."""
        return float(self.full["p50"] / getattr(self, what)["p50"])


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """One dump and load of several caches."""

    dtype: str
    caches: int
    tokens: int  #: of all
    bytes: int
    write_s: float  #: until they are on disk
    load_s: float  #: every number read and checked

    @property
    def write_mb_s(self) -> float:
        """MB a second."""
        return self.bytes / self.write_s / 1e6

    @property
    def load_mb_s(self) -> float:
        """MB a second."""
        return self.bytes / self.load_s / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeDrift:
    """Approximate merges beside exact ones, as means over all that were made."""

    dtype: str
    boundary: int  #: tokens of each text read again
    merges: int
    texts: int  #: of each merge
    tokens: int  #: of each merge, mean
    read: float  #: of them, read again
    exact_ms: float  #: median
    merge_ms: float
    most: float  #: largest difference of a logit, mean
    divergence: float  #: KL from the exact distribution of the next token, nats
    same_first: float  #: likeliest next token the same, 0 to 1
    same_answer: float  #: greedy answers of 16 tokens the same, 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KVFigures:
    """All that was measured with one model."""

    model: str
    equality: tuple[Equality, ...]
    first: tuple[First, ...]
    disk: tuple[OnDisk, ...]
    drift: tuple[MergeDrift, ...]
    refused: tuple[str, ...] = ()  #: why approximate merges were not made with some numbers

    def to_json(self) -> dict[str, Any]:
        """JSON values, derived ones too."""
        return asdict(self) | {
            "equal": {each.dtype: each.rate for each in self.equality},
            "times_faster": {f.dtype: {what: f.times(what) for what in ("injected", "from_file")} for f in self.first},
            "mb_s": {each.dtype: {"write": each.write_mb_s, "load": each.load_mb_s} for each in self.disk},
        }


def measure(model: Path, folder: Path, *, dtypes: Sequence[str] = DTYPES, prompts: int = 40, rounds: int = 20,
            memory: int = 1900, merges: int = 6, boundaries: Sequence[int] = (0, 16, 64), device: str = "cpu",
            seed: int = 1) -> KVFigures:  # fmt: skip
    """The figures of a model's folder. folder: where files may lie. Two cores, SmolLM2-135M: about five minutes."""
    equality, first, disk, drift, refused = [], [], [], [], []
    name = ""
    for dtype in dtypes:
        config = KVCacheMemoryConfig(model=str(model), dtype=dtype, device=device)
        local = LocalModel.load(config)
        name = local.name
        texts = _texts(random.Random(f"{seed} {dtype}"))
        equality.append(_equality(local, texts, prompts))
        first.append(_first(local, texts, folder / dtype, memory=memory, rounds=rounds))
        disk.append(_on_disk(local, texts, folder / f"{dtype}-dump"))
        try:
            drift += [_drift(local, texts, boundary, merges) for boundary in boundaries]
        except NotSupported as error:
            refused.append(f"{dtype}: {error}")
    return KVFigures(model=name, equality=tuple(equality), first=tuple(first), disk=tuple(disk), drift=tuple(drift),
                     refused=tuple(refused))  # fmt: skip


def _texts(dice: random.Random) -> Callable[[LocalModel, int], str]:
    """Makes texts of about so many tokens, never the same one twice."""

    def sentence() -> str:
        return (
            f"On {dice.randint(1, 28)} {dice.choice(('March', 'May', 'July'))} {dice.randint(1960, 2024)} "
            f"{dice.choice(_WHO)} {dice.choice(_DID)} {dice.choice(_WHERE)} {dice.choice(_WHY)}. "
        )

    def text(model: LocalModel, tokens: int) -> str:
        made = sentence()
        while len(model.encode(made)) < tokens:
            made += sentence()
        return made

    return text


def _equality(model: LocalModel, text: Callable[[LocalModel, int], str], prompts: int) -> Equality:
    mem = KVCacheMemory(KVCacheMemoryConfig(), model=model)
    equal = 0
    for number in watched(range(prompts), f"equality, {model.origin.dtype}"):
        memory = text(model, (40, 120, 300)[number % 3])
        question = f"{memory}\nQuestion: {_ASKED[number % len(_ASKED)]}\nAnswer:"
        used = mem.complete(question, using=mem.extract(memory), most=16)
        equal += used.ids == mem.complete(question, most=16).ids
    return Equality(dtype=model.origin.dtype, prompts=prompts, equal=equal, tokens=16)


def _first(model: LocalModel, text: Callable[[LocalModel, int], str], folder: Path, *, memory: int,
           rounds: int) -> First:  # fmt: skip
    """Each round asks all four ways, one after the other, so that what else the machine does meets all of them."""
    whole = text(model, memory)
    kept = KVCacheMemory(KVCacheMemoryConfig(folder=str(folder)), model=model)
    item = kept.extract(whole)
    kept.add([item])
    questions = [f"\nQuestion {number}: {text(model, 20)} {_ASKED[number % 5]}\nAnswer:" for number in range(rounds)]

    def opened(verify: bool) -> KVCacheItem:
        fresh = KVCacheMemory(KVCacheMemoryConfig(folder=str(folder), verify=verify), model=model)
        (found,) = fresh.get_by_ids([item.kv_cache_id])
        return found

    ways: dict[str, Callable[[str], object]] = {
        "full": lambda question: model.answer((*item.token_ids, *model.encode(question, lead=False)), most=1),
        "injected": lambda question: kept.generate(question, after=item, most=1),
        "from_file": lambda question: kept.generate(question, after=opened(True), most=1),
        "unchecked": lambda question: kept.generate(question, after=opened(False), most=1),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for question in watched(questions, f"first token, {model.origin.dtype}"):
        for name, way in ways.items():
            with timed() as took:
                way(question)
            times[name].append(took.seconds * 1000)
    at = {name: percentiles(found, (50, 95)) for name, found in times.items()}
    asked = sum(len(model.encode(question, lead=False)) for question in questions) // rounds
    return First(dtype=model.origin.dtype, memory=len(item), question=asked, **at)


def _on_disk(model: LocalModel, text: Callable[[LocalModel, int], str], folder: Path) -> OnDisk:
    mem = KVCacheMemory(KVCacheMemoryConfig(), model=model)
    mem.add([mem.extract(text(model, 400)) for _ in range(5)])
    with timed() as wrote:
        path = mem.dump(folder)
    assert path is not None
    other = KVCacheMemory(KVCacheMemoryConfig(), model=model)
    with timed() as loaded:
        names = other.load(folder)
    tokens = sum(len(item) for item in other.get_all())
    return OnDisk(dtype=model.origin.dtype, caches=len(names), tokens=tokens, bytes=path.stat().st_size,
                  write_s=wrote.seconds, load_s=loaded.seconds)  # fmt: skip


def _drift(model: LocalModel, text: Callable[[LocalModel, int], str], boundary: int, merges: int) -> MergeDrift:
    check(model)  # once for a model, so no part of a merge
    exact_s, merge_s, measured, items = [], [], [], []
    for number in watched(range(merges), f"merges, {model.origin.dtype}, {boundary}"):
        mem = KVCacheMemory(KVCacheMemoryConfig(), model=model)
        parts = [mem.extract(text(model, 120)) for _ in range(4)]
        mem.add(parts)
        names = [part.kv_cache_id for part in parts]
        with timed() as exact:
            mem.merge(names)
        with timed() as merge:
            items.append(mem.merge(names, exact=False, boundary=boundary))
        exact_s.append(exact.seconds)
        merge_s.append(merge.seconds)
        measured.append(mem.drift(names, f"\nQuestion: {_ASKED[number % len(_ASKED)]}\nAnswer:", boundary=boundary))
    again = [float(str(item.metadata["read_again"])) for item in items]
    return MergeDrift(
        dtype=model.origin.dtype, boundary=boundary, merges=merges, texts=4,
        tokens=sum(len(item) for item in items) // merges, read=sum(again) / merges,
        exact_ms=percentiles(exact_s)["p50"] * 1000, merge_ms=percentiles(merge_s)["p50"] * 1000,
        most=_mean(each.most for each in measured), divergence=_mean(each.divergence for each in measured),
        same_first=_mean(each.same_first for each in measured),
        same_answer=_mean(float(each.same_answer) for each in measured),
    )  # fmt: skip


def _mean(values: Iterator[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
