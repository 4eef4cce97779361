"""Sentences of nGQL, by the productions of NebulaGraph 3's src/parser/parser.yy that the backend's statements need.

Stricter than it: whatever names something of ours must stand between backquotes, so that no keyword, of any version,
gets in the way; FETCH, GO and LOOKUP must YIELD, as 3.x demands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.backends.nebula_stub.scanner import HIGHEST, SyntaxFault, Token, tokens


@dataclass(slots=True)
class Sentence:
    """One sentence: what it is, and its parts by name."""

    verb: str
    parts: dict[str, Any] = field(default_factory=dict)


class Reader:
    """Reads one statement from its tokens."""

    def __init__(self, text: str) -> None:
        self.rest = tokens(text)
        self.at = 0

    def statement(self) -> Sentence:
        sentence = self._sentence()
        self.sign(";", optional=True)
        if self.at != len(self.rest):
            raise SyntaxFault(f"syntax error near {self.rest[self.at].value!r}")
        return sentence

    # --- tokens

    def peek(self) -> Token:
        return self.rest[self.at] if self.at < len(self.rest) else Token("sign", "")

    def word(self, *wanted: str, optional: bool = False) -> bool:
        """The keywords `wanted`, in this order and any case."""
        start = self.at
        for one in wanted:
            token = self.peek()
            if token.kind != "word" or token.value.upper() != one:
                if optional:
                    self.at = start
                    return False
                raise SyntaxFault(f"syntax error near {token.value!r}: {one} expected")
            self.at += 1
        return True

    def sign(self, wanted: str, *, optional: bool = False) -> bool:
        token = self.peek()
        if token.kind == "sign" and token.value == wanted:
            self.at += 1
            return True
        if optional:
            return False
        raise SyntaxFault(f"syntax error near {token.value!r}: {wanted!r} expected")

    def take(self, kind: str) -> Any:
        token = self.peek()
        if token.kind != kind:
            raise SyntaxFault(f"syntax error near {token.value!r}: a {kind} expected")
        self.at += 1
        return token.value

    def several(self, one: Any) -> list[Any]:
        found = [one()]
        while self.sign(",", optional=True):
            found.append(one())
        return found

    def name(self) -> str:
        return str(self.take("name"))

    # --- pieces

    def literal(self) -> Any:
        negative = self.sign("-", optional=True)
        token = self.peek()
        self.at += 1
        if token.kind in ("integer", "double"):
            if token.kind == "integer" and token.value == HIGHEST and not negative:
                raise SyntaxFault("Out of range:")
            return -token.value if negative else token.value
        if negative:
            raise SyntaxFault("syntax error near '-'")
        if token.kind == "string":
            return token.value
        words = {"TRUE": True, "FALSE": False, "NULL": None}
        if token.kind == "word" and token.value.upper() in words:
            return words[token.value.upper()]
        raise SyntaxFault(f"syntax error near {token.value!r}: a value expected")

    def vids(self) -> list[str]:
        return self.several(lambda: self.take("string"))

    def edge_key(self) -> tuple[str, str, int]:
        source = self.take("string")
        self.sign("->")
        target = self.take("string")
        return source, target, self.take("integer") if self.sign("@", optional=True) else 0

    def row(self) -> list[Any]:
        self.sign(":")
        self.sign("(")
        if self.sign(")", optional=True):
            return []
        values = self.several(self.literal)
        self.sign(")")
        return values

    def column(self) -> tuple[str, str]:
        """One YIELD column: what it is (`properties(vertex)`, `id(vertex)`, a name ...) and its AS name."""
        if self.peek().kind == "name":
            told = self.name()
        else:
            function = str(self.take("word")).lower()
            self.sign("(")
            told = f"{function}({str(self.take('word')).lower()})"
            self.sign(")")
            if self.sign(".", optional=True):
                told += f".{self.name()}"
        self.word("AS")
        return told, self.name()

    def yields(self) -> list[tuple[str, str]]:
        self.word("YIELD")
        return self.several(self.column)

    def comparison(self) -> tuple[str, str, Any]:
        told = self.name()
        if self.sign(".", optional=True):
            told = self.name()
        sign = self.take("sign")
        if sign not in ("==", ">", ">=", "<", "<=", "!="):
            raise SyntaxFault(f"syntax error near {sign!r}")
        return told, sign, self.literal()

    def conditions(self) -> list[tuple[str, str, Any]]:
        found = [self.comparison()]
        while self.word("AND", optional=True):
            found.append(self.comparison())
        return found

    def assignment(self) -> tuple[str, Any]:
        told = self.name()
        self.sign("=")
        return told, self.literal()

    def property(self) -> tuple[str, str, int, bool]:
        told, kind, length = self.name(), str(self.take("word")).lower(), 0
        if kind not in ("string", "fixed_string", "int64", "double", "bool"):
            raise SyntaxFault(f"syntax error near {kind!r}")
        if kind == "fixed_string":
            self.sign("(")
            length = self.take("integer")
            self.sign(")")
        required = self.word("NOT", "NULL", optional=True)
        if not required:
            self.word("NULL", optional=True)
        return told, kind, length, required

    # --- sentences

    def _sentence(self) -> Sentence:
        for words, read in (
            (("USE",), lambda: {"space": self.name()}),
            (("CREATE", "SPACE", "IF", "NOT", "EXISTS"), self._space),
            (("DESCRIBE", "SPACE"), lambda: {"space": self.name()}),
            (("CREATE", "TAG", "INDEX", "IF", "NOT", "EXISTS"), self._index),
            (("CREATE", "TAG", "IF", "NOT", "EXISTS"), self._schema),
            (("CREATE", "EDGE", "IF", "NOT", "EXISTS"), self._schema),
            (("REBUILD", "TAG", "INDEX"), lambda: {"index": self.name()}),
            (("SHOW", "TAG", "INDEXES"), dict),
            (("SHOW", "TAGS"), dict),
            (("SHOW", "EDGES"), dict),
            (("SHOW", "JOB"), lambda: {"job": self.take("integer")}),
            (("INSERT", "VERTEX"), self._insert_vertex),
            (("INSERT", "EDGE"), self._insert_edge),
            (("FETCH", "PROP", "ON"), self._fetch),
            (("GO",), self._go),
            (("LOOKUP", "ON"), self._lookup),
            (("UPDATE", "VERTEX", "ON"), self._update),
            (("DELETE", "VERTEX"), self._delete_vertex),
            (("DELETE", "EDGE"), lambda: {"kind": self.name(), "keys": self.several(self.edge_key)}),
        ):
            if self.word(*words, optional=True):
                length = 3 if words[2:3] in (("INDEX",), ("INDEXES",)) else 2
                return Sentence(" ".join(words[:length]), read())
        raise SyntaxFault(f"syntax error near {self.peek().value!r}")

    def _space(self) -> dict[str, Any]:
        parts: dict[str, Any] = {"space": self.name()}
        self.sign("(")

        def option() -> None:
            told = str(self.take("word")).lower()
            self.sign("=")
            if told == "vid_type":
                self.word("FIXED_STRING")
                self.sign("(")
                parts["vid_length"] = self.take("integer")
                self.sign(")")
            else:
                parts[told] = self.take("integer")

        self.several(option)
        self.sign(")")
        return parts

    def _index(self) -> dict[str, Any]:
        index = self.name()
        self.word("ON")
        tag = self.name()
        self.sign("(")
        columns = self.several(self.name)
        self.sign(")")
        return {"index": index, "tag": tag, "columns": columns}

    def _schema(self) -> dict[str, Any]:
        told = self.name()
        self.sign("(")
        properties = self.several(self.property)
        self.sign(")")
        return {"name": told, "properties": properties}

    def _insert_vertex(self) -> dict[str, Any]:
        tag = self.name()
        self.sign("(")
        columns = self.several(self.name)
        self.sign(")")
        self.word("VALUES")
        return {"tag": tag, "columns": columns, "rows": self.several(lambda: (self.take("string"), self.row()))}

    def _insert_edge(self) -> dict[str, Any]:
        kind = self.name()
        self.sign("(")
        columns = self.several(self.name)
        self.sign(")")
        self.word("VALUES")
        return {"kind": kind, "columns": columns, "rows": self.several(lambda: (self.edge_key(), self.row()))}

    def _fetch(self) -> dict[str, Any]:
        schema, first = self.name(), self.at
        self.take("string")
        edges = self.peek() == Token("sign", "->")
        self.at = first
        keys = self.several(self.edge_key) if edges else self.vids()
        return {"schema": schema, "edges": edges, "keys": keys, "yield": self.yields()}

    def _go(self) -> dict[str, Any]:
        if self.peek().kind == "integer":
            self.take("integer")
            self.word("STEPS")
        self.word("FROM")
        vids = self.vids()
        self.word("OVER")
        kinds = self.several(self.name)
        into = self.word("REVERSELY", optional=True)
        return {"vids": vids, "kinds": kinds, "into": into, "yield": self.yields()}

    def _lookup(self) -> dict[str, Any]:
        tag = self.name()
        self.word("WHERE")
        parts: dict[str, Any] = {"tag": tag, "where": self.conditions(), "yield": self.yields(), "order": None}
        while self.sign("|", optional=True):
            if self.word("ORDER", "BY", optional=True):
                self.sign("$-")
                self.sign(".")
                parts["order"] = self.name()
                self.word("ASC", optional=True)
            else:
                self.word("LIMIT")
                parts["limit"] = self.take("integer")
        return parts

    def _update(self) -> dict[str, Any]:
        tag, vid = self.name(), self.take("string")
        self.word("SET")
        changes = self.several(self.assignment)
        self.word("WHEN")
        return {"tag": tag, "vid": vid, "set": changes, "when": self.conditions(), "yield": self.yields()}

    def _delete_vertex(self) -> dict[str, Any]:
        vids = self.vids()
        self.word("WITH", "EDGE")
        return {"vids": vids}


def read(text: str) -> Sentence:
    """The sentence that `text` is. `SyntaxFault`."""
    return Reader(text).statement()
