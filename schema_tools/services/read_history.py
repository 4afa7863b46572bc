"""Read the history for a look, without waiting for ever for whoever has locked its tables."""

from __future__ import annotations

import psycopg

from schema_tools.errors import LockHeld
from schema_tools.history.record import History
from schema_tools.postgres.activity import read_lockers
from schema_tools.services.target import Target

_SECONDS = 5


def read_history(target: Target) -> History:
    """Return what the history tables say; raises LockHeld where they stay locked.

    Who runs takes no lock that keeps readers out: it is somebody's own statement.
    """
    connection, tables = target.connection, target.ledger.tables
    try:
        with connection.transaction():
            # Until the transaction ends: behind a pooler a setting of the session would stay.
            limit = "SELECT pg_catalog.set_config('lock_timeout', %s, true)"
            connection.execute(limit, (f"{_SECONDS}s",))
            return target.ledger.read(connection)
    except psycopg.errors.LockNotAvailable as error:
        lockers = read_lockers(connection, tables.schema, tables.names)
        by = f"; locked by {' and '.join(map(str, lockers))}" if lockers else ""
        ends = " ".join(f"SELECT pg_terminate_backend({each.pid});" for each in lockers)
        raise LockHeld(
            f"the history tables cannot be read: {target.ledger} has been locked for {_SECONDS} s "
            f"and longer{by}",
            hint="Wait for that session to end, or end it" + (f": {ends}" if ends else "."),
        ) from error
