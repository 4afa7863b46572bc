"""What an interruption leaves at work on a connection."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

_CANCEL_SECONDS = 5.0


def end_what_is_left(connection: psycopg.Connection[Any]) -> None:
    """Cancel a statement whose answer nobody awaits any more, and take that answer.

    Psycopg does so where it is interrupted while it waits; between sending a statement and
    waiting for it, it does not. Not for a connection in the middle of a COPY, or in pipeline mode,
    and not while another thread may use it: its answer would be taken, and it would wait for ever.
    """
    if connection.info.transaction_status == TransactionStatus.ACTIVE:
        with suppress(psycopg.Error):
            connection.cancel_safe(timeout=_CANCEL_SECONDS)
        while connection.pgconn.get_result() is not None:
            pass
