"""What a run tells about itself while it goes on: small values for a callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class LockAwaited:
    """Another run holds the lock; ``holder`` says who."""

    holder: str
    seconds: float


@dataclass(frozen=True, slots=True)
class FileStarted:
    """File ``index`` of ``count`` begins; ``direction`` is ``up`` or ``down``."""

    path: str
    direction: str
    index: int
    count: int


@dataclass(frozen=True, slots=True)
class StatementStarted:
    """Statement ``index`` of ``count`` of the current file begins."""

    index: int
    count: int
    line: int
    verb: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """The server sent a notice while the file at ``path`` ran."""

    path: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class FileFinished:
    """The current file is done and recorded."""

    path: str
    direction: str
    milliseconds: int


Event: TypeAlias = LockAwaited | FileStarted | StatementStarted | Noticed | FileFinished
Tell: TypeAlias = Callable[[Event], None]


def tell_nobody(_event: Event) -> None:
    """Take an event and do nothing."""
