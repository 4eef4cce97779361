"""What a store must offer to be tested, and the fixtures the tests are written with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from memos_graph.model.errors import NotFound
from memos_graph.ports import GraphStore
from memos_graph.testing.bench import Bench, make_cube

Test = TypeVar("Test", bound=Callable[..., None])
_numbers = itertools.count(1)


def needs(gap: str) -> Callable[[Test], Test]:
    """Mark a test that a store which declares `gap` in its Capabilities has to fail."""

    def mark(test: Test) -> Test:
        test.gap = gap  # type: ignore[attr-defined]
        return test

    return mark


class StoreTests:
    """Tests of one theme inherit this; a store's own test class inherits `StoreContract` and says `make_store`."""

    def make_store(self, path: Path) -> GraphStore:
        """The store at `path`, which may not exist yet or hold what an earlier store left there."""
        raise NotImplementedError

    def reopen(self, store: GraphStore, path: Path) -> GraphStore:
        """The store at `path` once more, after `store` was closed as at the end of a process."""
        store.close()
        return self.make_store(path)

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GraphStore]:
        """One store for all tests of the class: cubes keep them apart, and that is tested too."""
        store = cls().make_store(tmp_path_factory.mktemp("store") / "store")
        yield store
        store.close()

    @pytest.fixture
    def bench(self, store: GraphStore) -> Iterator[Bench]:
        """A new, empty cube in the shared store."""
        cube = f"cube-{next(_numbers)}"
        store.create_cube(make_cube(cube))
        yield Bench(store, cube)
        with suppress(NotFound):
            store.drop_cube(cube)

    @pytest.fixture
    def second(self, store: GraphStore) -> Iterator[Bench]:
        """Another new, empty cube in the same store."""
        cube = f"cube-{next(_numbers)}"
        store.create_cube(make_cube(cube))
        yield Bench(store, cube)
        with suppress(NotFound):
            store.drop_cube(cube)

    @pytest.fixture(autouse=True)
    def _declared_gap(self, request: pytest.FixtureRequest, store: GraphStore) -> None:
        theme = request.function.__qualname__.partition(".")[0].removesuffix("Tests")
        request.node.user_properties += [("store", store.can.name), ("theme", theme)]
        gap = getattr(request.function, "gap", None)
        if gap is not None and gap in store.can.gaps:
            request.applymarker(pytest.mark.xfail(strict=True, reason=f"{store.can.name}: {store.can.gaps[gap]}"))
