"""One runner at a time: an advisory lock on a connection that does nothing else for long."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg import Connection

from schema_tools.errors import LockHeld, Unavailable

AnyConnection = Connection[tuple[Any, ...]]

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.2

# Advisory locks show the key's halves as classid and objid; 1 is the form with one bigint.
_HOLDER = """
SELECT a.pid, a.usename, a.application_name, a.client_addr, a.backend_start
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  AND ((l.classid::bigint << 32) | l.objid::bigint) = %s
"""


class RunnerLock:
    """The right to change the schema of one database, held by a session.

    It belongs to ``connection``, which stays in autocommit mode and holds no snapshot: a
    concurrent index build waits for every older snapshot. Waiting is polling, since a blocked
    pg_advisory_lock would be such a snapshot too.
    """

    def __init__(self, connection: AnyConnection, key: int) -> None:
        self.connection = connection
        self.key = key
        self._backend = _backend_pid(connection)

    def check(self) -> None:
        """Raise Unavailable where the session, and with it the lock, has been lost."""
        try:
            same = _backend_pid(self.connection) == self._backend
        except psycopg.Error as error:
            raise Unavailable(
                f"the connection that held the lock was lost: {str(error).strip()}",
                hint="Run the command again; what is applied is recorded.",
            ) from error
        if not same:
            raise behind_pooler()


@contextmanager
def runner_lock(
    connection: AnyConnection,
    history: str,
    *,
    wait: float,
    on_wait: Callable[[str], None] = lambda _holder: None,
) -> Iterator[RunnerLock]:
    """Hold the lock for the history table of that name.

    ``wait`` is how many seconds to poll for it; ``on_wait`` is told once who holds it. Raises
    LockHeld, naming the holder.
    """
    connection.execute("SET search_path = pg_catalog, pg_temp")
    connection.execute("SET idle_session_timeout = 0")  # it idles while a statement runs for long
    key = lock_key(history)
    deadline = time.monotonic() + wait
    told = False
    while not _try(connection, "pg_try_advisory_lock", key):
        holder = _holder(connection, key)
        if time.monotonic() >= deadline:
            raise LockHeld(
                f"another run holds the lock: {holder} (waited {wait:g} s)",
                hint="Wait for it to end, or wait longer with --lock-wait. If it hangs: "
                "SELECT pg_terminate_backend(its pid);",
            )
        if not told:
            on_wait(holder)
            told = True
        time.sleep(min(_POLL_SECONDS, max(deadline - time.monotonic(), 0.01)))
    try:
        yield RunnerLock(connection, key)
    finally:
        _release(connection, key)


def lock_key(purpose: str) -> int:
    """Return the key of a lock: a signed 64-bit number from what is locked.

    The server keeps the locks of its databases apart. Their names do not count here: a pooler may
    know them under others.
    """
    digest = hashlib.sha256(f"schema_tools {purpose}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def check_usable(connection: AnyConnection, probe: Callable[[], AnyConnection]) -> None:
    """Raise Unavailable for a standby, and for a pooler that lends sessions by transaction.

    ``probe`` opens a second connection; it is used only where a pooler stands in between.
    """
    if connection.execute("SELECT pg_catalog.pg_is_in_recovery()").fetchone() == (True,):
        raise Unavailable(
            "the server is a standby, which takes no changes",
            hint="Choose an alias that leads to the primary.",
        )
    backend = _backend_pid(connection)
    if connection.info.backend_pid == backend:
        return
    # A pooler made up the process number it gave at the start. Two sessions that are served by
    # one process at the same time have it for the length of a transaction only.
    with probe() as other, other.transaction():
        shared = _backend_pid(other) == backend
        if shared or _backend_pid(connection) != backend:
            raise behind_pooler()


def behind_pooler() -> Unavailable:
    """Return the error for a session that does not stay the same."""
    return Unavailable(
        "a connection pooler in transaction mode stands before the server: locks and settings of "
        "a session do not hold there",
        hint="Choose with --database an alias that leads to the server itself, or to a pool in "
        "session mode.",
    )


def _release(connection: AnyConnection, key: int) -> None:
    try:
        if not _try(connection, "pg_advisory_unlock", key):
            logger.warning("the runner's lock was no longer held at the end of the run")
    except psycopg.Error:  # the session is gone, and the lock with it
        logger.debug("the connection that held the lock is gone", exc_info=True)


def _try(connection: AnyConnection, function: str, key: int) -> bool:
    query = psycopg.sql.SQL("SELECT pg_catalog.{}(%s::bigint)").format(
        psycopg.sql.Identifier(function)
    )
    return connection.execute(query, (key,)).fetchone() == (True,)


def _backend_pid(connection: AnyConnection) -> int:
    row = connection.execute("SELECT pg_catalog.pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


def _holder(connection: AnyConnection, key: int) -> str:
    row = connection.execute(_HOLDER, (key,)).fetchone()
    if row is None:
        return "a session that has just ended"
    pid, user, application, address, since = row
    parts = [f"user {user}" if user else "", f"application {application}" if application else ""]
    parts += [f"from {address}" if address else "", f"since {_time(since)}" if since else ""]
    return f"process {pid} ({', '.join(part for part in parts if part)})"


def _time(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")
