"""A ZIP of files: a list of what is in it, and each file that may be read as a part.

Nothing is extracted; a member whose name is a trick is passed over by its name alone. Declines to know what the
members are.
"""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZipInfo

from memos_ingest.elements import Element
from memos_ingest.errors import IngestError, TooLarge, UnsupportedFormat
from memos_ingest.parsers.base import Parsed, Part, Source, Unread
from memos_ingest.parsers.package import Package, name_problem

# what systems put beside the files: nobody wrote them
_LITTER = frozenset(("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"))
_LINK = 0o120000
_KIND = 0o170000


def parse(source: Source) -> Parsed:
    """The archive's list of members, and the members one by one as parts."""
    package = Package(source)
    members = [member for member in package.members if not _LITTER & set(member.filename.split("/"))]
    if members and all(member.flag_bits & 1 for member in members):
        raise UnsupportedFormat(source.name, "is encrypted; unpack it, or save it without a password")
    listed = tuple(Element(kind="list_item", text=_shown(member.filename)) for member in members)
    return Parsed(
        elements=listed, parts=_parts(package, members), why_empty="the archive holds no files",
        metadata={"members": str(len(members))},
    )  # fmt: skip


def _parts(package: Package, members: list[ZipInfo]) -> Iterator[Part | Unread]:
    seen: set[str] = set()
    for member in members:
        name = _shown(member.filename)
        problem = name_problem(member.filename)
        if problem is None and (member.external_attr >> 16) & _KIND == _LINK:
            problem = "is a symbolic link, which is not followed"
        if problem is None and name in seen:
            problem = "is there twice under one name"
        seen.add(name)
        if problem is not None:
            yield Unread(name=name, reason=problem)
            continue
        try:
            data = package.read(member)
        except TooLarge as error:
            if error.limit in ("zip_bytes", "zip_entries"):
                raise  # no later member can be read either
            yield Unread(name=name, reason=error.reason)
        except IngestError as error:
            yield Unread(name=name, reason=error.reason)
        else:
            yield Part(name=name, data=data)


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in name.replace("\\", "/"))[:1_000]
