"""Look, from another connection, at the statement that runs now: above all at who blocks it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from schema_tools.postgres.activity import AnyConnection, read_blockers

logger = logging.getLogger(__name__)

_LONGEST_ROUND = 0.25
_SHORTEST_ROUND = 0.02
_ROUNDS_IN_TIMEOUT = 5
_LONGEST_PAUSE = 2.0

Blocked = Callable[[float, tuple[str, ...]], None]
Look = Callable[[AnyConnection, int], None]


class Watch:
    """Who blocks the current statement, or did so when it failed: then the server has forgotten.

    A thread asks on ``side``, which is idle while a statement runs; between statements it leaves
    it alone. Quick statements are never asked about.
    """

    def __init__(self, side: AnyConnection, backend: int) -> None:
        self.blockers: tuple[str, ...] = ()
        self._side = side
        self._backend = backend
        self._round = _LONGEST_ROUND
        self._turn = threading.Lock()
        self._over = False
        self._wake = threading.Event()
        self._tell: Blocked | None = None
        self._also: Look | None = None
        self._since = self._next_look = 0.0
        self._thread = threading.Thread(target=self._run, name="schema_tools watch", daemon=True)

    def pace(self, lock_timeout: float) -> None:
        """Look often enough to see who blocks before a lock timeout ends the wait."""
        wanted = lock_timeout / _ROUNDS_IN_TIMEOUT if lock_timeout else _LONGEST_ROUND
        before, self._round = self._round, min(max(wanted, _SHORTEST_ROUND), _LONGEST_ROUND)
        if self._round < before:
            self._wake.set()

    @contextmanager
    def on(self, tell: Blocked, also: Look | None = None) -> Iterator[None]:
        """Watch the statement of the block; ``tell`` hears of each change, in another thread.

        ``also`` is called at each look, with the connection to ask on and the process it is about.
        """
        with self._turn:
            self.blockers, self._since = (), time.monotonic()
            self._next_look, self._tell, self._also = self._since + self._round, tell, also
        try:
            yield
        finally:
            with self._turn:
                self._tell = None

    def _run(self) -> None:
        try:
            while True:
                self._wake.wait(self._round)
                self._wake.clear()
                if self._over:
                    return
                with self._turn:
                    if self._tell and time.monotonic() >= self._next_look:
                        self._look(self._tell)
        except psycopg.Error:  # who uses the connection next finds that out, too
            logger.debug("nobody looks any more at who blocks a statement", exc_info=True)
        except Exception:  # a fault in telling must not end a run, nor go unseen in a thread
            logger.exception("who blocks a statement could not be told")

    def _look(self, tell: Blocked) -> None:
        found = read_blockers(self._side, self._backend)
        waited = time.monotonic() - self._since
        self._next_look = time.monotonic() + min(max(self._round, waited / 10), _LONGEST_PAUSE)
        if found and _processes(found) != _processes(self.blockers):
            tell(waited, found)
        self.blockers = found or self.blockers
        if self._also:
            self._also(self._side, self._backend)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; the connection is free afterwards."""
        self._over = True
        self._wake.set()
        self._thread.join()


@contextmanager
def watching(side: AnyConnection, backend: int) -> Iterator[Watch]:
    """Watch the statements of a block that is a run, each with ``on``."""
    watch = Watch(side, backend)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def _processes(blockers: tuple[str, ...]) -> set[str]:
    """Return who they are, whatever they do by now."""
    return {each.partition(" (")[0] for each in blockers}
