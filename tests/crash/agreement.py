"""Whether history and schema tell the same, after a blow and in the end."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from tests.crash.states import Reference, State

_SECONDS = 60.0
_PROGRESS = """
SELECT version, statements_done, running_statement, error FROM schema_migration_progress
"""
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def wait_until_alone(connection: psycopg.Connection[Any]) -> None:
    """Wait until the server has ended what its clients have left."""
    deadline = time.monotonic() + _SECONDS
    while connection.execute(_OTHERS).fetchone() != (0,):
        if time.monotonic() > deadline:
            raise AssertionError("a backend of the struck run is still there")
        time.sleep(0.05)


def check_agreement(connection: psycopg.Connection[Any], reference: Reference) -> None:
    """Raise AssertionError where the history tells anything but what the database holds."""
    now, versions = State.of(connection), [each.version for each in reference.migrations]
    applied = _applied(connection)
    if applied != versions[: len(applied)]:
        raise AssertionError(f"the history holds {applied}")
    states = reference.states[len(applied)]
    progress = _progress(connection)
    upcoming = versions[len(applied) : len(applied) + 1]
    if progress and [row[0] for row in progress] != upcoming:
        raise AssertionError(f"progress of {progress} beside {len(applied)} applied files")
    _version, done, running, error = progress[0] if progress else ("", 0, 0, "")
    place = (
        f"after {len(applied)} files, {done} statements; {running} was running, error {error!r}"
    )
    if done >= len(states):
        raise AssertionError(f"more done than can be seen: {place}")
    if now.is_same(states[done]):
        return
    if running == done + 1 and running < len(states):
        if not error and now.is_same(states[running]):
            return
        statement = reference.migrations[len(applied)].up.statements[done]
        if any(now.is_on_the_way(state, statement) for state in states[done : running + 1]):
            return
    raise AssertionError(f"{place}, but the database: {now.difference(states[done])}")


def check_finished(connection: psycopg.Connection[Any], reference: Reference) -> None:
    """Raise AssertionError where anything tells an undisturbed run from this one."""
    versions = [each.version for each in reference.migrations]
    now = State.of(connection)
    for what, found, wanted in (
        ("history", _applied(connection), versions),
        ("progress", _progress(connection), []),
        ("invalid indexes", sorted(now.invalid), []),
        ("advisory locks", _advisory_locks(connection), 0),
        ("apply events", _apply_events(connection), versions),
        ("fingerprint", now.schema.fingerprint(), reference.last.schema.fingerprint()),
    ):
        if found != wanted:
            raise AssertionError(
                f"{what}: {found}, not {wanted}; {now.difference(reference.last)}"
            )
    if not now.is_same(reference.last):
        raise AssertionError(f"it ended elsewhere: {now.difference(reference.last)}")


def _applied(connection: psycopg.Connection[Any]) -> list[str]:
    if not _is_there(connection, "schema_migrations"):
        return []
    rows = connection.execute("SELECT version FROM schema_migrations ORDER BY id").fetchall()
    return [version for (version,) in rows]


def _progress(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    if not _is_there(connection, "schema_migration_progress"):
        return []
    return connection.execute(_PROGRESS).fetchall()


def _apply_events(connection: psycopg.Connection[Any]) -> list[str]:
    query = "SELECT version FROM schema_migration_events WHERE event = 'apply' ORDER BY id"
    return [version for (version,) in connection.execute(query).fetchall()]


def _advisory_locks(connection: psycopg.Connection[Any]) -> int:
    query = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _is_there(connection: psycopg.Connection[Any], table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"public.{table}",)).fetchone()
    return row == (True,)
