"""What REINDEX CONCURRENTLY and DETACH PARTITION CONCURRENTLY leave that were cut short."""

from __future__ import annotations

import itertools
from typing import Any

from psycopg import Connection, sql

from schema_tools.history.migration import Statement
from schema_tools.lexer import Token, significant

DETACH = "ALTER TABLE DETACH PARTITION CONCURRENTLY"
_WORDS_BEFORE_NAME = frozenset({"TABLE", "IF", "EXISTS", "ONLY", "CONCURRENTLY"})

# An index is built anew under another name: `_ccnew` before the two change places, `_ccold` after
# it; both are to be dropped (PostgreSQL documentation, REINDEX). A long name is cut before the
# suffix. REINDEX TABLE rebuilds the index of the TOAST table, too.
_LEFT = """
WITH named AS (
    SELECT pg_catalog.to_regclass(%(name)s)::oid AS oid
    UNION SELECT t.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(%(name)s)) t
), rebuilt AS (
    SELECT i.indrelid AS oid, x.relname AS name
    FROM named JOIN pg_catalog.pg_index i ON i.indexrelid OPERATOR(pg_catalog.=) named.oid
    JOIN pg_catalog.pg_class x ON x.oid OPERATOR(pg_catalog.=) named.oid
    UNION ALL
    SELECT relation.oid, NULL FROM named
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) named.oid
    CROSS JOIN LATERAL (VALUES (c.oid), (c.reltoastrelid)) relation (oid)
    UNION ALL
    SELECT relation.oid, NULL FROM pg_catalog.pg_class c
    CROSS JOIN LATERAL (VALUES (c.oid), (c.reltoastrelid)) relation (oid)
    WHERE %(whole)s
       OR c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(%(schema)s)::oid
)
SELECT DISTINCT n.nspname, c.relname
FROM rebuilt
JOIN pg_catalog.pg_index i ON i.indrelid OPERATOR(pg_catalog.=) rebuilt.oid
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE NOT i.indisvalid AND c.relkind OPERATOR(pg_catalog.=) 'i'
  AND c.relname OPERATOR(pg_catalog.~) '_cc(new|old)[0-9]*$'
  AND (rebuilt.name IS NULL OR pg_catalog.starts_with(rebuilt.name::text,
       pg_catalog.regexp_replace(c.relname::text, '_cc(new|old)[0-9]*$', '')))
ORDER BY 1, 2
"""
_PENDING = """
SELECT FROM pg_catalog.pg_inherits h
WHERE h.inhparent OPERATOR(pg_catalog.=) pg_catalog.to_regclass(%s)
  AND h.inhrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(%s) AND h.inhdetachpending
"""
_ATTACHED = """
SELECT FROM pg_catalog.pg_inherits h
WHERE h.inhparent OPERATOR(pg_catalog.=) pg_catalog.to_regclass(%s)
  AND h.inhrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(%s)
"""

AnyConnection = Connection[tuple[Any, ...]]


def drop_left_by_reindex(connection: AnyConnection, statement: Statement) -> None:
    """Drop the invalid indexes that a REINDEX CONCURRENTLY of the same things has left."""
    verb = statement.verb
    if not (verb.startswith("REINDEX") and verb.endswith("CONCURRENTLY")):
        return
    of = verb.split()[1]
    tokens = list(significant(statement.text))
    at = next(at for at, token in enumerate(tokens) if token.text.upper() == of)
    name = _name(tokens[at + 1 :])
    parameters = {
        "name": name if of in {"INDEX", "TABLE"} else None,
        "schema": name if of == "SCHEMA" else None,
        "whole": of == "DATABASE",
    }
    for found in connection.execute(_LEFT, parameters).fetchall():
        index = sql.Identifier(*found)
        connection.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(index))


def is_being_detached(connection: AnyConnection, statement: Statement) -> bool:
    """Say whether a concurrent detachment is pending."""
    if statement.verb != DETACH:
        return False
    return connection.execute(_PENDING, _detached(statement)).fetchone() is not None


def finish_detaching(connection: AnyConnection, statement: Statement) -> None:
    """Bring a detachment to its end that is pending."""
    table, partition = _detached(statement)
    text = f"ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE"
    connection.execute(text.encode())


def is_detached(connection: AnyConnection, statement: Statement) -> bool:
    """Say whether a concurrent detachment has come to its end."""
    if statement.verb != DETACH:
        return False
    return connection.execute(_ATTACHED, _detached(statement)).fetchone() is None


def _detached(statement: Statement) -> tuple[str, str]:
    """Return table and partition as they are written."""
    tokens = list(significant(statement.text))
    words = [token.text.upper() for token in tokens]
    at = words.index("DETACH")
    return _name(tokens[1:at]), _name(tokens[at + 2 :])


def _name(tokens: list[Token]) -> str:
    """Return the name that comes first, words and options before it left out."""
    rest = itertools.dropwhile(lambda token: token.text.upper() in _WORDS_BEFORE_NAME, tokens)
    name = itertools.takewhile(lambda token: token.text.upper() not in {"CONCURRENTLY", "*"}, rest)
    return "".join(token.text for token in name)
