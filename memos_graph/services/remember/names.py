"""What feeding knows of a cube's names: which there are, what short ones stand for, and which model finds more.

Read from the store when it is made, then kept up by who feeds: a run of many files reads it once (`FeedOptions.names`),
and may miss what other writers name meanwhile; a text is read a little worse then, and nothing breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from memos_graph.engines.gazetteer import Gazetteer
from memos_graph.engines.named import named
from memos_graph.engines.naming import Mention
from memos_graph.model.errors import Invalid
from memos_graph.model.graph import Edge
from memos_graph.model.scope import Scope
from memos_graph.ports_names import FoundName, NameFinder
from memos_graph.services.context import Context
from memos_graph.services.remember.ids import node_id

ALIAS_OF = "ALIAS_OF"  #: from a short name's Entity to the one it stands for
_TYPE = 64  #: characters of what a model calls a kind of name


@dataclass(frozen=True, slots=True, kw_only=True)
class LongForm:
    """The entity that a short name stands for."""

    key: str
    name: str


Lookup = Callable[[Collection[str]], Mapping[str, Collection[LongForm]]]


def _nothing(_: Collection[str]) -> Mapping[str, Collection[LongForm]]:
    return {}


class Names:
    """The names that texts are read by. For one thread of feeding at a time."""

    def __init__(self, known: Iterable[str] = (), *, gazetteer: Gazetteer | None = None,
                 finder: NameFinder | None = None, lookup: Lookup = _nothing) -> None:  # fmt: skip
        self._gazetteer = Gazetteer() if gazetteer is None else gazetteer
        self._finder, self._lookup = finder, lookup
        self._stands_for: dict[str, set[LongForm]] = {}  # those that were looked up
        self._ahead: dict[str, Sequence[FoundName]] = {}  # by text, what the finder found before it was read
        self.learn(known)

    def prepare(self, texts: Iterable[str]) -> None:
        """Let the finder see all of `texts`, which will be read, at once."""
        new = [text for text in dict.fromkeys(texts) if text and text not in self._ahead]
        if self._finder is None or not new:
            return
        found = self._finder.find(new)
        if len(found) != len(new):
            given = f"{self._finder.model}: {len(found)} answers"
            raise Invalid("name finder", given, f"give one for each of the {len(new)} texts")
        self._ahead.update(zip(new, found, strict=True))

    def read(self, text: str) -> list[Mention]:
        """All that `text` names."""
        return named(text, self._gazetteer, self._found(text)) if text else []

    def learn(self, keys: Iterable[str]) -> None:
        """Know these names from now on."""
        for key in keys:
            if key not in self._gazetteer:
                self._gazetteer.add(key)

    def learn_alias(self, short: str, long: LongForm) -> None:
        """Know from now on that the name with the key `short` stands for `long`."""
        self.all_long_forms([short])
        self._stands_for[short].add(long)

    def all_long_forms(self, shorts: Iterable[str]) -> dict[str, frozenset[LongForm]]:
        """For each of the keys `shorts` all that it stands for in the cube. One query for those not asked before."""
        wanted = set(shorts)
        new = wanted - self._stands_for.keys()
        found = self._lookup(asked) if (asked := [key for key in new if key in self._gazetteer]) else {}
        self._stands_for |= {key: set(found.get(key, ())) for key in new}
        return {key: frozenset(self._stands_for[key]) for key in wanted}

    def _found(self, text: str) -> list[Mention]:
        if self._finder is None:
            return []
        self.prepare([text])
        return [_checked(self._finder.model, text, one) for one in self._ahead.pop(text)]


def names_of(context: Context, cube: str) -> Names:
    """The names that the cube has now. O(names) when they have changed since the last time, and no query of edges."""
    lexicon = context.store.lexicon(Scope(cubes=(cube,)))[cube]
    gazetteer = context.gazetteers.setdefault(cube, Gazetteer())
    gazetteer.follow(lexicon.entities.keys())
    return Names(
        gazetteer=gazetteer, finder=context.name_finder, lookup=lambda keys: _alias_edges(context, cube, keys)
    )  # fmt: skip


def _alias_edges(context: Context, cube: str, shorts: Collection[str]) -> dict[str, list[LongForm]]:
    by_id = {node_id("ent", short): short for short in shorts}
    edges = context.store.edges(Scope(cubes=(cube,)), touching=list(by_id), kinds=[ALIAS_OF], direction="out")
    found: dict[str, list[LongForm]] = {}
    for edge in edges:
        long = _long_form(edge)
        if long is not None:
            found.setdefault(by_id[edge.from_id], []).append(long)
    return found


def _long_form(edge: Edge) -> LongForm | None:
    """What the edge says; None for one that a caller made without saying it."""
    key, name = edge.info.get("key"), edge.info.get("name")
    return LongForm(key=key, name=name) if isinstance(key, str) and isinstance(name, str) else None


def _checked(model: str, text: str, found: FoundName) -> Mention:
    """A model's answer as a mention. `Invalid` for a span that is not in the text, or a kind that is no word."""
    name = text[found.start : found.end] if 0 <= found.start < found.end <= len(text) else ""
    if not name.strip() or not 0 < len(found.type) <= _TYPE:
        raise Invalid("name finder", f"{model}: {found}", f"give spans of words in the {len(text)} characters, typed")
    lead = len(name) - len(name.lstrip())
    return Mention(
        name=name.strip(), start=found.start + lead, end=found.start + lead + len(name.strip()), kind=found.type
    )  # fmt: skip


class RunNames:
    """A cube's names for one run of feeding: read at the first text, and once."""

    def __init__(self, context: Context, cube: str) -> None:
        self._context, self._cube = context, cube
        self._read: Names | None = None

    def get(self) -> Names:
        """The names, with those that this run has added."""
        if self._read is None:
            self._read = names_of(self._context, self._cube)
        return self._read
