"""Why a file fails when it is replayed, as a finding with its line."""

from __future__ import annotations

import psycopg
from psycopg import errors

from schema_tools.errors import ScratchUnavailable
from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.migration import Migration, Statement

FROM_EMPTY = "fails when all files are run from empty"
"""What the message of a failure says between the file and the cause."""
_MEND = "Mend the file, or the one before it that it builds upon."
_MISSING_TABLE = (
    "Mend the file, or the one before it; a table that a Django migration makes is there once the "
    "header names that one: -- Requires: app_label.0001_name"
)
_NO_TRANSACTION = (
    "What no transaction takes goes into a file of its own, without BEGIN; and COMMIT; (or do "
    "without CONCURRENTLY): manage.py sqlmigrate_lint --explain file.nontransactional"
)
SCRATCH_WITH_EXTENSION = (
    "Set SCRATCH in SCHEMA_TOOLS to the URL of a server that has the extension, as a role that "
    "may create it."
)


class StatementFailed(Exception):
    """A statement that has to work does not."""

    def __init__(self, statement: Statement | None, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.statement = statement
        self.error = error


def words(error: psycopg.Error) -> str:
    """Return the first line of what the server says."""
    return str(error.diag.message_primary or error).strip()


def said(error: psycopg.Error) -> str:
    """Return the first line of what the server says, with its hint or detail."""
    more = " ".join(text for text in (error.diag.message_detail, error.diag.message_hint) if text)
    return f"{words(error)} ({more.rstrip('.')})" if more else words(error)


def lacks_extension(error: psycopg.Error) -> bool:
    """Return whether the server has no such extension, or lets the role make none.

    To be asked of an error of CREATE EXTENSION. Other servers do: it is no fault of the statement.
    """
    # Up to version 14 a missing extension was an undefined file.
    missing = errors.InsufficientPrivilege | errors.FeatureNotSupported | errors.UndefinedFile
    return isinstance(error, missing)


def _way_on(error: psycopg.Error) -> str:
    if isinstance(error, errors.ActiveSqlTransaction):
        return _NO_TRANSACTION
    return _MISSING_TABLE if isinstance(error, errors.UndefinedTable) else _MEND


def failure_of(migration: Migration, failed: StatementFailed) -> Finding:
    """Return the finding on a file that fails.

    Raises ScratchUnavailable where it is the server that lacks an extension.
    """
    statement, diag = failed.statement, failed.error.diag
    line = statement.line if statement else 0
    if statement and diag.statement_position:
        line, _column = statement.place(int(diag.statement_position))
    creates = statement is not None and statement.verb.startswith("CREATE EXTENSION")
    if creates and lacks_extension(failed.error):
        raise ScratchUnavailable(
            f"{migration.path}:{line} cannot be run in a scratch database: {said(failed.error)}",
            hint=SCRATCH_WITH_EXTENSION,
        )
    details = [f"{text.rstrip('.')}." for text in (diag.message_detail, diag.message_hint) if text]
    return Finding(
        code="file.replay",
        severity=Severity.CRITICAL,
        message=f"{migration.path} {FROM_EMPTY}: {words(failed.error)}",
        hint=" ".join([*details, _way_on(failed.error)]),
        locations=(Location(migration.path, line),),
    )
