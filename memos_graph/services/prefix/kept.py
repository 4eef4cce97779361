"""What a cube keeps of its prefix, as nodes of the hidden kind `Prefix`: which memories in which order, sizes, sums.

It holds ids and digests, no words. The manifest, the key that salts are made of, the sums of stats and the number of
the last Change looked at are nodes of their own: a sum that moves leaves no copy of the manifest in the history, and
the key is written once, so that it never stands in a before-image. A manifest is in one of two nodes: erasing a memory
removes the one, with its whole history, and writes the other without that memory, in one Delta. Reads and makes
operations; writes nothing (`state`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, get_args

from memos_graph.model.delta import Change, EraseNode, Operation, PatchNode, PutNode
from memos_graph.model.graph import Json, Node
from memos_graph.model.prefix import PrefixPart, PrefixStats
from memos_graph.model.scope import everything
from memos_graph.model.times import from_micros, to_micros
from memos_graph.ports import GraphStore
from memos_graph.services.remember.ids import node_id

PREFIX = "Prefix"  #: kind of the nodes; hidden from searches, left out of exports
KEY_ID, STATS_ID, SEEN_ID = (node_id("pfx", name) for name in ("key", "stats", "seen"))
MANIFEST_IDS = (node_id("pfx", "manifest", "0"), node_id("pfx", "manifest", "1"))
IDS = frozenset({KEY_ID, STATS_ID, SEEN_ID, *MANIFEST_IDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One memory of a manifest, as it was sent last."""

    number: int  #: that it had; a gap before the next: what stood there was erased
    id: str
    digest: str  #: of the words that were sent (`engines.prefix.layout`)
    tokens: int
    part: PrefixPart
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The prefix of a cube as it was written last, without its words."""

    entries: tuple[Kept, ...] = ()
    template: str = ""
    digest: str = ""  #: of the whole text
    tokens: int = 0  #: of all that comes before the user's own words
    padding: str = ""  #: what fills the last block
    counted_by: str = ""
    block: int = 0
    sent: int = 0  #: how many memories were sent; `entries` may be fewer: those between were erased
    window: str = ""  #: what tells the working memory it was made with from another
    seq: int = 0  #: number of the cube's Change up to which new memories were looked at
    budget: int | None = None  #: tokens that `build` was given; None: the setting
    built_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixState:
    """All that a cube keeps of its prefix."""

    manifest: Manifest | None = None  #: None: none was built
    salt_key: str = field(default="", repr=False)  #: random, hex; "": none was made. Never shown or exported
    stats: PrefixStats = field(default_factory=PrefixStats)
    version: int = 0  #: of the manifest's node; 0: there is none
    nodes: Mapping[str, Node] = field(default_factory=dict, repr=False, compare=False)  #: as they are stored, by id

    @property
    def budget(self) -> int | None:
        """Tokens that `build` was given for this cube; None: the setting holds."""
        return self.manifest.budget if self.manifest is not None else None


def read_state(store: GraphStore, cube: str) -> PrefixState:
    """What `cube` keeps; an empty state when it keeps nothing. What can't be read counts as not there. One read."""
    nodes = {node.id: node for node in store.get(everything(cube), sorted(IDS))}
    live = {identity: node for identity, node in nodes.items() if node.retired_at is None}
    held = next((live[identity] for identity in MANIFEST_IDS if identity in live), None)
    key = live[KEY_ID].info.get("key") if KEY_ID in live else None
    return PrefixState(
        manifest=None if held is None else _manifest(held.info.get("manifest"), live.get(SEEN_ID)),
        salt_key=key if isinstance(key, str) else "",
        stats=_stats(live[STATS_ID].info.get("stats")) if STATS_ID in live else PrefixStats(),
        version=0 if held is None else held.version, nodes=nodes,
    )  # fmt: skip


def put_manifest(state: PrefixState, cube: str, manifest: Manifest, at: datetime) -> Operation:
    """What writes `manifest`: over the version that `state` was read of, `Conflict` when it is written else."""
    there = [i for i in MANIFEST_IDS if i in state.nodes and state.nodes[i].retired_at is None]
    return put_info(state, cube, (there or MANIFEST_IDS)[0], {"manifest": to_json(manifest)}, at)


def put_info(state: PrefixState, cube: str, identity: str, info: Mapping[str, Json], at: datetime) -> Operation:
    """What writes `info` on one of the nodes, made where it is not there."""
    known = state.nodes.get(identity)
    if known is not None and known.retired_at is None:
        return PatchNode(id=identity, expects=known.version, set={"info": dict(info)})
    node = Node(id=identity, cube=cube, kind=PREFIX, info=dict(info), created_at=at, updated_at=at)
    return PutNode(node=node, replaces=None if known is None else known.version)


