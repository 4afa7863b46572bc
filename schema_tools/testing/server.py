"""The server of an alias, as far as databases are made, renamed and dropped on it for tests."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql

from schema_tools.errors import ScratchUnavailable, Unavailable
from schema_tools.postgres.lock import lock_key
from schema_tools.postgres.marked import PREFIX, create_marked, drop, left_over
from schema_tools.postgres.server_facts import read_facts
from schema_tools.postgres.session import connection_params, open_connection
from schema_tools.postgres.trust import catalog_rows

Connection = psycopg.Connection[Any]

LIVE = "SCHEMA_TOOLS_LIVE"
"""The key under which an alias keeps the name that its database has in production."""

_POLL = 0.1
# What a role or a server has set for the work of others would stop ours halfway.
_PATIENTLY = """
SET statement_timeout = 0; SET lock_timeout = 0; SET idle_session_timeout = 0;
SET client_min_messages = warning
"""
_THERE = "SELECT 1 FROM pg_catalog.pg_database d WHERE d.datname = %s"
# Array elements are text such as TimeZone=UTC (PostgreSQL documentation, pg_db_role_setting).
_SETTINGS = """
SELECT coalesce(r.rolname::text, ''), pg_catalog.split_part(c, '=', 1),
       pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1)
  FROM pg_catalog.pg_db_role_setting s
  JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
 CROSS JOIN pg_catalog.unnest(s.setconfig) c
 WHERE d.datname = %s
"""


def live_name(alias: str) -> str:
    """Return the name of the database in production, also while tests have another one."""
    settings = connections[alias].settings_dict
    return str(settings.get(LIVE) or settings["NAME"])


@contextmanager
def control(alias: str) -> Iterator[Connection]:
    """Yield a session on the server of an alias, where Django makes its test databases from.

    Raises ScratchUnavailable where the role may not create databases there.
    """
    creation: Any = connections[alias].creation
    with creation._nodb_cursor() as cursor:
        name = cursor.connection.info.dbname
    params = {**connection_params(alias), "dbname": name}
    with open_connection(params, what=f"the server of {alias!r}") as connection:
        facts = read_facts(connection)
        if not facts.may_create:
            raise ScratchUnavailable(
                f"no test database can be made: the server of {alias!r} does not let role "
                f"{connection.info.user} create databases",
                hint=f'Let it, as a superuser: ALTER ROLE "{connection.info.user}" CREATEDB;',
            )
        connection.execute(_PATIENTLY)
        yield connection


def is_there(connection: Connection, name: str) -> bool:
    """Return whether there is a database of that name."""
    return bool(catalog_rows(connection, _THERE, (name,)))


@contextmanager
def locked(
    connection: Connection, what: str, *, on_wait: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold a lock of the server, whoever waits for it; a session that ends lets go of it.

    It is asked for again and again: a session that waits in the server holds a snapshot, which
    ``CREATE INDEX CONCURRENTLY`` would wait for.
    """
    key = lock_key(what)
    if not _tried(connection, key):
        on_wait()
        while not _tried(connection, key):
            time.sleep(_POLL)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_catalog.pg_advisory_unlock(%s::bigint)", (key,))


def hold_shared(connection: Connection, what: str) -> None:
    """Keep others from locking it for themselves, as long as the session lasts."""
    connection.execute("SELECT pg_catalog.pg_advisory_lock_shared(%s::bigint)", (lock_key(what),))


@contextmanager
def unless_in_use(connection: Connection, what: str) -> Iterator[bool]:
    """Yield whether the lock could be had at once, and hold it until the block ends."""
    key = lock_key(what)
    got = _tried(connection, key)
    try:
        yield got
    finally:
        if got:
            connection.execute("SELECT pg_catalog.pg_advisory_unlock(%s::bigint)", (key,))


def _tried(connection: Connection, key: int) -> bool:
    row = connection.execute("SELECT pg_catalog.pg_try_advisory_lock(%s::bigint)", (key,))
    return bool(row.fetchone() == (True,))


@contextmanager
def new_database(connection: Connection, *, base: str) -> Iterator[str]:
    """Yield the name of a new database, which is dropped at the end unless it has another by then.

    It has the mark and the name of a scratch database: the next run drops what a killed one left.
    """
    run = PREFIX + secrets.token_hex(6)
    connection.execute(sql.SQL("SET application_name = {}").format(sql.Literal(run)))
    for name in left_over(connection):
        drop(connection, name)
    name = f"{run}_0"
    try:
        _create(connection, name, base)
        yield name
    finally:
        try:
            _drop_if_there(connection, name)
        except KeyboardInterrupt:
            _drop_if_there(connection, name)
            raise


def _create(connection: Connection, name: str, base: str) -> None:
    try:
        create_marked(connection, name, template=base, owner="")
    except psycopg.Error as error:
        raise ScratchUnavailable(
            f"no test database can be made as a copy of {base}: {error}",
            hint="Free what the message names, or name another database in TEST['TEMPLATE'].",
        ) from error


def _drop_if_there(connection: Connection, name: str) -> None:
    if is_there(connection, name):
        drop(connection, name)


def drop_test_database(connection: Connection, name: str) -> None:
    """Drop a test database that is out of date; sessions in it are somebody's, and stay."""
    try:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise Unavailable(
            f"the test database {name} was made from other SQL files than there are now, and "
            f"cannot be replaced: {error.diag.message_primary}",
            hint="End what still uses it, such as another test run.",
        ) from error


def give_settings(connection: Connection, *, source: str, target: str) -> None:
    """Set for a database what is set for the one it is a copy of: that is not copied with it."""
    for role, name, value in catalog_rows(connection, _SETTINGS, (source,)):
        whose = sql.SQL("ALTER DATABASE {}").format(sql.Identifier(target))
        if role:
            whose = sql.SQL("ALTER ROLE {} IN DATABASE {}").format(
                sql.Identifier(role), sql.Identifier(target)
            )
        with connection.transaction():
            # A list such as that of search_path cannot be quoted as one value.
            connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))
            connection.execute(
                whose + sql.SQL(" SET {} FROM CURRENT").format(sql.Identifier(name))
            )
