"""What callers hand in, as services take it: paths told from texts, filters, search options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from memos_graph.model.errors import Invalid, NotSupported
from memos_graph.model.filter import Filter, parse_filter
from memos_graph.services.recall import RecallRequest


def as_path(what: str | Path) -> Path | None:
    """The path that is meant; None for a text. `Invalid` for what looks like a path and names nothing."""
    if isinstance(what, Path):
        return what
    if what.startswith(("http://", "https://")) and not any(c.isspace() for c in what):
        raise NotSupported("add", f"{what}: addresses can't be fetched yet; save the page and add the file")
    if "\n" in what or len(what) > 1024 or "\x00" in what:
        return None
    path = Path(what)
    try:
        if path.exists():
            return path
    except OSError:  # too long a name for this file system
        return None
    looks = not any(c.isspace() for c in what) and (what.endswith(("/", "\\")) or "/" in what or bool(path.suffix[1:]))
    if looks and not what.endswith((".", "!", "?", "…")):
        raise Invalid("add", what, "no such file or folder; if it is a text, use add_text")
    return None


def as_filter(given: Filter | Mapping[str, Any] | None) -> Filter | None:
    """The Filter that a mapping says. `Invalid` names the part that says none."""
    return parse_filter(given) if isinstance(given, Mapping) else given


def request(query: str, cubes: tuple[str, ...], options: Mapping[str, Any]) -> RecallRequest:
    """What `recall` is asked for. `Invalid` for an option that there is not, or that its own check refuses."""
    checked = dict(options)
    if "filter" in checked:
        checked["filter"] = as_filter(checked["filter"])
    unknown = sorted(set(checked) - set(RecallRequest.__dataclass_fields__) - {"query", "cubes"})
    if unknown:
        raise Invalid("search option", unknown[0], f"known: {', '.join(sorted(RecallRequest.__dataclass_fields__))}")
    return RecallRequest(query=query, cubes=cubes, **checked)
