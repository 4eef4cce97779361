"""markitdown: `MarkItDown().convert_local`, no plugin, no language model."""

# mypy: disable-error-code="import-not-found,import-untyped,no-any-unimported"

from __future__ import annotations

from pathlib import Path

from markitdown import MarkItDown

from benchmarks.ingest_kit import drive

_READER = MarkItDown(enable_plugins=False)


def convert(path: Path) -> str:
    """The Markdown that it makes of the file."""
    return str(_READER.convert_local(str(path)).markdown)


if __name__ == "__main__":
    drive(convert)
