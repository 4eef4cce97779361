"""Tokens of nGQL, by our reading of NebulaGraph's src/parser/scanner.lex: on bytes, longest match, then first rule.

Written from the published rules alone, not from what the backend writes, so that it can judge it. It has never been
held beside graphd's own scanner: where we misread the rules, it is wrong with the backend.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["word", "name", "string", "integer", "double", "sign"]
HIGHEST = 2**63  # MAX_ABS_INTEGER: itself only behind a minus


class SyntaxFault(Exception):
    """What graphd, as we read its rules, answers with E_SYNTAX_ERROR."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    value: Any


_RULES: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("word", re.compile(rb"[a-zA-Z][_a-zA-Z0-9]*")),
    ("name", re.compile(rb"`[a-zA-Z][_a-zA-Z0-9]*`")),
    ("hex", re.compile(rb"0[Xx][0-9a-fA-F]+")),
    ("octal", re.compile(rb"0[0-7]+")),
    ("integer", re.compile(rb"[0-9]+")),
    ("double", re.compile(rb"(?:[0-9]*\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+")),
    ("sign", re.compile(rb"<=|>=|==|!=|<>|<-|->|\$\$|\$\^|\$-|[.,:;@+\-*/%!<>|=()\[\]{}]")),
    ("blank", re.compile(rb"[ \r\t\n]+|#[^\n]*|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/")),
)  # fmt: skip
_PLAIN = b" ,()"
_RUN = {b'"': re.compile(rb'[^\\\n"]+'), b"'": re.compile(rb"[^\\\n']+")}
_ESCAPES: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("octal", re.compile(rb"\\[0-7]{1,3}")),
    ("stop", re.compile(rb"\\[0-9]+")),
    ("code", re.compile(rb"\\[uUxX][0-9a-fA-F]{4}")),
    ("short", re.compile(rb"\\[ntrbf]")),
    ("self", re.compile(rb"\\(?:[^\n]|\n)", re.DOTALL)),
)
_SHORT = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}


def tokens(text: str) -> list[Token]:
    """The tokens of a statement. `SyntaxFault`."""
    source, at, found = text.encode(), 0, []
    while at < len(source):
        if source[at : at + 1] in _RUN:
            value, at = _string(source, at)
            found.append(Token("string", value))
            continue
        if source[at] in _PLAIN:  # what begins no longer token
            if source[at] != 32:
                found.append(Token("sign", chr(source[at])))
            at += 1
            continue
        best, rule = max(
            ((match, rule) for rule, pattern in _RULES if (match := pattern.match(source, at))),
            key=lambda item: item[0].end(), default=(None, ""),
        )  # fmt: skip
        if best is None:
            raise SyntaxFault(f"syntax error near {source[at : at + 20]!r}")
        at = best.end()
        if rule != "blank":
            found.append(_token(rule, best[0]))
    return found


def _token(rule: str, text: bytes) -> Token:
    if rule in ("hex", "octal", "integer"):
        value = int(text, {"hex": 16, "octal": 8, "integer": 10}[rule])
        if value > HIGHEST:
            raise SyntaxFault("Out of range:")
        return Token("integer", value)
    if rule == "double":
        return Token("double", float(text))
    if rule == "name":
        return Token("name", text[1:-1].decode())
    return Token("word" if rule == "word" else "sign", text.decode())


def _string(source: bytes, at: int) -> tuple[str, int]:
    quote, at, held = source[at : at + 1], at + 1, bytearray()
    while True:
        here = source[at : at + 1]
        if not here:
            raise SyntaxFault("Unterminated string:")
        if here == quote:
            return held.decode(), at + 1
        if here == b"\n":
            raise SyntaxFault("syntax error: a raw newline in a string ends the statement")
        run = _RUN[quote].match(source, at)
        if run is not None:
            copied = run[0].split(b"\0", 1)[0]  # strncpy stops at a NUL, and fills up with NULs
            held += copied.ljust(len(run[0]), b"\0")
            at = run.end()
            continue
        match, rule = max(
            ((m, rule) for rule, pattern in _ESCAPES if (m := pattern.match(source, at))),
            key=lambda item: item[0].end(), default=(None, ""),
        )  # fmt: skip
        if match is None or rule == "stop":
            raise SyntaxFault("syntax error near a backslash")
        held += _escaped(rule, match[0])
        at = match.end()


def _escaped(rule: str, text: bytes) -> bytes:
    if rule == "octal":
        value = int(text[1:], 8)
        if value > 0xFF:
            raise SyntaxFault("syntax error near an octal escape")
        return bytes([value])
    if rule == "code":
        return chr(int(text[2:], 16)).encode("utf-8", "surrogatepass")
    return _SHORT[text[1:]] if rule == "short" else text[1:]
