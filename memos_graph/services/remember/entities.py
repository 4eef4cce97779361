"""Entity nodes and MENTIONS edges for the texts of a draft, and ALIAS_OF edges for short names that they explain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from memos_graph.engines.naming import Mention, canonical
from memos_graph.engines.titles import title_name
from memos_graph.engines.values import VALUES, key_of
from memos_graph.model.graph import Edge, Node, make_edge
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.names import ALIAS_OF, LongForm, Names

#: An entity that a text merely names, against one that it is about (its heading or title names it).
NAMED, ABOUT = 0.5, 1.0
#: A known name of several words in small letters, which may be the words and not the name. With 0.5 MuSiQue loses half
#: a point of R@5, with 0.25 nothing.
SMALL_NAMED = 0.25
#: Dates, amounts and addresses: two texts that share one have less in common than those that share a name. With 0.2
#: MuSiQue loses a third of a point of R@5, with 0.1 nothing.
VALUE_NAMED, VALUE_ABOUT = 0.1, 0.5
MOST_VALUES = 24  #: of one text that are kept, the first ones: a table of measurements would be all edges
_TYPES = {"identifier": "id"}  #: how `info.type` calls a kind of mention, where it calls it otherwise


@dataclass(frozen=True, slots=True)
class _Said:
    """A mention, by the node whose text has it."""

    node: str
    mention: Mention
    weight: float


class Entities:
    """Collects the entities of one draft: each once, with an edge from everything that names it.

    `link` all texts first, then `finish`, then read `nodes` and `edges`: a short name that one text explains stands for
    the long one in all of them.
    """

    def __init__(self, cube: str, at: datetime, names: Names | None = None) -> None:
        self._cube, self._at = cube, at
        self._names = names or Names()
        self._said: list[_Said] = []
        self._abouts: dict[str, list[Mention]] = {}
        self._unasked: set[str] = set()  # keys that the cube was not asked about yet
        self._explained: dict[str, set[LongForm]] = {}  # by key of the short name, what the texts say it stands for
        self.nodes: dict[str, Node] = {}
        self.edges: dict[str, Edge] = {}

    def add(self, name: str) -> str:
        """The id of the Entity called `name`, made if this draft has it for the first time."""
        return self._add(canonical(name), name, "name")

    def called(self, name: str) -> str:
        """As `add`; for a short name that stands for one long one, that one's id. After all texts were linked."""
        self._look_up()
        long = self._stands_for(canonical(name))
        return self.add(name) if long is None else self._add(long.key, long.name, "name")

    def prepare(self, texts: Iterable[str]) -> None:
        """Say which texts will be linked, so that a model may see them all at once."""
        self._names.prepare(texts)

    def link(self, node: str, text: str, about: str = "") -> None:
        """MENTIONS edges from `node` to what `text` names, and to what `about` (a title, a heading) names in full."""
        title = title_name(about)
        if title is not None and key_of(title) == canonical(title):
            self._say(node, Mention(name=title, start=0, end=len(title), kind="name"), ABOUT)
        if about not in self._abouts:  # a heading comes with every passage below it
            self._abouts[about] = self._names.read(about)
        for mention in self._abouts[about]:
            self._say(node, mention, VALUE_ABOUT if mention.kind in VALUES else ABOUT)
        values = 0
        for mention in self._names.read(text):
            values += mention.kind in VALUES
            if mention.kind not in VALUES:
                self._say(node, mention, SMALL_NAMED if _in_small_letters(mention.name) else NAMED)
            elif values <= MOST_VALUES:
                self._say(node, mention, VALUE_NAMED)

    def finish(self) -> None:
        """Make the nodes and edges for all that was linked."""
        self._look_up()
        for one in self._said:
            mention = one.mention
            long = None if mention.alias_of is not None else self._stands_for(mention.key)
            if long is not None:
                self._mentions(one, self._add(long.key, long.name, "name"))
                continue
            self._mentions(one, self._add(mention.key, _shown(mention), mention.kind))
            if mention.alias_of is not None:
                self._alias(mention, _long(mention.alias_of))
        self._said.clear()
        self._names.learn(node.key for node in self.nodes.values())

    def _say(self, node: str, mention: Mention, weight: float) -> None:
        self._said.append(_Said(node, mention, weight))
        self._unasked.add(mention.key)
        if mention.alias_of is not None:
            self._explained.setdefault(mention.key, set()).add(_long(mention.alias_of))

    def _look_up(self) -> None:
        """Ask the cube about all short names at once."""
        if self._unasked:
            self._names.all_long_forms(self._unasked)
            self._unasked.clear()

    def _stands_for(self, key: str) -> LongForm | None:
        """The one long name for the short one: as these texts explain it, else as the cube knows it; None when several.

        What the texts say counts first: "WHO" may be another's elsewhere.
        """
        found = self._explained.get(key) or self._names.all_long_forms([key])[key]
        return next(iter(found)) if len(found) == 1 else None

    def _alias(self, mention: Mention, long: LongForm) -> None:
        """What the text explains, as an edge."""
        short, whole = node_id("ent", mention.key), self._add(long.key, long.name, "name")
        if short == whole:
            return
        edge = make_edge(
            self._cube, ALIAS_OF, short, whole, created_at=self._at, evidence=f"{long.name} ({mention.name})",
            info={"key": long.key, "name": long.name},
        )  # fmt: skip
        self.edges.setdefault(edge.id, edge)
        self._names.learn_alias(mention.key, long)

    def _add(self, key: str, name: str, kind: str) -> str:
        identity = node_id("ent", key)
        if identity not in self.nodes:
            self.nodes[identity] = Node(
                id=identity, cube=self._cube, kind="Entity", text=name, key=key, info={"type": _TYPES.get(kind, kind)},
                created_at=self._at, updated_at=self._at,
            )  # fmt: skip
        return identity

    def _mentions(self, said: _Said, entity: str) -> None:
        edge = make_edge(
            self._cube, "MENTIONS", said.node, entity, created_at=self._at, weight=said.weight,
            evidence=said.mention.name,
        )  # fmt: skip
        self.edges.setdefault(edge.id, edge)


def _long(name: str) -> LongForm:
    return LongForm(key=canonical(name), name=" ".join(name.split()))


def _in_small_letters(name: str) -> bool:
    return " " in name and name.islower()


def _shown(mention: Mention) -> str:
    """The Entity's text: a date in one form for all, as no other wording is the right one."""
    return mention.value if mention.kind == "date" else mention.name