def without(store: GraphStore, cube: str, gone: Collection[str], at: datetime) -> tuple[Operation, ...]:
    """What takes the memories `gone` out of the manifest and of its history; nothing where there is no manifest.

    What stood before the first of them keeps its place. One read.
    """
    state = read_state(store, cube)
    held = next((i for i in MANIFEST_IDS if i in state.nodes and state.nodes[i].retired_at is None), None)
    if held is None:
        return tuple(EraseNode(id=identity) for identity in MANIFEST_IDS if identity in state.nodes)
    manifest = state.manifest or Manifest()
    rest = replace(manifest, entries=tuple(entry for entry in manifest.entries if entry.id not in gone))
    other = MANIFEST_IDS[1 - MANIFEST_IDS.index(held)]
    if other in state.nodes:  # retired by hand: its history goes too, and the manifest is made anew
        return tuple(EraseNode(id=identity) for identity in MANIFEST_IDS)
    return (EraseNode(id=held), put_info(state, cube, other, {"manifest": to_json(rest)}, at))


def is_public(node: Node) -> bool:
    """Whether `node` may leave the store: in an export, a table, a picture. What a cube keeps of its prefix may not."""
    return node.kind != PREFIX


def shown(node: Node) -> Node:
    """`node` as it may be shown: of what a cube keeps of its prefix without info, where the key of its salts is."""
    return node if is_public(node) else replace(node, info={})


def public_change(change: Change) -> Change:
    """`change` as it may leave the store: without what it did to a prefix."""
    if IDS.isdisjoint((*change.ids("node"), *change.present_nodes)):
        return change
    return replace(
        change, images=tuple(image for image in change.images if image.id not in IDS),
        present_nodes=tuple(identity for identity in change.present_nodes if identity not in IDS),
    )  # fmt: skip


def to_json(manifest: Manifest) -> dict[str, Json]:
    """`manifest` as a node's info keeps it."""
    rows: list[Json] = [[e.number, e.id, e.digest, e.tokens, e.part, e.reason] for e in manifest.entries]
    at = manifest.built_at
    return {
        "entries": rows, "template": manifest.template, "digest": manifest.digest, "tokens": manifest.tokens,
        "padding": manifest.padding, "counted_by": manifest.counted_by, "block": manifest.block, "sent": manifest.sent,
        "window": manifest.window, "seq": manifest.seq, "budget": manifest.budget,
        "built_at": None if at is None else to_micros(at),
    }  # fmt: skip


def stats_json(stats: PrefixStats) -> dict[str, Json]:
    """`stats` as a node's info keeps them."""
    return {each.name: getattr(stats, each.name) for each in fields(PrefixStats)}


def _manifest(said: Any, seen: Node | None) -> Manifest | None:
    """The manifest that `to_json` gave, looked on since up to what `seen` says; None for anything else.

    Info may hold anything.
    """
    try:
        later = 0 if seen is None else _number(seen.info.get("seq"))
        entries = tuple(_entry(row) for row in said["entries"])
        budget, at = said["budget"], said["built_at"]
        return Manifest(
            entries=entries, template=_text(said["template"]), digest=_text(said["digest"]),
            tokens=_number(said["tokens"]), padding=_text(said["padding"]), counted_by=_text(said["counted_by"]),
            block=_number(said["block"]), sent=_number(said["sent"]), window=_text(said["window"]),
            seq=max(_number(said["seq"]), later), budget=None if budget is None else _number(budget),
            built_at=None if at is None else from_micros(_number(at)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _entry(row: Any) -> Kept:
    number, identity, digest, tokens, part, reason = row
    if part not in get_args(PrefixPart):
        raise ValueError(part)
    return Kept(
        number=_number(number), id=_text(identity), digest=_text(digest), tokens=_number(tokens), part=part,
        reason=_text(reason),
    )  # fmt: skip


def _stats(said: Any) -> PrefixStats:
    """The sums in `said`, 0 for each that is none."""
    if not isinstance(said, Mapping):
        return PrefixStats()
    usual = PrefixStats()
    whole = {
        each.name: said[each.name] for each in fields(PrefixStats)
        if type(said.get(each.name)) is type(getattr(usual, each.name))
    }  # fmt: skip
    return PrefixStats(**whole)


def _number(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
