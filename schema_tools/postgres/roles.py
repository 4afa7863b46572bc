"""Who runs the migrations of a database: the role whose objects need no owner of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from schema_tools.postgres.trust import catalog_rows

Connection = psycopg.Connection[Any]

_RUNNER = """
SELECT pg_catalog.pg_get_userbyid(COALESCE(h.relowner, d.datdba))::text,
       d.datname::text,
       CURRENT_USER::text,
       r.rolcreatedb AND NOT r.rolsuper
  FROM pg_catalog.pg_database d
  JOIN pg_catalog.pg_roles r ON r.rolname = CURRENT_USER
  LEFT JOIN (SELECT c.relowner
               FROM pg_catalog.pg_class c
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')) h ON true
 WHERE d.datname = pg_catalog.current_database()
"""
_OWN = """
SELECT CURRENT_USER::text, pg_catalog.pg_get_userbyid(d.datdba)::text
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
"""


@dataclass(frozen=True, slots=True)
class Runner:
    """The role that runs the migrations, and the database; "" for what is not known.

    It owns the history table, or else the database. ``others`` cannot be told apart from it where
    files are replayed: an ordinary role does that as itself.
    """

    role: str = ""
    database: str = ""
    others: tuple[str, ...] = ()


def read_runner(connection: Connection, history_schema: str, history_table: str) -> Runner:
    """Return who runs the migrations of the database that is connected to."""
    rows = catalog_rows(connection, _RUNNER, (history_schema, history_table))
    if not rows:
        return Runner()
    role, database, me, replays_itself = rows[0]
    return Runner(role, database, (me,) if replays_itself and me != role else ())


def own_roles(connection: Connection) -> tuple[str, ...]:
    """Return the roles that stand for the runner in a scratch database: who made what is there."""
    rows = catalog_rows(connection, _OWN)
    return tuple(dict.fromkeys(rows[0])) if rows else ()
