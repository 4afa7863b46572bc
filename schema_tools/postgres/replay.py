"""Run migration files in a scratch database, so that nothing outside of it is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from schema_tools.findings import Finding, Location, NotChecked, Severity
from schema_tools.history.migration import Migration, Part, Statement
from schema_tools.history.reach import reaches_outside

Connection = psycopg.Connection[Any]
AfterStatement = Callable[[Migration, Statement], None]
Prepare = Callable[[Migration], Finding | None]

# What a missing role stops says nothing about the schema that is compared.
_NEEDS_A_ROLE = ("GRANT", "REVOKE", "ALTER", "CREATE POLICY", "DO")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a replay: statements left out, and the failure that ended it, if one did."""

    left_out: tuple[NotChecked, ...] = ()
    failure: Finding | None = None


def replay(
    connection: Connection, migrations: Iterable[Migration], *, prepare: Prepare = lambda _: None
) -> Outcome:
    """Run the UP parts in their order; stops at the first that fails.

    A file is sent as a whole; only where that fails, statement by statement, to see which one.
    A statement that a missing role stops is left out: roles belong to the whole server.
    ``prepare`` is called before each file and may say why it cannot be run.
    """
    left_out: list[NotChecked] = []
    for migration in migrations:
        statements = tuple(_inside(migration, left_out))
        failure = prepare(migration) or _run(connection, migration, statements, left_out)
        _reset(connection)
        if failure is not None:
            return Outcome(tuple(left_out), failure)
    return Outcome(tuple(left_out))


def replay_watched(connection: Connection, migration: Migration, after: AfterStatement) -> None:
    """Run an UP part that is known to work; ``after`` is told of each statement that ran.

    ``after`` is called inside the file's transaction, where it has one. Raises psycopg.Error.
    """
    part = migration.up
    if part.transactional:
        _begin(connection, part)
    for statement in _inside(migration, []):
        try:
            with _savepoint(connection, wanted=part.transactional):
                _execute(connection, statement.text)
        except psycopg.Error as error:
            if not _lacks_a_role(statement, error):
                raise
        after(migration, statement)
    if part.transactional:
        connection.execute("COMMIT")
    _reset(connection)


def _inside(migration: Migration, left_out: list[NotChecked]) -> Iterator[Statement]:
    """Yield the statements that stay inside the database; the others are noted."""
    for statement in migration.up.statements:
        reason = reaches_outside(statement)
        if reason:
            left_out.append(_note(migration, statement, reason))
        else:
            yield statement


def _note(migration: Migration, statement: Statement, reason: str) -> NotChecked:
    return NotChecked(
        what=f"{migration.path}:{statement.line}: {statement.verb}",
        reason=f"not replayed: {reason}",
    )


def _run(
    connection: Connection,
    migration: Migration,
    statements: tuple[Statement, ...],
    left_out: list[NotChecked],
) -> Finding | None:
    part = migration.up
    if not part.transactional:
        return _run_singly(connection, migration, statements, left_out)
    try:
        _begin(connection, part)
        # Each on a line of its own: a statement may end in a comment of one line.
        _execute(connection, "".join(f"{statement.text}\n;\n" for statement in statements))
        connection.execute("COMMIT")
    except psycopg.Error:
        _reset(connection)
        _begin(connection, part)
        failure = _run_singly(connection, migration, statements, left_out)
        return failure or _commit(connection, migration)
    return None


def _begin(connection: Connection, part: Part) -> None:
    for statement in part.preamble:
        _execute(connection, statement.text)
    connection.execute(f"BEGIN {part.modes}".encode())


def _commit(connection: Connection, migration: Migration) -> Finding | None:
    try:
        connection.execute("COMMIT")
    except psycopg.Error as error:
        return _failure(migration, None, error)
    return None


def _run_singly(
    connection: Connection,
    migration: Migration,
    statements: tuple[Statement, ...],
    left_out: list[NotChecked],
) -> Finding | None:
    """Run one statement after the other, past those that a missing role stops."""
    for statement in statements:
        try:
            with _savepoint(connection, wanted=migration.up.transactional):
                _execute(connection, statement.text)
        except psycopg.Error as error:
            if not _lacks_a_role(statement, error):
                return _failure(migration, statement, error)
            reason = str(error.diag.message_primary)
            left_out.append(_note(migration, statement, reason))
    return None


@contextmanager
def _savepoint(connection: Connection, *, wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    connection.execute("SAVEPOINT schema_tools")
    try:
        yield
    except psycopg.Error:
        connection.execute("ROLLBACK TO SAVEPOINT schema_tools")
        raise
    connection.execute("RELEASE SAVEPOINT schema_tools")


def _lacks_a_role(statement: Statement, error: psycopg.Error) -> bool:
    """Return whether all that is wrong is that a role of the real server is not here."""
    return (
        isinstance(error, errors.UndefinedObject)
        and statement.verb.startswith(_NEEDS_A_ROLE)
        and "role" in str(error.diag.message_primary)
    )


def _failure(migration: Migration, statement: Statement | None, error: psycopg.Error) -> Finding:
    diag = error.diag
    line = statement.line if statement else 0
    if statement and diag.statement_position:
        line += statement.text.count("\n", 0, int(diag.statement_position) - 1)
    what = str(diag.message_primary or error).strip()
    details = [text for text in (diag.message_detail, diag.message_hint) if text]
    return Finding(
        code="file.replay",
        severity=Severity.CRITICAL,
        message=f"{migration.path} fails when all files are run from empty: {what}",
        hint=" ".join([*details, "Mend the file, or the one before it that it builds upon."]),
        locations=(Location(migration.path, line),),
    )


def _execute(connection: Connection, text: str) -> None:
    """Run SQL as it stands; as bytes, since psycopg reads no placeholders in those."""
    if text.strip():
        connection.execute(text.encode())


def _reset(connection: Connection) -> None:
    """Leave nothing of what a file set to the next one."""
    if connection.info.transaction_status != TransactionStatus.IDLE:
        connection.execute("ROLLBACK")
    connection.execute("DISCARD ALL")
