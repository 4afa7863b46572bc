"""Work on servers that ends in time: past its limit it is interrupted, as Ctrl-C would do it."""

from __future__ import annotations

import ctypes
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg
from django.db import connections
from django.db.backends.signals import connection_created
from psycopg.pq import TransactionStatus

from schema_tools.postgres.interruptible import end_what_is_left

Connection = psycopg.Connection[Any]
T = TypeVar("T")

CANCEL_SECONDS = 1.0
"""How long a server may take to accept that it is to cancel a statement."""

GRACE_SECONDS = 5.0
"""How long after its time a statement may go on, or the closing take, before it is cut off."""

_ROUND = 0.02


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
                result = work()
            finally:
                limit.end()
        except (OutOfTime, Exception) as error:
            limit.end()  # what interrupts the work may have interrupted that, too
            if limit.expired:
                _leave_usable(limit.connections)
                raise TimeoutError(_late(seconds)) from error
            raise
    if limit.expired:  # it may have taken a cancelled statement for a failed one
        _leave_usable(limit.connections)
        raise TimeoutError(_late(seconds))
    return result


def _leave_usable(watched: Iterable[Connection]) -> None:
    """Let no statement stay at work, least of all on Django's connections: others go on there."""
    for connection in watched:
        end_what_is_left(connection)
    for wrapper in connections.all(initialized_only=True):
        own = wrapper.connection
        if isinstance(own, psycopg.Connection) and own.closed and not wrapper.in_atomic_block:
            wrapper.close()  # so that it connects anew


def is_limited() -> bool:
    """Return whether the work of this thread has to end in time."""
    return _limit.get() is not None


def undisturbed(work: Callable[[], None]) -> None:
    """Do what must not be stopped halfway, such as cleaning up; the limit waits for it."""
    limit = _limit.get()
    if limit is None:
        work()
        return
    late, has_ticket = None, False
    try:
        while not (has_ticket := limit.take_ticket()) and not limit.interrupted:
            time.sleep(_ROUND)
        if not has_ticket:
            time.sleep(_ROUND)  # let it come now, if it has not come before
    except OutOfTime as error:
        late = error
    try:
        work()
    finally:
        if has_ticket:
            limit.give_ticket_back()
    if late is not None:
        raise late


def _late(seconds: float) -> str:
    return f"not finished within {seconds:g} seconds"


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
    """A watch over the thread that makes it.

    When the time is up, what is at work on a server is cancelled; when nothing is, or the next
    statement has begun all the same, the thread is interrupted, once: halfway through an exchange
    with a server a connection would be lost. Either needs the ticket, which ``undisturbed`` takes
    away. It is no lock, since an interruption between taking a lock and noting that would keep it
    for ever.
    """

    def __init__(self, seconds: float) -> None:
        self.connections: list[Connection] = []
        self.expired = False
        self.interrupted = False
        self._deadline = time.monotonic() + seconds
        self._worker = threading.get_ident()
        self._over = threading.Event()
        self._ticket = [None]
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    @property
    def left(self) -> float:
        """Return how many seconds are left, less than none when they are over."""
        return self._deadline - time.monotonic()

    def start(self) -> None:
        """Watch from here on."""
        self._watcher.start()

    def end(self) -> None:
        """Interrupt nothing from here on."""
        self._over.set()
        self._watcher.join()
        if self.interrupted:
            _raise_in(self._worker, None)

    def take_ticket(self) -> bool:
        """Return whether the ticket was there; it is not any more."""
        with suppress(IndexError):
            self._ticket.pop()
            return True
        return False

    def give_ticket_back(self) -> None:
        """Let the other side have the ticket."""
        self._ticket.append(None)

    def _watch(self) -> None:
        if self._over.wait(max(0.0, self.left)):
            return
        while not self._over.wait(_ROUND):
            if self.left < -GRACE_SECONDS:
                self._cut_off()
            if not self.interrupted and self.take_ticket():
                self._stop()
                self.give_ticket_back()

    def _stop(self) -> None:
        """Cancel the statements at work, or interrupt the thread; the ticket is ours."""
        busy = tuple(self._busy())
        if self.expired or not busy:
            _raise_in(self._worker, OutOfTime)
            self.interrupted = True
        self.expired = True
        for connection in busy:
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=CANCEL_SECONDS)

    def _cut_off(self) -> None:
        """End the connections for both sides, where a thread waits for an answer."""
        for connection in self._busy():
            with suppress(OSError, psycopg.Error):
                descriptor = os.dup(connection.pgconn.socket)
                with socket.socket(fileno=descriptor) as same:
                    same.shutdown(socket.SHUT_RDWR)

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


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Raise an exception in another thread, when it next runs Python; None takes it back."""
    what = ctypes.py_object(error) if error else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)
