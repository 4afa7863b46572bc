"""How many rows each table of a scratch database has, counted one by one."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]

_TABLES = """
SELECT n.nspname, c.relname
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,m}'::pg_catalog."char"[])
   AND c.relispopulated
   AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
   AND n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema}'::pg_catalog.name[])
 ORDER BY n.nspname, c.relname
"""


def row_totals(connection: Connection) -> dict[tuple[str, str], int]:
    """Return the number of rows of each table and materialized view, by schema and name."""
    return {
        (schema, name): _rows(connection, schema, name)
        for schema, name in connection.execute(_TABLES).fetchall()
    }


def _rows(connection: Connection, schema: str, name: str) -> int:
    table = sql.Identifier(schema, name)
    row = connection.execute(
        sql.SQL("SELECT pg_catalog.count(*) FROM {table}").format(table=table)
    ).fetchone()
    return int(row[0]) if row else 0
