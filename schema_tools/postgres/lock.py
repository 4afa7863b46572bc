"""One runner at a time: an advisory lock on a connection that does nothing else for long."""

from __future__ import annotations

import hashlib
import logging
import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import Connection

from schema_tools.errors import LockHeld, LockLost, Unavailable
from schema_tools.postgres.activity import Session, backend_pid, read_sessions
from schema_tools.postgres.timeouts import lift_limits_of_a_session
from schema_tools.postgres.trust import catalog_first

AnyConnection = Connection[tuple[Any, ...]]

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.2
_LOOK_SECONDS = 1.0
_PROBES = 20
_POOLED = (
    "a connection pooler in transaction mode stands before the server: locks and settings of a "
    "session do not hold there"
)
_AROUND_THE_POOLER = (
    "Name an alias that leads to the server itself, or to a pool in session mode: "
    "SCHEMA_TOOLS = {'DATABASES': {'default': {'DIRECT_DATABASE': 'direct'}}}; or choose it with "
    "--database."
)

_READ_ONLY = "SELECT pg_catalog.current_setting('default_transaction_read_only')"

# Advisory locks show the key's halves as classid and objid; 1 is the form with one bigint, 2 that
# with two integers: by that the holder tells the process that works for it.
_HOLDER: LiteralString = """
SELECT l.pid, (
    SELECT w.objid::bigint::integer FROM pg_catalog.pg_locks w
    WHERE w.pid = l.pid AND w.locktype = 'advisory' AND w.objsubid = 2 AND w.database = l.database
      AND w.classid::bigint = %(mark)s LIMIT 1
) AS worker
FROM pg_catalog.pg_locks l
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  AND ((l.classid::bigint << 32) | l.objid::bigint) = %(key)s
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock: the session itself, and the one that runs its statements, if any."""

    session: Session
    worker: Session | None = None

    def __str__(self) -> str:
        if self.worker is None:
            return str(self.session)
        worker = self.worker
        work = f"{worker.doing}{worker.last_query}"
        return f"{self.session.who}; its statements run in process {worker.pid}, {work}"

    @property
    def hint(self) -> str:
        """Say what to do where it does not end: without its worker a run ends by itself."""
        process = (self.worker or self.session).pid
        return f" If it hangs: SELECT pg_terminate_backend({process});"


class RunnerLock:
    """The right to change the schema of one database, held by a session.

    It belongs to ``connection``, which stays in autocommit mode and holds no snapshot: a
    concurrent index build waits for every older snapshot. Waiting is polling, since a blocked
    pg_advisory_lock would be such a snapshot too.
    """

    def __init__(self, connection: AnyConnection, key: int) -> None:
        self.connection = connection
        self.key = key
        self._backend = backend_pid(connection)
        self._asked = time.monotonic()
        self._news = selectors.DefaultSelector()
        self._news.register(connection, selectors.EVENT_READ)

    @contextmanager
    def working_in(self, backend: int) -> Iterator[None]:
        """Tell those who wait which process runs the statements meanwhile."""
        query: LiteralString = "SELECT pg_catalog.pg_advisory_{}(%s::integer, %s::integer)"
        pair = (_mark(self.key), backend)
        self.connection.execute(query.format("lock_shared"), pair)
        try:
            yield
        finally:
            with suppress(psycopg.Error):  # the session is gone, and all its locks with it
                self.connection.execute(query.format("unlock_shared"), pair)

    def check(self) -> None:
        """Raise LockLost where the session, and with it the lock, has been lost."""
        try:
            same = backend_pid(self.connection) == self._backend
        except psycopg.Error as error:
            raise LockLost(
                f"the connection that held the lock was lost: {str(error).strip()}",
                hint="Run the command again; what is applied is recorded.",
            ) from error
        if not same:
            raise LockLost(_POOLED, hint=_AROUND_THE_POOLER)
        self._asked = time.monotonic()

    def glance(self) -> None:
        """Do what ``check`` does, without a question to the server while nothing hints at a loss.

        An idle session is sent nothing but its end. A second later it is asked all the same.
        """
        if self._has_news() or time.monotonic() - self._asked > _LOOK_SECONDS:
            self.check()

    def _has_news(self) -> bool:
        return self.connection.broken or bool(self._news.select(0))

    def close(self) -> None:
        """Look no more."""
        self._news.close()


