"""A connection that an interruption leaves usable: closing, dropping and telling come after it."""

from __future__ import annotations

import select
import time
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus
from psycopg.pq.abc import PGconn
from psycopg.rows import Row

T = TypeVar("T")

_SECONDS = 5.0
"""How long the server may take to accept a cancellation, and then to answer."""

_COPYING = frozenset({ExecStatus.COPY_IN, ExecStatus.COPY_OUT, ExecStatus.COPY_BOTH})


class InterruptibleConnection(psycopg.Connection[Row]):
    """Ends what is at work on the server wherever a signal strikes.

    Psycopg does so where it is interrupted while it waits for the server. Where that happens in
    the code that sends a statement and takes the answer, it leaves the statement at work, and
    every further one fails.
    """

    def wait(self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        """Do an exchange with the server; the caller holds ``lock``, so no other thread has one.

        A KeyboardInterrupt leaves the connection without a statement, or closed.
        """
        try:
            return super().wait(gen, *args, **options)
        except KeyboardInterrupt:
            end_what_is_left(self)
            raise


def end_what_is_left(connection: psycopg.Connection[Any]) -> None:
    """Cancel a statement whose answer nobody awaits, and take that; else close the connection.

    No other thread may have an exchange with the server.
    """
    pgconn = connection.pgconn
    if pgconn.transaction_status != TransactionStatus.ACTIVE:
        return
    if pgconn.pipeline_status != PipelineStatus.OFF:
        return  # which takes its answers itself on the way out
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=_SECONDS)
    try:
        answered = _takes_answer(pgconn, time.monotonic() + _SECONDS)
    except psycopg.Error:
        answered = False
    if not answered:
        pgconn.finish()  # nobody knows what state it is in


def _takes_answer(pgconn: PGconn, deadline: float) -> bool:
    """Return whether the server has answered in time, and all of it was taken."""
    while True:
        pgconn.flush()
        while pgconn.is_busy():
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pgconn.socket], [], [], left)[0]:
                return False
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            return True
        if result.status in _COPYING:
            return False
