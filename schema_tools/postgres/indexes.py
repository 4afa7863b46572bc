"""The invalid index that a failed concurrent build leaves behind."""

from __future__ import annotations

import itertools
from typing import Any

from psycopg import Connection, sql

from schema_tools.history.migration import Statement
from schema_tools.lexer import Kind, Token, significant

_DUPLICATE_TABLE = "42P07"

_SKIPPED = frozenset({"CONCURRENTLY", "IF", "NOT", "EXISTS", "ONLY"})

_INVALID = """
SELECT n.nspname, c.relname
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(%s)
  AND c.relname OPERATOR(pg_catalog.=) %s::pg_catalog.name
  AND NOT i.indisvalid
"""


def drop_failed_build(
    connection: Connection[tuple[Any, ...]], statement: Statement, sqlstate: str
) -> None:
    """Drop the index that a failed CREATE INDEX CONCURRENTLY names, if it is there and invalid.

    An index that was there before the statement failed (duplicate_table) is not touched. The
    table is found by the session's search_path, as the statement itself finds it.
    """
    if statement.verb != "CREATE INDEX CONCURRENTLY" or sqlstate == _DUPLICATE_TABLE:
        return
    index, table = _index_and_table(statement.text)
    if not index:
        return
    row = connection.execute(_INVALID, (table, index)).fetchone()
    if row:
        name = sql.Identifier(*row)
        connection.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(name))


def _index_and_table(statement: str) -> tuple[str, str]:
    """Return the index's name, folded as the server does, and the table as written.

    Both are "" where the statement leaves the name to the server.
    """
    tokens = [token for token in significant(statement) if token.text.upper() not in _SKIPPED]
    words = [token.text.upper() for token in tokens]
    at = words.index("INDEX") + 1
    if words[at] == "ON" or "ON" not in words[at:]:
        return "", ""
    table = itertools.takewhile(
        lambda token: token.text != "(" and token.text.upper() != "USING",
        tokens[words.index("ON", at) + 1 :],
    )
    return _folded(tokens[at]), "".join(token.text for token in table)


def _folded(token: Token) -> str:
    if token.kind is Kind.NAME:
        return token.text[1:-1].replace('""', '"')
    return token.text.lower()