@contextmanager
def runner_lock(
    connection: AnyConnection,
    history: str,
    *,
    wait: float,
    on_wait: Callable[[str], None] = lambda _holder: None,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[RunnerLock]:
    """Hold the lock for the history table of that name.

    ``wait`` is how many seconds to poll for it; ``on_wait`` is told who holds it, and again when
    that is another; ``pause`` waits so many seconds. Raises LockHeld, naming the holder.
    """
    connection.execute("SET search_path = pg_catalog, pg_temp")
    connection.execute("SET statement_timeout = 0")
    lift_limits_of_a_session(connection)  # it idles while a statement runs
    key = lock_key(history)
    _acquire(connection, key, wait, on_wait=on_wait, pause=pause)
    try:
        with closing(RunnerLock(connection, key)) as lock:
            yield lock
    finally:
        _release(connection, key)


def _acquire(
    connection: AnyConnection,
    key: int,
    wait: float,
    *,
    on_wait: Callable[[str], None],
    pause: Callable[[float], None],
) -> None:
    deadline = time.monotonic() + wait
    told, next_look = 0, 0.0
    while not _try(connection, "pg_try_advisory_lock", key):
        now = time.monotonic()
        if now >= min(next_look, deadline):
            holder = _holder(connection, key)
            next_look = now + _LOOK_SECONDS
            is_news = holder and holder.session.pid != told
            if holder and is_news and wait and (now < deadline or not told):
                on_wait(str(holder))
                told = holder.session.pid
        if now >= deadline:
            raise LockHeld(
                f"another run holds the lock: {holder or 'a session that has just ended'} "
                f"(waited {wait:g} s)",
                hint="Wait for it to end, or wait longer with --lock-wait."
                f"{holder.hint if holder else ''}",
            )
        pause(min(_POLL_SECONDS, max(deadline - now, 0.01)))


def who_runs(connection: AnyConnection, history: str) -> Holder | None:
    """Return who holds the lock for the history table of that name, without waiting for it."""
    with catalog_first(connection):
        return _holder(connection, lock_key(history))


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
    if connection.execute(_READ_ONLY).fetchone() == ("on",):
        raise Unavailable(
            "transactions are read-only here: default_transaction_read_only is on",
            hint="It is set for the server, the database or the role; hosted servers set it, too, "
            "where the disk is full. Choose a role that may write, or ALTER ROLE … SET "
            "default_transaction_read_only = off.",
        )
    backend = backend_pid(connection)
    if connection.info.backend_pid == backend:
        return
    # A pooler made up the process number it gave at the start. Two sessions that are served by
    # one process at the same time have it for the length of a transaction only. Where others use
    # the pool, too, the process may be taken by them, and be back again: so more than once.
    with probe() as other:
        for _round in range(_PROBES):
            with other.transaction():
                shared = backend_pid(other) == backend
                if shared or backend_pid(connection) != backend:
                    raise Unavailable(_POOLED, hint=_AROUND_THE_POOLER)


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


def _mark(key: int) -> int:
    """Return the first half of the lock by which a holder tells the process that works for it."""
    return key & 0x7FFF_FFFF


def _holder(connection: AnyConnection, key: int) -> Holder | None:
    row = connection.execute(_HOLDER, {"key": key, "mark": _mark(key)}).fetchone()
    if row is None:
        return None
    sessions = read_sessions(connection, [pid for pid in row if pid])
    if row[0] not in sessions:
        return None
    return Holder(sessions[row[0]], sessions.get(row[1]))
