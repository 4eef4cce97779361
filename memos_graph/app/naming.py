"""The name finder that a setting names. Composes; reads no environment."""

from __future__ import annotations

from memos_graph.model.errors import Invalid
from memos_graph.ports_names import NameFinder
from memos_graph.providers.names.spacy_pipeline import SpacyNames


def make_name_finder(name: str) -> NameFinder | None:
    """What `name` says: "" or none for the rules alone, spacy:NAME for a pipeline, or spacy:FOLDER. `Invalid` else."""
    scheme, _, rest = name.partition(":")
    if name in ("", "none"):
        return None
    if scheme == "spacy" and rest:
        return SpacyNames(rest)
    raise Invalid("name_finder", name, "use none, spacy:NAME or spacy:FOLDER")
