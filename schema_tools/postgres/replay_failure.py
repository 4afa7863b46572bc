"""Why a file fails when it is replayed, as a finding with its line."""

from __future__ import annotations

import psycopg
from psycopg import errors

from schema_tools.findings import Finding, Location, Severity
from schema_tools.history.migration import Migration, Statement

_MEND = "Mend the file, or the one before it that it builds upon."
_MISSING_TABLE = (
    "Mend the file, or the one before it; a table that a Django migration makes is there once the "
    "header names that one: -- Requires: app_label.0001_name"
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


def _misses_a_table(error: psycopg.Error) -> bool:
    return isinstance(error, errors.UndefinedTable)


def failure_of(migration: Migration, failed: StatementFailed) -> Finding:
    """Return the finding on a file that fails."""
    statement, diag = failed.statement, failed.error.diag
    line = statement.line if statement else 0
    if statement and diag.statement_position:
        line, _column = statement.place(int(diag.statement_position))
    details = [text for text in (diag.message_detail, diag.message_hint) if text]
    return Finding(
        code="file.replay",
        severity=Severity.CRITICAL,
        message=f"{migration.path} fails when all files are run from empty: {words(failed.error)}",
        hint=" ".join([*details, _MISSING_TABLE if _misses_a_table(failed.error) else _MEND]),
        locations=(Location(migration.path, line),),
    )
