"""Signals that end a command: they become exceptions, and errors that come of them are known."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import cast

from schema_tools.errors import SchemaToolsError, Terminated


@contextmanager
def signals_as_exceptions() -> Iterator[None]:
    """Turn SIGTERM into an exception, as Python does with SIGINT; only for a command line."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def interruption_behind(error: BaseException) -> KeyboardInterrupt | None:
    """Return the signal that an error came of, as exceptions have it; None where it is its own.

    Cleaning up after a signal may fail, and there is code that turns whatever it meets into an
    error of another kind. An error of ours says more than the signal, and stays.
    """
    seen: set[int] = set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen:
        if isinstance(behind, SchemaToolsError):
            return None
        if type(behind) in {KeyboardInterrupt, Terminated}:  # not one that means a time limit
            return cast(KeyboardInterrupt, behind)
        seen.add(id(behind))
        behind = behind.__cause__ or behind.__context__
    return None
