"""Work on servers that ends in time: past its limit it is interrupted, as Ctrl-C would do it."""

from __future__ import annotations

import ctypes
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg
from django.db import connections
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

Connection = psycopg.Connection[Any]
T = TypeVar("T")

CANCEL_SECONDS = 1.0
"""How long a server may take to accept that it is to cancel a statement."""

GRACE_SECONDS = 5.0
"""How long a statement may go on after that, before its connection is cut off."""


class OutOfTime(KeyboardInterrupt):
    """The time is up: raised like the KeyboardInterrupt of SIGINT, so that things get closed."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what the work returns; raise TimeoutError where it was not finished in time.

    By then it has ended: its statement was cancelled on the server, or the connection cut off,
    and what it had opened was closed on the way out. No thread stays behind. 0 is no limit.
    """
    if not seconds:
        return work()
    limit = _Limit(seconds)
    with _in_force(limit):
        try:
            try:
                limit.start()
                return work()
            finally:
                limit.end()
        except (OutOfTime, Exception) as error:
            limit.end()  # what interrupts the work may have interrupted that, too
            if limit.expired:
                raise TimeoutError(f"not finished within {seconds:g} seconds") from error
            raise


def watch(connection: Connection) -> None:
    """Let a connection be cancelled or cut off when the time of this thread's work is up."""
    limit = _limit.get()
    if limit is not None:
        limit.connections.append(connection)


def in_time(params: dict[str, Any]) -> dict[str, Any]:
    """Return libpq's parameters, with a ``connect_timeout`` that keeps the limit."""
    limit = _limit.get()
    if limit is None:
        return params
    own = int(params.get("connect_timeout") or 0)
    left = max(1, math.ceil(limit.left))
    return {**params, "connect_timeout": min(own, left) if own > 0 else left}


_limit: ContextVar[_Limit | None] = ContextVar("limit", default=None)


class _Limit:
    """A watch over the thread that makes it, which interrupts it once at most."""

    def __init__(self, seconds: float) -> None:
        self.connections: list[Connection] = []
        self.expired = False
        self._deadline = time.monotonic() + seconds
        self._worker = threading.get_ident()
        self._over = threading.Event()
        # Whoever takes it says what becomes of the work. No lock: to be interrupted when it has
        # just been taken would keep it for ever.
        self._ticket = [None]
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Watch from here on."""
        self._watcher.start()

    @property
    def left(self) -> float:
        """Return how many seconds are left."""
        return max(0.0, self._deadline - time.monotonic())

    def end(self) -> None:
        """Interrupt nothing from here on."""
        self._over.set()
        self._take()
        self._watcher.join()
        if self.expired:
            _interrupt(self._worker, None)

    def _take(self) -> bool:
        with suppress(IndexError):
            self._ticket.pop()
            return True
        return False

    def _watch(self) -> None:
        if self._over.wait(self.left) or not self._take():
            return
        self.expired = True
        _interrupt(self._worker, OutOfTime)
        for connection in self._busy():
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=CANCEL_SECONDS)
        # A server that does not answer any more takes no cancellation either.
        while not self._over.wait(GRACE_SECONDS):
            for connection in self._busy():
                _cut_off(connection)

    def _busy(self) -> Iterator[Connection]:
        for connection in tuple(self.connections):
            if connection.info.transaction_status == TransactionStatus.ACTIVE:
                yield connection


@contextmanager
def _in_force(limit: _Limit) -> Iterator[None]:
    """Watch all connections that this thread has and opens, those of Django as well."""

    def watch_new(*, connection: Any, **_more: object) -> None:
        _watch_django(connection)

    token = _limit.set(limit)
    try:
        for wrapper in connections.all(initialized_only=True):
            _watch_django(wrapper)
        connection_created.connect(watch_new, weak=False, dispatch_uid=limit)
        yield
    finally:
        connection_created.disconnect(dispatch_uid=limit)
        _limit.reset(token)


def _watch_django(wrapper: Any) -> None:
    if isinstance(wrapper.connection, psycopg.Connection):
        watch(wrapper.connection)


def _interrupt(thread: int, error: type[BaseException] | None) -> None:
    """Raise an exception in another thread, when it next runs Python; None takes it back."""
    what = ctypes.py_object(error) if error else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)


def _cut_off(connection: Connection) -> None:
    """End a connection for both sides, whatever its thread waits for."""
    with (
        suppress(OSError, psycopg.Error),
        socket.socket(fileno=os.dup(connection.pgconn.socket)) as same,
    ):
        same.shutdown(socket.SHUT_RDWR)
