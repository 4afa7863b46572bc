"""The rows of the history: what is applied, what a run left half-done, all that happened."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, LiteralString

from psycopg import ClientCursor, errors, sql
from psycopg.rows import class_row

from schema_tools.errors import HistoryError, Unavailable
from schema_tools.history.migration import Migration
from schema_tools.history.record import Applied, History, Unfinished
from schema_tools.postgres import ledger_queries as queries
from schema_tools.postgres.history_tables import (
    AnyConnection,
    HistoryTables,
    column_or_null,
    is_plain_timestamp,
)
from schema_tools.postgres.lock import lock_key
from schema_tools.postgres.stored_text import restored, storable

# What code in the database may answer to CREATE TABLE: an event trigger has its own words for it.
_REFUSALS = (errors.RaiseException, errors.ProgrammingError, errors.DataError)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who runs what, from where: it goes into every row that is written."""

    user: str
    environment: str = ""
    tool_version: str = ""
    git_commit: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """An entry of the events table: apply, rollback, fake, baseline, resolve, failure …"""

    event: str
    version: str
    checksum: str
    file_text: str
    execution_time_ms: int | None = None
    sqlstate: str | None = None
    error: str | None = None
    reason: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """A statement of the ledger's that is still to be run, with its parameters."""

    query: sql.Composed
    parameters: dict[str, Any]

    def run(self, connection: AnyConnection) -> None:
        """Run it."""
        connection.execute(self.query, self.parameters)

    def as_text(self, connection: AnyConnection) -> str:
        """Return it with the parameters as literals, for this connection as it is set now."""
        return ClientCursor(connection).mogrify(self.query, self.parameters)


def _values(row: Applied | Unfinished | Happening | Provenance) -> dict[str, Any]:
    """Return the fields by name, as parameters; ``asdict`` would copy them all."""
    return {each.name: getattr(row, each.name) for each in fields(row)}


def _encoding(connection: AnyConnection) -> str:
    return connection.info.parameter_status("server_encoding") or ""


def row_of(migration: Migration, by: Provenance, milliseconds: int = 0) -> Applied:
    """Return the row that records a file; when, the database says."""
    return Applied(
        version=migration.version,
        name=migration.name,
        checksum=migration.checksum,
        applied_at=None,
        applied_by=by.user,
        environment=by.environment,
        execution_time_ms=milliseconds,
        tool_version=by.tool_version,
        git_commit=by.git_commit,
    )


