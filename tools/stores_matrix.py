"""Put the conformance matrix into docs/stores.md, made from files that `memos_graph.testing.conformance` wrote.

python tools/stores_matrix.py [--check] kept.json [more.json ...]

With --check it writes nothing, and fails when the page says something else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "stores.md"
STORES = ("arcade", "inmemory", "nebula", "neo4j")  # others of a run, made of these, are no columns
BEGIN, END = "<!-- matrix: made by tools/stores_matrix.py -->", "<!-- end of matrix -->"


def main(arguments: list[str]) -> int | str:
    """Rewrites what stands between the two marks of the page."""
    check, files = "--check" in arguments, [file for file in arguments if file != "--check"]
    kept: dict[str, dict[str, dict[str, Any]]] = {}
    for file in files:
        for store, themes in json.loads(Path(file).read_text(encoding="utf-8")).items():
            if store in STORES:
                kept.setdefault(store, {}).update(themes)
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        return f"{PAGE} lacks the marks {BEGIN} and {END}"
    made = f"{before}{BEGIN}\n{_matrix(kept)}\n{END}{after}"
    if check and made != page:
        return f"{PAGE.name} says something else than this run, which made:\n{_matrix(kept)}"
    PAGE.write_text(made, encoding="utf-8")
    return 1 if any(theme["failed"] for themes in kept.values() for theme in themes.values()) else 0


def _matrix(kept: dict[str, dict[str, dict[str, Any]]]) -> str:
    stores = sorted(kept)
    themes = sorted({theme for by_theme in kept.values() for theme in by_theme})
    lines = ["| theme | " + " | ".join(stores) + " |", "| --- |" + " --- |" * len(stores)]
    lines += [f"| {theme} | " + " | ".join(_cell(kept[s].get(theme)) for s in stores) + " |" for theme in themes]
    reasons = sorted({reason for by_theme in kept.values() for theme in by_theme.values() for reason in theme["gaps"]})
    return "\n".join(lines) + "\n\nDeclared gaps:\n\n" + ("\n".join(f"- {reason}" for reason in reasons) or "none")


def _cell(theme: dict[str, Any] | None) -> str:
    if theme is None:
        return "not run"
    if theme["failed"]:
        return "**failed**"
    gaps = sum(len(tests) for tests in theme["gaps"].values())
    return "kept" if not gaps else f"kept, but {gaps} declared gap{'s' if gaps > 1 else ''}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
