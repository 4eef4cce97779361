"""Query files: found by name, read once, filled only at their named slots.

A file opens with a header that is its signature (`// name: what`, then `in`, `out`, `try`). What Cypher can't take as
a parameter stands in a slot with a default, so that the file runs as it is when pasted into a console:

    WHERE n.uid > $low AND /*where*/ true /*where*/

Knows nothing of what may go into a slot: whoever fills one takes the text from an allow-list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from memos_graph.model.errors import NotFound

_HEADER = re.compile(r"//[ \t]*(?:(in|out|try)[ \t]+)?(.*)")
_SLOT = re.compile(r"/\*(?P<slot>[a-z_]+)\*/(?P<default>.*?)/\*(?P=slot)\*/", re.DOTALL)
_NAME = re.compile(r"[a-z][a-z0-9_]*(/[a-z0-9][a-z0-9_]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query file: its header by part, its text, and the names of its slots."""

    name: str  #: path under cypher/, without the ending
    about: str
    takes: str  #: the `in` lines
    gives: str  #: the `out` lines
    example: str  #: the `try` lines
    text: str  #: without the header
    slots: frozenset[str]

    def fill(self, **slots: str) -> str:
        """The text with each named slot replaced; slots left out keep their default. `KeyError`: no such slot."""
        for name in slots:
            if name not in self.slots:
                raise KeyError(
                    f"query {self.name} has no slot {name}; it has {', '.join(sorted(self.slots)) or 'none'}"
                )
        return _SLOT.sub(lambda found: slots.get(found["slot"], found["default"].strip()), self.text)


@cache
def load(name: str, ending: str = "cypher", *, dialect: str = "") -> Query:
    """The query file `name`, such as `nodes/get`; that of the folder `dialect` if it has one. `NotFound` when none."""
    own = folder() / dialect / f"{name}.{ending}"
    path = own if dialect and own.is_file() else folder() / f"{name}.{ending}"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound("query", name, "see the cypher/ folder")
    return parse(name, path.read_text(encoding="utf-8"))


def names(under: str = "") -> tuple[str, ...]:
    """Names of all Cypher query files, or of those in the folder `under`, sorted."""
    root = folder()
    found = (path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.cypher"))
    return tuple(sorted(name for name in found if name.startswith(under)))


@cache
def folder() -> Path:
    """Where the query files are: in the installed package, else in the checkout."""
    here = Path(__file__).resolve().parent
    for place in (here / "cypher", here.parent / "cypher"):
        if place.is_dir():
            return place
    raise NotFound("folder", "cypher", "the installation lacks its query files: install memos-graph again")


def parse(name: str, source: str) -> Query:
    """The Query that a file's text says. `ValueError` when its header lacks a part or a slot is not closed."""
    lines = source.splitlines()
    header: dict[str, list[str]] = {"about": [], "in": [], "out": [], "try": []}
    part, body = "about", 0
    while body < len(lines) and (found := _HEADER.fullmatch(lines[body].strip())):
        part, body = found[1] or part, body + 1
        header[part].append(found[2].strip())
    about = " ".join(header["about"])
    title, _, what = about.partition(":")
    text = "\n".join(lines[body:]).strip()
    if title != name.rsplit("/", 1)[-1] or not what.strip() or not header["out"] or not text:
        raise ValueError(
            f"query file {name}: open it with '// {name.rsplit('/', 1)[-1]}: what it does', then in, out, try"
        )
    slots = frozenset(found["slot"] for found in _SLOT.finditer(text))
    if re.search(r"/\*[a-z_]+\*/", _SLOT.sub("", text)):
        raise ValueError(f"query file {name}: close each slot with the marker that opens it")
    return Query(
        name=name, about=what.strip(), takes="\n".join(header["in"]), gives="\n".join(header["out"]),
        example="\n".join(header["try"]), text=text, slots=slots,
    )  # fmt: skip