class Ledger:
    """The history of one database, reached over connections given by the caller.

    Reading creates nothing. What writes a row leaves the commit to the caller, whose transaction
    has called ``trust_only_catalog``.
    """

    def __init__(self, schema: str, table: str = "schema_migrations") -> None:
        self.tables = HistoryTables(schema, table)
        # Asked and put together once: a run records many files.
        self._is_plain: bool | None = None
        self._queries: dict[LiteralString, sql.Composed] = {}

    def __str__(self) -> str:
        return str(self.tables)

    def read(self, connection: AnyConnection) -> History:
        """Return what the tables say; raises HistoryError where they are another tool's."""
        with self.tables.transaction(connection):
            columns = self.tables.own_columns(connection)
            if not columns:
                return History()
            query = self.tables.sql(
                queries.READ_APPLIED,
                applied_at=sql.SQL("applied_at AT TIME ZONE 'UTC'")
                if is_plain_timestamp(columns)
                else sql.SQL("applied_at"),
                tool_version=column_or_null(columns, "tool_version"),
                git_commit=column_or_null(columns, "git_commit"),
            )
            applied = self._applied(connection, query)
            return History(applied, self._unfinished(connection), exists=True)

    def _applied(self, connection: AnyConnection, query: sql.Composed) -> tuple[Applied, ...]:
        """Return the rows of a table that others may have made, and written to."""
        try:
            with connection.cursor(row_factory=class_row(Applied)) as cursor:
                applied = tuple(cursor.execute(query))
        except errors.InsufficientPrivilege:
            raise
        except (errors.ProgrammingError, errors.DataError) as error:
            raise self._unusable(str(error).strip().splitlines()[0]) from error
        if any(row.version is None for row in applied):
            raise self._unusable("a row of it has no version")
        return applied

    def _unusable(self, why: str) -> HistoryError:
        return HistoryError(
            f"table {self} cannot be read as a history: {why}",
            hint="It has the columns of one, so another program has written to it: mend the row, "
            "or the column's type. Nothing was touched.",
        )

    def prepare(self, connection: AnyConnection) -> None:
        """Create the tables, or complete the one that the original system left."""
        try:
            with self.tables.transaction(connection):
                self.tables.prepare(connection)
                # Now, and not among what a file has set.
                self._is_plain = is_plain_timestamp(self.tables.own_columns(connection))
        except _REFUSALS as error:  # by an event trigger, say
            raise Unavailable(
                f"the history tables cannot be made: {str(error).strip()}",
                where=str(self),
                hint="No file was run. Put right what the message says, then run the command "
                "again.",
            ) from error

    def add(self, connection: AnyConnection, row: Applied) -> None:
        """Record a file as applied, now."""
        connection.execute(self._sql(queries.ADD, now=self._now(connection)), _values(row))

    def remove(self, connection: AnyConnection, version: str) -> None:
        """Take a file out of the record of what is applied."""
        connection.execute(self._sql(queries.REMOVE), {"version": version})

    def record(
        self,
        connection: AnyConnection,
        happening: Happening,
        by: Provenance,
        applied: Applied | None,
    ) -> Writing:
        """Return what records a file as ``applied``, or as no longer so, and forgets the run."""
        values = self._logged(connection, happening, by)
        if applied is None:
            return Writing(self._sql(queries.RECORD_REMOVED), values)
        query = self._sql(queries.RECORD_APPLIED, now=self._now(connection))
        return Writing(query, {**_values(applied), **values})

    def set_checksum(self, connection: AnyConnection, version: str, checksum: str) -> None:
        """Take the text of that checksum for the one that was applied."""
        query = self.tables.sql("UPDATE {history} SET checksum = %s WHERE version = %s")
        connection.execute(query, (checksum, version))

    def log(self, connection: AnyConnection, happening: Happening, by: Provenance) -> None:
        """Append to the events."""
        connection.execute(self._sql(queries.LOG), self._logged(connection, happening, by))

    def keep_fingerprint(self, connection: AnyConnection, fingerprint: str) -> None:
        """Store what the schema is after the last event, whose column for it is still empty."""
        with self.tables.transaction(connection):
            connection.execute(self.tables.sql(queries.KEEP_FINGERPRINT), (fingerprint,))

    def text_of(self, connection: AnyConnection, row: Applied | Unfinished) -> str | None:
        """Return the text that was run, as the events have kept it; None where they have not.

        A row that the original Go system wrote has no event, nor has a run that was killed.
        """
        with self.tables.transaction(connection):
            if not self.tables.columns(connection, self.tables.events):
                return None
            query = self.tables.sql(queries.TEXT_OF)
            found = connection.execute(query, (row.version, row.checksum)).fetchone()
        return None if found is None else restored(str(found[0]))

    def progress(self, run: Unfinished) -> Writing:
        """Return what stores how far a run has come."""
        return Writing(self._sql(queries.SAVE_PROGRESS), _values(run))

    def save_progress(self, connection: AnyConnection, run: Unfinished) -> None:
        """Store how far a run has come."""
        self.progress(run).run(connection)

    def advance(self, run: Unfinished) -> Writing:
        """Return what stores how far a run has come, unless the row tells of another by now."""
        return Writing(self._sql(queries.ADVANCE), _values(run))

    def mark_failed(self, connection: AnyConnection, run: Unfinished) -> None:
        """Store why a run has stopped, and leave how far it has come as it is stored."""
        parameters = (run.running, run.sqlstate, run.error, run.version)
        connection.execute(self.tables.sql(queries.MARK_FAILED), parameters)

    def has(self, connection: AnyConnection, version: str) -> bool:
        """Say whether a file counts as applied."""
        query = self.tables.sql("SELECT FROM {history} WHERE version = %s")
        return connection.execute(query, (version,)).fetchone() is not None

    def clear_progress(self, connection: AnyConnection, version: str) -> None:
        """Forget a run that is over."""
        connection.execute(self._sql(queries.CLEAR_PROGRESS), {"version": version})

    def _now(self, connection: AnyConnection) -> sql.SQL:
        if self._is_plain is None:
            self._is_plain = is_plain_timestamp(self.tables.own_columns(connection))
        return sql.SQL("now() AT TIME ZONE 'UTC'" if self._is_plain else "now()")

    @staticmethod
    def _logged(connection: AnyConnection, happening: Happening, by: Provenance) -> dict[str, Any]:
        text = storable(happening.file_text, _encoding(connection))
        return {**_values(happening), **_values(by), "file_text": text}

    def _sql(self, text: LiteralString, **more: sql.Composable) -> sql.Composed:
        """Return the SQL with its names filled in, the same at each call."""
        if text not in self._queries:
            self._queries[text] = self.tables.sql(text, **more)
        return self._queries[text]

    def _unfinished(self, connection: AnyConnection) -> tuple[Unfinished, ...]:
        if not self.tables.columns(connection, self.tables.progress):
            return ()
        with connection.cursor(row_factory=class_row(Unfinished)) as cursor:
            held = sql.SQL(queries.LOCK_IS_HELD).format(
                key=sql.Literal(lock_key(str(self.tables)))
            )
            query = self.tables.sql(queries.READ_UNFINISHED, lock_is_held=held)
            return tuple(cursor.execute(query))
