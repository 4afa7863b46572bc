"""What a session of the server is and does, as far as the role that asks may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import class_row

from schema_tools.history.passwords import without_passwords

AnyConnection = Connection[tuple[Any, ...]]

_LONGEST_QUERY = 100

# Behind a pooler the process that a connection was told of need not be the one that serves it.
# The port is -1 for a Unix socket, and NULL for who may not see it.
_SESSIONS: LiteralString = """
SELECT a.pid, a.usename::text AS "user", a.application_name AS application,
       CASE WHEN a.client_port = -1 THEN 'local socket'
            ELSE pg_catalog.host(a.client_addr) END AS host,
       coalesce(a.backend_type, 'client backend') AS backend_type, a.backend_start AS since,
       a.state, a.wait_event_type = 'Lock' AS waits,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::float8 AS in_state,
       extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::float8 AS in_transaction,
       a.query
FROM pg_catalog.pg_stat_activity a
WHERE a.pid = ANY (%s::integer[])
"""

# pg_blocking_pids stops all other locking for a moment: it is asked only where there is a wait.
_BLOCKERS: LiteralString = """
SELECT DISTINCT pid
FROM pg_catalog.unnest(
    CASE WHEN (SELECT s.wait_event_type FROM pg_catalog.pg_stat_get_activity(%(pid)s) s) = 'Lock'
         THEN pg_catalog.pg_blocking_pids(%(pid)s) ELSE '{}'::integer[] END
) pid
ORDER BY pid
"""


# Only that mode keeps a plain SELECT out.
_LOCKERS: LiteralString = """
SELECT DISTINCT l.pid
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.pid IS NOT NULL
  AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  AND n.nspname = %s AND c.relname = ANY (%s::name[])
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A server process; what the role that asks may not see of it is None.

    ``in_state`` and ``in_transaction`` are seconds; ``waits`` says that it waits for a
    lock itself.
    """

    pid: int
    user: str | None = None
    application: str | None = None
    host: str | None = None
    backend_type: str = "client backend"
    since: datetime | None = None
    state: str | None = None
    waits: bool | None = None
    in_state: float | None = None
    in_transaction: float | None = None
    query: str | None = None

    def __str__(self) -> str:
        return f"{self._named(self.doing)}{self.last_query}"

    @property
    def who(self) -> str:
        """Return whose session it is, and since when."""
        return self._named()

    @property
    def doing(self) -> str:
        """Return its state and for how long it has been in it."""
        if self.state is None:
            return "what it does is hidden from this role; pg_read_all_stats would show it"
        of_state, of_transaction = self.in_state or 0.0, self.in_transaction or 0.0
        longer = round(of_transaction) > round(of_state)
        transaction = f", its transaction for {of_transaction:.0f} s" if longer else ""
        waits = ", waiting for a lock itself" if self.waits else ""
        return f"{self.state} for {of_state:.0f} s{transaction}{waits}"

    @property
    def last_query(self) -> str:
        """Return what follows the rest: the statement that it runs, or ran last."""
        if self.state is None or not self.query:
            return ""
        line = " ".join(without_passwords(self.query).split())
        cut = line if len(line) <= _LONGEST_QUERY else f"{line[: _LONGEST_QUERY - 1]}…"
        return f": {cut}" if self.state == "active" else f", last: {cut}"

    def _named(self, *more: str) -> str:
        kind = "" if self.backend_type == "client backend" else f"{self.backend_type} "
        about = (
            f"user {self.user}" if self.user else "",
            f"host {self.host}" if self.host else "",
            f"application {self.application}" if self.application else "",
            f"since {self.since.isoformat(sep=' ', timespec='seconds')}" if self.since else "",
            *more,
        )
        return f"{kind}process {self.pid} ({', '.join(filter(None, about))})"


def read_sessions(connection: AnyConnection, pids: Sequence[int]) -> dict[int, Session]:
    """Return the sessions that are there of these, by their process."""
    with connection.cursor(row_factory=class_row(Session)) as cursor:
        return {each.pid: each for each in cursor.execute(_SESSIONS, (list(pids),))}


def read_blockers(connection: AnyConnection, pid: int) -> tuple[str, ...]:
    """Say who keeps a process waiting for a lock: first who waits for nobody; nothing if it runs.

    Process 0 is a transaction that was prepared for two-phase commit, and has no session.
    """
    pids = [int(row[0]) for row in connection.execute(_BLOCKERS, {"pid": pid}).fetchall()]
    if not pids:
        return ()
    sessions = read_sessions(connection, pids)
    known = sorted(sessions.values(), key=lambda session: (bool(session.waits), session.pid))
    gone = [f"process {pid}" for pid in pids if pid and pid not in sessions]
    prepared = ["a prepared transaction (see pg_prepared_xacts)"] if 0 in pids else []
    return (*map(str, known), *gone, *prepared)


def read_lockers(
    connection: AnyConnection, schema: str, tables: Sequence[str]
) -> tuple[Session, ...]:
    """Return the sessions that have locked one of these tables so that nobody can read it."""
    pids = [int(row[0]) for row in connection.execute(_LOCKERS, (schema, list(tables))).fetchall()]
    return tuple(read_sessions(connection, pids).values())


def backend_pid(connection: AnyConnection) -> int:
    """Return the process that serves the session now."""
    row = connection.execute("SELECT pg_catalog.pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0
