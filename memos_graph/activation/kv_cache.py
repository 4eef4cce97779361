"""KVCacheMemory: caches of texts that a local model has read, kept and put before questions.

The methods are the reference's; what it pickles is safetensors here. Caches are kept in this process, or in a folder
with a quota. Knows no graph: a memory is anything with an id and a text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from memos_graph.activation import files, merging, vllm
from memos_graph.activation.caches import cut, lent, own_pairs
from memos_graph.activation.config import KVCacheMemoryConfig
from memos_graph.activation.disk import Folder
from memos_graph.activation.item import KVCacheItem, check_id, id_of
from memos_graph.activation.messages import Messages, Prompt, plain
from memos_graph.activation.model import Generated, LocalModel
from memos_graph.activation.vllm import ServerCache
from memos_graph.model.chat import ChatMessage
from memos_graph.model.errors import Invalid, NotFound
from memos_graph.model.graph import Json

DUMP = "activation_memory.safetensors"


class Textual(Protocol):
    """A textual memory: a TextualMemoryItem is one."""

    @property
    def id(self) -> str: ...
    @property
    def memory(self) -> str: ...


def _now() -> datetime:
    return datetime.now(UTC)


class KVCacheMemory:
    """Caches by id. The model is loaded when first needed, and every cache is checked to be that model's.

    Not for several threads at once; several processes may share a folder.
    """

    def __init__(self, config: KVCacheMemoryConfig | Mapping[str, Any], *, model: LocalModel | None = None,
                 clock: Callable[[], datetime] = _now) -> None:  # fmt: skip
        """model: in place of the one that `config` names, if it is loaded already."""
        self.config = config if isinstance(config, KVCacheMemoryConfig) else KVCacheMemoryConfig.from_dict(config)
        self._model, self._clock = model, clock
        self._open: dict[str, KVCacheItem] = {}
        self._seen: dict[str, tuple[int, int]] = {}  # inode and size of the file that an open cache is mapped from
        folder = self.config.folder
        self._folder = Folder(Path(folder), quota=self.config.quota_bytes, clock=clock) if folder else None

    @property
    def model(self) -> LocalModel:
        """The model, loaded now if it was not yet. Errors as `LocalModel.load`."""
        if self._model is None:
            self._model = LocalModel.load(self.config)
        return self._model

    def extract(self, text: Prompt, *, metadata: Mapping[str, Json] | None = None) -> KVCacheItem:
        """The cache of a text, or of messages by the model's chat template; not kept until `add`.

        One that is kept already is given back as it is. `metadata`: the caller's own fields; `source` names whose text
        it is. `Invalid` for no text, `ContextOverflow` for too long a one.
        """
        ids = self.model.prompt_ids(text, reply=False)
        lead = len(self.model.lead()) if isinstance(text, str) else 0
        if len(ids) <= lead:
            raise Invalid("text", text, "give at least one token")
        own = dict(metadata or {})
        identity = id_of(self.model.origin, ids, source=str(own.get("source") or ""))
        kept = self.get(identity)
        if kept is not None:
            return kept
        cache, _ = self.model.read(ids)
        said = text if isinstance(text, str) else json.dumps(plain(text))
        known: dict[str, Json] = {"text_sha256": sha256(said.encode()).hexdigest(), "tokens": len(ids)}
        return KVCacheItem(
            kv_cache_id=identity,
            kv_cache=cache,
            token_ids=ids,
            origin=self.model.origin,
            lead=lead,
            metadata=own | known | {"merge": "none", "extracted_at": self._clock().isoformat()},
        )

    def from_textual_memory(self, mem: Textual) -> KVCacheItem:
        """The cache of a memory's text; its `source` is the memory's id."""
        return self.extract(mem.memory, metadata={"source": mem.id})

    def add(self, memories: Sequence[KVCacheItem]) -> tuple[str, ...]:
        """Keeps these caches, in place of any of the same ids. Returns the ids that had to go for the quota.

        `Invalid`, and nothing kept, for a cache of another model or more than the quota; `DiskFull`.
        """
        for item in memories:
            self.model.origin.must_be(item.origin, f"cache {item.kv_cache_id}")
            own_pairs(item)
        once = {item.kv_cache_id: item for item in memories}
        if self._folder is None:
            self._open |= {identity: lent(item) for identity, item in once.items()}
            return ()
        gone = self._folder.add(list(once.items()), lambda path, item: files.write(path, [item]))
        for identity in (*gone, *once):
            self._forget(identity)
        return gone

    def get(self, memory_id: str) -> KVCacheItem | None:
        """The cache of that id, used now; None where there is none (a quota may have taken it).

        From a folder its numbers are mapped, not read. `Invalid` for a damaged or foreign file, or another model's.
        """
        check_id(memory_id)
        if self._folder is None:
            item = self._open.get(memory_id)
        elif self._folder.use(memory_id):
            item = self._mapped(self._folder, memory_id)
        else:
            item = None
            self._forget(memory_id)
        return None if item is None else lent(item)

    def get_by_ids(self, ids: Sequence[str]) -> list[KVCacheItem]:
        """Those of the caches that are there, in this order."""
        return [item for item in map(self.get, ids) if item is not None]

    def get_all(self) -> list[KVCacheItem]:
        """All caches, the least recently used first in a folder. Opens every file; `ids` opens none."""
        if self._folder is None:
            return [lent(item) for item in self._open.values()]
        found = (self._mapped(self._folder, identity) for identity in self.ids())
        return [lent(item) for item in found if item is not None]

    def ids(self) -> tuple[str, ...]:
        """The ids of all caches; in a folder the least recently used first."""
        return tuple(self._open) if self._folder is None else tuple(kept.identity for kept in self._folder.kept())

    def made_from(self, source: str) -> tuple[str, ...]:
        """The ids of caches whose `source`, or that of a part, is this memory's id: delete them when it is erased."""
        if self._folder is None:
            entries = [(item.kv_cache_id, item.metadata) for item in self._open.values()]
        else:
            heads = (files.head(kept.path) for kept in self._folder.kept())
            entries = [(entry.kv_cache_id, entry.metadata) for head in heads for entry in head]
        return tuple(identity for identity, known in entries if source in _sources(known))

    def merge(self, cache_ids: Sequence[str], *, exact: bool = True, boundary: int = merging.BOUNDARY) -> KVCacheItem:
        """One cache of several, in this order; its `exact` and its metadata say which kind it is. Not kept until `add`.

        exact: reads all but the first again, and is what the model makes of the whole text. Otherwise keys are moved
        and only `boundary` tokens of each are read again: faster, and not the same (`drift` measures it).
        `NotFound` names caches that are not there.
        """
        if not cache_ids:
            raise Invalid("cache_ids", (), "name at least one cache")
        items = []
        for identity in cache_ids:
            item = self.get(identity)
            if item is None:
                raise NotFound("KV cache", identity, "extract its text again, and add it")
            items.append(item)
        if len(items) == 1 and (items[0].exact or not exact):
            return items[0]
        if exact:
            done = merging.merge_exact(self.model, items)
        else:
            done = merging.merge_approximate(self.model, items, boundary=boundary)
        return self._merged(
            done, items, "exact" if done.exact else f"approximate: {boundary} tokens of each read again"
        )

    def get_cache(self, cache_ids: Sequence[str], *, exact: bool = True, boundary: int = merging.BOUNDARY) -> Any:
        """`merge`'s cache as a DynamicCache of the caller's own: growing it leaves ours as it was."""
        item = self.merge(cache_ids, exact=exact, boundary=boundary)
        return cut(item.kv_cache, len(item))

    def drift(self, cache_ids: Sequence[str], text: str, *, boundary: int = merging.BOUNDARY) -> merging.Drift:
        """How the approximate merge of these differs from the exact one when the model reads `text` after each."""
        one = self.merge(cache_ids)
        other = self.merge(cache_ids, exact=False, boundary=boundary)
        return merging.drift(self.model, one.kv_cache, other.kv_cache, text)

    def generate(self, text: str, *, after: KVCacheItem | None = None, most: int = 32) -> Generated:
        """The greedy answer to the tokens of `after` followed by the tokens of `text`, each tokenised by itself."""
        if after is None:
            return self.model.answer(self.model.encode(text), most=most)
        self.model.origin.must_be(after.origin, f"cache {after.kv_cache_id}")
        ids = (*after.token_ids, *self.model.encode(text, lead=False))
        return self.model.answer(ids, after.token_ids, after.kv_cache, most=most, exact=after.exact)

    def complete(self, prompt: Prompt, *, using: KVCacheItem | None = None, most: int = 32) -> Generated:
        """The greedy answer to a whole prompt, a text or messages, as if no cache was there.

        The prompt is tokenised whole; of `using` only what agrees with its first tokens is taken, the rest is read. So
        a token that spans the end of the memory and the start of the question changes nothing but the time.
        """
        ids = self.model.prompt_ids(prompt, reply=True)
        if using is None:
            return self.model.answer(ids, most=most)
        self.model.origin.must_be(using.origin, f"cache {using.kv_cache_id}")
        return self.model.answer(ids, using.token_ids, using.kv_cache, most=most, exact=using.exact)

    def delete(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Removes these caches; returns the ids of those that were there."""
        if self._folder is not None:
            there = self._folder.delete(ids)
        else:
            there = tuple(identity for identity in dict.fromkeys(map(check_id, ids)) if identity in self._open)
        for identity in ids:
            self._forget(identity)
        return there

    def delete_all(self) -> tuple[str, ...]:
        """Removes all caches; returns their ids."""
        return self.delete(self.ids())

    def dump(self, dir: str | Path) -> Path | None:  # the reference's name
        """All caches in one file of that folder, in place of one that was there; None, and no file, without any."""
        place = Path(dir) / DUMP
        items = self.get_all()
        if not items:
            place.unlink(missing_ok=True)
            return None
        place.parent.mkdir(parents=True, exist_ok=True)
        files.write(place, items)
        return place

    def load(self, dir: str | Path) -> tuple[str, ...]:
        """Adds the caches that `dump` wrote into that folder; returns their ids.

        All or none: `NotFound` without the file, `Invalid` for one that is damaged, foreign or another model's.
        """
        items = files.read(Path(dir) / DUMP, device=self.config.device)
        self.add(items)
        return tuple(item.kv_cache_id for item in items)

    def build_vllm_kv_cache(self, messages: Prompt) -> ServerCache:
        """Has the server at `vllm_url` read these messages (a text: the system's) and says what it keeps of them."""
        given: Messages = [ChatMessage("system", messages)] if isinstance(messages, str) else messages
        return vllm.warm(self.config, plain(given))

    def _merged(self, done: merging.Merged, items: Sequence[KVCacheItem], how: str) -> KVCacheItem:
        """The item that `done` makes of `items`."""
        parts = [item.kv_cache_id for item in items]
        sources = sorted({str(each) for item in items for each in _sources(item.metadata)})
        known: dict[str, Json] = {"merge": how, "parts": parts, "sources": sources, "read_again": done.read}
        identity = id_of(self.model.origin, done.token_ids, source="\n".join(sources), exact=done.exact,
                         how="\n".join((how, *parts)))  # fmt: skip
        return KVCacheItem(
            kv_cache_id=identity,
            kv_cache=done.cache,
            token_ids=done.token_ids,
            origin=self.model.origin,
            lead=items[0].lead,
            exact=done.exact,
            metadata=known | {"tokens": len(done.token_ids), "extracted_at": self._clock().isoformat()},
        )

    def _mapped(self, folder: Folder, identity: str) -> KVCacheItem | None:
        """The cache in its file, opened once; None when it has gone meanwhile."""
        path = folder.where(identity)
        try:
            state = path.stat()
            if self._seen.get(identity) == (state.st_ino, state.st_size):
                return self._open[identity]
            (item,) = files.read(path, device=self.config.device, verify=self.config.verify, only=identity) or (None,)
        except (NotFound, FileNotFoundError):
            self._forget(identity)
            return None
        if item is None:
            raise Invalid("KV cache file", str(path), "it holds another cache than its name says")
        self.model.origin.must_be(item.origin, f"cache {identity}")
        self._open[identity], self._seen[identity] = item, (state.st_ino, state.st_size)
        return item

    def _forget(self, identity: str) -> None:
        self._open.pop(identity, None)
        self._seen.pop(identity, None)


def _sources(metadata: Mapping[str, Json]) -> tuple[Json, ...]:
    """The ids of the memories whose text a cache holds."""
    found = metadata.get("sources") or ()
    several = found if isinstance(found, list | tuple) else ()
    return tuple(each for each in (metadata.get("source"), *several) if each)
