"""Whose memories a call is about: MemOS's `user_name` as a cube, made by its first write. Knows no nodes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from memos_graph.model.errors import EmbedderMismatch, Invalid, NotFound
from memos_graph.model.graph import Cube, VectorSpace, check_cube_id
from memos_graph.model.scope import ANY_STATE, Scope
from memos_graph.services.context import Context
from memos_graph.services.embed import space_name

ONLY = "default"  #: the cube of a store that one tenant has to itself


def cube_id(user_name: str) -> str:
    """The cube of `user_name`: the name itself where it can be one, else a name that follows from it."""
    try:
        return check_cube_id(user_name)
    except Invalid:
        digest = hashlib.sha256(user_name.encode("utf-8", "surrogatepass")).hexdigest()
        return f"user-{digest[:32]}"


class Tenants:
    """Cubes by user name. With `multi` there is one for all: the store itself is the tenant's."""

    def __init__(self, context: Context, *, user_name: str | None, multi: bool, model: str, dimension: int) -> None:
        if not multi and not user_name:
            raise Invalid("user_name", user_name, "a shared store needs one: whose memories are these?")
        self._context, self._default, self._multi = context, user_name, multi
        self.model, self.dimension = model, dimension

    def cube(self, user_name: str | None = None) -> str:
        """The id of the cube that `user_name` (None: the default one) means, whether or not it is there."""
        return ONLY if self._multi else cube_id(user_name or self._default or "")

    def record(self, user_name: str | None = None) -> Cube | None:
        """The cube's record; None before its first write."""
        wanted = self.cube(user_name)
        return next((one for one in self._context.store.cubes() if one.id == wanted), None)

    def made(self, user_name: str | None = None) -> tuple[Cube, str]:
        """(the cube, the name of its vector space), made if they are not there.

        `EmbedderMismatch` when its vectors are of another model, `Invalid` of another dimension.
        """
        store = self._context.store
        record = self.record(user_name)
        space = VectorSpace(name=space_name(self.model), model=self.model, dimension=self.dimension)
        if record is None:
            settings = {} if self._multi else {"user_name": user_name or self._default}
            made = Cube(
                id=self.cube(user_name), spaces=(space,), text_space=space.name, settings=settings,
                created_at=self._context.clock(),
            )  # fmt: skip
            return store.create_cube(made), space.name
        known = record.space(record.text_space)
        if known is None:
            record = store.replace_cube(replace(record, spaces=(*record.spaces, space), text_space=space.name))
            return record, space.name
        if known.model != self.model:
            raise EmbedderMismatch(record.id, known.model, self.model)
        if known.dimension != self.dimension:
            raise Invalid("dimension", self.dimension, f"cube {record.id!r} has vectors of {known.dimension} numbers")
        return record, known.name

    def scope(self, user_name: str | None, others: Sequence[str] = ()) -> Scope | None:
        """What is now held of a tenant, in any state, and of the tenants `others`; None when there is no such cube.

        `NotFound` for one of `others` that is not there.
        """
        known = {one.id for one in self._context.store.cubes()}
        wanted = self.cube(user_name)
        extra = [cube_id(other) for other in others]
        for name, cube in zip(others, extra, strict=True):
            if cube not in known:
                raise NotFound("knowledge base", name, f"cubes here: {', '.join(sorted(known)) or 'none yet'}")
        cubes = tuple(dict.fromkeys(cube for cube in (wanted, *extra) if cube in known))
        if not cubes:
            return None
        return Scope(cubes=cubes, states=ANY_STATE, current_at=self._context.clock())
