"""A connection that an interruption leaves usable: closing, dropping and telling come after it."""

from __future__ import annotations

import select
import time
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus
from psycopg.pq.abc import PGconn
from psycopg.rows import Row

T = TypeVar("T")

_SECONDS = 5.0
"""How long the server may take to accept a cancellation, and then to answer."""
_BETWEEN_CANCELLATIONS = 0.25
_INTERVAL = 0.1  # after so long a wait looks for signals

_WAITS_FOR_ROWS = frozenset({ExecStatus.COPY_IN, ExecStatus.COPY_BOTH})


class InterruptibleConnection(psycopg.Connection[Row]):
    """Ends what is at work on the server wherever a signal strikes.

    Psycopg does so where it is interrupted while it waits for the server, by one cancellation.
    Where that is lost, or the signal comes in the code that sends a statement and takes the
    answer, the statement stays at work, and every further one fails.
    """

    def wait(self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        """Do an exchange with the server; the caller holds ``lock``, so no other thread has one.

        An interruption leaves the connection without a statement, or closed.
        """
        if self.pgconn.pipeline_status != PipelineStatus.OFF:
            return super().wait(gen, *args, **options)  # a pipeline takes its own answers
        if not args:
            options.setdefault("interval", _INTERVAL)
        try:
            return waiting.wait(gen, self.pgconn.socket, *args, **options)
        except (KeyboardInterrupt, SystemExit):
            try:
                end_what_is_left(self)
            except BaseException:  # interrupted again
                self.pgconn.finish()
                raise
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
    deadline = time.monotonic() + _SECONDS
    answered = False
    with suppress(psycopg.Error):
        while not answered and (left := deadline - time.monotonic()) > 0:
            # Again and again: one that comes before the server has begun is lost.
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=left)
            answered = _takes_answer(pgconn, time.monotonic() + min(left, _BETWEEN_CANCELLATIONS))
    if not answered:
        pgconn.finish()  # nobody knows what state it is in


def _takes_answer(pgconn: PGconn, deadline: float) -> bool:
    """Return whether the server has answered in time, and all of it was taken.

    Raises OperationalError where it waits for rows.
    """
    while True:
        pgconn.flush()
        while pgconn.is_busy():
            if not _takes_more(pgconn, deadline):
                return False
        result = pgconn.get_result()
        if result is None:
            return True
        if result.status == ExecStatus.COPY_OUT:
            if not _takes_rows(pgconn, deadline):
                return False
        elif result.status in _WAITS_FOR_ROWS:
            raise psycopg.OperationalError("in the middle of COPY FROM STDIN")


def _takes_rows(pgconn: PGconn, deadline: float) -> bool:
    """Return whether the rows that a COPY sends have come to their end in time."""
    while (size := pgconn.get_copy_data(1)[0]) >= 0:
        if not size and not _takes_more(pgconn, deadline):
            return False
    return True


def _takes_more(pgconn: PGconn, deadline: float) -> bool:
    """Return whether the server has sent something in time."""
    left = deadline - time.monotonic()
    if left <= 0 or not select.select([pgconn.socket], [], [], left)[0]:
        return False
    pgconn.consume_input()
    return True
