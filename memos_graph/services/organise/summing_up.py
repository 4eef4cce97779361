"""What some texts say together, in few words: their most central sentences, or what a language model makes of them.

A sentence is quoted as it stands, with who said it. What a model says comes from outside and is believed only when it
is short, and names no number and no name that the texts don't. Declines to know stores.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from memos_graph.engines.dedup import Said
from memos_graph.engines.organise.central import centrality, chosen
from memos_graph.engines.organise.clusters import middle
from memos_graph.engines.rows import Floats
from memos_graph.model.errors import ContextOverflow, Unavailable
from memos_graph.model.graph import Node
from memos_graph.ports import Embedder
from memos_graph.ports_language import LanguageModel
from memos_graph.prompts import prompt
from memos_graph.services.context import Context
from memos_graph.services.embed import embed_whole
from memos_ingest.causal import paragraphs

PROMPT = "summary_v1"
BY_RULE = "rule"
_READ = 8  #: texts whose sentences are looked at, the most central ones
_SENTENCES = 20  #: of one text that are
_WHOLE = 2000  #: texts up to which centrality is LexRank; beyond, nearness to their middle
_SENT = 40  #: texts that a model is sent, the most central ones
_SENT_TEXT = 500  #: characters of each
_WORDS = 0.75  #: words a token, about
_SLACK = 2  #: a model's summary may be so many times as long as asked for
_MOST_ANSWER = 20_000
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+")
_LETTERS = 4  #: of a token, about


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """What texts say together."""

    text: str
    by: str  #: "rule", or the model's name
    quotes: tuple[str, ...]  #: ids of the memories whose sentences it quotes; none of a model's
    seen: str  #: follows from the texts: equal while they are


@dataclass(frozen=True, slots=True)
class _Sentence:
    node: Node
    text: str
    whole: int  #: row of the text's vector when the sentence is all of it; -1


def seen_of(members: Sequence[Node]) -> str:
    """What follows from the texts of `members`, whatever their order."""
    parts = sorted(f"{node.id}\x1f{node.key}\x1f{node.text}" for node in members)
    return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()[:24]


def sum_up(context: Context, members: Sequence[Node], vectors: Floats, tokens: int) -> Gist:
    """What `members` (at least one) say together in about `tokens` tokens.

    vectors [n, d]: of the members, unit length. Without a model O(n² · d), and embeds the sentences of the most central
    texts that hold several. A model that does not answer, or not as it should, leaves it to the sentences.
    """
    order = np.argsort([node.id for node in members], kind="stable")
    members, vectors = [members[at] for at in order.tolist()], vectors[order]
    best = _central(vectors)
    if context.language is not None:
        told = _by_model(context.language, context.embedder, members, best, tokens)
        if told:
            return Gist(text=told, by=context.language.model, quotes=(), seen=seen_of(members))
    first = chosen(best, vectors, [1] * len(members), _READ)
    return _quoted(context.embedder, members, vectors, first, tokens)


def _central(vectors: Floats) -> Floats:
    if len(vectors) > _WHOLE:
        return np.asarray(vectors @ middle(vectors), np.float32)
    return centrality(vectors)


def _quoted(embedder: Embedder, members: Sequence[Node], vectors: Floats, first: Sequence[int], tokens: int) -> Gist:
    found = [sentence for row in first for sentence in _sentences(members[row], row)]
    parts = [at for at, sentence in enumerate(found) if sentence.whole < 0]
    laid = np.zeros((len(found), vectors.shape[1]), np.float32)
    for at, sentence in enumerate(found):
        if sentence.whole >= 0:
            laid[at] = vectors[sentence.whole]
    if parts:
        laid[parts] = embed_whole(embedder, [found[at].text for at in parts])
    costs = [embedder.count_tokens(sentence.text) for sentence in found]
    taken = sorted(chosen(_central(laid), laid, costs, tokens))
    said = [_cut(found[at].text, tokens) if costs[at] > tokens else found[at].text for at in taken]
    quotes = tuple(dict.fromkeys(found[at].node.id for at in taken))
    return Gist(text="\n".join(said), by=BY_RULE, quotes=quotes, seen=seen_of(members))


def _sentences(node: Node, row: int) -> Iterator[_Sentence]:
    """What `node` says, sentence by sentence, each with who says it."""
    spans = [span for paragraph in paragraphs(node.text) for span in paragraph][:_SENTENCES]
    speaker = f"{node.key}: " if node.kind == "Message" and node.key else ""
    if len(spans) < 2:
        yield _Sentence(node, speaker + " ".join(node.text.split()), row)
        return
    for span in spans:
        yield _Sentence(node, speaker + " ".join(span.of(node.text).split()), -1)


def _cut(text: str, tokens: int) -> str:
    short = text[: tokens * _LETTERS]
    return text if len(short) == len(text) else f"{short.rsplit(' ', 1)[0]}…"


def _by_model(language: LanguageModel, embedder: Embedder, members: Sequence[Node], best: Floats, tokens: int) -> str:
    """The model's summary; "" for none that can be believed, or when the model's service does not answer."""
    rows = np.argsort(-np.round(best, 6), kind="stable")[:_SENT].tolist()
    texts = [text for row in sorted(rows) for text in [_shown(members[row])]]
    asked = {"texts": texts, "words": int(tokens * _WORDS)}
    try:
        answer = language.complete(
            prompt(PROMPT), json.dumps(asked, ensure_ascii=False), max_tokens=max(256, 4 * tokens)
        )
    except (ContextOverflow, Unavailable):
        return ""
    return summary_of(answer, texts, lambda text: embedder.count_tokens(text) <= _SLACK * tokens)


def summary_of(answer: str, texts: Sequence[str], fits: Callable[[str], bool]) -> str:
    """The summary in a model's `answer`; "" unless it is one that `fits` and tells no number or name of its own."""
    start, end = answer.find("{"), answer.rfind("}")
    if len(answer) > _MOST_ANSWER or not 0 <= start < end:
        return ""
    try:
        told = json.loads(answer[start : end + 1])
    except (ValueError, RecursionError):
        return ""
    said = told.get("summary") if isinstance(told, dict) else None
    if not isinstance(said, str):
        return ""
    text = " ".join(_UNSEEN.sub(" ", said).split())
    known = frozenset[str]().union(*(Said(each).words for each in texts))
    named = {word for word in Said(f". {text}").exact if _is_exact(word, text)}
    return text if text and fits(text) and named <= known else ""


def _is_exact(word: str, text: str) -> bool:
    """Whether `word` is a number or a name, not one that turns a meaning: "not" may be the model's own."""
    return any(map(str.isdigit, word)) or re.search(rf"(?<!\w){re.escape(word.capitalize())}", text) is not None


def _shown(node: Node) -> str:
    speaker = f"{node.key}: " if node.kind == "Message" and node.key else ""
    return f"{speaker}{node.text[:_SENT_TEXT]}"
