"""What a test database holds at the start, kept in it, and the SQL that brings it back.

All of it is in a schema of its own, which is copied with the template: a copy knows what it was
made from, whoever made it. The rows of each table that has any at the start are kept in a table
there; the statements of a flush are rows, too. So a flush asks nothing but for those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from schema_tools.conf import Settings
from schema_tools.postgres.put_off import without_event_triggers
from schema_tools.services.live import DJANGO_HISTORY, history_tables
from schema_tools.testing.flush import FLUSH, SEQUENCES, added_again, flush_statements, without
from schema_tools.testing.start import SCHEMA, Start, Unproven, read_start, with_seeds

Connection = psycopg.Connection[Any]

_MAKE: LiteralString = """
CREATE SCHEMA {schema};
CREATE TABLE {schema}.made_from (key text NOT NULL);
CREATE TABLE {schema}.steps (
    position integer PRIMARY KEY, part text NOT NULL, statement text NOT NULL
);
"""
_KEY: LiteralString = "SELECT m.key FROM {schema}.made_from m"
_STEPS: LiteralString = """
SELECT s.statement FROM {schema}.steps s WHERE s.part = ANY(%s::text[]) ORDER BY s.position
"""
_IS_KEPT = "SELECT pg_catalog.to_regclass(%s) IS NOT NULL"


def keep_start(connection: Connection, settings: Settings, *, key: str) -> None:
    """Keep what the database holds now, as what every flush of its copies leads back to."""
    histories = {(each.schema, each.name) for each in history_tables(settings)}
    with connection.transaction():
        connection.execute("SET LOCAL row_security = off")  # never half of the rows
        found = read_start(connection, histories | {DJANGO_HISTORY})  # wherever that is
        with without_event_triggers(connection):
            connection.execute(_named(_MAKE))
            start = _with_violated(connection, _keep_rows(connection, found))
            connection.execute(_named("INSERT INTO {schema}.made_from VALUES (%s)"), (key,))
            _keep_steps(connection, start)


def _keep_rows(connection: Connection, start: Start) -> Start:
    """Copy all rows there are, those too that a policy hides from the owner of their table."""
    hidden = [table.name for table in start.tables if table.is_forced]
    for name in hidden:
        connection.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY".encode())
    found = with_seeds(connection, start)
    for table in found.tables:
        if table.seed:
            connection.execute(f"CREATE TABLE {table.seed} AS TABLE {table.source}".encode())
    for name in hidden:
        connection.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY".encode())
    return found


def _with_violated(connection: Connection, start: Start) -> Start:
    """Return the same with those of its unproven constraints that stand in the way of its rows.

    They are dropped and added here, too: the server may print an expression in another form once
    it has read its own, and a flush is to lead back to what was there before.
    """
    # Of those without rows, too: their constraint may be one of a table that inherits.
    flushed = {table.oid for table in start.tables}
    violated = tuple(
        each for each in start.unproven if each.root in flushed and _is_violated(connection, each)
    )
    for statement in (*map(without, violated), *added_again(violated)):
        connection.execute(statement.encode())
    return replace(start, unproven=violated)


def _is_violated(connection: Connection, constraint: Unproven) -> bool:
    validate = f"ALTER TABLE {constraint.table} VALIDATE CONSTRAINT {constraint.name}"
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(validate.encode())
    except psycopg.Error:  # a function in it may have words of its own
        return True
    return False


def _keep_steps(connection: Connection, start: Start) -> None:
    insert = _named("INSERT INTO {schema}.steps VALUES (%s, %s, %s)")
    steps = enumerate(flush_statements(start))
    with connection.cursor() as cursor:
        cursor.executemany(insert, [(at, part, text) for at, (part, text) in steps])


def key_of(connection: Connection) -> str:
    """Return the key of what the connection's database was made from, "" if of no SQL files."""
    if connection.execute(_IS_KEPT, (f"{SCHEMA}.made_from",)).fetchone() != (True,):
        return ""
    row = connection.execute(_named(_KEY)).fetchone()
    return str(row[0]) if row else ""


def steps_back(cursor: Any, *, parts: Sequence[str] = (FLUSH, SEQUENCES)) -> list[str] | None:
    """Return the statements that lead back to the start; None where a database has no such.

    ``cursor`` is one of Django's.
    """
    cursor.execute(_IS_KEPT, [f"{SCHEMA}.steps"])
    if cursor.fetchone() != (True,):
        return None
    cursor.execute(_named(_STEPS), [list(parts)])
    return [statement for (statement,) in cursor.fetchall()]


def _named(text: LiteralString) -> sql.Composed:
    return sql.SQL(text).format(schema=sql.Identifier(SCHEMA))
