"""Whether anybody has written anything on a server: where nobody has, no catalog has changed.

A transaction that has written its commit into the write-ahead log is seen at once by the functions
that print definitions, and a moment later by snapshots. So nobody may be at writing between the
moment from which the log is watched and the snapshot: who writes has a lock on its own number, and
keeps it until all see what it did (PostgreSQL documentation, "pg_locks").
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

Connection = psycopg.Connection[Any]

_POSITION = """
SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery()
            THEN pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text END
"""
_WRITERS = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l
                WHERE l.locktype OPERATOR(pg_catalog.=) 'transactionid')
"""
_HERE = "SELECT pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text"


def position(connection: Connection) -> str:
    """Return how far the log goes, to be asked before a transaction begins that only reads.

    "" where somebody is writing, in a transaction, on a standby, and where that may not be asked.
    """
    if connection.info.transaction_status != TransactionStatus.IDLE:
        return ""
    try:
        (found,) = connection.execute(_POSITION).fetchone() or (None,)
    except (errors.InsufficientPrivilege, errors.FeatureNotSupported, errors.UndefinedFunction):
        return ""
    if not found or connection.execute(_WRITERS).fetchone() != (False,):
        return ""
    return str(found)


def is_still(connection: Connection, since: str) -> bool:
    """Return whether nobody has written since that position, in a transaction begun after it."""
    return bool(since) and connection.execute(_HERE).fetchone() == (since,)
