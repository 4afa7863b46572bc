"""Read which foreign keys and indexes a definition makes, with the names that a server derives."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from schema_tools.history.migration import Statement
from schema_tools.lexer import significant
from schema_tools.linter.catalog import ForeignKey, Index, Part
from schema_tools.linter.ddl import (
    Name,
    Reader,
    Tokens,
    folded,
    key,
    line_of,
    outside_parentheses,
    separated,
)

# Those that find a row by the value of a column.
_METHODS = frozenset({"", "btree", "hash", "gist", "spgist"})


class StatementReader(Reader):
    """A statement that is being read, and the file that it is from."""

    def __init__(self, statement: Statement, path: str) -> None:
        super().__init__(significant(statement.text))
        self.statement = statement
        self.path = path


def column_parts(table: Name, tokens: Tokens, text: StatementReader) -> Iterator[Part]:
    """Yield the foreign keys and indexes that the definition of a column makes."""
    column = Reader(tokens).word()
    words = outside_parentheses(tokens)
    for at, token in enumerate(words):
        before = words[max(at - 2, 0) : at]
        name = folded(before[1]) if _is_constraint_name(before) else ""
        match key(token):
            case "REFERENCES":
                target = Reader(words[at + 1 :]).name()
                name = name or _derived(table, column, "fkey")
                line = line_of(text.statement, token)
                yield ForeignKey(table, name, (column,), target, text.path, line)
            case "PRIMARY":
                yield Index(table, name or _derived(table, "pkey"), (column,))
            case "UNIQUE":
                yield Index(table, name or _derived(table, column, "key"), (column,))


def _is_constraint_name(words: Tokens) -> bool:
    return len(words) == 2 and key(words[0]) == "CONSTRAINT"


def constraint_parts(table: Name, tokens: Tokens, text: StatementReader) -> Iterator[Part]:
    """Yield the foreign key or the index that a constraint of a table makes."""
    reader = Reader(tokens)
    name = reader.word() if reader.skip("CONSTRAINT") else ""
    rest = reader.rest
    if reader.skip("FOREIGN", "KEY"):
        columns = tuple(_key_columns(reader.parentheses()))
        reader.skip("REFERENCES")
        name = name or _derived(table, *columns, "fkey")
        line = line_of(text.statement, rest[0])
        yield ForeignKey(table, name, columns, reader.name(), text.path, line)
    elif reader.skip("PRIMARY", "KEY"):
        columns = _leading_columns(reader.parentheses())
        yield Index(table, name or _derived(table, "pkey"), columns)
    elif reader.skip("UNIQUE"):
        columns = _leading_columns(reader.parentheses())
        yield Index(table, name or _derived(table, *columns, "key"), columns)
    elif reader.skip("EXCLUDE"):
        yield from index_parts(table, name, "excl", reader)


def index_parts(table: Name, name: str, suffix: str, reader: Reader) -> Iterator[Index]:
    """Yield an index from its access method on, if it can serve a foreign key."""
    method = reader.word() if reader.skip("USING") else ""
    columns = _leading_columns(reader.parentheses())
    not_null = _not_null(reader.rest) if reader.skip_to("WHERE") else ()
    if not_null is not None and method in _METHODS:
        yield Index(table, name or _derived(table, *columns, suffix), columns, not_null)


def _not_null(predicate: Tokens) -> tuple[str, ...] | None:
    """Return the columns of ``a IS NOT NULL AND b IS NOT NULL``, None for anything else."""
    tokens = [token for token in predicate if token.text not in {"(", ")"}]
    groups = itertools.groupby(tokens, key=lambda token: key(token) == "AND")
    terms = [tuple(group) for is_and, group in groups if not is_and]
    if any(tuple(map(key, term[1:])) != ("IS", "NOT", "NULL") for term in terms):
        return None
    return tuple(folded(term[0]) for term in terms)


def _leading_columns(elements: Tokens) -> tuple[str, ...]:
    """Return the columns that an index begins with, before its first expression."""
    plain = itertools.takewhile(
        lambda element: "(" not in {token.text for token in element[:2]}, separated(elements)
    )
    return tuple(folded(element[0]) for element in plain)


def _key_columns(elements: Tokens) -> Iterator[str]:
    """Yield the columns of a foreign key; since PostgreSQL 18 the last may be a PERIOD."""
    for element in separated(elements):
        yield folded(element[-1])


def _derived(table: Name, *parts: str) -> str:
    """Return the name that the server gives where none is written."""
    return "_".join((table.name, *parts))
