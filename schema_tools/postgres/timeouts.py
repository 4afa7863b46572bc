"""How long a statement may wait for a lock, and how long it may take: set anew in each attempt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.pq import TransactionStatus

from schema_tools.history.header import timeout
from schema_tools.history.plan import Step

AnyConnection = Connection[tuple[Any, ...]]

_LOCK_TIMEOUT = (
    "SELECT setting FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'lock_timeout'"
)


# A role or a database may have them for the work of others. They end the session, and with it the
# runner's lock, or a file halfway, whatever its own limits are.
_OF_A_SESSION: tuple[LiteralString, ...] = (
    "SET idle_session_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
)
_SINCE_17: LiteralString = "SET transaction_timeout = 0"


def no_limit_of_a_session(connection: AnyConnection) -> sql.Composed:
    """Return what lifts the limits that would end a session, until it is reset."""
    newer = connection.info.server_version >= 170000
    return sql.SQL("; ").join(map(sql.SQL, (*_OF_A_SESSION, *([_SINCE_17] if newer else []))))


@dataclass(frozen=True, slots=True)
class Limits:
    """Timeouts in seconds: what the command line says, else the file's header, else settings."""

    lock_timeout: float
    statement_timeout: float
    asked_lock_timeout: float | None = None
    asked_statement_timeout: float | None = None

    def of(self, step: Step) -> Timeouts:
        """Return what holds for the statements of a file."""
        header = step.migration.header
        lock = (self.asked_lock_timeout, timeout(header, "Lock-Timeout"))
        statement = (self.asked_statement_timeout, timeout(header, "Statement-Timeout"))
        asked = next((value for value in lock if value is not None), None)
        return Timeouts(
            lock=self.lock_timeout if asked is None else asked,
            statement=next(
                (value for value in statement if value is not None), self.statement_timeout
            ),
            lock_is_asked=asked is not None,
        )


@dataclass(frozen=True, slots=True)
class Timeouts:
    """What holds for the statements of one file, in seconds; 0 is no limit."""

    lock: float
    statement: float
    lock_is_asked: bool = False

    def start_session(self, connection: AnyConnection) -> None:
        """Begin with the state of a new session: what was set before, by whomever, is gone."""
        connection.execute("DISCARD ALL")
        self.set_for_session(connection)

    def set_for_session(self, connection: AnyConnection) -> None:
        """Set them for all statements that come, and none for a transaction as a whole.

        Where a statement ends must not depend on the role: a string is read as the splitter
        reads it.
        """
        query = sql.SQL("SET lock_timeout = {}; SET statement_timeout = {}")
        own = query.format(_milliseconds(self.lock), _milliseconds(self.statement))
        strings = sql.SQL("SET standard_conforming_strings = on")
        connection.execute(sql.SQL("; ").join([own, strings, no_limit_of_a_session(connection)]))

    @property
    def for_the_record(self) -> sql.Composed:
        """Return the SQL that limits what we write ourselves in the file's transaction.

        Others wait for its locks meanwhile.
        """
        query = sql.SQL("SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout TO DEFAULT")
        return query.format(_milliseconds(self.lock))

    @contextmanager
    def lifted(self, connection: AnyConnection) -> Iterator[None]:
        """Let one statement wait for its lock without limit, unless somebody has set a limit.

        The settings' short lock_timeout is meant for what blocks others; who asks for one, on the
        command line, in the header or in the file, gets it.
        """
        row = connection.execute(_LOCK_TIMEOUT).fetchone()
        if self.lock_is_asked or row != (str(round(self.lock * 1000)),):
            yield
            return
        within = connection.info.transaction_status != TransactionStatus.IDLE
        query = sql.SQL("SET LOCAL lock_timeout = {}" if within else "SET lock_timeout = {}")
        connection.execute(query.format(sql.Literal(0)))
        try:
            yield
        finally:
            before = TransactionStatus.INTRANS if within else TransactionStatus.IDLE
            if connection.info.transaction_status == before:  # else a rollback restores it
                connection.execute(query.format(_milliseconds(self.lock)))


def _milliseconds(seconds: float) -> sql.Literal:
    return sql.Literal(round(seconds * 1000))
