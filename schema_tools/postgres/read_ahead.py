"""Receive what a server sends in a thread, while what came before is worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from schema_tools.postgres.limit import undisturbed

# Few enough to begin soon, many enough that handing them over costs nothing beside the work.
_LINES_AT_ONCE = 500

Lines = Generator[bytes, None, None]


@contextmanager
def read_ahead(lines: Lines, cancel: Callable[[], Any]) -> Iterator[Iterator[bytes]]:
    """Yield the lines in their order; they are received in a thread that waits for nobody here.

    A server whose lines nobody takes stops working once the buffers between are full. What the
    thread meets is raised to who reads the lines. Where the block ends early, ``cancel`` is called
    from this thread, so that a server at work lets go; no thread is left in any case.
    """
    receiver = _Receiver(lines)
    thread = threading.Thread(target=receiver.run, name="schema_tools receive")
    try:
        undisturbed(thread.start)
        yield receiver.handed_over()
    except BaseException:
        receiver.unwanted.set()
        if thread.ident is not None and not receiver.finished.is_set():
            cancel()
        raise
    finally:
        if thread.ident is not None:
            thread.join()


@dataclass(frozen=True, slots=True)
class _Receiver:
    lines: Lines
    batches: SimpleQueue[list[bytes] | BaseException | None] = field(default_factory=SimpleQueue)
    unwanted: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Receive until all is there, it fails, or nobody wants the rest."""
        end: BaseException | None = None
        try:
            with closing(self.lines):
                self._receive()
        except BaseException as error:
            end = error
        # Before the last word is given: who has it may use the connection, and must not cancel.
        self.finished.set()
        self.batches.put(end)

    def _receive(self) -> None:
        some: list[bytes] = []
        for line in self.lines:
            some.append(line)
            if len(some) < _LINES_AT_ONCE:
                continue
            if self.unwanted.is_set():
                return
            self.batches.put(some)
            some = []
        self.batches.put(some)

    def handed_over(self) -> Iterator[bytes]:
        """Yield the lines; raise what the thread met."""
        while (some := self.batches.get()) is not None:
            if isinstance(some, BaseException):
                raise some
            yield from some
