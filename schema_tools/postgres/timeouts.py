"""How long a statement may wait for a lock, and how long it may take: set anew in each attempt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.pq import TransactionStatus

from schema_tools.history.header import timeout
from schema_tools.history.plan import Step

AnyConnection = Connection[tuple[Any, ...]]

_LOCK_TIMEOUT = (
    "SELECT setting FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'lock_timeout'"
)


# What DISCARD ALL does, by its parts, so that more can come in the same exchange (PostgreSQL
# documentation, DISCARD): in a transaction of its own, for it lets go of locks, which is a query,
# and a file may choose what its transaction is before the first.
_AS_IN_A_NEW_SESSION = (
    "BEGIN",
    "CLOSE ALL",
    "SET SESSION AUTHORIZATION DEFAULT",
    "RESET ALL",
    "DEALLOCATE ALL",
    "UNLISTEN *",
    "SELECT pg_catalog.pg_advisory_unlock_all()",
    "DISCARD PLANS",
    "DISCARD TEMP",
    "DISCARD SEQUENCES",
    "COMMIT",
)


# A role or a database may have them for the work of others. They end the session, and with it the
# runner's lock, or a file halfway, whatever its own limits are.
_OF_A_SESSION = (
    "SET idle_session_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
)
_SINCE_17 = "SET transaction_timeout = 0"


def lift_limits_of_a_session(connection: AnyConnection) -> None:
    """Lift the limits that would end a session, until it is reset."""
    connection.execute("; ".join(_lifted_limits(connection)).encode())


def _lifted_limits(connection: AnyConnection) -> tuple[str, ...]:
    newer = connection.info.server_version >= 170000
    return (*_OF_A_SESSION, _SINCE_17) if newer else _OF_A_SESSION


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

    def start_session(self, connection: AnyConnection, begin: str = "") -> None:
        """Begin with the state of a new session: what was set before, by whomever, is gone.

        ``begin`` opens a transaction in the same exchange: what is set lasts longer than that only
        where it is committed.
        """
        parts = (*_AS_IN_A_NEW_SESSION, *self._for_session(connection), begin)
        connection.execute("; ".join(parts).encode())

    def set_for_session(self, connection: AnyConnection) -> None:
        """Set them for all statements that come, and none for a transaction as a whole."""
        connection.execute("; ".join(self._for_session(connection)).encode())

    def _for_session(self, connection: AnyConnection) -> tuple[str, ...]:
        """Return the SQL that sets them.

        Where a statement ends must not depend on the role: a string is read as the splitter
        reads it.
        """
        return (
            f"SET lock_timeout = {_milliseconds(self.lock)}",
            f"SET statement_timeout = {_milliseconds(self.statement)}",
            "SET standard_conforming_strings = on",
            *_lifted_limits(connection),
        )

    @property
    def for_the_record(self) -> tuple[str, ...]:
        """Return the SQL that limits what we write ourselves in the file's transaction.

        Others wait for its locks meanwhile.
        """
        return (
            f"SET LOCAL lock_timeout = {_milliseconds(self.lock)}",
            "SET LOCAL statement_timeout TO DEFAULT",
        )

    @contextmanager
    def lifted(self, connection: AnyConnection) -> Iterator[None]:
        """Let one statement wait for its lock without limit, unless somebody has set a limit.

        The settings' short lock_timeout is meant for what blocks others; who asks for one, on the
        command line, in the header or in the file, gets it.
        """
        row = connection.execute(_LOCK_TIMEOUT).fetchone()
        if self.lock_is_asked or row != (str(_milliseconds(self.lock)),):
            yield
            return
        within = connection.info.transaction_status != TransactionStatus.IDLE
        query = sql.SQL("SET LOCAL lock_timeout = {}" if within else "SET lock_timeout = {}")
        connection.execute(query.format(sql.Literal(0)))
        back = query.format(sql.Literal(_milliseconds(self.lock)))
        before = TransactionStatus.INTRANS if within else TransactionStatus.IDLE
        try:
            yield
        except BaseException:
            # A cancellation that comes late strikes this, and must not be told instead.
            with suppress(psycopg.Error):
                if connection.info.transaction_status == before:  # else a rollback restores it
                    connection.execute(back)
            raise
        connection.execute(back)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
