"""Databases of our own on a server that holds others, and how they are told from those.

A database is ours by its name *and* by a mark: a comment, or, in the moment between its creation
and the comment, a limit of connections that nobody else would set. The run that made it keeps a
session open that has the first part of the name as its application name; where there is no such
session the run was killed, and the database may go.
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg import sql

from schema_tools.postgres.trust import catalog_rows

Connection = psycopg.Connection[Any]
logger = logging.getLogger(__name__)

PREFIX = "schema_tools_scratch_"
MARK = "schema_tools scratch"
"""How the comment on a database begins that we may drop or, where it was given to us, empty."""
SESSION = "schema_tools scratch session"
"""The application name of sessions in a scratch database."""

_LIMIT = 7368

_LEFT_OVER = """
SELECT d.datname
  FROM pg_catalog.pg_database d
 WHERE d.datname ~ '^schema_tools_scratch_[0-9a-f]{12}_[0-9]+$'
   AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
   AND coalesce(pg_catalog.starts_with(
                    pg_catalog.shobj_description(d.oid, 'pg_database'), %(mark)s),
                d.datconnlimit = %(limit)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                    WHERE a.application_name
                        = pg_catalog.regexp_replace(d.datname::text, '_[0-9]+$', ''))
"""
_COMMENT = """
SELECT pg_catalog.shobj_description(d.oid, 'pg_database')
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
"""


def create_marked(control: Connection, name: str, *, template: str, owner: str) -> None:
    """Create a database with the mark; raises what the server says."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} CONNECTION LIMIT {}").format(
        sql.Identifier(name), sql.Identifier(template), sql.Literal(_LIMIT)
    )
    if owner:
        statement += sql.SQL(" OWNER {}").format(sql.Identifier(owner))
    control.execute(statement)
    words = f"{MARK}: dropped by the run that made it, or by the next one where that was killed"
    control.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(words))
    )


def left_over(connection: Connection) -> list[str]:
    """Return the marked databases whose run is gone and that this role may drop."""
    rows = catalog_rows(connection, _LEFT_OVER, {"mark": MARK, "limit": _LIMIT})
    return [name for (name,) in rows]


def is_marked(connection: Connection) -> bool:
    """Return whether the connection's database has a comment that lets us empty it."""
    return any(row[0] and row[0].startswith(MARK) for row in catalog_rows(connection, _COMMENT))


def is_scratch(connection: Connection) -> bool:
    """Return whether a connection was opened as one to a scratch database, made here or given.

    Nobody but this run works in it.
    """
    return connection.info.parameter_status("application_name") == SESSION


def drop(control: Connection, name: str) -> None:
    """Drop a database; what cannot be dropped now the next run tries again, and none may fail."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    try:
        control.execute(statement.format(sql.Identifier(name)))
    except psycopg.Error as error:
        logger.warning("scratch database %s could not be dropped: %s", name, error)
