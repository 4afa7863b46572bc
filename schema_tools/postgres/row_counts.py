"""How many rows tables have, and columns values: counted up to a limit, estimated beyond."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

from schema_tools.history.lost_objects import Lost, Reach

Connection = psycopg.Connection[Any]

_MOST_COUNTED = 100_000
_MILLISECONDS = 2000
# What a file means by a name says the search path; what an operator means it must not say.
_RELATIONS = """
SELECT n.nspname, c.relname, c.reltuples::pg_catalog.int8
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE {condition}
   AND c.relkind OPERATOR(pg_catalog.=) ANY ('{{r,p,m}}'::pg_catalog."char"[])
 ORDER BY n.nspname, c.relname
"""

# A foreign key of a partitioned table is there once more for each of its partitions.
_REFERRING = """
WITH RECURSIVE reached AS (
    SELECT pg_catalog.to_regclass(%s)::pg_catalog.oid AS oid
    UNION
    SELECT f.conrelid FROM reached r
      JOIN pg_catalog.pg_constraint f ON f.confrelid OPERATOR(pg_catalog.=) r.oid
     WHERE f.contype OPERATOR(pg_catalog.=) 'f'
       AND f.conparentid OPERATOR(pg_catalog.=) 0::pg_catalog.oid
       AND (%s OR f.confdeltype OPERATOR(pg_catalog.=) 'c')
)
SELECT n.nspname, c.relname, c.reltuples::pg_catalog.int8
  FROM reached r
  JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.oid
  JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.oid OPERATOR(pg_catalog.<>) pg_catalog.to_regclass(%s)::pg_catalog.oid
 ORDER BY n.nspname, c.relname
"""


def row_words(connection: Connection, lost: Iterable[Lost]) -> tuple[str, ...]:
    """Return a line on each table or column that is there: what it is, and how much it holds.

    What cannot be counted in two seconds, or not at all for want of a right, says so.
    """
    found: list[str] = []
    for each in lost:
        for schema, name, estimate in _relations(connection, each):
            found.append(_words(connection, each, (schema, name), estimate))
        for schema, name, estimate in _referring(connection, each):
            words = _words(connection, each, (schema, name), estimate)
            found.append(f"{words} in a table that refers to it")
    return tuple(dict.fromkeys(found))


def _relations(connection: Connection, lost: Lost) -> list[tuple[str, str, int]]:
    by_schema = "c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(%s)"
    condition = (
        by_schema if lost.is_schema else "c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(%s)"
    )
    query = sql.SQL(_RELATIONS).format(condition=sql.SQL(condition))
    try:
        return connection.execute(query, (lost.name,)).fetchall()
    except psycopg.Error:  # a name that is no name, or of another database
        return []


def _referring(connection: Connection, lost: Lost) -> list[tuple[str, str, int]]:
    """Return the tables that lose rows with one, as their foreign keys say, through others too."""
    if lost.reach is Reach.NONE:
        return []
    parameters = (lost.name, lost.reach is Reach.ALL, lost.name)
    try:
        return connection.execute(_REFERRING, parameters).fetchall()
    except psycopg.Error:
        return []


def _words(connection: Connection, lost: Lost, table: tuple[str, str], estimate: int) -> str:
    name = ".".join(table) if table[0] != "public" else table[1]
    what = f"{name}.{lost.column}: " if lost.column else f"{name}: "
    unit = "values" if lost.column else "rows"
    try:
        count = _counted(connection, table, lost.column)
    except psycopg.errors.UndefinedColumn:
        return f"{name} has no column {lost.column}"
    except psycopg.Error:
        return f"{what}{unit} not counted"
    if count <= _MOST_COUNTED:
        return f"{what}{count:,} {unit if count != 1 else unit[:-1]}"
    if lost.column or estimate <= _MOST_COUNTED:
        return f"{what}more than {_MOST_COUNTED:,} {unit}"
    return f"{what}about {estimate:,} {unit}"


def _counted(connection: Connection, table: tuple[str, str], column: str) -> int:
    """Return how many there are, one more than the limit at most."""
    condition = (
        sql.SQL("WHERE {} IS NOT NULL").format(sql.Identifier(column)) if column else sql.SQL("")
    )
    query = sql.SQL(
        "SELECT pg_catalog.count(*) FROM (SELECT FROM {table} {condition} LIMIT {limit}) AS found"
    ).format(
        table=sql.Identifier(*table),
        condition=condition,
        limit=sql.Literal(_MOST_COUNTED + 1),
    )
    limit = sql.Literal(_MILLISECONDS)
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(limit))
        connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(limit))
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
