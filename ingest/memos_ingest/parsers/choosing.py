"""Which parser reads which format, where the user may choose: ours, or a library that the user installs.

A choice is written "pdf=pymupdf, docx=unstructured", or as a mapping. What is not chosen is read by `REGISTRY`.
Declines to know what parsers do; no library is imported before the first file is read by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

from memos_ingest.errors import NoSuchParser
from memos_ingest.parsers import Parser

DEFAULT: Final = "default"  #: the parser that comes with us
_OPEN = "application/vnd.openxmlformats-officedocument."
_FORMATS: Mapping[str, str] = MappingProxyType({
    "pdf": "application/pdf", "docx": f"{_OPEN}wordprocessingml.document",
    "pptx": f"{_OPEN}presentationml.presentation", "xlsx": f"{_OPEN}spreadsheetml.sheet", "html": "text/html",
    "md": "text/markdown", "txt": "text/plain",
})  # fmt: skip
_WHERE = "parsers"  # how errors call the choice


@dataclass(frozen=True, slots=True, kw_only=True)
class _Other:
    """A parser that does not come with us."""

    module: str  #: beside this one
    library: str  #: as Python imports it; its extra has the same name
    formats: tuple[str, ...]
    note: str  #: what to know before it is installed


_OTHERS: Mapping[str, _Other] = MappingProxyType({
    "pymupdf": _Other(
        module="pdf_by_pymupdf", library="pymupdf", formats=("pdf",),
        note="its licence is AGPL-3.0, or a commercial one of Artifex",
    ),
    "unstructured": _Other(
        module="by_unstructured", library="unstructured", formats=tuple(_FORMATS),
        note="some 2 GB with what it needs for PDF",
    ),
})  # fmt: skip


def chosen(given: str | Mapping[str, str]) -> dict[str, str]:
    """The choice as {media type: parser}, formats read by `DEFAULT` left out.

    Formats are named by extension or media type; later ones win. NoSuchParser for a format or parser that is not known
    (it lists those that are), for a parser that does not read the format, and for one whose library is not installed.
    """
    pairs = _pairs(given) if isinstance(given, str) else list(given.items())
    found: dict[str, str] = {}
    for wished, name in pairs:
        extension = _extension(wished)
        readers = [DEFAULT, *(other for other, of in _OTHERS.items() if extension in of.formats)]
        if name not in readers:
            raise NoSuchParser(_WHERE, f"{wished}={name}: {extension} is read by {', '.join(readers)}; choose one")
        if name == DEFAULT:
            found.pop(_FORMATS[extension], None)
        else:
            _check_installed(name)
            found[_FORMATS[extension]] = name
    return found


def other_parser(name: str) -> Parser:
    """The parser of that name, which is none of ours. NoSuchParser for an unknown one, and where it is missing."""
    if name not in _OTHERS:
        raise NoSuchParser(_WHERE, f"{name!r} is no parser; choose {', '.join((DEFAULT, *_OTHERS))}")
    _check_installed(name)
    parser: Parser = import_module(f"memos_ingest.parsers.{_OTHERS[name].module}").parse
    return parser


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        wished, equals, name = (side.strip() for side in part.partition("="))
        if not (wished and equals and name):
            raise NoSuchParser(_WHERE, f"{part!r}: write FORMAT=PARSER, such as pdf=pymupdf")
        pairs.append((wished, name))
    return pairs


def _extension(wished: str) -> str:
    plain = wished.strip().lower().removeprefix(".")
    found = plain if plain in _FORMATS else next((one for one, kind in _FORMATS.items() if kind == plain), None)
    if found is None:
        raise NoSuchParser(_WHERE, f"there is no choice for {wished!r}; there is one for {', '.join(_FORMATS)}")
    return found


def _check_installed(name: str) -> None:
    other = _OTHERS[name]
    if find_spec(other.library) is None:
        how = f"python -m pip install 'memos-graph[{name}]' ({other.note})"
        raise NoSuchParser(_WHERE, f"{name} is not installed: {how}, or choose {DEFAULT}")
