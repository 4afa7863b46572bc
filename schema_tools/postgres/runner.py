"""What every step of a run needs, and how far one has come."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection

from schema_tools.history.done import done_checksum
from schema_tools.history.migration import Statement
from schema_tools.history.plan import Step
from schema_tools.history.progress import Tell
from schema_tools.history.record import Unfinished
from schema_tools.postgres.ledger import Ledger, Provenance
from schema_tools.postgres.run_log import RunLog
from schema_tools.postgres.stop import NEVER, Stop
from schema_tools.postgres.timeouts import Limits
from schema_tools.postgres.watch import Watch

AnyConnection = Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Retries:
    """How often what others stood in the way of is tried again, and after which pauses.

    The pauses double, and each is stretched by chance: runners that met once shall not meet again.
    """

    count: int = 0
    first: float = 0.5
    longest: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def pause(self, attempts: int) -> float:
        """Return how many seconds to wait after so many attempts."""
        return float(min(self.first * 2 ** (attempts - 1), self.longest) * (0.5 + self.chance()))


def _always() -> None:
    """Go on: nobody has said what could have been lost."""


@dataclass(frozen=True, slots=True)
class Runner:
    """What every step of a run needs.

    Files run on ``work``. ``side`` is a second connection, in autocommit mode, on which progress
    and failures are stored whatever becomes of the first, and which looks at who blocks it.
    ``advice`` knows more than this module about what a certain server lacks. ``check`` is called
    before each statement, and raises where the run has lost the right to go on. ``watch`` is the
    run's own; without one each step has another. ``log`` is for programs what ``tell`` is for
    people. ``stop`` knows of a signal that only the main thread gets.
    """

    work: AnyConnection
    side: AnyConnection
    ledger: Ledger
    by: Provenance
    limits: Limits
    tell: Tell
    advice: Callable[[psycopg.Error], str] = lambda _error: ""
    retries: Retries = Retries()
    check: Callable[[], None] = _always
    backend: int = 0
    watch: Watch | None = None
    log: RunLog = field(default_factory=RunLog)
    stop: Stop = NEVER

    @property
    def process(self) -> int:
        """Return the server process of ``work``; a pooler tells a connection a made-up one."""
        return self.backend or self.work.info.backend_pid


@dataclass(slots=True)
class Position:
    """How far a step has come: statements that have taken effect, and the one that runs.

    ``stored`` says that the progress table tells it too, ``alone`` that the current statement
    runs outside a transaction. ``taken_up`` is the statement at which a file goes on, until one
    begins: up to then the progress table tells how the earlier run ended. ``attempts`` is how
    often the current statement was begun, ``blockers`` who made it wait the last time,
    ``started`` when the step was.
    """

    done: int
    taken_up: int = 0
    statement: Statement | None = None
    index: int = 0
    alone: bool = False
    stored: bool = False
    attempts: int = 0
    blockers: tuple[str, ...] = ()
    started: float = field(default_factory=time.monotonic)


def position_of(step: Step) -> Position:
    """Return where a step begins."""
    run = step.failure
    if run is None or step.part.transactional or step.direction == "fake":
        return Position(step.done)
    is_open = step.done < run.running <= len(step.part.statements)
    return Position(step.done, taken_up=run.running if is_open else step.done + 1)


def progress_of(
    runner: Runner, step: Step, *, done: int, running: int, checksum: str | None = None
) -> Unfinished:
    """Return the row of the progress table for a step; ``checksum`` is that of what is done."""
    statements = step.part.statements
    if checksum is None:
        checksum = done_checksum(statements[:done])
    return Unfinished(
        version=step.migration.version,
        direction=step.direction,
        checksum=step.migration.checksum,
        done=done,
        total=len(statements),
        done_checksum=checksum,
        running=running,
        backend=runner.process,
    )
