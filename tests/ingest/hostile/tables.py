"""Tables too wide, too long, or not tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

ATTACKS: Mapping[tuple[str, str], Callable[[], bytes]] = {
    ("wide.csv", "1,000,000 columns"): lambda: b"a,b,c,d,e\n" + b",".join(b"%d" % at for at in range(1_000_000)),
    ("long.csv", "2,000,000 rows"): lambda: b"a,b\n" + b"1,2\n" * 2_000_000,
    ("quote.csv", "a quote that never closes"): lambda: b'a,b\n1,"' + b"x\n" * 1_000_000,
    ("quotes.csv", "1 MB of quotes"): lambda: b"a,b\n" + b'"' * 1_000_001,
    ("nul.csv", "zero bytes between letters"): lambda: b"a,b\n" + b"1\x00,2\n" * 1_000,
    ("field.tsv", "one field of 9 MB"): lambda: b"a\tb\n" + b"x" * 9_000_000 + b"\t1\n",
    ("formula.csv", "formulas that start programs"): lambda: b"name,value\n=cmd|'/c calc'!A0,@SUM(1)\n" * 20,
}  # fmt: skip
MUST_FAIL: frozenset[str] = frozenset(("1,000,000 columns",))
