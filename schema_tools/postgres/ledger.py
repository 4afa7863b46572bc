"""The rows of the history: what is applied, what a run left half-done, all that happened."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import LiteralString

from psycopg import errors, sql
from psycopg.rows import class_row

from schema_tools.errors import Unavailable
from schema_tools.history.migration import Migration
from schema_tools.history.record import Applied, History, Unfinished
from schema_tools.postgres.history_tables import (
    AnyConnection,
    HistoryTables,
    column_or_null,
    is_plain_timestamp,
)
from schema_tools.postgres.lock import lock_key
from schema_tools.postgres.stored_text import restored, storable

_READ_APPLIED: LiteralString = """
SELECT version::text, coalesce(name::text, '') AS name,
       coalesce(checksum::text, '') AS checksum, {applied_at} AS applied_at,
       coalesce(applied_by::text, '') AS applied_by,
       coalesce(environment::text, '') AS environment,
       coalesce(execution_time_ms, 0)::bigint AS execution_time_ms,
       coalesce({tool_version}, '') AS tool_version, coalesce({git_commit}, '') AS git_commit,
       row_number() OVER (ORDER BY id)::integer AS position
FROM {history} ORDER BY id
"""

# A server process that is younger than the run only has the number of the one that ran it. One
# that idles is between two statements of a run, whose lock is held then, or back in a pool. What a
# role may not see of it is NULL.
_READ_UNFINISHED: LiteralString = """
SELECT p.version, p.direction, p.checksum, p.statements_done AS done, p.statements_total AS total,
       p.done_checksum, p.running_statement AS running, p.sqlstate, p.error,
       p.backend_pid AS backend, p.started_at, p.xmin::text AS since,
       p.error = '' AND EXISTS (
           SELECT FROM pg_stat_activity a
           WHERE a.pid = p.backend_pid
             AND (a.backend_start IS NULL OR a.backend_start <= p.started_at)
             AND (a.state IS NULL OR a.state <> 'idle' OR {lock_is_held})
       ) AS alive
FROM {progress} p ORDER BY p.version
"""

# By another session: a runner has the lock itself when it looks for what is left of others.
_LOCK_IS_HELD: LiteralString = """
EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND ((l.classid::bigint << 32) | l.objid::bigint) = {key}
)
"""

_ADD: LiteralString = """
INSERT INTO {history} (version, name, checksum, applied_at, applied_by, environment,
    execution_time_ms, tool_version, git_commit)
VALUES (%(version)s, %(name)s, %(checksum)s, {now}, %(applied_by)s, %(environment)s,
    %(execution_time_ms)s, %(tool_version)s, %(git_commit)s)
"""

_LOG: LiteralString = """
INSERT INTO {events} (version, event, happened_by, environment, tool_version, git_commit,
    execution_time_ms, checksum, file_text, fingerprint, sqlstate, error, reason)
VALUES (%(version)s, %(event)s, %(user)s, %(environment)s, %(tool_version)s, %(git_commit)s,
    %(execution_time_ms)s, %(checksum)s, %(file_text)s, %(fingerprint)s, %(sqlstate)s, %(error)s,
    %(reason)s)
"""

_KEEP_FINGERPRINT: LiteralString = """
UPDATE {events} SET fingerprint = %s
WHERE id = (SELECT max(e.id) FROM {events} e) AND fingerprint IS NULL
"""

_SAVE_PROGRESS: LiteralString = """
INSERT INTO {progress} (version, direction, checksum, statements_done, statements_total,
    done_checksum, running_statement, sqlstate, error, backend_pid)
VALUES (%(version)s, %(direction)s, %(checksum)s, %(done)s, %(total)s, %(done_checksum)s,
    %(running)s, %(sqlstate)s, %(error)s, %(backend)s)
ON CONFLICT (version) DO UPDATE SET (direction, checksum, statements_done, statements_total,
    done_checksum, running_statement, sqlstate, error, backend_pid, started_at)
= (excluded.direction, excluded.checksum, excluded.statements_done, excluded.statements_total,
    excluded.done_checksum, excluded.running_statement, excluded.sqlstate, excluded.error,
    excluded.backend_pid, excluded.started_at)
"""

_ADVANCE: LiteralString = """
UPDATE {progress} SET statements_done = %(done)s, done_checksum = %(done_checksum)s
WHERE version = %(version)s AND backend_pid = %(backend)s AND running_statement = %(running)s
    AND statements_done < %(done)s AND error = ''
