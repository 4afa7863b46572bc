"""Read table definitions from statements, as far as lint rules need them.

PostgreSQL's own grammar (``src/backend/parser/gram.y``) is the source. A statement is taken to be
valid: what a server would refuse is read somehow, never an error.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schema_tools.history.migration import Statement
from schema_tools.lexer import Kind, Token, line_at, significant

Tokens = tuple[Token, ...]

_DEPTH = {"(": 1, ")": -1}
_ARRAY_DEPTH = {"[": 1, "]": -1}
_TABLE_CONSTRAINTS = frozenset("CONSTRAINT PRIMARY UNIQUE FOREIGN CHECK EXCLUDE NOT".split())


@dataclass(frozen=True, slots=True)
class Name:
    """An object's name, folded as the server does it; the schema is "" where none is written."""

    schema: str
    name: str

    @property
    def full(self) -> tuple[str, str]:
        """Return schema and name; without a schema it is most likely in ``public``."""
        return (self.schema or "public", self.name)

    def matches(self, other: Name) -> bool:
        """Return whether both may mean one object: a schema that is not written may be any."""
        schemas = {self.schema, other.schema} - {""}
        return self.name == other.name and len(schemas) < 2


class Reader:
    """A place in the tokens of a statement, moved on by what is read."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self.rest: Tokens = tuple(tokens)

    def skip(self, *words: str) -> bool:
        """Move behind these words if they come next; say whether they did."""
        if self.starts(*words):
            self.rest = self.rest[len(words) :]
            return True
        return False

    def starts(self, *words: str) -> bool:
        """Return whether these words come next; a name in quotes is none."""
        return tuple(key(token) for token in self.rest[: len(words)]) == words

    def skip_to(self, *words: str) -> bool:
        """Move behind the next place outside parentheses where the words stand."""
        depth = 0
        for at, token in enumerate(self.rest):
            if not depth and tuple(map(key, self.rest[at : at + len(words)])) == words:
                self.rest = self.rest[at + len(words) :]
                return True
            depth += _DEPTH.get(token.text, 0)
        return False

    def word(self) -> str:
        """Read a name without a schema; "" at the end."""
        if not self.rest:
            return ""
        token, self.rest = self.rest[0], self.rest[1:]
        return folded(token)

    def name(self) -> Name:
        """Read a name with or without its schema; a database before that is dropped."""
        schema, name = "", self.word()
        while self.skip("."):
            schema, name = name, self.word()
        return Name(schema, name)

    def names(self) -> Iterator[Name]:
        """Read a list of names."""
        yield self.name()
        while self.skip(","):
            yield self.name()

    def parentheses(self) -> Tokens:
        """Read what stands between the next parentheses; nothing where there are none."""
        if not self.skip_to("("):
            return ()
        steps = (_DEPTH.get(token.text, 0) for token in self.rest)
        depths = itertools.accumulate(steps, initial=1)
        end = list(depths).index(0) - 1
        inside, self.rest = self.rest[:end], self.rest[end + 1 :]
        return inside


@dataclass(frozen=True, slots=True)
class Action:
    """One of the things that an ALTER TABLE does, and the line on which it begins."""

    table: Name
    tokens: Tokens
    line: int


def actions(statement: Statement) -> Iterator[Action]:
    """Yield what an ALTER TABLE does, one by one; nothing for any other statement."""
    if statement.verb != "ALTER TABLE":
        return
    reader = Reader(significant(statement.text))
    reader.skip("ALTER", "TABLE")
    reader.skip("IF", "EXISTS")
    reader.skip("ONLY")
    table = reader.name()
    reader.skip("*")
    for part in separated(reader.rest):
        yield Action(table, part, line_of(statement, part[0]))


def adds_column(action: Action) -> Tokens | None:
    """Return what follows ADD [COLUMN] where an action adds a column, else None."""
    reader = Reader(action.tokens)
    if not reader.skip("ADD"):
        return None
    if reader.skip("COLUMN") or not is_table_constraint(reader.rest):
        return reader.rest
    return None


def is_table_constraint(tokens: Tokens) -> bool:
    """Return whether an element of a table's definition is no column."""
    return bool(tokens) and key(tokens[0]) in _TABLE_CONSTRAINTS


def separated(tokens: Sequence[Token]) -> Iterator[Tokens]:
    """Yield the parts between the commas that stand outside parentheses, the empty ones not."""
    part: list[Token] = []
    depth = 0
    for token in tokens:
        depth += _DEPTH.get(token.text, 0) + _ARRAY_DEPTH.get(token.text, 0)
        if token.text == "," and not depth:
            if part:
                yield tuple(part)
            part = []
        else:
            part.append(token)
    if part:
        yield tuple(part)


def outside_parentheses(tokens: Tokens) -> Tokens:
    """Return the tokens that stand in no parentheses."""
    depths = itertools.accumulate(_DEPTH.get(token.text, 0) for token in tokens)
    return tuple(
        token
        for token, depth in zip(tokens, depths, strict=True)
        if not depth and token.text != ")"
    )


def key(token: Token) -> str:
    """Return a token's text in capitals, so that it can be compared; quoted names stay."""
    return token.text if token.kind is Kind.NAME else token.text.upper()


def folded(token: Token) -> str:
    """Return the name that a token means: lower case, or what stands between the quotes."""
    if token.kind is not Kind.NAME:
        return token.text.lower()
    return token.text[token.text.index('"') + 1 : -1].replace('""', '"')


def line_of(statement: Statement, token: Token) -> int:
    """Return the line of the file on which a token of the statement stands."""
    return statement.line + line_at(statement.text, token.start) - 1
