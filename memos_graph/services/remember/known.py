"""Where documents were fed from, and which of a cube's documents came from a folder.

A Document that came from a file remembers the folder that was fed and the file's name in it (`info.folder`,
`info.file`). By that a file is told from another of the same name in another folder, a moved file is recognised, and
`prune` knows what is its business. Reads; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from memos_graph.model.filter import And, Filter, Where
from memos_graph.model.graph import Json, Node
from memos_graph.model.scope import everything
from memos_graph.services.context import Context

_PAGE = 500  #: documents read at a time: each brings its layout along


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A file as it was found: the folder that was fed (absolute; of a single file: the one it lies in), and its name
    in there, with forward slashes."""

    folder: str
    file: str

    @property
    def path(self) -> Path:
        """Where the file lies, or lay."""
        return Path(self.folder) / self.file

    def info(self) -> dict[str, Json]:
        """As the Document keeps it."""
        return {"folder": self.folder, "file": self.file}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A live Document or chat of the cube that came from a file."""

    root: str  #: id of its node
    name: str
    content_hash: str
    origin: Origin
    unread: tuple[str, ...] = ()  #: as in `Fed`


def origin_of(node: Node) -> Origin | None:
    """Where the document came from; None for one that was no file."""
    folder, file = node.info.get("folder"), node.info.get("file")
    return Origin(folder=folder, file=file) if isinstance(folder, str) and isinstance(file, str) else None


def is_gone(path: Path) -> bool:
    """Whether nothing is there any more. What can't be looked at (permissions, a broken disk) is not gone."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


@dataclass(slots=True)
class Known:
    """The live documents of one folder, as they were when feeding it began.

    `at`: by the file's name, then by the document's (an archive or a mail is several). `gone`: by content hash, those
    whose file is not where it was; each is given out once, and then `taken`.
    """

    at: Mapping[str, Mapping[str, Stored]] = field(default_factory=dict)
    gone: dict[str, list[Stored]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)  #: roots

    @property
    def here(self) -> Iterator[Stored]:
        """All documents of the folder."""
        return (stored for of_file in self.at.values() for stored in of_file.values())

    def same_bytes(self, file: str, digest: str) -> Stored | None:
        """The document that is all of `file`, when it was made from these very bytes."""
        found = self.at.get(file, {}).values()
        return next((stored for stored in found if stored.content_hash == digest), None)

    def named(self, file: str, name: str) -> Stored | None:
        """The document `name` that came from `file`."""
        return self.at.get(file, {}).get(name)

    def moved(self, content_hash: str, name: str) -> Stored | None:
        """A document of the same content whose file is gone, of several rather one whose file was called the same."""
        found = self.gone.get(content_hash)
        if not found:
            return None
        last = Path(name).name
        best = next((each for each in found if Path(each.name).name == last), found[0])
        found.remove(best)
        self.taken.add(best.root)
        return best


def known_in(context: Context, cube: str, folder: str) -> Known:
    """What the cube has of `folder`. When that is nothing, what it has of folders that are no longer there: this may be
    one of them under its new name. One query, O(documents of the cube)."""
    stored = tuple(documents_of(context, cube, folder))
    at: dict[str, dict[str, Stored]] = {}
    gone: dict[str, list[Stored]] = {}
    for each in stored:
        at.setdefault(each.origin.file, {})[each.name] = each
    for each in stored or _of_lost_folders(context, cube):
        if is_gone(each.origin.path):
            gone.setdefault(each.content_hash, []).append(each)
    return Known(at=at, gone=gone)


def documents_of(context: Context, cube: str, folder: str) -> Iterator[Stored]:
    """The live documents that were fed from `folder`."""
    return _stored(context, cube, And((Where("kind", "eq", "Document"), Where("info.folder", "eq", folder))))


def _of_lost_folders(context: Context, cube: str) -> Iterator[Stored]:
    lost: dict[str, bool] = {}
    for each in _stored(context, cube, Where("kind", "eq", "Document")):
        folder = each.origin.folder
        if folder not in lost:
            lost[folder] = is_gone(Path(folder))
        if lost[folder]:
            yield each


def _stored(context: Context, cube: str, filter: Filter) -> Iterator[Stored]:
    scope = replace(everything(cube), retired=False)
    offset = 0
    while page := context.store.match(scope, filter=filter, limit=_PAGE, offset=offset):
        for node in page:
            origin = origin_of(node)
            if origin is not None and node.valid_to is None:
                yield Stored(
                    root=node.id, name=node.key, content_hash=node.content_hash, origin=origin, unread=unread_in(node)
                )  # fmt: skip
        if len(page) < _PAGE:
            return
        offset += len(page)


def unread_in(node: Node) -> tuple[str, ...]:
    """What of the document was not read when it was fed last."""
    said = node.info.get("unread")
    return tuple(map(str, said)) if isinstance(said, Sequence) and not isinstance(said, str) else ()
