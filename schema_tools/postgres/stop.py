"""End runs in threads as a signal ends one in the main thread, which alone can get signals."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from schema_tools.errors import Terminated

Connection = psycopg.Connection[Any]


class Stop:
    """A request to several runs to end; each ends as it does when a signal comes.

    Whoever runs asks ``check`` before each statement, pauses with ``pause``, and lets the
    statements on its connection be cancelled. ``reason`` is the signal, once there was one.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._guard = threading.Lock()
        self.reason: KeyboardInterrupt | None = None
        self._connections: set[Connection] = set()

    @property
    def is_asked(self) -> bool:
        """Return whether runs are to end."""
        return self._asked.is_set()

    def ask(self, reason: KeyboardInterrupt) -> None:
        """Let all runs end, with the exception that stands for the signal."""
        with self._guard:
            self.reason = self.reason or reason
            self._asked.set()
            for connection in self._connections:
                with suppress(psycopg.Error):  # a statement that cannot be cancelled ends itself
                    connection.cancel()

    def check(self) -> None:
        """Raise what a signal would raise, once runs are to end."""
        if self.reason is not None:
            raise type(self.reason)

    def behind(self, error: BaseException) -> KeyboardInterrupt | None:
        """Return the signal that an error comes from: itself, or why a statement was cancelled."""
        if isinstance(error, KeyboardInterrupt):
            return error
        return self.reason if isinstance(error, psycopg.errors.QueryCanceled) else None

    def pause(self, seconds: float) -> None:
        """Sleep; raise as ``check`` does as soon as runs are to end."""
        self._asked.wait(seconds)
        self.check()

    @contextmanager
    def watching(self, connection: Connection) -> Iterator[None]:
        """Let the statements on a connection be cancelled meanwhile."""
        with self._guard:
            self._connections.add(connection)
        try:
            self.check()
            yield
        finally:
            with self._guard:
                self._connections.discard(connection)


class Never(Stop):
    """Nobody asks: a single run is in the main thread, and a signal reaches it."""

    def pause(self, seconds: float) -> None:
        """Sleep, as a signal can end it."""
        time.sleep(seconds)


NEVER = Never()


def of_signal(number: int) -> KeyboardInterrupt:
    """Return what a signal raises."""
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()
