"""Values as nGQL literals, exactly: NebulaGraph's DML takes no parameters, so this is what keeps data from being code.

Written against NebulaGraph's own scanner (src/parser/scanner.lex, 3.x). In a double-quoted string it ends the statement
at a raw newline, copies runs with `strncpy` (so a raw NUL cuts them), reads a backslash and up to three octal digits as
a byte unless a flag of the server says otherwise, and a backslash, `u` and four hex digits as a code point. Hence: no
raw control character, no octal escape, NUL as \\u0000. Names go between backquotes and are checked, never escaped.
Knows no statement.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from memos_graph.model.errors import Invalid

Value = str | int | float | bool | None
LOWEST, HIGHEST = -(2**63), 2**63 - 1
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_SPECIAL = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def literal(value: Value) -> str:
    """`value` as nGQL that evaluates to it and to nothing else.

    `Invalid`: a text with a lone surrogate, a whole number outside 64 bits, a number that is not finite. `TypeError`:
    another type.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, float):
        return double(value)
    raise TypeError(f"{type(value).__name__} is no nGQL literal")


def text(value: str) -> str:
    """`value` between double quotes. `Invalid` for a lone surrogate: it is no UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Invalid("text", value[error.start : error.start + 8], "remove the lone surrogate") from None
    return f'"{_SPECIAL.sub(_escape, value)}"'


def integer(value: int) -> str:
    """`value` in decimal. `Invalid` outside 64 bits."""
    if not LOWEST <= value <= HIGHEST:
        raise Invalid("number", value, "NebulaGraph holds whole numbers from -2^63 to 2^63-1")
    return str(int(value))


def double(value: float) -> str:
    """The shortest decimal that reads back as `value`, with a point or an exponent, so that it stays a double.

    `Invalid` for infinity and NaN: the grammar has no literal for them.
    """
    if not math.isfinite(value):
        raise Invalid("number", value, "use a finite number")
    return repr(float(value))


def name(value: str) -> str:
    """`value` between backquotes: no keyword, whatever it says. `Invalid` for what is no ASCII word."""
    if not _NAME.fullmatch(value):
        raise Invalid("name", value, "use a letter, then letters, digits and underscores, 128 at most")
    return f"`{value}`"


def names(values: Iterable[str]) -> str:
    """`values` as names, with commas."""
    return ", ".join(map(name, values))


def values(row: Iterable[Value]) -> str:
    """`row` as literals, with commas."""
    return ", ".join(map(literal, row))


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04x}"
