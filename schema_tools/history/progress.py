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
class StatementBlocked:
    """A statement has waited for a lock for so many seconds; ``blockers`` say who has it."""

    path: str
    index: int
    line: int
    verb: str
    seconds: float
    blockers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndexBuilding:
    """A statement builds an index: its ``phase``, in the server's words, and how much is done.

    ``percent`` is of the phase, None where that does not count.
    """

    path: str
    line: int
    verb: str
    phase: str
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class RetryAwaited:
    """Others stood in the way of a statement: what was rolled back is tried again in ``seconds``.

    ``why`` is what the server said; ``retry`` of ``retries`` comes next; ``line`` is 0 at COMMIT.
    """

    path: str
    line: int
    why: str
    seconds: float
    retry: int
    retries: int
    blockers: tuple[str, ...] = ()


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


Event: TypeAlias = (
    LockAwaited
    | FileStarted
    | StatementStarted
    | StatementBlocked
    | IndexBuilding
    | RetryAwaited
    | Noticed
    | FileFinished
)
Tell: TypeAlias = Callable[[Event], None]


def tell_nobody(_event: Event) -> None:
    """Take an event and do nothing."""
