"""Put one word in another's place in many memories at once: looked at first, bounded, one Delta, one undo.

What was said before stays readable as a version. A piece of a file keeps its new words when the file is fed again, as
long as the file says there what it said then (`engines.edited`); where the file says something new, the file counts.
Names of documents (their key is their address), sources, tags and ids are not touched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from memos_graph.engines.edited import with_mark
from memos_graph.engines.keywords import Keyword
from memos_graph.engines.naming import canonical
from memos_graph.engines.reclaiming import reclaimed
from memos_graph.engines.versions import correct, succeed
from memos_graph.model.delta import Delta, Operation, PutEdge, PutNode, Receipt
from memos_graph.model.errors import Conflict, Invalid, NotFound, Refused
from memos_graph.model.filter import Filter, Or, Where, all_of
from memos_graph.model.graph import Node, make_edge
from memos_graph.model.scope import Scope, everything
from memos_graph.model.times import to_micros
from memos_graph.ports import Order
from memos_graph.services.context import Context
from memos_graph.services.embed import find_cube, with_vectors
from memos_graph.services.mentioning import mentions_again
from memos_graph.services.remember.ids import node_id
from memos_graph.services.remember.members import members_of
from memos_graph.services.remember.names import ALIAS_OF
from memos_graph.services.writing import apply_delta

_TRIES = 4
_PAGE = 1000
_IDS = 500  #: of one condition
#: Whose key is a name that feeding finds them by, a speaker, or made of several places.
_OWN_KEY = frozenset({"Document", "Session", "Message", "Image", "Entity"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One field of one memory, before and after. An addition has nothing before."""

    id: str
    kind: str
    field: str  #: text or key
    before: str
    after: str
    times: int = 1  #: how often the words stood there


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """What a replacement changes, or would: `receipt` None until it was done."""

    old: str
    new: str
    memories: int  #: how many hold `old`
    times: int  #: how often it stands in them
    limit: int  #: of memories; more are refused
    places: tuple[Place, ...]  #: of the first `limit` memories, by id
    receipt: Receipt | None = None


def replace_keyword(context: Context, cube: str, keyword: Keyword, *, within: Filter | str | None = None,
                    preview: bool = True, limit: int = 100, since: datetime | None = None, entities: bool = False,
                    ids: Collection[str] | None = None, reason: str = "", force: bool = False) -> Replaced:  # fmt: skip
    """Where `keyword` stands in what is now held, and unless `preview` the one Delta that replaces it everywhere.

    within: a filter, or a document's id or name; ids: these memories alone. since: it was right until then; without it
    never was. entities: the old name becomes another name of the new one, so that search by it finds what it named.
    Nothing is written, and the Receipt says so, when nothing holds it. `Refused` names the count when more than `limit`
    memories do; `Frozen` those that are frozen, unless `force` with a reason. O(memories that may hold it).
    """
    if not isinstance(limit, int) or limit < 1:
        raise Invalid("limit", limit, "give a number of memories, 1 at least")
    if force and not reason.strip():
        raise Invalid("reason", reason, "say why frozen memories are to change, or leave force out")
    find_cube(context.store, cube)
    chosen = _chosen(context, cube, within, ids)
    for attempt in range(_TRIES):
        at = context.clock()
        found = _looked(context, cube, keyword, chosen, limit, at)
        if preview:
            return found
        if found.memories > limit:
            raise Refused(
                f"{keyword.old!r} stands in {found.memories} memories, more than limit {limit}: narrow the scope,"
                " or raise the limit; nothing was written"
            )
        why = reason or f"replace {keyword.old!r} by {keyword.new!r}"
        try:
            return replace(found, receipt=_write(context, cube, keyword, found, at, since, entities, why, force))
        except Conflict:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("the loop returns or raises")


def reworded(head: Node, at: datetime, since: datetime | None, changes: Mapping[str, Any]) -> list[Operation]:
    """`head` with other text or key: a correction, or with `since` a change; claims and marks of its info follow."""
    text = changes.get("text", head.text)
    info = with_mark(head, reclaimed(head, text, head.info))
    wanted = {**changes, "info": info}
    return list(correct(head, at, **wanted) if since is None else succeed(head, at, since, **wanted))


def _chosen(
    context: Context, cube: str, within: Filter | str | None, ids: Collection[str] | None
) -> list[Filter | None]:
    """The conditions whose memories are looked at, one after the other; no memory meets two."""
    if isinstance(within, str):
        ids = _pieces(context, cube, within)
        within = None
    if ids is None:
        return [within]
    listed = list(dict.fromkeys(ids))
    parts = [tuple(listed[at : at + _IDS]) for at in range(0, len(listed), _IDS)]
    return [all_of(within, Where("id", "in", part)) for part in parts]


def _pieces(context: Context, cube: str, document: str) -> list[str]:
    """Ids of a document or chat, by its id or name, and of all its pieces. `NotFound` for another."""
    live = replace(everything(cube), retired=False)
    roots = [node.id for node in context.store.get(live, [document])]
    if not roots:
        named = all_of(Where("kind", "in", ("Document", "Session")), Where("key", "eq", document))
        roots = [node.id for node in context.store.match(live, filter=named)]
    if not roots:
        raise NotFound("document", document, f"in cube {cube!r}; give its id or the name it was fed by")
    return [*roots, *members_of(context.store, cube, roots)]


