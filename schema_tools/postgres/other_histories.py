"""Histories that other migration tools keep in a database: found, read a little, never changed."""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import Connection, errors, sql

from schema_tools.history.other_tools import (
    TABLE_NAMES,
    OtherHistory,
    recognised,
)
from schema_tools.postgres.trust import catalog_rows

AnyConnection = Connection[tuple[Any, ...]]

# Why a table that is there may not be read now: nothing depends on it.
_UNREADABLE = (errors.InsufficientPrivilege, errors.LockNotAvailable, errors.UndefinedTable)

# A table of that name may be in any schema: Sqitch has one of its own.
_SHAPES: LiteralString = """
SELECT n.nspname::text, c.relname::text, pg_catalog.array_agg(a.attname::text)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
 WHERE c.relname = ANY (%s::name[])
   AND c.relkind IN ('r', 'p')
   AND c.relpersistence <> 't'
   AND a.attnum > 0 AND NOT a.attisdropped
 GROUP BY 1, 2
"""


def read_other_histories(connection: AnyConnection) -> tuple[OtherHistory, ...]:
    """Return the histories of other tools in a database; the catalog says it to every role."""
    rows = catalog_rows(connection, _SHAPES, (sorted(TABLE_NAMES),))
    return recognised({(schema, table): frozenset(columns) for schema, table, columns in rows})


def last_version(connection: AnyConnection, history: OtherHistory) -> str | None:
    """Return the last version that a tool has applied, None where it has none or hides it."""
    table = sql.Identifier(history.schema, history.tables[0])
    try:
        with connection.transaction():
            connection.execute("SET LOCAL search_path = pg_catalog, pg_temp")
            connection.execute("SET LOCAL lock_timeout = '2s'")
            row = connection.execute(sql.SQL(history.last).format(table=table)).fetchone()
    except _UNREADABLE:
        return None
    return None if row is None or row[0] is None else str(row[0])