"""

# How far the run has come stays: its last COMMIT may have reached the server after all.
_MARK_FAILED: LiteralString = """
UPDATE {progress} SET running_statement = %s, sqlstate = %s, error = %s WHERE version = %s
"""

_TEXT_OF: LiteralString = """
SELECT file_text FROM {events}
WHERE version = %s AND checksum = %s AND file_text <> ''
ORDER BY id DESC LIMIT 1
"""


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
        self._is_plain: bool | None = None  # asked once: a run records many files

    def __str__(self) -> str:
        return str(self.tables)

    def read(self, connection: AnyConnection) -> History:
        """Return what the tables say; raises HistoryError where they are another tool's."""
        with self.tables.transaction(connection):
            columns = self.tables.own_columns(connection)
            if not columns:
                return History()
            query = self.tables.sql(
                _READ_APPLIED,
                applied_at=sql.SQL("applied_at AT TIME ZONE 'UTC'")
                if is_plain_timestamp(columns)
                else sql.SQL("applied_at"),
                tool_version=column_or_null(columns, "tool_version"),
                git_commit=column_or_null(columns, "git_commit"),
            )
            with connection.cursor(row_factory=class_row(Applied)) as cursor:
                applied = tuple(cursor.execute(query))
            return History(applied, self._unfinished(connection), exists=True)

    def prepare(self, connection: AnyConnection) -> None:
        """Create the tables, or complete the one that the original system left."""
        try:
            with self.tables.transaction(connection):
                self.tables.prepare(connection)
        except _REFUSALS as error:  # by an event trigger, say
            raise Unavailable(
                f"the history tables cannot be made: {str(error).strip()}",
                where=str(self),
                hint="No file was run. Put right what the message says, then run the command "
                "again.",
            ) from error

    def add(self, connection: AnyConnection, row: Applied) -> None:
        """Record a file as applied, now."""
        if self._is_plain is None:
            self._is_plain = is_plain_timestamp(self.tables.own_columns(connection))
        now = sql.SQL("now() AT TIME ZONE 'UTC'" if self._is_plain else "now()")
        connection.execute(self.tables.sql(_ADD, now=now), asdict(row))

    def remove(self, connection: AnyConnection, version: str) -> None:
        """Take a file out of the record of what is applied."""
        query = self.tables.sql("DELETE FROM {history} WHERE version = %s")
        connection.execute(query, (version,))

    def set_checksum(self, connection: AnyConnection, version: str, checksum: str) -> None:
        """Take the text of that checksum for the one that was applied."""
        query = self.tables.sql("UPDATE {history} SET checksum = %s WHERE version = %s")
        connection.execute(query, (checksum, version))

    def log(self, connection: AnyConnection, happening: Happening, by: Provenance) -> None:
        """Append to the events."""
        text = storable(happening.file_text, _encoding(connection))
        values = {**asdict(happening), **asdict(by), "file_text": text}
        connection.execute(self.tables.sql(_LOG), values)

    def keep_fingerprint(self, connection: AnyConnection, fingerprint: str) -> None:
        """Store what the schema is after the last event, whose column for it is still empty."""
        with self.tables.transaction(connection):
            connection.execute(self.tables.sql(_KEEP_FINGERPRINT), (fingerprint,))

    def text_of(self, connection: AnyConnection, row: Applied | Unfinished) -> str | None:
        """Return the text that was run, as the events have kept it; None where they have not.

        A row that the original Go system wrote has no event, nor has a run that was killed.
        """
        with self.tables.transaction(connection):
            if not self.tables.columns(connection, self.tables.events):
                return None
            query = self.tables.sql(_TEXT_OF)
            found = connection.execute(query, (row.version, row.checksum)).fetchone()
        return None if found is None else restored(str(found[0]))

    def save_progress(self, connection: AnyConnection, run: Unfinished) -> None:
        """Store how far a run has come."""
        connection.execute(self.tables.sql(_SAVE_PROGRESS), asdict(run))

    def advance(self, connection: AnyConnection, run: Unfinished) -> None:
        """Store how far a run has come, unless the row tells of another run by now."""
        connection.execute(self.tables.sql(_ADVANCE), asdict(run))

    def mark_failed(self, connection: AnyConnection, run: Unfinished) -> None:
        """Store why a run has stopped, and leave how far it has come as it is stored."""
        parameters = (run.running, run.sqlstate, run.error, run.version)
        connection.execute(self.tables.sql(_MARK_FAILED), parameters)

    def has(self, connection: AnyConnection, version: str) -> bool:
        """Say whether a file counts as applied."""
        query = self.tables.sql("SELECT FROM {history} WHERE version = %s")
        return connection.execute(query, (version,)).fetchone() is not None

    def clear_progress(self, connection: AnyConnection, version: str) -> None:
        """Forget a run that is over."""
        query = self.tables.sql("DELETE FROM {progress} WHERE version = %s")
        connection.execute(query, (version,))

    def _unfinished(self, connection: AnyConnection) -> tuple[Unfinished, ...]:
        if not self.tables.columns(connection, self.tables.progress):
            return ()
        with connection.cursor(row_factory=class_row(Unfinished)) as cursor:
            held = sql.SQL(_LOCK_IS_HELD).format(key=sql.Literal(lock_key(str(self.tables))))
            query = self.tables.sql(_READ_UNFINISHED, lock_is_held=held)
            return tuple(cursor.execute(query))