def _looked(
    context: Context, cube: str, keyword: Keyword, chosen: Sequence[Filter | None], limit: int, at: datetime
) -> Replaced:
    memories = times = 0
    places: list[Place] = []
    for node in _holding(context, cube, keyword, chosen, at):
        changed = places_in(node, keyword)
        memories += bool(changed)
        times += sum(place.times for place in changed)
        if memories <= limit:
            places.extend(changed)
    return Replaced(
        old=keyword.old, new=keyword.new, memories=memories, times=times, limit=limit, places=tuple(places)
    )  # fmt: skip


def _holding(
    context: Context, cube: str, keyword: Keyword, chosen: Sequence[Filter | None], at: datetime
) -> Iterator[Node]:
    """The live memories that may hold it, by id."""
    pattern = keyword.like()
    may = Or((Where("text", "like", pattern), Where("key", "like", pattern)))
    scope = Scope(cubes=(cube,), current_at=at)
    for condition in chosen:
        offset = 0
        while page := context.store.match(
            scope, filter=all_of(condition, may), order=Order(field="id"), limit=_PAGE, offset=offset
        ):
            yield from (node for node in page if node.kind != "Entity" or not node.key)
            offset += len(page)
            if len(page) < _PAGE:
                break


def places_in(node: Node, keyword: Keyword) -> list[Place]:
    """Where the keyword stands in `node`."""
    fields = ("text",) if node.kind in _OWN_KEY else ("text", "key")
    found: list[Place] = []
    for name in fields:
        before = str(getattr(node, name))
        after, times = keyword.replaced(before)
        if times and after != before:
            found.append(Place(id=node.id, kind=node.kind, field=name, before=before, after=after, times=times))
    return found


def _write(context: Context, cube: str, keyword: Keyword, found: Replaced, at: datetime, since: datetime | None,
           entities: bool, reason: str, force: bool) -> Receipt:  # fmt: skip
    changes: dict[str, dict[str, Any]] = {}
    for place in found.places:
        changes.setdefault(place.id, {})[place.field] = place.after
    old_name = node_id("ent", canonical(keyword.old))
    is_name = context.store.get(replace(everything(cube), retired=False), [old_name])
    return write_words(
        context, cube, changes, at=at, since=since, reason=reason, force=force,
        more=_renamed_entity(context, cube, keyword, at) if entities else (),
        known_too=[canonical(keyword.new)] if is_name else [],
        seen={place.id: place for place in found.places if place.field == "text"},
    )  # fmt: skip


def write_words(
    context: Context, cube: str, changes: Mapping[str, Mapping[str, Any]], *, at: datetime, since: datetime | None,
    reason: str, force: bool = False, more: Sequence[Operation] = (), seen: Mapping[str, Place] | None = None,
    known_too: Sequence[str] = (),
) -> Receipt:  # fmt: skip
    """One Delta that gives memories, by id, other words, with the mentions of these, and `more`.

    known_too: as for `mentions_again`. seen: what was looked at; `Conflict` when a text is another one by now.
    """
    live = replace(everything(cube), retired=False)
    heads = context.store.get(live, list(changes), vectors=True) if changes else ()
    stale = [head for head in heads if seen and head.id in seen and seen[head.id].before != head.text]
    if stale or len(heads) < len(changes):
        gone = sorted(changes.keys() - {head.id for head in heads})
        versions = {head.id: head.version for head in stale}
        raise Conflict(cube, {**{i: v - 1 for i, v in versions.items()}, **dict.fromkeys(gone, 1)}, versions)
    operations: list[Operation] = [op for head in heads for op in reworded(head, at, since, changes[head.id])]
    wanted = [replace(head, **changes[head.id]) for head in heads]
    if wanted:
        operations += mentions_again(context, cube, wanted, at, known_too=known_too)
    written = {op.node.id for op in operations if isinstance(op, PutNode)}
    operations += [op for op in more if not (isinstance(op, PutNode) and op.node.id in written)]
    if not operations:
        return Receipt(delta="", cube=cube, seq=0, at=at)
    delta = Delta(
        id=context.new_id(), cube=cube, actor=context.actor, reason=reason[:200], at=at,
        operations=with_vectors(context, cube, operations),
    )  # fmt: skip
    return apply_delta(context, delta, force=force)[0]


def _renamed_entity(context: Context, cube: str, keyword: Keyword, at: datetime) -> list[Operation]:
    """The old name's Entity, where there is one, as another name of the new one's, which is made if need be."""
    live = replace(everything(cube), retired=False)
    old_id, new_id = (node_id("ent", canonical(name)) for name in (keyword.old, keyword.new))
    there = {node.id: node for node in context.store.get(everything(cube), [old_id, new_id])}
    old, new = there.get(old_id), there.get(new_id)
    if old is None or old.retired_at is not None or old_id == new_id:
        return []
    out = context.store.edges(live, touching=[old_id], kinds=[ALIAS_OF], direction="out")
    if any(edge.to_id == new_id for edge in out):
        return []
    key = canonical(keyword.new)
    edge = make_edge(
        cube, ALIAS_OF, old_id, new_id, created_at=at, discriminator=f"said-{to_micros(at)}",
        created_by=context.actor or "user", info={"key": key, "name": keyword.new},
    )  # fmt: skip
    made = Node(
        id=new_id, cube=cube, kind="Entity", text=keyword.new, key=key, info=old.info, created_at=at, updated_at=at
    )  # fmt: skip
    return [*((PutNode(node=made),) if new is None else ()), PutEdge(edge=edge)]
